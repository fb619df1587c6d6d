"""Statements that go to SQLite's driver as SQLAlchemy wrote them answer as they do when SQLAlchemy executes them."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, select, update
from sqlalchemy.dialects import sqlite

from pmsync.store import tables
from pmsync.store.direct import Direct
from pmsync.store.records import ConflictState
from pmsync.store.shape import among, given, values

NOW = datetime(2026, 11, 22, 3, 47, tzinfo=UTC)
CONFLICT: dict[str, Any] = {
    "run": "r1",
    "at": NOW,
    "item": "a",
    "field": "title",
    "values": [{"value": "x"}, {"value": None}],
    "winner": None,
    "policy": "newest",
    "state": ConflictState.OPEN,
    "note": "",
}


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A database in memory with all tables."""
    made = create_engine("sqlite://")
    tables.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Its one connection."""
    with engine.connect() as opened:
        yield opened


@pytest.fixture
def direct(engine: Engine) -> Direct:
    """What is tested."""
    return Direct(engine.dialect)


def _driver(connection: Connection) -> sqlite3.Connection:
    own = connection.connection.driver_connection
    assert isinstance(own, sqlite3.Connection)
    return own


def _rows(found: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in found]


def test_rows_written_directly_are_read_alike_by_both(connection: Connection, direct: Direct) -> None:
    rows = [{**CONFLICT, "item": item, "winner": winner} for item, winner in (("a", None), ("b", {"value": "x"}))]
    direct.execute_each(_driver(connection), insert(tables.conflicts), rows)
    statement = select(tables.conflicts).order_by(tables.conflicts.c.id)
    found = _rows(direct.execute(_driver(connection), statement, {}))
    assert found == _rows(connection.execute(statement))
    assert [row[1] for row in found] == [NOW, NOW]
    assert [row[4] for row in found] == [CONFLICT["values"]] * 2
    assert [row[7] for row in found] == [ConflictState.OPEN] * 2


@pytest.mark.parametrize("size", range(10))
def test_a_list_of_any_length_finds_what_it_names(connection: Connection, direct: Direct, size: int) -> None:
    facts = [{"key": f"k{number}", "value": str(number)} for number in range(12)]
    direct.execute_each(_driver(connection), insert(tables.meta), facts)
    meta = tables.meta.c
    statement = select(meta.key).where(meta.key.in_(among("keys")), meta.value != given("but")).order_by(meta.key)
    wanted = [f"k{number}" for number in range(size)]
    found = _rows(direct.execute(_driver(connection), statement, values(keys=wanted, but="1")))
    assert [row[0] for row in found] == [key for key in wanted if key != "k1"]


def test_values_that_are_part_of_a_statement_need_not_be_given(connection: Connection, direct: Direct) -> None:
    direct.execute_each(_driver(connection), insert(tables.conflicts), [CONFLICT])
    conflict = tables.conflicts.c
    statement = select(conflict.item).where(
        conflict.state == ConflictState.OPEN, conflict.item.in_(["a", "z"]), conflict.at <= given("at")
    )
    assert _rows(direct.execute(_driver(connection), statement, values(at=NOW))) == [("a",)]


def test_a_list_to_be_kept_is_no_list_of_values_to_look_for(connection: Connection, direct: Direct) -> None:
    direct.execute_each(_driver(connection), insert(tables.conflicts), [CONFLICT])
    conflict = tables.conflicts.c
    statement = update(tables.conflicts).where(conflict.item == given("item")).values(winner=given("winner"))
    assert list(direct.execute(_driver(connection), statement, values(item="a", winner=[1, 2, 3]))) == []
    assert _rows(direct.execute(_driver(connection), select(conflict.winner), {})) == [([1, 2, 3],)]


def test_what_was_inserted_is_told_in_the_order_of_the_rows(connection: Connection, direct: Direct) -> None:
    statement = insert(tables.conflicts).returning(tables.conflicts.c.id, sort_by_parameter_order=True)
    rows = [{**CONFLICT, "item": item} for item in "cab"]
    numbers = [row[0] for row in direct.execute_each(_driver(connection), statement, rows)]
    kept = _rows(direct.execute(_driver(connection), select(tables.conflicts.c.id, tables.conflicts.c.item), {}))
    assert sorted(zip(numbers, "cab", strict=True)) == sorted(kept)


def test_an_update_or_insert_directly_is_that_of_sqlalchemy(connection: Connection, direct: Direct) -> None:
    wanted = sqlite.insert(tables.meta)
    statement = wanted.on_conflict_do_update(index_elements=["key"], set_={"value": wanted.excluded.value})
    for value in ("1", "2"):
        direct.execute_each(_driver(connection), statement, [{"key": "k", "value": value}])
    assert _rows(direct.execute(_driver(connection), select(tables.meta), {})) == [("k", "2")]
