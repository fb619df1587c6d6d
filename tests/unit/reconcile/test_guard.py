"""When a pass must not begin."""

import pytest

from pmsync.reconcile.guard import Limit, Limits, Tally, objections

LIMITS = Limits(deletes=Limit(2), creates=Limit(3), changes=Limit(50, percent=True))


def test_a_pass_within_its_limits_may_begin() -> None:
    assert not objections(Tally(known=20, creates=3, changes=10, deletes=2), LIMITS)


@pytest.mark.parametrize(
    ("tally", "word"),
    [
        (Tally(known=20, creates=4), "create"),
        (Tally(known=20, changes=11), "change"),
        (Tally(known=20, deletes=3), "delete"),
    ],
)
def test_each_limit_is_told_by_name(tally: Tally, word: str) -> None:
    (reason,) = objections(tally, LIMITS)
    assert f"limits.{word}s" in reason


def test_a_percentage_counts_only_above_ten_items() -> None:
    assert not objections(Tally(known=10, changes=10), LIMITS)
    assert objections(Tally(known=11, changes=6), LIMITS)


def test_a_side_that_was_emptied_stops_the_pass() -> None:
    (reason,) = objections(Tally(known=5, linked={"board": 5}, present={"board": 0}), LIMITS)
    assert "board" in reason
    assert "limit" not in reason, "there is none to raise: it is to be looked at, or the connection taken out"


def test_a_side_that_still_shows_something_does_not() -> None:
    assert not objections(Tally(known=5, linked={"board": 5}, present={"board": 1}), LIMITS)


def test_one_item_that_is_gone_is_no_emptied_side() -> None:
    assert not objections(Tally(known=1, linked={"board": 1}, present={"board": 0}), LIMITS)


def test_an_objection_says_the_count_and_the_limit_as_it_is_configured() -> None:
    tally = Tally(known=20, creates=4, changes=11)
    advice = "look at `pmsync plan`, and raise the limit in the config if it is meant"
    assert objections(tally, LIMITS) == [
        f"it would create 4 items, and limits.creates is 3: {advice}",
        f"it would change 11 items, and limits.changes is 50%: {advice}",
    ]


@pytest.mark.parametrize(("linked", "stops"), [(2, False), (3, True), (4, True)])
def test_a_side_counts_as_emptied_from_three_items_on(linked: int, stops: bool) -> None:
    tally = Tally(known=9, linked={"board": linked}, present={"board": 0, "tracker": 7})
    told = [one.partition(":")[0] for one in objections(tally, LIMITS)]
    assert told == ([f"board shows none of the {linked} items that it had"] if stops else [])


def test_a_side_of_which_nothing_was_listed_is_an_emptied_one() -> None:
    assert objections(Tally(known=5, linked={"board": 5}), LIMITS)


def test_without_a_config_a_pass_may_delete_five_create_fifty_and_change_half() -> None:
    assert not objections(Tally(known=20, creates=50, changes=10, deletes=5), Limits())
    assert len(objections(Tally(known=20, creates=51, changes=11, deletes=6), Limits())) == 3
