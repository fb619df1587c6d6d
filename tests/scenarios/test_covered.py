"""Edits made between our reading and our write: found afterwards in the tool's own history, and never lost."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from memories import FIELDS, Memories

from pmsync.model.fields import Field, Json


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools in memory."""
    made = Memories(tmp_path)
    yield made
    made.close()


def _between(world: Memories, act: Callable[[], None], *, call: str = "engineering.update") -> None:
    """Once, after the item was read again and before it is written, somebody does this."""

    def hook(name: str) -> None:
        if name == call:
            world.before.remove(hook)
            world.clock.advance(1)
            act()
            world.clock.advance(1)

    world.before.append(hook)


def _kill_once(hooks: list[Callable[[str], None]], call: str) -> None:
    def hook(name: str) -> None:
        if name == call:
            hooks.remove(hook)
            raise Killed

    hooks.append(hook)


def _pass(world: Memories, *, killed: bool) -> None:
    """A pass; or one that is killed when our write has taken effect and nothing was looked at, and the next."""
    if killed:
        _kill_once(world.after, "engineering.update")
        with pytest.raises(Killed):
            world.sync()
        world.clock.advance(600)
    world.settle()


KILLED = pytest.mark.parametrize("killed", [False, True], ids=["", "killed between the write and the look"])


@KILLED
@pytest.mark.parametrize(
    ("field", "ours", "theirs"),
    [
        ("title", "Pay by phone", "Pay by watch"),
        ("description", "Ours.", "Theirs."),
        ("status", {"place": "done"}, {"place": "review"}),
        ("priority", "high", "low"),
        ("due", "2026-06-01", "2026-06-02"),
        ("assignees", ["u-ada"], ["u-grace"]),
    ],
)
def test_an_edit_that_a_write_covered_becomes_a_conflict_with_its_author(
    world: Memories, field: str, ours: Json, theirs: Json, killed: bool
) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], by="ada", **{field: ours})
    _between(world, lambda: world.engineering.edit(ids["engineering"], by="linus", **{field: theirs}))

    _pass(world, killed=killed)

    (conflict,) = world.conflicts()
    assert isinstance(conflict.values, list)
    claim = conflict.values[0]
    assert isinstance(claim, dict)
    assert (conflict.field, claim["connection"], claim["native"], claim["actor"]) == (
        Field(field), "engineering", theirs, "Linus",
    )  # fmt: skip
    assert claim["at"], "and when it was made"
    assert conflict.winner != claim
    assert world.show(Field(field)) == dict.fromkeys(world.tools, ours)
    assert world.verify().agrees


def test_an_edit_that_a_write_covered_is_found_though_the_tool_turns_us_away_right_behind_it(world: Memories) -> None:
    ids = world.begin()
    world.product.edit(ids["product"], by="ada", title="Pay by phone")
    _between(world, lambda: world.engineering.edit(ids["engineering"], by="grace", title="Pay by watch"))

    def hook(name: str) -> None:
        if name == "engineering.update":
            world.engineering.revoked.add("pmsync")

    world.after.append(hook)
    world.sync()
    world.after.remove(hook)
    world.engineering.revoked.clear()
    world.clock.advance(600)
    world.settle()
    assert world.show(Field.TITLE) == dict.fromkeys(ids, "Pay by phone")
    (conflict,) = world.conflicts()
    assert isinstance(conflict.values, list)
    assert "Pay by watch" in [claim["native"] for claim in conflict.values if isinstance(claim, dict)]


@KILLED
@pytest.mark.parametrize("told", [True, False], ids=["", "no history of labels"])
def test_a_label_that_another_adds_while_we_write_travels(tmp_path: Path, killed: bool, told: bool) -> None:
    world = Memories(tmp_path, history=FIELDS if told else FIELDS - {Field.LABELS})
    ids = world.begin(labels=["old", "stays"])
    world.product.edit(ids["product"], labels=["new", "stays"])
    _between(world, lambda: world.engineering.edit(ids["engineering"], labels=["old", "stays", "theirs"]))

    _pass(world, killed=killed)

    assert world.show(Field.LABELS) == {name: ["new", "stays", "theirs"] for name in world.tools}
    assert not world.conflicts()
    world.close()


@KILLED
@pytest.mark.parametrize("told", [True, False], ids=["", "no history of labels"])
def test_a_label_that_another_takes_off_while_we_write_goes_everywhere(
    tmp_path: Path, killed: bool, told: bool
) -> None:
    world = Memories(tmp_path, history=FIELDS if told else FIELDS - {Field.LABELS})
    ids = world.begin(labels=["old", "stays"])
    world.product.edit(ids["product"], labels=["old", "stays", "new"])
    _between(world, lambda: world.engineering.edit(ids["engineering"], labels=["stays"]))

    _pass(world, killed=killed)

    assert world.show(Field.LABELS) == {name: ["new", "stays"] for name in world.tools}
    world.close()


@KILLED
def test_a_label_that_another_took_off_and_put_on_again_is_not_taken_off_silently(
    world: Memories, killed: bool
) -> None:
    ids = world.begin(labels=["old", "stays"])
    world.product.edit(ids["product"], labels=["stays"])

    def act() -> None:
        world.engineering.edit(ids["engineering"], by="grace", labels=["stays"])
        world.clock.advance(1)
        world.engineering.edit(ids["engineering"], by="grace", labels=["old", "stays"])
        # Read again by the pass, just before it writes: it stands as it stood.

    _between(world, act)

    _pass(world, killed=killed)

    (conflict,) = world.conflicts()
    assert isinstance(conflict.values, list)
    assert [claim["actor"] for claim in conflict.values if isinstance(claim, dict)] == ["Grace", None]
    assert world.show(Field.LABELS) == {name: ["stays"] for name in world.tools}
