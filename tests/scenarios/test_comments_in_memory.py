"""Comments, told with tools in memory: each is once in every tool, follows its original, and nothing hidden leaks."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from memories import Memories

from pmsync.connector.crew import alone
from pmsync.errors import RejectedError, TransientError, UnknownOutcomeError
from pmsync.model.part import Part, PartKind
from pmsync.reconcile.guard import Limit, Limits
from pmsync.reconcile.state import Direction
from pmsync.sync.focus import reconcile_item
from pmsync.testing.tool import MemoryTool


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools."""
    world = Memories(tmp_path)
    yield world
    world.close()


class Killed(BaseException):
    """The process is gone."""


def comments(tool: MemoryTool, identity: str = "1") -> list[Part]:
    """The comments of an item."""
    pile = tool.pile(identity)
    assert pile is not None
    return [part for part in pile.parts if part.kind is PartKind.COMMENT]


def texts(tool: MemoryTool, identity: str = "1") -> list[str]:
    """What they say."""
    return [str(part.value["text"]) for part in comments(tool, identity)]


def saying(world: Memories, text: str) -> dict[str, int]:
    """How many comments of each tool have a text in them."""
    return {name: sum(text in one for one in texts(tool)) for name, tool in world.tools.items()}


ONCE = {"product": 1, "engineering": 1, "delivery": 1}
MIRRORS = {"product": 0, "engineering": 0, "delivery": 0}


