"""Edits made between our reading and our write: found afterwards in the tool's own history, and never lost."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from memories import DOING, DONE, FIELDS, Memories

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


def test_an_edit_that_a_write_covered_is_found_though_the_item_is_hidden_right_behind_it(world: Memories) -> None:
    """The tool answered the write; that the look behind it sees nothing does not mean that there is nothing to see."""
    ids = world.begin()
    world.product.edit(ids["product"], by="ada", title="Pay by phone")
    _between(world, lambda: world.engineering.edit(ids["engineering"], by="grace", title="Pay by watch"))
    _between(world, lambda: world.engineering.hidden.add(ids["engineering"]), call="engineering.inspect")
    world.sync()
    world.engineering.hidden.clear()
    world.settle()
    assert world.show(Field.TITLE) == dict.fromkeys(ids, "Pay by phone")
    (conflict,) = world.conflicts()
    assert isinstance(conflict.values, list)
    assert "Pay by watch" in [claim["native"] for claim in conflict.values if isinstance(claim, dict)]


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "turned away"])
def test_where_a_walk_was_stopped_is_nobodys_edit_though_it_cannot_be_looked_at(world: Memories, hidden: bool) -> None:
    """The first step works and the second does not exist any more; where that left the item is our own doing, and it is
    taken back to where it was."""
    before = {"place": "to-do"}
    ids = world.begin(status=before)
    world.product.edit(ids["product"], by="ada", status=DONE)
    world.engineering.workflow = {"to-do": ("doing",), "doing": ("done",)}

    def bar() -> None:
        world.engineering.workflow = {"doing": ("to-do",)}

    def vanish() -> None:
        if hidden:
            world.engineering.hidden.add(ids["engineering"])
        else:
            world.engineering.revoked.add("pmsync")

    _between(world, lambda: _between(world, bar))
    _between(world, vanish, call="engineering.inspect")
    world.sync()
    assert world.show(Field.STATUS)["engineering"] == DOING
    world.engineering.hidden.clear()
    world.engineering.revoked.clear()
    world.clock.advance(600)
    world.settle()
    assert world.show(Field.STATUS) == {"product": DONE, "engineering": before, "delivery": DONE}
    assert not world.conflicts()


def test_an_edit_of_what_a_crash_left_unlinked_is_none_of_ours_though_it_is_hidden_when_it_is_found(
    world: Memories,
) -> None:
    """The search finds it, and its history cannot be seen: that is not a history without edits."""
    world.engineering.add(title="Pay by card", status={"place": "to-do"})
    _kill_once(world.after, "product.create")
    with pytest.raises(Killed):
        world.sync()
    world.product.edit("1", by="ada", status=DOING)
    _between(world, lambda: world.product.hidden.add("1"), call="product.inspect")
    world.sync()
    world.product.hidden.clear()
    world.settle()
    assert world.show(Field.STATUS) == dict.fromkeys(world.tools, DOING)
    assert [len(one) for one in world.everything().values()] == [1, 1, 1]


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
