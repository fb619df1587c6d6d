"""Servers within this process: what `requests` and `urllib3` send to some addresses is answered without any socket.

The clients run as they are down to urllib3's pools. What succeeds comes back from there at once; what does not goes
through urllib3's own retries and errors, down to its connection. Other addresses are reached over the network.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.client import IncompleteRead
from threading import Lock
from typing import Any

from urllib3 import BaseHTTPResponse, HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.timeout import _DEFAULT_TIMEOUT

_OF_RESPONSE = ("preload_content", "decode_content", "retries", "enforce_content_length")
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it would go over the wire."""

    method: str
    target: str
    """Path and query."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it would come over the wire; a Content-Length that is more than the body has is a broken one."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, None where it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def holding(self, body: bytes, *, cut: bool = False) -> "Reply":
        """The same with another body; `cut`: announced to be as long as this one's."""
        headers = tuple(one for one in self.headers if one[0].lower() != "content-length")
        length = (("Content-Length", str(len(self.body))),) if cut else ()
        return Reply(self.status, (*headers, *length), body)


class Unreachable(OSError):
    """No connection came about: the request was never sent."""


Site = Callable[[Sent, float | None], Reply]
"""Answers one request, given how many seconds the client waits for it. It may raise what a socket would."""

_sites: dict[tuple[str, int], Site] = {}
_lock = Lock()
_known: ContextVar["list[Reply | Exception] | None"] = ContextVar("known", default=None)
"""What has come of the request that is just being sent, where it was asked before."""
_urlopen = HTTPConnectionPool.urlopen


@contextmanager
def nearby(sites: Mapping[tuple[str, int], Site]) -> Iterator[None]:
    """Have these hosts and ports answered here."""
    with _lock:
        _sites.update(sites)
        HTTPConnectionPool.ConnectionCls = _Connection
        HTTPConnectionPool.urlopen = _asked  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        with _lock:
            for address in sites:
                del _sites[address]
            if not _sites:
                HTTPConnectionPool.ConnectionCls = HTTPConnection
                HTTPConnectionPool.urlopen = _urlopen  # type: ignore[method-assign]


def _asked(
    pool: HTTPConnectionPool, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **options: Any
) -> BaseHTTPResponse:
    """As `HTTPConnectionPool.urlopen`, without what it does for sockets where all goes well."""
    site = _sites.get((pool.host, pool.port or 80))
    if site is None or args or options.get("preload_content", True):
        return _urlopen(pool, method, url, body, headers, *args, **options)
    sent = _sent(pool.host, pool.port, method, url, body, pool.headers if headers is None else headers)
    outcome: Reply | Exception
    try:
        outcome = site(sent, pool._get_timeout(options.get("timeout", _DEFAULT_TIMEOUT)).read_timeout)
    except Exception as error:  # noqa: BLE001 - urllib3 makes of it what it does
        outcome = error
    if isinstance(outcome, Reply) and 200 <= outcome.status < 300:
        return _response(sent, outcome, {name: options[name] for name in _OF_RESPONSE if name in options})
    token = _known.set([outcome])
    try:
        # What is read once was read already.
        return _urlopen(pool, method, url, None if body is None else sent.body, headers, **options)
    finally:
        _known.reset(token)


class _Wire:
    """What stands in for a socket."""

    def settimeout(self, seconds: float | None) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nothing is open here."""


class _Connection(HTTPConnection):
    """urllib3's connection, with what is nearby asked directly."""

    _asked: tuple[Site, Sent, dict[str, Any]] | None = None

    def connect(self) -> None:
        """Connect, where there is anything to connect to."""
        if (self.host, self.port) in _sites:
            self.sock = _Wire()
        else:
            super().connect()

    @property
    def is_connected(self) -> bool:
        """Whether the other side is still there."""
        return True if isinstance(self.sock, _Wire) else super().is_connected

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        chunked: bool = False,
        **options: Any,
    ) -> None:
        """Take a request down. It is acted on when its answer is asked for."""
        site = _sites.get((self.host, self.port))
        if site is None:
            super().request(method, url, body, headers, chunked=chunked, **options)
            return
        if self.sock is None:
            self.connect()
        self._asked = site, _sent(self.host, self.port, method, url, body, headers or {}), options

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """Have the request answered."""
        if self._asked is None:
            return super().getresponse()
        (site, sent, options), self._asked = self._asked, None
        known = _known.get()
        try:
            reply = _again(known.pop()) if known else site(sent, self.timeout)
        except Unreachable as error:
            raise NewConnectionError(self, str(error)) from error
        return _response(sent, reply, options)


def _again(outcome: Reply | Exception) -> Reply:
    if isinstance(outcome, Reply):
        return outcome
    raise outcome


def _sent(host: str, port: int | None, method: str, url: str, body: Any, headers: Mapping[str, str | bytes]) -> Sent:
    sent = {name.lower(): _text(value) for name, value in headers.items()}
    sent.setdefault("host", f"{host}:{port}")
    sent.setdefault("user-agent", "python-urllib3")
    return Sent(method, url, sent, _whole(body))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _whole(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        return _whole(body.read())
    assert isinstance(body, Iterable)
    return b"".join(_whole(part) for part in body)


class _Body(io.BytesIO):
    """A body that may end before its announced end, as http.client would tell of it."""

    def __init__(self, body: bytes, missing: int) -> None:
        super().__init__(body)
        self._missing = missing

    def read(self, amount: int | None = -1) -> bytes:
        data = super().read(amount)
        if self._missing > 0 and (amount is None or amount < 0):
            raise IncompleteRead(data, self._missing)
        return data


class _Original:
    """The part of http.client's answer that `requests` takes cookies from."""

    def __init__(self, headers: tuple[tuple[str, str], ...]) -> None:
        self.msg = Message()
        for name, value in headers:
            self.msg[name] = value

    def isclosed(self) -> bool:
        """It is read whole at once."""
        return True

    def close(self) -> None:
        """Nothing is open."""


def _response(sent: Sent, reply: Reply, options: Mapping[str, Any]) -> HTTPResponse:
    bodiless = sent.method == "HEAD" or reply.status in _BODILESS
    body = b"" if bodiless else reply.body
    headers = HTTPHeaderDict(reply.headers)
    if not bodiless:
        headers.setdefault("Content-Length", str(len(body)))
    missing = 0 if bodiless else int(headers["Content-Length"]) - len(body)
    cookies = "Set-Cookie" in headers
    return HTTPResponse(
        body=_Body(body, missing),
        headers=headers,
        status=reply.status,
        version=11,
        version_string="HTTP/1.1",
        reason=_REASONS.get(reply.status, ""),
        original_response=_Original(reply.headers) if cookies else None,  # type: ignore[arg-type]
        request_method=sent.method,
        request_url=sent.target,
        **options,
    )


_REASONS = {one.value: one.phrase for one in HTTPStatus}
