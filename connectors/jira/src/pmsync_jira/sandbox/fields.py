"""The fields of the emulated project: what they are called, what they hold, on which screens they are."""

from dataclasses import dataclass, field
from typing import Any

from pmsync_jira.sandbox.custom import OWN, option_json
from pmsync_jira.sandbox.people import CLOUD
from pmsync_jira.sandbox.workflow import (
    DEFAULT_PRIORITY,
    PRIORITIES,
    RESOLUTIONS,
    TYPES,
    priority_json,
    resolution_json,
    type_json,
)

START = "customfield_10015"
POINTS = "customfield_10016"
SPRINT = "customfield_10020"


@dataclass(frozen=True, slots=True)
class FieldKind:
    """A field. `create` and `edit`: whether those screens have it. `clauses`: what JQL calls it."""

    id: str
    name: str
    schema: dict[str, Any] = field(default_factory=dict)
    create: bool = False
    edit: bool = False
    required: bool = False
    operations: tuple[str, ...] = ("set",)
    clauses: tuple[str, ...] = ()

    @property
    def custom(self) -> bool:
        return self.id.startswith("customfield_")


def _system(kind: str, name: str, items: str = "") -> dict[str, Any]:
    return {"type": kind, "system": name} | ({"items": items} if items else {})


def _custom(kind: str, field_id: str, plugin: str) -> dict[str, Any]:
    return {
        "type": kind,
        "custom": f"com.atlassian.jira.plugin.system.customfieldtypes:{plugin}",
        "customId": int(field_id),
    }


def _field(field_id: str, name: str, kind: str = "", *, items: str = "", **more: Any) -> FieldKind:
    schema = _system(kind, field_id, items) if kind else {}
    return FieldKind(field_id, name, schema, **({"clauses": (field_id,)} | more))


FIELDS = {
    kind.id: kind
    for kind in (
        _field("summary", "Summary", "string", create=True, edit=True, required=True),
        _field(
            "issuetype", "Issue Type", "issuetype", create=True, edit=True, required=True, clauses=("issuetype", "type")
        ),
        _field("project", "Project", "project", create=True, required=True),
        _field("description", "Description", "string", create=True, edit=True),
        _field("priority", "Priority", "priority", create=True, edit=True),
        _field(
            "labels", "Labels", "array", items="string", create=True, edit=True, operations=("add", "set", "remove")
        ),
        _field("assignee", "Assignee", "user", create=True, edit=True),
        _field("reporter", "Reporter", "user", create=True, edit=True),
        _field("duedate", "Due date", "date", create=True, edit=True, clauses=("due", "duedate")),
        _field("parent", "Parent", "issuelink", create=True, edit=True),
        _field(
            "timetracking",
            "Time tracking",
            "timetracking",
            create=True,
            edit=True,
            operations=("set", "edit"),
            clauses=(),
        ),
        FieldKind(
            START,
            "Start date",
            _custom("date", "10015", "datepicker"),
            create=True,
            edit=True,
            clauses=("cf[10015]", "Start date"),
        ),
        FieldKind(
            POINTS,
            "Story point estimate",
            _custom("number", "10016", "float"),
            create=True,
            edit=True,
            clauses=("cf[10016]", "Story point estimate"),
        ),
        FieldKind(
            SPRINT,
            "Sprint",
            {
                "type": "array",
                "items": "json",
                "custom": "com.pyxis.greenhopper.jira:gh-sprint",
                "customId": 10020,
            },
            edit=True,
            clauses=("cf[10020]", "Sprint"),
        ),
        *(
            FieldKind(
                own.id,
                own.name,
                own.schema,
                create=True,
                edit=True,
                operations=("add", "set", "remove") if own.type == "array" else ("set",),
            )
            for own in OWN.values()
        ),
        _field("attachment", "Attachment", "array", items="attachment", clauses=("attachments",)),
        _field("issuelinks", "Linked Issues", "array", items="issuelinks", clauses=("issueLink",)),
        _field("resolution", "Resolution", "resolution"),
        _field("status", "Status", "status"),
        _field("statusCategory", "Status Category", "statusCategory"),
        _field(
            "statuscategorychangedate", "Status Category Changed", "datetime", clauses=("statusCategoryChangedDate",)
        ),
        _field("resolutiondate", "Resolved", "datetime", clauses=("resolutiondate", "resolved")),
        _field("created", "Created", "datetime", clauses=("created", "createdDate")),
        _field("updated", "Updated", "datetime", clauses=("updated", "updatedDate")),
        _field("creator", "Creator", "user"),
        _field("archiveddate", "Archived", "datetime", clauses=()),
        _field("archivedby", "Archiver", "user", clauses=()),
        _field("subtasks", "Sub-tasks", "array", items="issuelinks"),
        _field("comment", "Comment", "comments-page"),
        _field("worklog", "Log Work", "array", items="worklog", clauses=()),
        _field("timeoriginalestimate", "Original estimate", "number", clauses=("originalEstimate",)),
        _field("timeestimate", "Remaining Estimate", "number", clauses=("remainingEstimate",)),
        _field("timespent", "Time Spent", "number"),
        _field("components", "Components", "array", items="component"),
        _field(
            "fixVersions",
            "Fix versions",
            "array",
            items="version",
            create=True,
            edit=True,
            operations=("set", "add", "remove"),
            clauses=("fixVersion",),
        ),
        _field("versions", "Affects versions", "array", items="version", clauses=("affectedVersion",)),
    )
}
RICH = frozenset({"description", *(own.id for own in OWN.values() if own.plugin == "textarea")})
"""Fields of formatted text."""
CLAUSES = {clause.casefold(): kind.id for kind in FIELDS.values() for clause in (*kind.clauses, kind.name, kind.id)}
"""What JQL, in any case of letters, may call a field."""


