"""One pass over a sync, from start to end: recover, observe, link, decide, guard, execute, remember."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.pacing import Clock
from pmsync.errors import GuardError, StaleError
from pmsync.reconcile.guard import Tally, objections
from pmsync.store.audit import AuditLog
from pmsync.store.lock import pass_lock
from pmsync.store.records import ItemState, ReplicaState, SyncState
from pmsync.store.store import Store
from pmsync.sync.acceptance import Acceptance
from pmsync.sync.comeback import Comeback, comebacks
from pmsync.sync.decide import Planned, decide_all, decide_these
from pmsync.sync.depart import Departure, departures, look_again
from pmsync.sync.ending import depart, go_on
from pmsync.sync.execute import Executor
from pmsync.sync.fence import Fencing, rebased
from pmsync.sync.heal import Double, chosen, doubles
from pmsync.sync.journal import Journal
from pmsync.sync.link import Link, link
from pmsync.sync.lives import change_lives
from pmsync.sync.members import Bench, open_bench
from pmsync.sync.observe import Sighting, matching_due, observe
from pmsync.sync.parts.deciding import PartPlan
from pmsync.sync.parts.pointing import PointingStage
from pmsync.sync.parts.stage import PartsStage
from pmsync.sync.progress import Progress, Silent
from pmsync.sync.recover import recover, still_open
from pmsync.sync.report import Report
from pmsync.sync.resident import Resident
from pmsync.sync.steps import PARTS, Step, steps
from pmsync.sync.waking import wake_linking
from pmsync.sync.workplace import Options, at_work, new_run, take_figures

_ROUNDS = 5
"""How often a pass decides again what moved, or failed in a way that may heal, while it was at work."""


@dataclass(slots=True)
class Prepared:
    """What a pass found out and decided, before anything is sent."""

    links: Sequence[Link]
    departures: Sequence[Departure]
    plans: Sequence[Planned]
    tally: Tally
    doubles: Sequence[Double] = ()
    returning: Sequence[Comeback] = ()
    parts: Sequence[PartPlan] = ()
    steps: list[Step] = field(default_factory=list)
    pointers: Sequence[Step] = ()
    """The steps that make links to twins, among the others."""


class Pass:
    """A pass at work on one sync. Use `plan_sync` and `run_sync`."""

    def __init__(self, bench: Bench, audit: AuditLog, options: Options, report: Report, progress: Progress) -> None:
        self._bench = bench
        self._options = options
        self._report = report
        self._progress = progress
        self._store = bench.store
        self._state = self._kept = bench.store.progress.sync(bench.sync.name)
        self._journal = Journal(bench, report.run, audit)
        self._fencing = Fencing(bench, audit, report)
        self._acceptance = Acceptance(bench, self._state.fingerprint, now=options.accept_mapping)
        self._audit = audit
        self._beside = False
        self._now = bench.clock.now()

    def begin(self) -> None:
        """Take the next number, and remember when the first pass was."""
        self._state = replace(
            self._state, setup_at=self._state.setup_at or self._now, pass_number=self._state.pass_number + 1
        )
        self._keep(self._state)

    def begin_on_items(self, *, beside: bool = False) -> None:
        """Begin a run over single items, of which no plan is prepared; `beside` others, who have the number.

        Raises GuardError where the mapping is not the one that was accepted, or the state not the last one.
        """
        self._beside = beside
        if not beside:
            self.begin()
        self.refuse_changed_mapping()
        self.learn()

    def learn(self, *, renew: bool = False) -> None:
        """Know the members' names and accounts. Those that cannot be asked are told, and the others go on."""
        self._bench.learn(renew=renew)
        for member in self._bench.members.values():
            if member.down is not None:
                self._report.lose(member.name, member.down)

    def _keep(self, state: SyncState) -> None:
        if state != self._kept:
            self._store.progress.put_sync(state)
            self._kept = state

    @property
    def number(self) -> int:
        """This pass's number."""
        return self._state.pass_number

    @cached_property
    def parts(self) -> PartsStage:
        """What the pass does about comments and attachments."""
        return PartsStage(self._bench, self._audit, self._report, self.number, beside=self._beside)

    @cached_property
    def pointing(self) -> PointingStage:
        """What the pass does about links to twins."""
        return PointingStage(self._bench, self._audit, self._report, self._fencing.claim)

    def prepare(self, *, rehearse: bool) -> Prepared:
        """Everything up to the first write. In a rehearsal nothing is settled in the tools' favour either.

        Raises GuardError where this state must not be written from.
        """
        self._fencing.recall(rehearse=rehearse)
        prepared = self._prepare(rehearse=rehearse)
        if any(step.sends for step in prepared.steps) and self._fencing.look(rehearse=rehearse):
            prepared = self._prepare(rehearse=rehearse)
        return prepared

    def _prepare(self, *, rehearse: bool) -> Prepared:
        bench, report = self._bench, self._report
        rewound = self._fencing.rewound is not None
        deep = rewound or self._deep()
        self.learn(renew=deep and self._state.fingerprint is not None)
        if not rehearse:
            recover(bench, self._journal, report)
        self._fencing.rebase()
        changed = self._acceptance.changed
        if changed:
            self._store.replicas.mark_dirty(bench.sync.name)
        sightings = observe(bench, self._state.pass_number, deep=deep, report=report, progress=self._progress)
        links = self.link(sightings)
        look_again(bench, self._state.pass_number, report)
        self._progress.stage("deciding", None)
        leaving, plans, returning = self._decide(keep_all=rehearse or changed)
        twice = doubles(bench)
        tally = _tally(bench, sightings, plans, leaving, len(twice))
        tally = replace(tally, changes=tally.changes + len({one.item for one in returning}))
        hanging = self.parts.prepare(deep=deep, creating={one.item: one.creates for one in plans if one.creates})
        prepared = Prepared(links, leaving, plans, tally, twice, returning, hanging)
        prepared.steps = [*steps(bench, links, leaving, plans, returning), *(one.step for one in twice)]
        prepared.steps += self.parts.steps(hanging)
        prepared.pointers = self.pointing.steps(self.pointing.prepare(deep=deep))
        prepared.steps += prepared.pointers
        if deep and not report.down:
            self._state = replace(self._state, deep_at=self._now)
        return prepared

    def _decide(self, *, keep_all: bool) -> tuple[list[Departure], list[Planned], list[Comeback]]:
        """What left, what comes back, and what there is to do. Decisions that lead to nothing are kept at once, so that
        memory does not grow with them; but not when `keep_all` says that nothing may be kept yet."""
        leaving: list[Departure] = []
        acting: list[Planned] = []
        returning: list[Comeback] = []
        for dirty in self._store.items.dirty(self._bench.sync.name):
            self.pointing.heed([one.item.id for one in dirty])
            bundles = go_on(self._bench, dirty)
            left = departures(self._bench, bundles)
            apart = {one.replica.item for one in left if one.ends}
            back = comebacks(self._bench, [one for one in bundles if one.item.id not in apart])
            # With all its twins before it, an item is decided once: when they are there.
            apart |= {one.item for one in back}
            plans = decide_these(self._bench, [one for one in bundles if one.item.id not in apart])
            idle: list[Planned] = []
            for planned in plans:
                (acting if planned.acts or keep_all else idle).append(planned)
            self._journal.decided(idle)
            leaving += left
            returning += back
        return leaving, acting, returning

    def carry_out(self, prepared: Prepared) -> None:
        """The guard, then the writes. Raises GuardError before the first one."""
        self._refuse(prepared)
        plans, leaving, returning = prepared.plans, prepared.departures, prepared.returning
        if self._options.only_steps is not None:
            plans, leaving, returning = self._only_reviewed(prepared)
        left = frozenset([*(one.replica.item for one in leaving), *(one.item for one in returning)])
        twice = chosen(prepared.doubles, self._options.only_steps)
        if twice or returning or any(one.ends for one in leaving):
            self._fencing.claim()
        change_lives(self._bench, leaving, returning, twice, self._journal, self._report)
        plans = [one for one in plans if one.item not in left]
        plans = [*plans, *decide_all(self._bench, only=left)] if left else plans
        self.execute(plans, parts=prepared.parts)
        self._keep(replace(self._state, fingerprint=self._acceptance.fingerprint))

    def part(self, leaving: Sequence[Departure]) -> None:
        """Do to the twins of what left what was decided."""
        self._fencing.claim()
        depart(self._bench, leaving, self._report.run, self._report)

    def execute(
        self, plans: Sequence[Planned], *, item: str | None = None, parts: Sequence[PartPlan] | None = None
    ) -> None:
        """Carry out plans; then, a few times, what moved meanwhile or failed in a way that may heal. `item`: whose
        plans they are, where all are one's; `parts`: what is to be done about what hangs on items, if that is meant.

        Raises GuardError where this state must not be written from.
        """
        self._claim(plans)
        if item is not None and any(one.creates for one in plans):
            self.pointing.heed([item])
        executor = Executor(self._bench, self._journal, self._report, self._progress)
        again = executor.execute(plans)
        for _ in range(_ROUNDS):
            if not again or self._options.only_steps is not None:
                break
            again |= recover(self._bench, self._journal, self._report, item=item)
            plans = list(decide_all(self._bench, only=again))
            self._claim(plans)
            again = executor.execute(plans)
        executor.report_failures()
        still_open(self._bench, self._report, item=item)
        if parts is not None:
            if parts or self.parts.acts:
                self._fencing.claim()
            self.parts.execute(self._options.only_steps, item=item)
            self.pointing.execute(self._options.only_steps, item=item)
            self.parts.look_behind(self.pointing.written)

    def _claim(self, plans: Sequence[Planned]) -> None:
        if any(one.decision.writes or one.creates for one in plans):
            self._fencing.claim()

    def settle(self, item: str | None = None) -> None:
        """Settle what earlier runs left open, or what they left open of an item."""
        recover(self._bench, self._journal, self._report, item=item)

    def objections(self, prepared: Prepared) -> list[str]:
        """Why the guard would not let this begin, each with what to do about it."""
        found = [*objections(prepared.tally, self._bench.sync.limits), *self.parts.objections(prepared.parts)]
        return [*found, *self._acceptance.objections()]

    def _refuse(self, prepared: Prepared) -> None:
        found = self.objections(prepared)
        if found:
            raise GuardError(f"Stopped before the first write: {'; '.join(found)}")

    def _only_reviewed(self, prepared: Prepared) -> tuple[list[Planned], list[Departure], list[Comeback]]:
        """The items all of whose steps were reviewed; the others wait, and those that moved are told."""
        allowed = self._options.only_steps or frozenset()
        now = {step.identity: step for step in prepared.steps if step.sends}
        moved = {identity for identity in allowed if identity not in now}
        fresh = {step.item for identity, step in now.items() if identity not in allowed and step.kind not in PARTS}
        refused = fresh | {one[1] for one in moved}
        for identity in sorted(moved):
            message = f"the plan's step for {identity[3] or identity[0]} no longer fits what the tools show: plan again"
            self._report.fail(StaleError(message), connection=identity[2], item=identity[1])
        plans = [one for one in prepared.plans if one.item not in refused]
        leaving = [one for one in prepared.departures if one.replica.item not in refused]
        return plans, leaving, [one for one in prepared.returning if one.item not in refused]

    def _deep(self) -> bool:
        if self._options.deep or self._state.deep_at is None:
            return True
        return self._now - self._state.deep_at >= timedelta(seconds=self._bench.config.polling.deep)

    def refuse_changed_mapping(self) -> None:
        """Raises GuardError where the mapping is not the one that was accepted, or the state not the last one."""
        self.refuse_old_state()
        self._acceptance.refuse()

    def refuse_old_state(self) -> None:
        """Raises GuardError where the state is not the one that wrote last."""
        self._fencing.recall()
        if self._fencing.rewound is not None:
            raise GuardError("Stopped: this state was restored from a backup, or another was lost: run `pmsync sync`")

    def claim(self) -> None:
        """Before writes that no plan has: raises GuardError where this state must not be written from."""
        self._fencing.claim()

    def link(self, sightings: dict[str, Sighting]) -> Sequence[Link]:
        """Match strangers once every member has been read, and since the state was found to have forgotten something
        read whole: what was not may hold any item's twin. Of one whose names are not known nothing can be compared."""
        store, sync = self._store, self._bench.sync.name
        if store.progress.fact(matching_due(sync)) != "yes":
            return ()
        readings, forgot = store.progress.readings(sync), store.progress.fact(rebased(sync))
        for member in self._bench.members.values():
            reading = readings.get(member.name)
            if member.bound is None or reading is None or reading.read_at is None:
                return ()
            if forgot and (reading.deep_at is None or reading.deep_at < datetime.fromisoformat(forgot)):
                return ()
        self._progress.stage("matching", None)
        with self._bench.alone_with([f"matching {sync}"]):
            setup = self._state.setup_at or self._now
            found = link(self._bench, sightings, setup_at=setup, pass_number=self.number, run=self._report.run)
        wake_linking(self._bench, found)
        self._report.count("linked", sum(one.why != "new" for one in found))
        return found


