"""Strangers beside items that are known already; what is said of those that wait; what counts as a reference."""

from collections.abc import Mapping
from typing import Any

import pytest

from pmsync.reconcile.match import Matching, Resident, Ruling, Stranger, match, references

MEMBERS = ("board", "tracker", "plan")

LONG = "Fix the login page on Safari"


def stranger(connection: str, remote_id: str, title: str, **told: Any) -> Stranger:
    """A stranger whose home is named after it."""
    return Stranger(connection, remote_id, f"home-{connection}-{remote_id}", title, **told)


def resident(item: str, title: str, *replicas: str, **told: frozenset[str]) -> Resident:
    """A known item that is in these tools."""
    return Resident(item, title, None, frozenset(replicas), **told)


def found(*strangers: Stranger, residents: tuple[Resident, ...] = (), **rulings: Ruling) -> Matching:
    """The matching; a ruling is named by the stranger's connection and id, `board_1`."""
    keyed = {(connection, id_): ruling for name, ruling in rulings.items() for connection, id_ in [name.split("_")]}
    return match(strangers, residents, keyed, MEMBERS)


def groups(matching: Matching) -> dict[str, tuple[list[tuple[str, str]], str, bool]]:
    """What was joined: by item, the strangers, why, and whether the item was known."""
    return {one.item: ([each.key for each in one.strangers], one.why, one.known) for one in matching.groups}


def test_a_reference_to_a_known_item_joins_it_where_it_lacks_the_tool() -> None:
    item = resident("item", "Something", "tracker", names=frozenset({"eng-12"}))
    told = found(stranger("board", "1", "Else", refers=frozenset({"eng-12"})), residents=(item,))
    assert groups(told) == {"item": ([("board", "1")], "reference", True)}


def test_a_reference_to_a_known_item_that_is_in_that_tool_already_joins_nothing() -> None:
    item = resident("item", "Something", "tracker", "board", names=frozenset({"eng-12"}))
    told = found(stranger("board", "1", "Else", refers=frozenset({"eng-12"})), residents=(item,))
    assert not told.groups
    assert [one.key for one in told.new] == [("board", "1")]


def test_a_reference_between_two_strangers_begins_an_item_at_the_home_of_the_one_referred_to() -> None:
    told = found(
        stranger("tracker", "1", "Something", refers=frozenset({"b-7"})),
        stranger("board", "7", "Else", names=frozenset({"b-7"})),
    )
    assert groups(told) == {"home-board-7": ([("board", "7"), ("tracker", "1")], "reference", False)}


def test_a_reference_within_one_tool_joins_nothing() -> None:
    told = found(
        stranger("board", "1", "Something", refers=frozenset({"b-7"})),
        stranger("board", "7", "Else", names=frozenset({"b-7"})),
    )
    assert not told.groups


def test_what_a_reference_has_joined_is_not_joined_again_by_its_own() -> None:
    told = found(
        stranger("board", "1", "Something", names=frozenset({"b-1"}), refers=frozenset({"eng-12"})),
        stranger("tracker", "2", "Else", names=frozenset({"eng-12"}), refers=frozenset({"b-1"})),
    )
    (group,) = told.groups
    assert {one.key for one in group.strangers} == {("board", "1"), ("tracker", "2")}


def test_a_decision_that_it_is_new_outweighs_its_reference_and_its_marker() -> None:
    told = found(
        stranger("board", "1", "Something", refers=frozenset({"eng-12"}), marker="home-tracker-2", ours=True),
        stranger("tracker", "2", "Else", names=frozenset({"eng-12"})),
        board_1=Ruling("new"),
    )
    assert not told.groups
    assert {one.key for one in told.new} == {("board", "1"), ("tracker", "2")}


def test_a_decision_to_join_a_known_item_is_carried_out_without_looking_for_its_home() -> None:
    told = found(
        stranger("board", "1", "Something"), residents=(resident("item", "Else", "plan"),),
        board_1=Ruling("join", "item"),
    )  # fmt: skip
    assert groups(told) == {"item": ([("board", "1")], "decided", True)}


def test_a_decision_about_a_stranger_that_is_gone_does_nothing() -> None:
    told = found(stranger("plan", "3", "Something"), board_1=Ruling("ignore"), plan_3=Ruling("ignore"))
    assert told.held == {("plan", "3"): "left out by decision"}


def test_a_known_item_takes_one_stranger_of_each_tool_that_it_lacks() -> None:
    told = found(
        stranger("board", "1", "Pay by card"), stranger("plan", "3", "Pay by card"),
        residents=(resident("item", "pay by card.", "tracker"),),
    )  # fmt: skip
    assert groups(told) == {"item": ([("board", "1"), ("plan", "3")], "title", True)}


