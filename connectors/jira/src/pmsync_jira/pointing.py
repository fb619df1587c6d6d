"""Web links from an issue to its twins in other tools."""

from collections.abc import Collection, Sequence
from typing import Any

from pmsync.connector.parts import Backlink, group_of
from pmsync.errors import StaleError
from pmsync.model.native import Ref
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client

_TWIN = "pmsync.twin="
"""What the global ids of these links begin with: by it Jira knows a link again, and so do we."""
_LONGEST = 255


class Pointing:
    """Keeps these links right. Web links of other people's, and addresses that were attached, are left alone."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def point(self, ref: Ref, twins: Sequence[Backlink], group: str, before: Collection[Backlink] | None) -> int:
        """Make the links that are missing, mend those that differ, and take away those of former twins.

        One request for each link that is not as it should be, which may be sent again, since Jira has a global id once;
        and one to see what is there, where that is not known or links have to go. Raises StaleError where the issue is
        gone.
        """
        here = f"issue/{ref.id}/remotelink"
        wanted = {_global_id(one.token): one for one in twins}
        known = {_global_id(one.token): one.url for one in before or ()}
        try:
            if before is None:
                present = self._present(here, group)
                return self._make(here, [one for id_, one in wanted.items() if not _same(present.get(id_), one)]) + (
                    self._remove(here, [link for id_, link in present.items() if id_ not in wanted])
                )
            made = self._make(here, [one for id_, one in wanted.items() if known.get(id_) != one.url])
            former = known.keys() - wanted.keys()
            present = self._present(here, group) if former else {}
            return made + self._remove(here, [link for id_, link in present.items() if id_ in former])
        except RefusalError as refusal:
            if refusal.status == 404:
                raise StaleError(f"the issue is gone, or not for us any more: {refusal.message}") from None
            raise

    def _present(self, here: str, group: str) -> dict[str, Any]:
        told: list[Any] = self._client.read("GET", here, shape=list).data
        return {str(one["globalId"]): one for one in told if _is_ours(str(one.get("globalId")), group)}

    def _make(self, here: str, twins: Sequence[Backlink]) -> int:
        for twin in twins:
            self._client.write_patiently("POST", here, body={"globalId": _global_id(twin.token), **_link(twin)})
        return len(twins)

    def _remove(self, here: str, links: Sequence[Any]) -> int:
        for link in links:
            try:
                self._client.write_patiently("DELETE", f"{here}/{link['id']}")
            except RefusalError as refusal:
                if refusal.status != 404:
                    raise
        return len(links)


def _global_id(token: str) -> str:
    return f"{_TWIN}{token}"[:_LONGEST]


def _is_ours(global_id: str, group: str) -> bool:
    return global_id.startswith(_TWIN) and group in ("", group_of(global_id.removeprefix(_TWIN)))


def _link(twin: Backlink) -> dict[str, Any]:
    title = " ".join(twin.title.split())[:_LONGEST] or twin.url
    return {"relationship": "kept in step with", "object": {"url": twin.url, "title": title}}


def _same(present: Any, twin: Backlink) -> bool:
    """Whether a link shows what it should; what Jira adds to it does not count."""
    shown = present.get("object") if isinstance(present, dict) else None
    return isinstance(shown, dict) and all(shown.get(name) == value for name, value in _link(twin)["object"].items())
