"""Operations on issues: create, read, edit, move, delete, and what history tells of them."""

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from pmsync_jira.sandbox.answers import INVALID_PAYLOAD, NOT_SEEN, Refusal, nothing, reply
from pmsync_jira.sandbox.editing import Request, apply, create, edit, read, transit
from pmsync_jira.sandbox.fields import FIELDS, metadata
from pmsync_jira.sandbox.history import entry_json
from pmsync_jira.sandbox.people import CLOUD, DATA_CENTER
from pmsync_jira.sandbox.project import paged
from pmsync_jira.sandbox.records import Entry, Issue, millis
from pmsync_jira.sandbox.render import editmeta, issue_json, selection
from pmsync_jira.sandbox.routing import Call, Route, strings, typed
from pmsync_jira.sandbox.site import Happening, Site
from pmsync_jira.sandbox.values import READERS
from pmsync_jira.sandbox.view import EMBEDDED_COMMENTS, View, project_ref
from pmsync_jira.sandbox.workflow import STATUSES, TRANSITIONS, Transition, offered, status_json

_BULK_CREATE = 50
_BULK_FETCH = 100
_BULK_CHANGELOG = 1_000
_CHANGELOG_FIELDS = 10
_PROPERTIES = 5


def _view(site: Site, call: Call) -> View:
    return View.of(site, call)


def _issue(site: Site, call: Call) -> Issue:
    return site.issue_for(call.user, call.param("issueIdOrKey"))


def create_issue(site: Site, call: Call) -> Response:
    """`POST /issue`."""
    return reply(create(site, call, call.body()), 201)


def create_bulk(site: Site, call: Call) -> Response:
    """`POST /issue/bulk`: 201 as soon as one succeeded; the failures come by number, the successes in order."""
    updates = typed(call.body(), "issueUpdates", list, [])
    if not updates:
        raise Refusal(400, INVALID_PAYLOAD)
    if len(updates) > _BULK_CREATE:
        raise Refusal(400, f"The maximum number of issues that can be created at once is {_BULK_CREATE}.")
    issues, errors = [], []
    for number, body in enumerate(updates):
        try:
            if not isinstance(body, dict):
                raise Refusal(400, INVALID_PAYLOAD)
            issues.append(create(site, call, body, bulk=True))
        except Refusal as refusal:
            errors.append({"status": refusal.status, "elementErrors": refusal.body(), "failedElementNumber": number})
    return reply({"issues": issues, "errors": errors}, 201 if issues else 400)