def test_the_same_title_as_two_known_items_waits_and_says_how_many_there_are() -> None:
    told = found(
        stranger("board", "1", "Call"),
        residents=(resident("one", "Call", "tracker"), resident("other", "Call", "tracker")),
    )
    assert told.held == {("board", "1"): "three have the title 'Call'"}


def test_the_same_title_twice_in_a_tool_and_once_in_another_says_that_there_are_three() -> None:
    told = found(stranger("board", "1", "Call"), stranger("board", "2", "Call"), stranger("plan", "3", "Call"))
    assert set(told.held.values()) == {"three have the title 'Call'"}


def test_the_same_title_of_a_different_type_is_told() -> None:
    known = Resident("item", "Login", "BUG", frozenset({"tracker"}))
    told = found(stranger("board", "1", "Login", type="STORY"), residents=(known,))
    assert told.held == {("board", "1"): "has the same title as another of a different type: 'Login'"}


def test_a_title_that_some_tools_have_of_a_known_item_and_others_lack_waits() -> None:
    told = found(
        stranger("board", "1", "Call"), stranger("plan", "3", "Call"),
        residents=(resident("item", "Call", "board"),),
    )  # fmt: skip
    assert not told.groups
    assert set(told.held) == {("board", "1"), ("plan", "3")}


def test_a_stranger_without_a_title_is_joined_with_nobody() -> None:
    told = found(stranger("board", "1", ""), stranger("plan", "3", ""))
    assert len(told.new) == 2


def test_titles_decided_to_be_new_are_compared_with_nobody() -> None:
    told = found(stranger("board", "1", "Call"), stranger("plan", "3", "Call"), board_1=Ruling("new"))
    assert not told.groups
    assert not told.held


def test_a_title_like_a_known_item_s_is_suggested_where_the_item_lacks_the_tool() -> None:
    there, lacking = resident("there", LONG, "board"), resident("lacking", LONG, "tracker")
    told = found(stranger("board", "1", "Fix the login page in Safari"), residents=(there, lacking))
    assert [(one.stranger, one.other) for one in told.suggestions] == [(("board", "1"), ("", "lacking"))]
    assert told.held == {("board", "1"): "looks like another"}
    assert 90 < told.suggestions[0].score < 100


def test_two_strangers_alike_wait_both_and_a_third_in_the_same_tool_is_compared_too() -> None:
    told = found(
        stranger("board", "1", LONG), stranger("tracker", "2", "Fix the login page in Safari"),
        stranger("tracker", "4", "Something quite different"),
    )  # fmt: skip
    assert set(told.held) == {("board", "1"), ("tracker", "2")}
    assert [one.key for one in told.new] == [("tracker", "4")]


def test_titles_alike_within_one_tool_are_two_items() -> None:
    told = found(stranger("board", "1", LONG), stranger("board", "2", "Fix the login page in Safari"))
    assert not told.suggestions
    assert len(told.new) == 2


def test_short_titles_are_not_compared_by_likeness() -> None:
    told = found(stranger("board", "1", "Logging"), stranger("tracker", "2", "Loging"))
    assert not told.suggestions


@pytest.mark.parametrize(("left", "right"), [("Fix logins", "Fix login"), ("Fix logs", "Fix loggs")])
def test_titles_of_eight_characters_are_long_enough_to_be_compared(left: str, right: str) -> None:
    told = found(stranger("board", "1", left), stranger("tracker", "2", right))
    assert told.suggestions


def test_what_was_let_be_is_compared_only_with_what_is_fresh() -> None:
    stale, other = stranger("board", "1", LONG, fresh=False), "Fix the login page in Safari"
    assert not found(stale, stranger("tracker", "2", other, fresh=False)).suggestions
    told = found(stale, stranger("tracker", "2", other))
    assert [(one.stranger, one.other) for one in told.suggestions] == [(("tracker", "2"), ("board", "1"))]


def test_the_order_is_that_of_the_members_and_then_of_the_ids_and_those_of_no_member_come_last() -> None:
    told = found(
        stranger("elsewhere", "0", "Call"), stranger("plan", "3", "A"), stranger("board", "2", "B"),
        stranger("board", "1", "C"),
    )  # fmt: skip
    assert [one.key for one in told.new] == [("board", "1"), ("board", "2"), ("plan", "3"), ("elsewhere", "0")]


