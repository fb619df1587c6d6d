"""Web links from an issue to its twins in other tools."""

from collections.abc import Sequence
from typing import Any

from pmsync.connector.parts import Backlink
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

    def point(self, ref: Ref, twins: Sequence[Backlink]) -> None:
        """Make the links that are missing, mend those that differ, and take away those of former twins.

        One request to see what is there, and one for each link that is not as it should be; each of them may be sent
        again. Raises StaleError where the issue is gone.
        """
        here = f"issue/{ref.id}/remotelink"
        try:
            told: list[Any] = self._client.read("GET", here, shape=list).data
            present = {str(one["globalId"]): one for one in told if str(one.get("globalId")).startswith(_TWIN)}
            wanted = {_global_id(twin): _link(twin) for twin in twins}
            for id_, link in wanted.items():
                if not _same(present.get(id_), link):
                    self._client.write_patiently("POST", here, body={"globalId": id_, **link})
            for id_ in present.keys() - wanted.keys():
                self._remove(f"{here}/{present[id_]['id']}")
        except RefusalError as refusal:
            if refusal.status == 404:
                raise StaleError(f"the issue is gone, or not for us any more: {refusal.message}") from None
            raise

    def _remove(self, path: str) -> None:
        try:
            self._client.write_patiently("DELETE", path)
        except RefusalError as refusal:
            if refusal.status != 404:
                raise


def _global_id(twin: Backlink) -> str:
    return f"{_TWIN}{twin.token}"[:_LONGEST]


def _link(twin: Backlink) -> dict[str, Any]:
    title = " ".join(twin.title.split())[:_LONGEST] or twin.url
    return {"relationship": "kept in step with", "object": {"url": twin.url, "title": title}}


def _same(present: Any, link: dict[str, Any]) -> bool:
    """Whether a link shows what it should; what Jira adds to it does not count."""
    shown = present.get("object") if isinstance(present, dict) else None
    return isinstance(shown, dict) and all(shown.get(name) == value for name, value in link["object"].items())
