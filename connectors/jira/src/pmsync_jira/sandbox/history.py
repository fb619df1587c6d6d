"""The changelog: how a change of an attribute is told, and how its entries are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pmsync_jira.sandbox import adf
from pmsync_jira.sandbox.custom import OWN, PREFIX, plainly
from pmsync_jira.sandbox.fields import POINTS, SPRINT, START
from pmsync_jira.sandbox.people import shown
from pmsync_jira.sandbox.records import Change, Entry, Issue, stamp
from pmsync_jira.sandbox.site import Site
from pmsync_jira.sandbox.workflow import PRIORITIES, RESOLUTIONS, STATUSES, TYPES

Told = tuple[str | None, str | None]
"""A value in the changelog: what identifies it, and what people read."""

_NOTHING: Told = (None, None)


def as_text(value: Any) -> str:
    """Formatted text as the old API and the history show it."""
    return adf.plain(value) if isinstance(value, dict) else str(value or "")


def _user(site: Site, name: Any) -> Told:
    if name is None:
        return _NOTHING
    person = site.people.get(name)
    return (person.account_id if site.cloud else person.key), person.full_name


def _named(known: Mapping[str, Any]) -> Callable[[Site, Any], Told]:
    return lambda site, value: _NOTHING if value is None else (value, known[value].name)


def _plain(site: Site, value: Any) -> Told:
    return None, (None if value is None else as_text(value))


def _labels(site: Site, value: Any) -> Told:
    return "", " ".join(value)


def _due(site: Site, value: Any) -> Told:
    return _NOTHING if value is None else (value, f"{value} 00:00:00.0")


def _start(site: Site, value: Any) -> Told:
    return _NOTHING if value is None else (value, f"{date.fromisoformat(value):%d/%b/%y}")


def _points(site: Site, value: Any) -> Told:
    return None, (None if value is None else f"{value:g}")


def _parent(site: Site, value: Any) -> Told:
    issue = site.issues.get(value)
    return _NOTHING if issue is None else (str(issue.id), issue.key)


def _versions(site: Site, value: Any) -> Told:
    if not value:
        return _NOTHING
    return ",".join(str(one) for one in value), ",".join(site.versions[one].name for one in value)


def _sprints(site: Site, value: Any) -> Told:
    if not value:
        return "", ""
    return ", ".join(str(one) for one in value), ", ".join(site.sprints[one].name for one in value)


def _number(site: Site, value: Any) -> Told:
    return _NOTHING if value is None else (str(value), str(value))


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    id: str
    tell: Callable[[Site, Any], Told]


_LINES = {
    "summary": _Line("summary", "summary", _plain),
    "description": _Line("description", "description", _plain),
    "type": _Line("issuetype", "issuetype", _named(TYPES)),
    "priority": _Line("priority", "priority", _named(PRIORITIES)),
    "labels": _Line("labels", "labels", _labels),
    "assignee": _Line("assignee", "assignee", _user),
    "reporter": _Line("reporter", "reporter", _user),
    "due": _Line("duedate", "duedate", _due),
    "start": _Line("Start date", START, _start),
    "points": _Line("Story point estimate", POINTS, _points),
    "parent": _Line("IssueParentAssociation", "", _parent),
    "resolution": _Line("resolution", "resolution", _named(RESOLUTIONS)),
    "status": _Line("status", "status", _named(STATUSES)),
    "versions": _Line("Fix Version", "fixVersions", _versions),
    "sprints": _Line("Sprint", SPRINT, _sprints),
    "estimate": _Line("timeoriginalestimate", "timeoriginalestimate", _number),
    "remaining": _Line("timeestimate", "timeestimate", _number),
}


def changes(site: Site, issue: Issue, values: Mapping[str, Any]) -> list[Change]:
    """What setting those attributes changes, as history tells it; nothing for values that are there already."""
    told = []
    for attribute, value in values.items():
        if attribute.startswith(PREFIX):
            told += _own(site, issue, attribute.removeprefix(PREFIX), value)
            continue
        line = _LINES.get(attribute)
        present = getattr(issue, attribute)
        if line is None or value == present:
            continue
        old, old_text = line.tell(site, present)
        new, new_text = line.tell(site, value)
        custom = line.id.startswith("customfield_")
        told.append(Change(line.name, line.id, custom, old, old_text, new, new_text))
    return told


def _own(site: Site, issue: Issue, field_id: str, value: Any) -> list[Change]:
    """What changes in a custom field."""
    own, present = OWN[field_id], issue.custom.get(field_id)
    if value == present:
        return []
    names = {person.name: person.full_name for person in site.people}
    old, new = (as_text(one) if isinstance(one, dict) else plainly(own, one, names) for one in (present, value))
    return [Change(own.name, field_id, True, None, old, None, new)]


def change_json(change: Change, *, cloud: bool) -> dict[str, Any]:
    """One item of an entry. Data Center names no field ids."""
    shown_change: dict[str, Any] = {"field": change.name, "fieldtype": "custom" if change.custom else "jira"}
    if cloud and change.id:
        shown_change["fieldId"] = change.id
    return shown_change | {
        "from": change.old,
        "fromString": change.old_text,
        "to": change.new,
        "toString": change.new_text,
    }


def entry_json(site: Site, entry: Entry, api: str, fields: frozenset[str] = frozenset()) -> dict[str, Any]:
    """An entry of the changelog; with field ids, only its items about those."""
    base, _, version = api.partition("/rest/api/")
    told: dict[str, Any] = {
        "id": str(entry.id),
        "author": shown(site.people.get(entry.author), base, int(version), site.product),
        "created": stamp(entry.created),
        "items": [
            change_json(change, cloud=site.cloud) for change in entry.changes if not fields or change.id in fields
        ],
    }
    return told | ({"historyMetadata": entry.metadata} if entry.metadata else {})
