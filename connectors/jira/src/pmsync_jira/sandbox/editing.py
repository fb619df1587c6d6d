"""Creating and changing issues: what is read from a request, checked as a whole, and then done."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pmsync_jira.sandbox.answers import Refusal, collection, invalid, not_settable
from pmsync_jira.sandbox.custom import PREFIX
from pmsync_jira.sandbox.fields import settable
from pmsync_jira.sandbox.history import changes
from pmsync_jira.sandbox.people import Person
from pmsync_jira.sandbox.records import Comment, Entry, Issue, Text
from pmsync_jira.sandbox.routing import Call, typed
from pmsync_jira.sandbox.site import PROJECT_ID, PROJECT_KEY, Happening, Site
from pmsync_jira.sandbox.values import READERS, Values, operate, text
from pmsync_jira.sandbox.workflow import BACKLOG, STATUSES, TRANSITIONS, TYPES, Transition, offered

PROPERTY_LIMIT = 32_768
_CONFLICT = "The issue could not be updated due to a conflicting update. Refresh and try again."
_HIERARCHY = "Given parent work item does not belong to appropriate hierarchy."
_SUBTASK_ALONE = "Issue type is a sub-task but parent issue key or id not specified."


@dataclass(slots=True)
class Request:
    """What a create, an edit or a transition asks for, read and found well formed."""

    values: Values = field(default_factory=dict)
    comments: list[Text] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] | None = None


def read(site: Site, call: Call, body: dict[str, Any], screen: Iterable[str], issue: Issue | None) -> Request:
    """Read a body's fields and operations against a screen. Raises one 400 that names every bad field."""
    fields: dict[str, Any] = typed(body, "fields", dict, {})
    update: dict[str, Any] = typed(body, "update", dict, {})
    allowed = set(screen)
    request = Request(metadata=typed(body, "historyMetadata", dict, {}) or None)
    messages: list[str] = []
    errors: dict[str, str] = {}
    for name in [*fields, *(name for name in update if name not in fields)]:
        try:
            if name in fields and name in update:
                raise invalid(name, f"Field '{name}' cannot appear in both 'fields' and 'update'")
            if name == "comment" and name in update:
                request.comments += _added_comments(call, update[name])
            elif name not in allowed or name not in READERS:
                raise not_settable(name)
            elif name in fields:
                request.values |= READERS[name](site, call, fields[name])
            else:
                request.values |= operate(site, call, name, update[name], issue)
        except Refusal as refusal:
            messages += refusal.messages
            errors |= refusal.errors
    if messages or errors:
        raise Refusal(400, *messages, errors=errors)
    request.properties = _properties(body)
    return request


def _added_comments(call: Call, operations: Any) -> list[Text]:
    if not isinstance(operations, list):
        raise invalid("comment", "data was not an array")
    bodies = []
    for operation in operations:
        added = operation.get("add") if isinstance(operation, dict) else None
        if not isinstance(added, dict):
            raise invalid("comment", "Comment body can not be empty!")
        bodies.append(comment_text(call, added.get("body")))
    return bodies


def comment_text(call: Call, body: Any) -> Text:
    """The text of a comment. Raises the 400 of comments, which differs from that of fields (recorded)."""
    if body in (None, "", {}):
        raise invalid("comment", "Comment body can not be empty!")
    try:
        return text(call, "comment", body)
    except Refusal as refusal:
        if refusal.errors.get("comment", "").startswith("The entered text is too long"):
            raise
        raise invalid("comment", "Comment body is not valid!") from None


def _properties(body: dict[str, Any]) -> dict[str, Any]:
    properties = {}
    for entry in typed(body, "properties", list, []):
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or not 0 < len(entry["key"]) <= 255:
            raise Refusal(400, "The property key is invalid.")
        properties[entry["key"]] = entry.get("value")
    return properties


