"""A whole item: several fields, tools that lack one, a first decision, and states of which something was forgotten."""

from dataclasses import replace

from worlds import COARSE, DEEP, FINE, NOW, Letters, Table

from pmsync.mapping.lens import Lens, Shown
from pmsync.model.fields import Field, Json
from pmsync.reconcile.item import decide
from pmsync.reconcile.plan import Decision
from pmsync.reconcile.policy import Policy, Rule
from pmsync.reconcile.state import Direction, ItemState, ReplicaState, Setting

STATUS, LABELS, DUE, TEXT = Field.STATUS, Field.LABELS, Field.DUE, Field.DESCRIPTION

DATES = Letters()


class Plain:
    """Texts that are the same everywhere."""

    def get(self, native: Json, current: Json) -> Json:
        """Itself."""
        return native

    def put(self, value: Json, native: Json) -> Shown:
        """Itself."""
        return Shown(value)


def replica(
    connection: str,
    native: dict[Field, Json],
    base: dict[Field, Json],
    lenses: dict[Field, Lens],
    seen: dict[Field, int] | None = None,
    directions: dict[Field, Direction] | None = None,
) -> ReplicaState:
    """A replica."""
    return ReplicaState(connection, native, base, seen or {}, lenses, NOW, directions or {})


def test_each_field_is_settled_by_itself_and_all_of_them_are_told() -> None:
    lenses: dict[Field, Lens] = {STATUS: COARSE, LABELS: Table({}), DUE: DATES}
    item = ItemState(
        "item", {STATUS: Setting("To Do", 1), DUE: Setting(["d"], 1)},
        (
            replica("fine", {STATUS: "done", DUE: ["d"]}, {STATUS: "todo", DUE: ["d"]}, {STATUS: FINE, DUE: DATES}),
            replica("coarse", {STATUS: "parked", LABELS: "x", DUE: ["c"]}, {STATUS: "open", DUE: ["c"]}, lenses),
        ),
    )  # fmt: skip
    decision = decide(item, {}, NOW)
    assert set(decision.fields) == {STATUS, DUE}
    assert [(write.connection, set(write.changes)) for write in decision.writes] == [("coarse", {DUE})]
    assert [(note.field, note.message) for note in decision.notes] == [
        (STATUS, "parked is not mapped"), (LABELS, "x is not mapped"),
    ]  # fmt: skip


def test_a_field_without_a_lens_and_a_lens_without_a_field_are_left_alone() -> None:
    item = ItemState(
        "item", {STATUS: Setting("Done", 1), LABELS: Setting(["a"], 1)},
        (replica("fine", {STATUS: "todo"}, {STATUS: "todo"}, {LABELS: Letters()}),),
    )  # fmt: skip
    decision = decide(item, {}, NOW)
    assert not decision.writes
    assert not any(decided.bases for decided in decision.fields.values())


def test_the_first_decision_of_a_field_is_revision_one() -> None:
    item = ItemState("item", {}, (replica("fine", {STATUS: "done"}, {}, {STATUS: FINE}),))
    decided = decide(item, {}, NOW).fields[STATUS]
    assert (decided.value, decided.revision, decided.seen) == ("Done", 1, {"fine": 1})


def first(fine: str, coarse: str, policy: Policy | None = None) -> Decision:
    """What is decided of two tools that are compared for the first time."""
    item = ItemState(
        "item", {},
        (
            replica("fine", {STATUS: fine}, {}, {STATUS: FINE}),
            replica("coarse", {STATUS: coarse}, {}, {STATUS: COARSE}),
        ),
    )  # fmt: skip
    return decide(item, {STATUS: policy} if policy else {}, NOW)


def test_a_first_comparison_takes_the_more_specific_and_records_what_differs() -> None:
    assert first("review", "busy").fields[STATUS].value == "In Review"
    assert not first("review", "busy").conflicts
    (conflict,) = first("done", "open").conflicts
    assert [claim.native for claim in conflict.claims] == ["done", "open"]
    assert conflict.policy == "order of the members"


def test_a_first_comparison_under_a_manual_policy_holds_the_field_without_a_value() -> None:
    decision = first("done", "open", Policy(Rule.MANUAL))
    assert decision.held == {STATUS}
    assert (decision.fields[STATUS].value, decision.fields[STATUS].source) == (None, "")


def test_a_tool_that_never_showed_any_revision_is_behind() -> None:
    item = ItemState(
        "item", {STATUS: Setting("To Do", 1, "deep", NOW)},
        (replica("fine", {STATUS: "done"}, {STATUS: "review"}, {STATUS: FINE}),),
    )  # fmt: skip
    decision = decide(item, {STATUS: Policy(Rule.OWNER, ("deep",))}, NOW)
    (conflict,) = decision.conflicts
    assert [claim.pending for claim in conflict.claims] == [False, True]
    assert decision.fields[STATUS].value == "To Do"
    assert decision.fields[STATUS].seen == {"fine": 0}


