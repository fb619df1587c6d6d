"""SQLite's answers without the ceremony around each, which takes ten times as long as they do: SQLAlchemy writes the
statements and knows how values are kept; what it wrote is remembered, and goes to the driver as it is."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate

Parameters = Mapping[str, Any]
_Process = Callable[[Any], Any]

_FORMS = 512
"""How many forms of statements are kept. The store has some eighty; what people ask for may be put together anew."""


class Direct:
    """Executes SQLAlchemy's statements on a connection of SQLite's own."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._form = lru_cache(_FORMS)(self._write)
        self._lists = lru_cache(_FORMS)(_lists)

    def execute(
        self, connection: sqlite3.Connection, statement: Executable, parameters: Parameters
    ) -> Sequence[Sequence[Any]]:
        """Execute a statement, and give its rows. Raises sqlite3.Error."""
        lists = {name: _padded(parameters[name]) for name in self._lists(statement) if name in parameters}
        if not lists:
            return self._form(statement, tuple(parameters), ()).execute(connection, parameters)
        sizes = tuple((name, len(members)) for name, members in lists.items())
        return self._form(statement, tuple(parameters), sizes).execute(connection, {**parameters, **lists})

    def execute_each(
        self, connection: sqlite3.Connection, statement: Executable, rows: Sequence[Parameters]
    ) -> Sequence[Sequence[Any]]:
        """Execute a statement for each of `rows`, which have the same keys. Raises sqlite3.Error."""
        form = self._form(statement, tuple(rows[0]), ())
        if form.answers:
            return [answer for row in rows for answer in form.execute(connection, row)]
        form.execute_many(connection, rows)
        return ()

    def _write(self, statement: Executable, names: tuple[str, ...], sizes: tuple[tuple[str, int], ...]) -> "_Form":
        """The statement for parameters of these names, of which some are lists of these sizes."""
        compiled = statement.compile(dialect=self._dialect, column_keys=list(names))  # type: ignore[attr-defined]
        lists = {name: [None] * size for name, size in sizes}
        return _Form(compiled, dict.fromkeys(names) | lists, _columns(statement), self._dialect)


class _Form:
    """A statement as text, with what turns values into what SQLite keeps, and back."""

    def __init__(self, compiled: SQLCompiler, parameters: Parameters, columns: Sequence[Any], dialect: Dialect) -> None:
        expanded = compiled.construct_expanded_state(parameters)
        kinds = {name: one.type.dialect_impl(dialect) for one, name in compiled.bind_names.items()}
        writers = {name: kind.bind_processor(dialect) for name, kind in kinds.items()}
        members = {
            one: (name, at) for name, found in expanded.parameter_expansion.items() for at, one in enumerate(found)
        }
        self._text = expanded.statement
        self._own: list[Any] = []
        """The values, but for those that are parameters."""
        self._given: list[tuple[int, str]] = []
        """Which values are parameters."""
        self._listed: list[tuple[int, str, int]] = []
        """Which are members of parameters that are lists, and which members."""
        self._written: list[tuple[int, _Process]] = []
        """Which of both have to be turned into what SQLite keeps."""
        for place, name in enumerate(expanded.positiontup or ()):
            of, at = members.get(name, (name, None))
            write = writers[of]
            value = None
            if of not in parameters:
                own = expanded.parameters[name]
                value = write(own) if write else own
            elif at is None:
                self._given.append((place, of))
            else:
                self._listed.append((place, of, at))
            if of in parameters and write is not None:
                self._written.append((place, write))
            self._own.append(value)
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._read = [(place, read) for place, read in enumerate(readers) if read is not None]
        self.answers = bool(columns)

    def execute(self, connection: sqlite3.Connection, parameters: Parameters) -> Sequence[Sequence[Any]]:
        rows = connection.execute(self._text, self._values(parameters)).fetchall()
        if not self._read:
            return rows
        found = [list(row) for row in rows]
        for row in found:
            for place, read in self._read:
                row[place] = read(row[place])
        return found

    def execute_many(self, connection: sqlite3.Connection, rows: Sequence[Parameters]) -> None:
        connection.executemany(self._text, [self._values(row) for row in rows])

    def _values(self, parameters: Parameters) -> list[Any]:
        found = self._own.copy()
        for place, name in self._given:
            found[place] = parameters[name]
        for place, name, at in self._listed:
            found[place] = parameters[name][at]
        for place, write in self._written:
            found[place] = write(found[place])
        return found


def _columns(statement: Executable) -> Sequence[Any]:
    """What the statement answers with: the columns that it selects, or returns of what it wrote."""
    return list(getattr(statement, "exported_columns", ()))


def _lists(statement: Any) -> tuple[str, ...]:
    """The parameters that are lists."""
    found = (part for part in iterate(statement) if isinstance(part, BindParameter) and part.expanding)
    return tuple({part.key: None for part in found})


def _padded(members: Sequence[Any]) -> list[Any]:
    """The list made as long as a power of two by its last member again, which asks for the same: a statement has few
    forms then."""
    padded = list(members)
    if padded:
        padded += padded[-1:] * ((1 << (len(padded) - 1).bit_length()) - len(padded))
    return padded
