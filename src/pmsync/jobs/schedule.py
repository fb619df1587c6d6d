"""What is due without anybody saying so: passes, and tidying up. Each time once, however many processes there are."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from pmsync.connector.pacing import Clock
from pmsync.errors import PmsyncError
from pmsync.store.inbox import Enqueue, Inbox, Topic

_GRAIN: Final = 1.0
"""Seconds between two looks at the clock."""

_TOGETHER: Final = 60.0
"""Seconds within which processes that start have one pass at the beginning together."""

TIDY: Final = 600.0
"""Seconds between two times that it is looked for what jobs were lost of, and what is to be forgotten."""

_STUCK: Final = timedelta(minutes=15)
"""How long something is waited for to be looked at, tries and all, before another job is made of it."""

log = logging.getLogger("pmsync.jobs")


class Schedule:
    """The clock of a process. `tick` is what a thread of `start` calls each second."""

    def __init__(
        self,
        inbox: Inbox,
        enqueue: Enqueue,
        every: Mapping[str, float],
        clock: Clock,
        *,
        also: Mapping[str, tuple[float, Callable[[], None]]] | None = None,
    ) -> None:
        """`every`: seconds between two passes of each sync. `also`: what else is to be done, each so often."""
        self._inbox = inbox
        self._enqueue = enqueue
        self._every = every
        self._clock = clock
        self._also = {"tidy": (TIDY, self._tidy), **(also or {})}
        self._ticked: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        """Begin, with a pass: what was said while nobody was there was said to nobody, and may never be said again."""
        now = self._clock.now()
        self._first("start", _TOGETHER, now, *(Topic(sync) for sync in self._every))
        self._thread.start()

    def stop(self) -> None:
        """End, when what is being done is done."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def tick(self) -> None:
        """Do what is due."""
        now = self._clock.now()
        for sync, seconds in self._every.items():
            if self._due(f"pass {sync}", seconds, now):
                self._first(f"pass {sync}", seconds, now, Topic(sync))
        for what, (seconds, act) in self._also.items():
            if self._due(what, seconds, now) and self._first(what, seconds, now):
                act()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.tick()
            except PmsyncError as error:
                log.warning("what is due could not be begun: %s", error)
            self._stop.wait(_GRAIN)

    def _due(self, what: str, seconds: float, now: datetime) -> bool:
        number = int(now.timestamp() // seconds)
        if self._ticked.get(what) == number:
            return False
        self._ticked[what] = number
        return True

    def _first(self, what: str, seconds: float, now: datetime, *topics: Topic) -> bool:
        """Whether no other process did it this time. If so, these topics are to be looked at."""
        name = f"{what} {seconds:g} {int(now.timestamp() // seconds)}"
        return self._inbox.receive("", topics, now, self._enqueue, delivery=name)

    def _tidy(self) -> None:
        now = self._clock.now()
        for name, _ in self._inbox.stuck(now - _STUCK):
            self._inbox.reopen(name, now, self._enqueue)
        self._inbox.purge(now)
