"""A task's stories as changes of fields, with the values before and after as far as Asana tells them. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event, Native
from pmsync.model.vocabulary import CustomField, CustomKind
from pmsync_asana import custom_fields
from pmsync_asana.convert import Layout, dated
from pmsync_asana.moments import moment

FIELDS = (
    "created_at,created_by,resource_subtype,old_name,new_name,old_section,new_section,assignee,old_dates,new_dates,"
    "custom_field,old_enum_value.name,new_enum_value.name,old_number_value,new_number_value,old_text_value,"
    "new_text_value,old_multi_enum_values.name,new_multi_enum_values.name,old_date_value,new_date_value,"
    "old_people_value,new_people_value,tag.name"
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
        found += [event for event in _plain(story) if event.field not in layout.held]
        found += _custom(story, layout)
    return sorted((event for event in found if event.at >= since), key=lambda event: event.at)


def _event(story: Mapping[str, Any], field: Field, before: Json, after: Json) -> Event:
    actor = (story.get("created_by") or {}).get("gid")
    return Event(moment(str(story["created_at"])), actor, field, before, after)


def _statuses(told: list[Mapping[str, Any]], native: Native | None, layout: Layout) -> list[Event]:
    """Moves and ticks, told backwards from how the task is now."""
    now = native.fields[Field.STATUS] if native else None
    placed = not isinstance(now, dict) or "place" in now
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
        before = {"place": place, "completed": completed}
        if not placed:
            # A subtask is only ticked off.
            before, after = ({"completed": one["completed"]} for one in (before, after))
        found.append(_event(story, Field.STATUS, {**before}, {**after}))
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


def _plain(story: Mapping[str, Any]) -> list[Event]:
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
        case _ if "old_dates" in story or "new_dates" in story:
            return _dates(story)
        case _:
            return []


def _custom(story: Mapping[str, Any], layout: Layout) -> list[Event]:
    """The change of a custom field that is kept in step."""
    gid = _gid(story, "custom_field")
    found = []
    for shown, custom in layout.held.items():
        if custom.id == gid and str(story.get("resource_subtype")).endswith("_custom_field_changed"):
            before, after = (_value(story, which, shown, custom, layout) for which in ("old", "new"))
            found.append(_event(story, shown, before, after))
    return found


def _value(story: Mapping[str, Any], which: str, shown: Field, custom: CustomField, layout: Layout) -> Json:
    match custom.kind:
        case CustomKind.SELECT:
            return custom_fields.option(story.get(f"{which}_enum_value"), shown)
        case CustomKind.MULTI:
            return custom_fields.names(story.get(f"{which}_multi_enum_values"))
        case CustomKind.DATE:
            return dated(story.get(f"{which}_date_value"))
        case CustomKind.PERSON:
            return custom_fields.gids(story.get(f"{which}_people_value"))
        case CustomKind.NUMBER:
            return custom_fields.number(story.get(f"{which}_number_value"), custom.id in layout.minutes)
        case _:
            return story.get(f"{which}_text_value") or None


def _dates(story: Mapping[str, Any]) -> list[Event]:
    old, new = story.get("old_dates") or {}, story.get("new_dates") or {}
    found = []
    if dated(old) != dated(new):
        found.append(_event(story, Field.DUE, dated(old), dated(new)))
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
