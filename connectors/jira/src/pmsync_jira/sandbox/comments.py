"""Operations on comments and logged time."""

from typing import Any

from werkzeug.wrappers import Response

from pmsync_jira.sandbox.answers import INVALID_PAYLOAD, Refusal, invalid, nothing, reply
from pmsync_jira.sandbox.editing import add_comment, announce_comment, comment_text
from pmsync_jira.sandbox.people import CLOUD
from pmsync_jira.sandbox.pieces import comment_json, worklog_json
from pmsync_jira.sandbox.project import paged
from pmsync_jira.sandbox.records import Comment, Issue, Worklog, stamp
from pmsync_jira.sandbox.routing import Call, Route, typed
from pmsync_jira.sandbox.site import Happening, Site
from pmsync_jira.sandbox.values import seconds, text
from pmsync_jira.sandbox.view import GROUPS, ROLES, View

_LISTED = 1_000
_MOST = 5_000


def _view(site: Site, call: Call) -> View:
    return View.of(site, call)


def _issue(site: Site, call: Call) -> Issue:
    return site.issue_for(call.user, call.param("issueIdOrKey"))


def _comment(site: Site, call: Call) -> tuple[Issue, Comment]:
    issue = _issue(site, call)
    for comment in _view(site, call).comments(issue):
        if str(comment.id) == call.param("id"):
            return issue, comment
    raise Refusal(404, f"Can not find a comment for the id: {call.param('id')}.")


