"""The workflow of the emulated project: its statuses, its transitions, their screens. Not any-to-any."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Category:
    """One of Jira's three kinds of status."""

    id: int
    key: str
    color: str
    name: str


NEW = Category(2, "new", "blue-gray", "To Do")
INDETERMINATE = Category(4, "indeterminate", "yellow", "In Progress")
DONE = Category(3, "done", "green", "Done")
CATEGORIES = (NEW, INDETERMINATE, DONE)


@dataclass(frozen=True, slots=True)
class Status:
    """A status of the workflow."""

    id: str
    name: str
    category: Category


BACKLOG = Status("10000", "Backlog", NEW)
TO_DO = Status("10001", "To Do", NEW)
SELECTED = Status("10002", "Selected for Development", NEW)
IN_PROGRESS = Status("3", "In Progress", INDETERMINATE)
IN_REVIEW = Status("10003", "In Review", INDETERMINATE)
BLOCKED = Status("10004", "Blocked", INDETERMINATE)
FINISHED = Status("10005", "Done", DONE)
WONT_DO = Status("10006", "Won't Do", DONE)

STATUSES = {
    status.id: status for status in (BACKLOG, TO_DO, SELECTED, IN_PROGRESS, IN_REVIEW, BLOCKED, FINISHED, WONT_DO)
}


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from some statuses to another. With a screen, `resolution` can be set there and has to be."""

    id: str
    name: str
    origins: tuple[Status, ...]
    to: Status
    screen: bool = False
    clears_resolution: bool = False


TRANSITIONS = {
    transition.id: transition
    for transition in (
        Transition("11", "Plan", (BACKLOG,), TO_DO),
        Transition("21", "Back to backlog", (TO_DO, SELECTED), BACKLOG),
        Transition("31", "Select", (BACKLOG,), SELECTED),
        Transition("41", "Start progress", (TO_DO, SELECTED), IN_PROGRESS),
        Transition("51", "Stop progress", (IN_PROGRESS,), TO_DO),
        Transition("61", "Ask for review", (IN_PROGRESS,), IN_REVIEW),
        Transition("71", "Changes requested", (IN_REVIEW,), IN_PROGRESS),
        Transition("81", "Approve", (IN_REVIEW,), FINISHED, screen=True),
        Transition("91", "Block", (IN_PROGRESS,), BLOCKED),
        Transition("101", "Unblock", (BLOCKED,), IN_PROGRESS),
        Transition("111", "Reopen", (FINISHED, WONT_DO), TO_DO, clears_resolution=True),
        Transition("121", "Won't do", (BACKLOG, TO_DO, IN_PROGRESS), WONT_DO, screen=True),
    )
}


def offered(status: Status) -> list[Transition]:
    """The transitions that lead out of a status."""
    return [transition for transition in TRANSITIONS.values() if status in transition.origins]


@dataclass(frozen=True, slots=True)
class Named:
    """A value of a fixed list: a priority, a resolution."""

    id: str
    name: str
    description: str
    color: str = ""


RESOLUTIONS = {
    value.id: value
    for value in (
        Named("10000", "Done", "Work has been completed on this issue."),
        Named("10001", "Won't Do", "This issue won't be actioned."),
        Named("10002", "Duplicate", "The problem is a duplicate of an existing issue."),
        Named("10003", "Cannot Reproduce", "All attempts at reproducing this issue failed."),
    )
}

PRIORITIES = {
    value.id: value
    for value in (
        Named("1", "Highest", "This problem will block progress.", "#d04437"),
        Named("2", "High", "Serious problem that could block progress.", "#f15C75"),
        Named("3", "Medium", "Has the potential to affect progress.", "#f79232"),
        Named("4", "Low", "Minor problem or easily worked around.", "#707070"),
        Named("5", "Lowest", "Trivial problem with little or no impact on progress.", "#999999"),
    )
}
DEFAULT_PRIORITY = "3"


@dataclass(frozen=True, slots=True)
class IssueType:
    """A type of issue; `level` is its place in the hierarchy: 1 epic, 0 standard, -1 sub-task."""

    id: str
    name: str
    level: int
    description: str

    @property
    def subtask(self) -> bool:
        return self.level < 0


EPIC = IssueType("10000", "Epic", 1, "A big user story that needs to be broken down.")
STORY = IssueType("10001", "Story", 0, "Functionality or a feature expressed as a user goal.")
TASK = IssueType("10002", "Task", 0, "A small, distinct piece of work.")
BUG = IssueType("10004", "Bug", 0, "A problem or error.")
SUBTASK = IssueType("10003", "Sub-task", -1, "A small piece of work that's part of a larger task.")

TYPES = {kind.id: kind for kind in (EPIC, STORY, TASK, BUG, SUBTASK)}


def category_json(category: Category, api: str) -> dict[str, Any]:
    """A status category as the API shows it. `api`: what `self` starts with."""
    return {
        "self": f"{api}/statuscategory/{category.id}",
        "id": category.id,
        "key": category.key,
        "colorName": category.color,
        "name": category.name,
    }


def status_json(status: Status, api: str) -> dict[str, Any]:
    """A status as the API shows it."""
    return {
        "self": f"{api}/status/{status.id}",
        "description": "",
        "iconUrl": f"{api.partition('/rest/')[0]}/images/icons/statuses/generic.png",
        "name": status.name,
        "id": status.id,
        "statusCategory": category_json(status.category, api),
    }


def type_json(kind: IssueType, api: str) -> dict[str, Any]:
    """An issue type as the API shows it."""
    return {
        "self": f"{api}/issuetype/{kind.id}",
        "id": kind.id,
        "description": kind.description,
        "iconUrl": f"{api.partition('/rest/')[0]}/images/icons/issuetypes/{kind.id}.svg",
        "name": kind.name,
        "subtask": kind.subtask,
        "avatarId": 10300 + int(kind.id) % 100,
        "hierarchyLevel": kind.level,
    }


def priority_json(priority: Named, api: str) -> dict[str, Any]:
    """A priority as the API shows it inside an issue."""
    return {
        "self": f"{api}/priority/{priority.id}",
        "iconUrl": f"{api.partition('/rest/')[0]}/images/icons/priorities/{priority.name.lower()}.svg",
        "name": priority.name,
        "id": priority.id,
    }


def resolution_json(resolution: Named, api: str) -> dict[str, Any]:
    """A resolution as the API shows it."""
    return {
        "self": f"{api}/resolution/{resolution.id}",
        "id": resolution.id,
        "description": resolution.description,
        "name": resolution.name,
    }
