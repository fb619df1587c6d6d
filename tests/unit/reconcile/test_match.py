"""Which strangers are the same item: by decision, marker, reference, title; and who has to wait."""

from collections.abc import Sequence

from pmsync.reconcile.match import Matching, Resident, Ruling, Stranger, match, references

MEMBERS = ("board", "tracker", "plan")


def stranger(
    connection: str,
    remote_id: str,
    title: str,
    *,
    type: str | None = None,  # noqa: A002 - the field's name
    names: Sequence[str] = (),
    refers: Sequence[str] = (),
    marker: str = "",
    ours: bool = False,
) -> Stranger:
    return Stranger(
        connection=connection,
        remote_id=remote_id,
        home=f"home-{connection}-{remote_id}",
        title=title,
        type=type,
        names=frozenset(names),
        refers=frozenset(refers),
        marker=marker,
        ours=ours,
    )


def joined(matching: Matching) -> set[frozenset[tuple[str, str]]]:
    return {frozenset(one.key for one in group.strangers) for group in matching.groups}


def test_the_same_title_in_three_tools_is_one_item() -> None:
    found = match(
        [
            stranger("board", "1", "Pay by card"),
            stranger("tracker", "2", "pay by  card"),
            stranger("plan", "3", "Pay by card."),
        ],
        (), {}, MEMBERS,
    )  # fmt: skip
    assert joined(found) == {frozenset({("board", "1"), ("tracker", "2"), ("plan", "3")})}
    assert found.groups[0].item == "home-board-1"


def test_a_title_that_is_there_twice_on_one_side_is_held_on_all() -> None:
    found = match(
        [stranger("board", "1", "Call"), stranger("board", "2", "Call"), stranger("tracker", "3", "Call")],
        (),
        {},
        MEMBERS,
    )
    assert not found.groups
    assert set(found.held) == {("board", "1"), ("board", "2"), ("tracker", "3")}


def test_a_title_that_is_there_twice_in_one_tool_alone_is_two_items() -> None:
    found = match([stranger("board", "1", "Call"), stranger("board", "2", "Call")], (), {}, MEMBERS)
    assert {one.key for one in found.new} == {("board", "1"), ("board", "2")}


def test_the_same_title_with_different_types_is_held() -> None:
    found = match(
        [stranger("board", "1", "Login", type="BUG"), stranger("tracker", "2", "Login", type="STORY")], (), {}, MEMBERS
    )
    assert set(found.held) == {("board", "1"), ("tracker", "2")}


def test_a_type_that_a_tool_does_not_know_stands_in_no_one_s_way() -> None:
    found = match([stranger("board", "1", "Login"), stranger("tracker", "2", "Login", type="BUG")], (), {}, MEMBERS)
    assert len(found.groups) == 1


def test_a_marker_joins_whatever_the_titles_say() -> None:
    found = match(
        [stranger("board", "1", "Old name"), stranger("tracker", "2", "New name", marker="home-board-1", ours=True)],
        (), {}, MEMBERS,
    )  # fmt: skip
    assert joined(found) == {frozenset({("board", "1"), ("tracker", "2")})}
    assert found.groups[0].why == "marker"


def test_three_tools_are_put_together_again_by_their_markers() -> None:
    found = match(
        [
            stranger("board", "1", "A"),
            stranger("tracker", "2", "B", marker="home-board-1", ours=True),
            stranger("plan", "3", "C", marker="home-board-1", ours=True),
        ],
        (), {}, MEMBERS,
    )  # fmt: skip
    assert joined(found) == {frozenset({("board", "1"), ("tracker", "2"), ("plan", "3")})}


def test_what_we_made_for_an_item_that_is_not_known_waits_and_is_copied_nowhere() -> None:
    found = match([stranger("tracker", "2", "B", marker="somebody-else", ours=True)], (), {}, MEMBERS)
    assert not found.new
    assert "does not know" in found.held["tracker", "2"]


def test_a_copied_marker_of_a_linked_item_makes_a_new_item() -> None:
    resident = Resident("item", "A", None, frozenset({"board", "tracker"}))
    found = match([stranger("tracker", "9", "A copy of it", marker="item")], (resident,), {}, MEMBERS)
    assert [one.key for one in found.new] == [("tracker", "9")]


def test_an_explicit_reference_joins() -> None:
    found = match(
        [stranger("board", "1", "Something", refers=["eng-12"]), stranger("tracker", "2", "Else", names=["eng-12"])],
        (), {}, MEMBERS,
    )  # fmt: skip
    assert found.groups[0].why == "reference"


def test_references_to_two_items_join_neither() -> None:
    found = match(
        [
            stranger("board", "1", "Something", refers=["eng-12", "eng-13"]),
            stranger("tracker", "2", "Else", names=["eng-12"]),
            stranger("tracker", "3", "Other", names=["eng-13"]),
        ],
        (), {}, MEMBERS,
    )  # fmt: skip
    assert not found.groups


def test_a_stranger_joins_a_known_item_that_lacks_its_tool() -> None:
    resident = Resident("item", "Pay by card", None, frozenset({"board"}))
    found = match([stranger("plan", "3", "Pay by card")], (resident,), {}, MEMBERS)
    assert [(group.item, group.known) for group in found.groups] == [("item", True)]


def test_a_second_item_of_the_same_title_is_no_stranger_to_join() -> None:
    resident = Resident("item", "Weekly report", None, frozenset(MEMBERS))
    found = match([stranger("board", "7", "Weekly report")], (resident,), {}, MEMBERS)
    assert [one.key for one in found.new] == [("board", "7")]


def test_titles_that_are_nearly_the_same_are_suggested_and_wait() -> None:
    found = match(
        [stranger("board", "1", "Fix login on Safari"), stranger("tracker", "2", "Fix login in Safari")],
        (),
        {},
        MEMBERS,
    )
    assert not found.new
    assert {one.stranger for one in found.suggestions} == {("board", "1"), ("tracker", "2")}


def test_titles_that_differ_in_a_number_are_not_suggested() -> None:
    found = match(
        [stranger("board", "1", "Release notes 2.14"), stranger("tracker", "2", "Release notes 2.15")], (), {}, MEMBERS
    )
    assert len(found.new) == 2


def test_a_decision_to_join_is_carried_out() -> None:
    rulings = {("tracker", "2"): Ruling("join", "home-board-1")}
    found = match([stranger("board", "1", "Left"), stranger("tracker", "2", "Right")], (), rulings, MEMBERS)
    assert joined(found) == {frozenset({("board", "1"), ("tracker", "2")})}


def test_a_decision_that_it_is_new_ends_the_waiting() -> None:
    rulings = {("board", "1"): Ruling("new"), ("tracker", "2"): Ruling("ignore")}
    found = match(
        [stranger("board", "1", "Fix login on Safari"), stranger("tracker", "2", "Fix login in Safari")],
        (),
        rulings,
        MEMBERS,
    )
    assert [one.key for one in found.new] == [("board", "1")]
    assert set(found.held) == {("tracker", "2")}


def test_a_line_that_is_a_key_or_a_url_is_a_reference_and_a_mention_is_not() -> None:
    lines = ["Jira: ENG-12", "see ENG-13 for more", "<https://t.example/c/x/>", "ENG-14", "Notes: ask Ada"]
    assert references(lines) == {
        "eng-12", "https://t.example/c/x", "eng-14",
    }  # fmt: skip
