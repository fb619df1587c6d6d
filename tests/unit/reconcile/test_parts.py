"""What is to be done about comments and attachments: each case by itself, and what holds for all of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from depth import trying
from hypothesis import given
from hypothesis import strategies as st

from pmsync.model.part import PartKind
from pmsync.reconcile.part_state import Kept, Mirror, MirrorState, PartDeed, PartState, Place
from pmsync.reconcile.parts import DELETED, HIDDEN, PartAct, decide_parts, ending

NOW = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
KINDS = frozenset(PartKind)
TOOLS = ("jira", "trello", "asana")


def part(identity: str = "p1", connection: str = "jira", **more: object) -> Kept:
    """A comment that somebody made."""
    made = Kept(identity, "item", "sync", connection, PartKind.COMMENT, f"{identity}-native", {"text": "a"}, "digest",
                "ada", "Ada", "", NOW, NOW)  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def place(connection: str, **more: object) -> Place:
    """A tool that gives and takes everything, and whose item we made."""
    return replace(Place(connection, made_by_us=True, account="us", gives=KINDS, takes=KINDS), **more)  # type: ignore[arg-type]


def mirror(of: Kept, connection: str, state: MirrorState = MirrorState.SHOWN, rev: int | None = None) -> Mirror:
    """What the part came to in a tool."""
    native = None if state is MirrorState.REFUSED else f"{of.id}-in-{connection}"
    return Mirror(of.id, connection, of.item, of.sync, of.kind, native, {"text": "a"}, {"text": "a"},
                  of.rev if rev is None else rev, state)  # fmt: skip


def told(acts: Sequence[PartAct]) -> list[tuple[PartDeed, str, str]]:
    return [(act.deed, act.part.id, act.connection) for act in acts]


def decided(
    parts: Sequence[Kept], mirrors: Sequence[Mirror], *places: Place, backfill: bool = False
) -> list[tuple[PartDeed, str, str]]:
    return told(decide_parts(parts, mirrors, places or (place("jira"), place("trello")), backfill=backfill))


_GONE, _MISSING = {"state": PartState.GONE}, {"state": PartState.MISSING}
_MAKE, _EDIT, _REMOVE = PartDeed.MAKE, PartDeed.EDIT, PartDeed.REMOVE
_S = MirrorState


@pytest.mark.parametrize(
    ("shown", "known", "deed"),
    [
        # What somebody made, as it is seen; its mirror and whether that is behind; what is done.
        ({}, None, _MAKE),
        ({"old": True}, None, _MAKE),
        ({"hidden": True}, None, None),
        (_MISSING, None, None),
        (_GONE, None, None),
        ({}, (_S.SHOWN, 0), None),
        ({}, (_S.SHOWN, -1), _EDIT),
        ({"hidden": True}, (_S.SHOWN, 0), _REMOVE),
        ({"hidden": True}, (_S.SHOWN, -1), _REMOVE),
        (_MISSING, (_S.SHOWN, 0), None),
        (_MISSING, (_S.SHOWN, -1), None),
        (_GONE, (_S.SHOWN, 0), _REMOVE),
        ({}, (_S.REMOVED, 0), None),
        ({}, (_S.REMOVED, -1), None),
        ({"hidden": True}, (_S.REMOVED, 0), None),
        (_GONE, (_S.REMOVED, 0), None),
        ({}, (_S.WITHDRAWN, 0), _MAKE),
        ({}, (_S.WITHDRAWN, -1), _MAKE),
        ({"hidden": True}, (_S.WITHDRAWN, 0), None),
        (_GONE, (_S.WITHDRAWN, 0), None),
        ({}, (_S.REFUSED, 0), None),
        ({}, (_S.REFUSED, -1), _MAKE),
        (_GONE, (_S.REFUSED, 0), None),
        ({}, (_S.PAIRED, -1), None),
        (_GONE, (_S.PAIRED, 0), None),
        ({}, (_S.KEPT, 0), None),
        ({}, (_S.KEPT, -1), _EDIT),
        (_GONE, (_S.KEPT, 0), None),
        (_MISSING, (_S.KEPT, 0), None),
        ({"hidden": True}, (_S.KEPT, 0), _REMOVE),
    ],
)
def test_one_part_and_its_mirror(
    shown: dict[str, object], known: tuple[MirrorState, int] | None, deed: PartDeed | None
) -> None:
    more: dict[str, Any] = {"rev": 3, **shown}
    one = part(**more)
    mirrors = [] if known is None else [mirror(one, "trello", known[0], 3 + known[1])]
    assert decided([one], mirrors) == ([] if deed is None else [(deed, "p1", "trello")])


def test_why_a_mirror_goes_is_told_and_only_what_was_deleted_counts_against_the_limit() -> None:
    gone, hidden = part("p1", state=PartState.GONE), part("p2", hidden=True)
    acts = decide_parts(
        [gone, hidden], [mirror(gone, "trello"), mirror(hidden, "trello")], (place("jira"), place("trello")),
        backfill=False,
    )  # fmt: skip
    assert [act.why for act in acts] == [DELETED, HIDDEN]
    assert list(ending(acts)) == ["p1"]


@pytest.mark.parametrize(
    ("origin", "target"),
    [
        (place("jira", gives=frozenset()), place("trello")),
        (place("jira"), place("trello", takes=frozenset())),
        (place("jira", gives=frozenset({PartKind.ATTACHMENT})), place("trello")),
    ],
)
def test_what_does_not_travel_is_not_made_nor_followed_but_is_taken_away(origin: Place, target: Place) -> None:
    one = part(rev=2)
    assert decided([one], [], origin, target) == []
    assert decided([one], [mirror(one, "trello", rev=1)], origin, target) == []
    hidden = replace(one, hidden=True)
    assert decided([hidden], [mirror(hidden, "trello")], origin, target) == [(_REMOVE, "p1", "trello")]


def test_what_is_in_a_tool_that_has_no_item_now_waits() -> None:
    assert decided([part()], [], place("trello"), place("asana")) == []


def test_what_was_there_before_the_items_were_joined_stays_unless_backfilled() -> None:
    theirs = place("trello", made_by_us=False, since=NOW)
    old, early, fresh = (
        part("old", old=True),
        part("early", found_at=NOW - timedelta(seconds=1)),
        part("fresh", found_at=NOW),
    )
    assert decided([old, early, fresh], [], place("jira"), theirs) == [(_MAKE, "fresh", "trello")]
    assert len(decided([old, early, fresh], [], place("jira"), theirs, backfill=True)) == 3


def test_with_backfill_the_same_text_on_both_sides_is_joined_once() -> None:
    here = [part("h1", old=True), part("h2", old=True, made_at=NOW + timedelta(seconds=1))]
    there = part("t1", "trello", old=True, made_at=NOW + timedelta(minutes=1))
    places = (place("jira"), place("trello", made_by_us=False))
    acts = decide_parts([*here, there], [], places, backfill=True)
    assert told(acts) == [(PartDeed.PAIR, "h1", "trello"), (_MAKE, "h2", "trello")]
    assert (acts[0].native_id, acts[0].other) == ("t1-native", "t1")


def test_older_ones_come_first_then_by_the_order_of_the_members() -> None:
    late = part("late", "jira", made_at=NOW + timedelta(seconds=1))
    parts = [late, part("b", "trello"), part("a", "jira")]
    assert [act.part.id for act in decide_parts(parts, [], (place("jira"), place("trello")), backfill=False)] == [
        "a", "b", "late"
    ]  # fmt: skip


# --- what holds for all of them ---------------------------------------------------------------------------------------

_KEPT = st.builds(
    part,
    identity=st.sampled_from(["p1", "p2", "p3", "p4"]),
    connection=st.sampled_from(TOOLS),
    kind=st.sampled_from(PartKind),
    digest=st.sampled_from(["x", "x", "y"]),
    author=st.sampled_from([None, "ada", "us"]),
    rev=st.integers(1, 3),
    hidden=st.booleans(),
    old=st.booleans(),
    state=st.sampled_from(PartState),
    found_at=st.sampled_from([NOW, NOW - timedelta(hours=1)]),
)
_PLACES = st.lists(
    st.builds(
        place,
        connection=st.sampled_from(TOOLS),
        made_by_us=st.booleans(),
        since=st.sampled_from([None, NOW]),
        gives=st.sampled_from([KINDS, frozenset(), frozenset({PartKind.COMMENT})]),
        takes=st.sampled_from([KINDS, frozenset(), frozenset({PartKind.ATTACHMENT})]),
    ),
    max_size=3,
    unique_by=lambda one: one.connection,
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Kept], list[Mirror], list[Place], bool]:
    """What may be known of an item."""
    parts = draw(st.lists(_KEPT, max_size=4, unique_by=lambda one: one.id))
    mirrors = [
        mirror(one, name, draw(st.sampled_from(MirrorState)), draw(st.integers(0, one.rev)))
        for one in parts
        for name in TOOLS
        if name != one.connection and draw(st.booleans())
    ]
    return parts, mirrors, draw(_PLACES), draw(st.booleans())


def _done(parts: list[Kept], mirrors: list[Mirror], acts: Sequence[PartAct]) -> tuple[list[Kept], list[Mirror]]:
    """What is known once all of it is done."""
    known = {(one.part, one.connection): one for one in mirrors}
    kept = {one.id: one for one in parts}
    for act in acts:
        key = act.part.id, act.connection
        match act.deed:
            case PartDeed.REMOVE:
                known[key] = replace(known[key], state=MirrorState.WITHDRAWN)
            case PartDeed.PAIR:
                known[key] = mirror(act.part, act.connection, MirrorState.PAIRED)
                kept[act.other] = replace(kept[act.other], twin=act.part.id)
            case _:
                known[key] = mirror(act.part, act.connection)
    return list(kept.values()), list(known.values())


@trying(100)
@given(worlds())
def test_once_it_is_done_there_is_nothing_left_to_do(world: tuple[list[Kept], list[Mirror], list[Place], bool]) -> None:
    parts, mirrors, places, backfill = world
    acts = decide_parts(parts, mirrors, places, backfill=backfill)
    after = _done(parts, mirrors, acts)
    assert decide_parts(*after, places, backfill=backfill) == ()


@trying(100)
@given(worlds())
def test_nothing_is_made_twice_nor_shown_to_more_people_than_it_was(
    world: tuple[list[Kept], list[Mirror], list[Place], bool],
) -> None:
    parts, mirrors, places, backfill = world
    known = {(one.part, one.connection): one for one in mirrors}
    there = {one.connection: one for one in places}
    acts = decide_parts(parts, mirrors, places, backfill=backfill)
    assert len({(act.part.id, act.connection) for act in acts}) == len(acts)
    for act in acts:
        had = known.get((act.part.id, act.connection))
        assert act.connection != act.part.connection
        if act.deed is PartDeed.REMOVE:
            assert had is not None
            assert had.state in (MirrorState.SHOWN, MirrorState.KEPT)
            continue
        assert not act.part.hidden
        assert act.part.state is PartState.LIVE
        assert act.part.kind in there[act.connection].takes & there[act.part.connection].gives
        if act.deed is PartDeed.MAKE:
            assert had is None or had.state in (MirrorState.WITHDRAWN, MirrorState.REFUSED)


@trying(50)
@given(worlds())
def test_the_order_in_which_things_are_known_says_nothing(
    world: tuple[list[Kept], list[Mirror], list[Place], bool],
) -> None:
    parts, mirrors, places, backfill = world
    acts = decide_parts(parts, mirrors, places, backfill=backfill)
    assert decide_parts(parts[::-1], mirrors[::-1], places, backfill=backfill) == acts


def test_of_several_that_are_the_same_the_oldest_is_the_twin() -> None:
    here = part("h", old=True)
    there = [part(f"t{number}", "trello", old=True, made_at=NOW + timedelta(number)) for number in (1, 2)]
    places = (place("jira"), place("trello", made_by_us=False))
    for parts in (there, there[::-1]):
        assert decide_parts([here, *parts], [], places, backfill=True)[0].other == "t1"
