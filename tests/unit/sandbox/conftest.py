"""A small emulator, a notebook, served over real HTTP."""

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from pmsync.sandbox.app import Sandbox, answer
from pmsync.sandbox.faults import Faults, Kind
from pmsync.sandbox.server import Served
from pmsync.sandbox.webhooks import Deliveries, Delivery
from pmsync.testing.clock import VirtualClock


class Notebook:
    """A tool that keeps notes and tells its listeners of each."""

    name = "notebook"

    def __init__(self, deliveries: Deliveries) -> None:
        self.faults = Faults()
        self.deliveries = deliveries
        self.listeners: list[str] = []
        self.outcomes: list[int | None] = []
        self.reset("empty")

    def reset(self, seed: str) -> None:
        """Begin again."""
        if seed not in ("empty", "demo"):
            raise ValueError(f"no seed {seed}")
        self.notes: list[Any] = ["first"] if seed == "demo" else []

    def handle(self, request: Request) -> Response:
        """`GET /notes`, `POST /notes`, `POST /search`, `GET /crash`."""
        if request.path == "/crash":
            raise RuntimeError("a mistake in the emulator")
        if request.method == "POST" and request.path == "/notes":
            self.notes.append(request.get_json())
            for url in self.listeners:
                body = json.dumps(self.notes[-1]).encode()
                self.deliveries.add(Delivery(url, body, {}, retries=(30.0, 60.0), done=self.outcomes.append))
        return answer(self.notes) if request.path in ("/notes", "/search") else answer({"error": "nothing here"}, 404)

    def route(self, request: Request) -> str:
        """Method and path."""
        return f"{request.method} {request.path}"

    def writes(self, request: Request) -> bool:
        """A search changes nothing."""
        return request.method == "POST" and request.path != "/search"

    def failure(self, kind: Kind, retry_after: float | None) -> Response:
        """In the notebook's own words."""
        headers = {"Retry-After": f"{retry_after:g}"} if retry_after is not None and kind is Kind.TOO_MANY else {}
        return answer({"error": f"notebook says {kind}"}, int(kind), headers)

    def state(self) -> Any:
        """All notes."""
        return {"notes": self.notes}


@dataclass
class Lab:
    """The notebook, up, and a way to talk to it."""

    served: Served
    notebook: Notebook
    clock: VirtualClock

    @property
    def sandbox(self) -> Sandbox:
        return self.served.sandbox

    @property
    def port(self) -> int:
        return int(self.served.base.rpartition(":")[2])

    def connect(self) -> http.client.HTTPConnection:
        """A connection of one's own."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request on a connection of its own: the status, and the JSON."""
        connection = self.connect()
        try:
            text = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
            connection.request(method, path, text, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
            return response.status, json.loads(content) if content else None
        finally:
            connection.close()

    def faults(self, *kinds: str, rate: float = 1.0, **more: Any) -> None:
        """Switch faults on."""
        assert self.ask("POST", "/_sandbox/faults", {"rate": rate, "kinds": kinds, **more})[0] == 200

    def log(self) -> Any:
        """What was asked."""
        return self.ask("GET", "/_sandbox/requests")[1]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def lab(clock: VirtualClock) -> Iterator[Lab]:
    notebook = Notebook(Deliveries(clock=clock.now))
    served = Served(Sandbox(notebook, clock=clock.now, sleep=clock.sleep))
    served.start()
    yield Lab(served, notebook, clock)
    served.close()


@dataclass
class Receiver:
    """Somebody who listens for webhooks."""

    url: str
    status: int = 200
    bodies: list[Any] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    gate: threading.Event = field(default_factory=threading.Event)
    """Nothing is answered before it is set."""

    def wait(self, count: int = 1) -> list[Any]:
        """The bodies, once so many more have come."""
        for _ in range(count):
            assert self.arrived.acquire(timeout=10), "the webhook did not come"
        return self.bodies


class _Listening:
    """The emulator whose only answer is the receiver's."""

    name = "receiver"

    def __init__(self, receiver: Receiver, deliveries: Deliveries) -> None:
        self.receiver = receiver
        self.faults = Faults()
        self.deliveries = deliveries

    def reset(self, seed: str) -> None:
        """Nothing is kept."""

    def handle(self, request: Request) -> Response:
        self.receiver.bodies.append(request.get_json(force=True))
        self.receiver.arrived.release()
        self.receiver.gate.wait(10)
        return Response(status=self.receiver.status)

    def route(self, request: Request) -> str:
        return request.path

    def writes(self, request: Request) -> bool:
        return False

    def failure(self, kind: Kind, retry_after: float | None) -> Response:
        return Response(status=500)

    def state(self) -> Any:
        return None


@pytest.fixture
def receivers(clock: VirtualClock) -> Iterator[list[Receiver]]:
    """Two of them."""
    up: list[Served] = []
    made: list[Receiver] = []
    for _ in range(2):
        receiver = Receiver("")
        receiver.gate.set()
        listening = _Listening(receiver, Deliveries(clock=clock.now))
        served = Served(Sandbox(listening, clock=clock.now, sleep=clock.sleep))
        served.start()
        receiver.url = f"{served.base}/hook"
        up.append(served)
        made.append(receiver)
    yield made
    for receiver, served in zip(made, up, strict=True):
        receiver.gate.set()
        served.close()
