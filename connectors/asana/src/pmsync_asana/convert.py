"""Tasks as pmsync's natives and back. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pmsync.model.fields import Field, Json
from pmsync.model.native import Marker, Native, Ref
from pmsync_asana import marker as marks

FIELDS = (
    "name,html_notes,completed,assignee,due_on,due_at,start_on,start_at,memberships.project,memberships.section,"
    "tags.name,custom_fields.enum_value,custom_fields.number_value,parent,created_at,created_by,modified_at,"
    "permalink_url"
)
"""What is asked of a task, always all of it. The gid of every object on the way comes by itself; the document lists
no other names than these."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What must be known of a project to read its tasks. `priority` and `estimate` are custom fields; "" for none."""

    project: str
    workspace: str
    priority: str = ""
    estimate: str = ""
    sections: tuple[str, ...] = ()
    """The project's sections, as far as they have been read; for telling our moves from another project's."""


def native(task: Mapping[str, Any], layout: Layout, canonical: Callable[[str], Json]) -> Native:
    """A task that was read with `FIELDS`. `canonical` is the dialect's."""
    html, marker = marks.part(task.get("html_notes"))
    place, admitted = _place(task, layout.project)
    fields: dict[Field, Json] = {
        Field.TITLE: task.get("name") or "",
        Field.DESCRIPTION: canonical(html),
        Field.STATUS: {"place": place, "completed": bool(task.get("completed"))},
        Field.ASSIGNEES: _assignees(task),
        Field.LABELS: labels(task),
        Field.DUE: _when(task.get("due_on"), task.get("due_at")),
        Field.START: _when(task.get("start_on"), task.get("start_at")),
        Field.PARENT: _gid(task.get("parent")),
        **_customs(task, layout),
    }
    return Native(
        ref=Ref(str(task["gid"]), url=str(task.get("permalink_url") or "")),
        fields=fields,
        created_at=moment(str(task["created_at"])),
        updated_at=moment(str(task["modified_at"])),
        creator=_gid(task.get("created_by")),
        marker=marker,
        admitted=admitted,
    )


def labels(task: Mapping[str, Any]) -> list[Json]:
    """The names of a task's tags."""
    return list[Json](sorted({str(tag["name"]) for tag in task.get("tags") or () if tag.get("name")}))


def body(fields: Mapping[Field, Json], layout: Layout, marker: Marker | None) -> dict[str, Any]:
    """The part of a task's JSON that one `PUT` or `POST` writes: all but section, tags and parent.

    Where START is given, DUE must be too, if it is not to be removed: Asana wants both in one request.
    """
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
    written |= _dates(fields)
    customs = {
        gid: fields[field]
        for field, gid in ((Field.PRIORITY, layout.priority), (Field.ESTIMATE, layout.estimate))
        if gid and field in fields
    }
    return {**written, "custom_fields": customs} if customs else written


def culprit(message: str) -> Field | None:
    """The field that an error of Asana's complains about; None where it does not say."""
    said = message.removeprefix("Asana: ")
    return next((field for start, field in _COMPLAINTS if said.startswith(start)), None)


_COMPLAINTS = (
    ("name:", Field.TITLE),
    ("html_notes:", Field.DESCRIPTION),
    ("assignee:", Field.ASSIGNEES),
    ("due_on:", Field.DUE),
    ("due_at:", Field.DUE),
    ("start_on:", Field.START),
    ("start_at:", Field.START),
    ("tags:", Field.LABELS),
    ("parent:", Field.PARENT),
)


def moment(text: str) -> datetime:
    """An instant of Asana's. Raises ValueError."""
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def instant(at: datetime) -> str:
    """An instant as Asana, and natives, write it: UTC, milliseconds, `Z`."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def when(dates: Mapping[str, Any] | None) -> Json:
    """The due date of a story's `old_dates` or `new_dates`."""
    return _when((dates or {}).get("due_on"), (dates or {}).get("due_at"))


def _when(on: str | None, at: str | None) -> Json:
    return instant(moment(at)) if at else on or None


def _place(task: Mapping[str, Any], project: str) -> tuple[str | None, bool]:
    """The section in our project, and whether the task is in it at all: it may be in twenty others."""
    for membership in task.get("memberships") or ():
        if _gid(membership.get("project")) == project:
            return _gid(membership.get("section")), True
    return None, False


def _assignees(task: Mapping[str, Any]) -> list[Json]:
    assignee = _gid(task.get("assignee"))
    return [assignee] if assignee else []


def _customs(task: Mapping[str, Any], layout: Layout) -> dict[Field, Json]:
    found = {str(each["gid"]): each for each in task.get("custom_fields") or ()}
    values: dict[Field, Json] = {}
    if layout.priority:
        values[Field.PRIORITY] = _gid(found.get(layout.priority, {}).get("enum_value"))
    if layout.estimate:
        number = found.get(layout.estimate, {}).get("number_value")
        values[Field.ESTIMATE] = None if number is None else float(number)
    return values


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
