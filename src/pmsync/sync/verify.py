"""Proof: everything is read again, and every item is compared, tool by tool, field by field."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.pacing import Clock
from pmsync.model.fields import Field
from pmsync.store.audit import AuditLog
from pmsync.store.lock import pass_lock
from pmsync.store.records import Item, ReplicaState
from pmsync.store.store import Store
from pmsync.sync.decide import Planned, decide_every
from pmsync.sync.depart import parted
from pmsync.sync.members import open_bench
from pmsync.sync.parts.proof import differing, left_alone
from pmsync.sync.progress import Progress, Silent
from pmsync.sync.report import Report
from pmsync.sync.run import Pass
from pmsync.sync.steps import Step, steps
from pmsync.sync.workplace import Options, new_run, take_figures


@dataclass(frozen=True, slots=True)
class Held:
    """A field, or a mirror of a comment or an attachment, that is left as it is on purpose, and why."""

    item: str
    title: str
    connection: str
    field: str
    reason: str


@dataclass(slots=True)
class Verification:
    """What was found. The tools agree if nothing is in `differences` and every tool could be read."""

    report: Report
    compared: int = 0
    """Items that are the same everywhere."""
    differences: list[Step] = field(default_factory=list)
    """What a pass would have to do to make them so."""
    missing: list[tuple[str, str, str]] = field(default_factory=list)
    """Item, title and connection of replicas that are not to be found, or could not be compared."""
    held: list[Held] = field(default_factory=list)
    aside: list[tuple[str, str, str]] = field(default_factory=list)
    """Item, title and reason of what is set aside whole: of these nothing is proved."""

    @property
    def agrees(self) -> bool:
        """Whether the tools agree."""
        return not self.differences and not self.missing and not self.aside and not self.report.down


def verify_sync(
    config: Config, sync: SyncConfig, store: Store, clock: Clock, progress: Progress | None = None
) -> Verification:
    """Read all tools whole, and compare. Sends nothing, and keeps nothing of what it read."""
    with ExitStack() as stack:
        stack.enter_context(pass_lock(config.state, now=clock.now()))
        stack.enter_context(store.rehearsal())
        bench = stack.enter_context(open_bench(config, sync, store, clock))
        audit = stack.enter_context(AuditLog(config.audit))
        found = Verification(Report(new_run(clock.now())))
        work = Pass(bench, audit, Options(deep=True, command="verify"), found.report, progress or Silent())
        work.begin()
        prepared = work.prepare(rehearse=True)
        leaving = [
            one for one in steps(bench, prepared.links, prepared.departures, ()) if one.kind not in ("conflict", "ask")
        ]
        found.differences += leaving
        hanging = work.parts.steps(differing(bench))
        hung = {step.item for step in hanging}
        for planned in decide_every(bench):
            _compare(found, planned, steps(bench, (), (), [planned]), hung)
        for bundles in store.items.every(sync.name, quarantined=True):
            found.aside += [(one.item.id, _title(one.item), one.item.quarantine or "") for one in bundles]
        found.differences += [*hanging, *prepared.pointers]
        found.held += [Held(one.item, one.title, one.connection, one.kind, one.reason) for one in left_alone(bench)]
        take_figures(bench, found.report)
        return found


def _title(item: Item) -> str:
    return str(item.values.get(Field.TITLE) or "")


def _compare(found: Verification, planned: Planned, todo: list[Step], hung: Collection[str]) -> None:
    missing = [one for one in planned.bundle.replicas if one.state is ReplicaState.MISSING]
    found.missing += [(planned.item, planned.title, one.connection) for one in missing]
    found.differences += todo
    found.held += list(_held(planned))
    found.missing += [(planned.item, planned.title, name) for name in sorted(planned.waiting)]
    if not todo and planned.item not in hung and not missing and not planned.waiting and not planned.decision.held:
        found.compared += 1


def _held(planned: Planned) -> Iterator[Held]:
    for one in parted(planned.bundle):
        yield Held(planned.item, planned.title, one.connection, "", f"{one.why} there: its twins wait for a decision")
    for note in planned.decision.notes:
        yield Held(planned.item, planned.title, note.connection, note.field.value, note.message)
    refused = planned.bundle.item.refused
    for connection, told in refused.items():
        reason = str(told.get("reason", "")) if isinstance(told, dict) else ""
        if planned.replica(connection) is None:
            yield Held(planned.item, planned.title, connection, Field.TITLE.value, reason)
