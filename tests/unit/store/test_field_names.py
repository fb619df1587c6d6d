"""Fields by their names, which may be long, in every table that has one."""

from datetime import UTC, datetime

from pmsync.model.fields import Field
from pmsync.store import Store
from pmsync.store.records import Change, Conflict, ConflictState

NOW = datetime(2026, 11, 22, 3, 47, tzinfo=UTC)
LONG = Field.custom("A name as people give them to the fields of their own that nobody but they will ever read in full")


def test_a_custom_field_of_a_long_name_comes_back_as_the_same_field(store: Store) -> None:
    store.journal.record([Change("run", NOW, "observed", "item", "product", "1", LONG, "a", "b")])
    store.reports.add_conflicts([Conflict("run", NOW, "item", LONG, [], None, "manual", ConflictState.OPEN)])
    (row,) = store.journal.history(item="item")
    (conflict,) = store.reports.conflicts(items=["item"])
    assert row.field is conflict.field is LONG
