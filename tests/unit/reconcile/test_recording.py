"""What a decision says: sources and times, what each claim of a conflict was, and what is told of the rest."""

from datetime import datetime, timedelta

import pytest
from worlds import COARSE, DEEP, FINE, NOW, Letters, Table

from pmsync.mapping.lens import Lens, Refusal, Shown, Unmapped
from pmsync.model.fields import Field, Json
from pmsync.reconcile.item import decide
from pmsync.reconcile.plan import Change, Claim, Conflict, Decided, Decision, Note
from pmsync.reconcile.policy import CLOCK_MARGIN, Contender, Policy, Rule, choose
from pmsync.reconcile.state import Direction, ItemState, ReplicaState, Setting

EARLY, LATE = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
STATUS = Field.STATUS


def replica(
    connection: str,
    lens: Lens,
    raw: Json,
    *base: Json,
    seen: int = 3,
    name: Field = STATUS,
    at: datetime | None = LATE,
    way: Direction = Direction.BOTH,
) -> ReplicaState:
    """A replica of one field; without a `base` it is one of which nothing is known."""
    known = {name: base[0]} if base else {}
    return ReplicaState(connection, {name: raw}, known, {name: seen}, {name: lens}, at, {name: way})


def decision(
    *replicas: ReplicaState,
    value: Json = "To Do",
    name: Field = STATUS,
    policy: Policy | None = None,
    held: bool = False,
    complete: bool = True,
) -> Decision:
    """What is decided of an item whose field has this value, since revision 3, as `old` had it."""
    settings = {name: Setting(value, 3, "old", EARLY)}
    item = ItemState("item", settings, replicas, frozenset({name} if held else ()), complete)
    return decide(item, {name: policy or Policy()}, NOW)


