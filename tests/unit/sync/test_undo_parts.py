"""Taking back what a run wrote of comments and attachments: what is put back, what is spared, and that it stays so."""

import pytest
from memories import Memories
from undoing import plan, reasons, undo

from pmsync.config.hanging import Attaching, Carry
from pmsync.errors import TransientError
from pmsync.model.part import Part, PartKind
from pmsync.testing.tool import MemoryTool

ALL = {"product": 1, "engineering": 1, "delivery": 1}
ALONE = {"product": 1, "engineering": 0, "delivery": 0}
ELSEWHERE = {"product": 0, "engineering": 1, "delivery": 1}


def parts(tool: MemoryTool) -> list[Part]:
    """What hangs on the first item of a tool."""
    pile = tool.pile("1")
    assert pile is not None
    return list(pile.parts)


def saying(world: Memories, text: str) -> dict[str, int]:
    """How many parts of each tool say something."""
    return {name: sum(text in str(dict(part.value)) for part in parts(tool)) for name, tool in world.tools.items()}


def quiet(world: Memories) -> None:
    """The next passes have nothing to do, and see no edit of anybody's."""
    told = len(world.store.journal.history())
    for deep in (False, True):
        report = world.sync(deep=deep)
        assert (report.total("writes"), report.warnings, report.errors) == (0, [], [])
    assert world.store.journal.history()[told:] == []