def _tally(
    bench: Bench, sightings: dict[str, Sighting], plans: Sequence[Planned], leaving: Sequence[Departure], twice: int
) -> Tally:
    counts = bench.store.counts(bench.sync.name)
    whole = {name: one.present for name, one in sightings.items() if one.whole}
    gone = Counter(one.replica.connection for one in leaving if one.replica.state is ReplicaState.GONE)
    return Tally(
        known=counts.items.get(ItemState.LIVE, 0),
        creates=sum(len(one.creates) for one in plans),
        changes=sum(one.news and bool(one.decision.writes) for one in plans),
        deletes=sum(len(one.others) for one in leaving if one.ends) + twice,
        linked={name: counts.replicas.get(name, 0) - gone[name] for name in whole},
        present=whole,
    )


def run_sync(
    config: Config,
    sync: SyncConfig,
    store: Store,
    options: Options,
    clock: Clock,
    progress: Progress | None = None,
    *,
    resident: Resident | None = None,
) -> tuple[Report, Sequence[Step]]:
    """One executing pass. Everything that goes wrong is in the report; only what keeps it from beginning is raised:
    LockedError, StateError, ConfigError."""
    with at_work(config, sync, store, options, clock, resident=resident) as (bench, audit, report):
        work = Pass(bench, audit, options, report, progress or Silent())
        work.begin()
        prepared = None
        try:
            prepared = work.prepare(rehearse=False)
            work.carry_out(prepared)
        except GuardError as error:
            report.stop(error)
        return report, prepared.steps if prepared else ()


def plan_sync(
    config: Config, sync: SyncConfig, store: Store, options: Options, clock: Clock, progress: Progress | None = None
) -> tuple[Report, Prepared]:
    """Find out what a pass would do. Nothing is sent to a tool, and nothing of it stays in the state."""
    with ExitStack() as stack:
        stack.enter_context(pass_lock(config.state, now=clock.now()))
        stack.enter_context(store.rehearsal())
        bench = stack.enter_context(open_bench(config, sync, store, clock))
        report = Report(new_run(clock.now()))
        audit = stack.enter_context(AuditLog(config.audit))
        work = Pass(bench, audit, options, report, progress or Silent())
        work.begin()
        prepared = work.prepare(rehearse=True)
        for objection in work.objections(prepared):
            report.warn(f"the guard would stop this: {objection}")
        take_figures(bench, report)
        return report, prepared
