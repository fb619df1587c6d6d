"""Taking back what a run did: the plan of it, and the doing, which is a run of its own and can itself be undone."""

from collections.abc import Collection, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.pacing import Clock
from pmsync.errors import ConfigError, GuardError, PmsyncError, RejectedError
from pmsync.model.fields import Field
from pmsync.reconcile.policy import UNDONE
from pmsync.store.audit import AuditLog
from pmsync.store.lock import pass_lock
from pmsync.store.records import ConflictState, Run
from pmsync.store.store import Store
from pmsync.sync.decide import Planned, decide_all
from pmsync.sync.desk import Outcomes
from pmsync.sync.journal import Journal
from pmsync.sync.members import Bench, open_bench
from pmsync.sync.observe import Sighting, observe_ids
from pmsync.sync.parts.taking_back import TakingBack
from pmsync.sync.past import deeds, reversals
from pmsync.sync.progress import Progress, Silent
from pmsync.sync.recover import recover, still_open
from pmsync.sync.report import Report
from pmsync.sync.retreat import Retreat
from pmsync.sync.reverse import Key, Past, Reverse, reverse, together
from pmsync.sync.run import Pass
from pmsync.sync.workplace import Options, at_work, new_run, take_figures

_ROUNDS = 5
"""How often what failed in a way that may heal is tried again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be undone: all that a run did, or only what it did to one item; and who wants it."""

    run: str
    who: str
    item: str | None = None

    @property
    def command(self) -> str:
        """As the runs tell it."""
        return f"undo {self.run}" if self.item is None else f"undo {self.run} --item {self.item}"


@dataclass(frozen=True, slots=True)
class Undo:
    """How it went, or would go."""

    report: Report
    reverse: Reverse
    nothing: str = ""
    """Why there is nothing to undo, where that is so."""


def run_of(store: Store, run: str, only: str | None, syncs: Collection[str]) -> Run:
    """The run that is meant. Raises ConfigError where there is none such, or it is not of a sync that can be used."""
    found = store.reports.run(run)
    if found is None:
        raise ConfigError(f"there is no run {run!r}; `pmsync history` lists the runs")
    if only is not None and found.sync != only:
        raise ConfigError(f"run {run} was of the sync {found.sync!r}, not of {only!r}")
    if found.sync not in syncs:
        raise ConfigError(f"run {run} was of the sync {found.sync!r}, which the config no longer has")
    return found


def item_of(store: Store, reference: str, sync: str) -> str:
    """The one item that a reference means. Raises ConfigError."""
    known = store.items.find(reference, sync=sync)
    if len(known) != 1:
        told = f"{len(known)} items are" if known else "no item is"
        raise ConfigError(f"{told} called {reference!r} in the sync {sync!r}")
    return known[0]


def plan_undo(
    config: Config, sync: SyncConfig, store: Store, asked: Asked, clock: Clock, progress: Progress | None = None
) -> Undo:
    """Find out what undoing would do. Nothing is sent to a tool, and nothing of it stays in the state."""
    with ExitStack() as stack:
        stack.enter_context(pass_lock(config.state, now=clock.now()))
        stack.enter_context(store.rehearsal())
        bench = stack.enter_context(open_bench(config, sync, store, clock))
        audit = stack.enter_context(AuditLog(config.audit))
        report = Report(new_run(clock.now()))
        work = Pass(bench, audit, Options(command=asked.command), report, progress or Silent())
        _begin(work)
        taking = TakingBack(bench, audit, report, work.number, asked.who)
        look = _Look(bench, taking, asked, work.number, report)
        found = look.whole(None)
        take_figures(bench, report)
        return Undo(report, found, look.nothing(found))


def run_undo(
    config: Config,
    sync: SyncConfig,
    store: Store,
    asked: Asked,
    clock: Clock,
    progress: Progress | None = None,
    *,
    only: frozenset[Key] | None = None,
) -> Undo:
    """Undo. `only`: the steps that were shown and agreed to; None for all."""
    bar = progress or Silent()
    with at_work(config, sync, store, Options(command=asked.command), clock) as (bench, audit, report):
        work = Pass(bench, audit, Options(command=asked.command), report, bar)
        _begin(work)
        work.settle()
        journal = Journal(bench, report.run, audit)
        taking = TakingBack(bench, audit, report, work.number, asked.who)
        look = _Look(bench, taking, asked, work.number, report)
        with bench.alone_with(look.items):
            found = look.whole(only)
            if found.steps:
                work.claim()
                _carry_out(look, Retreat(bench, taking, journal, report, bar, asked.run), journal, found, only)
                _conclude(work, bench, journal, found.items)
                work.pointing.execute()
                still_open(bench, report)
            return Undo(report, found, look.nothing(found))


def _begin(work: Pass) -> None:
    work.begin()
    work.refuse_old_state()
    work.learn()