def create(site: Site, call: Call, body: dict[str, Any], *, bulk: bool = False) -> dict[str, Any]:
    """Create an issue, and answer as Jira does. Raises a 400."""
    actor = call.person
    fields = typed(body, "fields", dict, {})
    type_id = _kind_of(site, call, actor, fields)
    screen = settable(type_id, create=True)
    transition = _first_transition(body)
    screen_names = {*screen, "resolution"} if transition is not None and transition.screen else set(screen)
    rest = dict(body, fields={name: value for name, value in fields.items() if name != "project"})
    request = read(site, call, rest, screen_names, None)
    if "summary" not in request.values:
        raise invalid("summary", "You must specify a summary of the issue.")
    _check_hierarchy(site, type_id, request.values.get("parent"), None)
    resolution = request.values.pop("resolution", None)
    attributes: Values = {"reporter": actor.name, "type": type_id} | request.values
    custom = {name: attributes.pop(name) for name in [*attributes] if name.startswith(PREFIX)}
    now = site.now()
    issue = Issue(
        id=site.next_id("issue"),
        key=site.new_key(),
        status=BACKLOG.id,
        creator=actor.name,
        created=now,
        updated=now,
        status_since=now,
        **attributes,
    )
    issue.custom.update({name.removeprefix(PREFIX): value for name, value in custom.items()})
    issue.properties.update(request.properties)
    site.add(issue)
    site.announce(Happening("jira:issue_created", actor, issue, kind="issue_created", secondary=bulk))
    for body_text in request.comments:
        add_comment(site, actor, issue, body_text)
    told: dict[str, Any] = {"id": str(issue.id), "key": issue.key, "self": f"{call.api}/issue/{issue.id}"}
    if "transition" in body:
        told["transition"] = _move_new(site, call, issue, transition, resolution)
    return told


def _first_transition(body: dict[str, Any]) -> Transition | None:
    wanted = typed(body, "transition", dict, {})
    return TRANSITIONS.get(str(wanted.get("id", "")))


def _move_new(
    site: Site, call: Call, issue: Issue, transition: Transition | None, resolution: str | None
) -> dict[str, Any]:
    """The transition of a create: where it fails the issue exists all the same, and the answer says so beside it."""
    try:
        if transition is None:
            raise Refusal(400, "Transition id is not valid for this issue.")
        request = Request(values={} if resolution is None else {"resolution": resolution})
        transit(site, call, issue, transition, request)
    except Refusal as refusal:
        return {"status": refusal.status, "errorCollection": refusal.body()}
    return {"status": 200, "errorCollection": collection()}


def _kind_of(site: Site, call: Call, actor: Person, fields: dict[str, Any]) -> str:
    errors = {}
    project = fields.get("project")
    wanted = {str(project.get("id", "")), str(project.get("key", ""))} if isinstance(project, dict) else set()
    if not actor.member or not wanted & {PROJECT_ID, PROJECT_KEY}:
        errors["project"] = "Specify a valid project ID or key"
    type_id = ""
    if "issuetype" not in fields:
        errors["issuetype"] = "Specify an issue type"
    else:
        try:
            type_id = READERS["issuetype"](site, call, fields["issuetype"])["type"]
        except Refusal as refusal:
            errors |= refusal.errors
    if "project" in errors and project is None:
        # Without a project Jira looks no further (recorded).
        errors = {"project": errors["project"]}
    if errors:
        raise Refusal(400, errors=errors)
    return type_id


def _check_hierarchy(site: Site, type_id: str, parent_id: int | None, issue: Issue | None) -> None:
    kind = TYPES[type_id]
    if parent_id is None:
        if kind.subtask:
            raise invalid("parent", _SUBTASK_ALONE)
        return
    parent = site.issues[parent_id]
    if TYPES[parent.type].level != kind.level + 1 or (issue is not None and parent.id == issue.id):
        raise invalid("parentId", _HIERARCHY)


