"""Searching: `search/jql` with its tokens on Cloud, `search` with its offsets on Data Center."""

from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from pmsync_jira.sandbox import jql
from pmsync_jira.sandbox.answers import INVALID_PAYLOAD, Refusal, reply
from pmsync_jira.sandbox.fields import FIELDS
from pmsync_jira.sandbox.matching import Asker, in_order, known_field, prepare
from pmsync_jira.sandbox.people import CLOUD, DATA_CENTER
from pmsync_jira.sandbox.records import Issue
from pmsync_jira.sandbox.render import Selection, issue_json, selection
from pmsync_jira.sandbox.routing import Call, Route, strings, typed
from pmsync_jira.sandbox.site import Site
from pmsync_jira.sandbox.tokens import Place
from pmsync_jira.sandbox.view import EMBEDDED_COMMENTS, View

_UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
_GONE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline "
    "is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
_MOST_IDS = 5_000
_MOST_NARROW = 100
_MOST_WIDE = 50
_MOST_WITH_HISTORY = 40
_ORDER_FIELDS = 7
_PROPERTIES = 5
_RECONCILED = 50


@dataclass(frozen=True, slots=True)
class Ask:
    """A search, however it was sent."""

    jql: str
    fields: tuple[str, ...]
    most: int
    token: str
    expand: tuple[str, ...]
    properties: tuple[str, ...]
    fresh: tuple[int, ...]

    def same(self) -> tuple[object, ...]:
        """What has to stay the same from page to page."""
        return self.jql, self.fresh


def _from_body(call: Call) -> Ask:
    body = call.body(
        "jql", "fields", "maxResults", "nextPageToken", "expand", "properties", "fieldsByKeys", "reconcileIssues"
    )
    fresh = typed(body, "reconcileIssues", list, [])
    if not all(isinstance(issue_id, int) for issue_id in fresh):
        raise Refusal(400, INVALID_PAYLOAD)
    return Ask(
        jql=typed(body, "jql", str, ""),
        fields=tuple(strings(body, "fields")),
        most=typed(body, "maxResults", int, 50),
        token=typed(body, "nextPageToken", str, ""),
        expand=tuple(typed(body, "expand", str, "").split(",")),
        properties=tuple(strings(body, "properties")),
        fresh=tuple(fresh),
    )


def _from_query(call: Call) -> Ask:
    fresh = call.listed("reconcileIssues")
    if not all(issue_id.isdecimal() for issue_id in fresh):
        raise Refusal(400, "The parameter 'reconcileIssues' has to be a list of issue ids.")
    return Ask(
        jql=call.query("jql"),
        fields=tuple(call.listed("fields")),
        most=call.number("maxResults", 50),
        token=call.query("nextPageToken"),
        expand=tuple(call.listed("expand")),
        properties=tuple(call.listed("properties")),
        fresh=tuple(int(issue_id) for issue_id in fresh),
    )


def _bounded(text: str) -> jql.Query:
    query = jql.parse(text)
    if query.where is None:
        raise Refusal(400, _UNBOUNDED)
    if len(query.order) > _ORDER_FIELDS:
        raise Refusal(400, f"The maximum number of fields in 'ORDER BY' is {_ORDER_FIELDS}.")
    for name, _ in query.order:
        known_field(name)
    return query


def _found(site: Site, query: jql.Query, call: Call, fresh: tuple[int, ...] = ()) -> list[Issue]:
    asker = Asker(site, call.person, call.now)
    plan = prepare(query, asker)
    if not call.person.member:
        return []
    if plan.ids is not None and not set(fresh):
        seen = (site.index.seen(issue_id, call.now) for issue_id in plan.ids)
        candidates = iter([issue for issue in seen if issue is not None])
    else:
        candidates = site.index.since(plan.updated_from, call.now, fresh)
    return in_order([issue for issue in candidates if issue.archived is None and plan.test(issue)], query.order)


def _limit(ask: Ask, selected: Selection) -> int:
    """How long a page can be: the more is asked of each issue, the fewer come."""
    if "changelog" in ask.expand:
        most = _MOST_WITH_HISTORY
    elif selected.wide:
        most = _MOST_WIDE
    else:
        most = _MOST_IDS if selected.key_only and not ask.properties else _MOST_NARROW
    return min(most, ask.most)


