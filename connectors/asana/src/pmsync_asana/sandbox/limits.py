"""Rate limits, per token: so many requests within any minute, refused ones counted too."""

import math
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from pmsync_asana.sandbox.problems import TOO_MANY, Problem

PAID = 1500
FREE = 150
SEARCHES = 60
_WINDOW = timedelta(minutes=1)


class Limited(Problem):
    """A 429, with the seconds to wait."""

    def __init__(self, after: int) -> None:
        super().__init__(429, TOO_MANY)
        self.after = after


class Quota:
    """The requests of the last minute, by token."""

    def __init__(self, limit: int, clock: Callable[[], datetime]) -> None:
        self._limit = limit
        self._clock = clock
        self._spent: dict[str, deque[tuple[datetime, int]]] = {}

    def spend(self, token: str, cost: int = 1) -> None:
        """Count so many requests against a token. Raises `Limited` where they are too many; they count all the same."""
        now = self._clock()
        spent = self._spent.setdefault(token, deque())
        while spent and spent[0][0] <= now - _WINDOW:
            spent.popleft()
        spent.append((now, cost))
        total = sum(cost for _, cost in spent)
        if total > self._limit:
            raise Limited(self._wait(spent, total, now))

    def _wait(self, spent: deque[tuple[datetime, int]], total: int, now: datetime) -> int:
        """Seconds until one more request would be within the limit."""
        for at, cost in spent:
            total -= cost
            if total < self._limit:
                return max(1, math.ceil((at + _WINDOW - now).total_seconds()))
        return math.ceil(_WINDOW.total_seconds())
