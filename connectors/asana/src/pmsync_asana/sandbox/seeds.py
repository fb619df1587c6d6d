"""What the emulated workspace begins with."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pmsync.sandbox.backlog import Story, share
from pmsync.sandbox.people import PEOPLE
from pmsync_asana.sandbox.records import Membership, Project, Task
from pmsync_asana.sandbox.world import World, instant, moment
from pmsync_asana.text import XmlDialect

SECTIONS = ("Backlog", "To Do", "In Progress", "Done")
PRIORITIES = ("High", "Medium", "Low")
_PLACES = {"backlog": "Backlog", "todo": "To Do", "doing": "In Progress", "review": "In Progress", "done": "Done"}
_PRIORITY = {"urgent": "High", "high": "High", "medium": "Medium", "low": "Low"}


def plant(seed: str, world: World, parts: Mapping[str, Any]) -> None:
    """Fill a new world. Raises ValueError for a seed that there is not."""
    if seed not in ("empty", "demo"):
        raise ValueError(f"no seed {seed!r}; there are: demo, empty")
    project = _launch(world, parts)
    if seed == "demo":
        _backlog(world, project, parts)


def _launch(world: World, parts: Mapping[str, Any]) -> Project:
    people = [world.users[name] for name in PEOPLE]
    project: Project = parts["projects"].make("Launch", [])
    project.owner = world.users["pmsync"]
    project.memberships = [
        Membership(world.gid(), project, user, "admin" if user is project.owner else "editor") for user in people
    ]
    project.sections[0].name = SECTIONS[0]
    for name in SECTIONS[1:]:
        parts["sections"].make(project, name)
    if parts["projects"].premium:
        parts["projects"].give(project, parts["custom_fields"].make("Priority", "enum", list(PRIORITIES)))
        parts["projects"].give(project, parts["custom_fields"].make("Estimate", "number", [], 2))
    return project


def _backlog(world: World, project: Project, parts: Mapping[str, Any]) -> None:
    stories, dialect = share("asana"), XmlDialect()
    tags = {label: parts["tags"].make(label) for label in sorted({each for story in stories for each in story.labels})}
    made: dict[str, Task] = {}
    for age, story in enumerate(stories):
        data = _data(story, project, world.clock().date(), made)
        data["html_notes"] = dialect.write(story.description).document
        data["tags"] = [tags[label].gid for label in story.labels]
        task = parts["tasks"].make(data, world.users[story.reporter])
        task.created_at = task.modified_at = instant(moment(task.created_at) - timedelta(days=30, hours=-age))
        made[story.title] = task


def _data(story: Story, project: Project, today: date, made: Mapping[str, Task]) -> dict[str, Any]:
    """The body of the `POST /tasks` that would make this story."""
    section = next(each for each in project.sections if each.name == _PLACES[story.status])
    parent = made.get(story.parent)
    return {
        "name": story.title,
        "memberships": [{"project": project.gid, "section": section.gid}],
        "assignee": PEOPLE[story.assignees[0]].email if story.assignees else None,
        "due_on": None if story.due is None else (today + timedelta(days=story.due)).isoformat(),
        "completed": story.status == "done",
        "custom_fields": _customs(story, project),
        **({"parent": parent.gid} if parent else {}),
    }


def _customs(story: Story, project: Project) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in project.custom_fields:
        chosen = [option.gid for option in field.options if option.name == _PRIORITY[story.priority]]
        values[field.gid] = chosen[0] if chosen else story.points
    return values
