"""What a job does: claims what was said of its topic, looks at it, and says whether it has to be tried again."""

import logging
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.pacing import Clock
from pmsync.errors import GuardError, LockedError, PmsyncError, RejectedError
from pmsync.store.inbox import Claim, Inbox, Topic
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


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended, for those who keep figures."""

    topic: Topic
    since: datetime
    """Since when what it was about had waited."""
    at: datetime
    seconds: float
    """How long it took."""
    report: Report | None = None
    """None where it could not begin, or had to be broken off."""
    error: PmsyncError | None = None
    """Why it had to be."""

    @property
    def is_pass(self) -> bool:
        """Whether it was about all that changed in a sync."""
        return self.topic.name == self.topic.sync


Done = Callable[[Ended], None]
"""Told of every run, by the thread that did it."""


def unheard(ended: Ended) -> None:
    """Nobody is told."""


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
        done: Done = unheard,
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
        if sync is None or topic.connection not in (None, *sync.members):
            return None
        report, error, began = None, None, self._clock.monotonic()
        try:
            with self._store() as store:
                report = self._look(claim, sync, store)
        except PmsyncError as raised:
            error = raised
            raise
        finally:
            seconds = self._clock.monotonic() - began
            self._done(Ended(topic, claim.since, self._clock.now(), seconds, report, error))
        _tell(sync.name, topic.name, report)
        return _wait(tries) if report.down and topic.name != sync.name else None

    def _look(self, claim: Claim, sync: SyncConfig, store: Store) -> Report:
        topic = claim.topic
        attention = Attention(self._config, store, self._clock, self._resident)
        if topic.item is not None:
            return attention.item(sync, topic.item, claim.connections & sync.members.keys())
        if topic.connection is not None and topic.remote_id is not None:
            return attention.stranger(sync, topic.connection, topic.remote_id)
        options = Options(command="serve")
        return run_sync(self._config, sync, store, options, self._clock, resident=self._resident)[0]

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


def _tell(sync: str, topic: str, report: Report) -> None:
    """Log a run that did something, or could not."""
    # A log record has a `created` of its own.
    figures = {f"items_{name}": report.total(name) for name in ("created", "updated")}
    figures |= {name: report.total(name) for name in ("writes", "conflicts")}
    told = {"run": report.run, "sync": sync, "topic": topic, "status": report.status.value, "figures": figures}
    for error in report.errors:
        log.warning("%s", error["message"], extra={**told, "connection": error["connection"], "item": error["item"]})
    if report.entered:
        log.info("done", extra=told)


def _wait(tries: int) -> float:
    return _WAITS[min(tries, len(_WAITS) - 1)]
