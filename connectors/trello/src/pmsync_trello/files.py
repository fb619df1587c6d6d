"""Trello's files: sending one to a card, and reading one, without ever holding it whole."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

from pmsync.connector.files import Form, blocks, elsewhere
from pmsync.connector.parts import Content
from pmsync.errors import PmsyncError, RejectedError, StaleError
from pmsync.model.native import Ref
from pmsync.model.part import Part
from pmsync_trello.answers import GoneError
from pmsync_trello.calls import Calls

NAME = 256
"""Characters of an attachment's name, and of its media type."""
_OWN_HOSTS = ("trello.com", "api.trello.com")
_OWN_PATH = "/1/cards/"


class Files:
    """Sends and reads files of one connection."""

    def __init__(self, calls: Calls, connection: str) -> None:
        self._calls = calls
        self._connection = connection

    def upload(self, ref: Ref, content: Content) -> Any:
        """Attach a file, sent once: what Trello answers."""
        name = " ".join(content.name.split())[-NAME:] or "file"
        fields = {"name": name} | ({"mimeType": content.type} if 0 < len(content.type) <= NAME else {})
        return self._calls.upload(f"cards/{ref.id}/attachments", Form(content, name, fields))

    @contextmanager
    def download(self, part: Part) -> Iterator[Content]:
        """A file's content. Trello leads to where it keeps it (with its own host it wants the credentials in the
        header); files of years ago are named with that place at once."""
        name, size = str(part.value.get("name") or ""), part.value.get("size")
        if size is None:
            raise RejectedError(f"{name!r} is an address and no file", connection=self._connection)
        with ExitStack() as open_:
            try:
                place = str(part.value["url"])
                address = urlsplit(place)
                if address.hostname in _OWN_HOSTS and address.path.startswith(_OWN_PATH):
                    response = open_.enter_context(self._calls.stream(address.path))
                    if response.is_redirect:
                        place = urljoin(response.url, response.headers["Location"])
                        response = open_.enter_context(elsewhere(place, self._connection))
                else:
                    response = open_.enter_context(elsewhere(place, self._connection))
            except GoneError:
                raise StaleError(f"the file {name!r} is gone", connection=self._connection) from None
            except PmsyncError as error:
                error.connection = self._connection
                raise
            kind = str(part.value.get("type") or "")
            known = size if isinstance(size, int) else None
            yield Content(name, kind, known, blocks(response, name, known, self._connection))
