"""What a write covered and whether it arrived, in histories with more in them than the write."""

from datetime import UTC, datetime, timedelta

import pytest

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event
from pmsync.reconcile.settle import Lost, Settlement, arrived, settle_write

START = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
STATUS, LABELS, TITLE = Field.STATUS, Field.LABELS, Field.TITLE


def event(minute: int, actor: str, before: Json, after: Json, name: Field = STATUS) -> Event:
    return Event(START + timedelta(minutes=minute), actor, name, before, after)


def settled(sent: Json, seen: Json, shown: Json, *events: Event) -> Settlement:
    return settle_write({STATUS: sent}, {STATUS: seen}, {STATUS: shown}, events, "us")


def test_a_field_that_the_answer_leaves_out_shows_what_was_sent() -> None:
    found = settle_write({STATUS: "done"}, {STATUS: "doing"}, {}, (), "us")
    assert found.bases == {STATUS: "done"}
    assert not found.altered
    assert not found.covered


def test_a_covered_edit_has_its_time_and_one_before_the_history_has_neither_time_nor_author() -> None:
    told = settled("done", "doing", "done", event(1, "ada", "doing", "review"), event(2, "us", "review", "done"))
    assert told.covered == {STATUS: Lost("review", "ada", START + timedelta(minutes=1))}
    untold = settled("done", "doing", "done", event(2, "us", "review", "done"))
    assert untold.covered == {STATUS: Lost("review", None, None)}


def test_an_edit_to_the_very_value_that_we_sent_is_not_ours() -> None:
    found = settled("done", "doing", "done", event(1, "ada", "review", "done"))
    assert not found.covered


def test_our_write_is_found_though_another_edited_what_it_came_to() -> None:
    found = settled(
        "done", "doing", "todo",
        event(1, "ada", "doing", "review"), event(2, "us", "review", "done"), event(3, "ada", "done", "todo"),
    )  # fmt: skip
    assert found.covered == {STATUS: Lost("review", "ada", START + timedelta(minutes=1))}
    assert found.bases == {STATUS: "done"}


def test_a_step_of_ours_that_does_not_lead_up_to_the_write_is_no_part_of_it() -> None:
    found = settled("done", "doing", "done", event(1, "us", "doing", "todo"), event(2, "us", "review", "done"))
    assert found.covered == {STATUS: Lost("review", "us", START + timedelta(minutes=1))}


def test_an_edit_whose_undoing_leads_through_what_was_read_is_covered_nevertheless() -> None:
    back = (event(1, "ada", "selected", "doing"), event(2, "us", "doing", "selected"))
    found = settled("backlog", "selected", "backlog", *back, event(2, "us", "selected", "backlog"))
    assert found.covered == {STATUS: Lost("doing", "ada", START + timedelta(minutes=1))}


def test_an_edit_of_what_a_step_of_ours_had_come_to_is_covered_where_the_walk_begins_again() -> None:
    walk = (event(2, "us", "selected", "doing"), event(3, "us", "doing", "review"))
    back = (event(4, "ada", "review", "rejected"), event(5, "us", "rejected", "selected"))
    again = (event(6, "us", "selected", "doing"), event(7, "us", "doing", "done"))
    for told in ((*walk, *back, *again), (event(1, "bob", "todo", "selected"), *walk, *back, *again)):
        found = settled("done", "selected", "done", *told)
        assert found.covered == {STATUS: Lost("rejected", "ada", START + timedelta(minutes=4))}


def test_an_edit_covered_by_our_first_steps_is_told_though_another_took_the_last() -> None:
    walk = (event(1, "ada", "backlog", "selected"), event(2, "us", "selected", "doing"))
    found = settled("done", "backlog", "done", *walk, event(3, "ada", "doing", "done"))
    assert found.covered == {STATUS: Lost("selected", "ada", START + timedelta(minutes=1))}


def test_an_earlier_write_of_ours_covers_nothing_when_another_goes_where_we_were_about_to_go() -> None:
    earlier = (event(1, "us", "todo", "backlog"), event(1, "us", "backlog", "selected"))
    assert not settled("done", "selected", "done", *earlier, event(2, "ada", "selected", "done")).covered


def test_what_our_own_earlier_write_came_to_was_read_and_is_not_covered() -> None:
    earlier = (event(1, "ada", "done", "doing"), event(2, "us", "doing", "selected"))
    assert not settled("backlog", "selected", "backlog", *earlier, event(2, "us", "selected", "backlog")).covered


