"""Webhooks: registering them as an administrator does, and telling them what happens."""

import hashlib
import hmac
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from werkzeug.wrappers import Response

from pmsync.sandbox.webhooks import Deliveries, Delivery
from pmsync_jira.sandbox import jql
from pmsync_jira.sandbox.answers import INVALID_PAYLOAD, Refusal, nothing, reply
from pmsync_jira.sandbox.history import change_json
from pmsync_jira.sandbox.matching import Asker, prepare
from pmsync_jira.sandbox.people import CLOUD
from pmsync_jira.sandbox.pieces import LINK_TYPES, attachment_json, comment_json
from pmsync_jira.sandbox.records import Hook, Link, millis
from pmsync_jira.sandbox.render import issue_json, selection
from pmsync_jira.sandbox.routing import Call, Route, strings, typed
from pmsync_jira.sandbox.site import Happening, Site
from pmsync_jira.sandbox.view import View

_EVENTS = frozenset(
    [
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
        "comment_updated",
        "comment_deleted",
        "attachment_created",
        "attachment_deleted",
        "issuelink_created",
        "issuelink_deleted",
        "issue_property_set",
        "issue_property_deleted",
        "worklog_created",
        "worklog_updated",
        "worklog_deleted",
    ]
)
_FILTER = "issue-related-events-section"
_RETRIED = frozenset({408, 409, 425, 429})
_RETRIES = 5
_TIMEOUT = 20.0


def announce(site: Site, deliveries: Deliveries, happening: Happening) -> None:
    """Tell every webhook that asked for such a thing."""
    for hook in site.hooks.values():
        if hook.enabled and happening.event in hook.events and _concerns(site, hook, happening):
            _send(site, deliveries, hook, happening)


def _concerns(site: Site, hook: Hook, happening: Happening) -> bool:
    if not hook.filter:
        return True
    asker = Asker(site, site.people.get(hook.owner), site.now())
    return prepare(jql.parse(hook.filter), asker).test(happening.issue)


def _send(site: Site, deliveries: Deliveries, hook: Hook, happening: Happening) -> None:
    number = site.next_id("webhook-event")
    body = b"" if hook.exclude_body else json.dumps(_body(site, happening), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": "Atlassian Webhook HTTP Client",
        "X-Atlassian-Webhook-Identifier": hashlib.sha256(f"{hook.id}/{number}".encode()).hexdigest()[:32],
        "X-Atlassian-Webhook-Flow": "Secondary" if happening.secondary else "Primary",
    }
    if hook.secret:
        headers["X-Hub-Signature"] = signature(hook.secret, body)
    gaps = random.Random(number)  # noqa: S311 - repeatable, not secret
    delivery = Delivery(
        url=_address(hook.url, happening),
        body=body,
        headers=headers,
        retries=tuple(round(gaps.uniform(300, 900), 1) for _ in range(_RETRIES)),
        retry_headers=lambda attempt: {"X-Atlassian-Webhook-Retry": str(attempt)} if attempt else {},
        timeout=_TIMEOUT,
    )
    delivery.done = _giving_up(delivery)
    deliveries.add(delivery)


def _body(site: Site, happening: Happening) -> dict[str, Any]:
    """The envelope. What it shows is the old representation, whatever version the caller spoke."""
    view = View(site, site.base, 2)
    issue = happening.issue
    told: dict[str, Any] = {"timestamp": millis(site.now()), "webhookEvent": happening.event}
    if happening.event.startswith("jira:issue"):
        told |= {
            "issue_event_type_name": happening.kind or "issue_updated",
            "user": view.user(happening.actor.name),
            "issue": issue_json(view, issue, selection(["*all", "-comment", "-worklog"], "*all")),
        }
        del told["issue"]["expand"]
    if happening.entry is not None:
        items = [change_json(change, cloud=site.cloud) for change in happening.entry.changes]
        told["changelog"] = {"id": str(happening.entry.id), "items": items}
    if happening.comment is not None:
        told["comment"] = comment_json(view, issue, happening.comment)
        if site.cloud:
            # Server and Data Center leave the issue out of a comment's event.
            told["issue"] = _short(view, happening)
    if happening.attachment is not None:
        told["attachment"] = attachment_json(view, happening.attachment)
    if happening.link is not None:
        told["issueLink"] = _link(happening.link)
    if happening.property:
        told |= {
            "property": {"key": happening.property, "value": issue.properties.get(happening.property)},
            "issue": _short(view, happening),
        }
    return told


def _link(link: Link) -> dict[str, Any]:
    """A link of issues as its event has it; the issues themselves are not in it."""
    name, inward, outward = LINK_TYPES[link.type]
    kind = {"id": int(link.type), "name": name, "outwardName": outward, "inwardName": inward}
    return {
        "id": link.id,
        "sourceIssueId": link.inward,
        "destinationIssueId": link.outward,
        "issueLinkType": kind | {"isSubTaskLinkType": False, "isSystemLinkType": False},
        "systemLink": False,
    }