def _search(site: Site, call: Call, ask: Ask) -> Response:
    if not ask.most >= 1:
        raise Refusal(400, "The value of the maxResults parameter has to be between 1 and 5000.")
    if len(ask.properties) > _PROPERTIES or len(ask.fresh) > _RECONCILED:
        raise Refusal(400, INVALID_PAYLOAD)
    query = _bounded(ask.jql)
    if call.user is None:
        # Nobody is told that they are nobody: the answer is that of an empty project (recorded).
        return reply({"issues": [], "isLast": True})
    if ask.token:
        place = site.tokens.take(ask.token, ask.same(), call.user.name, call.now)
        ids, at = place.ids, place.at
    else:
        ids, at = [issue.id for issue in _found(site, query, call, ask.fresh)], 0
    selected = selection(ask.fields, "id")
    end = at + _limit(ask, selected)
    told: dict[str, Any] = {"issues": _page(site, call, ask, selected, ids[at:end])}
    if "names" in ask.expand:
        told["names"] = {name: FIELDS[name].name for name in selected.fields}
    if "schema" in ask.expand:
        told["schema"] = {name: FIELDS[name].schema for name in selected.fields}
    if end < len(ids):
        told["nextPageToken"] = site.tokens.give(Place(ask.same(), call.user.name, ids, end, call.now, ask.token))
    return reply(told | {"isLast": end >= len(ids)})


def _page(site: Site, call: Call, ask: Ask, selected: Selection, ids: list[int]) -> list[dict[str, Any]]:
    view = View.of(site, call, most_comments=EMBEDDED_COMMENTS)
    told = []
    for issue_id in ids:
        issue = site.issues.get(issue_id) if issue_id in ask.fresh else site.index.seen(issue_id, call.now)
        if issue is not None:
            told.append(issue_json(view, issue, selected, ask.expand, ask.properties, search=True))
    return told


def approximate_count(site: Site, call: Call) -> Response:
    """`POST /search/approximate-count`."""
    query = _bounded(typed(call.body("jql"), "jql", str, ""))
    return reply({"count": 0 if call.user is None else len(_found(site, query, call))})


def gone(site: Site, call: Call) -> Response:
    """`/search` on Cloud: retired."""
    raise Refusal(410, _GONE)


def by_offset(site: Site, call: Call) -> Response:
    """`/search` on Data Center."""
    if call.request.method == "POST":
        body = call.body()
        text, fields = typed(body, "jql", str, ""), strings(body, "fields")
        start, most = typed(body, "startAt", int, 0), typed(body, "maxResults", int, 50)
        expand = strings(body, "expand")
    else:
        text, fields, expand = call.query("jql"), call.listed("fields"), call.listed("expand")
        start, most = call.number("startAt", 0), call.number("maxResults", 50)
    if call.user is None:
        raise Refusal(400, "The value 'ENG' does not exist for the field 'project'.")
    found = _found(site, jql.parse(text), call)
    start, most = max(0, start), min(1_000, max(0, most))
    view = View.of(site, call)
    selected = selection(fields, "*navigable")
    issues = [issue_json(view, issue, selected, expand, search=True) for issue in found[start : start + most]]
    return reply(
        {
            "expand": "schema,names",
            "startAt": start,
            "maxResults": most,
            "total": len(found),
            "issues": issues,
        }
    )


def by_post(site: Site, call: Call) -> Response:
    """`POST /search/jql`."""
    return _search(site, call, _from_body(call))


def by_get(site: Site, call: Call) -> Response:
    """`GET /search/jql`."""
    return _search(site, call, _from_query(call))


ROUTES = (
    Route("POST", "/search/jql", by_post, anonymous=True, reads=True, products=(CLOUD,)),
    Route("GET", "/search/jql", by_get, anonymous=True, products=(CLOUD,)),
    Route("POST", "/search/approximate-count", approximate_count, anonymous=True, reads=True, products=(CLOUD,)),
    Route("GET", "/search", gone, anonymous=True, products=(CLOUD,)),
    Route("POST", "/search", gone, anonymous=True, reads=True, products=(CLOUD,)),
    Route("GET", "/search", by_offset, anonymous=True, products=(DATA_CENTER,)),
    Route("POST", "/search", by_offset, anonymous=True, reads=True, products=(DATA_CENTER,)),
)
