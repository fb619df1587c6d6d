"""The correspondence between a record type and a table: the same names in the same order."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Table

R = TypeVar("R")


class Shape(Generic[R]):
    """Turns records into parameters and rows into records. The table has a column for each field of the record."""

    def __init__(self, table: Table, record: Callable[..., R]) -> None:
        self.table = table
        self._record = record
        self._names = tuple(field.name for field in fields(record))  # type: ignore[arg-type]
        self._values = attrgetter(*self._names)
        self.columns: tuple[ColumnElement[Any], ...] = tuple(table.c[name] for name in self._names)
        """What to select, in the record's order."""

    def rows(self, records: Iterable[R]) -> list[dict[str, Any]]:
        """Parameters for inserting `records`."""
        names, values = self._names, self._values
        return [dict(zip(names, values(record), strict=True)) for record in records]

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


def slices(values: Collection[str], size: int = 1000) -> Iterator[list[str]]:
    """`values` in lists of at most `size`: databases limit how many values one statement may name."""
    ordered = list(values)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
