"""What may become a base: an edit is acknowledged only once it is shown, merged or recorded."""

from datetime import timedelta

from worlds import COARSE, DEEP, FINE, NOW, Letters, Table

from pmsync.mapping.lens import Lens, Shown
from pmsync.model.fields import Field, Json
from pmsync.reconcile.item import decide
from pmsync.reconcile.plan import Decision
from pmsync.reconcile.policy import Contender, Policy, Rule, choose
from pmsync.reconcile.state import Direction, ItemState, ReplicaState, Setting

NO_REVIEW = Table({"open": ("To Do",), "closed": ("Done",), "parked": ("On Hold",)})


def replica(
    connection: str, name: Field, lens: Lens, raw: Json, *base: Json, seen: int = 3, way: Direction = Direction.BOTH
) -> ReplicaState:
    """A replica of one field; without a `base` it is one of which nothing is known."""
    known = {name: base[0]} if base else {}
    return ReplicaState(connection, {name: raw}, known, {name: seen}, {name: lens}, NOW, {name: way})


def decided(
    name: Field, value: Json, *replicas: ReplicaState, policy: Policy | None = None, complete: bool = True
) -> Decision:
    """What is decided of an item whose field has this value, since revision 3."""
    item = ItemState("item", {name: Setting(value, 3, "fine", NOW)}, replicas, complete=complete)
    return decide(item, {name: policy or Policy()}, NOW)


def test_an_edit_where_only_pmsync_writes_is_recorded_before_it_is_written_over() -> None:
    decision = decided(
        Field.STATUS, "To Do",
        replica("fine", Field.STATUS, FINE, "todo", "todo"),
        replica("deep", Field.STATUS, DEEP, "done", "backlog", way=Direction.IN),
    )  # fmt: skip
    (write,) = decision.writes
    assert write.connection == "deep"
    (conflict,) = decision.conflicts
    assert [claim.native for claim in conflict.claims if not claim.pending] == ["done"]
    assert decision.fields[Field.STATUS].bases == {"fine": "todo", "deep": "done"}


def test_an_edit_that_is_not_heard_is_not_acknowledged_where_the_tool_cannot_show_the_item_s_value() -> None:
    decision = decided(
        Field.STATUS, "In Review",
        replica("fine", Field.STATUS, FINE, "review", "review"),
        replica("poor", Field.STATUS, NO_REVIEW, "parked", "open", way=Direction.IN),
    )  # fmt: skip
    assert not decision.writes
    assert decision.fields[Field.STATUS].bases == {"fine": "review"}


def test_what_was_not_heard_is_recorded_when_the_item_s_value_can_be_shown_again() -> None:
    decision = decided(
        Field.STATUS, "In Review",
        replica("fine", Field.STATUS, FINE, "done", "review"),
        replica("poor", Field.STATUS, NO_REVIEW, "parked", "open", way=Direction.IN),
    )  # fmt: skip
    (write,) = decision.writes
    assert write.changes[Field.STATUS].after == "closed"
    assert "parked" in {claim.native for conflict in decision.conflicts for claim in conflict.claims}


def test_an_edit_that_is_not_heard_is_not_acknowledged_while_the_field_waits_for_a_person() -> None:
    decision = decided(
        Field.STATUS, "To Do",
        replica("fine", Field.STATUS, FINE, "done", "todo"),
        replica("coarse", Field.STATUS, COARSE, "busy", "open"),
        replica("deep", Field.STATUS, DEEP, "review", "backlog", way=Direction.IN),
        policy=Policy(Rule.MANUAL),
    )  # fmt: skip
    assert decision.held == {Field.STATUS}
    assert "deep" not in decision.fields[Field.STATUS].bases


def test_a_label_taken_off_where_only_pmsync_writes_is_put_back_and_recorded() -> None:
    decision = decided(
        Field.LABELS, ["bug", "money"],
        replica("left", Field.LABELS, Letters(), ["bug", "money"], ["bug", "money"]),
        replica("right", Field.LABELS, Letters(), ["bug"], ["bug", "money"], way=Direction.IN),
    )  # fmt: skip
    (write,) = decision.writes
    assert write.changes[Field.LABELS].after == ["bug", "money"]
    (conflict,) = decision.conflicts
    assert ["bug"] in [claim.native for claim in conflict.claims]


