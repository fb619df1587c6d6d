"""A sandbox: an emulator with its control routes, its request log and its faults, as a WSGI application."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from werkzeug.wrappers import Request, Response

from pmsync.sandbox.faults import Dropped, Faults, Kind
from pmsync.sandbox.webhooks import Deliveries

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTROL = "/_sandbox"

_GARBAGE = b"<html><body>Service temporarily confused</body></html>"


class Emulator(Protocol):
    """One tool, emulated. Its methods are called under the sandbox's lock, one at a time."""

    name: str
    faults: Faults
    """Set by the sandbox; asked by the emulator for index lag."""
    deliveries: Deliveries
    """Set by the sandbox; the emulator hands its webhooks to it."""

    def reset(self, seed: str) -> None:
        """Forget everything and start again from `empty` or `demo`. Raises ValueError for another name."""
        ...

    def handle(self, request: Request) -> Response:
        """Answer one request as the tool would."""
        ...

    def route(self, request: Request) -> str:
        """The route's template with its method: `GET /1/cards/{id}`."""
        ...

    def writes(self, request: Request) -> bool:
        """Whether this request changes state (a POST that only searches does not)."""
        ...

    def failure(self, kind: Kind, retry_after: float | None) -> Response:
        """The tool's own 429 or 500."""
        ...

    def state(self) -> Any:
        """All items, as the tool's own JSON."""
        ...


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(
        json.dumps(body, ensure_ascii=False),
        status,
        headers=headers,
        content_type="application/json; charset=utf-8",
    )


class Sandbox:
    """The WSGI application. `clock` gives the tool's time; `sleep` is how latency and timeouts wait."""

    def __init__(self, emulator: Emulator, *, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        self.emulator = emulator
        self.now = clock
        self._sleep = sleep
        self._lock = threading.RLock()
        self._routes: Counter[str] = Counter()
        self._writes = 0
        self.watchers: list[Callable[[Request, Response], None]] = []
        """Told of each request that was answered, with the tool's own answer, before a fault garbles it."""
        self.faults = Faults()
        self.deliveries = Deliveries(clock=clock, outside=self._unlocked, inside=lambda: self._lock)
        self.deliver: Callable[[], None] = self.deliveries.flush
        """Called once an answer is ready. A server gives it to a thread of its own: no receiver delays an answer."""
        self._set(Faults())
        emulator.deliveries = self.deliveries

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self.dispatch(request)
        except Dropped as dropped:
            self._sleep(dropped.hold)
            raise
        return response(environ, start_response)

    def dispatch(self, request: Request) -> Response:
        """Answer a request. Raises `Dropped` where the connection is to be cut.

        An answer whose Content-Length is more than its body is to be cut short: the rest never comes.
        """
        if request.path == CONTROL or request.path.startswith(f"{CONTROL}/"):
            return self._control(request)
        request.get_data(cache=True)
        with self._lock:
            self._routes[self.emulator.route(request)] += 1
            self._writes += self.emulator.writes(request)
            response, dropped = self._struck(request)
            latency = self.faults.latency
        if latency:
            self._sleep(latency)
        self.deliver()
        if dropped:
            raise dropped
        return response

    def _handle(self, request: Request) -> Response:
        response = self.emulator.handle(request)
        for watcher in self.watchers:
            watcher(request, response)
        return response

    def _struck(self, request: Request) -> tuple[Response, Dropped | None]:
        struck = self.faults.strike()
        if struck is None:
            return self._handle(request), None
        kind, late = struck
        response = self._handle(request) if late else Response(status=500)
        match kind:
            case Kind.TOO_MANY | Kind.ERROR:
                return self.emulator.failure(kind, self.faults.retry_after), None
            case Kind.TIMEOUT:
                return response, Dropped(self.faults.hold)
            case Kind.TRUNCATED:
                return self._truncated(response), None
            case Kind.GARBAGE:
                response.set_data(_GARBAGE)
                return response, None
            case _:
                return response, Dropped()

    @contextmanager
    def _unlocked(self) -> Iterator[None]:
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()

    def _set(self, faults: Faults) -> None:
        self.faults = self.emulator.faults = self.deliveries.faults = faults

    def _truncated(self, response: Response) -> Response:
        """Half of the body: sent as if it were all of it, or ending before its announced end."""
        whole = response.get_data()
        response.set_data(whole[: len(whole) // 2])
        if self.faults.cuts_short():
            response.headers["Content-Length"] = str(len(whole))
        return response

    def _control(self, request: Request) -> Response:
        routes: dict[str, Callable[[dict[str, Any]], Any]] = {
            "POST /reset": self._reset,
            "POST /faults": lambda body: self._set(Faults.of(body)),
            "GET /requests": lambda body: self._log(),
            "GET /state": lambda body: self.emulator.state(),
        }
        verb = f"{request.method} {request.path.removeprefix(CONTROL)}"
        text = request.get_data()
        if verb not in routes:
            return answer({"error": f"no control route {verb}; there are {', '.join(routes)}"}, 404)
        try:
            body = json.loads(text or b"{}")
            if not isinstance(body, dict):
                raise TypeError("the body must be a JSON object")
            with self._lock:
                said = routes[verb](body)
        except (ValueError, TypeError) as error:
            return answer({"error": str(error)}, 400)
        return answer({"ok": True} if said is None else said)

    def _reset(self, body: dict[str, Any]) -> None:
        self.emulator.reset(str(body.get("seed", "empty")))
        self.deliveries.clear()
        self._routes.clear()
        self._writes = 0
        self._set(Faults())

    def _log(self) -> dict[str, Any]:
        return {
            "total": sum(self._routes.values()),
            "writes": self._writes,
            "by_route": dict(sorted(self._routes.items())),
        }
