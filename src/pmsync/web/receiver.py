"""Webhooks: told from forgeries, kept before they are acknowledged, and refused in time where they cannot be."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from pmsync.config.settings import ConnectionConfig
from pmsync.connector.registry import plugin
from pmsync.connector.webhooks import Delivery, Forged, Handshake, Incoming, Received, Receiver, Unreadable, address
from pmsync.errors import PmsyncError
from pmsync.jobs.service import Service
from pmsync.store.vault import Vault
from pmsync.sync.webhooks import purpose

T = TypeVar("T")

LARGEST: Final = 2 * 1024 * 1024
"""Bytes in a body: tools send less."""
SLOWEST: Final = 10.0
"""Seconds that a body may take to arrive."""
_PATIENCE: Final = 8.0
"""Seconds that keeping a delivery may take. The tools wait for ten, and then say it again."""
_AT_ONCE: Final = 64 * 1024
"""Bytes of a body that are read sooner than handed to another thread."""
_HELD: Final = 64 * 1024 * 1024
"""Bytes of bodies at once. Beyond, whoever sends more is to come again."""
_AGAIN: Final = "5"
"""Seconds after which who was sent away is to come again."""
_QUIETLY: Final = 60.0
"""Seconds between two lines in the log about refusals of one kind at one connection."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")

log = logging.getLogger("pmsync.web")


class Outcome(StrEnum):
    """What became of a request at the receiver."""

    TAKEN = "taken"
    REPEATED = "repeated"
    GREETED = "greeted"
    FORGED = "forged"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


class Counting(Protocol):
    """Where figures are kept."""

    def delivery(self, connection: str, outcome: str, seconds: float) -> None:
        """Something came for a connection ("" for one that there is not), and was answered in so many seconds."""
        ...


