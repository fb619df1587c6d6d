"""What a job does: claims what was said of its topic, looks at it, and says whether it has to be tried again."""

import logging
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from pmsync.config.settings import Config
from pmsync.connector.pacing import Clock
from pmsync.errors import GuardError, LockedError, PmsyncError, RejectedError
from pmsync.store.inbox import Claim, Inbox
from pmsync.store.store import Store
from pmsync.sync.attend import Attention
from pmsync.sync.report import Report
from pmsync.sync.resident import Resident
from pmsync.sync.run import run_sync
from pmsync.sync.workplace import Options

_WAITS: Final = (2.0, 5.0, 15.0, 60.0, 300.0)
"""Seconds before a job is tried again, the more often it failed the longer."""

_BUSY: Final = 3.0
"""Seconds before one is tried again that found somebody else at work."""

log = logging.getLogger("pmsync.jobs")

Done = Callable[[str, Report, datetime | None], None]
"""Told of every run: the sync, its report, and since when what it was about had waited (None for a scheduled pass)."""


class Work:
    """The jobs' work in one process. Each slot has a store of its own while it is at work."""

    def __init__(
        self,
        config: Config,
        inbox: Inbox,
        resident: Resident,
        clock: Clock,
        *,
        open_store: Callable[[], Store],
        done: Done = lambda sync, report, since: None,
    ) -> None:
        self._config = config
        self._inbox = inbox
        self._resident = resident
        self._clock = clock
        self._open_store = open_store
        self._done = done
        self._idle: queue.SimpleQueue[Store] = queue.SimpleQueue()

    def handle(self, topic: str, generation: int, tries: int) -> float | None:
        """See `pmsync.jobs.queue.Handle`. Raises nothing that a tool or an item may cause."""
        claim = self._inbox.claim(topic, generation)
        if claim is None:
            return None
        try:
            wait = self._attempt(claim, tries)
        except LockedError:
            wait = _BUSY
        except GuardError as error:
            log.warning("%s: %s", topic, error)
            wait = None
        except RejectedError as error:
            log.info("%s: %s", topic, error)
            wait = None
        except PmsyncError as error:
            log.warning("%s: %s", topic, error)
            wait = _wait(tries)
        if wait is None:
            self._inbox.finish(topic, generation)
        return wait

    def close(self) -> None:
        """Close the stores."""
        while not self._idle.empty():
            self._idle.get().close()

    def _attempt(self, claim: Claim, tries: int) -> float | None:
        topic = claim.topic
        sync = self._config.syncs.get(topic.sync)
        if sync is None or not (topic.connection or sync.name) or topic.connection not in (None, *sync.members):
            return None
        with self._store() as store:
            attention = Attention(self._config, store, self._clock, self._resident)
            if topic.item is not None:
                report = attention.item(sync, topic.item, claim.connections & sync.members.keys())
            elif topic.connection is not None and topic.remote_id is not None:
                report = attention.stranger(sync, topic.connection, topic.remote_id)
            else:
                options = Options(command="serve")
                report, _ = run_sync(self._config, sync, store, options, self._clock, resident=self._resident)
        self._done(sync.name, report, claim.since)
        return _wait(tries) if report.down and topic.name != sync.name else None

    @contextmanager
    def _store(self) -> Iterator[Store]:
        try:
            store = self._idle.get_nowait()
        except queue.Empty:
            store = self._open_store()
        try:
            yield store
        finally:
            self._idle.put(store)


def _wait(tries: int) -> float:
    return _WAITS[min(tries, len(_WAITS) - 1)]