def test_the_history_of_another_field_says_nothing() -> None:
    found = settled("done", "doing", "done", event(1, "us", "A", "done", TITLE), event(2, "us", "doing", "done"))
    assert not found.covered
    assert not arrived(STATUS, "done", "doing", "doing", (event(1, "us", "A", "done", TITLE),), "us")
    assert not arrived(STATUS, "done", "doing", "doing", (event(1, "ada", "doing", "done"),), "us")


def halfway(name: Field, seen: Json, shown: dict[Field, Json], *events: Event) -> Settlement:
    return settle_write({}, {name: seen}, shown, events, "us", (name,))


def test_only_what_shows_our_own_last_step_is_on_the_way() -> None:
    ours = event(1, "us", "todo", "doing")
    assert halfway(STATUS, "todo", {STATUS: "doing"}, ours).partway == {STATUS}
    assert not halfway(STATUS, "todo", {STATUS: "doing"}, event(1, "us", "A", "doing", TITLE)).partway
    assert not halfway(STATUS, "doing", {STATUS: "doing"}, event(1, "us", "x", "doing")).partway
    assert not halfway(STATUS, "todo", {}, ours).partway
    assert not halfway(STATUS, "todo", {STATUS: "review"}, ours).partway


def test_what_our_steps_covered_is_told_though_they_were_stopped_and_another_went_on_from_there() -> None:
    steps = (
        event(1, "ada", "todo", "backlog"),
        event(2, "us", "backlog", "selected"),
        event(3, "us", "selected", "doing"),
    )
    found = halfway(STATUS, "todo", {STATUS: "review"}, *steps, event(4, "bob", "doing", "review"))
    assert found.covered == {STATUS: Lost("backlog", "ada", START + timedelta(minutes=1))}
    assert not found.bases
    untouched = (event(2, "us", "todo", "selected"), event(4, "bob", "selected", "review"))
    assert not halfway(STATUS, "todo", {STATUS: "review"}, *untouched).covered


def test_a_set_is_never_on_the_way() -> None:
    labels = event(1, "us", ["a"], ["a", "b"], LABELS)
    assert not halfway(LABELS, ["a"], {LABELS: ["a", "b"]}, labels).partway


@pytest.mark.parametrize(
    ("sent", "seen", "shown", "there"),
    [
        ("ab", "a", "ab", True),
        ("ab", "a", "abc", True),
        ("ab", "a", "a", False),
        ("ab", "a", "ac", False),
        ("", "a", "a", False),
        ("", "a", "x", True),
        ("b", "a", "bx", True),
        ("b", "a", "abx", False),
        ("a", "ab", "ax", True),
        ("abc", "a", "xabc", True),
        ("ab", "a", "b", True),
    ],
)
def test_a_set_without_a_history_has_arrived_when_it_shows_what_was_added_and_lacks_what_was_removed(
    sent: str, seen: str, shown: str, there: bool
) -> None:
    assert arrived(LABELS, [*sent], [*seen], [*shown], (), "us") is there


def test_the_set_that_a_write_covered_is_the_one_that_stood_there_before_it() -> None:
    found = settle_write(
        {LABELS: ["a"]}, {LABELS: ["a", "b"]}, {LABELS: ["a"]},
        (
            event(1, "ada", ["a", "b"], ["a"], LABELS), event(2, "bob", ["a"], ["a", "c"], LABELS),
            event(3, "bob", ["a", "c"], ["a", "b", "c"], LABELS), event(4, "us", ["a", "b", "c"], ["a", "c"], LABELS),
        ),
        "us",
    )  # fmt: skip
    assert found.covered == {LABELS: Lost(["a", "c", "b"], "bob", START + timedelta(minutes=3))}


def test_a_write_of_ours_before_the_one_that_covered_something_is_passed_over() -> None:
    found = settle_write(
        {LABELS: ["a"]}, {LABELS: []}, {LABELS: ["a"]},
        (
            event(1, "us", [], ["x"], LABELS), event(2, "ada", ["x"], ["x", "g"], LABELS),
            event(3, "us", ["x", "g"], ["a"], LABELS),
        ),
        "us",
    )  # fmt: skip
    assert found.covered == {LABELS: Lost(["g"], "ada", START + timedelta(minutes=2))}


