"""Files: sending one to an issue, and reading one, without ever holding it whole."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from pmsync.connector.files import Form, blocks, elsewhere
from pmsync.connector.parts import Content
from pmsync.errors import AuthError, StaleError, TransientError, UnknownOutcomeError
from pmsync.model.native import Ref
from pmsync.model.part import Part
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.hanging import content_path
from pmsync_jira.memory import Memory

_UNFIT = re.compile(r'[\\/":?*<>|\x00-\x1f\x7f]')
"""Characters that Jira takes in no file's name."""
_LONGEST = 255


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
            told = self._client.upload(f"issue/{ref.id}/attachments", Form(content, file_name(content.name))).data
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
            if response.is_redirect:
                response = open_.enter_context(self._followed(response))
            elif not 200 <= response.status_code < 300:
                raise TransientError(
                    f"the file {name!r} cannot be read where Jira keeps it ({response.status_code})",
                    connection=self._client.connection,
                )
            size = part.value.get("size")
            known = size if isinstance(size, int) else None
            kind = str(part.value.get("type") or "")
            yield Content(name, kind, known, blocks(response, name, known, self._client.connection))

    @contextmanager
    def _followed(self, response: requests.Response) -> Iterator[requests.Response]:
        """What is at the place to which Jira leads."""
        place = urljoin(response.url, response.headers["Location"])
        self._refuse_sign_in(place)
        with elsewhere(place, self._client.connection) as found:
            self._refuse_sign_in(found.url)
            yield found

    def _refuse_sign_in(self, place: str) -> None:
        if "login" in urlsplit(place).path.lower():
            raise AuthError(
                "Jira wants somebody to sign in before it shows a file; may the account browse the project?",
                connection=self._client.connection,
            )


def file_name(name: str) -> str:
    """The name that a file gets in Jira."""
    return _UNFIT.sub("_", name).strip()[-_LONGEST:] or "file"
