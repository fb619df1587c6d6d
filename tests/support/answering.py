"""The service in a thread of the test's process, behind real HTTP, with tools that let nobody in.

There is one at a time in a process, as there is of what does the jobs.
"""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import planted
import requests
import yaml
from sqlalchemy import create_engine, text
from states import lay_out

from pmsync.config import load
from pmsync.config.settings import Config
from pmsync.connector.pacing import Clock
from pmsync.jobs.service import Service
from pmsync.web.metrics import Metrics
from pmsync.web.server import run

PUBLIC: Final = "https://sync.example.com"
TOKEN: Final = planted.OTHERS["admin token"]
SECRET: Final = planted.OTHERS["webhook secret"]
LONG: Final = 120.0
"""Seconds that nothing takes, however slow the machine is."""

_KEPT: Final = {
    "deliveries": "SELECT connection, delivery FROM deliveries WHERE connection <> ''",
    "topics": "SELECT topic FROM topics WHERE topic <> sync",
    "hooks": "SELECT connection, token, secret, expected_until, delivered_at FROM hooks",
    "items": "SELECT id FROM items",
    "replicas": "SELECT item, connection, remote_id FROM replicas",
    "intents": "SELECT id FROM intents",
}


class Answering:
    """A running service. A context manager."""

    def __init__(self, config: Config, clock: Clock | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.config = config
        self.metrics = Metrics()
        self.service = Service(config, clock=clock, done=self.metrics.done)
        self.base = ""
        self.session = requests.Session()
        self.session.trust_env = False
        self._engine = create_engine(config.state)
        self._host, self._port = host, port
        self._stop = threading.Event()
        self._listening = threading.Event()
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, name="answering")

    def ask(self, path: str, method: str = "GET", *, token: str = TOKEN, **more: Any) -> requests.Response:
        """Send a request, with the token unless another is given."""
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        return self.session.request(
            method, self.base + path, headers=headers, timeout=LONG, allow_redirects=False, **more
        )

    def tell(self, connection: str, body: bytes, *, query: str = "", **headers: str) -> requests.Response:
        """Deliver a webhook, with these headers (`_` for `-`)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(f"/webhooks/{connection}{query}", "POST", token="", data=body, headers=named)

    def tell_of_card(self, card: str, action: str) -> requests.Response:
        """Deliver what Trello says of a card, signed."""
        body = trello_body(card, action)
        return self.tell("product", body, X_Trello_Webhook=trello_signature(body))

    def send(self, request: bytes) -> bytes:
        """Send these bytes as they are, and read until the other side closes."""
        with self.connect() as sock:
            sock.sendall(request)
            return _read_all(sock)

    def connect(self) -> socket.socket:
        """A connection."""
        host, _, port = self.base.removeprefix("http://").rpartition(":")
        return socket.create_connection((host, int(port)), LONG)

    def kept(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the state has that the receiver may change, and what it may not."""
        with self._engine.connect() as at:
            return {
                what: sorted((tuple(row) for row in at.execute(text(asked))), key=repr) for what, asked in _KEPT.items()
            }

    def end(self) -> None:
        """Have it end, as a signal would, and wait for it to have."""
        self._stop.set()
        self._thread.join(LONG)

    def __enter__(self) -> Self:
        self.service.start()
        self._thread.start()
        assert self._listening.wait(LONG)
        if self._failed:
            self.service.stop()
            raise self._failed[0]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()
        self._engine.dispose()
        self.end()
        self.service.stop()

    def _run(self) -> None:
        try:
            run(self.service, self.metrics, self._host, self._port, ready=self._ready, stop=self._stop)
        except BaseException as error:  # noqa: BLE001 - raised by the thread that waits
            self._failed.append(error)
            self._listening.set()

    def _ready(self, host: str, port: int) -> None:
        self.base = f"http://{host}:{port}"
        self._listening.set()


@contextmanager
def barred() -> Iterator[str]:
    """The address of a tool that lets nobody in, whichever tool it is taken for."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(401)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def barred_config(folder: Path, url: str, **changes: Any) -> Config:
    """A config of three tools at `url`, where they are `barred`: what they say arrives, and nothing comes of it."""
    webhook = {"url": PUBLIC, "secret": SECRET}
    trello = {"key": planted.KEY, "token": planted.TOKENS["trello"]}
    jira = {"email": planted.EMAIL, "token": planted.TOKENS["jira"]}
    asana = {"token": planted.TOKENS["asana"]}

    def section(connector: str, mapping: str, credentials: Any, scope: Any, **more: Any) -> dict[str, Any]:
        return {
            "connector": connector,
            "url": url,
            "mapping": mapping,
            "credentials": credentials,
            "scope": scope,
            **more,
        }

    document = {
        "version": 1,
        "state": f"sqlite:///{folder / 'pmsync.db'}",
        "connections": {
            "product": section("trello", "trello-kanban", trello, {"board": "Roadmap"}, webhook=webhook),
            "engineering": section("jira", "jira-software", jira, {"project": "ENG"}, webhook=webhook),
            "delivery": section("asana", "asana-sections", asana, {"project": "Launch"}, webhook={"url": PUBLIC}),
            "aside": section("trello", "trello-kanban", trello, {"board": "Other"}),
        },
        "syncs": {"roadmap": {"members": {"product": {}, "engineering": {}, "delivery": {}}}},
        "polling": {"every": "1h"},
        "serve": {"admin_token": TOKEN},
        "secret_key": planted.OTHERS["secret key"],
        **changes,
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    lay_out(folder / "pmsync.db")
    return load(path, {})


def trello_body(card: str, action: str) -> bytes:
    """What Trello says of a card."""
    told = {"action": {"id": action, "type": "updateCard", "data": {"card": {"id": card}}}, "model": {}, "webhook": {}}
    return json.dumps(told).encode()


def trello_signature(body: bytes, url: str = f"{PUBLIC}/webhooks/product", secret: str = SECRET) -> str:
    """How Trello signs."""
    return base64.b64encode(hmac.new(secret.encode(), body + url.encode(), hashlib.sha1).digest()).decode()


def signature(body: bytes, secret: str = SECRET) -> str:
    """How Jira (with `sha256=` in front) and Asana sign."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _read_all(sock: socket.socket) -> bytes:
    found = bytearray()
    try:
        while piece := sock.recv(65_536):
            found += piece
    except ConnectionResetError:
        pass
    return bytes(found)
