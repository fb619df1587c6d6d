"""Items that are still to be made in one tool while they are written in the others: they are not forgotten there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from memories import Memories
from subtle import there

from pmsync.model.fields import Field

FULL: dict[str, Any] = {"description": "Words", "assignees": ["u-ada"], "labels": ["a"]}
"""Values where there might be none: nothing else of the item is still to be acknowledged."""


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools in memory."""
    made = Memories(tmp_path)
    yield made
    made.close()


def test_an_item_edited_in_all_its_tools_while_another_is_down_is_made_there_when_it_is_back(world: Memories) -> None:
    world.settle()
    world.delivery.revoked.add("pmsync")
    world.product.add(title="Pay by card", **FULL)
    world.sync()
    world.product.edit("1", title="Pay by phone")
    world.engineering.edit("1", due="2026-06-01")
    world.sync()
    world.delivery.revoked.clear()
    world.settle()
    assert there(world) == dict.fromkeys(world.tools, 1)
    assert world.show(Field.TITLE) == dict.fromkeys(world.tools, "Pay by phone")
    assert world.show(Field.DUE) == dict.fromkeys(world.tools, "2026-06-01")


def test_an_item_joined_from_two_tools_is_made_in_the_third_though_a_crash_came_before(world: Memories) -> None:
    world.product.add(title="Pay by card", **FULL)
    world.engineering.add(title="Pay by card", **FULL | {"labels": ["b"]})
    written = []

    def die(boundary: str) -> None:
        if boundary == "after written":
            written.append(boundary)
            if len(written) == 2:
                world.store.on_commit = None
                raise Killed

    world.store.on_commit = die
    with pytest.raises(Killed):
        world.sync()
    world.settle()
    assert there(world) == dict.fromkeys(world.tools, 1)
    assert world.store.counts("roadmap").dirty == 0


def test_an_item_with_nothing_left_to_do_is_not_looked_at_again(world: Memories) -> None:
    world.product.add(title="Pay by card", **FULL)
    world.delivery.add(title="Pay by card", **FULL | {"labels": ["b"]})
    world.sync()
    assert there(world) == dict.fromkeys(world.tools, 1)
    assert world.store.counts("roadmap").dirty == 0