def test_a_comment_is_once_in_every_tool_with_its_author_and_its_time(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Which **cards** do we take?", by="ada")
    report = world.sync()
    assert saying(world, "Which **cards** do we take?") == ONCE
    (mirror,) = texts(world.engineering)
    assert mirror.startswith("[Ada, in Memory](memory://roadmap/1/comments/")
    assert f"), {made.created_at:%Y-%m-%d %H:%M} UTC:\n\n" in mirror
    assert (report.total("writes"), report.total("comments")) == (2, 2)
    assert world.settle().total("writes") == 0
    assert saying(world, "Which **cards** do we take?") == ONCE


def test_comments_are_there_as_soon_as_the_item_is(world: Memories) -> None:
    world.product.add(title="Pay by card")
    world.product.comment("1", "first")
    world.product.comment("1", "second")
    world.sync()
    assert [one.rpartition("\n")[2] for one in texts(world.engineering)] == ["first", "second"]
    assert world.settle().total("writes") == 0
    assert saying(world, "first") == saying(world, "second") == ONCE


def test_everybody_may_comment_and_mirrors_are_never_mirrored(world: Memories) -> None:
    world.begin()
    for number, (name, tool) in enumerate(world.tools.items()):
        tool.comment("1", f"from {name}", by=("ada", "grace", "linus")[number])
    world.settle()
    for name in world.tools:
        assert saying(world, f"from {name}") == ONCE
    assert {name: len(comments(tool)) for name, tool in world.tools.items()} == dict.fromkeys(world.tools, 3)


def test_a_quiet_pass_asks_for_no_comments(world: Memories) -> None:
    world.begin()
    world.product.comment("1", "hello")
    world.settle()
    world.sync()
    asked: list[str] = []
    world.before.append(asked.append)
    world.sync()
    assert [one for one in asked if "parts" in one] == []


def test_what_is_said_while_a_tool_does_not_show_its_item_is_there_when_it_does(world: Memories) -> None:
    world.begin()
    world.delivery.hidden.add("1")
    world.clock.advance(60)
    world.sync(deep=True)
    world.product.comment("1", "Visa")
    world.settle()
    assert {name: sum("Visa" in one for one in texts(tool)) for name, tool in world.tools.items()} == {
        **ONCE, "delivery": 0
    }  # fmt: skip
    world.delivery.hidden.remove("1")
    world.clock.advance(60)
    world.sync(deep=True)
    world.settle()
    assert saying(world, "Visa") == ONCE


def test_an_edit_and_a_deletion_of_the_original_are_followed(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    world.settle()
    world.product.edit_comment("1", made.id, "Visa and Mastercard")
    world.clock.advance(1)
    assert world.sync().total("writes") == 2
    assert saying(world, "Visa and Mastercard") == ONCE
    world.product.remove_part("1", PartKind.COMMENT, made.id)
    world.sync()
    assert saying(world, "Visa") == {"product": 0, "engineering": 1, "delivery": 1}, "one look proves nothing"
    world.sync()
    assert saying(world, "Visa") == MIRRORS
    assert world.settle().total("writes") == 0


def test_a_comment_that_shows_again_was_not_deleted(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    world.settle()
    pile = world.product.pile("1")
    assert pile is not None
    pile.parts.remove(made)
    world.sync(deep=True)
    pile.parts.append(made)
    for _ in range(3):
        world.sync(deep=True)
    assert saying(world, "Visa") == ONCE


def test_what_is_for_insiders_never_leaves(world: Memories) -> None:
    world.begin()
    world.engineering.comment("1", "the customer is difficult", by="grace", hidden=True)
    world.settle(deep=True)
    assert saying(world, "difficult") == {"product": 0, "engineering": 1, "delivery": 0}
    rows = [row for row in world.store.journal.history() if "difficult" in str((row.before, row.after, row.note))]
    assert rows == []


def test_a_comment_that_is_restricted_later_is_withdrawn_at_once_and_may_come_back(world: Memories) -> None:
    world.begin()
    made = world.engineering.comment("1", "between us", by="grace")
    world.settle()
    assert saying(world, "between us") == ONCE
    world.engineering.hide_comment("1", made.id)
    world.sync()
    assert saying(world, "between us") == {"product": 0, "engineering": 1, "delivery": 0}
    assert world.settle().total("writes") == 0
    world.engineering.hide_comment("1", made.id, hidden=False)
    world.settle()
    assert saying(world, "between us") == ONCE


def test_a_removal_that_takes_effect_late_is_ours_and_nobodys(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    world.settle()
    world.product.hide_comment("1", made.id)

    def strike(name: str) -> None:
        if name == "engineering.remove_part":
            raise TransientError("the line is cut")

    world.before.append(strike)
    world.sync()
    world.before.remove(strike)
    (mirror,) = comments(world.engineering)
    world.engineering.remove_part("1", PartKind.COMMENT, mirror.id, by="pmsync")
    world.clock.advance(1)
    world.sync()
    world.product.hide_comment("1", made.id, hidden=False)
    world.settle()
    assert saying(world, "Visa") == ONCE


def test_a_mirror_that_somebody_takes_away_is_not_made_again(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    world.settle()
    world.delivery.remove_part("1", PartKind.COMMENT, comments(world.delivery)[0].id)
    world.product.edit_comment("1", made.id, "Visa, Maestro")
    world.settle(deep=True)
    assert saying(world, "Visa") == {"product": 1, "engineering": 1, "delivery": 0}


def test_a_mirror_that_somebody_edits_is_left_alone_and_what_is_written_over_it_is_kept(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    world.settle()
    mirror = comments(world.delivery)[0]
    world.delivery.edit_comment("1", mirror.id, f"{mirror.value['text']} (seen by Linus)", by="linus")
    told = world.sync()
    assert [one["message"] for one in told.warnings if "left as it is" in one["message"]]
    assert saying(world, "seen by Linus")["delivery"] == 1
    assert world.settle().total("writes") == 0
    world.product.edit_comment("1", made.id, "Visa, Maestro")
    world.settle()
    assert saying(world, "seen by Linus")["delivery"] == 0
    kept = [row for row in world.store.journal.history() if "seen by Linus" in str(row.before)]
    assert kept


def test_what_was_there_before_two_items_were_joined_stays_where_it_is(tmp_path: Path) -> None:
    world = Memories(tmp_path, backfill=False)
    try:
        for tool in (world.product, world.engineering):
            tool.add(title="Pay by card")
            tool.comment("1", f"old, in {'product' if tool is world.product else 'engineering'}")
        world.settle()
        world.clock.advance(60)
        world.product.comment("1", "new")
        world.settle()
        assert [one for one in texts(world.product) if "old" in one] == ["old, in product"]
        assert sum("new" in one for one in texts(world.engineering)) == 1
        assert sum("old" in one for one in texts(world.engineering)) == 1
    finally:
        world.close()


def test_with_backfill_what_both_sides_have_is_joined_and_not_doubled(world: Memories) -> None:
    for tool in (world.product, world.engineering):
        tool.add(title="Pay by card")
        tool.comment("1", "the same, copied by hand")
    world.product.comment("1", "only here")
    world.settle()
    for tool in world.tools.values():
        assert sum("the same" in one for one in texts(tool)) == 1
        assert sum("only here" in one for one in texts(tool)) == 1


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_comment_whose_answer_is_lost_is_not_made_twice(world: Memories, lost: str) -> None:
    world.begin()
    world.product.comment("1", "Visa")
    failed: list[str] = []

    def strike(name: str) -> None:
        if name.endswith(".comment") and len(failed) < 2:
            failed.append(name)
            raise TransientError("the line is cut")

    (world.before if lost == "before" else world.after).append(strike)
    world.settle()
    assert len(failed) == 2
    assert saying(world, "Visa") == ONCE


def _arrives_late(world: Memories, call: str) -> Callable[[], None]:
    """The next such write of engineering's seems lost, and takes effect when this is called."""
    tool, late = world.engineering, list[Callable[[], object]]()
    usual = getattr(tool, call)

    def lose(*told: object, **how: object) -> Part:
        late.append(partial(usual, *told, **how))
        setattr(tool, call, usual)
        raise UnknownOutcomeError("the line is cut")

    setattr(tool, call, lose)

    def arrive() -> None:
        for act in late:
            act()

    return arrive


@pytest.mark.parametrize("kill", ["", "before", "after"])
def test_a_comment_that_arrives_after_it_was_looked_for_and_made_again_is_taken_away(
    world: Memories, kill: str
) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    arrive = _arrives_late(world, "comment")
    world.settle()
    (kept,) = comments(world.engineering)
    arrive()
    assert saying(world, "Visa") == {**ONCE, "engineering": 2}
    assert [(one.kind, one.because) for one in world.plan()] == [("remove comment", "made twice")]
    if kill:

        def die(name: str) -> None:
            if name == "engineering.remove_part":
                getattr(world, kill).remove(die)
                raise Killed

        getattr(world, kill).append(die)
        with pytest.raises(Killed):
            world.sync()
    assert world.sync().total("writes") == (1 if kill != "after" else 0)
    assert comments(world.engineering) == [kept]
    assert world.settle().total("writes") == 0
    assert saying(world, "Visa") == ONCE
    world.product.edit_comment("1", made.id, "Visa and Mastercard")
    world.settle()
    assert saying(world, "Visa and Mastercard") == ONCE


def test_an_address_that_arrives_after_it_was_attached_again_is_taken_away(world: Memories) -> None:
    world.begin()
    world.product.attach("1", "Sketch", "https://example.com/sketch")
    arrive = _arrives_late(world, "attach")
    world.settle()
    arrive()
    world.settle()
    pile = world.engineering.pile("1")
    assert pile is not None
    assert [one.value["name"] for one in pile.parts] == ["Sketch"]


def test_a_second_mirror_that_somebody_edited_stays(world: Memories) -> None:
    world.begin()
    world.product.comment("1", "Visa")
    arrive = _arrives_late(world, "comment")
    world.settle()
    arrive()
    late = comments(world.engineering)[-1]
    world.clock.advance(1)
    world.engineering.edit_comment("1", late.id, f"{late.value['text']}, and Mastercard", by="grace")
    world.settle()
    assert len(comments(world.engineering)) == 2


def test_killed_anywhere_every_comment_is_once_everywhere(world: Memories) -> None:
    world.begin()
    expected = 0
    for number in range(60):
        world.product.comment("1", f"said {number}.")
        expected += 1
        count = 0

        def kill(name: str, after: int = number) -> None:
            nonlocal count
            count += 1
            if count == after:
                raise Killed

        world.before.append(kill)
        world.after.append(kill)
        world.store.on_commit = kill
        with suppress(Killed):
            world.sync()
        world.before.clear()
        world.after.clear()
        world.store.on_commit = None
        if count < number:
            break
        world.settle()
        assert saying(world, f"said {number}.") == ONCE, f"killed at {number}"
    assert {len(comments(tool)) for tool in world.tools.values()} == {expected}


@pytest.mark.parametrize("boundary", ["before part refused", "after part refused"])
def test_killed_when_a_tool_refuses_a_comment_it_is_told_and_left(world: Memories, boundary: str) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    asked: list[str] = []

    def refuse(name: str) -> None:
        if name == "delivery.comment":
            asked.append(name)
            raise RejectedError("comments are switched off")

    def kill(name: str) -> None:
        if name == boundary:
            raise Killed

    world.before.append(refuse)
    world.store.on_commit = kill
    with pytest.raises(Killed):
        world.sync()
    world.store.on_commit = None
    world.settle()
    assert saying(world, "Visa") == {**ONCE, "delivery": 0}
    assert len(asked) == (2 if boundary.startswith("before") else 1), "and not again as long as it stays as it is"
    world.before.remove(refuse)
    world.product.edit_comment("1", made.id, "Visa and Mastercard")
    world.clock.advance(1)
    world.settle()
    assert saying(world, "Visa and Mastercard") == ONCE


def test_a_sudden_disappearance_of_comments_takes_nothing_away(tmp_path: Path) -> None:
    many = Limit(1000)
    world = Memories(tmp_path, limits=Limits(deletes=Limit(2), creates=many, changes=many))
    try:
        world.begin()
        for number in range(5):
            world.product.comment("1", f"said {number}")
        world.settle()
        pile = world.product.pile("1")
        assert pile is not None
        kept, pile.parts[:] = list(pile.parts), []
        world.sync(deep=True)
        report = world.sync(deep=True)
        assert report.exit_code() == 4
        assert len(comments(world.engineering)) == 5
        pile.parts[:] = kept
        assert world.settle(deep=True).exit_code() == 0
        assert saying(world, "said") == {"product": 5, "engineering": 5, "delivery": 5}
    finally:
        world.close()


def test_comments_can_be_off_or_go_one_way(tmp_path: Path) -> None:
    world = Memories(tmp_path, comments={"delivery": None, "engineering": Direction.IN})
    try:
        world.begin()
        for name, tool in world.tools.items():
            tool.comment("1", f"from {name}")
        world.settle()
        assert saying(world, "from product") == {"product": 1, "engineering": 1, "delivery": 0}
        assert saying(world, "from engineering") == {"product": 0, "engineering": 1, "delivery": 0}
        assert saying(world, "from delivery") == {"product": 0, "engineering": 0, "delivery": 1}
        world.configure()
        world.settle()
        assert saying(world, "from engineering") == ONCE
    finally:
        world.close()


def test_a_plan_shows_the_comments_that_would_be_made_and_a_verification_those_that_lack(world: Memories) -> None:
    world.begin()
    world.product.comment("1", "Visa")
    steps = [step for step in world.plan() if step.kind == "comment"]
    assert sorted(step.connection for step in steps) == ["delivery", "engineering"]
    assert all(step.sends and "Visa" in step.says[1] and step.because == "product" for step in steps)
    assert not world.verify().agrees
    agreed = frozenset(step.identity for step in steps if step.connection == "delivery")
    world.sync(only_steps=agreed)
    assert saying(world, "Visa") == {"product": 1, "engineering": 0, "delivery": 1}
    world.settle()
    assert world.verify().agrees


def test_one_item_alone_is_brought_in_step_with_its_comments(world: Memories) -> None:
    world.begin()
    world.engineering.comment("1", "Visa", by="grace")
    (item,) = [bundle.item.id for chunk in world.store.items.every() for bundle in chunk]
    with alone():
        report, steps = reconcile_item(world.config, world.plan_of, world.store, item, world.clock)
    assert saying(world, "Visa") == ONCE
    assert [step.kind for step in steps] == ["comment", "comment"]
    assert report.total("comments") == 2


def test_a_comment_that_begins_like_a_mirror_is_a_persons_all_the_same(world: Memories) -> None:
    world.begin()
    world.product.comment("1", "Visa")
    world.settle()
    (mirror,) = texts(world.delivery)
    world.delivery.comment("1", mirror.replace("Visa", "forged"), by="linus")
    world.settle()
    assert saying(world, "forged") == ONCE
    assert saying(world, "Visa") == ONCE


def test_a_lost_state_knows_its_mirrors_again(world: Memories) -> None:
    world.begin()
    world.product.comment("1", "Visa")
    world.settle()
    world.store.close()
    from pmsync.store import open_store

    world.store = open_store("sqlite://", now=world.clock.now())
    (world.folder / "audit.jsonl").unlink()
    world.settle()
    assert saying(world, "Visa") == ONCE


def test_text_with_markup_mentions_and_nonsense_arrives(world: Memories) -> None:
    world.begin()
    world.product.comment("1", "- one\n- two\n\n```\n[x](y)\n```")
    world.product.comment("1", "")
    world.product.comment("1", "# A heading\n\n> [!NOTE]\n> mind this")
    world.settle()
    assert [len(comments(tool)) for tool in world.tools.values()] == [3, 3, 3]
    assert saying(world, "- one\n- two\n\n```\n[x](y)\n```") == ONCE
