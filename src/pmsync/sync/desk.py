"""What a thread needs that writes to one member, and what it tells of its work."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pmsync.errors import AuthError, FatalError, PmsyncError
from pmsync.store.records import Replica
from pmsync.sync.decide import Planned
from pmsync.sync.journal import Journal
from pmsync.sync.members import Bench, Member
from pmsync.sync.progress import Progress
from pmsync.sync.report import Report


@dataclass(slots=True)
class Outcomes:
    """What is left of a round: failures that may heal, items to decide again, and what each item still waits for."""

    failures: dict[tuple[str, str], PmsyncError] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    _open: dict[str, set[str]] = field(default_factory=dict)
    _shown: dict[tuple[str, str], str] = field(default_factory=dict)
    """The digests of what was written, where nothing of it is left to deal with."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, plans: Iterable[Planned]) -> None:
        """Take down what is to be done to each item."""
        for planned in plans:
            writes = {write.connection for write in planned.decision.writes}
            parent = {"its parent"} if planned.orphan else set()
            decision = {"a decision"} if planned.parting else set()
            self._open[planned.item] = writes | set(planned.creates) | set(planned.waiting) | parent | decision

    def done(self, item: str, connection: str, *, again: bool = False) -> None:
        """One tool has what it should of this item; `again` if it showed something new while it was written."""
        with self._lock:
            self._open.get(item, set()).discard(connection)
            self.failures.pop((item, connection), None)
            if again:
                self.again.add(item)

    def failed(self, item: str, connection: str, error: PmsyncError) -> None:
        """It did not work this time; it is tried again in the same pass."""
        with self._lock:
            self.failures[item, connection] = error
            self.again.add(item)

    def refused(self, item: str, connection: str, error: PmsyncError) -> None:
        """It cannot work as it is: reported, and not tried again until something changes."""
        with self._lock:
            self.failures[item, connection] = error
            self._open.get(item, set()).discard(connection)

    def stale(self, item: str) -> None:
        """The world moved: decide again."""
        with self._lock:
            self.again.add(item)

    def shows(self, item: str, connection: str, digest: str) -> None:
        """What one tool shows of this item since it was written, all of which is dealt with."""
        with self._lock:
            self._shown[item, connection] = digest

    def finished(self, plans: Iterable[Planned]) -> list[Replica]:
        """The replicas of the items with nothing left to do, by what they show now."""
        done = [one for one in plans if not self._open.get(one.item) and one.item not in self.again]
        return [
            replace(one, digest=self._shown.get((one.item, one.connection), one.digest))
            for planned in done
            for one in planned.bundle.replicas
        ]


@dataclass(frozen=True, slots=True)
class Desk:
    """One member being written to."""

    bench: Bench
    member: Member
    journal: Journal
    outcomes: Outcomes
    report: Report
    progress: Progress

    def fail(self, item: str, error: PmsyncError) -> None:
        """A write failed; where the tool refuses us altogether, nothing more is sent to it in this pass."""
        self.lose(error)
        self.outcomes.failed(item, self.member.name, error)

    def lose(self, error: PmsyncError) -> None:
        """Give the tool up for this pass, if the error says that it refuses us altogether."""
        if isinstance(error, (AuthError, FatalError)):
            self.member.down = self.member.down or error
            self.report.lose(self.member.name, error)
