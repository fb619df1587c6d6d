"""Issues as the API shows them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pmsync_jira.sandbox.custom import OWN, Own, shown
from pmsync_jira.sandbox.fields import FIELDS, POINTS, RICH, SPRINT, START, metadata, settable
from pmsync_jira.sandbox.history import as_text, entry_json
from pmsync_jira.sandbox.pieces import (
    attachment_json,
    comment_json,
    duration,
    link_type_json,
    sprint_json,
    version_json,
    worklog_json,
)
from pmsync_jira.sandbox.records import Issue, stamp
from pmsync_jira.sandbox.view import View, project_ref
from pmsync_jira.sandbox.workflow import (
    PRIORITIES,
    RESOLUTIONS,
    STATUSES,
    TYPES,
    category_json,
    priority_json,
    resolution_json,
    status_json,
    type_json,
)

_EMBEDDED_HISTORY = 100
_FULL_EXPAND = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
_SEARCH_EXPAND = "operations,versionedRepresentations,editmeta,changelog,renderedFields"


def brief(view: View, issue: Issue) -> dict[str, Any]:
    """An issue as it stands in another: its parent, a sub-task, the end of a link."""
    return {
        "id": str(issue.id),
        "key": issue.key,
        "self": f"{view.api}/issue/{issue.id}",
        "fields": {
            "summary": issue.summary,
            "status": status_json(STATUSES[issue.status], view.api),
            "priority": priority_json(PRIORITIES[issue.priority], view.api),
            "issuetype": type_json(TYPES[issue.type], view.api),
        },
    }


def _links(view: View, issue: Issue) -> list[dict[str, Any]]:
    told = []
    for link in (view.site.links[link_id] for link_id in issue.links if link_id in view.site.links):
        outward = link.inward == issue.id
        other = view.site.issues[link.outward if outward else link.inward]
        told.append(
            {
                "id": str(link.id),
                "self": f"{view.api}/issueLink/{link.id}",
                "type": link_type_json(view, link.type),
                ("outwardIssue" if outward else "inwardIssue"): brief(view, other),
            }
        )
    return told


def _tracking(view: View, issue: Issue) -> dict[str, Any]:
    spent = sum(worklog.seconds for worklog in issue.worklogs) or None
    named = (("originalEstimate", issue.estimate), ("remainingEstimate", issue.remaining), ("timeSpent", spent))
    told: dict[str, Any] = {name: duration(value) for name, value in named if value is not None}
    return told | {f"{name}Seconds": value for name, value in named if value is not None}


def _comments(view: View, issue: Issue) -> dict[str, Any]:
    comments = view.comments(issue)
    most = len(comments) if view.most_comments is None else view.most_comments
    return {
        "comments": [comment_json(view, issue, comment) for comment in comments[:most]],
        "self": f"{view.api}/issue/{issue.id}/comment",
        "maxResults": most,
        "total": len(comments),
        "startAt": 0,
    }


def _worklogs(view: View, issue: Issue) -> dict[str, Any]:
    shown_logs = [worklog_json(view, issue, worklog) for worklog in issue.worklogs[:20]]
    return {"startAt": 0, "maxResults": 20, "total": len(issue.worklogs), "worklogs": shown_logs}


def _parent(view: View, issue: Issue) -> dict[str, Any] | None:
    parent = view.site.issues.get(issue.parent or 0)
    return brief(view, parent) if parent else None


def _subtasks(view: View, issue: Issue) -> list[dict[str, Any]]:
    return [brief(view, child) for child in view.site.children(issue) if TYPES[child.type].subtask]


def _resolution(view: View, issue: Issue) -> dict[str, Any] | None:
    return None if issue.resolution is None else resolution_json(RESOLUTIONS[issue.resolution], view.api)


def _own(own: Own, view: View, issue: Issue) -> Any:
    return shown(own, issue.custom.get(own.id), view.api, view.text, view.user)


_SHOWN: Mapping[str, Callable[[View, Issue], Any]] = {
    "summary": lambda view, issue: issue.summary,
    "issuetype": lambda view, issue: type_json(TYPES[issue.type], view.api),
    "project": lambda view, issue: project_ref(view),
    "description": lambda view, issue: view.text(issue.description),
    "priority": lambda view, issue: priority_json(PRIORITIES[issue.priority], view.api),
    "labels": lambda view, issue: list(issue.labels),
    "assignee": lambda view, issue: view.user(issue.assignee),
    "reporter": lambda view, issue: view.user(issue.reporter),
    "duedate": lambda view, issue: issue.due,
    "parent": _parent,
    "timetracking": _tracking,
    START: lambda view, issue: issue.start,
    POINTS: lambda view, issue: issue.points,
    "attachment": lambda view, issue: [
        attachment_json(view, view.site.attachments[field_id])
        for field_id in issue.attachments
        if field_id in view.site.attachments
    ],
    "issuelinks": _links,
    "resolution": _resolution,
    "status": lambda view, issue: status_json(STATUSES[issue.status], view.api),
    "statusCategory": lambda view, issue: category_json(STATUSES[issue.status].category, view.api),
    "statuscategorychangedate": lambda view, issue: stamp(issue.status_since),
    "resolutiondate": lambda view, issue: issue.resolved and stamp(issue.resolved),
    "created": lambda view, issue: stamp(issue.created),
    "updated": lambda view, issue: stamp(issue.updated),
    "creator": lambda view, issue: view.user(issue.creator),
    "archiveddate": lambda view, issue: issue.archived and stamp(issue.archived),
    "archivedby": lambda view, issue: view.user(issue.archiver),
    "subtasks": _subtasks,
    "comment": _comments,
    "worklog": _worklogs,
    "timeoriginalestimate": lambda view, issue: issue.estimate,
    "timeestimate": lambda view, issue: issue.remaining,
    "timespent": lambda view, issue: sum(worklog.seconds for worklog in issue.worklogs) or None,
    "components": lambda view, issue: [],
    "fixVersions": lambda view, issue: [version_json(view, view.site.versions[one]) for one in issue.versions],
    "versions": lambda view, issue: [],
    SPRINT: lambda view, issue: [sprint_json(view, view.site.sprints[one]) for one in issue.sprints] or None,
    **{own.id: partial(_own, own) for own in OWN.values()},
}
_UNLESS_SET = ("parent", "archiveddate", "archivedby")
"""Fields that an issue without a value for them does not have at all."""
_NAVIGABLE = tuple(
    field_id for field_id in _SHOWN if field_id not in ("comment", "attachment", "worklog", "timetracking")
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which fields are asked for, in the API's order. `bare`: nothing but the id; `wide`: more than a page likes."""

    fields: tuple[str, ...]
    bare: bool = False
    key_only: bool = False
    wide: bool = False


