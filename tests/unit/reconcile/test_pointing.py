"""What is decided about the links of an object, case by case."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest

from pmsync.reconcile.pointing import LinkState, Pointing, TwinLink, point, seen

BLANK = TwinLink("i", "product", "", "s", "1", "")
A, B = "https://a.io/1", "https://b.io/1"


def link(twin: str, url: str, state: LinkState = LinkState.THERE) -> TwinLink:
    """A link to a twin."""
    return replace(BLANK, twin=twin, url=url, state=state)


def decided(twins: Mapping[str, str], *known: TwinLink, certain: bool = True) -> Pointing | None:
    """What is to be done."""
    return point(BLANK, twins, known, certain=certain)


def test_what_is_missing_is_made_and_nothing_is_looked_for() -> None:
    told = decided({"a": A, "b": B}, link("a", A))
    assert told is not None
    assert [one.twin for one in told.new] == ["b"]
    assert told.before == (link("a", A),)
    assert told.unsure == (link("b", B, LinkState.UNSURE),)


def test_nothing_is_done_about_what_is_right() -> None:
    states = (LinkState.THERE, LinkState.MARKED, LinkState.TAKEN, LinkState.REFUSED)
    for one, other in product(states, states):
        assert decided({"a": A, "b": B}, link("a", A, one), link("b", B, other)) is None


@pytest.mark.parametrize("state", list(LinkState))
def test_a_twin_that_is_elsewhere_is_led_to_whatever_became_of_the_link_before(state: LinkState) -> None:
    told = decided({"a": B}, link("a", A, state))
    assert told is not None
    assert told.new == told.links == (link("a", B),)
    known = {LinkState.THERE: (link("a", A),), LinkState.UNSURE: None}
    assert told.before == known.get(state, ())


@pytest.mark.parametrize("state", list(LinkState))
def test_a_link_to_no_twin_is_taken_away_where_it_may_be_there_and_is_ours(state: LinkState) -> None:
    told = decided({}, link("a", A, state))
    assert told is not None
    assert (told.links, told.gone) == ((), (link("a", A, state),))
    assert told.sends == (state in (LinkState.THERE, LinkState.UNSURE))


def test_where_something_is_not_known_all_is_looked_for_but_what_was_taken_away_stays_away() -> None:
    told = decided({"a": A, "b": B}, link("a", A, LinkState.TAKEN), link("b", B, LinkState.UNSURE))
    assert told is not None
    assert told.before is None
    assert [one.twin for one in told.send] == ["b"]
    assert told.links == (link("a", A, LinkState.TAKEN), link("b", B))
    told = decided({"a": A}, certain=False)
    assert told is not None
    assert told.before is None


def test_a_list_tells_what_is_there_what_was_taken_away_and_what_never_came() -> None:
    known = [link("a", A), link("b", B, LinkState.UNSURE), link("c", A, LinkState.MARKED), link("d", "")]
    assert seen(BLANK, {}, known) == ([link("a", A, LinkState.TAKEN)], [link("b", B, LinkState.UNSURE)])
    assert seen(BLANK, {"a": A, "b": B}, known) == ([link("b", B)], [])
    assert seen(BLANK, {"e": B}, []) == ([link("e", B)], [])
