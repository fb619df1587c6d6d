"""Serving sandboxes on loopback, each tool on its own port."""

import socket
import struct
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from pmsync.sandbox.app import Sandbox
from pmsync.sandbox.registry import build, names

HOST = "127.0.0.1"


class _Handler(WSGIRequestHandler):
    """Keeps connections open between requests, says nothing, and cuts a dropped connection hard."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing: the sandbox has its own log."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Reset instead of closing politely, as a broken network would."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Running:
    """The sandboxes of all tools, up. A context manager: leaving it takes them down."""

    def __init__(
        self, port: int = 8700, *, seed: str = "empty", options: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Start them on consecutive ports from `port`, in alphabetical order; with port 0 on any free ports.

        Raises OSError where a port is taken.
        """
        self.sandboxes: dict[str, Sandbox] = {}
        self.bases: dict[str, str] = {}
        self._servers: list[BaseWSGIServer] = []
        try:
            for place, name in enumerate(names()):
                emulator = build(name, lambda: datetime.now(UTC), (options or {}).get(name, {}))
                sandbox = Sandbox(emulator, clock=lambda: datetime.now(UTC), sleep=time.sleep)
                emulator.reset(seed)
                server = make_server(HOST, port and port + place, sandbox, threaded=True, request_handler=_Handler)
                self._servers.append(server)
                self.sandboxes[name] = sandbox
                self.bases[name] = f"http://{HOST}:{server.server_port}"
        except BaseException:
            self.close()
            raise
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._stop = threading.Event()
        threading.Thread(target=self._deliver, daemon=True).start()

    def _deliver(self) -> None:
        while not self._stop.wait(1.0):
            for sandbox in self.sandboxes.values():
                sandbox.deliveries.flush()

    def close(self) -> None:
        """Take them down."""
        if hasattr(self, "_stop"):
            self._stop.set()
            for server in self._servers:
                server.shutdown()
        for server in self._servers:
            server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
