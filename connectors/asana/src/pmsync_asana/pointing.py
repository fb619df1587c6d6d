"""Attached addresses by which a task leads to its twins in other tools."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from pmsync.connector.parts import Backlink, group_of
from pmsync.errors import StaleError
from pmsync.model.native import Ref
from pmsync.model.part import led, token_in
from pmsync_asana import hanging, marker
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import Action, Client
from pmsync_asana.files import Files
from pmsync_asana.gathering import Gathering

_LONGEST: Final = 255

_Raw = Mapping[str, Any]


class Pointing:
    """Keeps these addresses right. Everybody else's are left alone."""

    def __init__(self, client: Client, gathering: Gathering, files: Files, remove: Callable[[str], None]) -> None:
        self._client = client
        self._gathering = gathering
        self._files = files
        self._remove = remove

    def point(self, ref: Ref, twins: Sequence[Backlink], group: str, before: Collection[Backlink] | None) -> int:
        """Attach what is missing, put what is right in the place of what differs, take away what leads to former twins.

        One request for each twin that is new, and two where one is in another's place; and one to see what is there,
        where that is not known or something has to go. Where a task was made from a twin, the line in its notes leads
        there already. Raises StaleError where the task is gone.
        """
        wanted = {led(one.url, one.token): one for one in twins}
        known = {led(one.url, one.token) for one in before or ()}
        if before is not None and known <= wanted.keys():
            return self._attach(ref, {url: one for url, one in wanted.items() if url not in known})
        present, [told] = self._gathering.beside(ref.id, Action("get", f"/tasks/{ref.id}", "html_notes"))
        if isinstance(told, RefusalError) and not told.absent:
            raise told
        if present is None or isinstance(told, RefusalError):
            raise StaleError("the task is gone, or not for us any more", connection=self._client.connection)
        notes = str(told["data"].get("html_notes") or "")
        if before is None:
            away, missing = _differing(notes, present, wanted, group)
        else:
            former = {token_in(url) for url in known - wanted.keys()}
            away = [one for one in present if hanging.twin(one) in former and _url(one) not in wanted]
            missing = {url: one for url, one in wanted.items() if url not in known}
        for one in away:
            self._remove(str(one["gid"]))
        return len(away) + self._attach(ref, missing)

    def _attach(self, ref: Ref, twins: Mapping[str, Backlink]) -> int:
        try:
            for url, twin in twins.items():
                self._files.link(ref, _name(twin), url)
        except RefusalError as error:
            if "Unknown object" in error.message:
                raise StaleError("the task is gone", connection=self._client.connection) from None
            raise
        return len(twins)


def _differing(
    notes: str, present: Sequence[_Raw], wanted: Mapping[str, Backlink], group: str
) -> tuple[list[_Raw], dict[str, Backlink]]:
    """What has to go, and what is missing."""
    _, mark = marker.part(notes)
    missing = {url: twin for url, twin in wanted.items() if mark is None or twin.url != mark.twin}
    away = []
    for one in present:
        token, url = hanging.twin(one), _url(one)
        if token and group in ("", group_of(token)):
            if url in missing and _name(missing[url]) == one.get("name"):
                del missing[url]
            else:
                away.append(one)
    return away, missing


def _url(raw: _Raw) -> str:
    return str(raw.get("view_url") or "")


def _name(twin: Backlink) -> str:
    return " ".join(twin.title.split())[:_LONGEST] or twin.url[:_LONGEST]