def comments(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}/comment`: a page of them, the oldest first unless asked otherwise."""
    issue = _issue(site, call)
    start, most = call.page(100, 5_000)
    order = call.query("orderBy", "created")
    if order.lstrip("+-") != "created":
        raise Refusal(400, "Can only order comments by the field 'created'.")
    view = _view(site, call)
    ordered = view.comments(issue)[:: -1 if order.startswith("-") else 1]
    properties = "properties" in call.listed("expand")
    shown = [comment_json(view, issue, comment, properties=properties) for comment in ordered[start : start + most]]
    return reply({"startAt": start, "maxResults": most, "total": len(ordered), "comments": shown})


def one(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}/comment/{id}`."""
    issue, comment = _comment(site, call)
    return reply(comment_json(_view(site, call), issue, comment, properties="properties" in call.listed("expand")))


def _extras(body: dict[str, Any]) -> dict[str, Any]:
    """What a body says of a comment besides its text. Raises a 400."""
    extras: dict[str, Any] = {}
    if "properties" in body:
        extras["properties"] = [
            {"key": entry.get("key"), "value": entry.get("value")}
            for entry in typed(body, "properties", list, [])
            if isinstance(entry, dict)
        ]
    if "visibility" in body:
        extras["visibility"] = _visibility(typed(body, "visibility", dict, {}))
    return extras


def _visibility(asked: dict[str, Any]) -> dict[str, Any] | None:
    """For whom a comment is to be; None for all. Raises a 400 for a group or a role that there is not."""
    if not asked:
        return None
    kind = asked.get("type")
    known = {"role": ROLES, "group": GROUPS}.get(str(kind), {})
    names = {**{name: name for name in known}, **{id_: name for name, id_ in known.items()}}
    name = names.get(str(asked.get("value") or asked.get("identifier")))
    if name is None:
        raise invalid("commentLevel", f"The {kind} '{asked.get('value')}' does not exist.")
    return {"type": kind, "value": name, "identifier": name if kind == "role" else known[name]}


def add(site: Site, call: Call) -> Response:
    """`POST /issue/{issueIdOrKey}/comment`."""
    issue = _issue(site, call)
    body = call.body()
    extras = _extras(body)
    if len(issue.comments) >= _MOST:
        raise Refusal(413, f"The issue has {_MOST} comments, which is as many as one can have.")
    comment = add_comment(site, call.person, issue, comment_text(call, body.get("body")), **extras)
    return reply(comment_json(_view(site, call), issue, comment), 201)


def change(site: Site, call: Call) -> Response:
    """`PUT /issue/{issueIdOrKey}/comment/{id}`."""
    issue, comment = _comment(site, call)
    person, body = call.person, call.body()
    words, extras = comment_text(call, body.get("body")), _extras(body)

    def rewrite() -> None:
        comment.body, comment.editor, comment.updated = words, person.name, site.now()
        for name, value in extras.items():
            setattr(comment, name, value)

    site.touch(issue, rewrite)
    announce_comment(site, person, issue, comment, "updated")
    return reply(comment_json(_view(site, call), issue, comment))


def delete(site: Site, call: Call) -> Response:
    """`DELETE /issue/{issueIdOrKey}/comment/{id}`."""
    person = call.person
    issue, comment = _comment(site, call)
    site.touch(issue, lambda: issue.comments.remove(comment))
    announce_comment(site, person, issue, comment, "deleted")
    return nothing()


def by_ids(site: Site, call: Call) -> Response:
    """`POST /comment/list`: comments by their ids, whatever issue they are on."""
    ids = typed(call.body("ids"), "ids", list, [])
    if not 1 <= len(ids) <= _LISTED or not all(isinstance(comment_id, int) for comment_id in ids):
        raise Refusal(400, INVALID_PAYLOAD)
    member = call.user is not None and call.user.member
    view, wanted = _view(site, call), set(ids)
    properties = "properties" in call.listed("expand")
    found = [
        comment_json(view, issue, comment, properties=properties)
        for issue in (site.issues.values() if member else ())
        for comment in view.comments(issue)
        if comment.id in wanted
    ]
    return reply(paged(call, found, 0, _LISTED))


def worklogs(site: Site, call: Call) -> Response:
    """`GET /issue/{issueIdOrKey}/worklog`."""
    issue = _issue(site, call)
    start, most = call.page(5_000, 5_000)
    shown = [worklog_json(_view(site, call), issue, worklog) for worklog in issue.worklogs[start : start + most]]
    return reply({"startAt": start, "maxResults": most, "total": len(issue.worklogs), "worklogs": shown})


def log_work(site: Site, call: Call) -> Response:
    """`POST /issue/{issueIdOrKey}/worklog`: time spent comes off the remaining estimate."""
    issue = _issue(site, call)
    person, body = call.person, call.body()
    spent = body.get("timeSpentSeconds")
    if not isinstance(spent, int):
        if "timeSpent" not in body:
            raise invalid("timeLogged", "You must indicate the time spent working on the issue.")
        spent = seconds("timeLogged", body["timeSpent"])
    now = site.now()
    worklog = Worklog(
        id=site.next_id("worklog"),
        author=person.name,
        comment=text(call, "comment", body.get("comment")),
        seconds=spent,
        started=typed(body, "started", str, stamp(now)),
        created=now,
    )

    def write() -> None:
        issue.worklogs.append(worklog)
        if issue.remaining is not None:
            issue.remaining = max(0, issue.remaining - spent)

    site.touch(issue, write)
    site.announce(Happening("worklog_created", person, issue))
    return reply(worklog_json(_view(site, call), issue, worklog), 201)


_COMMENTS = "/issue/{issueIdOrKey}/comment"
ROUTES = (
    Route("GET", _COMMENTS, comments, anonymous=True),
    Route("POST", _COMMENTS, add, anonymous=True),
    Route("GET", f"{_COMMENTS}/{{id}}", one, anonymous=True),
    Route("PUT", f"{_COMMENTS}/{{id}}", change, anonymous=True),
    Route("DELETE", f"{_COMMENTS}/{{id}}", delete),
    Route("POST", "/comment/list", by_ids, anonymous=True, reads=True, products=(CLOUD,)),
    Route("GET", "/issue/{issueIdOrKey}/worklog", worklogs, anonymous=True),
    Route("POST", "/issue/{issueIdOrKey}/worklog", log_work, anonymous=True),
)
