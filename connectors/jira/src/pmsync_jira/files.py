"""Files: sending one to an issue, and reading one, without ever holding it whole."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from pmsync.connector.hosts import loopback, settle
from pmsync.connector.parts import Content
from pmsync.errors import AuthError, FatalError, StaleError, TransientError, UnknownOutcomeError
from pmsync.model.native import Ref
from pmsync.model.part import Part
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.form import Form
from pmsync_jira.hanging import content_path
from pmsync_jira.memory import Memory
from pmsync_jira.vendors import TIMEOUT

_BLOCK = 64 * 1024
_MOST_HOPS = 5


class Files:
    """Sends and reads files of one connection."""

    def __init__(self, client: Client, memory: Memory) -> None:
        self._client = client
        self._memory = memory

    def largest(self) -> int:
        """How many bytes a file may have; 0 where Jira takes none. Asked once, and remembered."""
        if self._memory.largest_file is None:
            told = self._client.read("GET", "attachment/meta").data
            self._memory.largest_file = int(told.get("uploadLimit") or 0) if told.get("enabled") is not False else 0
        return self._memory.largest_file

    def upload(self, ref: Ref, content: Content) -> Any:
        """Attach a file, sent once: Jira's description of it."""
        try:
            told = self._client.upload(f"issue/{ref.id}/attachments", Form(content)).data
        except RefusalError as refusal:
            if refusal.status == 404:
                raise StaleError(f"the issue is gone, or not for us any more: {refusal.message}") from None
            raise
        if not isinstance(told, list) or len(told) != 1 or not isinstance(told[0], dict):
            raise UnknownOutcomeError("Jira's answer to a file makes no sense", connection=self._client.connection)
        return told[0]

    @contextmanager
    def download(self, part: Part) -> Iterator[Content]:
        """A file's content. Cloud keeps it on another host, to which it leads; our credentials do not go there."""
        name = str(part.value.get("name") or "")
        path = f"attachment/content/{part.id}" if self._memory.cloud else content_path(part.id, name, cloud=False)
        params = {"redirect": "false"} if self._memory.cloud else {}
        with ExitStack() as open_:
            try:
                response = open_.enter_context(self._client.stream(path, params))
            except RefusalError as refusal:
                if refusal.status == 404:
                    raise StaleError(f"the file is gone, or not for us any more: {refusal.message}") from None
                raise
            for _ in range(_MOST_HOPS):
                if not response.is_redirect:
                    break
                response = self._followed(response, open_)
            if not 200 <= response.status_code < 300:
                raise TransientError(
                    f"the file {name!r} cannot be read where Jira keeps it ({response.status_code})",
                    connection=self._client.connection,
                )
            size = part.value.get("size")
            yield Content(
                name=name,
                type=str(part.value.get("type") or ""),
                size=size if isinstance(size, int) else None,
                blocks=self._blocks(response, name, size),
            )

    def _followed(self, response: requests.Response, open_: ExitStack) -> requests.Response:
        """What is at the place to which Jira leads, asked for by nobody in particular."""
        place = urljoin(response.url, response.headers["Location"])
        url = urlsplit(place)
        if "login" in url.path.lower():
            raise AuthError(
                "Jira wants somebody to sign in before it shows a file; may the account browse the project?",
                connection=self._client.connection,
            )
        if url.scheme != "https" and not (url.scheme == "http" and loopback(url.hostname)):
            raise FatalError(
                "Jira leads to a file at an address that is not https:", connection=self._client.connection
            )
        session = open_.enter_context(requests.Session())
        settle(session, place)
        try:
            request = session.prepare_request(requests.Request("GET", place))
            return open_.enter_context(
                closing(
                    session.send(
                        request,
                        timeout=TIMEOUT,
                        allow_redirects=False,
                        proxies=session.proxies,
                        verify=session.verify,
                        stream=True,
                    )
                )
            )
        except requests.RequestException as error:
            raise self._broken(type(error).__name__) from None

    def _blocks(self, response: requests.Response, name: str, size: Any) -> Iterator[bytes]:
        """The content block by block. Raises TransientError where it ends before its end."""
        read = 0
        try:
            for block in response.iter_content(_BLOCK):
                read += len(block)
                yield block
        except requests.RequestException as error:
            raise self._broken(type(error).__name__) from None
        if isinstance(size, int) and read != size:
            raise self._broken(f"{name!r} has {size} bytes, and {read} came")

    def _broken(self, what: str) -> TransientError:
        return TransientError(
            f"a file of Jira's could not be read to its end: {what}", connection=self._client.connection
        )
