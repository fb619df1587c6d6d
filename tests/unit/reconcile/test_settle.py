"""What a write did, by the tool's answer and its history."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event
from pmsync.reconcile.settle import Settlement, arrived, settle_write
from pmsync.reconcile.voice import members

START = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


def event(seconds: int, actor: str, before: Json, after: Json) -> Event:
    return Event(START + timedelta(seconds=seconds), actor, Field.STATUS, before, after)


def _lost(found: Settlement) -> dict[Field, tuple[Json, str | None]]:
    return {name: (lost.value, lost.actor) for name, lost in found.covered.items()}


def settled(sent: Json, seen: Json, shown: Json, *events: Event) -> Settlement:
    return settle_write({Field.STATUS: sent}, {Field.STATUS: seen}, {Field.STATUS: shown}, events, "us")


def test_a_write_that_arrived_is_the_new_base() -> None:
    found = settled("done", "doing", "done", event(1, "us", "doing", "done"))
    assert found.bases == {Field.STATUS: "done"}
    assert not found.covered
    assert not found.altered


def test_an_edit_between_reading_and_writing_is_found_with_its_author() -> None:
    found = settled("done", "doing", "done", event(1, "ada", "doing", "review"), event(2, "us", "review", "done"))
    assert _lost(found) == {Field.STATUS: ("review", "ada")}


def test_the_steps_of_our_own_walk_through_a_workflow_cover_nothing() -> None:
    found = settled("done", "doing", "done", event(1, "us", "doing", "review"), event(2, "us", "review", "done"))
    assert not found.covered


def test_what_we_wrote_in_an_earlier_pass_is_not_taken_for_a_covered_edit() -> None:
    found = settled("done", "doing", "done", event(1, "us", "todo", "doing"), event(2, "us", "doing", "done"))
    assert not found.covered


def test_what_the_tool_made_of_it_becomes_the_base() -> None:
    found = settled("a  b", "x", "a b", event(1, "us", "x", "a b"))
    assert found.bases == {Field.STATUS: "a b"}
    assert found.altered == {Field.STATUS}


def test_an_edit_after_our_write_is_left_for_the_next_reading_to_find() -> None:
    found = settled("done", "doing", "todo", event(1, "us", "doing", "done"), event(2, "ada", "done", "todo"))
    assert found.bases == {Field.STATUS: "done"}
    assert not found.altered


def test_a_write_without_an_answer_arrived_if_it_is_shown_or_told() -> None:
    name, seen = Field.STATUS, "doing"
    assert arrived(name, "done", seen, "done", (), "us")
    assert arrived(name, "done", seen, "todo", (event(1, "us", seen, "done"), event(2, "ada", "done", "todo")), "us")
    assert not arrived(name, "done", seen, seen, (event(1, "ada", "todo", "doing"),), "us")


def halfway(shown: Json, *events: Event) -> Settlement:
    return settle_write({}, {Field.STATUS: "todo"}, {Field.STATUS: shown}, events, "us", (Field.STATUS,))


def test_a_step_of_ours_on_the_way_is_nobodys_edit() -> None:
    found = halfway("doing", event(1, "us", "todo", "doing"))
    assert found.bases == {Field.STATUS: "doing"}
    assert found.partway == {Field.STATUS}
    assert not found.altered
    assert not found.covered


def test_a_step_of_ours_on_the_way_may_have_covered_an_edit() -> None:
    found = halfway("doing", event(1, "ada", "todo", "selected"), event(2, "us", "selected", "doing"))
    assert _lost(found) == {Field.STATUS: ("selected", "ada")}


def test_what_another_did_after_our_step_is_an_edit() -> None:
    found = halfway("review", event(1, "us", "todo", "doing"), event(2, "ada", "doing", "review"))
    assert not found.bases
    assert not found.partway


def test_a_write_of_which_nothing_took_effect_leaves_the_base_alone() -> None:
    assert not halfway("todo").bases


def test_a_covered_edit_is_found_though_the_tool_keeps_our_value_in_a_form_of_its_own() -> None:
    found = settled("a  b", "x", "a b", event(1, "ada", "x", "y"), event(2, "us", "y", "a b"))
    assert _lost(found) == {Field.STATUS: ("y", "ada")}


def labels(seconds: int, actor: str, before: list[str], after: list[str]) -> Event:
    return Event(START + timedelta(seconds=seconds), actor, Field.LABELS, [*before], [*after])


def settled_set(sent: str, seen: str, shown: str, *events: Event) -> Settlement:
    """Sets as words: `"ab"` is the set of a and b."""
    return settle_write(
        {Field.LABELS: [*sent]}, {Field.LABELS: [*seen]}, {Field.LABELS: [*shown]}, events, "us", frozenset()
    )


_WHOLE = (labels(1, "ada", ["a"], ["a", "b"]), labels(2, "us", ["a", "b"], ["a", "b", "c"]))
_SINGLE = (labels(1, "ada", [], ["b"]), labels(2, "us", [], ["c"]))


@pytest.mark.parametrize("events", [_WHOLE, _SINGLE, ()], ids=["whole sets", "member by member", "no history"])
def test_a_member_that_another_put_in_unseen_is_left_to_be_read_as_the_edit_that_it_is(events: Sequence[Event]) -> None:
    found = settled_set("ac", "a", "abc", *events)
    assert found.bases == {Field.LABELS: ["a", "c"]}
    assert not found.altered
    assert not found.covered


@pytest.mark.parametrize("events", [(labels(1, "ada", ["a"], []), labels(2, "us", [], ["c"])), ()])
def test_a_member_that_another_took_out_unseen_is_left_to_be_read_as_the_edit_that_it_is(
    events: Sequence[Event],
) -> None:
    found = settled_set("ac", "a", "c", *events)
    assert {*members(found.bases[Field.LABELS])} == {"a", "c"}
    assert not found.altered


def test_members_in_another_form_are_the_tools_own() -> None:
    found = settled_set("aC", "a", "ac", labels(1, "us", ["a"], ["a", "c"]))
    assert found.bases == {Field.LABELS: ["a", "c"]}
    assert found.altered == {Field.LABELS}
    assert settled_set("aC", "a", "ac").altered == {Field.LABELS}


@pytest.mark.parametrize(
    ("sent", "seen", "events", "lost"),
    [
        ("a", "", (labels(1, "ada", [], ["g"]), labels(2, "us", ["g"], ["a"])), ["g"]),
        ("", "a", (labels(1, "ada", ["a"], []), labels(2, "ada", [], ["a"]), labels(3, "us", ["a"], [])), ["a"]),
        ("x", "", (labels(1, "ada", [], ["x"]), labels(2, "ada", ["x"], []), labels(3, "us", [], ["x"])), []),
    ],
    ids=["replaced", "taken out, put in again, and taken out by us", "put in, taken out, and put in by us"],
)
def test_what_a_write_did_to_a_set_against_an_unseen_edit_is_found_with_its_author(
    sent: str, seen: str, events: Sequence[Event], lost: list[str]
) -> None:
    assert _lost(settled_set(sent, seen, sent, *events)) == {Field.LABELS: (lost, "ada")}


def test_what_was_read_of_a_set_before_the_write_is_no_covered_edit() -> None:
    found = settled_set("", "a", "", labels(0, "ada", [], ["a"]), labels(1, "us", ["a"], []))
    assert not found.covered


def test_a_set_has_arrived_when_all_that_we_changed_in_it_has() -> None:
    name = Field.LABELS
    assert arrived(name, ["a", "c"], ["a", "b"], ["a", "c", "x"], (), "us")
    assert not arrived(name, ["a", "c"], ["a", "b"], ["a", "b", "c"], (), "us")
    taken_out_later = (labels(1, "us", ["a"], ["a", "c"]), labels(2, "ada", ["a", "c"], ["a"]))
    assert arrived(name, ["a", "c"], ["a"], ["a"], taken_out_later, "us")


def test_what_we_did_to_a_set_before_it_was_read_is_no_sign_that_the_opposite_arrived() -> None:
    """The history may begin with the very edit that was read: what we put in then, we have not taken out since."""
    put_in, taken_out = labels(0, "us", [], ["a"]), labels(0, "us", ["a"], [])
    assert not arrived(Field.LABELS, [], ["a"], ["a"], (put_in,), "us")
    assert not arrived(Field.LABELS, ["a"], [], [], (taken_out,), "us")
    assert arrived(Field.LABELS, [], ["a"], ["a"], (put_in, taken_out, labels(2, "ada", [], ["a"])), "us")
