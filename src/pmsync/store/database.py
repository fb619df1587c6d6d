"""One connection to the state, shared by the threads of a process: transactions, rehearsals, and plain reading."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any, Final

from sqlalchemy import Engine, Executable, Table
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.exc import DBAPIError

from pmsync.errors import PmsyncError, StateError
from pmsync.store import dialect
from pmsync.store.channel import Channel, File, Server
from pmsync.store.direct import Direct
from pmsync.store.shape import values

_JOINED: Final = nullcontext()


class Database:
    """Serialises all use of the state within a process.

    A transaction holds the lock until it ends, so nothing slow, no call to a tool, belongs inside one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._direct = _direct() if engine.dialect.name == "sqlite" else None
        self._lock = threading.RLock()
        self._channel: Channel | None = None
        """The one in which a transaction, a rehearsal or a snapshot is under way."""
        self._idle: Channel | None = None
        """The one that is kept for the next use."""
        self._depth = 0
        self._failed = False
        self.on_commit: Callable[[str], None] | None = None

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the connection from one use to the next, where one to a file or in memory is used very often inside.

        Between two uses no transaction is under way. One to a server may be lost meanwhile, and is looked after each
        time, as outside.
        """
        with self._lock:
            mine = self._idle is None and self._channel is None and self._direct is not None
            if mine:
                with self._translated():
                    self._idle = self._connect()
        try:
            yield
        finally:
            if mine:
                self._drop()

    @contextmanager
    def transaction(self, label: str) -> Iterator[None]:
        """Keep all that is written inside, or nothing of it.

        Inside another transaction it is a part of that one, which can fail by itself: an exception that leaves it
        undoes this part only. The outermost exit commits, and calls `on_commit` with `before <label>` and
        `after <label>`.
        """
        with self._lock:
            if self._channel is None:
                with self._outermost(label):
                    yield
            else:
                with self._part(self._channel):
                    yield

    def writing(self, label: str) -> AbstractContextManager[None]:
        """Join the transaction that is under way, or make one."""
        with self._lock:
            # It is this thread's: another's would still have the lock.
            return _JOINED if self._depth else self.transaction(label)

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Undo at its end whatever is written inside; no transaction inside really commits.

        Other threads of the process go on within the rehearsal; other processes see and write the state as it is.
        """
        with self._lock:
            if self._channel is not None:
                raise StateError("A rehearsal cannot begin within a transaction")
            with self._translated():
                channel = self._connect()
                try:
                    self._channel = channel.rehearse()
                finally:
                    if self._channel is not channel:
                        self._give_back(channel)
            self._failed = False
        try:
            yield
        finally:
            with self._lock:
                self._close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all that is read inside be of one moment. Nothing is written inside, but in a transaction around it."""
        with self._lock:
            if self._channel is not None:
                yield
                return
            with self._translated():
                self._channel = self._connect()
                self._channel.begin_reading()
            try:
                yield
            finally:
                self._close()

    def select(self, statement: Executable, **named: Any) -> Sequence[Any]:
        """Read rows. What the statement is to be given, by name: see `shape.given`."""
        with self._lock:
            self._refuse_after_failure()
            try:
                if self._channel is not None:
                    return self._channel.execute(statement, values(**named))
                channel = self._connect()
                try:
                    return channel.execute(statement, values(**named))
                finally:
                    self._give_back(channel)
            except (DBAPIError, sqlite3.Error) as error:
                raise self._failure(error) from error

    def run(self, statement: Executable, **named: Any) -> Sequence[Any]:
        """Execute a writing statement with what it is to be given, by name. Only within a transaction."""
        with self._lock:
            channel = self._within()
            try:
                return channel.execute(statement, values(**named))
            except (DBAPIError, sqlite3.Error) as error:
                raise self._failure(error) from error

    def run_each(self, statement: Executable, rows: Sequence[dict[str, Any]]) -> Sequence[Any]:
        """Execute a writing statement for each of `rows`. Only within a transaction."""
        if not rows:
            return ()
        with self._lock:
            channel = self._within()
            try:
                return channel.execute_each(statement, rows)
            except (DBAPIError, sqlite3.Error) as error:
                raise self._failure(error) from error

    def upsert(self, table: Table, rows: Sequence[dict[str, Any]], *, keep: frozenset[str] = frozenset()) -> None:
        """Insert rows, or overwrite those with the same primary key but for the columns in `keep`."""
        self.run_each(dialect.upsert(self._engine.dialect.name, table, keep=keep), rows)

    def insert_new(self, table: Table, row: dict[str, Any]) -> bool:
        """Insert a row, unless there is one with its primary key: then False."""
        return bool(self.run_each(dialect.insert_new(self._engine.dialect.name, table), [row]))

    def close(self) -> None:
        """Close the connection; what is not committed is undone."""
        with self._lock:
            self._close()
            self._drop()
            self._engine.dispose()

    @contextmanager
    def _outermost(self, label: str) -> Iterator[None]:
        self._channel = channel = self._open()
        try:
            self._depth = 1
            try:
                yield
                self._refuse_after_failure()
            finally:
                self._depth = 0
            self._tell(f"before {label}")
            with self._translated():
                channel.commit()
        finally:
            self._close()
        self._tell(f"after {label}")

    @contextmanager
    def _part(self, channel: Channel) -> Iterator[None]:
        self._refuse_after_failure()
        with self._translated():
            channel.begin_part()
        self._depth += 1
        try:
            yield
            self._refuse_after_failure()
        except BaseException:
            if channel.is_under_way:
                with self._translated():
                    channel.end_part(keep=False)
                self._failed = False
            raise
        finally:
            self._depth -= 1
        with self._translated():
            channel.end_part(keep=True)

    def _open(self) -> Channel:
        with self._translated():
            channel = self._connect()
            try:
                channel.begin_writing()
            except BaseException:
                self._give_back(channel)
                raise
        self._failed = False
        return channel

    def _close(self) -> None:
        channel, self._channel, self._failed = self._channel, None, False
        if channel is not None:
            self._give_back(channel)

    def _connect(self) -> Channel:
        if self._idle is not None:
            return self._idle
        connection = self._engine.connect()
        return Server(connection) if self._direct is None else File(connection, self._direct)

    def _give_back(self, channel: Channel) -> None:
        """End what is under way in it; what is not committed is undone."""
        if channel is not self._idle:
            channel.close()
            return
        try:
            channel.rollback()
        except (DBAPIError, sqlite3.Error):
            self._drop()

    def _drop(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, None
            if idle is not None:
                idle.close()

    def _within(self) -> Channel:
        """The connection in which the transaction is under way that a write belongs to."""
        if self._channel is None or not self._depth:
            raise StateError("Something was written outside a transaction")
        self._refuse_after_failure()
        return self._channel

    def _tell(self, boundary: str) -> None:
        if self.on_commit is not None:
            self.on_commit(boundary)

    def _refuse_after_failure(self) -> None:
        # SQLite would go on after a failed statement, PostgreSQL would not; and after some failures SQLite ends the
        # transaction, so that going on would commit each statement by itself.
        if self._failed:
            raise StateError("An earlier write of this transaction failed, so nothing of it is kept")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            raise self._failure(error) from error

    def _failure(self, error: DBAPIError | sqlite3.Error) -> PmsyncError:
        self._failed = self._channel is not None
        return dialect.translate(error)


@cache
def _direct() -> Direct:
    """One for all states of the process: what was compiled for one is as good for the others."""
    return Direct(pysqlite.dialect(dbapi=sqlite3))