def test_a_label_that_others_added_or_removed_meanwhile_is_no_conflict() -> None:
    decision = decided(
        Field.LABELS, ["a", "b"],
        replica("left", Field.LABELS, Letters(), ["a", "b", "c"], ["a", "b"]),
        replica("right", Field.LABELS, Letters(), ["a"], ["a", "b"]),
    )  # fmt: skip
    assert decision.fields[Field.LABELS].value == ["a", "c"]
    assert not decision.conflicts


def test_nothing_is_decided_from_an_unknown_past_while_a_tool_is_out_of_sight() -> None:
    there = (
        replica("fine", Field.STATUS, FINE, "done", seen=0),
        replica("coarse", Field.STATUS, COARSE, "open", "open"),
    )
    decision = decided(Field.STATUS, "To Do", *there, complete=False)
    assert not decision.fields
    assert not decision.writes
    assert not decision.conflicts
    assert decision.waits == {Field.STATUS}
    assert {note.connection for note in decision.notes} == {"fine"}
    later = decided(Field.STATUS, "To Do", *there)
    assert not later.waits
    assert later.writes
    assert later.conflicts


def test_what_is_known_of_all_in_sight_is_decided_without_those_out_of_sight() -> None:
    decision = decided(
        Field.STATUS, "To Do",
        replica("fine", Field.STATUS, FINE, "done", "todo"),
        replica("coarse", Field.STATUS, COARSE, "open", "open"),
        complete=False,
    )  # fmt: skip
    assert [write.connection for write in decision.writes] == ["coarse"]
    assert not decision.waits


def test_emptiness_of_which_nothing_is_known_keeps_nobody_waiting() -> None:
    decision = decided(
        Field.LABELS, ["a"],
        replica("left", Field.LABELS, Letters(), []),
        replica("right", Field.LABELS, Letters(), ["a", "b"], ["a"]),
        complete=False,
    )  # fmt: skip
    assert decision.fields[Field.LABELS].value == ["a", "b"]


def test_the_newest_value_wins_even_if_two_tools_show_it_at_nearly_the_same_time() -> None:
    old = Contender("a", "x", "x", NOW)
    new = Contender("b", "y", "y", NOW + timedelta(minutes=10))
    same = Contender("c", "y", "y", NOW + timedelta(minutes=10, seconds=30))
    winner, why = choose(Policy(Rule.NEWEST, ("a",)), (old, new, same), ("a", "b", "c"))
    assert (winner.value, why) == ("y", "newest")


def test_an_edit_inside_one_schema_value_is_recorded_even_where_the_tool_cannot_show_what_wins() -> None:
    lens = Table({"next": ("To Do",), "soon": ("To Do",)})
    decision = decided(
        Field.STATUS, "To Do",
        replica("fine", Field.STATUS, FINE, "done", "todo"),
        replica("poor", Field.STATUS, lens, "soon", "next"),
    )  # fmt: skip
    assert decision.fields[Field.STATUS].bases["poor"] == "soon"
    assert "soon" in {claim.native for conflict in decision.conflicts for claim in conflict.claims}


class Plain:
    """A lens for texts that are the same everywhere."""

    def get(self, native: Json, current: Json) -> Json:
        """Itself."""
        return native

    def put(self, value: Json, native: Json) -> Shown:
        """Itself."""
        return Shown(value)


def test_texts_of_which_one_takes_out_what_the_other_puts_in_are_no_merge_but_a_conflict() -> None:
    decision = decided(
        Field.DESCRIPTION, "",
        replica("left", Field.DESCRIPTION, Plain(), "One.\n\nTwo.", ""),
        replica("right", Field.DESCRIPTION, Plain(), "", "One.\n\nTwo.", seen=2),
        policy=Policy(Rule.MERGE),
    )  # fmt: skip
    (conflict,) = decision.conflicts
    assert {"One.\n\nTwo.", ""} == {claim.native for claim in conflict.claims if not claim.pending}


