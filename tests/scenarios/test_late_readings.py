"""What a tool shows late, or not at all for a while, is neither an edit nor an absence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from memories import DOING, DONE, NAME, Memories

from pmsync.model.fields import Field


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    made = Memories(tmp_path)
    yield made
    made.close()


def test_a_listing_that_is_late_does_not_take_back_what_was_just_written(world: Memories) -> None:
    """The index of a tool shows an item as it was before our own write: that is no edit of anybody's."""
    ids = world.begin()
    world.engineering.lag = 300.0
    world.clock.advance(600)
    world.product.edit(ids["product"], status=DOING)
    world.sync()
    assert world.show(Field.STATUS)["engineering"] == DOING
    for _ in range(4):
        world.sync()
        assert set(map(str, world.show(Field.STATUS).values())) == {str(DOING)}
    assert not world.conflicts()


def test_an_edit_that_a_late_listing_hides_arrives_once_it_shows(world: Memories) -> None:
    ids = world.begin()
    world.engineering.lag = 100.0
    world.clock.advance(600)
    world.product.edit(ids["product"], status=DOING)
    world.sync()
    world.engineering.edit(ids["engineering"], status=DONE)
    world.clock.advance(200)
    world.settle()
    assert set(map(str, world.show(Field.STATUS).values())) == {str(DONE)}


def test_what_was_read_of_a_tool_is_matched_though_the_tool_is_down_by_now(world: Memories) -> None:
    """Matching waits until every tool was read once; by then another may be out of reach. What it has is known."""
    for tool in world.tools.values():
        tool.add(title="Refund")
    for out in (world.delivery, world.product):
        out.revoked.add("pmsync")
        world.sync()
        out.revoked.clear()
    world.settle(deep=True)
    assert {name: len(tool.items()) for name, tool in world.tools.items()} == dict.fromkeys(world.tools, 1)
    (bundle,) = [one for chunk in world.store.items.every(NAME) for one in chunk]
    assert {one.connection for one in bundle.replicas} == set(world.tools)
