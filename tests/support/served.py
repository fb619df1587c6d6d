"""The three sandboxes, above all over real HTTP, in a time that passes by itself but never has to be waited for.

The tools and pmsync go by one clock: what is slept has passed at once for all of them, so rate limits, `Retry-After`
and overlaps are kept to the letter in a test that takes no longer than its requests.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from socketserver import BaseServer
from types import TracebackType
from typing import Any, Self

from planted import admitting
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from pmsync.connector.pacing import Clock
from pmsync.sandbox.app import Sandbox
from pmsync.sandbox.faults import Dropped, Faults, Kind
from pmsync.sandbox.registry import build, names
from pmsync.sandbox.server import HOST, _Handler

Aim = Callable[[str], "Strike | None"]
"""Given a request's route, what is to go wrong with it; None for nothing."""


class HurriedClock(Clock):
    """The real time, and everything that was slept or skipped so far on top of it."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return super().monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        """Let so much time have passed."""
        with self._lock:
            self._ahead += max(0.0, seconds)


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault. `late`: after the effect, so that only the answer is lost."""

    kind: Kind
    late: bool = False
    retry_after: float | None = 1.0


class _Struck(Faults):
    """Faults that strike the request that they are aimed at, instead of being drawn."""

    def __init__(self, strike: Strike) -> None:
        super().__init__(rate=1.0, kinds=(strike.kind,), retry_after=strike.retry_after)
        self._strike = strike

    def strike(self) -> tuple[Kind, bool]:
        """The one fault."""
        return self._strike.kind, self._strike.late

    def happens(self, kind: Kind) -> bool:
        """Nothing else goes wrong."""
        return False


class AimedSandbox(Sandbox):
    """A sandbox whose faults can be aimed at single requests, and which tells of requests before it acts on them."""

    aim: Aim | None = None
    arrived: Callable[[str], None] | None = None
    """Told of each request's route before anything is done about it."""
    answered: Callable[[str], None] | None = None
    """Told of each request's route once it has taken effect, before its answer leaves."""

    def counted(self) -> tuple[Counter[str], int]:
        """What the counts are."""
        return self._routes.copy(), self._writes

    def recount(self, counted: tuple[Counter[str], int]) -> None:
        """Have the counts be what they were."""
        self._routes, self._writes = counted

    def _struck(self, request: Request) -> tuple[Response, Dropped | None]:
        route = self.emulator.route(request)
        if self.arrived is not None:
            self.arrived(route)
        try:
            strike = self.aim(route) if self.aim is not None else None
            if strike is None:
                return super()._struck(request)
            usual, self.faults = self.faults, _Struck(strike)
            try:
                return super()._struck(request)
            finally:
                self.faults = usual
        finally:
            if self.answered is not None:
                self.answered(route)


class Sandboxes:
    """The sandboxes of all tools, however they are reached. A context manager: leaving it takes them down."""

    clock: Clock
    sandboxes: dict[str, AimedSandbox]
    bases: dict[str, str]

    def reset(self, seed: str = "empty") -> None:
        """Everything as it was at first."""
        for name in self.sandboxes:
            self.control(name, "POST", "reset", {"seed": seed})
            self.calm(name)

    def faults(self, tool: str, *kinds: str, rate: float = 1.0, seed: int = 1, **more: Any) -> None:
        """Switch a tool's random faults on; without kinds, off."""
        body = {"rate": rate if kinds else 0.0, "kinds": kinds, "seed": seed, "hold": 0.0, **more}
        self.control(tool, "POST", "faults", body)

    def calm(self, tool: str) -> None:
        """No faults of any kind any more."""
        sandbox = self.sandboxes[tool]
        sandbox.aim = sandbox.arrived = sandbox.answered = None
        self.faults(tool)

    def counts(self, tool: str) -> dict[str, int]:
        """How many requests each route of a tool has had since the reset."""
        told: dict[str, int] = self.control(tool, "GET", "requests")["by_route"]
        return told

    def writes(self, tool: str) -> int:
        """How many requests changed anything since the reset."""
        return int(self.control(tool, "GET", "requests")["writes"])

    def state(self, tool: str) -> Any:
        """All items, as the tool's own JSON."""
        return self.control(tool, "GET", "state")

    def control(self, tool: str, verb: str, what: str, body: Any = None) -> Any:
        """Use a control route, without a request over the network."""
        environ = EnvironBuilder(f"/_sandbox/{what}", method=verb, json=body).get_environ()
        response = self.sandboxes[tool].dispatch(Request(environ))
        assert response.status_code == 200, response.get_data(as_text=True)
        return json.loads(response.get_data())

    def close(self) -> None:
        """Take them down."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Served(Sandboxes):
    """The sandboxes over real HTTP, each on a free port."""

    def __init__(self, options: Mapping[str, Mapping[str, str]] | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or HurriedClock()
        self.sandboxes = {}
        self.bases = {}
        self._servers: list[BaseWSGIServer] = []
        for name in names():
            emulator = admitting(build(name, self.clock.now, (options or {}).get(name, {})))
            sandbox = AimedSandbox(emulator, clock=self.clock.now, sleep=self.clock.sleep)
            server = make_server(HOST, 0, sandbox, threaded=True, request_handler=_dated(self.clock))
            self._servers.append(server)
            self.sandboxes[name] = sandbox
            self.bases[name] = f"http://{HOST}:{server.server_port}"
        self.go_on()

    def go_on(self) -> None:
        """Answer, from threads of this process; what came since `halt` first."""
        for server in self._servers:
            # werkzeug's own would close the server when it is halted.
            threading.Thread(target=BaseServer.serve_forever, args=(server, 0.01), daemon=True).start()

    def halt(self) -> None:
        """Answer nothing until `go_on`."""
        for server in self._servers:
            server.shutdown()

    def close(self) -> None:
        """Take them down."""
        self.halt()
        for server in self._servers:
            server.server_close()


def _dated(clock: Clock) -> type[_Handler]:
    """A handler whose `Date` header tells the sandboxes' time."""

    class Dated(_Handler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(clock.now(), usegmt=True)

    return Dated
