"""Where people look at comments and attachments: plans, proofs, the history, the board; told with tools in memory."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from memories import Memories
from undoing import undo

from pmsync.cli.plans import show_steps
from pmsync.model.part import PartKind
from pmsync.sync.board import Board
from pmsync.sync.parts.plainly import Told, tell
from pmsync.sync.report import Report
from pmsync.sync.steps import identity_of


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools."""
    world = Memories(tmp_path)
    yield world
    world.close()


def spoken(world: Memories) -> dict[str, str]:
    """An item on which much was said, and a pass later was edited and taken away; what is to be done is in the next."""
    world.begin()
    ids = {text: world.product.comment("1", text).id for text in ("edited", "deleted")}
    link = world.product.attach("1", "Design", "https://design.example/1")
    world.settle()
    world.product.remove_part("1", PartKind.COMMENT, ids["deleted"])
    world.product.remove_part("1", PartKind.ATTACHMENT, link.id)
    world.sync()
    world.product.edit_comment("1", ids["edited"], "Visa **and** Amex")
    world.clock.advance(60)
    world.product.comment("1", "new")
    world.product.attach("1", "Sketch", "https://design.example/2")
    return ids


def executed(world: Memories, steps: list[str]) -> Report:
    """A pass that does what a plan file says: its steps as they are written there."""
    return world.sync(only_steps=frozenset(identity_of(json.loads(one)) for one in steps))


def said(world: Memories, name: str) -> list[str]:
    """What the comments of a tool's first item say, below the line that tells whose they are."""
    pile = world.tools[name].pile("1")
    assert pile is not None
    return [str(one.value["text"]).rpartition("\n")[2] for one in pile.parts if one.kind is PartKind.COMMENT]


def test_a_plan_says_what_becomes_of_comments_and_attachments(
    world: Memories, capsys: pytest.CaptureFixture[str]
) -> None:
    spoken(world)
    steps = world.plan()
    assert {(one.kind, one.says) for one in steps if one.connection == "engineering"} == {
        ("remove comment", ("Ada, in Memory: deleted", "")),
        ("edit comment", ("Ada, in Memory: edited", "Ada, in Memory: Visa and Amex")),
        ("detach", ("Design", "")),
        ("comment", ("", "Ada, in Memory: new")),
        ("attach", ("", "Sketch")),
    }
    show_steps(steps)
    shown = " ".join(capsys.readouterr().out.split())
    assert "edit comment: Ada, in Memory: edited → Ada, in Memory: Visa and Amex (as in product)" in shown
    assert "detach: Design (as in product; deleted)" in shown
    assert {"comments", "attachments"} <= set(shown.partition(" tool ")[2].split())


def test_a_plan_that_was_kept_is_executed_as_it_was_shown(world: Memories) -> None:
    spoken(world)
    kept = [json.dumps(one.as_json()) for one in world.plan() if one.sends]
    world.product.comment("1", "said after the plan was made")
    report = executed(world, kept)
    assert (report.errors, report.total("writes")) == ([], len(kept))
    assert said(world, "engineering") == said(world, "delivery") == ["Visa **and** Amex", "new"]
    world.settle()
    assert said(world, "engineering") == ["Visa **and** Amex", "new", "said after the plan was made"]


def test_a_kept_plan_makes_an_item_with_what_was_said_about_it(world: Memories) -> None:
    world.product.add(title="Pay by card")
    world.product.comment("1", "Visa")
    world.product.attach("1", "Design", "https://design.example/1")
    kept = [json.dumps(one.as_json()) for one in world.plan() if one.sends]
    report = executed(world, kept)
    assert (report.errors, report.total("comments"), report.total("attachments")) == ([], 2, 2)
    assert said(world, "engineering") == said(world, "delivery") == ["Visa"]


