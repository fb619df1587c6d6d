"""The search index: what searches see, which with the lag fault is behind what is true."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pmsync_jira.sandbox.records import Issue, millis


@dataclass(slots=True)
class Index:
    """The issues in the order of their last change, so that "what is new" never costs a walk over everything.

    A change that has not arrived yet is a pair: until when, and what searches see till then (None: nothing).
    """

    _order: list[tuple[int, int]] = field(default_factory=list)
    _placed: dict[int, tuple[int, Issue]] = field(default_factory=dict)
    _late: dict[int, list[tuple[datetime, Issue | None]]] = field(default_factory=dict)

    def put(self, issue: Issue) -> None:
        """Record the issue as it is now."""
        self._unplace(issue.id)
        moment = millis(issue.updated)
        insort(self._order, (moment, issue.id))
        self._placed[issue.id] = (moment, issue)

    def drop(self, issue_id: int) -> None:
        """Record that the issue is gone."""
        self._unplace(issue_id)

    def delay(self, issue_id: int, before: Issue | None, until: datetime) -> None:
        """Let searches go on seeing the issue as it was before, until then."""
        self._late.setdefault(issue_id, []).append((until, before))

    def catch_up(self, issue_id: int) -> None:
        """A write that arrives at once brings all that was on its way: the index reads the issue as a whole."""
        self._late.pop(issue_id, None)

    def seen(self, issue_id: int, now: datetime) -> Issue | None:
        """The issue as a search sees it now."""
        waiting = self._late.get(issue_id)
        if waiting:
            waiting[:] = [late for late in waiting if late[0] > now]
            if waiting:
                return waiting[0][1]
            del self._late[issue_id]
        placed = self._placed.get(issue_id)
        return placed[1] if placed else None

    def since(self, moment: int | None, now: datetime, fresh: Iterable[int] = ()) -> Iterator[Issue]:
        """The issues that may have changed at or after a moment, in milliseconds; all of them for None.

        `fresh` are ids that are read from the database instead, however late the index is.
        """
        certain = set(fresh)
        behind = [issue_id for issue_id in self._late if issue_id not in certain]
        for issue_id in behind:
            issue = self.seen(issue_id, now)
            if issue is not None:
                yield issue
        skipped = set(behind)
        start = 0 if moment is None else bisect_left(self._order, (moment, 0))
        for _, issue_id in self._order[start:]:
            if issue_id not in skipped:
                yield self._placed[issue_id][1]

    def _unplace(self, issue_id: int) -> None:
        placed = self._placed.pop(issue_id, None)
        if placed is not None:
            place = bisect_left(self._order, (placed[0], issue_id))
            del self._order[place]
