"""What each kind of record shows: its fields in Asana's order, the short form, and what must be asked for by name."""

from collections.abc import Callable
from typing import Any

from pmsync_asana.sandbox.records import (
    Attachment,
    CustomField,
    CustomFieldSetting,
    EnumOption,
    Event,
    Held,
    Membership,
    Project,
    Section,
    Story,
    Tag,
    Task,
    User,
    Value,
    Webhook,
    Workspace,
)

Fields = dict[str, Callable[[Any], Any]]

APP = "https://app.asana.com"

ABSENT = object()
"""What a field gives that this record does not have at all."""


def permalink(task: Task) -> str:
    """A task's address, in the form that Asana hands out since 2025."""
    project = next(iter(task.places), None)
    within = f"/project/{project.gid}" if project else ""
    return f"{APP}/1/{task.workspace.gid}{within}/task/{task.gid}"


def number(value: float | None) -> float | int | None:
    """Whole numbers without a fraction, as JSON from JavaScript has them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def dates(on: str | None, at: str | None, start: str | None) -> dict[str, Any]:
    """The dates of a story."""
    return {"due_on": on, "due_at": at, "start_on": start}


def _display(value: Held | None) -> str | None:
    match value:
        case EnumOption():
            return value.name
        case list():
            return ", ".join(one.name for one in value) or None
        case dict():
            return value["date_time"] or value["date"]
        case _:
            return None if value is None else str(number(value) if isinstance(value, float) else value)


def _of_type(kind: str, empty: Any = None) -> Callable[[Value], Any]:
    """What only a custom field of that type has."""
    return lambda one: (empty if one.value is None else one.value) if one.definition.type == kind else ABSENT


def _identities(tasks: list[Task]) -> list[dict[str, str]]:
    return [{"gid": task.gid, "resource_type": task.kind} for task in tasks]


def _memberships(task: Task) -> list[dict[str, Any]]:
    return [{"project": project, "section": section} for project, section in task.places.items()]


_IDENTITY: Fields = {"gid": lambda r: r.gid, "resource_type": lambda r: r.kind}

_TASK: Fields = {
    **_IDENTITY,
    "actual_time_minutes": lambda t: t.minutes,
    "approval_status": lambda t: None,
    "assigned_by": lambda t: None,
    "assignee": lambda t: t.assignee,
    "assignee_status": lambda t: "inbox",
    "completed": lambda t: t.completed,
    "completed_at": lambda t: t.completed_at,
    "completed_by": lambda t: t.completed_by,
    "created_at": lambda t: t.created_at,
    "created_by": lambda t: t.created_by,
    "custom_fields": lambda t: t.custom_values,
    "dependencies": lambda t: _identities(t.dependencies),
    "dependents": lambda t: _identities(t.dependents),
    "due_at": lambda t: t.due_at,
    "due_on": lambda t: t.due_on,
    "external": lambda t: t.external,
    "followers": lambda t: list(t.followers),
    "hearted": lambda t: t.liked,
    "hearts": lambda t: [],
    "html_notes": lambda t: t.html_notes,
    "is_rendered_as_separator": lambda t: False,
    "liked": lambda t: t.liked,
    "likes": lambda t: [],
    "memberships": _memberships,
    "modified_at": lambda t: t.modified_at,
    "name": lambda t: t.name,
    "notes": lambda t: t.notes,
    "num_hearts": lambda t: int(t.liked),
    "num_likes": lambda t: int(t.liked),
    "num_subtasks": lambda t: len(t.subtasks),
    "parent": lambda t: t.parent,
    "permalink_url": permalink,
    "projects": lambda t: list(t.places),
    "resource_subtype": lambda t: t.subtype,
    "start_at": lambda t: t.start_at,
    "start_on": lambda t: t.start_on,
    "tags": lambda t: list(t.tags),
    "workspace": lambda t: t.workspace,
}

_PROJECT: Fields = {
    **_IDENTITY,
    "archived": lambda p: p.archived,
    "color": lambda p: "light-green",
    "completed": lambda p: False,
    "completed_at": lambda p: None,
    "created_at": lambda p: p.created_at,
    "custom_field_settings": lambda p: list(p.settings),
    "default_access_level": lambda p: "editor",
    "default_view": lambda p: "board",
    "due_on": lambda p: None,
    "followers": lambda p: p.members,
    "html_notes": lambda p: p.html_notes,
    "members": lambda p: p.members,
    "modified_at": lambda p: p.modified_at,
    "name": lambda p: p.name,
    "notes": lambda p: p.notes,
    "owner": lambda p: p.owner,
    "permalink_url": lambda p: f"{APP}/1/{p.workspace.gid}/project/{p.gid}",
    "privacy_setting": lambda p: "private",
    "public": lambda p: False,
    "start_on": lambda p: None,
    "workspace": lambda p: p.workspace,
}

_CUSTOM_FIELD: Fields = {
    **_IDENTITY,
    "name": lambda f: f.name,
    "type": lambda f: f.type,
    "resource_subtype": lambda f: f.type,
    "representation_type": lambda f: "formula" if f.formula else f.type,
    "enum_options": lambda f: list(f.options) if f.type in ("enum", "multi_enum") else ABSENT,
    "enabled": lambda f: True,
    "format": lambda f: f.format if f.type == "number" else ABSENT,
    "is_formula_field": lambda f: f.formula,
    "is_value_read_only": lambda f: f.formula,
    "is_global_to_workspace": lambda f: True,
    "precision": lambda f: f.precision if f.type == "number" else ABSENT,
}


def _of_definition(read: Callable[[Any], Any]) -> Callable[[Value], Any]:
    return lambda value: read(value.definition)


_VALUE: Fields = {
    **{name: _of_definition(read) for name, read in _CUSTOM_FIELD.items()},
    "gid": lambda v: v.gid,
    "date_value": _of_type("date"),
    "enum_value": _of_type("enum"),
    "multi_enum_values": _of_type("multi_enum", []),
    "number_value": lambda v: number(v.value) if v.definition.type == "number" else ABSENT,
    "people_value": _of_type("people", []),
    "text_value": _of_type("text"),
    "display_value": lambda v: _display(v.value),
}

_STORY_DETAILS = (
    "assignee",
    "custom_field",
    "dependency",
    "follower",
    "new_date_value",
    "new_dates",
    "new_enum_value",
    "new_multi_enum_values",
    "new_name",
    "new_number_value",
    "new_people_value",
    "new_section",
    "new_text_value",
    "old_date_value",
    "old_dates",
    "old_enum_value",
    "old_multi_enum_values",
    "old_name",
    "old_number_value",
    "old_people_value",
    "old_section",
    "old_text_value",
    "project",
    "tag",
    "task",
)


def _detail(name: str) -> Callable[[Story], Any]:
    return lambda story: story.details.get(name, ABSENT)


_STORY: Fields = {
    **_IDENTITY,
    "created_at": lambda s: s.created_at,
    "created_by": lambda s: s.created_by,
    "resource_subtype": lambda s: s.subtype,
    "type": lambda s: s.type,
    "text": lambda s: s.text,
    "html_text": lambda s: s.html_text,
    "is_editable": lambda s: s.type == "comment",
    "is_edited": lambda s: s.edited,
    "is_pinned": lambda s: s.pinned,
    "liked": lambda s: False,
    "likes": lambda s: [],
    "num_likes": lambda s: 0,
    "previews": lambda s: [],
    "source": lambda s: "api",
    "target": lambda s: s.task,
    **{name: _detail(name) for name in _STORY_DETAILS},
}

FIELDS: dict[type, Fields] = {
    User: {
        **_IDENTITY,
        "name": lambda u: u.name,
        "email": lambda u: u.email,
        "photo": lambda u: None,
        "workspaces": lambda u: list(u.workspaces),
    },
    Workspace: {
        **_IDENTITY,
        "name": lambda w: w.name,
        "email_domains": lambda w: ["example.com"],
        "is_organization": lambda w: True,
    },
    EnumOption: {
        **_IDENTITY,
        "name": lambda o: o.name,
        "enabled": lambda o: o.enabled,
        "color": lambda o: o.color,
    },
    CustomField: _CUSTOM_FIELD,
    CustomFieldSetting: {
        **_IDENTITY,
        "custom_field": lambda s: s.custom_field,
        "is_important": lambda s: True,
        "parent": lambda s: s.project,
        "project": lambda s: s.project,
    },
    Section: {
        **_IDENTITY,
        "created_at": lambda s: s.created_at,
        "name": lambda s: s.name,
        "project": lambda s: s.project,
    },
    Membership: {
        **_IDENTITY,
        "parent": lambda m: m.parent,
        "project": lambda m: m.parent,
        "member": lambda m: m.member,
        "user": lambda m: m.member,
        "access_level": lambda m: m.access_level,
        "write_access": lambda m: "full_write",
    },
    Project: _PROJECT,
    Tag: {
        **_IDENTITY,
        "color": lambda t: t.color,
        "created_at": lambda t: t.created_at,
        "followers": lambda t: [],
        "name": lambda t: t.name,
        "notes": lambda t: t.notes,
        "permalink_url": lambda t: f"{APP}/0/{t.gid}/list",
        "workspace": lambda t: t.workspace,
    },
    Story: _STORY,
    Attachment: {
        **_IDENTITY,
        "connected_to_app": lambda a: False,
        "created_at": lambda a: a.created_at,
        "download_url": lambda a: a.place(),
        "host": lambda a: a.host,
        "name": lambda a: a.name,
        "parent": lambda a: a.task,
        "permanent_url": lambda a: f"{APP}/app/asana/-/get_asset?asset_id={a.gid}",
        "resource_subtype": lambda a: a.host,
        "size": lambda a: ABSENT if a.size is None else a.size,
        "view_url": lambda a: a.url or f"{APP}/-/view/{a.gid}",
    },
    Value: _VALUE,
    Task: _TASK,
    Webhook: {
        **_IDENTITY,
        "active": lambda w: w.active,
        "created_at": lambda w: w.created_at,
        "delivery_retry_count": lambda w: w.retries,
        "failure_deletion_timestamp": lambda w: w.deletion_at,
        "filters": lambda w: list(w.filters),
        "last_failure_at": lambda w: w.last_failure_at,
        "last_failure_content": lambda w: w.last_failure_content,
        "last_success_at": lambda w: w.last_success_at,
        "next_attempt_after": lambda w: w.next_attempt,
        "resource": lambda w: w.resource,
        "target": lambda w: w.target,
    },
    Event: {
        "user": lambda e: e.user,
        "created_at": lambda e: e.created_at,
        "type": lambda e: e.resource.kind,
        "action": lambda e: e.action,
        "resource": lambda e: e.resource,
        "parent": lambda e: e.parent,
        "change": lambda e: e.change or ABSENT,
    },
}
"""Every kind's fields. A field gives a scalar, a record, a dictionary or a list of them."""

