"""Listening: within limits, and until the process is told to end."""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pmsync.errors import ConfigError
from pmsync.jobs.service import Service
from pmsync.web.app import build
from pmsync.web.guard import may_listen
from pmsync.web.metrics import Metrics

_CONNECTIONS: Final = 512
"""How many connections there may be; who comes beyond is answered 503."""
_HEADERS: Final = 32 * 1024
"""Bytes that a request may have before its body."""
_IDLE: Final = 5
"""Seconds that a connection is kept open between two requests."""
_ARRIVES: Final = 30.0
"""Seconds in which a request has to be there, to the end of its body."""
_FINISH: Final = 2
"""Seconds that requests under way have to end, once the process is to."""
_THREADS: Final = 16

log = logging.getLogger("pmsync.web")


def run(
    service: Service,
    metrics: Metrics,
    host: str,
    port: int,
    *,
    ready: Callable[[str, int], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Answer requests until SIGTERM or SIGINT comes, or `stop` is set; then finish those under way, and return.

    The service is the caller's to stop. Port 0 is any that is free; `ready` is told the address once it is listened to.
    Raises ConfigError where it cannot be listened there.
    """
    may_listen(host, service.config)
    sock = _bind(host, port)
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="web")
    try:
        config = uvicorn.Config(
            build(service, metrics, host, pool),
            http=_Patient, ws="none", lifespan="off", loop="asyncio", log_config=None, log_level="error",
            access_log=False, server_header=False, proxy_headers=False, limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=_IDLE, timeout_graceful_shutdown=_FINISH, h11_max_incomplete_event_size=_HEADERS,
        )  # fmt: skip
        _Server(config, stop or threading.Event(), ready or _say).run([sock])
    finally:
        sock.close()
        pool.shutdown(wait=False, cancel_futures=True)


class _Server(uvicorn.Server):
    """Returns when it is to end, instead of ending the process."""

    def __init__(self, config: uvicorn.Config, stop: threading.Event, ready: Callable[[str, int], None]) -> None:
        super().__init__(config)
        self._stop = stop
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and tell where."""
        await super().startup(sockets)
        if sockets:
            host, port = sockets[0].getsockname()[:2]
            self._ready(host, port)

    async def on_tick(self, counter: int) -> bool:
        """Whether to end."""
        return await super().on_tick(counter) or self._stop.is_set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that ask for the end, and do not pass them on."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


class _Patient(H11Protocol):
    """A connection that does not wait for ever for a request to arrive."""

    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio."""
        super().connection_made(transport)
        self._see()

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        super().data_received(data)
        self._see()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._let_be()
        super().connection_lost(exc)

    def _see(self) -> None:
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._let_be()
        elif self._watch is None:
            self._watch = self.loop.call_later(_ARRIVES, self.transport.abort)

    def _let_be(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(f"{host} is no address to listen on: {error.strerror}") from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(place)
    except OSError as error:
        sock.close()
        raise ConfigError(f"{host}:{port} cannot be listened on: {error.strerror}. Choose another --port") from error
    return sock


def _say(host: str, port: int) -> None:
    place: dict[str, Any] = {"host": host, "port": port}
    log.info("listening on http://%s:%s", f"[{host}]" if ":" in host else host, port, extra=place)
