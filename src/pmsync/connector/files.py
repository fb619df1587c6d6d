"""Files on their way, for connectors: as the body of a request, and from where a tool keeps them, never held whole."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Final
from urllib.parse import urljoin, urlsplit

import requests

from pmsync.connector.hosts import loopback, settle
from pmsync.connector.parts import Content
from pmsync.errors import FatalError, RejectedError, TransientError

_BLOCK = 64 * 1024
_MOST_HOPS = 5
_TIMEOUT = (3.05, 30.0)
_ESCAPES: Final = {'"': "%22", "\r": "%0D", "\n": "%0A"}
"""As browsers write names in forms."""


class Form:
    """One file, under `file`, as `multipart/form-data`, and plain fields before it. It can be gone through once."""

    def __init__(self, content: Content, file_name: str, fields: Mapping[str, str] | None = None) -> None:
        self._content = content
        boundary = secrets.token_hex(16)
        kind = content.type if re.fullmatch(r"[\w.+-]+/[\w.+-]+", content.type) else "application/octet-stream"
        plain = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (fields or {}).items()
        )
        named = "".join(_ESCAPES.get(sign, sign) for sign in file_name)
        self._head = (
            f"{plain}--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{named}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode("utf-8", "replace")
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.headers: Mapping[str, str] = {"Content-Type": f"multipart/form-data; boundary={boundary}"}

    @property
    def body(self) -> "Form | Iterator[bytes]":
        """What requests is given: with a length it is announced, without one sent in chunks."""
        return iter(self) if self._content.size is None else self

    def __len__(self) -> int:
        return len(self._head) + (self._content.size or 0) + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        """Raises RejectedError where the file has not the size that was told: the form does not end then, and whoever
        gets it makes nothing of it."""
        yield self._head
        size = 0
        for block in self._content.blocks:
            size += len(block)
            yield block
        if self._content.size is not None and size != self._content.size:
            raise RejectedError(f"{self._content.name!r} is {size} bytes long, not {self._content.size} as told")
        yield self._tail


@contextmanager
def elsewhere(place: str, connection: str) -> Iterator[requests.Response]:
    """What is at an address to which a tool leads, asked for by nobody in particular: without any credentials.

    Redirects are followed. Raises FatalError for a place to which nothing should lead, TransientError for anything but
    the file.
    """
    with ExitStack() as open_:
        for _ in range(_MOST_HOPS):
            response = open_.enter_context(_asked(place, connection))
            if not response.is_redirect:
                break
            place = urljoin(place, response.headers["Location"])
        if response.status_code != 200:
            message = f"a file cannot be read where it is kept (HTTP {response.status_code})"
            raise TransientError(message, connection=connection)
        yield response


@contextmanager
def _asked(place: str, connection: str) -> Iterator[requests.Response]:
    url = urlsplit(place)
    if url.scheme != "https" and not (url.scheme == "http" and loopback(url.hostname)):
        raise FatalError("an address that is not https: is no place for a file", connection=connection)
    with requests.Session() as session:
        settle(session, place)
        request = session.prepare_request(requests.Request("GET", place, headers={"Accept-Encoding": "identity"}))
        try:
            response = session.send(
                request,
                timeout=_TIMEOUT,
                allow_redirects=False,
                proxies=session.proxies,
                verify=session.verify,
                stream=True,
            )
        except requests.RequestException as error:
            message = f"a file cannot be reached where it is kept ({type(error).__name__})"
            raise TransientError(message, connection=connection) from None
        with closing(response):
            yield response


def blocks(response: requests.Response, name: str, size: int | None, connection: str) -> Iterator[bytes]:
    """A file's content, block by block. Raises TransientError where it ends before its end, or after it."""
    read = 0
    try:
        for block in response.iter_content(_BLOCK):
            read += len(block)
            yield block
    except requests.RequestException as error:
        message = f"{name!r} could not be read to its end ({type(error).__name__})"
        raise TransientError(message, connection=connection) from None
    if size is not None and read != size:
        message = f"{name!r} could not be read to its end: it has {size} bytes, and {read} came"
        raise TransientError(message, connection=connection)