@pytest.mark.parametrize(
    ("line", "reference"),
    [
        ("ENG-12", "eng-12"),
        ("Jira: ENG-12", "eng-12"),
        ("A label of 20 chars.: ENG-12", "eng-12"),
        ("A label of 21 charss.: ENG-12", None),
        ("Tracked in: Jira: ENG-12", None),
        ("http://t.example/c/x", "http://t.example/c/x"),
        ("<https://t.example/c/x/>", "https://t.example/c/x"),
        ("Card: <https://T.example/c/X>", "https://t.example/c/x"),
        ("https://t.example/c/x and more", None),
        ("XENG_2-7", "xeng_2-7"),
        ("XX-1X", None),
        ("eng-12", None),
        ("  ENG-12  ", "eng-12"),
        ("Jira: see ENG-12", None),
        ("", None),
        ("<>", None),
    ],
)
def test_a_line_is_a_reference_if_it_is_nothing_else(line: str, reference: str | None) -> None:
    assert references([line]) == (frozenset({reference}) if reference else frozenset())


def test_what_joins_later_joins_an_item_just_begun_by_its_title_unless_the_type_differs() -> None:
    both = (stranger("board", "1", "Pay by card", type="STORY"), stranger("tracker", "2", "Else"))
    decision = Ruling("join", "home-board-1")
    told = found(*both, stranger("plan", "3", "Pay by card", type="STORY"), tracker_2=decision)
    keys = [("board", "1"), ("tracker", "2"), ("plan", "3")]
    assert groups(told) == {"home-board-1": (keys, "decided", False)}
    other = found(*both, stranger("plan", "3", "Pay by card", type="BUG"), tracker_2=decision)
    assert set(other.held) == {("plan", "3")}
    there = found(*both, stranger("tracker", "4", "Pay by card", type="STORY"), tracker_2=decision)
    assert [one.key for one in there.new] == [("tracker", "4")]


def test_a_decision_to_join_what_neither_is_known_nor_there_begins_that_item() -> None:
    told = found(stranger("board", "1", "Something"), board_1=Ruling("join", "elsewhere"))
    assert groups(told) == {"elsewhere": ([("board", "1")], "decided", False)}


def test_a_decision_to_join_one_tool_s_items_with_each_other_takes_the_first_alone() -> None:
    told = found(
        stranger("board", "1", "Left"), stranger("board", "2", "Right"), stranger("plan", "3", "Else"),
        board_2=Ruling("join", "home-board-1"), plan_3=Ruling("join", "home-board-1"),
    )  # fmt: skip
    assert groups(told) == {"home-board-1": ([("board", "1"), ("plan", "3")], "decided", False)}
    assert [one.key for one in told.new] == [("board", "2")]


def test_four_of_one_title_are_counted() -> None:
    calls = [stranger("board", str(number), "Call") for number in range(3)]
    assert set(found(*calls, stranger("plan", "3", "Call")).held.values()) == {"4 have the title 'Call'"}


def test_each_of_two_that_are_alike_is_told_so_and_how_much() -> None:
    told = found(stranger("board", "1", LONG), stranger("tracker", "2", "Fix the login page in Safari", fresh=False))
    assert told.held == dict.fromkeys([("board", "1"), ("tracker", "2")], "looks like another")
    assert [one.score for one in told.suggestions] == [96.4]


def test_a_title_within_a_longer_one_is_not_like_it() -> None:
    told = found(stranger("board", "1", "Fix the login"), stranger("tracker", "2", "Fix the login page on the iPhone"))
    assert not told.suggestions


def test_of_each_tool_the_three_nearest_are_suggested() -> None:
    near = [stranger("tracker", str(number), f"{LONG}{'x' * number}", fresh=False) for number in range(1, 5)]
    other = stranger("plan", "9", f"{LONG}y", fresh=False)
    told = found(stranger("board", "1", LONG), *near, other)
    assert {one.other for one in told.suggestions} == {
        ("tracker", "1"), ("tracker", "2"), ("tracker", "3"), ("plan", "9"),
    }  # fmt: skip


def test_titles_of_just_eight_characters_are_compared() -> None:
    assert found(stranger("board", "1", "loggings"), stranger("tracker", "2", "logging s")).suggestions


def test_what_waits_already_is_compared_with_nobody() -> None:
    told = found(
        stranger("board", "1", "Call the customer"), stranger("board", "2", "Call the customer"),
        stranger("plan", "3", "Call the customer"), stranger("tracker", "4", "Call the customers"),
    )  # fmt: skip
    assert not told.suggestions
    assert [one.key for one in told.new] == [("tracker", "4")]


def marked(connection: str, remote_id: str, item: str, **told: Any) -> Stranger:
    """A stranger with a marker, made by pmsync."""
    return stranger(connection, remote_id, f"Made {connection} {remote_id}", marker=item, ours=True, **told)


def of_state(*strangers: Stranger, known: Mapping[str, frozenset[str] | None]) -> Matching:
    """The matching where the state knows these items, each by the tools where it is, or as ended."""
    return match(strangers, (), {}, MEMBERS, known)


