"""Jobs of processes that died, on a server with several: taken over within seconds.

A process at work holds an advisory lock of the server, which goes with its session. Whoever can take another's lock
knows that it is dead.
"""

import hashlib
import logging
import threading
from typing import Final

from dbos import DBOS
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from pmsync.errors import StateError
from pmsync.jobs.queue import APPLICATION
from pmsync.store.dialect import KEEPALIVE

_EVERY: Final = 2.0
_TAKE: Final = text("SELECT pg_try_advisory_lock(:key)")
_GIVE_BACK: Final = text("SELECT pg_advisory_unlock(:key)")

log = logging.getLogger("pmsync.jobs")


class Sweep:
    """Holds this process's lock, and looks for those of the dead. Needs a direct way to the server, as a pass does."""

    def __init__(self, engine: Engine, executor: str, *, every: float = _EVERY) -> None:
        arguments = {"options": KEEPALIVE, "application_name": f"pmsync jobs {executor}"}
        self._engine = create_engine(
            engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments
        )
        self._executor = executor
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._session: Connection | None = None

    def start(self) -> None:
        """Take the lock, and begin to look. Raises StateError where the server cannot be used so."""
        try:
            self._session = self._open()
        except DBAPIError as error:
            raise StateError(f"The state's server gives no lock: {error.orig}") from error
        self._thread.start()

    def stop(self) -> None:
        """Give the lock back: what is left undone here is anybody's from now on."""
        self._stop.set()
        self._thread.join(10)
        if self._session is not None:
            self._session.close()
        self._engine.dispose()

    def _open(self) -> Connection:
        session = self._engine.connect()
        if not session.scalar(_TAKE, {"key": _key(self._executor)}):
            session.close()
            raise StateError(f"Another process calls itself {self._executor!r}")
        return session

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                if self._session is None:
                    self._session = self._open()
                self._look(self._session)
            except (DBAPIError, StateError) as error:
                log.warning("cannot look for jobs of others just now: %s", error)
                self._lose()

    def _lose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()
            session.close()

    def _look(self, session: Connection) -> None:
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        by_executor: dict[str, dict[str, list[str]]] = {}
        for one in pending:
            if one.executor_id and one.executor_id != self._executor and one.queue_name:
                by_executor.setdefault(one.executor_id, {}).setdefault(one.queue_name, []).append(one.workflow_id)
        for executor in by_executor:
            if session.scalar(_TAKE, {"key": _key(executor)}):
                try:
                    self._take_over(executor)
                finally:
                    session.execute(_GIVE_BACK, {"key": _key(executor)})

    def _take_over(self, executor: str) -> None:
        left: dict[str, list[str]] = {}
        # Asked again: until its lock was ours it may have finished some, or another may have been quicker.
        for one in DBOS.list_workflows(status="PENDING", executor_id=executor, load_input=False, load_output=False):
            left.setdefault(one.queue_name or "", []).append(one.workflow_id)
        for name, ids in left.items():
            DBOS.resume_workflows(ids, queue_name=name)
            log.warning("took over %s jobs of %s, which is gone", len(ids), executor)


def _key(executor: str) -> int:
    digest = hashlib.blake2b(f"{APPLICATION} {executor}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
