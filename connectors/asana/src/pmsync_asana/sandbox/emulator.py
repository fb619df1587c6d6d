"""The emulator: authentication, rate limits and envelopes around the handlers, and the seeds."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from pmsync.sandbox.app import answer
from pmsync.sandbox.faults import Faults, Kind
from pmsync.sandbox.people import persona
from pmsync.sandbox.webhooks import Deliveries
from pmsync_asana.sandbox import batch, downloads, seeds, streams
from pmsync_asana.sandbox.calls import Call, Shape
from pmsync_asana.sandbox.containers import CustomFields, People, Projects, Sections, Tags
from pmsync_asana.sandbox.dependencies import Dependencies
from pmsync_asana.sandbox.downloads import Downloads
from pmsync_asana.sandbox.entry import Reader
from pmsync_asana.sandbox.envelope import fields, gist, unwrap
from pmsync_asana.sandbox.hooks import Hooks
from pmsync_asana.sandbox.journal import Journal
from pmsync_asana.sandbox.limits import FREE, PAID, SEARCHES, Quota
from pmsync_asana.sandbox.listing import Listing
from pmsync_asana.sandbox.paging import Pages
from pmsync_asana.sandbox.placement import Placement
from pmsync_asana.sandbox.problems import HELP, TOO_MANY, Problem
from pmsync_asana.sandbox.records import Task
from pmsync_asana.sandbox.render import paths, render
from pmsync_asana.sandbox.router import BASE, Handler, Router, relative, routes
from pmsync_asana.sandbox.talk import Attachments, Stories
from pmsync_asana.sandbox.tasks import Tasks
from pmsync_asana.sandbox.views import FIELDS
from pmsync_asana.sandbox.world import World

_NO_ROUTE = Problem(404, "No matching route for request")
_PHRASE = "6 sad squid snuggle softly"


class AsanaEmulator:
    """Asana, emulated. Options: `plan` (`paid` or `free`), `auth` (`pat` or `oauth`, which may write `external`)."""

    name = "asana"

    def __init__(self, clock: Callable[[], datetime], options: Mapping[str, str]) -> None:
        self._clock = clock
        self._paid = options.get("plan", "paid") == "paid"
        self._oauth = options.get("auth", "pat") == "oauth"
        self._faults = Faults()
        self.deliveries = Deliveries(clock=clock)
        self.reset("empty")

    @property
    def faults(self) -> Faults:
        """The faults that are on."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = self.journal.faults = self._listing.faults = faults

    def reset(self, seed: str) -> None:
        """Forget everything and start again."""
        world = World(self._clock)
        reader = Reader(world, oauth=self._oauth, premium=self._paid)
        self.world, self.journal, self.pages = world, Journal(world), Pages(world)
        self._downloads = Downloads(world)
        self.hooks = Hooks(world, self.pages, lambda: self.deliveries)
        self._quota = Quota(PAID if self._paid else FREE, self._clock)
        self._searches = Quota(SEARCHES, self._clock)
        self._listing = Listing(world, self.pages, premium=self._paid)
        parts: dict[str, Any] = {
            "people": People(world, self.pages),
            "projects": Projects(world, self.journal, self.pages, premium=self._paid),
            "sections": Sections(world, self.journal, self.pages),
            "tasks": Tasks(world, self.journal, reader),
            "listing": self._listing,
            "placement": Placement(world, self.journal),
            "dependencies": Dependencies(world, self.journal, self.pages, premium=self._paid),
            "tags": Tags(world, self.pages),
            "custom_fields": CustomFields(world, self.pages, premium=self._paid),
            "stories": Stories(world, self.journal, reader, self.pages),
            "attachments": Attachments(world, self.journal, self.pages, self._downloads),
            "hooks": self.hooks,
        }
        self._parts = parts
        table: dict[str, Handler] = routes(parts)
        table["GET /events"] = lambda call: streams.events(world, self.journal, call)
        table["POST /batch"] = lambda call: batch.run(call, self._perform)
        self._router = Router(table)
        self.faults = self._faults
        seeds.plant(seed, world, parts)
        self.journal.fresh.clear()

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if request.path.startswith(downloads.PATH):
            return self._downloads.serve(request)
        status, body, headers = self._answer(request)
        self.hooks.serve(self.journal.fresh)
        self.journal.fresh.clear()
        return answer(body, status, headers)

    def route(self, request: Request) -> str:
        """The route's template with its method."""
        if request.path.startswith(downloads.PATH):
            return f"{request.method} {downloads.PATH}{{token}}"
        matched = self._router.match(request.method, relative(request.path) or "")
        return f"{request.method} {BASE}{matched[0]}" if matched else f"{request.method} {request.path}"

    def writes(self, request: Request) -> bool:
        """Whether the request changes state: a batch that only reads does not."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return False
        if request.path == f"{BASE}/batch":
            return not batch.read_only((request.get_json(silent=True) or {}).get("data"))
        return True

    def failure(self, kind: Kind, retry_after: float | None) -> Response:
        """A 429 or a 500."""
        if kind is Kind.TOO_MANY:
            headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
            return answer(Problem(429, TOO_MANY).body(), 429, headers)
        return answer({"errors": [{"message": "Server Error", "help": HELP, "phrase": _PHRASE}]}, 500)

    def state(self) -> Any:
        """Every task that is not in the trash, with all its fields."""
        everything = paths(FIELDS[Task])
        return render(list(self.world.tasks.values()), Shape.FULL, everything)

    def _answer(self, request: Request) -> tuple[int, dict[str, Any], dict[str, str]]:
        path = relative(request.path)
        try:
            matched = self._router.match(request.method, path) if path else None
            if matched is None or path is None:
                raise _NO_ROUTE
            template, gids, handler = matched
            token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
            person = persona(token)
            if person is None:
                raise Problem(401, "Not Authorized")
            data, options, file = unwrap(request)
            self._spend(token, template, data)
            user = self.world.user(person)
            query = request.args.to_dict()
            base = f"{request.host_url.rstrip('/')}{BASE}"
            call = Call(request.method, path, user, query, data, fields(query, options), gids, file, base)
            return self._run(call, handler)
        except Problem as problem:
            return gist(problem)

    def _spend(self, token: str, template: str, data: dict[str, Any]) -> None:
        cost = len(batch.actions(data)) if template == "/batch" else 1
        self._quota.spend(token, max(1, cost))
        if template.endswith("/tasks/search"):
            self._searches.spend(token)

    def _perform(self, call: Call) -> tuple[int, dict[str, Any], dict[str, str]]:
        """One action of a batch."""
        try:
            matched = self._router.match(call.method, call.path)
            if matched is None:
                raise _NO_ROUTE
            call.gids = matched[1]
            return self._run(call, matched[2])
        except Problem as problem:
            return gist(problem)

    @staticmethod
    def _run(call: Call, handler: Handler) -> tuple[int, dict[str, Any], dict[str, str]]:
        answered = handler(call)
        data = render(answered.data, answered.shape, paths(call.fields))
        return answered.status, {"data": data, **answered.extra}, answered.headers
