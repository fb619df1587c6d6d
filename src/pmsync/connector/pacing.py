"""Keeping inside a tool's rate limits: the clock, a token bucket, and what the tool's own headers say."""

import random
import threading
import time
from collections import deque
from datetime import UTC, datetime
from typing import Protocol


class Clock:
    """Time as the connectors see it. Tests hand in one that does not pass by itself."""

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def pace(self, seconds: float) -> None:
        """Wait because a tool's limit says so."""
        self.sleep(seconds)

    def jitter(self, most: float) -> float:
        """Some seconds up to `most`, so that clients that failed together do not come back together."""
        return random.uniform(0, most)  # noqa: S311 - not secret


class Budget(Protocol):
    """What all processes that use one account of a tool may ask of it together. May be used from any thread."""

    def ask(self, name: str, limit: int, window: float) -> float:
        """Seconds to wait before a request may start; 0: it may now, and is counted. `limit` is how many may start
        within any `window` seconds."""
        ...

    def pause(self, name: str, seconds: float) -> None:
        """Let nothing start for so many seconds."""
        ...


class Pacer:
    """Lets at most `limit` requests start within any `window` seconds, and none before a pause has ended.

    One per connection; shared by its threads. `pause` is called with what a 429 or a budget header asks for. Where
    others use the same account, all keep to a `budget`, in which it has a `name`.
    """

    def __init__(
        self, limit: int, window: float, clock: Clock, *, budget: Budget | None = None, name: str = ""
    ) -> None:
        self._budget = budget
        self._name = name
        self._limit = limit
        self._window = window
        self._clock = clock
        self._starts: deque[float] = deque()
        self._resume = 0.0
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Wait for a place, take it, and say how many seconds that took."""
        waited = 0.0
        while True:
            with self._lock:
                delay = self._delay()
                if delay <= 0:
                    self._starts.append(self._clock.monotonic())
                    break
            self._clock.pace(delay)
            waited += delay
        return waited + self._wait_for_others()

    def pause(self, seconds: float) -> None:
        """Let nothing start for so many seconds."""
        with self._lock:
            self._resume = max(self._resume, self._clock.monotonic() + seconds)
        if self._budget is not None and seconds > 0:
            self._budget.pause(self._name, seconds)

    def allow(self, limit: int) -> None:
        """Take over the limit that the tool states (a free plan's 150 instead of a paid plan's 1,500)."""
        with self._lock:
            self._limit = max(1, limit)

    def _wait_for_others(self) -> float:
        waited = 0.0
        while self._budget is not None:
            delay = self._budget.ask(self._name, self._limit, self._window)
            if delay <= 0:
                break
            self._clock.pace(delay)
            waited += delay
        return waited

    def _delay(self) -> float:
        now = self._clock.monotonic()
        while self._starts and self._starts[0] <= now - self._window:
            self._starts.popleft()
        delay = self._resume - now
        if len(self._starts) >= self._limit:
            delay = max(delay, self._starts[0] + self._window - now)
        return delay
