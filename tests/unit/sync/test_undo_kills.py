"""An undo that is killed, and a run that was."""

from collections.abc import Callable
from pathlib import Path

import pytest
from depth import DEEP
from memories import Memories
from undoing import shown, titles, undo

from pmsync.connector.crew import alone
from pmsync.model.fields import Field
from pmsync.model.part import PartKind


class _Death(BaseException):
    """The process is gone."""


def _points(world: Memories, act: Callable[[], object]) -> int:
    count = 0

    def step(_: str) -> None:
        nonlocal count
        count += 1

    world.before.append(step)
    world.after.append(step)
    world.store.on_commit = step
    act()
    world.before.clear()
    world.after.clear()
    world.store.on_commit = None
    return count


def _die(world: Memories, number: int, act: Callable[[], object]) -> None:
    left = number

    def step(_: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Death

    world.before.append(step)
    world.after.append(step)
    world.store.on_commit = step
    with pytest.raises(_Death):
        act()
    world.before.clear()
    world.after.clear()
    world.store.on_commit = None


def test_an_undo_that_was_killed_anywhere_is_finished_by_the_next(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of an edit, and of an item that the run made everywhere."""

    def begin() -> tuple[Memories, str]:
        world = Memories(tmp_path_factory.mktemp("world"))
        ids = world.begin()
        world.product.edit(ids["product"], title="Pay by Visa")
        world.product.add(title="New")
        return world, world.sync().run

    world, run = begin()
    points = _points(world, lambda: undo(world, run))
    end = shown(world)
    world.close()
    assert points > 20
    step = 1 if DEEP else 19
    for number in range(0, points, step):
        world, run = begin()
        with alone():
            _die(world, number, lambda: undo(world, run))  # noqa: B023 - called at once
        world.sync()
        undo(world, run)
        assert world.sync().total("writes") == 0
        assert shown(world) == end, f"killed at point {number}"
        world.close()


def _hung(world: Memories) -> dict[str, list[str]]:
    """What hangs on the first item of each tool."""
    piles = {name: tool.pile("1") for name, tool in world.tools.items()}
    return {name: sorted(str(dict(one.value)) for one in pile.parts) for name, pile in piles.items() if pile}


def _spoken(folder: Path) -> tuple[Memories, str]:
    """A run that made, edited and took away comments and links."""
    world = Memories(folder)
    world.begin()
    first, second = world.product.comment("1", "first"), world.product.comment("1", "second")
    link = world.product.attach("1", "Design", "https://design.example/1")
    world.settle()
    world.product.remove_part("1", PartKind.COMMENT, second.id)
    world.product.remove_part("1", PartKind.ATTACHMENT, link.id)
    world.sync()
    world.product.edit_comment("1", first.id, "first, edited")
    world.product.comment("1", "third")
    world.product.attach("1", "Sketch", "https://design.example/2")
    return world, world.sync().run


def test_an_undo_of_comments_that_was_killed_anywhere_is_finished_by_the_next(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    world, run = _spoken(tmp_path_factory.mktemp("world"))
    before = _hung(world)
    points = _points(world, lambda: undo(world, run))
    end = _hung(world)
    world.close()
    assert points > 40
    assert [(len(before[name]), len(end[name])) for name in before] == [(3, 3), (3, 3), (3, 3)]
    assert end["product"] == before["product"]
    assert not {*end["engineering"]} & {*before["engineering"]}
    for number in range(0, points, 1 if DEEP else 31):
        world, run = _spoken(tmp_path_factory.mktemp("world"))
        with alone():
            _die(world, number, lambda: undo(world, run))  # noqa: B023 - called at once
        world.sync()
        undo(world, run)
        assert world.sync().total("writes") == 0
        assert _hung(world) == end, f"killed at point {number}"
        world.close()


def test_what_a_killed_run_had_begun_is_settled_and_taken_back_too(world: Memories) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], title="Pay by Visa")
    with alone():
        world.after.append(_die_at("delivery.update"))
        with pytest.raises(_Death):
            world.sync()
        world.after.clear()
    run = world.store.reports.runs()[0].id
    assert titles(world)[2] == "Pay by Visa"

    done = undo(world, run)

    assert done.report.exit_code() == 0
    assert world.show(Field.TITLE)["delivery"] == "Pay by card"
    assert world.sync().total("writes") == 0


def _die_at(call: str) -> Callable[[str], None]:
    def die(name: str) -> None:
        if name == call:
            raise _Death

    return die
