"""What a write did, by the tool's answer and its history."""

from datetime import UTC, datetime, timedelta

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event
from pmsync.reconcile.settle import Settlement, arrived, settle_write

START = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


def event(seconds: int, actor: str, before: Json, after: Json) -> Event:
    return Event(START + timedelta(seconds=seconds), actor, Field.STATUS, before, after)


def settled(sent: Json, seen: Json, shown: Json, *events: Event) -> Settlement:
    return settle_write({Field.STATUS: sent}, {Field.STATUS: seen}, {Field.STATUS: shown}, events, "us")


def test_a_write_that_arrived_is_the_new_base() -> None:
    found = settled("done", "doing", "done", event(1, "us", "doing", "done"))
    assert found.bases == {Field.STATUS: "done"}
    assert not found.covered
    assert not found.altered


def test_an_edit_between_reading_and_writing_is_found_with_its_author() -> None:
    found = settled("done", "doing", "done", event(1, "ada", "doing", "review"), event(2, "us", "review", "done"))
    assert found.covered == {Field.STATUS: ("review", "ada")}


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
    assert arrived("done", "done", (), "us")
    assert arrived("done", "todo", (event(1, "us", "doing", "done"), event(2, "ada", "done", "todo")), "us")
    assert not arrived("done", "doing", (event(1, "ada", "todo", "doing"),), "us")


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
    assert found.covered == {Field.STATUS: ("selected", "ada")}


def test_what_another_did_after_our_step_is_an_edit() -> None:
    found = halfway("review", event(1, "us", "todo", "doing"), event(2, "ada", "doing", "review"))
    assert not found.bases
    assert not found.partway


def test_a_write_of_which_nothing_took_effect_leaves_the_base_alone() -> None:
    assert not halfway("todo").bases
