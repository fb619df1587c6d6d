"""Reading what a caller writes into a task: every value checked before any is set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from pmsync_asana.sandbox import richtext
from pmsync_asana.sandbox.problems import Problem, bad, missing, unwritable
from pmsync_asana.sandbox.records import CustomField, Held, Project, Section, Tag, Task, User, Workspace
from pmsync_asana.sandbox.values import custom_value
from pmsync_asana.sandbox.world import World, instant, moment, sees

CREATE_ONLY = frozenset({"projects", "memberships", "tags", "parent", "workspace", "followers"})
_WRITABLE = frozenset(
    {
        "name",
        "notes",
        "html_notes",
        "completed",
        "assignee",
        "due_on",
        "due_at",
        "start_on",
        "start_at",
        "custom_fields",
        "liked",
        "resource_subtype",
        "approval_status",
        "assignee_section",
        "assignee_status",
        "external",
    }
)
_SUBTYPES = frozenset({"default_task", "milestone", "approval", "section"})
_MOST_PROJECTS = 20


@dataclass(slots=True)
class Entry:
    """What was written, understood: the plain attributes of a task, and its custom field values."""

    attributes: dict[str, Any]
    values: dict[CustomField, Held | None]


@dataclass(slots=True)
class Home:
    """Where a new task goes."""

    workspace: Workspace
    places: dict[Project, Section]
    parent: Task | None
    tags: list[Tag]
    followers: list[User]


class Reader:
    """Reads entries on behalf of a user. `oauth` tells whether the caller is an app, which alone may use `external`."""

    def __init__(self, world: World, *, oauth: bool = False, premium: bool = True) -> None:
        self._world = world
        self._oauth = oauth
        self._premium = premium

    def entry(
        self, data: dict[str, Any], viewer: User, places: dict[Project, Section], task: Task | None = None
    ) -> Entry:
        """Read everything but where the task goes; `task` where there is one already. Raises `Problem`."""
        new = task is None
        for name in data:
            if name not in _WRITABLE and not (new and name in CREATE_ONLY):
                raise unwritable(name)
        if data.get("external") is not None and not self._oauth:
            raise Problem(403, "external: You must authenticate with OAuth to use custom external data")
        attributes = {name: read(data[name]) for name, read in _SCALARS.items() if name in data}
        attributes |= self._text(data, viewer)
        attributes |= _dates(data)
        if "assignee" in data:
            who = data["assignee"]
            attributes["assignee"] = None if who is None else self._world.person(who, viewer, "assignee")
        _milestone(attributes, task)
        values = self._values(data.get("custom_fields"), places, viewer, task.values if task else {})
        return Entry(attributes, values)

    def home(self, data: dict[str, Any], viewer: User) -> Home:
        """Read where a new task goes."""
        world = self._world
        places = self._places(data, viewer)
        parent = None
        if data.get("parent") is not None:
            parent = world.find(Task, data["parent"], viewer, field="parent", status=400)
        if data.get("workspace") is not None:
            world.find(Workspace, data["workspace"], viewer, status=400)
        elif not places and parent is None:
            raise missing("workspace")
        tags = [world.find(Tag, gid, viewer, field=f"tags: [{n}]", status=400) for n, gid in _list(data, "tags")]
        followers = [world.person(who, viewer, f"followers: [{n}]") for n, who in _list(data, "followers")]
        return Home(world.workspace, places, parent, tags, followers)

    def _places(self, data: dict[str, Any], viewer: User) -> dict[Project, Section]:
        world, places = self._world, dict[Project, Section]()
        for n, each in _list(data, "memberships"):
            if not isinstance(each, dict):
                raise bad(f"memberships: [{n}]: Not an object")
            project = world.find(Project, each.get("project"), viewer, field=f"memberships: [{n}]: project", status=400)
            places[project] = project.sections[0]
            if each.get("section") is not None:
                section = world.find(Section, each["section"], viewer, field=f"memberships: [{n}]: section", status=400)
                if section.project is not project:
                    raise bad(f"memberships: [{n}]: section: Not in the project: {section.gid}")
                places[project] = section
        for n, gid in _list(data, "projects"):
            project = world.find(Project, gid, viewer, field=f"projects: [{n}]", status=400)
            places.setdefault(project, project.sections[0])
        if len(places) > _MOST_PROJECTS:
            raise bad(f"projects: A task can be in at most {_MOST_PROJECTS} projects")
        return places

    def _text(self, data: dict[str, Any], viewer: User) -> dict[str, str]:
        if "html_notes" in data and "notes" in data:
            raise bad("You may only provide one of notes or html_notes!")
        if "html_notes" in data:
            html = richtext.accept("html_notes", data["html_notes"], self.resolver(viewer))
            return {"html_notes": html, "notes": richtext.plain(html)}
        if "notes" in data:
            notes = richtext.clean(_string("notes")(data["notes"] or ""))
            return {"html_notes": richtext.rich(notes), "notes": notes}
        return {}

    def resolver(self, viewer: User) -> richtext.Resolve:
        """What mentions may point to, for this viewer."""

        def resolve(gid: str) -> richtext.Target | None:
            record = self._world.records.get(gid)
            if not isinstance(record, Task | Project | User | Tag) or not sees(viewer, record):
                return None
            return record.kind, record.name, f"https://app.asana.com/0/{gid}/list"

        return resolve

    def _values(
        self,
        data: object,
        places: dict[Project, Section],
        viewer: User,
        before: Mapping[CustomField, Held],
    ) -> dict[CustomField, Held | None]:
        if data is None:
            return {}
        if not isinstance(data, dict):
            raise bad("custom_fields: Not an object")
        if not self._premium:
            raise Problem(402, "Custom Fields are not available for free users or guests.")
        here = {field.gid: field for project in places for field in project.custom_fields}
        read: dict[CustomField, Held | None] = {}
        for gid, value in data.items():
            field = here.get(str(gid))
            if field is None:
                raise bad(f"Custom field with ID {gid} is not on given object")
            if field.formula or field.locked:
                raise Problem(403, f"custom_fields: {gid}: You do not have permission to edit this custom field")
            person = partial(self._world.person, viewer=viewer, field=f"custom_fields: {gid}")
            read[field] = custom_value(field, value, before.get(field), person)
        return read


def _milestone(attributes: dict[str, Any], task: Task | None) -> None:
    """A milestone is a moment, and has no start."""
    subtype = attributes.get("resource_subtype") or (task.subtype if task else None)
    start = attributes.get("start_on") if "start_on" in attributes else task and task.start_on
    if subtype == "milestone" and start:
        raise bad("start_on: Milestones cannot have a start date")


def _string(name: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str):
            raise bad(f"{name}: Not a string: {value}")
        return value

    return read


def _boolean(name: str) -> Callable[[object], bool]:
    def read(value: object) -> bool:
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise bad(f"{name}: Not a boolean: {value}")
        return value

    return read


def _name(value: object) -> str:
    # A task's name is one line: line breaks and control characters become spaces.
    text = _string("name")(value)
    return "".join(" " if character < " " else character for character in text)


def _subtype(value: object) -> str:
    if value not in _SUBTYPES:
        raise bad(f"resource_subtype: Unknown value: {value}")
    return str(value)


def _external(value: object) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad("external: Not an object")
    return {name: str(value[name]) for name in ("gid", "data") if name in value}


_SCALARS: dict[str, Callable[[object], Any]] = {
    "name": _name,
    "completed": _boolean("completed"),
    "liked": _boolean("liked"),
    "resource_subtype": _subtype,
    "external": _external,
}


def _dates(data: dict[str, Any]) -> dict[str, str | None]:
    """Both forms of each date. A time sets its date; a date clears the time."""
    if "due_on" in data and "due_at" in data:
        raise bad("You may only provide one of due_on or due_at!")
    if "start_on" in data and "start_at" in data:
        raise bad("You may only provide one of start_on or start_at!")
    if "start_on" in data and not ("due_on" in data or "due_at" in data):
        raise bad("start_on: due_on or due_at must be present in the request when setting or unsetting start_on")
    if "start_at" in data and "due_at" not in data:
        raise bad("start_at: due_at must be present in the request when setting or unsetting start_at")
    read: dict[str, str | None] = {}
    for which in ("due", "start"):
        if f"{which}_at" in data:
            at = _instant(f"{which}_at", data[f"{which}_at"])
            read |= {f"{which}_at": at, f"{which}_on": at and at[:10]}
        elif f"{which}_on" in data:
            read |= {f"{which}_at": None, f"{which}_on": _date(f"{which}_on", data[f"{which}_on"])}
    start, due = read.get("start_on"), read.get("due_on")
    if start and not due:
        raise bad("start_on: A task with a start date must have a due date")
    if start and due and start > due:
        raise bad("start_on: The start date must not be after the due date")
    return read


def _date(name: str, value: object) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise bad(f"{name}: Not a date: {value}") from None


def _instant(name: str, value: object) -> str | None:
    if value is None:
        return None
    try:
        return instant(moment(str(value)))
    except ValueError:
        raise bad(f"{name}: Not a date and time: {value}") from None


def _list(data: dict[str, Any], name: str) -> list[tuple[int, Any]]:
    value = data.get(name)
    if value is None:
        return []
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        raise bad(f"{name}: Not a list")
    return list(enumerate(value))