def get_issue(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}`."""
    issue = _issue(site, call)
    selected = selection(call.listed("fields"), "*all")
    return reply(issue_json(_view(site, call), issue, selected, call.listed("expand"), call.listed("properties")))


def bulk_fetch(site: Site, call: Call) -> Response:
    """`POST /issue/bulkfetch`: read from the database, in the order of the ids."""
    body = call.body("issueIdsOrKeys", "fields", "properties", "expand", "fieldsByKeys")
    asked = strings(body, "issueIdsOrKeys")
    properties = strings(body, "properties")
    if not 1 <= len(asked) <= _BULK_FETCH:
        raise Refusal(400, f"The number of issues requested has to be between 1 and {_BULK_FETCH}.")
    if len(properties) > _PROPERTIES:
        raise Refusal(400, INVALID_PAYLOAD)
    seen = call.user is not None and call.user.member
    found = {reference: site.find(reference) if seen else None for reference in asked}
    view = View.of(site, call, most_comments=EMBEDDED_COMMENTS)
    selected = selection(strings(body, "fields"), "*all")
    issues = {issue.id: issue for issue in found.values() if issue is not None}
    return reply(
        {
            "issues": [
                issue_json(view, issues[issue_id], selected, strings(body, "expand"), properties)
                for issue_id in sorted(issues)
            ],
            "issueErrors": [
                {"id": reference, "errorMessage": NOT_SEEN} for reference, issue in found.items() if issue is None
            ],
        }
    )


def edit_issue(site: Site, call: Call) -> Response:
    """`PUT /issue/{issueIdOrKey}`: 204, or the issue with `returnIssue=true`."""
    issue = _issue(site, call)
    edit(site, call, issue, call.body())
    if call.flag("returnIssue"):
        selected = selection([], "*all")
        return reply(issue_json(_view(site, call), issue, selected, call.listed("expand")))
    return nothing()


def assign(site: Site, call: Call) -> Response:
    """`PUT /issue/{issueIdOrKey}/assignee`."""
    issue = _issue(site, call)
    request = Request(values=READERS["assignee"](site, call, call.body()))
    apply(site, call.person, issue, request)
    return nothing()


def delete_issue(site: Site, call: Call) -> Response:
    """`DELETE /issue/{issueIdOrKey}`."""
    issue = _issue(site, call)
    subtasks = [child for child in site.children(issue) if child.type == "10003"]
    if subtasks and not call.flag("deleteSubtasks"):
        raise Refusal(
            400,
            f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this "
            "issue and all its subtasks.",
        )
    for dependent in subtasks:
        site.announce(Happening("jira:issue_deleted", call.person, dependent, secondary=True))
        site.remove(dependent)
    site.announce(Happening("jira:issue_deleted", call.person, issue))
    site.remove(issue)
    return nothing()


def edit_meta(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}/editmeta`."""
    return reply({"fields": editmeta(_view(site, call), _issue(site, call))})


def _transition(view: View, issue: Issue, transition: Transition, *, fields: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": transition.id,
        "name": transition.name,
        "to": status_json(transition.to, view.api),
        "hasScreen": transition.screen,
        "isGlobal": False,
        "isInitial": False,
        "isConditional": False,
    }
    if view.site.cloud:
        told |= {"isAvailable": True, "isLooped": False}
    if fields:
        told["fields"] = {}
        if transition.screen:
            resolution = metadata(FIELDS["resolution"], issue.type, project_ref(view), view.api)
            told["fields"]["resolution"] = resolution | {"required": True}
    return told


def transitions(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}/transitions`: what the workflow offers from where the issue is."""
    issue = _issue(site, call)
    only = call.query("transitionId")
    fields = "transitions.fields" in call.listed("expand")
    found = [transition for transition in offered(STATUSES[issue.status]) if only in ("", transition.id)]
    view = _view(site, call)
    return reply(
        {
            "expand": "transitions",
            "transitions": [_transition(view, issue, transition, fields=fields) for transition in found],
        }
    )


def do_transition(site: Site, call: Call) -> Response:
    """`POST /issue/{issueIdOrKey}/transitions`."""
    issue = _issue(site, call)
    call.demand_user()
    body = call.body()
    wanted = body.get("transition")
    transition_id = str(wanted.get("id", "")) if isinstance(wanted, dict) else ""
    if not transition_id:
        raise Refusal(400, "Missing 'transition' identifier")
    transition = TRANSITIONS.get(transition_id)
    if transition is None:
        raise Refusal(400, f"Transition id '{transition_id}' is not valid for this issue.")
    screen = ("resolution",) if transition.screen else ()
    transit(site, call, issue, transition, read(site, call, body, screen, issue))
    return nothing()


