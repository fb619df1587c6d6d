"""Carrying out what was decided: decisions first, then an intent before each write, then what became of it.

Every member is written to by a thread of its own, with as many calls under way as its tool allows.
"""

from collections.abc import Callable, Sequence
from functools import partial

from pmsync.connector.crew import gather
from pmsync.errors import AuthError, FatalError, PmsyncError, StateError
from pmsync.reconcile.policy import FLAPPING
from pmsync.sync.authors import name_authors
from pmsync.sync.creating import create, waves
from pmsync.sync.decide import Planned
from pmsync.sync.desk import Desk, Outcomes
from pmsync.sync.journal import Journal
from pmsync.sync.members import Bench, Member
from pmsync.sync.progress import Progress
from pmsync.sync.report import Report
from pmsync.sync.updating import update

_TOGETHER = 200
"""How many items are kept to oneself at a time: others may have to wait for one of them."""


class Executor:
    """Carries out one pass's plans."""

    def __init__(self, bench: Bench, journal: Journal, report: Report, progress: Progress) -> None:
        self._bench = bench
        self._journal = journal
        self._report = report
        self._progress = progress
        self._failures: dict[tuple[str, str], PmsyncError] = {}

    def execute(self, plans: Sequence[Planned]) -> frozenset[str]:
        """Carry out a round. Returns the items to decide again: the world moved, or a tool faltered.

        Items that somebody else is at work on are left to them.
        """
        steps = sum(len(one.decision.writes) + len(one.creates) for one in plans)
        if steps:
            self._progress.stage("writing", steps)
        again: set[str] = set()
        ordered = [one for wave in waves(plans) for one in wave]
        for start in range(0, len(ordered), _TOGETHER):
            some = ordered[start : start + _TOGETHER]
            with self._bench.working_on([one.item for one in some]) as mine:
                again |= self._carry_out([one for one in some if one.item in mine])
        return frozenset(again)

    def _carry_out(self, wanted: Sequence[Planned]) -> set[str]:
        plans = self._journal.decided(name_authors(self._bench, wanted))
        moved = {one.item for one in wanted} - {one.item for one in plans}
        self._tell_fights(plans)
        self._report.count("conflicts", sum(len(one.decision.conflicts) for one in plans))
        outcomes = Outcomes()
        outcomes.expect(plans)
        if any(one.decision.writes or one.creates for one in plans):
            self._each_member(lambda member: self._serve(member, plans, outcomes))
        self._journal.clean(outcomes.finished(plans))
        tried = {one.item for one in plans}
        still = {key: error for key, error in self._failures.items() if key[0] not in tried}
        self._failures = still | outcomes.failures
        return outcomes.again | moved

    def _tell_fights(self, plans: Sequence[Planned]) -> None:
        for planned in plans:
            for conflict in planned.decision.conflicts:
                if conflict.policy == FLAPPING:
                    message = f"set aside, {conflict.note}: see `pmsync conflicts`"
                    self._report.warn(message, item=planned.item, about=conflict.field.value)

    def report_failures(self) -> None:
        """Take into the report what still fails at the end of the pass."""
        for (item, connection), error in sorted(self._failures.items()):
            if not (connection in self._report.down and isinstance(error, (AuthError, FatalError))):
                self._report.fail(error, connection=connection, item=item)

    def _serve(self, member: Member, plans: Sequence[Planned], outcomes: Outcomes) -> None:
        desk = Desk(self._bench, member, self._journal, outcomes, self._report, self._progress)
        create(desk, [one for one in plans if member.name in one.creates])
        writes = [(one, write) for one in plans for write in one.decision.writes]
        update(desk, [(one, write) for one, write in writes if write.connection == member.name])

    def _each_member(self, serve: Callable[[Member], None]) -> None:
        members = self._bench.usable
        futures = gather([partial(serve, member) for member in members], len(members), "write")
        errors = [error for future in futures if (error := future.exception()) is not None]
        for error in sorted(errors, key=lambda one: not isinstance(one, StateError)):
            raise error