def test_texts_merge_though_one_tool_has_not_yet_shown_what_another_did() -> None:
    decision = decided(
        Field.DESCRIPTION, "One.\n\nTwo, longer.",
        replica("left", Field.DESCRIPTION, Plain(), "Zero.\n\nOne.\n\nTwo.", "One.\n\nTwo.", seen=2),
        replica("right", Field.DESCRIPTION, Plain(), "One.\n\nTwo, longer.\n\nThree.", "One.\n\nTwo, longer."),
        policy=Policy(Rule.MERGE),
    )  # fmt: skip
    assert decision.fields[Field.DESCRIPTION].value == "Zero.\n\nOne.\n\nTwo, longer.\n\nThree."
    assert not decision.conflicts


class Discreet:
    """The lens of a tool that has no form for one word."""

    def get(self, native: Json, current: Json) -> Json:
        """What it shows, or the text of which that is all that it can show."""
        return current if current is not None and _without_the_word(current) == native else native

    def put(self, value: Json, native: Json) -> Shown:
        """The text without that word; what says the same already as it is."""
        return Shown(native if native == value else _without_the_word(value))


def _without_the_word(text: Json) -> str:
    return str(text).replace("secret", "…")


def texts(current: str, *replicas: tuple[str, str, str]) -> Decision:
    """What is decided of texts in tools that lack one word: per replica its name, what it shows, and its base."""
    sides = (replica(one, Field.DESCRIPTION, Discreet(), raw, base) for one, raw, base in replicas)
    return decided(Field.DESCRIPTION, current, *sides, policy=Policy(Rule.MERGE))


def test_what_was_typed_where_it_could_not_be_shown_is_recorded_when_another_takes_it_out() -> None:
    """To the item it is nothing new, so that the texts merge without it; and yet somebody wrote it."""
    known = "One.\n\nTwo.\n\nThree: …."
    decision = texts(
        "One.\n\nTwo.\n\nThree: secret.",
        ("left", "Zero.\n\nOne.\n\nTwo.", known),
        ("middle", "One.", known),
        ("right", "One.\n\nTwo.\n\nThree: secret.", known),
    )
    assert decision.fields[Field.DESCRIPTION].value == "Zero.\n\nOne."
    (conflict,) = decision.conflicts
    assert ("right", "One.\n\nTwo.\n\nThree: secret.") in [(one.connection, one.native) for one in conflict.claims]


def test_what_was_typed_where_it_cannot_be_shown_is_merged_with_the_rest() -> None:
    known = "One.\n\nTwo."
    decision = texts(known, ("left", "One.\n\nTwo, longer.", known), ("right", "One: secret.\n\nTwo.", known))
    assert decision.fields[Field.DESCRIPTION].value == "One: secret.\n\nTwo, longer."
    assert not decision.conflicts


def labels(value: list[str], *replicas: tuple[str, list[str], list[str], Direction]) -> Decision:
    """What is decided of labels: per replica its name, what it shows, its base, and its direction."""
    return decided(
        Field.LABELS, [*value],
        *(replica(one, Field.LABELS, Letters(), [*raw], [*base], way=way) for one, raw, base, way in replicas),
    )  # fmt: skip


def test_a_label_put_on_where_only_pmsync_writes_is_taken_off_and_recorded() -> None:
    decision = labels(["a"], ("left", ["a", "b"], ["a"], Direction.IN), ("right", ["a"], ["a"], Direction.BOTH))
    (conflict,) = decision.conflicts
    assert [claim.native for claim in conflict.claims if not claim.pending] == [["a", "b"]]
    assert decision.writes[0].changes[Field.LABELS].after == ["a"]


def test_labels_that_are_not_heard_and_come_to_what_the_item_has_are_no_conflict() -> None:
    decision = labels(["a", "b"], ("left", ["b"], ["a"], Direction.IN), ("right", ["b"], ["a", "b"], Direction.BOTH))
    assert decision.fields[Field.LABELS].value == ["b"]
    assert not decision.conflicts
    assert not decision.writes


