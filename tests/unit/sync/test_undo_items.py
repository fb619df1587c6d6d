"""Taking back items that a run made, joined or ended."""

from dataclasses import replace

import pytest
from memories import Memories
from undoing import reasons, shown, titles, undo

from pmsync.config.settings import OnDelete
from pmsync.errors import RejectedError
from pmsync.model.fields import Field
from pmsync.store.records import ItemState


def test_what_a_run_created_is_archived_and_not_made_again(world: Memories) -> None:
    world.product.add(title="New")
    run = world.sync().run

    done = undo(world, run)

    assert done.report.exit_code() == 0
    assert shown(world) == {"product": [("New", False)], "engineering": [("New", True)], "delivery": [("New", True)]}
    for deep in (False, True):
        assert world.sync(deep=deep).total("writes") == 0
    assert world.verify().agrees
    world.product.edit("1", title="New, edited")
    world.settle()
    assert [len(items) for items in world.everything().values()] == [1, 1, 1]


def test_what_was_created_and_then_worked_on_stays(world: Memories) -> None:
    world.product.add(title="New")
    run = world.sync().run
    world.engineering.edit("1", description="Somebody's work")
    done = undo(world, run)
    assert reasons(done) == {"edited in engineering since"}
    assert shown(world) == {"product": [("New", False)], "engineering": [("New", False)], "delivery": [("New", True)]}
    world.settle()
    assert world.product.items()[0].fields[Field.DESCRIPTION] == "Somebody's work"


def test_undoing_the_undo_of_a_create_takes_it_out_of_the_archive_and_links_it_again(world: Memories) -> None:
    world.product.add(title="New")
    run = world.sync().run
    first = undo(world, run)
    world.sync()
    undo(world, first.report.run)
    world.settle()
    assert [len(items) for items in world.everything().values()] == [1, 1, 1]
    assert not any(archived for items in shown(world).values() for _, archived in items)
    world.product.edit("1", title="In step again")
    world.settle()
    assert titles(world) == ["In step again"] * 3


@pytest.mark.parametrize("on_delete", [OnDelete.UNLINK, OnDelete.DELETE])
def test_without_an_archive_what_was_created_stays_unless_deleting_was_allowed(
    world: Memories, on_delete: OnDelete
) -> None:
    world.configure(on_delete=on_delete)
    _without_archive(world)
    world.product.add(title="New")
    run = world.sync().run

    done = undo(world, run)

    kept = 1 if on_delete is OnDelete.UNLINK else 0
    assert [len(items) for items in world.everything().values()] == [1, kept, kept]
    assert bool(done.report.warnings) == bool(kept)
    assert world.sync(deep=True).total("writes") == 0
    world.product.edit("1", title="Alone")
    world.settle(deep=True)
    assert [one.fields[Field.TITLE] for one in world.engineering.items()] == ["New"] * kept
    assert world.verify().agrees


def _without_archive(world: Memories) -> None:
    for tool in world.tools.values():
        tool.capabilities = replace(tool.capabilities, archives=False)


def test_an_archive_that_is_not_for_us_leaves_the_item_where_it_is_and_says_so(world: Memories) -> None:
    world.product.add(title="New")
    run = world.sync().run

    def refuse(name: str) -> None:
        if name == "engineering.archive":
            raise RejectedError("archiving needs an administrator's token")

    world.before.append(refuse)
    done = undo(world, run)
    world.before.clear()

    assert done.report.exit_code() == 0
    (warning,) = done.report.warnings
    assert warning["message"].startswith("archiving needs an administrator's token; it stays in engineering")
    assert shown(world) == {"product": [("New", False)], "engineering": [("New", False)], "delivery": [("New", True)]}
    assert world.sync(deep=True).total("writes") == 0
    assert not world.store.journal.intents("roadmap")


def test_two_that_were_joined_by_title_are_parted_and_held_for_match(world: Memories) -> None:
    world.configure(create={})
    world.product.add(title="Same", description="Of the product")
    world.engineering.add(title="same", description="Of engineering")
    run = world.sync().run
    joined = shown(world)

    done = undo(world, run)

    assert done.report.exit_code() == 0
    assert shown(world) != joined
    assert [one.fields[Field.DESCRIPTION] for one in world.product.items()] == ["Of the product"]
    assert [one.fields[Field.DESCRIPTION] for one in world.engineering.items()] == ["Of engineering"]
    for deep in (False, True):
        assert world.sync(deep=deep).total("linked") == 0
    (waiting,) = next(iter(world.store.candidates.every("roadmap", "engineering", held=True)))
    assert "undone" in str(waiting.held)
    world.product.edit("1", title="On its own")
    world.settle()
    assert world.engineering.items()[0].fields[Field.TITLE] == "same"

    (item,) = world.store.items.find(world.product.items()[0].ref.url)
    world.store.candidates.decide("roadmap", "engineering", waiting.remote_id, f"join:{item}")
    world.store.progress.put_fact("link roadmap", "yes")
    world.settle()
    assert world.engineering.items()[0].fields[Field.TITLE] == world.product.items()[0].fields[Field.TITLE]


def test_what_a_run_archived_with_its_twin_is_taken_out_again_and_linked(world: Memories) -> None:
    world.configure(on_delete=OnDelete.ARCHIVE)
    ids = world.begin()
    world.product.archive(ids["product"])
    run = world.sync().run
    assert [archived for items in shown(world).values() for _, archived in items] == [True, True, True]

    done = undo(world, run)
    world.settle()

    assert done.report.exit_code() == 0
    assert [archived for items in shown(world).values() for _, archived in items] == [True, False, False]
    (item,) = world.store.items.find(ids["delivery"] and world.delivery.items()[0].ref.url)
    bundle = world.store.items.get(item)
    assert bundle is not None
    assert bundle.item.state is ItemState.LIVE
    assert {one.connection for one in bundle.replicas} == {"engineering", "delivery"}
    world.delivery.edit(ids["delivery"], title="Back")
    world.settle()
    assert world.engineering.items()[0].fields[Field.TITLE] == "Back"


def test_what_a_run_deleted_cannot_be_brought_back_and_that_is_told(world: Memories) -> None:
    world.configure(on_delete=OnDelete.DELETE)
    ids = world.begin()
    world.product.delete(ids["product"])
    world.sync(deep=True)
    run = world.sync(deep=True).run
    done = undo(world, run)
    assert any("deleted for good" in one for one in reasons(done))
    assert done.report.exit_code() == 0