def test_what_an_earlier_write_replaced_in_the_moment_that_was_read_is_not_told_in_place_of_what_was_covered() -> None:
    """All within the second in which the item was last changed when it was read."""
    read = (event(0, "ada", ["a"], [], LABELS), event(0, "us", [], ["a"], LABELS))
    since = (event(0, "bob", ["a"], ["g"], LABELS), event(1, "us", ["g"], [], LABELS))
    found = settle_write({LABELS: []}, {LABELS: ["a"]}, {LABELS: []}, (*read, *since), "us")
    assert found.covered == {LABELS: Lost(["g"], "bob", START)}
    plain = settle_write({LABELS: []}, {LABELS: ["a"]}, {LABELS: []}, (*read, event(1, "us", ["a"], [], LABELS)), "us")
    assert not plain.covered


def test_what_an_earlier_write_of_ours_put_into_a_set_is_no_sign_that_a_later_one_arrived() -> None:
    read = (event(0, "us", [], ["a"], LABELS), event(0, "ada", ["a"], [], LABELS), event(0, "us", ["b"], [], LABELS))
    assert not arrived(LABELS, ["a"], [], [], read, "us")


def test_an_earlier_write_that_led_to_what_was_read_covered_nothing_though_another_goes_back_there() -> None:
    """We found it where we were about to go, and then it was set back to what we had read."""
    ours = event(0, "us", "backlog", "selected")
    there_and_back = (event(0, "ada", "selected", "doing"), event(0, "ada", "doing", "selected"))
    found = settled("doing", "selected", "selected", ours, *there_and_back)
    assert not found.covered
    assert found.bases == {STATUS: "doing"}, "what is shown is somebody's edit"


def test_what_led_to_the_value_that_was_read_tells_nothing_of_the_write() -> None:
    read = (event(0, "us", "todo", "done"), event(0, "ada", "done", "doing"))
    assert not arrived(STATUS, "done", "doing", "doing", read, "us")
    assert arrived(STATUS, "done", "doing", "done", (*read, event(0, "us", "doing", "done")), "us")
    kept = settled("done", "doing", "review", *read)
    assert kept.altered == {STATUS}, "nobody was there since: it is the tool's own form"


def test_what_another_made_of_it_is_no_write_of_ours_though_it_is_just_what_we_were_to_write() -> None:
    theirs = event(2, "ada", "doing", "done")
    assert not arrived(STATUS, "done", "todo", "done", (theirs,), "us")
    assert not arrived(STATUS, "done", "todo", "done", (event(1, "us", "todo", "doing"), theirs), "us")
    there_and_back = (
        event(1, "us", "todo", "done"),
        event(2, "ada", "done", "doing"),
        event(3, "ada", "doing", "done"),
    )
    assert arrived(STATUS, "done", "todo", "done", there_and_back, "us")
    assert arrived(STATUS, "done", "todo", "done", (event(1, "ada", "doing", "todo"),), "us")


@pytest.mark.parametrize(
    ("sent", "seen", "shown", "theirs", "base"),
    [
        ("ab", "a", "ab", (["a"], ["a", "b"]), "a"),
        ("a", "ab", "a", (["a", "b"], ["a"]), "ab"),
        ("ab", "a", "ab", (["a", "b"], ["a"]), "ab"),
        ("ab", "a", "ab", ([], ["a"]), "ab"),
    ],
    ids=["put in", "taken out", "taken out before, and put in by us", "in it before"],
)
def test_a_set_s_base_leaves_to_be_read_what_another_did_though_it_is_just_what_we_were_to_do(
    sent: str, seen: str, shown: str, theirs: tuple[list[str], list[str]], base: str
) -> None:
    told = (event(1, "ada", [*theirs[0]], [*theirs[1]], LABELS),)
    found = settle_write({LABELS: [*sent]}, {LABELS: [*seen]}, {LABELS: [*shown]}, told, "us")
    assert found.bases == {LABELS: [*base]}
    assert not found.altered


@pytest.mark.parametrize(
    ("sent", "seen", "shown", "base"),
    [
        ("a", "a", "ab", "a"),
        ("aB", "a", "ab", "ab"),
        ("ab", "ac", "abc", "abc"),
        ("ab", "a", "b", "ba"),
        ("ab", "a", "a", "a"),
        ("ab", "a", "bx", "ba"),
        ("aB", "a", "bx", "bx"),
        ("aB", "a", "b", "b"),
    ],
)
def test_without_a_history_a_set_s_base_leaves_to_be_read_what_another_may_have_done(
    sent: str, seen: str, shown: str, base: str
) -> None:
    found = settle_write({LABELS: [*sent]}, {LABELS: [*seen]}, {LABELS: [*shown]}, (), "us")
    assert found.bases == {LABELS: [*base]}
