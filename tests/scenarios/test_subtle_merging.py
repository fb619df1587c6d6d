"""Subtle cases of deciding: late tools, coarse vocabularies, clocks, texts. Each story is told in one sentence."""

from pathlib import Path

import pytest
from memories import DOING, DONE
from subtle import Scenario, claims, memories, naive_engine_fails, speaks

from pmsync.config.settings import FieldConfig
from pmsync.errors import TransientError
from pmsync.model.fields import Field, Json
from pmsync.reconcile.policy import Rule

NO_REVIEW: dict[str, Json] = {
    "Backlog": {"status": "Backlog", "category": "BACKLOG"},
    "To Do": {"status": "To Do", "category": "TODO"},
    "Doing": {"status": ["Doing", "Review"], "category": "IN_PROGRESS"},
    "Done": {"status": "Done", "category": "DONE"},
}
"""One place stands in for two statuses."""

ONE_QUEUE: dict[str, Json] = {
    "Backlog": {"status": "To Do", "category": "TODO"},
    "To Do": {"status": ["To Do", "Backlog"], "category": "TODO"},
    "Doing": {"status": "Doing", "category": "IN_PROGRESS"},
    "Review": {"status": "Review", "category": "IN_PROGRESS"},
    "Done": {"status": "Done", "category": "DONE"},
}
"""Two places show one status."""


def test_an_edit_in_a_tool_that_lags_behind_contends_with_what_it_has_not_received(tmp_path: Path) -> None:
    """One tool was down when the item moved; its user's edit is compared with what that tool last had."""
    with memories(tmp_path) as world:
        ids = world.begin(due="2026-05-01")
        world.delivery.revoked.add("pmsync")
        world.product.edit(ids["product"], due="2026-06-01")
        world.sync()
        world.delivery.edit(ids["delivery"], due="2026-07-01")
        world.delivery.revoked.clear()
        world.settle()
        assert claims(world, Field.DUE) == [{"2026-06-01", "2026-07-01"}], "both are on record"
        assert world.show(Field.DUE) == dict.fromkeys(world.tools, "2026-06-01"), "the owner's value stands"


def test_a_value_whose_write_did_not_get_through_was_seen_by_nobody(tmp_path: Path) -> None:
    """The tool was read, and its write failed: an edit made there since was not made in sight of that value."""
    with memories(tmp_path) as world:
        ids = world.begin(due="2026-05-01")
        world.product.edit(ids["product"], due="2026-06-01")

        def busy(name: str) -> None:
            if name == "delivery.update":
                raise TransientError("too many requests", after=3600.0)

        world.before.append(busy)
        world.sync()
        world.before.remove(busy)
        world.delivery.edit(ids["delivery"], due="2026-07-01")
        world.settle()
        assert claims(world, Field.DUE) == [{"2026-06-01", "2026-07-01"}], "both are on record"


def test_a_label_that_was_not_yet_received_is_not_one_that_was_removed(tmp_path: Path) -> None:
    """A tool that was down when a label came, and whose user adds another, takes none away."""
    with memories(tmp_path) as world:
        ids = world.begin(labels=["a"])
        world.delivery.revoked.add("pmsync")
        world.product.edit(ids["product"], labels=["a", "b"])
        world.sync()
        world.delivery.edit(ids["delivery"], labels=["a", "c"])
        world.delivery.revoked.clear()
        world.settle()
        assert world.show(Field.LABELS) == {name: ["a", "b", "c"] for name in world.tools}
        assert not world.conflicts()


def test_a_coarse_tool_that_never_received_a_move_has_not_seen_the_next_one(tmp_path: Path) -> None:
    """What a tool that was down shows agrees with the next move by chance: its user's edit still contends."""
    with memories(tmp_path) as world:
        speaks(world, "engineering", NO_REVIEW)
        ids = world.begin(status=DOING)
        world.engineering.revoked.add("pmsync")
        world.product.edit(ids["product"], status=DONE)
        world.sync()
        world.engineering.edit(ids["engineering"], status={"place": "to-do"})
        world.product.edit(ids["product"], status={"place": "review"})
        world.sync()
        world.engineering.revoked.clear()
        world.settle()
        assert claims(world, Field.STATUS) == [{"to-do", "Review"}]
        assert len({str(status) for status in world.show(Field.STATUS).values()}) == 1


def test_an_edit_between_two_places_of_one_status_is_recorded_before_it_is_covered(tmp_path: Path) -> None:
    """Backlog to To Do changes no shared value where both show one status, and is nevertheless somebody's edit."""
    with memories(tmp_path) as world:
        speaks(world, "delivery", ONE_QUEUE)
        ids = world.begin(status={"place": "to-do"})
        assert world.show(Field.STATUS)["delivery"] == {"place": "backlog"}
        world.delivery.edit(ids["delivery"], status={"place": "to-do"})
        world.product.edit(ids["product"], status=DONE)
        world.settle()
        assert world.show(Field.STATUS) == dict.fromkeys(world.tools, DONE)
        assert ["to-do" in values for values in claims(world, Field.STATUS)] == [True]


