"""Statuses with and without a tick beside the place."""

import pytest

from pmsync.mapping import Mapping, Refusal, Shown, Unmapped, broken, parse
from pmsync.mapping.lens import Lens
from pmsync.mapping.status import StatusLens, status_lens
from pmsync.model.fields import Json, StatusCategory
from pmsync.model.vocabulary import Term

PLACES: dict[str, Json] = {
    "To Do": {"status": "To Do", "category": "TODO"},
    "In Progress": {"status": ["In Progress", "In Review"], "category": "IN_PROGRESS"},
    "Done": {"status": "Done", "category": "DONE", "completed": True},
}
DESIGN: dict[str, Json] = {
    "connector": "asana",
    "statuses": PLACES,
    "completed": "Done",
    "other": "collection",
}


def spec(document: dict[str, Json] = DESIGN, **changes: Json) -> Mapping:
    mapping = parse({**document, **changes})
    assert isinstance(mapping, Mapping), mapping
    return mapping


def lens(*names: str, mapping: Mapping | None = None, flagged: bool = True, closed: str = "") -> StatusLens:
    places = [Term(id=f"{place}:{name}", name=name, open=name != closed) for place, name in enumerate(names)]
    return status_lens(mapping or spec(), places, flagged)


def at(place: str, ticked: bool) -> Json:
    return {"place": place, "completed": ticked}


SECTIONS = ("To Do", "In Progress", "Done", "Ideas")


@pytest.mark.parametrize(
    ("place", "ticked", "status"),
    [
        ("0:To Do", False, "To Do"),
        ("0:To Do", True, "Done"),
        ("1:In Progress", False, "In Progress"),
        ("1:In Progress", True, "Done"),
        ("2:Done", True, "Done"),
        ("2:Done", False, "To Do"),
        ("3:Ideas", True, "Done"),
        ("3:Ideas", False, Unmapped()),
    ],
)
def test_ticked_anywhere_reads_as_done_and_unticked_in_done_as_to_do(place: str, ticked: bool, status: Json) -> None:
    assert lens(*SECTIONS).get(at(place, ticked), None) == status


@pytest.mark.parametrize(
    ("status", "now", "then"),
    [
        ("Done", at("0:To Do", False), at("2:Done", True)),
        ("Done", at("0:To Do", True), at("0:To Do", True)),
        ("To Do", at("2:Done", True), at("0:To Do", False)),
        ("To Do", at("2:Done", False), at("2:Done", False)),
        ("To Do", at("1:In Progress", True), at("0:To Do", False)),
        ("In Progress", at("1:In Progress", True), at("1:In Progress", False)),
        ("In Progress", at("2:Done", True), at("1:In Progress", False)),
        ("In Review", at("1:In Progress", False), at("1:In Progress", False)),
        ("Done", at("3:Ideas", True), at("3:Ideas", True)),
        ("To Do", None, at("0:To Do", False)),
        ("Done", None, at("2:Done", True)),
    ],
)
def test_a_status_put_ticks_and_unticks_with_the_place(status: str, now: Json, then: Json) -> None:
    put = lens(*SECTIONS).put(status, now)
    assert isinstance(put, Shown)
    assert put.native == then


def test_an_item_in_a_collection_is_left_there() -> None:
    assert lens(*SECTIONS).put("Done", at("3:Ideas", False)) == Refusal("")


def test_a_place_not_mapped_is_reported_where_the_mapping_asks_for_it() -> None:
    reporting = lens(*SECTIONS, mapping=spec(other="report"))
    assert reporting.get(at("3:Ideas", False), None) == Unmapped("place 'Ideas' is not in the mapping")
    assert reporting.get(at("gone", False), None) == Unmapped("place 'gone' is not in the mapping")
    assert lens(*SECTIONS, mapping=spec(other="ignore")).get(at("3:Ideas", False), None) == Unmapped()


def test_a_status_shown_as_another_says_so_when_it_is_moved_there_and_stays_quiet_after() -> None:
    sections = lens(*SECTIONS)
    moved = sections.put("In Review", at("0:To Do", False))
    assert moved == Shown(at("1:In Progress", False), "'In Review' is shown as 'In Progress', the nearest here")
    assert sections.get(at("1:In Progress", False), "In Review") == "In Review"
    assert sections.put("In Review", at("1:In Progress", False)) == Shown(at("1:In Progress", False))


def test_a_status_that_no_place_shows_is_refused_and_created_at_the_nearest() -> None:
    other = {"Blocked": StatusCategory.ON_HOLD, "Cancelled": StatusCategory.CANCELLED, "Icebox": StatusCategory.BACKLOG}
    places = [Term(id=name, name=name) for name in SECTIONS]
    sections = status_lens(spec(), places, True, other)
    for status, nearest in (
        ("Blocked", at("In Progress", False)),
        ("Cancelled", at("Done", True)),
        ("Icebox", at("To Do", False)),
    ):
        assert sections.put(status, at("To Do", False)) == Refusal(f"no place here shows {status!r}", nearest)