def test_a_label_that_was_not_heard_and_stays_is_no_conflict_though_others_come_with_it() -> None:
    decision = labels(["a", "b"], ("left", ["a"], [], Direction.IN), ("right", ["a", "b"], ["a", "b"], Direction.BOTH))
    assert [write.connection for write in decision.writes] == ["left"]
    assert not decision.conflicts


def test_labels_taken_off_in_two_tools_are_all_gone() -> None:
    both = Direction.BOTH
    decision = labels(["a", "b", "c"], ("left", ["b", "c"], ["a", "b", "c"], both),
                      ("right", ["a", "c"], ["a", "b", "c"], both))  # fmt: skip
    assert decision.fields[Field.LABELS].value == ["c"]


def test_texts_of_which_nothing_was_known_are_no_merge() -> None:
    decision = decided(
        Field.DESCRIPTION, "One.",
        replica("left", Field.DESCRIPTION, Plain(), "One.\n\nTwo."),
        replica("right", Field.DESCRIPTION, Plain(), "Zero.\n\nOne.", "One."),
        policy=Policy(Rule.MERGE),
    )  # fmt: skip
    (conflict,) = decision.conflicts
    assert conflict.policy == "order of the members"


def test_texts_of_an_item_that_has_none_yet_are_no_merge() -> None:
    name = Field.DESCRIPTION
    sides = (replica("left", name, Plain(), "One.", ""), replica("right", name, Plain(), "Two.", ""))
    item = ItemState("item", {}, sides)
    (conflict,) = decide(item, {Field.DESCRIPTION: Policy(Rule.MERGE)}, NOW).conflicts
    assert {claim.native for claim in conflict.claims} == {"One.", "Two."}


def test_the_first_label_put_on_where_only_pmsync_writes_is_recorded_too() -> None:
    (conflict,) = labels(["a"], ("left", ["b"], [], Direction.IN), ("right", ["a"], ["a"], Direction.BOTH)).conflicts
    assert ["b"] in [claim.native for claim in conflict.claims]


def two_texts(policy: Policy) -> Decision:
    """What is decided where two tools edited different paragraphs."""
    name, before = Field.DESCRIPTION, "One.\n\nTwo."
    return decided(
        name, before,
        replica("left", name, Plain(), "One, longer.\n\nTwo.", before),
        replica("right", name, Plain(), "One.\n\nTwo, longer.", before),
        policy=policy,
    )  # fmt: skip


def test_a_merged_text_comes_from_the_first_that_spoke_at_the_time_of_the_decision() -> None:
    found = two_texts(Policy(Rule.MERGE)).fields[Field.DESCRIPTION]
    assert (found.value, found.source, found.at) == ("One, longer.\n\nTwo, longer.", "left", NOW)


def test_texts_are_merged_only_where_the_policy_says_so() -> None:
    decision = two_texts(Policy(Rule.OWNER, ("right",)))
    assert decision.fields[Field.DESCRIPTION].value == "One.\n\nTwo, longer."
    assert decision.conflicts


def held(*replicas: ReplicaState) -> frozenset[Field]:
    """The fields that stay held, of these replicas."""
    item = ItemState("item", {Field.STATUS: Setting("To Do", 3, "", NOW)}, replicas, frozenset({Field.STATUS}))
    return decide(item, {}, NOW).held


def test_what_is_held_is_released_by_two_tools_that_agree_and_by_the_only_one_there_is() -> None:
    fine, deep = (
        replica("fine", Field.STATUS, FINE, "done", "done"),
        replica("deep", Field.STATUS, DEEP, "done", "done"),
    )
    unmapped = replica("coarse", Field.STATUS, COARSE, "parked", "open")
    assert not held(fine)
    assert held(fine, unmapped)
    assert not held(fine, deep, unmapped)


def test_what_was_undone_does_not_come_back_with_the_label_that_ends_it() -> None:
    name = Field.LABELS
    sides = (
        replica("left", name, Letters(), ["a", "c"], ["a"]), replica("right", name, Letters(), ["a"], ["a"]),
    )  # fmt: skip
    item = ItemState("item", {name: Setting(["a", "b"], 3, "left", NOW)}, sides, undone=frozenset({name}))
    decision = decide(item, {}, NOW)
    assert decision.fields[name].value == ["a", "c"]
    assert not decision.held