_NAMED = ("gid", "resource_type", "name")

COMPACT: dict[type, tuple[str, ...]] = {
    **dict.fromkeys((User, Workspace, Section, Project, Tag), _NAMED),
    EnumOption: (*_NAMED, "enabled", "color"),
    CustomField: (*_NAMED, "resource_subtype", "type", "enum_options"),
    CustomFieldSetting: ("gid", "resource_type", "custom_field", "is_important", "parent", "project"),
    Membership: ("gid", "resource_type", "parent", "member", "access_level"),
    Story: ("gid", "resource_type", "created_at", "created_by", "resource_subtype", "text", "type"),
    Attachment: (*_NAMED, "resource_subtype"),
    Value: tuple(_VALUE),
    Task: (*_NAMED, "resource_subtype"),
    Webhook: ("gid", "resource_type", "active", "resource", "target"),
    Event: tuple(FIELDS[Event]),
}
"""What lists, and records within records, show."""

OPT_IN: dict[type, frozenset[str]] = {
    Task: frozenset(
        {
            "approval_status",
            "assigned_by",
            "completed_by",
            "created_by",
            "dependencies",
            "dependents",
            "external",
            "html_notes",
            "is_rendered_as_separator",
            "num_subtasks",
        }
    ),
    Project: frozenset({"html_notes"}),
    Story: frozenset({"html_text", "is_pinned", "is_edited", "is_editable", "previews"}),
}
"""Fields that even a full record shows only when they are asked for."""

STRUCTS = frozenset({Event})
"""Kinds without a gid."""
