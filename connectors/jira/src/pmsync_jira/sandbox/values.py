"""Reading what a client wants a field to be: from the request's JSON to the attributes of an issue, or a 400."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pmsync_jira.sandbox import adf
from pmsync_jira.sandbox.answers import Refusal, invalid
from pmsync_jira.sandbox.custom import OWN, PREFIX, Own, read
from pmsync_jira.sandbox.fields import POINTS, SPRINT, START
from pmsync_jira.sandbox.people import Person
from pmsync_jira.sandbox.records import Issue, Text
from pmsync_jira.sandbox.routing import Call
from pmsync_jira.sandbox.site import Site
from pmsync_jira.sandbox.workflow import PRIORITIES, RESOLUTIONS, TYPES, IssueType, Named

TEXT_LIMIT = 32_767
SUMMARY_LIMIT = 255
LABEL_LIMIT = 255
_TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
_NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
_UNITS = {"w": 5 * 8 * 3600, "d": 8 * 3600, "h": 3600, "m": 60}

Values = dict[str, Any]
"""New values by attribute of `Issue`."""


def text(call: Call, field: str, value: Any) -> Text:
    """Formatted text: a document in v3, markup in v2. Raises a 400 for what Jira would not store."""
    if value is None:
        return None
    if call.version == 2:
        if not isinstance(value, str):
            raise invalid(field, "Operation value must be a string")
        length = len(value)
    else:
        if not adf.is_document(value):
            raise invalid(field, _NOT_A_DOCUMENT)
        if not adf.valid(value):
            raise Refusal(400, "INVALID_INPUT")
        length = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    if length > TEXT_LIMIT:
        raise invalid(field, _TOO_LONG)
    return value or None


def _summary(site: Site, call: Call, value: Any) -> Values:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise invalid("summary", "You must specify a summary of the issue.")
    if not isinstance(value, str):
        raise invalid("summary", "Operation value must be a string")
    if "\n" in value or "\r" in value:
        raise invalid("summary", "The summary is invalid because it contains newline characters.")
    if "\0" in value:
        raise invalid("summary", "The summary is invalid because it contains characters that are not allowed.")
    if len(value) > SUMMARY_LIMIT:
        raise invalid("summary", "Summary must be less than 255 characters.")
    return {"summary": value}


def _description(site: Site, call: Call, value: Any) -> Values:
    return {"description": text(call, "description", value)}


def _listed(field: str, value: Any, known: Mapping[str, Named | IssueType], message: str) -> str:
    if isinstance(value, dict):
        if str(value.get("id", "")) in known:
            return str(value["id"])
        for entry in known.values():
            if "id" not in value and str(value.get("name", "")).casefold() == entry.name.casefold():
                return entry.id
    raise invalid(field, message)


def _priority(site: Site, call: Call, value: Any) -> Values:
    return {"priority": _listed("priority", value, PRIORITIES, "The priority selected is invalid.")}


def _issuetype(site: Site, call: Call, value: Any) -> Values:
    return {"type": _listed("issuetype", value, TYPES, "Specify a valid issue type")}


def _resolution(site: Site, call: Call, value: Any) -> Values:
    return {"resolution": _listed("resolution", value, RESOLUTIONS, "Resolution is invalid.")}


def label(value: Any) -> str:
    """One label. Raises a 400 for what cannot be one."""
    if not isinstance(value, str):
        raise invalid("labels", "Operation value must be a string")
    if any(character.isspace() for character in value):
        raise invalid("labels", f"The label '{value}' contains spaces which is invalid.")
    if not value or len(value) > LABEL_LIMIT:
        raise invalid("labels", f"The label '{value}' exceeds the maximum length of {LABEL_LIMIT} characters.")
    return value


def _labels(site: Site, call: Call, value: Any) -> Values:
    if value is not None and not isinstance(value, list):
        raise invalid("labels", "Operation value must be an array")
    return {"labels": tuple(sorted({label(entry) for entry in value or ()}))}


def _user(site: Site, field: str, value: Any) -> Person | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid(field, "data was not an object")
    names = ("accountId", "id") if site.cloud else ("name", "key")
    given = [value[name] for name in names if name in value]
    if not given:
        wanted = "accountId" if site.cloud else "name"
        raise invalid(field, f"expected Object containing a '{wanted}' property")
    if given[0] in (None, "", "-1"):
        return None
    person = site.people.find(str(given[0]))
    if person is None:
        raise invalid(field, f"User '{given[0]}' does not exist.")
    return person


def _assignee(site: Site, call: Call, value: Any) -> Values:
    person = _user(site, "assignee", value)
    if person is not None and not person.member:
        shown = person.account_id if site.cloud else person.name
        raise invalid("assignee", f"User '{shown}' cannot be assigned issues.")
    return {"assignee": person and person.name}


def _reporter(site: Site, call: Call, value: Any) -> Values:
    person = _user(site, "reporter", value)
    if person is None:
        raise invalid("reporter", "Reporter is required.")
    return {"reporter": person.name}


def _day(field: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", value):
            return date(*(int(part) for part in value.split("-"))).isoformat()
    except ValueError:
        pass
    if isinstance(value, str):
        raise invalid(field, f"Error parsing date string: {value}")
    raise invalid(field, "Operation value must be a string")


def _due(site: Site, call: Call, value: Any) -> Values:
    return {"due": _day("duedate", value)}


def _start(site: Site, call: Call, value: Any) -> Values:
    return {"start": _day(START, value)}


def _points(site: Site, call: Call, value: Any) -> Values:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise invalid(POINTS, "Operation value must be a number")
    return {"points": None if value is None else float(value)}


def _parent(site: Site, call: Call, value: Any) -> Values:
    if value is None or (isinstance(value, dict) and str(value.get("none", "")).casefold() == "true"):
        return {"parent": None}
    reference = value.get("id") or value.get("key") if isinstance(value, dict) else None
    found = site.find(str(reference)) if reference else None
    if found is None:
        raise invalid("parent", "Could not find valid parent work item.")
    return {"parent": found.id}


def seconds(field: str, value: Any) -> int:
    """A duration as people write it: `1w 2d 3h 30m`, with days of 8 hours and weeks of 5 days. Raises a 400."""
    written = str(value).strip()
    if not re.fullmatch(r"(\d+(\.\d+)?[wdhm]?\s*)+", written):
        raise invalid(field, f"'{value}' is not a valid duration.")
    parts = re.findall(r"(\d+(?:\.\d+)?)([wdhm]?)", written)
    return int(sum(float(amount) * _UNITS[unit or "m"] for amount, unit in parts))


def _timetracking(site: Site, call: Call, value: Any) -> Values:
    if not isinstance(value, dict):
        raise invalid("timetracking", "data was not an object")
    values: Values = {}
    for name, attribute in (("originalEstimate", "estimate"), ("remainingEstimate", "remaining")):
        if name in value:
            given = value[name]
            values[attribute] = None if given in (None, "") else seconds(f"timetracking_{name.lower()}", given)
    if values.get("estimate") is not None:
        values.setdefault("remaining", values["estimate"])
    return values


def _version(site: Site, value: Any) -> int:
    if isinstance(value, dict):
        for version in site.versions.values():
            if str(value.get("id", "")) == str(version.id) or ("id" not in value and value.get("name") == version.name):
                return version.id
        raise invalid("fixVersions", f"Version name '{value.get('name') or value.get('id')}' is not valid")
    raise invalid("fixVersions", "data was not an object")


def _versions(site: Site, call: Call, value: Any) -> Values:
    if value is not None and not isinstance(value, list):
        raise invalid("fixVersions", "Operation value must be an array")
    return {"versions": tuple(dict.fromkeys(_version(site, one) for one in value or ()))}


def _sprint(site: Site, call: Call, value: Any) -> Values:
    """The sprint that an issue is to be in, beside those that are over."""
    if value is not None and (not isinstance(value, int) or value not in site.sprints):
        raise invalid(SPRINT, f"Sprint with ID '{value}' does not exist.")
    return {"sprints": () if value is None else (value,)}


def _own(own: Own) -> Callable[[Site, Call, Any], Values]:
    def reader(site: Site, call: Call, value: Any) -> Values:
        kept = read(
            own, value, lambda field, given: text(call, field, given), lambda field, given: _user(site, field, given)
        )
        return {f"{PREFIX}{own.id}": kept}

    return reader


READERS: Mapping[str, Callable[[Site, Call, Any], Values]] = {
    "summary": _summary,
    "description": _description,
    "priority": _priority,
    "issuetype": _issuetype,
    "resolution": _resolution,
    "labels": _labels,
    "assignee": _assignee,
    "reporter": _reporter,
    "duedate": _due,
    START: _start,
    POINTS: _points,
    "parent": _parent,
    "timetracking": _timetracking,
    "fixVersions": _versions,
    SPRINT: _sprint,
    **{own.id: _own(own) for own in OWN.values()},
}
"""How each field that a screen can have is read."""


def operate(site: Site, call: Call, field: str, operations: Any, issue: Issue | None) -> Values:
    """The outcome of a field's `update` operations. Raises a 400."""
    if not isinstance(operations, list) or not all(isinstance(one, dict) and len(one) == 1 for one in operations):
        raise invalid(field, "Operation value must be an array of operations, each with one verb")
    values: Values = {}
    labels = set(issue.labels if issue else ())
    lists = field == "fixVersions" or (field in OWN and OWN[field].type == "array")
    for operation in operations:
        (verb, value), *_ = operation.items()
        if verb == "set" or (verb == "edit" and field == "timetracking"):
            values |= READERS[field](site, call, value)
            labels = set(values.get("labels", labels))
        elif field == "labels" and verb in ("add", "remove"):
            labels = labels | {label(value)} if verb == "add" else labels - {str(value)}
            values["labels"] = tuple(sorted(labels))
        elif lists and verb in ("add", "remove"):
            values = _listed_anew(site, call, field, verb, value, values, issue)
        else:
            raise invalid(field, f"The operation '{verb}' is not supported for the field '{field}'.")
    return values


def _listed_anew(
    site: Site, call: Call, field: str, verb: str, value: Any, values: Values, issue: Issue | None
) -> Values:
    """A list with one member more or less. Raises a 400 for what cannot be one."""
    ((name, members),) = READERS[field](site, call, [value]).items()
    if name in values:
        before = values[name]
    elif issue is None:
        before = ()
    else:
        before = issue.versions if name == "versions" else issue.custom.get(field)
    kept = tuple(one for one in before or () if one not in members)
    after = (*kept, *members) if verb == "add" else kept
    return values | {name: after or (() if name == "versions" else None)}
