"""A connection to the state that is in use: SQLite's own, with as little around it as may be, or one to a server."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Executable, NestedTransaction

from pmsync.store.dialect import driver
from pmsync.store.direct import Direct, Parameters

Rows = Sequence[Any]


class Channel(Protocol):
    """What is done in transactions. Everything raises DBAPIError or sqlite3.Error."""

    def begin_writing(self) -> None:
        """Begin a transaction that will write."""
        ...

    def begin_reading(self) -> None:
        """Begin a transaction that sees one state of the database."""
        ...

    def commit(self) -> None:
        """End the transaction, and keep what was written."""
        ...

    def rollback(self) -> None:
        """End the transaction, if one is under way, and undo what was written."""
        ...

    def begin_part(self) -> None:
        """Begin a part of the transaction, or of a part of it, that can be undone by itself."""
        ...

    def end_part(self, *, keep: bool) -> None:
        """End the part that began last."""
        ...

    def rehearse(self) -> "Channel":
        """Begin a transaction that may last, and that nobody has to wait for; itself, or one that begins with what is
        in this. What is written in it is undone when it is closed."""
        ...

    @property
    def is_under_way(self) -> bool:
        """Whether the transaction is still there: a lost connection ends it, and so does SQLite after some failures."""
        ...

    def execute(self, statement: Executable, parameters: Parameters) -> Rows:
        """Execute a statement, and give its rows."""
        ...

    def execute_each(self, statement: Executable, rows: Sequence[Parameters]) -> Rows:
        """Execute a statement for each of `rows`, which have the same keys."""
        ...

    def close(self) -> None:
        """Give the connection back; what is not committed is undone."""
        ...


class File:
    """SQLite, in a file or in memory. See `Channel`."""

    def __init__(self, connection: Connection | sqlite3.Connection, direct: Direct) -> None:
        self._connection = connection
        self._driver = driver(connection) if isinstance(connection, Connection) else connection
        self._direct = direct
        self._parts = 0

    def begin_writing(self) -> None:
        """Takes the write lock now, so that the transaction cannot fail for it later."""
        self._driver.execute("BEGIN IMMEDIATE")

    def begin_reading(self) -> None:
        self._driver.execute("BEGIN")

    def commit(self) -> None:
        # The statement, and not the driver's method, which is silent where no transaction is under way any more.
        self._driver.execute("COMMIT")

    def rollback(self) -> None:
        self._parts = 0
        self._driver.rollback()

    def begin_part(self) -> None:
        self._parts += 1
        self._driver.execute(f"SAVEPOINT part_{self._parts}")

    def end_part(self, *, keep: bool) -> None:
        name, self._parts = f"part_{self._parts}", self._parts - 1
        if not keep:
            self._driver.execute(f"ROLLBACK TO {name}")
        self._driver.execute(f"RELEASE {name}")

    def rehearse(self) -> "File":
        """In a copy in memory: in the file itself nobody else could write for as long as it takes."""
        copy = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        try:
            self._driver.backup(copy)
            copy.execute("PRAGMA foreign_keys=ON")
            rehearsed = File(copy, self._direct)
            rehearsed.begin_writing()
        except BaseException:
            copy.close()
            raise
        return rehearsed

    @property
    def is_under_way(self) -> bool:
        return self._driver.in_transaction

    def execute(self, statement: Executable, parameters: Parameters) -> Rows:
        return self._direct.execute(self._driver, statement, parameters)

    def execute_each(self, statement: Executable, rows: Sequence[Parameters]) -> Rows:
        return self._direct.execute_each(self._driver, statement, rows)

    def close(self) -> None:
        self._connection.close()


class Server:
    """PostgreSQL. See `Channel`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._parts: list[NestedTransaction] = []

    def begin_writing(self) -> None:
        """Nothing to do: its first statement begins it."""

    def begin_reading(self) -> None:
        self._connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._parts.clear()
        self._connection.rollback()

    def begin_part(self) -> None:
        self._parts.append(self._connection.begin_nested())

    def end_part(self, *, keep: bool) -> None:
        part = self._parts.pop()
        if keep:
            part.commit()
        else:
            part.rollback()

    def rehearse(self) -> "Server":
        return self

    @property
    def is_under_way(self) -> bool:
        return not self._connection.invalidated

    def execute(self, statement: Executable, parameters: Parameters | Sequence[Parameters]) -> Rows:
        result = self._connection.execute(statement, parameters)
        return result.all() if result.returns_rows else ()

    def execute_each(self, statement: Executable, rows: Sequence[Parameters]) -> Rows:
        return self.execute(statement, rows)

    def close(self) -> None:
        self._connection.close()
