"""Single decisions, one story each."""

from datetime import timedelta

import pytest
from worlds import COARSE, DEEP, FINE, NOW, Letters, World

from pmsync.model.fields import Field, Json
from pmsync.reconcile.policy import Contender, Policy, Rule, choose
from pmsync.reconcile.state import Setting


def world(raws: dict[str, Json], policy: Policy | None = None) -> World:
    """Three tools that have been brought in step once, at To Do."""
    tools = {"deep": DEEP, "coarse": COARSE, "fine": FINE}
    made = World(
        Field.STATUS, tools, {"deep": "backlog", "coarse": "open", "fine": "todo"}, {}, {}, policy=policy or Policy()
    )
    made.play()
    made.raws.update(raws)
    return made


def test_an_edit_inside_one_schema_value_moves_nobody_and_is_kept() -> None:
    here = world({"deep": "selected"})
    assert not here.play().writes
    assert here.raws["deep"] == "selected"
    assert here.bases["deep"] == "selected"


def test_an_edit_inside_one_schema_value_is_recorded_before_another_s_move_covers_it() -> None:
    here = world({"deep": "selected", "fine": "done"})
    decision = here.play()
    assert here.raws["deep"] == "done"
    (conflict,) = decision.conflicts
    assert "selected" in {claim.native for claim in conflict.claims}


def test_two_edits_to_the_same_value_are_no_conflict() -> None:
    here = world({"deep": "done", "fine": "done"})
    assert not here.play().conflicts
    assert here.raws["coarse"] == "closed"


def test_the_more_specific_of_two_edits_that_agree_stands() -> None:
    here = world({"coarse": "busy", "fine": "review"})
    assert not here.play().conflicts
    assert here.setting is not None
    assert here.setting.value == "In Review"
    assert here.raws["coarse"] == "busy"


def test_a_tool_that_was_away_contends_with_what_it_has_not_seen() -> None:
    here = world({"fine": "done"})
    here.play(present=["deep", "fine"])
    here.raws["coarse"] = "busy"
    decision = here.play()
    assert decision.conflicts
    assert {claim.connection for claim in decision.conflicts[0].claims} == {"coarse", "fine"}


def test_a_manual_policy_holds_the_field_everywhere_until_the_tools_agree() -> None:
    here = world({"deep": "done", "fine": "review"}, Policy(Rule.MANUAL))
    decision = here.play()
    assert decision.held == {Field.STATUS}
    assert not decision.writes
    assert here.raws == {"deep": "done", "coarse": "open", "fine": "review"}
    assert not here.play().writes
    here.raws.update({"fine": "done", "coarse": "closed"})
    assert not here.play().held
    assert here.setting is not None
    assert here.setting.value == "Done"


def test_a_label_not_yet_received_is_not_a_label_removed() -> None:
    tools = {"left": Letters(), "right": Letters()}
    here = World(Field.LABELS, tools, {"left": ["a"], "right": ["a"]}, {}, {})
    here.play()
    here.raws["left"] = ["a", "b"]
    here.play(present=["left"])
    here.raws["right"] = ["a", "c"]
    here.play()
    assert here.raws == {"left": ["a", "b", "c"], "right": ["a", "b", "c"]}


def test_a_label_that_a_tool_cannot_hold_stays_where_it_is() -> None:
    tools = {"left": Letters(), "right": Letters(frozenset("b"))}
    here = World(Field.LABELS, tools, {"left": ["a", "b"], "right": []}, {}, {})
    here.play()
    assert here.raws == {"left": ["a", "b"], "right": ["a"]}
    here.raws["right"] = []
    here.play()
    assert here.raws == {"left": ["b"], "right": []}


def test_emptiness_that_was_never_acknowledged_clears_nothing() -> None:
    here = World(Field.DUE, {"left": Letters(), "right": Letters()}, {"left": None, "right": ["d"]}, {}, {})
    decision = here.decide()
    assert not decision.conflicts
    assert decision.fields[Field.DUE].value == ["d"]


def test_newest_wins_only_beyond_the_clocks_margin() -> None:
    early = Contender("a", 1, 1, NOW)
    late = Contender("b", 2, 2, NOW + timedelta(minutes=10))
    near = Contender("b", 2, 2, NOW + timedelta(seconds=30))
    policy = Policy(Rule.NEWEST, ("a",))
    assert choose(policy, (early, late), ("a", "b")) == (late, "newest")
    assert choose(policy, (early, near), ("a", "b")) == (early, "owner")


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_without_an_owner_the_order_of_the_members_settles(order: tuple[str, str]) -> None:
    winner, _ = choose(Policy(), (Contender("a", 1, 1), Contender("b", 2, 2)), order)
    assert winner.connection == order[0]


def test_texts_edited_in_two_places_are_merged() -> None:
    lens = Letters()
    here = World(
        Field.DESCRIPTION, {"left": lens, "right": lens}, {"left": "One.\n\nTwo.", "right": "One.\n\nTwo."}, {}, {},
        policy=Policy(Rule.MERGE),
    )  # fmt: skip
    here.setting = Setting("One.\n\nTwo.", 1, "left", NOW)
    here.bases, here.seen = dict(here.raws), {"left": 1, "right": 1}
    here.raws = {"left": "One, changed.\n\nTwo.", "right": "One.\n\nTwo, changed."}
    decision = here.decide()
    assert decision.fields[Field.DESCRIPTION].value == "One, changed.\n\nTwo, changed."
    assert not decision.conflicts
