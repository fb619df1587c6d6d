"""Tasks as pmsync's natives and back. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pmsync.model.fields import Field, Json, LinkKind
from pmsync.model.native import Marker, Native, Ref
from pmsync.model.vocabulary import CustomField
from pmsync_asana import custom_fields
from pmsync_asana import marker as marks
from pmsync_asana.moments import moment, when

FIELDS = (
    "name,html_notes,completed,resource_subtype,assignee,due_on,due_at,start_on,start_at,memberships.project,"
    "memberships.section,tags.name,parent,dependents,actual_time_minutes,created_at,created_by,modified_at,"
    "permalink_url"
)
"""What is asked of any task. The gid of every object on the way comes by itself; the document lists no other names than
these."""


SUBTASK = "subtask"
"""The type of subtasks that are items; Asana itself has no word for it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What must be known of a project to read its tasks."""

    project: str
    workspace: str
    held: Mapping[Field, CustomField] = field(default_factory=dict)
    """Its custom fields that are kept in step, by what they show."""
    minutes: frozenset[str] = frozenset()
    """The gids of those that are durations."""
    sections: tuple[str, ...] = ()
    """The project's sections, as far as they have been read; for telling our moves from another project's."""
    nested: bool = False
    """Whether subtasks of its tasks are items, though they are not in it."""

    @property
    def asked(self) -> str:
        """What is asked of its tasks, always all of it."""
        nested = ["num_subtasks"] if self.nested else []
        return ",".join([FIELDS, *nested, *custom_fields.asked(self.held.values())])


def bare(task: Mapping[str, Any], layout: Layout) -> bool:
    """Whether a task is a subtask that is not in the project itself, where those are items: it has no section, and none
    of the project's custom fields."""
    return layout.nested and task.get("parent") is not None and not _place(task, layout.project)[1]


def native(
    task: Mapping[str, Any],
    layout: Layout,
    canonical: Callable[[str], Json],
    *,
    below: bool = False,
    references: Iterable[str] = (),
) -> Native:
    """A task that was read with all that is asked. `canonical` is the dialect's; `below`: whether it is known to hang
    below a task of the project; `references`: its links that are attachments."""
    html, marker = marks.part(task.get("html_notes"))
    place, admitted = _place(task, layout.project)
    nested = bare(task, layout)
    ticked = {"completed": bool(task.get("completed"))}
    fields: dict[Field, Json] = {
        Field.TITLE: task.get("name") or "",
        Field.DESCRIPTION: canonical(html),
        Field.STATUS: {**ticked} if nested else {"place": place, **ticked},
        Field.ASSIGNEES: _assignees(task),
        Field.LABELS: labels(task),
        Field.DUE: when(task.get("due_on"), task.get("due_at")),
        Field.START: when(task.get("start_on"), task.get("start_at")),
        Field.TYPE: SUBTASK if nested else task.get("resource_subtype"),
        Field.PARENT: _gid(task.get("parent")),
        Field.LINKS: links(task, references),
    }
    if "actual_time_minutes" in task:
        fields[Field.TIME_SPENT] = custom_fields.number(task["actual_time_minutes"], timed=True)
    if not nested:
        fields |= custom_fields.values(task, layout.held, layout.minutes)
    return Native(
        ref=Ref(str(task["gid"]), url=str(task.get("permalink_url") or "")),
        fields=fields,
        created_at=moment(str(task["created_at"])),
        updated_at=moment(str(task["modified_at"])),
        creator=_gid(task.get("created_by")),
        marker=marker,
        admitted=admitted or (nested and below),
    )


def labels(task: Mapping[str, Any]) -> list[Json]:
    """The names of a task's tags."""
    return list[Json](sorted({str(tag["name"]) for tag in task.get("tags") or () if tag.get("name")}))


def links(task: Mapping[str, Any], references: Iterable[str]) -> list[Json]:
    """What a task blocks (the tasks that depend on it), and its links that are attachments."""
    blocked = (f"{LinkKind.BLOCKS}:{one['gid']}" for one in task.get("dependents") or ())
    return list[Json](sorted({*blocked, *references}))


def body(fields: Mapping[Field, Json], layout: Layout, marker: Marker | None) -> dict[str, Any]:
    """The part of a task's JSON that one `PUT` or `POST` writes: all but section, tags, parent and links.

    Where START is given, DUE must be too, if it is not to be removed: Asana wants both in one request. Of custom
    fields, options are given by their gids.
    """
    customs = {
        custom.id: custom_fields.written(fields[shown], custom, custom.id in layout.minutes)
        for shown, custom in layout.held.items()
        if shown in fields
    }
    written = _plain({name: value for name, value in fields.items() if name not in layout.held}, marker)
    return {**written, "custom_fields": customs} if customs else written


def _plain(fields: Mapping[Field, Json], marker: Marker | None) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if Field.TITLE in fields:
        written["name"] = fields[Field.TITLE]
    if Field.DESCRIPTION in fields:
        written["html_notes"] = marks.attach(_text(fields[Field.DESCRIPTION]), marker)
    status = fields.get(Field.STATUS)
    if isinstance(status, dict) and "completed" in status:
        written["completed"] = bool(status["completed"])
    if Field.ASSIGNEES in fields:
        people = fields[Field.ASSIGNEES]
        written["assignee"] = people[0] if isinstance(people, list) and people else None
    if fields.get(Field.TYPE) not in (None, SUBTASK):
        written["resource_subtype"] = fields[Field.TYPE]
    return written | _dates(fields)


def dated(dates: Mapping[str, Any] | None) -> Json:
    """The due date of a story's `old_dates` or `new_dates`."""
    return when((dates or {}).get("due_on"), (dates or {}).get("due_at"))


def _place(task: Mapping[str, Any], project: str) -> tuple[str | None, bool]:
    """The section in our project, and whether the task is in it at all: it may be in twenty others."""
    for membership in task.get("memberships") or ():
        if _gid(membership.get("project")) == project:
            return _gid(membership.get("section")), True
    return None, False


def _assignees(task: Mapping[str, Any]) -> list[Json]:
    assignee = _gid(task.get("assignee"))
    return [assignee] if assignee else []


def _gid(thing: Mapping[str, Any] | None) -> str | None:
    return str(thing["gid"]) if thing and thing.get("gid") else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _dates(fields: Mapping[Field, Json]) -> dict[str, Any]:
    due, start = fields.get(Field.DUE), fields.get(Field.START)
    written: dict[str, Any] = {}
    if Field.DUE in fields or Field.START in fields:
        written |= _date("due", due)
    if Field.START in fields:
        # A start with a time needs a due with one; beside a mere due date, the start's date has to do.
        timed = isinstance(due, str) and "T" in due
        written |= _date("start", start if timed or not isinstance(start, str) else start[:10])
    return written


def _date(which: str, value: Json) -> dict[str, Any]:
    return {f"{which}_at" if isinstance(value, str) and "T" in value else f"{which}_on": value}
