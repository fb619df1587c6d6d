"""Serving sandboxes on loopback, each tool on its own port."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from pmsync.sandbox.app import Sandbox
from pmsync.sandbox.registry import build, names

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"

_NO_LINGERING = struct.pack("ii", 1, 0)
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def _now() -> datetime:
    return datetime.now(UTC)


class _Handler(WSGIRequestHandler):
    """Keeps connections open between requests, says nothing, and cuts a dropped connection hard.

    werkzeug's own closes each connection after one answer, and waits a hundredth of a second before it does.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing: the sandbox has its own log."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The tool's time, which clients go by, where this serves a sandbox."""
        app = self.server.app
        return format_datetime(app.now(), usegmt=True) if isinstance(app, Sandbox) else super().date_time_string()

    def run_wsgi(self) -> None:
        """Answer one request, whole: the body is read to its end first, so that the next request starts clean."""
        environ = self.make_environ()
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            started.append((status, headers))
            return lambda data: None

        try:
            self._take_body(environ)
            body = b"".join(self.server.app(environ, start))
        except ConnectionError as error:
            self.connection_dropped(error, environ)
            return
        except Exception:  # noqa: BLE001 - whatever an emulator gets wrong, its caller has an answer
            # Told before it is answered: whoever has the answer finds the traceback where the output went.
            self.server.handle_error(self.request, self.client_address)
            self.close_connection = True
            self._send("500 Internal Server Error", [("Content-Type", "text/plain")], b"the sandbox itself failed\n")
            return
        self._send(*started[0], body)

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Reset instead of closing politely, as a broken network would."""
        self.close_connection = True
        if self.connection.fileno() >= 0:
            # Closed with nothing lingering: the peer gets a reset. Detached, so that no farewell is sent before.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            os.close(self.connection.detach())

    def _take_body(self, environ: dict[str, Any]) -> None:
        if environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read()
        else:
            body = self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))

    def _send(self, status: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        lines = {"Server": self.version_string(), "Date": self.date_time_string()}
        sent = [(name, value) for name, value in headers if name.lower() != "content-length"]
        announced = next((value for name, value in headers if name.lower() == "content-length"), None)
        given = {name.lower() for name, _ in sent}
        sent = [*((name, value) for name, value in lines.items() if name.lower() not in given), *sent]
        if int(status[:3]) in _BODILESS:
            body = b""
        else:
            length = announced if announced is not None else str(len(body))
            sent.append(("Content-Length", length))
            self.close_connection |= self.command != "HEAD" and int(length) != len(body)
        if self.close_connection:
            sent.append(("Connection", "close"))
        head = "".join(f"{name}: {value}\r\n" for name, value in sent)
        self.wfile.write(f"{self.protocol_version} {status}\r\n{head}\r\n".encode("latin-1") + body)


class _Server(ThreadedWSGIServer):
    """A thread for each connection, and all connections cut when it is closed."""

    def __init__(self, app: "WSGIApplication", port: int, handler: type[WSGIRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        # Bound here: werkzeug would leave the process where a port is taken. It takes a duplicate of the socket.
        with socket.create_server((HOST, port)) as listening:
            super().__init__(HOST, port, app, handler, fd=listening.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection while it is open."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Take no more connections, and cut those that clients keep open."""
        super().server_close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Served:
    """One sandbox, up: its requests are answered, its webhooks are sent."""

    def __init__(self, sandbox: Sandbox, port: int = 0) -> None:
        """Listen on that port, or any free one. Raises OSError where it is taken."""
        self.sandbox = sandbox
        self._server = _Server(sandbox, port, _Handler)
        self.base = f"http://{HOST}:{self._server.port}"
        self._started = False

    def start(self) -> None:
        """Begin to answer."""
        self._started = True
        self._courier = _Courier(self.sandbox)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Take it down, with all its connections."""
        if self._started:
            self._courier.stop()
            self._server.shutdown()
        self._server.server_close()


class Running:
    """The sandboxes of all tools, up. A context manager: leaving it takes them down."""

    def __init__(
        self,
        port: int = 8700,
        *,
        seed: str = "empty",
        options: Mapping[str, Mapping[str, str]] | None = None,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Start them on consecutive ports from `port`, in alphabetical order; with port 0 on any free ports.

        `clock` is the tools' time, `sleep` how latency and timeouts wait. Raises OSError where a port is taken,
        ValueError for an unknown seed.
        """
        self._served: list[Served] = []
        try:
            for place, name in enumerate(names()):
                emulator = build(name, clock, (options or {}).get(name, {}))
                sandbox = Sandbox(emulator, clock=clock, sleep=sleep)
                emulator.reset(seed)
                self._served.append(Served(sandbox, port and port + place))
        except BaseException:
            self.close()
            raise
        for served in self._served:
            served.start()
        self.sandboxes = {served.sandbox.emulator.name: served.sandbox for served in self._served}
        self.bases = {served.sandbox.emulator.name: served.base for served in self._served}

    def close(self) -> None:
        """Take them down."""
        for served in self._served:
            served.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Courier:
    """Delivers one sandbox's webhooks from a thread of its own: soon after each answer, retries when they are due."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._deliveries = sandbox.deliveries
        self._wake = threading.Event()
        self._stopped = threading.Event()
        sandbox.deliver = self._wake.set
        self._thread = threading.Thread(target=self._run, name=f"webhooks-{sandbox.emulator.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Deliver nothing more. What is on its way arrives."""
        self._stopped.set()
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._deliveries.flush(parallel=True)
            self._wake.wait(1.0)
            self._wake.clear()
