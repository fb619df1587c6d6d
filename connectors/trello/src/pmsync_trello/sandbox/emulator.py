"""The Trello emulator: one request in, one answer out, and nothing but this process remembers."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from pmsync.sandbox.faults import Faults, Kind
from pmsync.sandbox.webhooks import Deliveries
from pmsync_trello.sandbox.budget import Budget, exceeded
from pmsync_trello.sandbox.call import Call, Refused, invalid, segments
from pmsync_trello.sandbox.credentials import admit, credentials
from pmsync_trello.sandbox.hooks import Hooks
from pmsync_trello.sandbox.index import Index
from pmsync_trello.sandbox.nesting import card_json
from pmsync_trello.sandbox.router import Route, Router
from pmsync_trello.sandbox.routes import ROUTES
from pmsync_trello.sandbox.routes.attachments import STORE, kept
from pmsync_trello.sandbox.seeds import SEEDS
from pmsync_trello.sandbox.world import World

_MOST_IN_BATCH = 10
_ERROR_NAMES = {400: "BadRequestError", 401: "UnauthorizedError", 404: "NotFoundError", 429: "TooManyRequestsError"}


class Trello:
    """Satisfies `pmsync.sandbox.app.Emulator`."""

    name = "trello"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.faults = Faults()
        self.deliveries = Deliveries(clock=clock)
        self._clock = clock
        self._router = Router.of((*ROUTES, Route("GET", "batch", self._batch)))
        self.reset("empty")

    def reset(self, seed: str) -> None:
        """Forget everything and start again from `empty` or `demo`. Raises ValueError for another name."""
        if seed not in SEEDS:
            raise ValueError(f"no seed {seed!r}; there are {', '.join(SEEDS)}")
        self._budget = Budget(self._clock)
        self._world = World(self._clock, Index(self._clock, self._lag))
        SEEDS[seed](self._world)
        hooks = Hooks(self._world, lambda: self.deliveries)
        self._world.listener, self._world.greet = hooks.tell, hooks.greet

    def handle(self, request: Request) -> Response:
        """Answer as Trello does: JSON with 200, a plain text for most of what goes wrong."""
        key = token = ""
        if request.path.startswith(f"/{STORE}/"):
            return kept(self._world, request)
        try:
            if request.path == "/1" or not request.path.startswith("/1/"):
                raise Refused(404, f"Cannot {request.method} {request.path}")
            call = Call.of(request)
            key, token = credentials(request, call)
            self._budget.spend(key, token, call.path)
            if self._router.find(call.verb, call.path) is None:
                raise Refused(404, f"Cannot {request.method} {request.path}")
            admit(self._world, call, key, token)
            status, body = 200, self._router.answer(self._world, call)
        except Refused as refused:
            status, body = refused.status, refused.body
        finally:
            request.close()
        return self._response(status, body, key, token)

    def route(self, request: Request) -> str:
        """The template: `GET /1/cards/{id}`."""
        path = segments(request.path)
        found = self._router.find(request.method, path)
        # An unknown path is not logged as it stands: it may be anything, a token among it.
        return f"{request.method} /1/{found[0].template}" if found else f"{request.method} (no such route)"

    def writes(self, request: Request) -> bool:
        return request.method in ("POST", "PUT", "DELETE")

    def failure(self, kind: Kind, retry_after: float | None) -> Response:
        """Trello's 429 never says when to come back, so `retry_after` goes unused."""
        if kind is Kind.TOO_MANY:
            refused = exceeded("API_TOKEN_LIMIT_EXCEEDED")
            return self._response(refused.status, refused.body, "sandbox", "")
        return self._response(500, "Internal Server Error", "sandbox", "")

    def state(self) -> Any:
        """All cards of all boards, archived ones too, as `GET /cards/{id}` shows them with everything on them."""
        everything = {"attachments": "true", "checklists": "all", "customFieldItems": "true", "actions": "commentCard"}
        call = Call("GET", (), everything)
        return [card_json(call, card) for card in self._world.cards.values()]

    def _lag(self) -> float:
        return self.faults.lag if self.faults.happens(Kind.LAG) else 0.0

    def _batch(self, world: World, call: Call) -> Any:
        """Up to ten GETs in one; each counts against the limits like any other."""
        urls = call.text("urls", empty=False).split(",")
        if len(urls) > _MOST_IN_BATCH or any(not url.startswith("/") for url in urls):
            raise invalid("urls")
        return [self._batched(world, call, url) for url in urls]

    def _batched(self, world: World, call: Call, url: str) -> dict[str, Any]:
        nested = call.nested(url)
        nested.path = tuple(unquote(part) for part in nested.path)
        try:
            if nested.path[:1] == ("batch",) or self._router.find("GET", nested.path) is None:
                raise Refused(404, f"Cannot GET /1/{'/'.join(nested.path)}")
            self._budget.spend("sandbox", call.token, nested.path)
            return {"200": self._router.answer(world, nested)}
        except Refused as refused:
            message = refused.body if isinstance(refused.body, str) else refused.body.get("message", "")
            name = _ERROR_NAMES.get(refused.status, "Error")
            return {
                str(refused.status): message,
                "name": name,
                "message": message,
                "statusCode": refused.status,
            }

    def _response(self, status: int, body: Any, key: str, token: str) -> Response:
        if isinstance(body, Response):
            return body
        kind = "text/plain" if isinstance(body, str) else "application/json"
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        headers = self._budget.headers(key, token)
        return Response(text, status, headers=headers, content_type=f"{kind}; charset=utf-8")
