"""A clock that stands still until somebody waits on it."""

import random
import threading
from datetime import UTC, datetime, timedelta

from pmsync.connector.pacing import Clock

START = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
"""When virtual time begins, unless told otherwise: a Monday morning."""


class VirtualClock(Clock):
    """Time that passes only by `sleep` and `advance`. May be shared by threads."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._lock = threading.Lock()
        self.rewind()

    def rewind(self) -> None:
        """Begin anew."""
        self._elapsed = 0.0
        self._random = random.Random(0)  # noqa: S311 - repeatable, not secret
        self.slept: list[float] = []
        """How long each `sleep` was, in order."""

    def now(self) -> datetime:
        """The virtual present, in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Virtual seconds since the clock was made."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Let so much time pass, at once."""
        self.advance(seconds)
        with self._lock:
            self.slept.append(seconds)

    def jitter(self, most: float) -> float:
        """Some seconds up to `most`, the same ones for every new clock."""
        return self._random.uniform(0, most)

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody having waited. Raises ValueError for going back."""
        if seconds < 0:
            raise ValueError("time does not go back")
        with self._lock:
            self._elapsed += seconds
