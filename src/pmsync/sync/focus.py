"""One item, now: found by whatever a person calls it, read in every tool, and brought in step."""

from collections.abc import Sequence

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.pacing import Clock
from pmsync.errors import PmsyncError, RejectedError
from pmsync.store.store import Store
from pmsync.sync.decide import decide_all
from pmsync.sync.members import Bench, Member
from pmsync.sync.observe import Sighting, observe_ids
from pmsync.sync.progress import Progress, Silent
from pmsync.sync.report import Report
from pmsync.sync.run import Pass
from pmsync.sync.steps import Step, steps
from pmsync.sync.workplace import Options, at_work


def reconcile_item(
    config: Config, sync: SyncConfig, store: Store, reference: str, clock: Clock, progress: Progress | None = None
) -> tuple[Report, Sequence[Step]]:
    """Bring one item in step. `reference` is a pmsync id, or a key, id or URL of the item in any tool.

    It may run beside a pass, which leaves the item alone meanwhile. Raises RejectedError where nothing, or more than
    one item, is called so; LockedError where somebody else stays at work on it.
    """
    options = Options(command=f"reconcile {reference}")
    beside = store.progress.sync(sync.name).setup_at is not None
    with at_work(config, sync, store, options, clock, beside=beside) as (bench, audit, report):
        work = Pass(bench, audit, options, report, progress or Silent())
        work.begin_on_items(beside=beside)
        item = _find(bench, reference, work)
        with bench.alone_with([item]):
            work.settle(item)
            read_item(bench, item, work.number, report)
            plans = list(decide_all(bench, only=frozenset({item})))
            work.parts.read_item(item)
            hanging = work.parts.plan_item(item, {one.item: one.creates for one in plans})
            done = [*steps(bench, (), (), plans), *work.parts.steps(hanging)]
            work.execute(plans, item=item, parts=hanging)
        return report, done


def _find(bench: Bench, reference: str, work: Pass) -> str:
    """The item, made now if the reference is to something new."""
    store, sync = bench.store, bench.sync.name
    known = store.items.find(reference, sync=sync)
    if len(known) == 1:
        return known[0]
    if len(known) > 1:
        raise RejectedError(
            f"{len(known)} items are called {reference!r}: use a URL, or a pmsync id ({', '.join(known)})"
        )
    for member in bench.usable:
        remote_id = member.connector.locate(reference)
        if remote_id is not None:
            return _met(bench, member, remote_id, work, reference)
    raise RejectedError(f"no tool of {sync!r} has an item called {reference!r}")


def _met(bench: Bench, member: Member, remote_id: str, work: Pass, reference: str) -> str:
    item = meet(bench, member, remote_id, work)
    if item is None:
        waiting = bench.store.candidates.get(bench.sync.name, member.name, [remote_id]).get(remote_id)
        why = (waiting.held if waiting else None) or "the config creates it nowhere, and nothing matches it"
        raise RejectedError(f"{reference} is not part of any item: {why}", connection=member.name)
    return item


def meet(bench: Bench, member: Member, remote_id: str, work: Pass) -> str | None:
    """The item of something that may be new: read, matched with what is there, or made an item. None if it is none."""
    store, sync = bench.store, bench.sync.name
    sightings = {member.name: Sighting()}
    observe_ids(bench, member, [remote_id], work.number, sightings[member.name])
    if remote_id not in store.replicas.known(sync, member.name, [remote_id]):
        work.link(sightings)
    replica = store.replicas.known(sync, member.name, [remote_id]).get(remote_id)
    return replica.item if replica else None


def read_item(bench: Bench, item: str, number: int, report: Report, *, only: frozenset[str] | None = None) -> None:
    """Read all the item's replicas by id, or those in `only` some connections."""
    bundle = bench.store.items.get(item)
    for replica in bundle.replicas if bundle else ():
        member = bench.members.get(replica.connection)
        if member is None or not member.usable or (only is not None and member.name not in only):
            continue
        try:
            observe_ids(bench, member, [replica.remote_id], number, Sighting())
        except PmsyncError as error:
            member.down = error
            report.lose(member.name, error)
