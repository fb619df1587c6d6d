"""Trello's rate limits: so many requests in a window per key, per token, and per token on the costly routes."""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from pmsync_trello.sandbox.call import Refused

KEY_LIMIT, TOKEN_LIMIT, WINDOW = 300, 100, 10.0
COSTLY_LIMIT, COSTLY_WINDOW = 100, 900.0
MOST_REFUSALS = 200
"""After so many 429s of one key within a window, everything is 429 until it ends."""


class Window:
    """How many of `limit` events are left in the last `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._events: deque[float] = deque()

    def left(self, now: float) -> int:
        while self._events and self._events[0] <= now - self.seconds:
            self._events.popleft()
        return self.limit - len(self._events)

    def add(self, now: float) -> None:
        self._events.append(now)


class Budget:
    """The counters of one sandbox."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], Window] = {}

    def spend(self, key: str, token: str, path: tuple[str, ...]) -> None:
        """Count one request. Raises Refused where a budget is used up."""
        now = self._clock().timestamp()
        refusals = self._window("refusals", key)
        checks = [("API_KEY_LIMIT_EXCEEDED", self._window("key", key))]
        if token:
            checks.append(("API_TOKEN_LIMIT_EXCEEDED", self._window("token", token)))
        costly = _costly(path)
        if costly:
            code = "MEMBER_LIMIT_EXCEEDED" if costly == "members" else "API_TOKEN_LIMIT_EXCEEDED"
            checks.append((code, self._window(costly, token or key)))
        if refusals.left(now) <= 0:
            raise exceeded("API_KEY_LIMIT_EXCEEDED")
        for code, window in checks:
            if window.left(now) <= 0:
                refusals.add(now)
                raise exceeded(code)
        for _, window in checks:
            window.add(now)

    def headers(self, key: str, token: str) -> dict[str, str]:
        """What every answer says of the budgets."""
        now = self._clock().timestamp()
        headers = _headers("api-key", self._window("key", key), now)
        if token:
            headers |= _headers("api-token", self._window("token", token), now)
        return headers

    def _window(self, kind: str, who: str) -> Window:
        if (kind, who) not in self._windows:
            limits = {"key": KEY_LIMIT, "token": TOKEN_LIMIT, "refusals": MOST_REFUSALS}
            limit = limits.get(kind, COSTLY_LIMIT)
            self._windows[kind, who] = Window(limit, WINDOW if kind in limits else COSTLY_WINDOW)
        return self._windows[kind, who]


def exceeded(code: str) -> Refused:
    """Trello's 429, which has no `Retry-After`."""
    return Refused(429, {"error": code, "message": "Rate limit exceeded"})


def _costly(path: tuple[str, ...]) -> str:
    match path:
        case ("members", _):
            return "members"
        case ("search", "members"):
            return "membersSearch"
        case ("search",):
            return "search"
        case _:
            return ""


def _headers(kind: str, window: Window, now: float) -> dict[str, str]:
    return {
        f"x-rate-limit-{kind}-interval-ms": str(int(window.seconds * 1000)),
        f"x-rate-limit-{kind}-max": str(window.limit),
        f"x-rate-limit-{kind}-remaining": str(max(0, window.left(now))),
    }
