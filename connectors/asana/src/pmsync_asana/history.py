"""A task's stories as changes of fields, with the values before and after as far as Asana tells them. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event, Native
from pmsync_asana.convert import Layout, moment, when

FIELDS = (
    "created_at,created_by,resource_subtype,old_name,new_name,old_section,new_section,assignee,old_dates,new_dates,"
    "custom_field,old_enum_value,new_enum_value,old_number_value,new_number_value,tag.name"
)
"""What is asked of a story."""

_TICKS = {"marked_complete": True, "marked_incomplete": False}


def events(stories: Iterable[Mapping[str, Any]], native: Native | None, layout: Layout, since: datetime) -> list[Event]:
    """The changes at or after `since`, oldest first.

    `stories` are all of the task's, oldest first: Asana tells whom a task was given to, not who had it before, and a
    section or a tick, not both. What is left out is worked out from what came before and from how the task is now.
    """
    told = list(stories)
    found = [*_statuses(told, native, layout), *_assignments(told)]
    for story in told:
        found += _plain(story, layout)
    return sorted((event for event in found if event.at >= since), key=lambda event: event.at)


def _event(story: Mapping[str, Any], field: Field, before: Json, after: Json) -> Event:
    actor = (story.get("created_by") or {}).get("gid")
    return Event(moment(str(story["created_at"])), actor, field, before, after)


def _statuses(told: list[Mapping[str, Any]], native: Native | None, layout: Layout) -> list[Event]:
    """Moves and ticks, told backwards from how the task is now."""
    now = native.fields[Field.STATUS] if native else None
    place, completed = (now.get("place"), now.get("completed")) if isinstance(now, dict) else (None, None)
    found = []
    for story in reversed(told):
        subtype = story.get("resource_subtype")
        after = {"place": place, "completed": completed}
        if subtype in _TICKS:
            after["completed"], completed = _TICKS[subtype], not _TICKS[subtype]
        elif subtype == "section_changed" and _ours(story, layout):
            after["place"], place = _gid(story, "new_section"), _gid(story, "old_section")
        else:
            continue
        found.append(_event(story, Field.STATUS, {"place": place, "completed": completed}, {**after}))
    return found[::-1]


def _ours(story: Mapping[str, Any], layout: Layout) -> bool:
    """Whether a move was in our project, as far as we know its sections: a task may be in several projects."""
    return not layout.sections or bool({_gid(story, "new_section"), _gid(story, "old_section")} & {*layout.sections})


def _assignments(told: list[Mapping[str, Any]]) -> list[Event]:
    before: list[Json] = []
    found = []
    for story in told:
        if story.get("resource_subtype") in ("assigned", "unassigned"):
            assignee = _gid(story, "assignee") if story["resource_subtype"] == "assigned" else None
            after: list[Json] = [assignee] if assignee else []
            found.append(_event(story, Field.ASSIGNEES, list(before), list(after)))
            before = after
    return found


def _plain(story: Mapping[str, Any], layout: Layout) -> list[Event]:
    """The stories that say all by themselves."""
    match story.get("resource_subtype"):
        case "name_changed":
            return [_event(story, Field.TITLE, story.get("old_name"), story.get("new_name"))]
        case "notes_changed":
            return [_event(story, Field.DESCRIPTION, None, None)]
        case "added_to_tag":
            return _label(story, added=True)
        case "removed_from_tag":
            return _label(story, added=False)
        case "enum_custom_field_changed" if layout.priority and _gid(story, "custom_field") == layout.priority:
            before, after = _gid(story, "old_enum_value"), _gid(story, "new_enum_value")
            return [_event(story, Field.PRIORITY, before, after)]
        case "number_custom_field_changed" if layout.estimate and _gid(story, "custom_field") == layout.estimate:
            return [_event(story, Field.ESTIMATE, _number(story, "old"), _number(story, "new"))]
        case _ if "old_dates" in story or "new_dates" in story:
            return _dates(story)
        case _:
            return []


def _dates(story: Mapping[str, Any]) -> list[Event]:
    old, new = story.get("old_dates") or {}, story.get("new_dates") or {}
    found = []
    if when(old) != when(new):
        found.append(_event(story, Field.DUE, when(old), when(new)))
    if old.get("start_on") != new.get("start_on"):
        found.append(_event(story, Field.START, old.get("start_on"), new.get("start_on")))
    return found


def _label(story: Mapping[str, Any], *, added: bool) -> list[Event]:
    name = (story.get("tag") or {}).get("name")
    if not name:
        return []
    before, after = ([], [name]) if added else ([name], [])
    return [_event(story, Field.LABELS, list[Json](before), list[Json](after))]


def _gid(story: Mapping[str, Any], name: str) -> str | None:
    thing = story.get(name)
    return str(thing["gid"]) if isinstance(thing, dict) and thing.get("gid") else None


def _number(story: Mapping[str, Any], which: str) -> float | None:
    value = story.get(f"{which}_number_value")
    return None if value is None else float(value)