def settable(type_id: str, *, create: bool) -> dict[str, FieldKind]:
    """The fields of a type's screen for creating or editing."""
    found = {kind.id: kind for kind in FIELDS.values() if (kind.create if create else kind.edit)}
    if TYPES[type_id].level == 1:
        del found["parent"]
    return found


def details(kind: FieldKind, product: str) -> dict[str, Any]:
    """A field as `GET /field` lists it."""
    shown: dict[str, Any] = {
        "id": kind.id,
        "name": kind.name,
        "custom": kind.custom,
        "orderable": kind.create or kind.edit,
        "navigable": kind.id not in ("comment", "attachment", "worklog", "timetracking"),
        "searchable": bool(kind.clauses),
        "clauseNames": list(kind.clauses),
    }
    if product == CLOUD:
        shown["key"] = kind.id
    return shown | ({"schema": kind.schema} if kind.schema else {})


def allowed_values(field_id: str, type_id: str, project: dict[str, Any], api: str) -> list[dict[str, Any]] | None:
    """What the field can be set to, where that is a list."""
    match field_id:
        case "issuetype":
            return [type_json(TYPES[type_id], api)]
        case "priority":
            return [priority_json(value, api) for value in PRIORITIES.values()]
        case "resolution":
            return [resolution_json(value, api) for value in RESOLUTIONS.values()]
        case "project":
            return [project]
        case "components" | "versions":
            return []
        case _ if field_id in OWN and OWN[field_id].options:
            return [option_json(OWN[field_id], id_, api) for id_, _ in OWN[field_id].options]
        case _:
            return None


def metadata(kind: FieldKind, type_id: str, project: dict[str, Any], api: str) -> dict[str, Any]:
    """A field as the screens' metadata show it."""
    shown: dict[str, Any] = {
        "required": kind.required or (kind.id == "parent" and TYPES[type_id].subtask),
        "schema": kind.schema,
        "name": kind.name,
        "key": kind.id,
        "hasDefaultValue": kind.id == "priority",
        "operations": list(kind.operations),
    }
    if kind.id == "priority":
        shown["defaultValue"] = priority_json(PRIORITIES[DEFAULT_PRIORITY], api)
    if kind.id in ("assignee", "reporter"):
        shown["autoCompleteUrl"] = f"{api}/user/recommend?context={kind.id.capitalize()}&issueKey="
    if kind.id == "labels":
        shown["autoCompleteUrl"] = f"{api.partition('/rest/')[0]}/rest/api/1.0/labels/suggest?query="
    values = allowed_values(kind.id, type_id, project, api)
    return shown if values is None else shown | {"allowedValues": values}
