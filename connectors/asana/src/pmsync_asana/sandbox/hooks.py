"""Webhooks: the handshake when one is created, signed deliveries, heartbeats, and deletion after a day of failures."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from pmsync.sandbox.webhooks import Deliveries, Delivery
from pmsync_asana.sandbox.calls import Answer, Call, full, nothing
from pmsync_asana.sandbox.paging import Pages
from pmsync_asana.sandbox.problems import Problem, bad, missing
from pmsync_asana.sandbox.records import Event, Project, Record, Section, Tag, Task, Webhook, Workspace
from pmsync_asana.sandbox.world import World, instant, moment, sees

HEARTBEAT = timedelta(hours=8)
GIVE_UP = timedelta(hours=24)
_RETRIES = (10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, *(3600.0,) * 24)
_ACTIONS = frozenset({"added", "changed", "deleted", "removed", "undeleted"})


class Hooks:
    """The subscriptions of one world."""

    def __init__(self, world: World, pages: Pages, deliveries: Callable[[], Deliveries]) -> None:
        self._world = world
        self._pages = pages
        self._deliveries = deliveries
        self._hooks: dict[str, Webhook] = {}

    def create(self, call: Call) -> Answer:
        """`POST /webhooks`: asks the target before it answers."""
        world = self._world
        resource = self._resource(call)
        target = call.data.get("target")
        if not isinstance(target, str) or not target.startswith(("http://", "https://")):
            raise missing("target") if not target else bad("target: Not a valid URL")
        filters = _filters(call.data.get("filters"))
        if isinstance(resource, Workspace) and not filters:
            raise bad("filters: Missing input")
        if any(hook.target == target and hook.resource is resource for hook in self._hooks.values()):
            raise Problem(403, "You can't create a webhook with the same target and resource as an existing webhook")
        secret = secrets.token_hex(32)
        answered = self._deliveries().handshake("POST", target, {"X-Hook-Secret": secret})
        if answered is None or answered.status_code not in (200, 204):
            raise bad("The remote server did not respond with the handshake secret.")
        if answered.headers.get("X-Hook-Secret") != secret:
            raise bad("The remote server did not respond with the handshake secret.")
        hook = Webhook(world.gid(), resource, target, secret, call.user, world.now(), filters)
        world.keep(hook)
        self._hooks[hook.gid] = hook
        self._beat(hook)
        headers = {"Location": f"/api/1.0/webhooks/{hook.gid}"}
        return Answer(hook, status=201, extra={"X-Hook-Secret": secret}, headers=headers)

    def index(self, call: Call) -> Answer:
        """`GET /webhooks?workspace&resource`: the caller's own."""
        workspace = self._world.find(Workspace, call.query.get("workspace"), call.user)
        wanted = call.query.get("resource")
        found = [
            hook
            for hook in self._hooks.values()
            if hook.owner is call.user and workspace.gid and wanted in (None, hook.resource.gid)
        ]
        return self._pages.page(call, found)

    def read(self, call: Call) -> Answer:
        """`GET /webhooks/{webhook_gid}`."""
        return full(self._world.find(Webhook, call.gid(), call.user))

    def update(self, call: Call) -> Answer:
        """`PUT /webhooks/{webhook_gid}`: the filters, all at once."""
        hook = self._world.find(Webhook, call.gid(), call.user)
        hook.filters = _filters(call.data.get("filters"))
        return full(hook)

    def delete(self, call: Call) -> Answer:
        """`DELETE /webhooks/{webhook_gid}`."""
        self._end(self._world.find(Webhook, call.gid(), call.user))
        return nothing()

    def serve(self, events: Iterable[Event]) -> None:
        """Queue what happened for those who want it, and the heartbeats that are due."""
        if not self._hooks:
            return
        now = self._world.now()
        told = list(events)
        for hook in list(self._hooks.values()):
            wanted = [_thin(event) for event in told if hook.resource.gid in event.scopes and _passes(hook, event)]
            if wanted:
                self._post(hook, wanted)
            if hook.next_heartbeat <= now:
                self._beat(hook)

    def _resource(self, call: Call) -> Project | Task | Section | Tag | Workspace:
        record = self._world.records.get(str(call.data.get("resource")))
        if not isinstance(record, Project | Task | Section | Tag | Workspace):
            self._world.find(Task, call.data.get("resource"), call.user, field="resource", status=400)
            raise bad("resource: Unknown object")
        if not sees(call.user, record):
            raise Problem(403, "You do not have access to this resource.")
        return record

    def _beat(self, hook: Webhook) -> None:
        hook.next_heartbeat = instant(self._world.clock() + HEARTBEAT)
        self._post(hook, [])

    def _post(self, hook: Webhook, events: list[dict[str, Any]]) -> None:
        body = json.dumps({"events": events}).encode()
        signature = hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json; charset=utf-8", "X-Hook-Signature": signature}
        self._deliveries().add(
            Delivery(hook.target, body, headers, _RETRIES, done=lambda status: self._delivered(hook, status))
        )

    def _delivered(self, hook: Webhook, status: int | None) -> None:
        now = self._world.clock()
        if status is not None and 200 <= status < 300:
            hook.last_success_at = instant(now)
            hook.retries, hook.next_attempt, hook.deletion_at = 0, None, None
            return
        hook.last_failure_at = instant(now)
        hook.last_failure_content = "" if status is None else f"HTTP {status}"
        hook.retries += 1
        hook.deletion_at = hook.deletion_at or instant(now + GIVE_UP)
        hook.next_attempt = instant(now + timedelta(seconds=_RETRIES[min(hook.retries, len(_RETRIES)) - 1]))
        if now >= moment(hook.deletion_at):
            self._end(hook)

    def _end(self, hook: Webhook) -> None:
        hook.trashed, hook.active = True, False
        self._hooks.pop(hook.gid, None)


def _filters(value: object) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise bad("filters: Not a list of filters")
    for each in value:
        if each.get("action", "changed") not in _ACTIONS:
            raise bad(f"filters: Unknown action: {each['action']}")
        if each.get("fields") and each.get("action") != "changed":
            raise bad("filters: fields can only be given with the action changed")
    return value


def _passes(hook: Webhook, event: Event) -> bool:
    return not hook.filters or any(_fits(wanted, event) for wanted in hook.filters)


def _fits(wanted: dict[str, Any], event: Event) -> bool:
    if wanted.get("resource_type") not in (None, event.resource.kind):
        return False
    if wanted.get("resource_subtype") not in (None, getattr(event.resource, "subtype", None)):
        return False
    if wanted.get("action") not in (None, event.action):
        return False
    fields = wanted.get("fields")
    return not fields or bool(event.change and event.change["field"] in fields)


def _thin(event: Event) -> dict[str, Any]:
    change = event.change and {name: _stub(value) for name, value in event.change.items()}
    thin = {
        "user": _stub(event.user),
        "created_at": event.created_at,
        "action": event.action,
        "resource": _stub(event.resource),
        "parent": _stub(event.parent),
    }
    return {**thin, "change": change} if change else thin


def _stub(value: Any) -> Any:
    """A record as webhooks name it: what it is, not what it says."""
    if not isinstance(value, Record):
        return value
    subtype = getattr(value, "subtype", None)
    return {"gid": value.gid, "resource_type": value.kind, **({"resource_subtype": subtype} if subtype else {})}
