"""The emulator: signs the caller in, counts the request against the limits, and lets its operation answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from pmsync.sandbox.faults import Faults, Kind
from pmsync.sandbox.webhooks import Deliveries
from pmsync_jira.sandbox import accounts, attachments, comments, issues, limits, project, searching, seeds, webhooks
from pmsync_jira.sandbox.answers import UNAUTHENTICATED, Refusal, problem, reply
from pmsync_jira.sandbox.people import CLOUD
from pmsync_jira.sandbox.render import issue_json, selection
from pmsync_jira.sandbox.routing import Call, Match, Routes
from pmsync_jira.sandbox.signin import Desk, Identity
from pmsync_jira.sandbox.site import CLOUD_ID, DEFAULT_BASE, Site
from pmsync_jira.sandbox.view import View

_METHODS = ("GET", "POST", "PUT", "DELETE")
_FAILED = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}


class JiraEmulator:
    """Jira, as `pmsync.sandbox.app.Emulator` wants it. `product`: `cloud` or `data-center`."""

    name = "jira"

    def __init__(self, clock: Callable[[], datetime], product: str) -> None:
        self.clock = clock
        self.product = product
        self.faults = Faults()
        self.deliveries = Deliveries(clock=clock)
        self._base = DEFAULT_BASE
        parts = (accounts, attachments, comments, issues, project, searching, webhooks)
        self._routes = Routes((route for part in parts for route in part.ROUTES), product)
        self.reset("empty")

    def reset(self, seed: str) -> None:
        """Start again from a seed. Raises ValueError for one that there is not."""
        site = Site(self.clock, self.product, base=self._base)
        seeds.plant(site, seed)
        self.site = site
        site.announce = lambda happening: webhooks.announce(site, self.deliveries, happening)
        self.desk = Desk(site.people, cloud=self.product == CLOUD)
        self.limits = limits.Limits()

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        self._base = self.site.base = request.host_url.rstrip("/")
        self.site.faults = self.faults
        match = self._routes.match(request.method, request.path)
        if match is None:
            return self._unknown(request)
        identity = self.desk.identify(request, gateway=match.gateway is not None)
        headers: dict[str, str] = dict(_FAILED) if identity.failed else {}
        if identity.person is not None:
            headers["X-AACCOUNTID" if self.site.cloud else "X-AUSERNAME"] = (
                identity.person.account_id if self.site.cloud else identity.person.name
            )
        try:
            response = self._answer(request, match, identity, headers)
        except Refusal as refusal:
            response = refusal.response()
        response.headers.extend(headers)
        return response

    def _answer(self, request: Request, match: Match, identity: Identity, headers: dict[str, str]) -> Response:
        turned_away = self._turned_away(match, identity)
        if turned_away is not None:
            return turned_away
        now = self.site.now()
        if self.site.cloud:
            headers.update(self.limits.request(match.route, now))
            issue = self.site.find(match.params.get("issueIdOrKey", "-")) if match.route.writes else None
            if issue is not None:
                self.limits.write(issue.id, now)
        base = self.site.base + (f"/ex/jira/{CLOUD_ID}" if match.gateway else "")
        return match.route.handler(self.site, Call(request, match, identity.person, base, now))

    def _turned_away(self, match: Match, identity: Identity) -> Response | None:
        """The 401 for those who are not signed in, where that is not the same as being nobody."""
        if identity.person is not None and (match.gateway is None or match.gateway == CLOUD_ID):
            return None
        if match.gateway is not None:
            # The gateway lets nobody through, and knows one site only.
            known = match.gateway == CLOUD_ID
            code, message = (401, "Unauthorized") if known else (404, "No resource exists at this address.")
            return reply({"code": code, "message": message}, code)
        if match.route.anonymous and (self.site.cloud or not identity.failed):
            return None
        if self.site.cloud:
            return Refusal(401, UNAUTHENTICATED).response()
        return Refusal(401, "You do not have the permission to see the specified issue.", "Login Required").response()

    def _unknown(self, request: Request) -> Response:
        if any(self._routes.match(method, request.path) for method in _METHODS):
            return Refusal(405, "HTTP 405 Method Not Allowed").response()
        return problem(request.method, request.path)

    def route(self, request: Request) -> str:
        """The route's template with its method."""
        match = self._routes.match(request.method, request.path)
        return f"{request.method} {request.path}" if match is None else match.template

    def writes(self, request: Request) -> bool:
        """Whether the request changes state."""
        match = self._routes.match(request.method, request.path)
        return match is not None and match.route.writes

    def failure(self, kind: Kind, retry_after: float | None) -> Response:
        """Jira's own 429 or 500."""
        if kind is not Kind.TOO_MANY:
            return Refusal(500, "Internal server error").response()
        reset = self.site.now() + timedelta(seconds=retry_after or 1)
        headers = limits.headers("jira-burst-based", retry_after, 100, reset)
        return Refusal(429, limits.MESSAGE, headers=headers).response()

    def state(self) -> list[dict[str, Any]]:
        """All issues, with all fields and properties, as the product's own JSON."""
        view = View(self.site, self.site.base, 3 if self.site.cloud else 2)
        everything = selection(["*all"], "*all")
        return [
            issue_json(view, self.site.issues[issue_id], everything, ("changelog",), ("*all",))
            for issue_id in sorted(self.site.issues)
        ]

    def revoke(self, name: str) -> None:
        """Take away the tokens of a user, as an administrator can at any moment."""
        self.desk.revoked.add(name)

    def contest(self, reference: str, times: int = 1) -> None:
        """Let the next edits or transitions of an issue meet somebody else's: they answer 409. Raises KeyError."""
        issue = self.site.find(reference)
        if issue is None:
            raise KeyError(reference)
        self.site.contested[issue.id] = times

    def serve_customers(self) -> None:
        """Make the project one of Jira Service Management, where customers read comments that are not internal."""
        self.site.project_type = "service_desk"

    def expire_tokens(self) -> None:
        """Let all page tokens of searches become stale."""
        self.site.tokens.expire()
