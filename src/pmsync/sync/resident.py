"""What a process that lives long keeps from one run to the next: its open connections, which of them rest because their
tool cannot be worked with, and when it last made sure that nobody else writes."""

import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from pmsync.config.settings import ConnectionConfig
from pmsync.connector.api import Connector, Opening
from pmsync.connector.pacing import Budget, Clock
from pmsync.connector.registry import plugin
from pmsync.errors import AuthError, PmsyncError, TransientError

_FIRST_REST: Final = 5.0
_LONGEST_REST: Final = 300.0
_SURE: Final = 60.0
"""How many seconds what a look showed is relied on: a look takes a request to a tool, or reading back in the audit
log."""


@dataclass(slots=True)
class _Rest:
    """Why and until when, on the monotonic clock, a tool is left alone."""

    error: PmsyncError
    seconds: float
    until: float


class Paced(Clock):
    """A connection's clock: counts what it has to wait because of its tool's limits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.waits = 0
        self.seconds = 0.0

    def now(self) -> datetime:
        """The present, in UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._clock.sleep(seconds)

    def pace(self, seconds: float) -> None:
        """Wait because a tool's limit says so."""
        with self._lock:
            self.waits += 1
            self.seconds += seconds
        self._clock.pace(seconds)

    def jitter(self, most: float) -> float:
        """Some seconds up to `most`."""
        return self._clock.jitter(most)


class Resident:
    """One for a process. Shared by its threads; a context manager: leaving it closes the connections."""

    def __init__(self, clock: Clock, budgets: Mapping[bool, Budget] | None = None) -> None:
        """`budgets`: what is shared with other processes, for what is urgent (True) and for what is not."""
        self._clock = clock
        self._budgets = budgets or {}
        self._lock = threading.Lock()
        self._open: dict[tuple[str, bool], Connector] = {}
        self._resting: dict[str, _Rest] = {}
        self._sure: dict[str, float] = {}
        self._paced: dict[str, Paced] = {}

    def connect(self, connection: ConnectionConfig, opening: Opening, *, urgent: bool = False) -> Connector:
        """The connection, opened when first asked for: one for what is urgent, which waits for no pass, one for the
        rest."""
        with self._lock:
            key = (connection.name, urgent)
            if key not in self._open:
                paced = self._paced.setdefault(connection.name, Paced(opening.clock))
                opening = replace(opening, clock=paced, budget=self._budgets.get(urgent))
                self._open[key] = plugin(connection.connector).open(connection.settings, opening)
            return self._open[key]

    def down(self, name: str) -> PmsyncError | None:
        """Why a tool is to be left alone just now, if it is."""
        with self._lock:
            rest = self._resting.get(name)
            if rest is None or self._clock.monotonic() >= rest.until:
                return None
            wait = rest.until - self._clock.monotonic()
            told = f"is left alone for {wait:.0f} s more: {rest.error.message}"
            if isinstance(rest.error, AuthError):
                return AuthError(told, connection=name)
            return TransientError(told, connection=name, after=wait)

    def tried(self, name: str, error: PmsyncError | None) -> None:
        """How working with a tool ended. One that failed rests; twice as long each time, five minutes at the most."""
        with self._lock:
            before = self._resting.pop(name, None)
            if error is None:
                return
            if before is not None and self._clock.monotonic() < before.until:
                self._resting[name] = before
                return
            seconds = min(_LONGEST_REST, before.seconds * 2) if before else _FIRST_REST
            if isinstance(error, TransientError) and error.after is not None:
                seconds = max(seconds, error.after)
            self._resting[name] = _Rest(error, seconds, self._clock.monotonic() + seconds)

    def is_sure(self, of: str) -> bool:
        """Whether something was made sure of within the last minute."""
        with self._lock:
            return self._clock.monotonic() - self._sure.get(of, -_SURE) < _SURE

    def made_sure(self, of: str) -> None:
        """Something was made sure of just now."""
        with self._lock:
            self._sure[of] = self._clock.monotonic()

    def requests(self) -> dict[str, int]:
        """How many requests each has sent so far."""
        with self._lock:
            sent: Counter[str] = Counter()
            for (name, _), one in self._open.items():
                sent[name] += one.requests()
            return sent

    def waits(self) -> dict[str, tuple[int, float]]:
        """How often, and how many seconds in all, each waited because a limit of its tool's said so."""
        with self._lock:
            return {name: (one.waits, one.seconds) for name, one in self._paced.items()}

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            opened, self._open = self._open, {}
        for one in opened.values():
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def cause(message: str) -> str:
    """Why a tool is left alone, without how long; any other message as it is."""
    return re.sub(r"^is left alone for \d+ s more: ", "", message)
