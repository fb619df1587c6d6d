"""Attachments by which a card leads to its twins in other tools."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from pmsync.connector.parts import Backlink
from pmsync.errors import StaleError
from pmsync.model.native import Marker, Ref
from pmsync_trello import linking
from pmsync_trello.answers import GoneError
from pmsync_trello.client import Client, Record

_UNFIT: Final = re.compile(r"[#&\s]")
_LONGEST: Final = 256


class Pointing:
    """Keeps these attachments right. Everybody else's are left alone."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def point(self, ref: Ref, twins: Sequence[Backlink]) -> None:
        """Attach what is missing, mend what differs, take away what leads to former twins.

        One request to see what is there, and one or two for each twin that is not as it should be. What marks the card
        as made from a twin leads to it already. Raises StaleError where the card is gone.
        """
        try:
            present = self._client.attachments(ref.id)
            led = {marker.twin for one in present if (marker := Marker.from_link(str(one["url"]))) is not None}
            wanted = {_address(twin): _name(twin) for twin in twins if twin.url not in led}
            for one in present:
                if linking.is_twin(one) and not _fits(one, wanted):
                    with suppress(GoneError):
                        self._client.detach(ref.id, str(one["id"]))
            there = {str(one["url"]) for one in present if _fits(one, wanted)}
            for url, name in wanted.items():
                if url not in there:
                    self._client.attach(ref.id, name, url)
        except GoneError:
            raise StaleError("the card is not there any more") from None


def _address(twin: Backlink) -> str:
    token = _UNFIT.sub("_", twin.token)
    return f"{twin.url}{'&' if '#' in twin.url else '#'}{linking.TWIN}{token}"


def _name(twin: Backlink) -> str:
    return " ".join(twin.title.split())[:_LONGEST] or twin.url[:_LONGEST]


def _fits(attached: Record, wanted: Mapping[str, str]) -> bool:
    return wanted.get(str(attached["url"])) == attached.get("name")
