"""The three shipped mappings together: any move in one of the usual projects shows in the others."""

from itertools import permutations, product

import pytest

from pmsync.config import load_mapping, shipped
from pmsync.config.shelf import SHELF
from pmsync.mapping import Mapping, Shown, broken, disagreements, union_statuses
from pmsync.mapping.lens import Unmapped
from pmsync.mapping.status import StatusLens, status_lens
from pmsync.model.fields import Json, StatusCategory
from pmsync.model.vocabulary import Term

USUAL = {
    "trello-kanban": ("Backlog", "To Do", "Doing", "Review", "Done"),
    "jira-software": (
        "Backlog", "To Do", "Selected for Development", "In Progress", "In Review", "Blocked", "Done", "Won't Do",
    ),
    "asana-sections": ("Backlog", "To Do", "In Progress", "Done"),
}  # fmt: skip
BARE = {
    "trello-kanban": ("To Do", "Doing", "Done"),
    "jira-software": ("To Do", "In Progress", "Done"),
    "asana-sections": ("To Do", "Doing", "Done"),
}
MAPPINGS = {name: load_mapping(SHELF / f"{name}.yaml") for name in USUAL}


def lenses(projects: dict[str, tuple[str, ...]]) -> dict[str, StatusLens]:
    union = union_statuses(MAPPINGS.values())
    return {
        name: status_lens(
            MAPPINGS[name], [Term(id=place, name=place) for place in places], name == "asana-sections", union
        )
        for name, places in projects.items()
    }


def natives(lens: StatusLens) -> list[Json]:
    if not lens.flagged:
        return [{"place": place} for place in lens.names]
    return [{"place": place, "completed": ticked} for place in lens.names for ticked in (False, True)]


def test_there_is_a_mapping_for_each_tool_and_each_keeps_the_laws() -> None:
    assert set(shipped()) == set(USUAL)
    assert [broken(mapping) for mapping in MAPPINGS.values()] == [None, None, None]
    assert disagreements(MAPPINGS) == ()


def test_together_they_have_one_vocabulary_in_the_order_of_the_work() -> None:
    for order in permutations(MAPPINGS.values()):
        assert union_statuses(order) == {
            "Backlog": StatusCategory.BACKLOG,
            "To Do": StatusCategory.TODO,
            "In Progress": StatusCategory.IN_PROGRESS,
            "In Review": StatusCategory.IN_PROGRESS,
            "Blocked": StatusCategory.ON_HOLD,
            "Done": StatusCategory.DONE,
            "Cancelled": StatusCategory.CANCELLED,
        }


@pytest.mark.parametrize("projects", [USUAL, BARE], ids=["usual", "bare"])
def test_any_move_in_one_project_shows_in_the_others_and_comes_back_as_itself(
    projects: dict[str, tuple[str, ...]],
) -> None:
    bound = lenses(projects)
    for (source, lens), (target, other) in product(bound.items(), bound.items()):
        for moved, there in product(natives(lens), natives(other)):
            status = lens.get(moved, None)
            assert not isinstance(status, Unmapped), (source, moved)
            put = other.put(status, there)
            assert isinstance(put, Shown), (source, moved, target)
            assert other.get(put.native, status) == status
            assert lens.put(status, moved) == Shown(moved)


@pytest.mark.parametrize(
    ("status", "trello", "jira", "asana"),
    [
        ("Backlog", "Backlog", "Backlog", "Backlog"),
        ("To Do", "To Do", "To Do", "To Do"),
        ("In Progress", "Doing", "In Progress", "In Progress"),
        ("In Review", "Review", "In Review", "In Progress"),
        ("Blocked", "Doing", "Blocked", "In Progress"),
        ("Done", "Done", "Done", "Done"),
        ("Cancelled", "Done", "Won't Do", "Done"),
    ],
)
def test_where_each_status_is_shown(status: str, trello: str, jira: str, asana: str) -> None:
    bound = lenses(USUAL)
    shown = [bound[name].name(bound[name].native_for(status)) for name in USUAL]
    assert shown == [trello, jira, asana]


def test_a_move_between_two_names_of_one_status_is_left_alone() -> None:
    jira = lenses(USUAL)["jira-software"]
    assert jira.put("To Do", {"place": "Selected for Development"}) == Shown({"place": "Selected for Development"})


def test_a_list_that_has_the_status_as_its_own_takes_it_from_the_one_that_stood_in() -> None:
    jira, trello = lenses(USUAL)["jira-software"], lenses(USUAL)["trello-kanban"]
    assert jira.put("Blocked", {"place": "In Progress"}) == Shown({"place": "Blocked"})
    assert trello.put("Blocked", {"place": "Doing"}) == Shown({"place": "Doing"})


def test_mappings_are_data_only() -> None:
    assert all(isinstance(mapping, Mapping) for mapping in MAPPINGS.values())
    assert {path.suffix for path in SHELF.iterdir()} <= {".yaml", ".md"}