@pytest.mark.parametrize("tool", ["product", "engineering"])
def test_a_plan_is_not_executed_where_a_comment_changed_meanwhile(world: Memories, tool: str) -> None:
    ids = spoken(world)
    kept = [json.dumps(one.as_json()) for one in world.plan() if one.sends]
    pile = world.engineering.pile("1")
    assert pile is not None
    mirror = next(one for one in pile.parts if "edited" in str(one.value))
    identity = ids["edited"] if tool == "product" else mirror.id
    world.tools[tool].edit_comment("1", identity, f"{'' if tool == 'product' else mirror.value['text']} by then")
    report = executed(world, kept)
    assert {error["kind"] for error in report.errors} == {"stale"}
    assert said(world, "engineering")[0] in ("edited", "edited by then")
    assert "Visa **and** Amex" not in said(world, "engineering")


def test_a_verification_finds_what_differs_and_lists_apart_what_is_meant(world: Memories) -> None:
    ids = spoken(world)
    found = world.verify()
    kinds = sorted({one.kind for one in found.differences})
    assert kinds == ["attach", "comment", "detach", "edit comment", "remove comment"]
    assert (found.agrees, found.compared) == (False, 0)
    run = world.sync().run
    found = world.verify()
    assert (found.agrees, found.compared, found.held) == (True, 1, [])
    world.product.remove_part("1", PartKind.COMMENT, ids["edited"])
    assert [one.kind for one in world.verify().differences] == ["remove comment"] * 2, "it differs, whoever is right"
    world.settle()
    undo(world, run)
    pile = world.delivery.pile("1")
    assert pile is not None
    back = next(one for one in pile.parts if one.kind is PartKind.COMMENT)
    world.delivery.edit_comment("1", back.id, f"{back.value['text']} (agreed)")
    world.settle()
    found = world.verify()
    assert found.agrees
    assert {(one.connection, one.field, one.reason) for one in found.held} == {
        ("engineering", "comment", "made again by an undo, though the original of Ada in product was deleted"),
        ("delivery", "comment", "made again by an undo, though the original of Ada in product was deleted"),
        ("engineering", "attachment", "made again by an undo, though the original of Ada in product was deleted"),
        ("delivery", "attachment", "made again by an undo, though the original of Ada in product was deleted"),
        ("engineering", "comment", "taken away by an undo: it was one of Ada in product"),
        ("delivery", "comment", "taken away by an undo: it was one of Ada in product"),
        ("engineering", "attachment", "taken away by an undo: it was one of Ada in product"),
        ("delivery", "attachment", "taken away by an undo: it was one of Ada in product"),
    }


def test_a_verification_asks_for_each_list_no_more_than_once(world: Memories) -> None:
    spoken(world)
    world.settle()
    asked: list[str] = []
    world.before.append(asked.append)
    assert world.verify().agrees
    assert sorted(one for one in asked if "parts" in one) == [f"{name}.read_parts" for name in sorted(world.tools)]


def test_the_history_says_whose_it_is_and_what_it_says(world: Memories) -> None:
    spoken(world)
    run = world.sync().run
    undone = undo(world, run).report.run
    rows = world.store.journal.history(run=run)
    told = tell(world.config, world.store, rows, world.clock)
    lines = {(row.kind, told[row.id]) for row in rows if row.connection == "engineering"}
    part = {each.after or each.before: each.part for _, each in lines}
    assert lines == {
        ("comment edited", Told(part["Visa and Amex"], "Ada", "product", "edited", "Visa and Amex")),
        ("comment removed", Told(part["deleted"], "Ada", "product", "deleted", "")),
        ("comment made", Told(part["new"], "Ada", "product", "", "new")),
        ("attachment removed", Told(part["Design"], "Ada", "product", "Design", "")),
        ("attachment made", Told(part["Sketch"], "Ada", "product", "", "Sketch")),
    }
    assert {row.actor for row in world.store.journal.history(run=undone)} == {"olga"}


def test_the_board_counts_each_comment_once_and_none_for_insiders(world: Memories) -> None:
    spoken(world)
    world.product.comment("1", "for us", hidden=True)
    world.settle()
    (item,) = Board(world.config, world.plan_of, world.store).items()
    assert (item.comments, item.attachments, item.row()["comments"]) == (2, 1, 2)