def test_an_edit_between_two_places_of_one_status_is_one_that_others_have_to_see(tmp_path: Path) -> None:
    """Backlog to To Do raises the revision: a tool that was down meanwhile contends with it."""
    with memories(tmp_path) as world:
        speaks(world, "delivery", ONE_QUEUE)
        ids = world.begin(status={"place": "to-do"})
        world.engineering.revoked.add("pmsync")
        world.delivery.edit(ids["delivery"], status={"place": "to-do"})
        world.sync()
        world.engineering.edit(ids["engineering"], status=DOING)
        world.engineering.revoked.clear()
        world.settle()
        assert claims(world, Field.STATUS) == [{"doing", "To Do"}]


@pytest.mark.parametrize(
    ("start", "place"),
    [
        ("product", "backlog"), ("product", "review"),
        ("engineering", "backlog"), ("engineering", "to-do"),
        ("delivery", "backlog"), ("delivery", "to-do"), ("delivery", "review"),
    ],
)  # fmt: skip
def test_three_vocabularies_in_a_triangle_never_oscillate(tmp_path: Path, start: str, place: str) -> None:
    """Whatever tool of three lossy ones an item is moved in, it stays where it was put and the rest comes to rest."""
    with memories(tmp_path) as world:
        speaks(world, "engineering", NO_REVIEW)
        speaks(world, "delivery", ONE_QUEUE)
        ids = world.begin(status=DOING)
        world.tools[start].edit(ids[start], status={"place": place})
        world.settle(3)
        assert world.tools[start].show(ids[start]).fields[Field.STATUS] == {"place": place}
        assert not world.sync(deep=True).total("writes")
        assert not world.conflicts()


@pytest.mark.parametrize(("apart", "stands"), [(60, "x"), (240, "y")])
def test_the_newest_of_two_edits_is_not_told_by_less_than_the_clocks_margin(
    tmp_path: Path, apart: int, stands: str
) -> None:
    """Two edits a minute apart have no order, for the tools' clocks differ: the order of the members decides."""
    with memories(tmp_path, fields={Field.TITLE: FieldConfig(rule=Rule.NEWEST)}) as world:
        ids = world.begin()
        world.product.edit(ids["product"], title="x")
        world.clock.advance(apart)
        world.delivery.edit(ids["delivery"], title="y")
        world.settle()
        assert world.show(Field.TITLE) == dict.fromkeys(world.tools, stands)
        assert claims(world, Field.TITLE) == [{"x", "y"}]


def test_paragraphs_edited_apart_are_merged(tmp_path: Path) -> None:
    """Two people edit different paragraphs of one description: both edits are everywhere."""
    with memories(tmp_path) as world:
        ids = world.begin(description="One.\n\nTwo.\n\nThree.")
        world.product.edit(ids["product"], description="One!\n\nTwo.\n\nThree.")
        world.delivery.edit(ids["delivery"], description="One.\n\nTwo.\n\nThree!")
        world.settle()
        assert world.show(Field.DESCRIPTION) == dict.fromkeys(world.tools, "One!\n\nTwo.\n\nThree!")


def test_one_paragraph_edited_twice_is_a_conflict_and_never_a_text_with_both(tmp_path: Path) -> None:
    """Two people edit one paragraph: one text stands as it was written, the other is on record."""
    with memories(tmp_path) as world:
        ids = world.begin(description="One.\n\nTwo.")
        world.product.edit(ids["product"], description="One, said Ada.\n\nTwo.")
        world.delivery.edit(ids["delivery"], description="One, said Linus.\n\nTwo.")
        world.settle()
        assert world.show(Field.DESCRIPTION) == dict.fromkeys(world.tools, "One, said Ada.\n\nTwo.")
        assert ["One, said Linus.\n\nTwo." in values for values in claims(world, Field.DESCRIPTION)] == [True]


def test_an_edit_that_was_taken_back_before_anybody_looked_changes_nothing(tmp_path: Path) -> None:
    """There and back within one interval: nobody is asked, nothing is written, and others' edits stand."""
    with memories(tmp_path) as world:
        ids = world.begin(due="2026-06-01")
        world.product.edit(ids["product"], due="2026-07-01")
        world.clock.advance(10)
        world.product.edit(ids["product"], due="2026-06-01")
        assert not world.sync().total("writes")
        world.delivery.edit(ids["delivery"], due="2026-08-01")
        world.settle()
        assert world.show(Field.DUE) == dict.fromkeys(world.tools, "2026-08-01")
        assert not world.conflicts()


@pytest.mark.parametrize(
    ("scenario", "mutant"),
    [
        (test_an_edit_in_a_tool_that_lags_behind_contends_with_what_it_has_not_received, "no seen revision"),
        (test_an_edit_in_a_tool_that_lags_behind_contends_with_what_it_has_not_received, "pending does not count"),
        (test_a_label_that_was_not_yet_received_is_not_one_that_was_removed, "delta against the item"),
        (test_a_value_whose_write_did_not_get_through_was_seen_by_nobody, "eager seen revision"),
        (test_a_coarse_tool_that_never_received_a_move_has_not_seen_the_next_one, "no seen revision"),
        (test_an_edit_between_two_places_of_one_status_is_recorded_before_it_is_covered, "conflicts of values only"),
        (test_an_edit_between_two_places_of_one_status_is_one_that_others_have_to_see, "revision only with the value"),
    ],
)
def test_a_naive_engine_fails_it(scenario: Scenario, mutant: str, tmp_path: Path) -> None:
    naive_engine_fails(scenario, mutant, tmp_path)