class Limited:
    """A lens for texts that has room for three characters, and loses the word `no`; `?` is not mapped."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """Itself."""
        return Unmapped("a question") if native == "?" else native

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """Itself, where there is room."""
        if len(str(value)) > 3:
            return Refusal("too long", opaque=True)
        return Refusal("a no") if value == "no" else Shown(value, "shown in part" if value == "abc" else "")


def test_an_edit_is_told_with_its_source_its_time_and_its_revision() -> None:
    found = decision(replica("fine", FINE, "done", "todo"), replica("coarse", COARSE, "open", "open"))
    assert found.fields[STATUS] == Decided(
        "Done", 4, "fine", LATE, {"fine": "done", "coarse": "open"}, {"fine": 4, "coarse": 3}
    )
    assert found.writes[0].changes == {STATUS: Change("open", "closed", 4, "fine")}
    assert (found.item, found.writes[0].item, found.writes[0].connection) == ("item", "item", "coarse")
    assert not found.conflicts
    assert not found.notes
    assert not found.held
    assert not found.waits


def test_an_edit_of_unknown_time_has_the_time_of_the_decision() -> None:
    assert decision(replica("fine", FINE, "done", "todo", at=None)).fields[STATUS].at == NOW


def test_what_nobody_edited_keeps_its_source_its_time_and_its_revision() -> None:
    found = decision(replica("fine", FINE, "todo", "todo"), replica("coarse", COARSE, "closed", "closed", seen=2))
    assert found.fields[STATUS] == Decided(
        "To Do", 3, "old", EARLY, {"fine": "todo", "coarse": "closed"}, {"fine": 3, "coarse": 2}
    )
    assert found.writes[0].changes == {STATUS: Change("closed", "open", 3, "old")}


def test_an_edit_inside_one_schema_value_is_a_revision_of_the_same_value() -> None:
    found = decision(replica("deep", DEEP, "selected", "backlog"))
    assert found.fields[STATUS] == Decided("To Do", 4, "old", EARLY, {"deep": "selected"}, {"deep": 4})


def test_a_conflict_has_a_claim_of_every_side_and_the_winner() -> None:
    found = decision(
        replica("fine", FINE, "done", "todo", at=EARLY),
        replica("deep", DEEP, "review", "backlog"),
        policy=Policy(Rule.OWNER, ("deep",)),
    )
    claims = (Claim("fine", "Done", "done", EARLY), Claim("deep", "In Review", "review", LATE))
    assert found.conflicts == (Conflict("item", STATUS, claims, Claim("deep", "In Review", None, LATE), "owner"),)


def test_a_value_that_a_side_had_not_seen_is_among_the_claims_as_pending() -> None:
    found = decision(replica("fine", FINE, "done", "review", seen=2), policy=Policy(Rule.OWNER, ("old",)))
    claims = (Claim("fine", "Done", "done", LATE), Claim("old", "To Do", None, EARLY, pending=True))
    assert found.conflicts == (Conflict("item", STATUS, claims, Claim("old", "To Do", None, EARLY), "owner"),)
    assert found.fields[STATUS].revision == 4


def test_a_conflict_that_waits_for_a_person_has_no_winner() -> None:
    found = decision(
        replica("fine", FINE, "done", "todo"), replica("deep", DEEP, "review", "backlog"), policy=Policy(Rule.MANUAL)
    )
    (conflict,) = found.conflicts
    assert conflict.winner is None
    assert conflict.policy == "manual"
    assert found.fields[STATUS].value == "To Do"
    assert (found.fields[STATUS].source, found.fields[STATUS].at) == ("old", EARLY)
    assert found.held == {STATUS}


def test_an_edit_that_another_overrides_is_a_conflict_of_its_own_kind() -> None:
    found = decision(replica("deep", DEEP, "selected", "backlog"), replica("fine", FINE, "done", "todo"))
    (conflict,) = found.conflicts
    assert conflict.policy == "one edit overrides another"
    assert conflict.winner == Claim("fine", "Done", None, LATE)


def test_what_is_held_is_told_of_each_tool_that_has_it() -> None:
    found = decision(replica("fine", FINE, "done", "todo"), replica("coarse", COARSE, "parked", "open"), held=True)
    message = "held: an open conflict has to be resolved"
    assert found.notes == (Note("item", "fine", STATUS, message),)
    assert found.held == {STATUS}
    assert not found.fields


def test_what_is_held_is_released_when_all_tools_agree_and_not_while_one_is_out_of_sight() -> None:
    agreed = (replica("coarse", COARSE, "closed", "closed"), replica("fine", FINE, "done", "todo"))
    found = decision(*agreed, held=True)
    assert not found.held
    assert found.fields[STATUS] == Decided(
        "Done", 4, "fine", NOW, {"coarse": "closed", "fine": "done"}, {"coarse": 4, "fine": 4}
    )
    assert decision(*agreed, held=True, complete=False).held == {STATUS}


def test_agreement_of_which_nobody_knows_who_began_it_has_no_source() -> None:
    found = decision(replica("fine", FINE, "done", "done"), replica("coarse", COARSE, "closed", "closed"), held=True)
    assert found.fields[STATUS].source == ""


def test_a_field_that_is_held_stays_so_where_no_tool_shows_it() -> None:
    assert decision(held=True).held == {STATUS}


def test_waiting_is_told_of_the_tool_of_which_nothing_is_known() -> None:
    found = decision(replica("fine", FINE, "done"), replica("coarse", COARSE, "open", "open"), complete=False)
    (note,) = found.notes
    assert (note.item, note.connection, note.field) == ("item", "fine", STATUS)
    assert note.message.startswith("waits: ")


def test_what_is_not_mapped_is_told_and_left_alone() -> None:
    found = decision(replica("coarse", COARSE, "parked", "open"), replica("fine", FINE, "done", "todo"))
    assert found.notes == (Note("item", "coarse", STATUS, "parked is not mapped"),)
    assert found.fields[STATUS].bases == {"fine": "done"}
    assert found.fields[STATUS].seen == {"coarse": 3, "fine": 4}
    assert not found.writes


def test_where_nothing_is_mapped_nothing_is_decided_and_it_is_told() -> None:
    item = ItemState("item", {}, (replica("coarse", COARSE, "parked"),))
    found = decide(item, {}, NOW)
    assert not found.fields
    assert found.notes == (Note("item", "coarse", STATUS, "parked is not mapped"),)


def test_a_value_that_a_tool_cannot_show_is_told_and_leaves_it_alone() -> None:
    found = decision(
        replica("fine", FINE, "review", "todo"), replica("poor", Table({"open": ("To Do",)}), "open", "open")
    )
    assert found.notes == (Note("item", "poor", STATUS, "no way to show In Review"),)
    assert not found.writes
    assert found.fields[STATUS].seen == {"fine": 4, "poor": 3}


def test_what_a_tool_shows_only_in_part_is_told_with_the_write_and_where_it_may_not_be_written() -> None:
    name = Field.DESCRIPTION
    found = decision(
        replica("left", Limited(), "abc", "x", name=name),
        replica("right", Limited(), "x", "x", name=name),
        replica("out", Limited(), "x", "x", name=name, way=Direction.OUT),
        name=name, value="x",
    )  # fmt: skip
    assert found.writes[0].changes == {name: Change("x", "abc", 4, "left", "shown in part")}
    assert [write.connection for write in found.writes] == ["right"]
    assert [(note.connection, note.message) for note in found.notes] == [
        ("left", "shown in part"), ("right", "shown in part"), ("out", "shown in part"),
    ]  # fmt: skip


def test_an_edit_of_what_is_no_rendering_of_the_text_goes_nowhere_and_is_told() -> None:
    name = Field.DESCRIPTION
    found = decision(
        replica("small", Limited(), "new", "old", name=name), replica("large", Letters(), "long text", "long text",
                                                                      name=name),
        name=name, value="long text",
    )  # fmt: skip
    assert found.fields[name].value == "long text"
    assert found.fields[name].bases == {"large": "long text"}
    assert found.fields[name].seen["small"] == 3
    (note,) = [note for note in found.notes if note.connection == "small"]
    assert "left alone on both sides" in note.message


def test_a_merged_set_and_a_merged_text_come_from_the_first_that_spoke() -> None:
    name = Field.LABELS
    found = decision(
        replica("left", Letters(), ["a", "b"], ["a"], name=name), replica("right", Letters(), ["a", "c"], ["a"],
                                                                          name=name),
        name=name, value=["a"],
    )  # fmt: skip
    assert found.fields[name].value == ["a", "b", "c"]
    assert (found.fields[name].source, found.fields[name].at) == ("left", NOW)


def test_a_set_that_comes_to_what_it_was_keeps_its_source() -> None:
    name = Field.LABELS
    found = decision(replica("late", Letters(), ["a"], [], seen=2, name=name), name=name, value=["a"])
    assert (found.fields[name].value, found.fields[name].source, found.fields[name].at) == (["a"], "old", EARLY)


def test_a_label_that_one_adds_and_another_removes_at_once_stays() -> None:
    name = Field.LABELS
    found = decision(
        replica("left", Letters(), [], ["a"], name=name), replica("right", Letters(), ["a"], [], seen=2, name=name),
        name=name, value=["a"],
    )  # fmt: skip
    assert found.fields[name].value == ["a"]


def contender(connection: str, value: Json, minutes: float | None, *, pending: bool = False) -> Contender:
    """A claim made so many minutes after nine."""
    at = None if minutes is None else NOW + timedelta(minutes=minutes)
    return Contender(connection, value, value, at, pending)


@pytest.mark.parametrize(
    ("minutes", "wins"),
    [((0, 2), "order"), ((0, 2.01), "newest"), ((5, 0), "newest"), ((0, 0), "order"), ((None, 9), "order")],
    ids=str,
)
def test_the_newest_wins_by_more_than_the_clocks_margin_of_all_others(
    minutes: tuple[float | None, float | None], wins: str
) -> None:
    assert timedelta(minutes=2) == CLOCK_MARGIN
    sides = (contender("a", "x", minutes[0]), contender("b", "y", minutes[1]))
    winner, why = choose(Policy(Rule.NEWEST), sides, ("a", "b"))
    assert why.startswith(wins)
    expected = max(sides, key=lambda one: one.at or EARLY) if wins == "newest" else sides[0]
    assert winner == expected


def test_the_first_owner_that_claims_it_wins() -> None:
    sides = (contender("a", "x", 0), contender("b", "y", 9))
    assert choose(Policy(Rule.OWNER, ("elsewhere", "b", "a")), sides, ("a", "b")) == (sides[1], "owner")


def test_what_was_just_edited_goes_before_what_is_pending_from_the_same_tool_and_members_before_others() -> None:
    pending, edit = contender("b", "x", 0, pending=True), contender("b", "y", 0)
    assert choose(Policy(), (pending, edit), ("a", "b")) == (edit, "order of the members")
    person = contender("ada", "z", 0, pending=True)
    assert choose(Policy(), (person, edit), ("a", "b"))[0] == edit