def edit(site: Site, call: Call, issue: Issue, body: dict[str, Any]) -> None:
    """Change an issue's fields and properties. Raises 400 and 409."""
    actor = call.person
    _not_archived(issue)
    request = read(site, call, body, settable(issue.type, create=False), issue)
    type_id = request.values.get("type", issue.type)
    if TYPES[type_id].subtask != TYPES[issue.type].subtask:
        raise invalid("issuetype", "The issue type selected is invalid.")
    if {"type", "parent"} & request.values.keys():
        _check_hierarchy(site, type_id, request.values.get("parent", issue.parent), issue)
    if "sprints" in request.values:
        over = tuple(one for one in issue.sprints if site.sprints[one].state == "closed")
        request.values["sprints"] = over + request.values["sprints"]
    _meet_others(site, issue)
    apply(site, actor, issue, request)


def apply(site: Site, actor: Person, issue: Issue, request: Request, *, kind: str = "issue_updated") -> Entry | None:
    """Do what was read, write history, and tell the webhooks."""
    told = changes(site, issue, request.values)
    entry = site.edit(issue, actor, request.values, told, request.metadata)
    for key, value in request.properties.items():
        set_property(site, actor, issue, key, value)
    if entry is not None:
        if {change.name for change in told} == {"assignee"}:
            kind = "issue_assigned"
        site.announce(Happening("jira:issue_updated", actor, issue, kind=kind, entry=entry))
    for body_text in request.comments:
        add_comment(site, actor, issue, body_text)
    return entry


def transit(site: Site, call: Call, issue: Issue, transition: Transition, request: Request) -> None:
    """Move an issue along a transition. Raises 400 and 409."""
    _not_archived(issue)
    if transition not in offered(STATUSES[issue.status]):
        raise Refusal(400, f"Transition id '{transition.id}' is not valid for this issue.")
    if transition.screen and request.values.get("resolution") is None:
        raise invalid("resolution", "Resolution is required.")
    _meet_others(site, issue)
    values: Values = request.values | {"status": transition.to.id}
    if transition.screen:
        values["resolved"] = site.now()
    elif transition.clears_resolution:
        values |= {"resolution": None, "resolved": None}
    request.values = values
    apply(site, call.person, issue, request, kind="issue_generic")


def _not_archived(issue: Issue) -> None:
    if issue.archived is not None:
        raise Refusal(400, "The issue is archived and cannot be changed.")


def _meet_others(site: Site, issue: Issue) -> None:
    left = site.contested.pop(issue.id, 0)
    if left > 1:
        site.contested[issue.id] = left - 1
    if left:
        raise Refusal(409, _CONFLICT)


def add_comment(site: Site, actor: Person, issue: Issue, body: Text, **extras: Any) -> Comment:
    """Add a comment, which moves the issue's date of change."""
    now = site.now()
    comment = Comment(site.next_id("comment"), actor.name, body, now, now, actor.name, **extras)
    site.touch(issue, lambda: issue.comments.append(comment))
    announce_comment(site, actor, issue, comment, "created")
    return comment


_COMMENT_EVENTS = {"created": "issue_commented", "updated": "issue_comment_edited", "deleted": "issue_comment_deleted"}


def announce_comment(site: Site, actor: Person, issue: Issue, comment: Comment, what: str) -> None:
    """Tell of a comment. Data Center tells twice: of the comment, without its issue, and of the issue."""
    site.announce(Happening(f"comment_{what}", actor, issue, comment=comment))
    if not site.cloud:
        site.announce(Happening("jira:issue_updated", actor, issue, kind=_COMMENT_EVENTS[what], comment=comment))


def set_property(site: Site, actor: Person, issue: Issue, key: str, value: Any) -> None:
    """Set an entity property. It is no field: neither history nor the date of change tell of it."""
    site.touch(issue, lambda: issue.properties.__setitem__(key, value), dated=False)
    site.announce(Happening("issue_property_set", actor, issue, property=key))