def test_a_comment_that_a_run_made_is_taken_away_and_not_made_again(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    run = world.sync().run
    found = plan(world, run)
    assert [(one.kind, one.connection) for one in found.reverse.steps] == [
        ("remove comment", "engineering"), ("remove comment", "delivery"),
    ]  # fmt: skip
    assert saying(world, "Visa") == ALL, "a plan takes nothing away"

    done = undo(world, run)

    assert done.report.exit_code() == 0
    assert (done.report.total("comments"), saying(world, "Visa")) == (2, ALONE)
    quiet(world)
    assert undo(world, run).reverse.steps == []
    world.product.edit_comment("1", made.id, "Visa only")
    world.settle()
    assert saying(world, "Visa") == ALONE

    undo(world, done.report.run)
    assert saying(world, "Visa only") == ALL, "an undo can be undone"
    quiet(world)
    world.product.remove_part("1", PartKind.COMMENT, made.id)
    for _ in range(2):
        world.sync()
    assert saying(world, "Visa only") == dict.fromkeys(ALL, 0), "what was made again follows its original"


def test_a_comment_that_a_run_edited_says_again_what_it_said(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    world.settle()
    world.product.edit_comment("1", made.id, "Amex")
    world.clock.advance(1)
    run = world.sync().run
    ids = [part.id for part in parts(world.engineering)]

    done = undo(world, run)

    assert (saying(world, "Visa"), saying(world, "Amex")) == (ELSEWHERE, ALONE)
    assert [part.id for part in parts(world.engineering)] == ids
    quiet(world)
    undo(world, done.report.run)
    assert saying(world, "Amex") == ALL
    quiet(world)
    undo(world, run)
    world.product.edit_comment("1", made.id, "Diners")
    world.settle()
    assert saying(world, "Diners") == ALL, "until somebody edits it"


def test_a_comment_that_a_run_took_away_is_there_again_and_stays(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    world.settle()
    gone = parts(world.engineering)[0]
    world.product.remove_part("1", PartKind.COMMENT, made.id)
    world.sync()
    run = world.sync().run
    assert saying(world, "Visa") == dict.fromkeys(ALL, 0)

    done = undo(world, run)

    assert saying(world, "Visa") == ELSEWHERE
    assert parts(world.engineering)[0].id != gone.id
    assert parts(world.engineering)[0].value == gone.value
    quiet(world)
    undo(world, done.report.run)
    assert saying(world, "Visa") == dict.fromkeys(ALL, 0)
    quiet(world)


def test_what_comes_back_where_it_was_made_is_followed_again(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    world.settle()
    pile = world.product.pile("1")
    assert pile is not None
    pile.parts.remove(made)
    world.sync(deep=True)
    run = world.sync().run
    undo(world, run)
    pile.parts.append(made)
    world.sync(deep=True)
    world.settle()
    assert saying(world, "Visa") == ALL
    world.product.edit_comment("1", made.id, "Visa only")
    world.settle()
    assert saying(world, "Visa only") == ALL


def test_what_somebody_edited_or_took_away_since_is_left_alone(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    run = world.sync().run
    (mirror,) = parts(world.engineering)
    world.engineering.edit_comment("1", mirror.id, f"{mirror.value['text']} (agreed)")
    world.delivery.remove_part("1", PartKind.COMMENT, parts(world.delivery)[0].id)

    found = undo(world, run)

    assert found.reverse.steps == []
    assert reasons(found) == {"edited in engineering since", "taken away in delivery since"}
    assert {one.about for one in found.reverse.spared} == {"comment"}
    assert saying(world, "(agreed)") == {"product": 0, "engineering": 1, "delivery": 0}
    world.product.edit_comment("1", made.id, "Amex")
    assert reasons(undo(world, run)) == {"edited in engineering since", "taken away in delivery since"}


def test_an_edit_that_is_still_on_its_way_is_not_lost(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    run = world.sync().run
    world.product.edit_comment("1", made.id, "Amex")
    assert reasons(undo(world, run)) == {"edited in product since"}
    world.settle()
    assert saying(world, "Amex") == ALL


def test_what_is_not_for_everybody_is_not_brought_back(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "secret")
    world.settle()
    world.product.hide_comment("1", made.id)
    run = world.sync().run
    assert saying(world, "secret") == ALONE
    assert reasons(undo(world, run)) == {"what it was the mirror of is not for everybody in product"}
    assert saying(world, "secret") == ALONE


def test_links_are_taken_away_and_made_again_and_copies_are_told_to_be_gone(world: Memories) -> None:
    world.configure(attachments={"engineering": Attaching(Carry.COPY)})
    world.begin()
    link = world.product.attach("1", "Design", "https://design.example/1")
    scan = world.product.attach("1", "scan.png", content=b"scan", media="image/png")
    run = world.sync().run
    undone = undo(world, run)
    assert (saying(world, "Design"), saying(world, "scan.png")) == (ALONE, ALONE)
    quiet(world)
    undo(world, undone.report.run)
    assert (saying(world, "Design"), saying(world, "scan.png")) == (ALL, ALL), "the file itself is still there"
    quiet(world)
    for part in (link, scan):
        world.product.remove_part("1", PartKind.ATTACHMENT, part.id)
    world.sync()
    run = world.sync().run

    done = undo(world, run)

    assert (saying(world, "Design"), saying(world, "scan.png")) == (
        ELSEWHERE, {"product": 0, "engineering": 0, "delivery": 1},
    )  # fmt: skip
    assert reasons(done) == {"a copy of a file that is gone: it cannot be brought back"}
    quiet(world)


def test_a_link_that_a_run_put_in_the_place_of_another_is_that_again(world: Memories) -> None:
    world.begin()
    made = world.product.attach("1", "Design", "https://design.example/1")
    world.settle()
    pile = world.product.pile("1")
    assert pile is not None
    world.clock.advance(60)
    world.product._alter("1", PartKind.ATTACHMENT, made.id, value={"name": "Sketch", "url": "https://design.example/2"})
    run = world.sync().run
    assert saying(world, "Sketch") == ALL

    undo(world, run)

    assert (saying(world, "Sketch"), saying(world, "Design")) == (ALONE, ELSEWHERE)
    quiet(world)


def test_an_item_that_a_run_made_and_somebody_spoke_about_stays(world: Memories) -> None:
    world.product.add(title="Pay by card")
    run = world.sync().run
    world.engineering.comment("1", "I begin tomorrow", by="grace")
    found = undo(world, run)
    assert "somebody commented or attached something in engineering since" in reasons(found)
    assert not world.engineering.items()[0].archived
    assert world.delivery.items()[0].archived


@pytest.mark.parametrize("lost", ["before", "after"])
def test_no_answer_makes_nothing_come_back_twice(world: Memories, lost: str) -> None:
    world.begin()
    first, second = world.product.comment("1", "first"), world.product.comment("1", "second")
    link = world.product.attach("1", "Design", "https://design.example/1")
    world.settle()
    world.product.remove_part("1", PartKind.COMMENT, second.id)
    world.product.remove_part("1", PartKind.ATTACHMENT, link.id)
    world.sync()
    world.product.edit_comment("1", first.id, "edited")
    world.product.comment("1", "third")
    run = world.sync().run
    failed: set[str] = set()

    def strike(name: str) -> None:
        if name not in failed and name.startswith("engineering.") and name.partition(".")[2] in _WRITES:
            failed.add(name)
            raise TransientError("the line is cut")

    (world.before if lost == "before" else world.after).append(strike)
    done = undo(world, run)
    assert len(failed) == 4
    assert done.report.exit_code() == 0, done.report.as_json()
    assert saying(world, "first") == saying(world, "second") == saying(world, "Design") == ELSEWHERE
    assert saying(world, "third") == saying(world, "edited") == ALONE
    quiet(world)
    assert undo(world, run).reverse.steps == []


_WRITES = ("comment", "edit_comment", "remove_part", "link")


def test_what_a_tool_shows_late_stays_as_well(world: Memories) -> None:
    world.begin()
    made = world.product.comment("1", "Visa")
    world.settle()
    world.product.remove_part("1", PartKind.COMMENT, made.id)
    world.sync()
    undo(world, world.sync().run)
    pile = world.engineering.pile("1")
    assert pile is not None
    late = pile.parts.pop()
    world.sync(deep=True)
    pile.parts.append(late)
    for _ in range(3):
        world.sync(deep=True)
    assert saying(world, "Visa") == ELSEWHERE
