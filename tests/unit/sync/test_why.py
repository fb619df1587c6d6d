"""Why a field has its value: whose edit, by which tool's history, and which runs carried it where."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from memories import FIELDS, Memories

from pmsync.model.fields import Field
from pmsync.sync.resolve import Choice, resolve
from pmsync.sync.undo import Asked, run_undo
from pmsync.sync.why import Why, explain, name_actors


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Memories]:
    """Tools whose histories tell nothing of descriptions."""
    made = Memories(tmp_path, history=FIELDS - {Field.DESCRIPTION})
    yield made
    made.close()


def why(world: Memories, ids: dict[str, str], name: Field) -> Why:
    (item,) = world.store.items.find(world.product.show(ids["product"]).ref.url)
    bundle = world.store.items.get(item)
    assert bundle is not None
    found = explain(world.store, bundle, world.store.journal.history(item=item))
    named = name_actors(world.config, world.store, bundle, found, world.clock)
    return next(one for one in named if one.field is name)


def test_a_new_items_values_are_its_makers_and_the_run_that_created_it_carried_them(world: Memories) -> None:
    ids = world.begin()
    title = why(world, ids, Field.TITLE)
    run = world.store.reports.runs()[-1].id
    assert (title.by, title.actor, title.seen_in) == ("product", "Ada", None)
    assert {(one.connection, one.run, one.kind) for one in title.carried} == {
        ("engineering", run, "created"), ("delivery", run, "created"),
    }  # fmt: skip


def test_an_edit_is_its_authors_and_the_run_that_saw_it_carried_it(world: Memories) -> None:
    ids = world.begin()
    world.delivery.edit(ids["delivery"], by="linus", title="Pay by Visa")
    run = world.sync().run
    title = why(world, ids, Field.TITLE)
    assert (title.value, title.by, title.actor, title.seen_in) == ("Pay by Visa", "delivery", "Linus", run)
    assert {(one.connection, one.run, one.before, one.after) for one in title.carried} == {
        ("product", run, "Pay by card", "Pay by Visa"), ("engineering", run, "Pay by card", "Pay by Visa"),
    }  # fmt: skip
    assert why(world, ids, Field.STATUS).by == "product", "other fields have their own reasons"


def test_the_conflict_that_a_value_came_out_of_is_named(world: Memories) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], title="Visa")
    world.engineering.edit(ids["engineering"], title="Mastercard")
    world.sync()
    (conflict,) = world.conflicts()
    title = why(world, ids, Field.TITLE)
    assert title.conflict is not None
    assert (title.value, title.conflict.id, title.hold) == ("Visa", conflict.id, None)

    resolve(world.config, world.store, Choice(conflict.id, "Both", "olga"), world.clock)
    world.settle()
    title = why(world, ids, Field.TITLE)
    assert (title.value, title.by, title.actor) == ("Both", "", "olga")


def test_a_hold_and_the_run_that_undid_another_are_named(world: Memories) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], title="Visa")
    run = world.sync().run
    done = run_undo(world.config, world.plan_of, world.store, Asked(run, "olga"), world.clock)
    title = why(world, ids, Field.TITLE)
    assert title.hold is not None
    assert title.hold.policy == "undone"
    assert {(one.run, one.undid) for one in title.carried} == {(done.report.run, run)}


def test_a_tool_that_cannot_tell_or_be_asked_names_nobody(silent: Memories) -> None:
    ids = silent.begin(description="Some text")
    assert why(silent, ids, Field.DESCRIPTION).actor is None
    assert why(silent, ids, Field.TITLE).actor == "Ada"
    silent.product.revoked.add("pmsync")
    assert why(silent, ids, Field.TITLE).actor is None
    assert why(silent, ids, Field.TITLE).by == "product"
