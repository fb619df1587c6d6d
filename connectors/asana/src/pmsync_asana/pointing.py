"""Attached addresses by which a task leads to its twins in other tools."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from pmsync.connector.parts import Backlink
from pmsync.errors import StaleError
from pmsync.model.native import Ref
from pmsync_asana import hanging, marker
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import Client
from pmsync_asana.files import Files
from pmsync_asana.gathering import Gathering

_UNFIT: Final = re.compile(r"[#&\s]")
_LONGEST: Final = 255


class Pointing:
    """Keeps these addresses right. Everybody else's are left alone."""

    def __init__(self, client: Client, gathering: Gathering, files: Files, remove: Callable[[str], None]) -> None:
        self._client = client
        self._gathering = gathering
        self._files = files
        self._remove = remove

    def point(self, ref: Ref, twins: Sequence[Backlink]) -> None:
        """Attach what is missing, put what is right in the place of what differs, take away what leads to former twins.

        One request to see what is there, and one or two for each twin that is not as it should be. Where a
        task was made from a twin, the line in its notes leads there already. Raises StaleError where the task is gone.
        """
        found = self._gathering.beside(ref.id)
        if found is None:
            raise StaleError("the task is gone, or not for us any more", connection=self._client.connection)
        notes, present = found
        _, mark = marker.part(notes)
        wanted = {_address(twin): _name(twin) for twin in twins if mark is None or twin.url != mark.twin}
        for one in present:
            if hanging.is_twin(one):
                url = str(one["view_url"])
                if one.get("name") == wanted.get(url):
                    del wanted[url]
                else:
                    self._remove(str(one["gid"]))
        for url, name in wanted.items():
            self._attach(ref, name, url)

    def _attach(self, ref: Ref, name: str, url: str) -> None:
        try:
            self._files.link(ref, name, url)
        except RefusalError as error:
            if "Unknown object" in error.message:
                raise StaleError("the task is gone", connection=self._client.connection) from None
            raise


def _address(twin: Backlink) -> str:
    token = _UNFIT.sub("_", twin.token)
    return f"{twin.url}{'&' if '#' in twin.url else '#'}{hanging.TWIN}{token}"


def _name(twin: Backlink) -> str:
    return " ".join(twin.title.split())[:_LONGEST] or twin.url[:_LONGEST]
