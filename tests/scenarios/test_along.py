"""Lists that came along with changed items, and what somebody else did to them before they were used."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from memories import Memories

from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind
from pmsync.testing.memory_parts import MemoryParts
from pmsync.testing.tool import MemoryTool


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools."""
    world = Memories(tmp_path)
    yield world
    world.close()


class Killed(BaseException):
    """The process is gone."""


class Early:
    """Has every tool give these lists out as what came along, whatever its lists are by now; counts the readings."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.lists: dict[int, tuple[Part, ...]] = {}
        self.read: list[int] = []
        early, usual = self, MemoryParts.read

        def brought(parts: MemoryParts, known: Mapping[str, datetime]) -> Mapping[str, Sequence[Part]]:
            tool = id(parts._tool)
            return {"1": early.lists[tool]} if "1" in known and tool in early.lists else {}

        def read(parts: MemoryParts, ids: Sequence[str]) -> Mapping[str, Sequence[Part]]:
            early.read.append(id(parts._tool))
            return usual(parts, ids)

        patch.setattr(MemoryParts, "brought", brought)
        patch.setattr(MemoryParts, "read", read)

    def keep(self, tool: MemoryTool) -> None:
        """What came along is what hangs there now."""
        self.lists[id(tool)] = parts(tool)

    def readings(self, tool: MemoryTool) -> int:
        return self.read.count(id(tool))


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> Early:
    return Early(monkeypatch)


def parts(tool: MemoryTool) -> tuple[Part, ...]:
    pile = tool.pile("1")
    assert pile is not None
    return tuple(pile.parts)


def saying(world: Memories, text: str) -> list[int]:
    """How many comments of each tool have a text in them."""
    return [sum(text in str(one.value["text"]) for one in parts(tool)) for tool in world.tools.values()]


def test_what_came_along_is_not_asked_for(world: Memories, early: Early) -> None:
    world.begin()
    world.product.comment("1", "Which cards?", by="ada")
    early.keep(world.product)
    early.read.clear()
    world.sync()
    assert saying(world, "Which cards?") == [1, 1, 1]
    assert early.readings(world.product) == 0


def test_a_mirror_that_was_made_meanwhile_is_not_held_gone(world: Memories, early: Early) -> None:
    world.begin()
    before = parts(world.engineering)
    world.product.comment("1", "Which cards?", by="ada")
    world.sync()
    early.lists[id(world.engineering)] = before
    early.read.clear()
    world.engineering.edit("1", title="Another")
    world.sync()
    assert early.readings(world.engineering) >= 1, "what came along lacks our mirror"
    world.settle()
    assert saying(world, "Which cards?") == [1, 1, 1]
    assert "mirror removed" not in {row.kind for row in world.store.journal.history()}


def test_what_was_edited_meanwhile_is_not_set_back(world: Memories, early: Early) -> None:
    world.begin()
    made = world.product.comment("1", "Old words", by="ada")
    world.sync()
    before = parts(world.product)
    world.product.edit_comment("1", made.id, "New words", by="ada")
    world.settle()
    early.lists[id(world.product)] = before
    world.product.edit("1", title="Another")
    early.read.clear()
    world.sync()
    assert early.readings(world.product) == 1, "the state knows more of it than came along"
    early.lists.clear()
    world.settle()
    assert (saying(world, "New words"), saying(world, "Old words")) == ([1, 1, 1], [0, 0, 0])


def test_what_was_taken_away_meanwhile_does_not_come_back(world: Memories, early: Early) -> None:
    world.begin()
    made = world.product.comment("1", "Old words", by="ada")
    world.sync()
    early.keep(world.product)
    world.product.remove_part("1", PartKind.COMMENT, made.id, by="ada")
    for _ in range(3):
        world.sync(deep=True)
    world.product.edit("1", title="Another")
    world.settle()
    assert saying(world, "Old words") == [0, 0, 0]


def test_what_was_being_written_is_not_looked_for_in_what_came_along(
    world: Memories, early: Early, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.begin()
    early.keep(world.engineering)
    early.keep(world.delivery)
    usual = MemoryParts.comment

    def killed(parts: MemoryParts, ref: Ref, document: Json) -> Part:
        usual(parts, ref, document)
        raise Killed

    world.product.comment("1", "Which cards?", by="ada")
    with monkeypatch.context() as patch:
        patch.setattr(MemoryParts, "comment", killed)
        with pytest.raises(Killed):
            world.sync()
    world.settle()
    assert saying(world, "Which cards?") == [1, 1, 1]