def test_nothing_is_put_into_an_archived_list_and_what_is_there_is_read() -> None:
    mapping = spec(statuses={**PLACES, "Later": {"status": "To Do", "category": "TODO"}})
    lists = lens("To Do", "Later", "In Progress", "Done", mapping=mapping, flagged=False, closed="To Do")
    assert lists.get({"place": "0:To Do"}, None) == "To Do"
    assert lists.put("To Do", {"place": "0:To Do"}) == Shown({"place": "0:To Do"})
    assert lists.put("To Do", {"place": "3:Done"}) == Shown({"place": "1:Later"})


def test_lists_of_one_name_read_alike_and_the_first_open_one_is_written() -> None:
    lists = lens("To Do", "Done", "Done", flagged=False)
    assert lists.get({"place": "2:Done"}, None) == "Done"
    assert lists.put("Done", {"place": "0:To Do"}) == Shown({"place": "1:Done"})
    assert lists.put("Done", {"place": "2:Done"}) == Shown({"place": "2:Done"})


def test_names_are_recognised_whatever_their_case_and_blanks() -> None:
    lists = lens("TO  DO", " done ", flagged=False)
    assert lists.get({"place": "0:TO  DO"}, None) == "To Do"
    assert lists.put("Done", {"place": "0:TO  DO"}) == Shown({"place": "1: done "})


def test_a_tool_that_only_ticks_is_ticked_where_the_item_is() -> None:
    mapping = spec({"connector": "asana", "statuses": {
        "Now": {"status": ["To Do", "Done"], "category": "TODO"}}, "completed": "Done"})  # fmt: skip
    assert broken(mapping) is None
    sections = lens("Now", mapping=mapping)
    assert sections.get(at("0:Now", True), "To Do") == "Done"
    assert sections.put("Done", at("0:Now", False)) == Shown(at("0:Now", False))


@pytest.mark.parametrize(
    ("statuses", "value", "path"),
    [
        (
            {"Doing": {"status": "In Progress", "category": "IN_PROGRESS", "completed": True},
             "Done": {"status": "Done", "category": "DONE", "completed": True}},
            "In Progress",
            ("statuses", "Doing"),
        ),
        (
            {"Done": {"status": "Done", "category": "DONE"}, "DONE": {"status": "Shipped", "category": "DONE"}},
            "Shipped",
            ("statuses", "DONE"),
        ),
    ],
    ids=["a tick in a place for unfinished work reads as Done", "two names that differ in case alone"],
)  # fmt: skip
def test_a_mapping_that_breaks_a_law_has_the_pair_named(statuses: Json, value: str, path: tuple[str, ...]) -> None:
    witness = broken(spec(statuses=statuses))
    assert witness is not None
    assert (witness.law, witness.value, witness.path) == ("PutGet", value, path)


def test_a_status_lens_is_a_lens() -> None:
    typed: Lens = lens(*SECTIONS)
    assert typed.put(None, None) == Refusal("an item has to have a status")
    assert typed.get(None, None) == Unmapped()


def test_a_tick_stands_in_for_all_finished_work_where_no_place_is_for_it() -> None:
    places = [Term(id=name, name=name) for name in ("To Do", "In Progress")]
    sections = status_lens(spec(), places, True, {"Cancelled": StatusCategory.CANCELLED})
    assert sections.put("Cancelled", at("To Do", False)) == Shown(at("To Do", True))
    assert sections.get(at("To Do", True), "Cancelled") == "Cancelled"
    assert sections.get(at("To Do", True), None) == "Done"


def ticked(value: bool) -> Json:
    return {"completed": value}


TRELLO = {one: {**dict(said), "completed": False} for one, said in PLACES.items() if isinstance(said, dict)}


@pytest.mark.parametrize("flagged", [True, False])
def test_what_is_only_ticked_off_shows_every_finished_status_or_every_other_one(flagged: bool) -> None:
    mapping = spec() if flagged else spec({"connector": "trello", "statuses": {**TRELLO}})
    here = lens("To Do", "In Progress", "Done", mapping=mapping, flagged=flagged)
    assert here.get(ticked(False), None) == "To Do"
    assert here.get(ticked(True), None) == "Done"
    for open_one in ("To Do", "In Progress", "In Review"):
        assert here.get(ticked(False), open_one) == open_one
        assert here.get(ticked(True), open_one) == "Done"
        assert here.put(open_one, ticked(False)) == Shown(ticked(False))
        assert here.put(open_one, ticked(True)) == Shown(ticked(False))
    assert here.get(ticked(False), "Done") == "To Do"
    assert here.put("Done", ticked(False)) == Shown(ticked(True))
    assert here.put("Done", ticked(True)) == Shown(ticked(True))
    assert isinstance(here.put("Nowhere", ticked(True)), Refusal)
    assert (here.name(ticked(True)), here.name(ticked(False))) == ("ticked", "not ticked")