def test_a_word_for_two_values_is_read_as_the_one_that_the_item_has() -> None:
    item = ItemState(
        "item", {STATUS: Setting("In Review", 1)},
        (replica("coarse", {STATUS: "busy"}, {STATUS: "open"}, {STATUS: COARSE}, {STATUS: 1}),),
    )  # fmt: skip
    decided = decide(item, {}, NOW).fields[STATUS]
    assert (decided.value, decided.revision) == ("In Review", 2)


def test_what_a_field_cannot_say_is_told_also_while_it_waits_for_a_person() -> None:
    item = ItemState(
        "item", {STATUS: Setting("To Do", 1)},
        (
            replica("fine", {STATUS: "done"}, {STATUS: "todo"}, {STATUS: FINE}, {STATUS: 1}),
            replica("deep", {STATUS: "review"}, {STATUS: "backlog"}, {STATUS: DEEP}, {STATUS: 1}),
            replica("coarse", {STATUS: "parked"}, {STATUS: "open"}, {STATUS: COARSE}, {STATUS: 1}),
        ),
    )  # fmt: skip
    decision = decide(item, {STATUS: Policy(Rule.MANUAL)}, NOW)
    assert [note.message for note in decision.notes] == ["parked is not mapped"]
    assert decision.held == {STATUS}


def cleared(*, rebase: bool) -> Decision:
    """What is decided where one tool shows a date and another none, and nothing is known of either."""
    item = ItemState(
        "item", {},
        (replica("left", {DUE: None}, {}, {DUE: DATES}), replica("right", {DUE: ["d"]}, {}, {DUE: DATES})),
        rebase=rebase,
    )  # fmt: skip
    return decide(item, {}, NOW)


def test_emptiness_is_written_over_without_a_word_unless_something_was_forgotten() -> None:
    assert not cleared(rebase=False).conflicts
    (conflict,) = cleared(rebase=True).conflicts
    assert [claim.connection for claim in conflict.claims] == ["right", "left"]
    assert cleared(rebase=True).fields[DUE].value == ["d"]


def test_sets_that_differ_after_something_was_forgotten_are_brought_together_and_told() -> None:
    item = ItemState(
        "item", {},
        (
            replica("left", {LABELS: ["a"]}, {}, {LABELS: DATES}),
            replica("right", {LABELS: ["a", "b"]}, {}, {LABELS: DATES}),
        ),
        rebase=True,
    )  # fmt: skip
    decision = decide(item, {}, NOW)
    assert decision.fields[LABELS].value == ["a", "b"]
    (conflict,) = decision.conflicts
    assert [(claim.connection, claim.native) for claim in conflict.claims] == [("left", ["a"]), ("right", ["a", "b"])]
    assert not decision.held
    assert not decide(replace(item, rebase=False), {}, NOW).conflicts


def test_a_field_that_was_undone_is_held_and_says_so_until_somebody_edits_it() -> None:
    sides = (
        replica("fine", {STATUS: "todo"}, {STATUS: "todo"}, {STATUS: FINE}, {STATUS: 2}),
        replica("coarse", {STATUS: "closed"}, {STATUS: "closed"}, {STATUS: COARSE}, {STATUS: 2}),
    )
    item = ItemState("item", {STATUS: Setting("Done", 2)}, sides, undone=frozenset({STATUS}))
    decision = decide(item, {}, NOW)
    assert decision.held == {STATUS}
    assert {note.message for note in decision.notes} == {
        "held: it was undone; edit it in any tool, or resolve its conflict"
    }
    edited = replica("fine", {STATUS: "review"}, {STATUS: "todo"}, {STATUS: FINE}, {STATUS: 2})
    after = decide(ItemState("item", item.settings, (edited, sides[1]), undone=item.undone), {}, NOW)
    assert not after.held
    assert after.fields[STATUS].value == "In Review"
    assert decide(ItemState("item", {}, (), undone=item.undone), {}, NOW).held == {STATUS}


def test_a_merge_of_texts_records_only_those_that_are_not_in_it() -> None:
    text: dict[Field, Lens] = {TEXT: Plain()}
    before = "One.\n\nTwo."
    sides = (
        replica("left", {TEXT: "One, longer.\n\nTwo."}, {TEXT: before}, text, {TEXT: 1}),
        replica("right", {TEXT: "One.\n\nTwo, longer."}, {TEXT: before}, text, {TEXT: 1}),
    )
    unheard = replica("in", {TEXT: "Three."}, {TEXT: before}, text, {TEXT: 1}, {TEXT: Direction.IN})
    policy = {TEXT: Policy(Rule.MERGE)}
    assert not decide(ItemState("item", {TEXT: Setting(before, 1)}, sides), policy, NOW).conflicts
    (conflict,) = decide(ItemState("item", {TEXT: Setting(before, 1)}, (*sides, unheard)), policy, NOW).conflicts
    assert "Three." in [claim.native for claim in conflict.claims]