def _carry_out(look: "_Look", retreat: Retreat, journal: Journal, found: Reverse, only: frozenset[Key] | None) -> None:
    """A round, and a few more for what moved meanwhile or failed in a way that may heal."""
    bench, report, asked = look.bench, look.report, look.asked
    outcomes = retreat.carry_out(found, asked.who)
    failures = dict(outcomes.failures)
    for _ in range(_ROUNDS):
        if not outcomes.again:
            break
        recover(bench, journal, report)
        rest = look.some(outcomes.again, only)
        failures = {key: error for key, error in failures.items() if key[0] not in outcomes.again}
        found.spared += [one for one in rest.spared if one not in found.spared and report.run not in one.reason]
        outcomes = retreat.carry_out(rest, asked.who) if rest.steps else Outcomes()
        failures |= outcomes.failures
    for (item, connection), error in sorted(failures.items()):
        report.fail(error, connection=connection, item=item)


def _conclude(work: Pass, bench: Bench, journal: Journal, items: Collection[str]) -> None:
    """Where the tools agree again on what was undone, the item is that, and nothing is left to hold."""
    try:
        work.refuse_changed_mapping()
    except GuardError:
        return
    open_ = bench.store.reports.conflicts(items=list(items), state=ConflictState.OPEN)
    plans = []
    for planned in decide_all(bench, only=frozenset(items)):
        waiting = {one.field: one.policy for one in open_ if one.item == planned.item}
        sent = {name for write in planned.decision.writes for name in write.changes}
        agreed = {
            name
            for name, policy in waiting.items()
            if policy == UNDONE and name in planned.decision.fields and name not in sent | planned.decision.held
        }
        if agreed:
            plans.append(_only(planned, agreed, waiting.keys() - agreed))
    journal.decided(plans)
    bench.store.replicas.mark_dirty(bench.sync.name, [one.item for one in plans])


def _only(planned: Planned, agreed: Set[Field], held: Set[Field]) -> Planned:
    """The decision about these fields alone."""
    decision = planned.decision
    fields = {name: decided for name, decided in decision.fields.items() if name in agreed}
    kept = replace(decision, fields=fields, writes=(), conflicts=(), held=frozenset(held))
    return replace(planned, decision=kept)


@dataclass(slots=True)
class _Look:
    """What the run did, against what the tools show now."""

    bench: Bench
    taking: TakingBack
    asked: Asked
    number: int
    report: Report
    _pasts: dict[str, Past] = field(default_factory=dict)

    @property
    def items(self) -> set[str]:
        """The items that it touched, of those that are asked for."""
        touched = {row.item for row in self.bench.store.journal.history(run=self.asked.run) if row.item}
        return touched if self.asked.item is None else touched & {self.asked.item}

    def whole(self, only: frozenset[Key] | None) -> Reverse:
        """All of it."""
        return self.some(self.items, only)

    def some(self, items: Collection[str], only: frozenset[Key] | None) -> Reverse:
        """What it did to these items."""
        store = self.bench.store
        reversed_by = reversals(store.reports.runs(sync=self.bench.sync.name))
        self._pasts = {item: self._past(item, reversed_by) for item in sorted(items)}
        hung = [item for item, past in self._pasts.items() if past.hung]
        self._read([item for item, past in self._pasts.items() if past.open or past.hung])
        self.taking.read(store.items.load(hung))
        found = []
        for item, past in self._pasts.items():
            try:
                found.append(reverse(self.bench, self.taking, item, past, self.asked.who, only))
            except RejectedError as error:
                self.report.fail(error, item=item)
        return together(found)

    def _past(self, item: str, reversed_by: Mapping[str, str]) -> Past:
        rows = self.bench.store.journal.history(item=item)
        return Past(self.asked.run, list(deeds(self.asked.run, rows, reversed_by)), rows, reversed_by)

    def nothing(self, found: Reverse) -> str:
        """Why there is nothing to undo, if so."""
        if found.steps or self.report.errors:
            return ""
        to = f" to {self.asked.item}" if self.asked.item else ""
        if not found.spared:
            return f"Nothing to undo: run {self.asked.run} did nothing{to} in any tool that is not as it was before."
        return f"Nothing to undo: whatever run {self.asked.run} did{to} was changed or undone since, or has to stay."

    def _read(self, items: Sequence[str]) -> None:
        """Read all replicas of the items, by id."""
        ids: dict[str, list[str]] = {}
        for bundle in self.bench.store.items.load(items):
            for replica in bundle.replicas:
                ids.setdefault(replica.connection, []).append(replica.remote_id)
        for name, wanted in ids.items():
            member = self.bench.members.get(name)
            if member is None or not member.usable:
                continue
            try:
                observe_ids(self.bench, member, wanted, self.number, Sighting())
            except PmsyncError as error:
                member.down = error
                self.report.lose(name, error)