class _Refused(Exception):
    """A body that is not read to its end."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Reception:
    """Where the tools' webhooks arrive. All but waiting is done by the threads of `pool`."""

    def __init__(self, service: Service, counting: Counting, pool: Executor) -> None:
        self._service = service
        self._counting = counting
        self._pool = pool
        self._held = 0
        self._told: dict[tuple[str, str], float] = {}
        self._untold: Counter[tuple[str, str]] = Counter()
        self._doors: dict[str, tuple[ConnectionConfig, Receiver]] = {}
        for name, connection in service.config.connections.items():
            receiver = plugin(connection.connector).receiver(connection.settings)
            if receiver is not None:
                self._doors[name] = (connection, receiver)

    def greet(self, connection: str) -> Response:
        """Say whether webhooks of this connection arrive here, as Trello asks before it makes one."""
        return Response(status_code=200 if connection in self._doors else 404)

    async def deliver(self, request: Request, connection: str, token: str) -> Response:
        """Take a delivery, or a handshake."""
        began = asyncio.get_running_loop().time()
        door = self._doors.get(connection)
        if door is None:
            outcome, response = Outcome.REFUSED, Response(status_code=404)
        else:
            outcome, response = await self._answer(request, *door, token if _TOKEN.fullmatch(token) else "")
        known = connection if door else ""
        self._counting.delivery(known, outcome, asyncio.get_running_loop().time() - began)
        return response

    async def _answer(
        self, request: Request, connection: ConnectionConfig, receiver: Receiver, token: str
    ) -> tuple[Outcome, Response]:
        name = connection.name
        try:
            with self._holding() as hold:
                body = await _body(request, hold)
                headers = {key.lower(): value for key, value in request.headers.items()}
                url = address(connection.settings.webhook_url, name, token)
                incoming = Incoming(request.method, headers, body, url)
                received = await self._received(incoming, name, receiver, token)
        except _Refused as refused:
            self._mention(name, Outcome.REFUSED, refused.why)
            return Outcome.REFUSED, _refusal(refused.status)
        except PmsyncError as error:
            self._mention(name, Outcome.REFUSED, error.message)
            return Outcome.REFUSED, _refusal(503)
        match received:
            case Delivery():
                return await self._take(name, received, token)
            case Handshake():
                return await self._shake(name, receiver, received, token)
            case Forged():
                self._mention(name, Outcome.FORGED, received.reason)
                return Outcome.FORGED, Response(status_code=401, headers={"WWW-Authenticate": "Signature"})
            case Unreadable():
                self._mention(name, Outcome.UNREADABLE, received.reason)
                return Outcome.UNREADABLE, Response(status_code=400)

    async def _received(self, incoming: Incoming, connection: str, receiver: Receiver, token: str) -> Received:
        if not receiver.handshakes and len(incoming.body) <= _AT_ONCE:
            return receiver.receive(incoming)

        def receive() -> Received:
            return receiver.receive(incoming, self._secrets(connection, token) if receiver.handshakes else ())

        return await self._aside(receive)

    def _secrets(self, connection: str, token: str) -> tuple[str, ...]:
        """What was handed over for this address."""
        hook = self._service.store.hooks.get(connection, token) if token else None
        if hook is None or hook.secret is None:
            return ()
        return (Vault(self._service.config.secret_key).unseal(hook.secret, purpose(connection)),)

    async def _take(self, connection: str, delivery: Delivery, token: str) -> tuple[Outcome, Response]:
        """Keep it, then say so. Trello takes nothing but 200 for an acknowledgement."""
        try:
            kept = asyncio.wrap_future(self._service.bring(connection, delivery, hook=token))
            new = await asyncio.wait_for(kept, _PATIENCE)
        except TimeoutError:
            self._mention(connection, Outcome.REFUSED, "it could not be kept in time")
            return Outcome.REFUSED, _refusal(503)
        except PmsyncError as error:
            self._mention(connection, Outcome.REFUSED, error.message)
            return Outcome.REFUSED, _refusal(503)
        return Outcome.TAKEN if new else Outcome.REPEATED, Response(status_code=200)

    async def _shake(
        self, connection: str, receiver: Receiver, handshake: Handshake, token: str
    ) -> tuple[Outcome, Response]:
        """Take a secret over, where a webhook with this address is being made just now, and it has none yet."""

        def shake() -> bool:
            if not (receiver.handshakes and token and handshake.secret):
                return False
            sealed = Vault(self._service.config.secret_key).seal(handshake.secret, purpose(connection))
            return self._service.store.hooks.shake(connection, token, sealed, self._service.clock.now())

        try:
            taken = await self._aside(shake)
        except PmsyncError as error:
            self._mention(connection, Outcome.REFUSED, error.message)
            return Outcome.REFUSED, _refusal(503)
        if not taken:
            self._mention(connection, Outcome.REFUSED, "it is a handshake, and none is expected at this address")
            return Outcome.REFUSED, _refusal(409)
        return Outcome.GREETED, Response(status_code=200, headers=dict(handshake.headers))

    async def _aside(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    @contextmanager
    def _holding(self) -> Iterator[Callable[[int], None]]:
        """Count the bytes that are held inside. What is called inside raises _Refused where they become too many."""
        held = 0

        def hold(more: int) -> None:
            nonlocal held
            if self._held + more > _HELD:
                raise _Refused(503, "more arrives than there is room for")
            held += more
            self._held += more

        try:
            yield hold
        finally:
            self._held -= held

    def _mention(self, connection: str, outcome: Outcome, why: str) -> None:
        """Log it, unless that was done just now: whoever floods us is not to flood the log."""
        key, now = (connection, outcome.value), asyncio.get_running_loop().time()
        if now - self._told.get(key, -_QUIETLY) < _QUIETLY:
            self._untold[key] += 1
            return
        self._told[key] = now
        more = self._untold.pop(key, 0)
        log.warning(
            "a webhook delivery was %s: %s%s",
            outcome.value,
            why,
            f" (and {more} more since the last of these lines)" if more else "",
            extra={"connection": connection},
        )


async def _body(request: Request, hold: Callable[[int], None]) -> bytes:
    """The body, byte for byte. Raises _Refused."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > len(str(LARGEST)) or int(declared) > LARGEST):
        raise _Refused(413, "its body is too large")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(SLOWEST):
            async for part in request.stream():
                size += len(part)
                if size > LARGEST:
                    raise _Refused(413, "its body is too large")
                hold(len(part))
                parts.append(part)
    except TimeoutError:
        raise _Refused(408, "its body took too long to arrive") from None
    except ClientDisconnect:
        raise _Refused(400, "its body ended before it was all there") from None
    return b"".join(parts)


def _refusal(status: int) -> Response:
    return Response(status_code=status, headers={"Retry-After": _AGAIN} if status == 503 else None)
