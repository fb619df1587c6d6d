"""A process of the service: its queue, its slots, its clock, and what it keeps open; started and stopped together."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from pmsync.config.settings import Config
from pmsync.connector.pacing import Budget, Clock
from pmsync.connector.webhooks import Delivery
from pmsync.errors import ConfigError, PmsyncError
from pmsync.jobs.engine import open_engine
from pmsync.jobs.herald import Herald
from pmsync.jobs.intake import Intake
from pmsync.jobs.queue import Queue
from pmsync.jobs.schedule import Schedule
from pmsync.jobs.sweep import Sweep
from pmsync.jobs.work import Done, Ended, Work, unheard
from pmsync.store.budget import open_budget
from pmsync.store.dialect import parse_url, state_file
from pmsync.store.inbox import Inbox, Topic, Word
from pmsync.store.lock import service_lock
from pmsync.store.store import Store, open_store
from pmsync.sync.resident import Resident
from pmsync.sync.webhooks import Registrar

_HOURLY: Final = 3600.0

_EMBEDDED: Final = "embedded"
"""What the one process calls itself that serves a state in a file: it goes on with what it left undone."""

GRACE: Final = 7
"""Seconds that what is being done has to end, once the service is to stop; the rest is gone on with later."""

_LAST_WORDS: Final = 1.5
"""Seconds that an alert has to be sent in, once the service is to stop; the rest is sent by whoever starts next."""

MANY: Final = 200
"""Of more items in one delivery, all that changed is read instead: that is less to ask for."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a tool said, and where."""

    connection: str
    delivery: Delivery
    hook: str


log = logging.getLogger("pmsync.service")


class Service:
    """One process's part in the service. A context manager: entering starts it.

    `store` is for whoever answers questions; the jobs have their own.
    """

    def __init__(self, config: Config, *, clock: Clock | None = None, done: Done = unheard) -> None:
        """Raises ConfigError where the state cannot be shared by a service."""
        self.config = config
        self.clock = clock or Clock()
        self._url = parse_url(config.state)
        self._server = self._url.get_backend_name() == "postgresql"
        if not self._server and state_file(self._url) is None:
            raise ConfigError("a service needs a state that lasts: set `state` to sqlite:///… or postgresql://…")
        self._done = done
        self.herald: Herald | None = None
        """Who tells people what is amiss, where the config says how."""
        self._stack = ExitStack()
        self.executor = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}" if self._server else _EMBEDDED

    def start(self) -> None:
        """Start everything. Raises LockedError where another process serves this state, StateError, ConfigError."""
        with ExitStack() as stack:
            stack.enter_context(service_lock(self.config.state))
            self.store: Store = stack.enter_context(open_store(self.config.state))
            engine = open_engine(self.config.state)
            stack.callback(engine.dispose)
            self.inbox = Inbox(engine)
            self.resident = stack.enter_context(Resident(self.clock, self._budgets(stack)))
            work = Work(
                self.config, self.inbox, self.resident, self.clock,
                open_store=lambda: open_store(self.config.state, create=False), done=self._heard,
            )  # fmt: skip
            stack.callback(work.close)
            if self._server:
                sweep = Sweep(engine, self.executor)
                stack.callback(sweep.stop)
            if self.config.alerts.wanted:
                self.herald = Herald(self.config, self.store, self.inbox, self.clock)
                stack.callback(self.herald.stop, _LAST_WORDS)
                self.herald.start()
            self.queue = Queue(engine, self.executor, work.handle)
            stack.callback(self.queue.stop, GRACE)
            self.queue.start()
            self._intake: Intake[_Heard] = Intake(self._keep)
            stack.callback(self._intake.stop)
            self._intake.start()
            if self._server:
                sweep.start()
            every = dict.fromkeys(self.config.syncs, self.config.polling.every)
            schedule = Schedule(self.inbox, self.queue.enqueue, every, self.clock, also=self._also())
            stack.callback(schedule.stop)
            schedule.start()
            self._stack = stack.pop_all()

    def _also(self) -> dict[str, tuple[float, Callable[[], None]]]:
        """What is due beside passes."""
        also = {"purge": (_HOURLY, self.queue.purge), "webhooks": (_HOURLY, self._watch_aside)}
        if self.herald is not None:
            also["alerts"] = (self.herald.every, self.herald.wake)
        return also

    def _heard(self, ended: Ended) -> None:
        self._done(ended)
        if self.herald is not None:
            self.herald.heard(ended)

    def bring(self, connection: str, delivery: Delivery, *, hook: str = "") -> Future[bool]:
        """Have what a tool said kept, and the jobs of it. Answers True once it is, False if it had been said before.

        Answers or raises StateError, LockedError where it cannot be kept: the tool is to say it again.
        """
        return self._intake.bring(_Heard(connection, delivery, hook))

    def _keep(self, heard: Sequence[_Heard]) -> Sequence[bool]:
        """Keep what tools said, in one transaction."""
        ids: dict[str, set[str]] = {}
        for one in heard:
            if len(one.delivery.items) <= MANY:
                ids.setdefault(one.connection, set()).update(one.delivery.items)
        known = {
            connection: self.inbox.topics(connection, remote_ids, self._syncs(connection))
            for connection, remote_ids in ids.items()
        }
        words = [
            Word(one.connection, self._topics(one, known.get(one.connection, {})), one.delivery.id, one.hook)
            for one in heard
        ]
        return self.inbox.receive_all(words, self.clock.now(), self.queue.enqueue)

    def _topics(self, heard: _Heard, known: Mapping[str, frozenset[Topic]]) -> frozenset[Topic]:
        delivery = heard.delivery
        everything = delivery.elsewhere or len(delivery.items) > MANY
        topics = {Topic(one) for one in self._syncs(heard.connection)} if everything else set()
        if len(delivery.items) <= MANY:
            topics.update(*(known[one] for one in delivery.items))
        return frozenset(topics)

    def _syncs(self, connection: str) -> list[str]:
        return [one.name for one in self.config.syncs.values() if connection in one.members]

    def stop(self) -> None:
        """Stop everything, in the order that loses nothing."""
        self._stack.close()

    def _budgets(self, stack: ExitStack) -> dict[bool, Budget]:
        made: dict[bool, Budget] = {}
        for urgent in (False, True):
            budget = open_budget(self.config.state, self.clock, urgent=urgent)
            stack.callback(budget.close)
            made[urgent] = budget
        return made

    def watch(self) -> None:
        """Look at the webhooks, and see to those that need it."""
        registrar = Registrar(self.config, self.store, self.clock)
        for one in registrar.wanted():
            try:
                found = registrar.watch(one)
            except PmsyncError as error:
                log.warning("the webhook of %s could not be looked at: %s", one.name, error)
                continue
            if found.trouble:
                log.warning("the webhook of %s %s", one.name, found.trouble, extra={"connection": one.name})
            elif found.done:
                log.info("the webhook of %s was %s", one.name, found.done, extra={"connection": one.name})

    def _watch_aside(self) -> None:
        """Beside the clock, which must not wait for a tool."""
        threading.Thread(target=self.watch, name="webhooks", daemon=True).start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
