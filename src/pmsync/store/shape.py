"""The correspondence between a record type and a table, and statements that are built once and given values later."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, Table, bindparam, select
from sqlalchemy.types import TypeEngine

R = TypeVar("R")


def given(name: str, kind: "TypeEngine[Any] | None" = None) -> BindParameter[Any]:
    """A value that a statement is given when it is executed: see `values`. Its type is that of the column beside it."""
    return bindparam(f"given_{name}", type_=kind)


def among(name: str) -> BindParameter[Any]:
    """A list of values that a statement is given when it is executed, for `in_`. See `slices`."""
    return bindparam(f"given_{name}", expanding=True)


def values(**named: Any) -> dict[str, Any]:
    """What to give for `given` and `among`. The prefix keeps an UPDATE from taking a name for a column to set."""
    return {f"given_{name}": value for name, value in named.items()}


def present(**named: Any) -> dict[str, Any]:
    """Those of the values that there are: what is None narrows nothing."""
    return {name: value for name, value in named.items() if value is not None}


class Shape(Generic[R]):
    """Turns records into parameters and rows into records. The table has a column for each field of the record."""

    def __init__(self, table: Table, record: Callable[..., R]) -> None:
        self.table = table
        self._record = record
        self._names = tuple(field.name for field in fields(record))  # type: ignore[arg-type]
        self._values = attrgetter(*self._names)
        self._chosen: dict[tuple[tuple[str, ...], ...], Select[Any]] = {}
        self.columns: tuple[ColumnElement[Any], ...] = tuple(table.c[name] for name in self._names)
        """What to select, in the record's order."""

    def chosen(self, *equal: str, lists: tuple[str, ...] = (), order: tuple[str, ...] = ()) -> Select[Any]:
        """Select the records that have the values given for the columns `equal`, and for `lists` one of those given.

        Built once for each combination.
        """
        key = (equal, lists, order)
        statement = self._chosen.get(key)
        if statement is None:
            column = self.table.c
            same = (column[name] == given(name) for name in equal)
            one_of = (column[name].in_(among(name)) for name in lists)
            statement = select(*self.columns).where(*same, *one_of).order_by(*(column[name] for name in order))
            self._chosen[key] = statement
        return statement

    def rows(self, records: Iterable[R]) -> list[dict[str, Any]]:
        """Parameters for inserting `records`."""
        names, values_of = self._names, self._values
        return [dict(zip(names, values_of(record), strict=True)) for record in records]

    def new_rows(self, records: Iterable[R]) -> list[dict[str, Any]]:
        """Parameters for inserting `records` whose `id` the database is to give."""
        rows = self.rows(records)
        for row in rows:
            del row["id"]
        return rows

    def records(self, rows: Iterable[Any]) -> list[R]:
        """The records in rows of `columns`."""
        record = self._record
        return [record(*row) for row in rows]


def slices(names: Collection[str], size: int = 1000) -> Iterator[list[str]]:
    """`names` in lists of at most `size`: databases limit how many values one statement may name."""
    ordered = list(names)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
