"""Asana's attachments: sending a file or an address, and reading a file, without ever holding it whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from urllib3 import encode_multipart_formdata

from pmsync.connector.files import Form, blocks, elsewhere
from pmsync.connector.parts import Content
from pmsync.errors import RejectedError, StaleError
from pmsync.model.native import Ref
from pmsync.model.part import Part
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import Client
from pmsync_asana.hanging import ATTACHMENT, FILE

LARGEST = 100_000_000
"""Bytes of a file (https://developers.asana.com/reference/createattachmentforobject)."""
_NAME = 255
_PATH = "/attachments"


class Files:
    """Sends and reads attachments of one connection."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def link(self, ref: Ref, name: str, url: str) -> Any:
        """Attach an address, sent once: what Asana answers. It takes a form here, as for a file."""
        named = " ".join(name.split())[:_NAME] or url[:_NAME]
        fields = {"parent": ref.id, "resource_subtype": "external", "name": named, "url": url}
        body, kind = encode_multipart_formdata(fields)
        return self._client.send_form(_PATH, body, {"Content-Type": kind}, fields=ATTACHMENT).data

    def upload(self, ref: Ref, content: Content) -> Any:
        """Attach a file, sent once: what Asana answers."""
        name = " ".join(content.name.split())[-_NAME:] or "file"
        # Asana wants names with other characters than ASCII's as they are in addresses.
        form = Form(content, name if name.isascii() else quote(name, safe=" "), {"parent": ref.id})
        length = {} if content.size is None else {"Content-Length": str(len(form))}
        return self._client.send_form(_PATH, form.body, {**form.headers, **length}, fields=ATTACHMENT).data

    @contextmanager
    def download(self, part: Part) -> Iterator[Content]:
        """A file's content. The address at which it is, on another host, is good for two minutes and signs itself: our
        credentials do not go there."""
        name = str(part.value.get("name") or "")
        try:
            told = self._client.read(f"{_PATH}/{part.id}", fields="resource_subtype,size,download_url").data
        except RefusalError as error:
            if error.status != 404:
                raise
            raise StaleError(f"the file {name!r} is gone", connection=self._client.connection) from None
        place = told.get("download_url")
        if told.get("resource_subtype") != FILE or not place:
            message = f"{name!r} is kept elsewhere, and Asana does not hand it out"
            raise RejectedError(message, connection=self._client.connection)
        size = told["size"] if isinstance(told.get("size"), int) else None
        connection, kind = self._client.connection, str(part.value.get("type") or "")
        with elsewhere(str(place), connection) as response:
            yield Content(name, kind, size, blocks(response, name, size, connection))
