"""A place where webhooks arrive: a receiver behind a port, and no more than it takes to try one out with a sandbox."""

import queue
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pmsync.connector.webhooks import Delivery, Forged, Handshake, Incoming, Received, Receiver, address

_STATUS = {Delivery: 200, Handshake: 200, Forged: 401}


class Listener:
    """Takes what a tool sends to one connection's address, and keeps what the receiver says of it.

    Whatever secret a handshake brings is believed from then on. `status`, unless None, is answered to all.
    """

    def __init__(self, connection: str, receiver: Receiver | None = None) -> None:
        self.receiver = receiver
        self.secrets: list[str] = []
        self.status: int | None = None
        self.came: list[Incoming] = []
        self._connection = connection
        self._told: queue.Queue[Received] = queue.Queue()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                listener._take(self)

            do_HEAD = do_POST  # noqa: N815 - the name is the library's

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def address(self, token: str = "") -> str:
        """What to register."""
        return address(self.base, self._connection, token)

    def next(self) -> Received:
        """What came next; waits for it."""
        return self._told.get(timeout=20)

    def waiting(self) -> Sequence[Received]:
        """What came and was not asked for yet."""
        told = []
        while not self._told.empty():
            told.append(self._told.get())
        return told

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        incoming = Incoming(request.command, headers, body, f"{self.base}{request.path}")
        self.came.append(incoming)
        told = self.receiver.receive(incoming, tuple(self.secrets)) if self.receiver else Delivery()
        if isinstance(told, Handshake) and told.secret:
            self.secrets.append(told.secret)
        self._told.put(told)
        request.send_response(self.status or _STATUS.get(type(told), 400))
        for name, value in (told.headers if isinstance(told, Handshake) else {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()
