"""Making the state from what the tools show: items and their links by pmsync's markers, and nothing of values.

Nothing is sent to any tool. What the tools disagree on is decided by the next pass, with every difference recorded.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.pacing import Clock
from pmsync.model.fence import Fence
from pmsync.store.audit import AuditLog
from pmsync.store.lock import pass_lock
from pmsync.store.records import ItemState
from pmsync.store.store import Store
from pmsync.sync.fence import Fencing
from pmsync.sync.journal import Journal
from pmsync.sync.link import Link
from pmsync.sync.members import Bench, open_bench
from pmsync.sync.observe import observe
from pmsync.sync.progress import Progress, Silent
from pmsync.sync.recover import recover
from pmsync.sync.report import Report
from pmsync.sync.run import Pass
from pmsync.sync.workplace import Options, at_work, new_run, take_figures


@dataclass(frozen=True, slots=True)
class Waiting:
    """An object that belongs to no item for now, and why."""

    connection: str
    id: str
    key: str
    why: str


@dataclass(slots=True)
class Found:
    """What the tools show."""

    objects: Mapping[str, int] = field(default_factory=dict)
    """How many each tool has in scope."""
    items: int = 0
    linked: Mapping[str, int] = field(default_factory=dict)
    """How many of each tool belong to an item."""
    links: Sequence[Link] = ()
    """What was not linked before."""
    waiting: Sequence[Waiting] = ()
    taken_over: Sequence[Fence] = ()
    """The fences of other installations that this state takes over from."""


def rebuild_sync(
    config: Config, sync: SyncConfig, store: Store, clock: Clock, progress: Progress | None = None
) -> tuple[Report, Found]:
    """Rebuild one sync's part of the state. Raises what keeps a tool from being read: half of the tools is no basis."""
    with at_work(config, sync, store, Options(deep=True, command="rebuild"), clock) as (bench, audit, report):
        return report, _rebuild(bench, audit, report, progress or Silent())


def survey_sync(
    config: Config, sync: SyncConfig, store: Store, clock: Clock, progress: Progress | None = None
) -> tuple[Report, Found]:
    """What `rebuild_sync` would find. Keeps nothing."""
    with ExitStack() as stack:
        stack.enter_context(pass_lock(config.state, now=clock.now()))
        stack.enter_context(store.rehearsal())
        bench = stack.enter_context(open_bench(config, sync, store, clock))
        report = Report(new_run(clock.now()))
        audit = stack.enter_context(AuditLog(config.audit))
        found = _rebuild(bench, audit, report, progress or Silent(), rehearse=True)
        take_figures(bench, report)
        return report, found


def _rebuild(bench: Bench, audit: AuditLog, report: Report, progress: Progress, *, rehearse: bool = False) -> Found:
    work = Pass(bench, audit, Options(deep=True, command="rebuild"), report, progress)
    work.begin()
    bench.learn(renew=True)
    _all_there(bench)
    if not rehearse:
        recover(bench, Journal(bench, report.run, audit), report)
    taken_over = Fencing(bench, audit, report).take_over()
    sightings = observe(bench, work.number, deep=True, report=report, progress=progress)
    _all_there(bench)
    links = work.link(sightings)
    store, name = bench.store, bench.sync.name
    if not rehearse:
        # Everything was read just now: the next pass need not do that again.
        store.progress.put_sync(replace(store.progress.sync(name), deep_at=bench.clock.now()))
    counts = store.counts(name)
    return Found(
        objects={one: sighting.present for one, sighting in sightings.items()},
        items=counts.items.get(ItemState.LIVE, 0),
        linked=dict(counts.replicas),
        links=[one for one in links if one.why != "new"],
        waiting=_waiting(bench),
        taken_over=taken_over,
    )


def _all_there(bench: Bench) -> None:
    for member in bench.members.values():
        if member.down is not None:
            raise member.down


def _waiting(bench: Bench) -> list[Waiting]:
    return [
        Waiting(name, one.remote_id, one.native.ref.key, one.held or "")
        for name in bench.members
        for chunk in bench.store.candidates.every(bench.sync.name, name, held=True)
        for one in chunk
    ]
