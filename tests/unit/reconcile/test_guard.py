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


def test_a_side_that_still_shows_something_does_not() -> None:
    assert not objections(Tally(known=5, linked={"board": 5}, present={"board": 1}), LIMITS)


def test_one_item_that_is_gone_is_no_emptied_side() -> None:
    assert not objections(Tally(known=1, linked={"board": 1}, present={"board": 0}), LIMITS)