def changelog(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}/changelog`: the oldest first."""
    issue = _issue(site, call)
    start, most = call.page(100, 100)
    told = paged(call, issue.history, start, most)
    return reply(told | {"values": [entry_json(site, entry, call.api) for entry in told["values"]]})


def bulk_changelog(site: Site, call: Call) -> Response:
    """`POST /changelog/bulkfetch`: of many issues, the oldest first, with `created` in milliseconds."""
    body = call.body("issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken")
    asked, wanted = strings(body, "issueIdsOrKeys"), frozenset(strings(body, "fieldIds"))
    if not 1 <= len(asked) <= _BULK_CHANGELOG or len(wanted) > _CHANGELOG_FIELDS:
        raise Refusal(400, INVALID_PAYLOAD)
    token = typed(body, "nextPageToken", str, "0")
    if not token.isdecimal():
        raise Refusal(400, "The provided next page token is invalid or expired.")
    start, most = int(token), typed(body, "maxResults", int, 1_000)
    if not 1 <= most <= 10_000:
        raise Refusal(400, INVALID_PAYLOAD)
    found = {issue.id: issue for issue in (site.find(reference) for reference in asked) if issue is not None}
    entries = sorted(
        (
            (entry.created, issue.id, entry)
            for issue in (found.values() if call.person.member else ())
            for entry in issue.history
            if not wanted or any(change.id in wanted for change in entry.changes)
        ),
        key=lambda row: row[:2],
    )
    told: dict[str, Any] = {"issueChangeLogs": _by_issue(site, call, entries[start : start + most], wanted)}
    if start + most < len(entries):
        told["nextPageToken"] = str(start + most)
    return reply(told)


def _by_issue(
    site: Site, call: Call, entries: list[tuple[Any, int, Entry]], wanted: frozenset[str]
) -> list[dict[str, Any]]:
    histories: dict[int, list[dict[str, Any]]] = {}
    for _, issue_id, entry in entries:
        told = entry_json(site, entry, call.api, wanted) | {"created": millis(entry.created)}
        histories.setdefault(issue_id, []).append(told)
    return [{"issueId": str(issue_id), "changeHistories": told} for issue_id, told in histories.items()]


def _put_away(site: Site, call: Call, issue: Issue, archived: bool) -> None:
    def alter() -> None:
        issue.archived, issue.archiver = (site.now(), call.person.name) if archived else (None, None)

    site.touch(issue, alter)


def _demand_archivist(call: Call) -> None:
    if not call.person.admin:
        raise Refusal(403, "You do not have permission to archive issues.")


def archive_issue(site: Site, call: Call) -> Response:
    """`PUT /issue/{issueIdOrKey}/archive` on Data Center: one issue, and again is well."""
    issue = _issue(site, call)
    _demand_archivist(call)
    if issue.archived is None:
        _put_away(site, call, issue, True)
    return nothing()


def restore_issue(site: Site, call: Call) -> Response:
    """`PUT /issue/{issueIdOrKey}/restore` on Data Center: one issue, and again is well."""
    issue = _issue(site, call)
    _demand_archivist(call)
    if issue.archived is not None:
        _put_away(site, call, issue, False)
    return nothing()


def _archive(archived: bool) -> Callable[[Site, Call], Response]:
    def handler(site: Site, call: Call) -> Response:
        _demand_archivist(call)
        asked = strings(call.body("issueIdsOrKeys"), "issueIdsOrKeys")
        if not 1 <= len(asked) <= 1_000:
            raise Refusal(400, "The number of issues has to be between 1 and 1000.")
        found = {reference: site.find(reference) for reference in asked}
        missing = [reference for reference, issue in found.items() if issue is None]
        changed = [issue for issue in found.values() if issue is not None and (issue.archived is not None) != archived]
        for issue in changed:
            _put_away(site, call, issue, archived)
        errors = {}
        if missing:
            errors["issuesNotFound"] = {
                "count": len(missing),
                "issueIdsOrKeys": missing,
                "message": "Issue not found.",
            }
        return reply({"numberOfIssuesUpdated": len(changed), "errors": errors})

    return handler


_ISSUE = "/issue/{issueIdOrKey}"
ROUTES = (
    Route("POST", "/issue", create_issue),
    Route("POST", "/issue/bulk", create_bulk),
    Route("POST", "/issue/bulkfetch", bulk_fetch, anonymous=True, reads=True, products=(CLOUD,)),
    Route("PUT", "/issue/archive", _archive(True), products=(CLOUD,)),
    Route("PUT", "/issue/unarchive", _archive(False), products=(CLOUD,)),
    Route("GET", _ISSUE, get_issue, anonymous=True, burst=150),
    Route("PUT", _ISSUE, edit_issue, anonymous=True),
    Route("DELETE", _ISSUE, delete_issue, anonymous=True),
    Route("PUT", f"{_ISSUE}/archive", archive_issue, products=(DATA_CENTER,)),
    Route("PUT", f"{_ISSUE}/restore", restore_issue, products=(DATA_CENTER,)),
    Route("PUT", f"{_ISSUE}/assignee", assign, anonymous=True),
    Route("GET", f"{_ISSUE}/editmeta", edit_meta, anonymous=True),
    Route("GET", f"{_ISSUE}/transitions", transitions, anonymous=True),
    Route("POST", f"{_ISSUE}/transitions", do_transition, anonymous=True),
    Route("GET", f"{_ISSUE}/changelog", changelog, anonymous=True, burst=200, products=(CLOUD,)),
    Route("POST", "/changelog/bulkfetch", bulk_changelog, reads=True, products=(CLOUD,)),
)
