"""The Trello sandbox on a virtual clock: called in process as any of its users, and served over real HTTP."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request, Response

from pmsync.connector.api import Opening
from pmsync.sandbox.app import Sandbox
from pmsync.sandbox.server import _Handler
from pmsync.testing.clock import VirtualClock
from pmsync_trello.connector import TrelloConnector
from pmsync_trello.sandbox import build
from pmsync_trello.settings import Scope, TrelloSettings
from pmsync_trello.text import MarkdownDialect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the sandbox."""

    status: int
    headers: Headers
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it came over HTTP."""

    method: str
    url: str
    headers: Headers
    body: bytes


class Trello:
    """A sandbox with its clock, and short ways to call it natively as one of its users."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.emulator = build(self.clock.now, {})
        self.sandbox = Sandbox(self.emulator, clock=self.clock.now, sleep=self.clock.sleep)
        self._client = Client(self.sandbox)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str = "ada",
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Answer:
        """Call the API with the token of a user ("" for none at all). Each call takes a fifth of a second."""
        self.clock.advance(0.2)
        sent = dict(headers or {})
        if user:
            sent["Authorization"] = f'OAuth oauth_consumer_key="sandbox", oauth_token="sandbox-{user}"'
        builder = EnvironBuilder(f"/1/{path}", method=method, query_string=query, headers=Headers(sent), json=body)
        response = self._client.open(builder)
        return Answer(response.status_code, response.headers, response.get_data(as_text=True))

    def ok(self, method: str, path: str, body: Any = None, *, user: str = "ada", **query: Any) -> Any:
        """The JSON of an answer that must be 200."""
        answer = self.call(method, path, body, user=user, **query)
        assert answer.status == 200, answer.text
        return answer.json

    def control(self, verb: str, **body: Any) -> Any:
        """Use a control route: `POST /faults`."""
        method, path = verb.split()
        response = self._client.open(EnvironBuilder(f"/_sandbox{path}", method=method, json=body or None))
        assert response.status_code == 200, response.get_data(as_text=True)
        return json.loads(response.get_data())

    def requests(self) -> int:
        """How many requests the sandbox has seen since its reset."""
        return int(self.control("GET /requests")["total"])

    @property
    def board(self) -> str:
        """The seed's board."""
        return str(self.ok("GET", "members/me/boards", fields="name", user="pmsync")[0]["id"])

    def lists(self) -> dict[str, str]:
        """The board's lists: name -> id."""
        return {one["name"]: one["id"] for one in self.ok("GET", f"boards/{self.board}/lists", filter="all")}

    def person(self, name: str) -> str:
        """The id of a member."""
        return str(self.ok("GET", f"members/{name}")["id"])

    def add(self, name: str = "a card", *, to: str = "To Do", user: str = "ada", **fields: Any) -> Any:
        """Make a card."""
        return self.ok("POST", "cards", {"idList": self.lists()[to], "name": name, **fields}, user=user)

    def label(self, name: str, color: str | None = None) -> str:
        """Make a label on the board; its id."""
        return str(self.ok("POST", "labels", {"idBoard": self.board, "name": name, "color": color})["id"])

    def card(self, card_id: str) -> Any:
        """A card with everything on it."""
        return self.ok("GET", f"cards/{card_id}", attachments="true", customFieldItems="true")


class Recorder:
    """A WSGI application that notes what comes in before it hands it on. `answers` may answer instead."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.sent: list[Sent] = []
        self.answers: Callable[[Request], Any] = lambda request: None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data(cache=True)
        self.sent.append(Sent(request.method, request.url, Headers(request.headers), body))
        answer = self.answers(request)
        if answer is not None:
            found: Iterable[bytes] = answer(environ, start_response)
            return found
        response = self._sandbox.dispatch(request)
        return response(environ, start_response)


class Served:
    """The sandbox behind a port."""

    def __init__(self, trello: Trello) -> None:
        self.recorder = Recorder(trello.sandbox)
        self._server = make_server("127.0.0.1", 0, self.recorder, threaded=True, request_handler=_Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def trello() -> Trello:
    """A sandbox with the seed `empty`."""
    return Trello()


@pytest.fixture
def served(trello: Trello) -> Iterator[Served]:
    """The same sandbox over HTTP."""
    server = Served(trello)
    yield server
    server.close()


class _Silent(WSGIRequestHandler):
    """A server that writes nothing anywhere."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing."""


class Receiver:
    """Someone's webhook receiver, on a port of its own. It answers with `status`, and may do something before."""

    def __init__(self) -> None:
        self.status = 200
        self.came: list[Sent] = []
        self.before: Callable[[], Any] = lambda: None
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Silent)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?c=1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        self.before()
        self.came.append(Sent(request.method, request.url, Headers(request.headers), request.get_data()))
        return Response(status=self.status)(environ, start_response)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook receiver that says 200."""
    running = Receiver()
    yield running
    running.close()


class Connections:
    """Opens connections to the served sandbox, and closes them in the end."""

    def __init__(self, trello: Trello, served: Served) -> None:
        self._trello = trello
        self._served = served
        self._open: list[TrelloConnector] = []

    def settings(self, user: str = "pmsync", **scope: str) -> TrelloSettings:
        """A connection's settings as one of the users."""
        wanted = Scope(**{"board": "Roadmap", **scope})
        return TrelloSettings("sandbox", f"sandbox-{user}", "sandbox-secret", wanted, self._served.base)

    def __call__(self, user: str = "pmsync", *, opening: dict[str, Any] | None = None, **scope: str) -> TrelloConnector:
        options = {"connection": "product", "clock": self._trello.clock, **(opening or {})}
        connector = TrelloConnector(self.settings(user, **scope), Opening(**options), MarkdownDialect())
        self._open.append(connector)
        return connector

    def close(self) -> None:
        for connector in self._open:
            connector.close()


@pytest.fixture
def connect(trello: Trello, served: Served) -> Iterator[Connections]:
    """Opens connections: `connect("pmsync", board="Roadmap")`."""
    connections = Connections(trello, served)
    yield connections
    connections.close()