def _short(view: View, happening: Happening) -> dict[str, Any]:
    named = selection(["summary", "issuetype", "project", "assignee", "priority", "status"], "id")
    told = issue_json(view, happening.issue, named)
    del told["expand"]
    return told


def _giving_up(delivery: Delivery) -> Callable[[int | None], None]:
    def done(status: int | None) -> None:
        if status is not None and status < 500 and status not in _RETRIED:
            delivery.retries = ()

    return done


def _address(url: str, happening: Happening) -> str:
    """The URL with its variables filled in: `${issue.key}` as on the server, `{issue.key}` as on Cloud."""
    values = {"issue.key": happening.issue.key, "issue.id": str(happening.issue.id)}
    return re.sub(r"\$?\{(issue\.(?:key|id))\}", lambda match: values[match[1]], url)


def signature(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature`."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _told(site: Site, hook: Hook) -> dict[str, Any]:
    owner = site.people.get(hook.owner)
    return {
        "name": hook.name,
        "url": hook.url,
        "excludeBody": hook.exclude_body,
        "filters": {_FILTER: hook.filter},
        "events": hook.events,
        "enabled": hook.enabled,
        "isSigned": bool(hook.secret),
        "self": f"{site.base}{_HERE}/{hook.id}",
        "lastUpdatedUser": owner.account_id if site.cloud else owner.key,
        "lastUpdatedDisplayName": owner.full_name,
        "lastUpdated": hook.changed,
    }


def _administrator(call: Call) -> str:
    if not call.person.admin:
        raise Refusal(403, "You do not have permission to manage webhooks.")
    return call.person.name


def _read(site: Site, call: Call, hook: Hook) -> Hook:
    """The webhook as a request wants it. What the request leaves out stays. Raises a 400."""
    body = call.body()
    read = replace(
        hook,
        name=typed(body, "name", str, hook.name),
        url=typed(body, "url", str, hook.url),
        events=strings(body, "events") if "events" in body else hook.events,
        filter=str(typed(body, "filters", dict, {_FILTER: hook.filter}).get(_FILTER) or ""),
        exclude_body=typed(body, "excludeBody", bool, hook.exclude_body),
        secret=typed(body, "secret", str, hook.secret),
        enabled=typed(body, "enabled", bool, hook.enabled),
        changed=millis(call.now),
    )
    if not read.name or not re.match(r"https?://", read.url) or not set(read.events) <= _EVENTS:
        raise Refusal(400, INVALID_PAYLOAD)
    if read.filter:
        prepare(jql.parse(read.filter), Asker(site, site.people.get(read.owner), call.now))
    return read


def _found(site: Site, call: Call) -> Hook:
    _administrator(call)
    wanted = call.param("id")
    if not wanted.isdecimal() or int(wanted) not in site.hooks:
        raise Refusal(404, f"Webhook with id '{wanted}' does not exist.")
    return site.hooks[int(wanted)]


def register(site: Site, call: Call) -> Response:
    """`POST /rest/webhooks/1.0/webhook`."""
    owner = _administrator(call)
    hook = _read(site, call, Hook(id=max(site.hooks, default=0) + 1, owner=owner))
    site.hooks[hook.id] = hook
    return reply(_told(site, hook), 201)


def listed(site: Site, call: Call) -> Response:
    """`GET /rest/webhooks/1.0/webhook`."""
    _administrator(call)
    return reply([_told(site, hook) for hook in site.hooks.values()])


def one(site: Site, call: Call) -> Response:
    """`GET /rest/webhooks/1.0/webhook/{id}`."""
    return reply(_told(site, _found(site, call)))


def change(site: Site, call: Call) -> Response:
    """`PUT /rest/webhooks/1.0/webhook/{id}`."""
    hook = _read(site, call, _found(site, call))
    site.hooks[hook.id] = hook
    return reply(_told(site, hook))


def remove(site: Site, call: Call) -> Response:
    """`DELETE /rest/webhooks/1.0/webhook/{id}`."""
    del site.hooks[_found(site, call).id]
    return nothing()


def dynamic(site: Site, call: Call) -> Response:
    """`/webhook`: for Connect and OAuth apps, which those who sign in with a token are not."""
    call.demand_user()
    raise Refusal(403, "Only Connect and OAuth 2.0 apps can use this operation.")


_HERE = "/rest/webhooks/1.0/webhook"
ROUTES = (
    Route("POST", _HERE, register, rooted=True),
    Route("GET", _HERE, listed, rooted=True),
    Route("GET", f"{_HERE}/{{id}}", one, rooted=True),
    Route("PUT", f"{_HERE}/{{id}}", change, rooted=True),
    Route("DELETE", f"{_HERE}/{{id}}", remove, rooted=True),
    *(Route(method, "/webhook", dynamic, products=(CLOUD,)) for method in ("GET", "POST", "DELETE")),
    Route("PUT", "/webhook/refresh", dynamic, products=(CLOUD,)),
    Route("GET", "/webhook/failed", dynamic, products=(CLOUD,)),
)