def selection(asked: Iterable[str], default: str) -> Selection:
    """Read a `fields` parameter: names, `*all`, `*navigable`, `id`, and exclusions with a dash."""
    names = [name for entry in asked for name in entry.split(",") if name] or [default]
    if all(name.startswith("-") for name in names):
        names = [default, *names]
    lowered = {field_id.casefold(): field_id for field_id in _SHOWN}
    chosen: set[str] = set()
    for name in names:
        if name == "*all":
            chosen.update(_SHOWN)
        elif name == "*navigable":
            chosen.update(_NAVIGABLE)
        elif name.startswith("-"):
            chosen.discard(lowered.get(name[1:].casefold(), ""))
        elif name.casefold() in lowered:
            chosen.add(lowered[name.casefold()])
    plain = {name.casefold() for name in names}
    return Selection(
        fields=tuple(field_id for field_id in _SHOWN if field_id in chosen),
        bare=plain == {"id"},
        key_only=plain <= {"id", "key", "issuekey"},
        wide=bool({"*all", "*navigable"} & plain) or len(chosen) > 20,
    )


def issue_json(
    view: View,
    issue: Issue,
    selected: Selection,
    expand: Iterable[str] = (),
    properties: Iterable[str] = (),
    *,
    search: bool = False,
) -> dict[str, Any]:
    """An issue, with the fields, the expansions and the entity properties that are asked for."""
    if selected.bare and not properties:
        return {"id": str(issue.id)}
    expand = set(expand)
    told: dict[str, Any] = {
        "expand": _SEARCH_EXPAND if search else _FULL_EXPAND,
        "id": str(issue.id),
        "self": f"{view.api}/issue/{issue.id}",
        "key": issue.key,
    }
    wanted = list(properties)
    if wanted:
        every = "*all" in wanted
        told["properties"] = {key: value for key, value in issue.properties.items() if every or key in wanted}
    if "names" in expand and not search:
        told["names"] = {field_id: FIELDS[field_id].name for field_id in selected.fields}
    if "schema" in expand and not search:
        told["schema"] = {field_id: FIELDS[field_id].schema for field_id in selected.fields}
    if "renderedFields" in expand:
        told["renderedFields"] = {
            field_id: _SHOWN[field_id](view, issue) for field_id in selected.fields if field_id not in RICH
        } | {
            field_id: f"<p>{as_text(_SHOWN[field_id](view, issue))}</p>"
            for field_id in selected.fields
            if field_id in RICH
        }
    if "editmeta" in expand:
        told["editmeta"] = {"fields": editmeta(view, issue)}
    if "changelog" in expand:
        told["changelog"] = embedded_history(view, issue)
    if selected.fields or not selected.key_only:
        values = {field_id: _SHOWN[field_id](view, issue) for field_id in selected.fields}
        told["fields"] = {
            field_id: value for field_id, value in values.items() if value is not None or field_id not in _UNLESS_SET
        }
    return told


def editmeta(view: View, issue: Issue) -> dict[str, Any]:
    """What the edit screen offers."""
    return screen(view, issue.type, create=False)


def screen(view: View, type_id: str, *, create: bool) -> dict[str, dict[str, Any]]:
    """What the screen for creating or editing issues of a type offers, by field."""
    kinds = settable(type_id, create=create)
    told = {field_id: metadata(kind, type_id, project_ref(view), view.api) for field_id, kind in kinds.items()}
    versions = [version_json(view, one) for one in view.site.versions.values() if not one.archived]
    told["fixVersions"]["allowedValues"] = versions
    return told


def embedded_history(view: View, issue: Issue) -> dict[str, Any]:
    """The changelog as `expand=changelog` gives it: the newest first, and no more than a page."""
    newest = issue.history[::-1][:_EMBEDDED_HISTORY]
    return {
        "startAt": 0,
        "maxResults": len(newest),
        "total": len(issue.history),
        "histories": [entry_json(view.site, entry, view.api) for entry in newest],
    }