def test_what_pmsync_made_for_a_known_item_joins_it_where_it_lacks_the_tool_and_waits_where_it_does_not() -> None:
    known = {"item": frozenset({"board"})}
    told = of_state(marked("tracker", "2", "item"), known=known)
    assert groups(told) == {"item": ([("tracker", "2")], "marker", False)}
    twice = of_state(marked("board", "2", "item"), known=known)
    assert twice.held == {("board", "2"): "made twice by pmsync for one item"}


def test_what_pmsync_made_twice_is_nobody_else_s_twin_though_the_title_be_the_same() -> None:
    twice = marked("board", "2", "item")
    other = stranger("tracker", "3", twice.title)
    told = of_state(twice, other, known={"item": frozenset({"board", "tracker", "plan"})})
    assert told.held == {twice.key: "made twice by pmsync for one item"}
    assert told.new == (other,)
    assert not told.groups


def test_what_pmsync_made_for_an_item_that_has_ended_waits() -> None:
    told = of_state(marked("tracker", "2", "item"), marked("plan", "3", "item"), known={"item": None})
    assert not told.groups
    assert set(told.held) == {("tracker", "2"), ("plan", "3")}
    assert all(why.endswith("(item)") for why in told.held.values())


def test_markers_of_one_forgotten_item_in_two_tools_bring_it_back_and_in_one_do_not() -> None:
    told = of_state(marked("tracker", "2", "lost"), marked("plan", "3", "lost"), known={})
    assert groups(told) == {"lost": ([("tracker", "2"), ("plan", "3")], "marker", False)}
    alone = of_state(marked("tracker", "2", "lost"), marked("tracker", "3", "lost"), known={})
    assert set(alone.held) == {("tracker", "2"), ("tracker", "3")}


def test_a_copied_marker_never_joins_and_says_that_somebody_else_made_it() -> None:
    copied = stranger("tracker", "2", "A copy", marker="item", copied=True)
    told = of_state(copied, known={"item": frozenset({"board"})})
    assert told.held == {("tracker", "2"): "has the marker of an item of pmsync's (item), but somebody else made it"}
    there = of_state(copied, known={"item": frozenset({"tracker"})})
    assert [one.key for one in there.new] == [("tracker", "2")]


def test_of_two_that_pmsync_made_in_one_tool_the_older_has_the_place() -> None:
    younger, older = marked("tracker", "1", "item", born=20.0), marked("tracker", "2", "item", born=10.0)
    told = of_state(younger, older, known={"item": frozenset({"board"})})
    assert groups(told)["item"][0] == [("tracker", "2")]
    assert set(told.held) == {("tracker", "1")}


def test_a_marker_leads_to_the_home_of_an_item_whose_number_nobody_knows_any_more() -> None:
    told = of_state(stranger("board", "1", "First"), marked("tracker", "2", "home-board-1-2"), known={})
    assert groups(told) == {"home-board-1": ([("board", "1"), ("tracker", "2")], "marker", False)}
    known = of_state(marked("tracker", "2", "item-7"), known={"item-7": frozenset({"board"}), "item": frozenset()})
    assert list(groups(known)) == ["item-7"]


def test_a_forgotten_item_is_brought_back_from_its_own_markers_alone() -> None:
    told = of_state(
        marked("tracker", "2", "lost"), marked("plan", "3", "lost"), marked("board", "4", "other"), known={}
    )
    assert groups(told) == {"lost": ([("tracker", "2"), ("plan", "3")], "marker", False)}
    assert set(told.held) == {("board", "4")}


def test_strangers_of_the_title_of_an_item_that_is_in_just_their_tools_are_an_item_of_their_own() -> None:
    told = found(
        stranger("board", "1", "Weekly"), stranger("tracker", "2", "Weekly"),
        residents=(resident("item", "Weekly", "board", "tracker"),),
    )  # fmt: skip
    assert groups(told) == {"home-board-1": ([("board", "1"), ("tracker", "2")], "title", False)}


def test_a_known_item_keeps_its_title_when_another_joins_it() -> None:
    item = resident("item", "Something", "tracker", names=frozenset({"eng-12"}))
    told = found(
        stranger("board", "1", "Else", refers=frozenset({"eng-12"})), stranger("plan", "3", "Something"),
        residents=(item,),
    )  # fmt: skip
    assert groups(told) == {"item": ([("board", "1"), ("plan", "3")], "reference", True)}


@pytest.mark.parametrize("fresh", [True, False])
def test_a_title_of_eight_characters_is_compared_whichever_of_the_two_is_fresh(fresh: bool) -> None:
    told = found(
        stranger("board", "1", "loggings", fresh=fresh), stranger("tracker", "2", "logging s", fresh=not fresh)
    )
    assert told.suggestions
