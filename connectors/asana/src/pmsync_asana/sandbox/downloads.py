"""Where the contents of files are: on another host than the API, at addresses that are good for two minutes."""

import secrets
from datetime import timedelta

from werkzeug.wrappers import Request, Response

from pmsync_asana.sandbox.records import Attachment
from pmsync_asana.sandbox.world import World, instant

PATH = "/-/content/"
LIFE = timedelta(minutes=2)


class Downloads:
    """The store of files. It knows an address that nobody could guess, and takes no other sign of who asks."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._places: dict[str, tuple[Attachment, str]] = {}

    def place(self, attachment: Attachment, base: str) -> str:
        """A new address of a file. The store has another name than the API at `base`, where there is one."""
        token = secrets.token_hex(16)
        self._places[token] = attachment, instant(self._world.clock() + LIFE)
        host = base.partition("/api/")[0].replace("//127.0.0.1", "//localhost")
        return f"{host}{PATH}{token}"

    def serve(self, request: Request) -> Response:
        """`GET /-/content/{token}`, as a store of objects answers it."""
        if "Authorization" in request.headers:
            return Response("Only one auth mechanism allowed", 400, content_type="text/plain")
        attachment, until = self._places.get(request.path.removeprefix(PATH), (None, ""))
        if attachment is None or attachment.trashed:
            return Response("NoSuchKey", 404, content_type="text/plain")
        if self._world.now() > until:
            return Response("Request has expired", 403, content_type="text/plain")
        return Response(attachment.content, content_type="application/octet-stream")
