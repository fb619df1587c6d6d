"""Attachments by which a card leads to its twins in other tools."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final

from pmsync.connector.parts import Backlink, group_of
from pmsync.errors import StaleError
from pmsync.model.native import Marker, Ref
from pmsync.model.part import led, token_in
from pmsync_trello.answers import GoneError
from pmsync_trello.client import Client, Record

_LONGEST: Final = 256


class Pointing:
    """Keeps these attachments right. Everybody else's are left alone."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def point(self, ref: Ref, twins: Sequence[Backlink], group: str, before: Collection[Backlink] | None) -> int:
        """Attach what is missing, mend what differs, take away what leads to former twins.

        One request for each twin that is new, and two where one is in another's place; and one to see what is there,
        where that is not known or something has to go. What marks the card as made from a twin leads to it already.
        Raises StaleError where the card is gone.
        """
        wanted = {led(one.url, one.token): one for one in twins}
        known = {led(one.url, one.token): one.token for one in before or ()}
        former = {token_in(url) for url in known.keys() - wanted.keys()}
        try:
            if before is not None and not former:
                return self._attach(ref, [one for url, one in wanted.items() if url not in known])
            present = self._client.attachments(ref.id)
            if before is not None:
                away = [one for one in present if token_in(str(one["url"])) in former and str(one["url"]) not in wanted]
                missing = [one for url, one in wanted.items() if url not in known]
            else:
                away, missing = _differing(present, wanted, group)
            return self._detach(ref, away) + self._attach(ref, missing)
        except GoneError:
            raise StaleError("the card is not there any more") from None

    def _attach(self, ref: Ref, twins: Sequence[Backlink]) -> int:
        for twin in twins:
            self._client.attach(ref.id, _name(twin), led(twin.url, twin.token))
        return len(twins)

    def _detach(self, ref: Ref, attached: Sequence[Record]) -> int:
        for one in attached:
            with suppress(GoneError):
                self._client.detach(ref.id, str(one["id"]))
        return len(attached)


def _differing(
    present: Sequence[Record], wanted: dict[str, Backlink], group: str
) -> tuple[list[Record], list[Backlink]]:
    """What has to go, and what is missing."""
    marked = {marker.twin for one in present if (marker := Marker.from_link(str(one["url"]))) is not None}
    missing = {url: twin for url, twin in wanted.items() if twin.url not in marked}
    away = []
    for one in present:
        token, url = token_in(str(one["url"])), str(one["url"])
        if token and group in ("", group_of(token)):
            if url in missing and _name(missing[url]) == one.get("name"):
                del missing[url]
            else:
                away.append(one)
    return away, list(missing.values())


def _name(twin: Backlink) -> str:
    return " ".join(twin.title.split())[:_LONGEST] or twin.url[:_LONGEST]
