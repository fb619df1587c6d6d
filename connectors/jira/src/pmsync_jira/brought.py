"""What came along with the issues of a short reading, so that nobody has to ask for what hangs on them again."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pmsync.connector.pacing import Clock
from pmsync_jira.convert import moment
from pmsync_jira.issues import FEW, Raw

_LASTS = 120.0
"""Seconds for which it may be used: a comment that was for everybody then may be for a few by now."""


@dataclass(frozen=True, slots=True)
class _One:
    raw: Raw
    updated_at: datetime
    at: float


class Brought:
    """Issues with what hangs on them, as the last reading brought them; `FEW` at the most, and each given out once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, _One] = {}

    def clear(self) -> None:
        """Forget all of it: a reading begins."""
        with self._lock:
            self._held.clear()

    def put(self, raws: Iterable[Raw]) -> None:
        """Hold these issues. Of one that came twice the later answer counts."""
        now = self._clock.monotonic()
        with self._lock:
            for raw in raws:
                id_ = str(raw["id"])
                if id_ in self._held or len(self._held) < FEW:
                    self._held[id_] = _One(raw, moment(raw["fields"]["updated"]), now)

    def take(self, issue: str, updated_at: datetime) -> Raw | None:
        """The issue as it came, if that was as it was changed at this very moment. Whatever is asked for is gone."""
        with self._lock:
            one = self._held.pop(issue, None)
        if one is None or one.updated_at != updated_at or self._clock.monotonic() - one.at > _LASTS:
            return None
        return one.raw

    def drop(self, issue: str) -> None:
        """Forget an issue: it is being written to, or was read anew."""
        with self._lock:
            self._held.pop(issue, None)
