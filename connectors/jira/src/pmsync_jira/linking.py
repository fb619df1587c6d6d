"""Changing the links between issues."""

from collections.abc import Mapping

from pmsync.errors import StaleError
from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.links import kind_of, leading
from pmsync_jira.memory import Memory


class Linking:
    """Changes the links that lead from an issue; those of other kinds, and to it, are left alone."""

    def __init__(self, client: Client, memory: Memory) -> None:
        self._client = client
        self._memory = memory

    def kinds(self) -> Mapping[str, str]:
        """The ids of Jira's types by our kinds; empty where it has links switched off. Asked once, and remembered."""
        if self._memory.link_types is None:
            self._memory.link_types = self._read()
        return self._memory.link_types

    def _read(self) -> dict[str, str]:
        try:
            told = self._client.read("GET", "issueLinkType").data.get("issueLinkTypes") or []
        except RefusalError as refusal:
            if refusal.status not in (403, 404):
                raise
            told = []
        found: dict[str, str] = {}
        for type_ in told:
            kind = kind_of(type_)
            if kind is not None:
                found.setdefault(kind.value, str(type_["id"]))
        return found

    def change(self, ref: Ref, value: Json, seen: Json) -> str:
        """Make the links that are missing, and take away those that are too many; the reason if not all was taken.

        Raises StaleError where the issue is gone.
        """
        wanted, had = _texts(value), _texts(seen)
        reasons = [self._make(ref, link) for link in sorted(wanted - had)]
        if had - wanted:
            reasons += self._unmake(ref, had - wanted)
        return "; ".join(reason for reason in reasons if reason)

    def _make(self, ref: Ref, link: str) -> str:
        kind, _, other = link.partition(":")
        type_ = self.kinds().get(kind)
        if type_ is None:
            return f"this Jira has no type of links for {kind!r}"
        body = {"type": {"id": type_}, "inwardIssue": {"id": ref.id}, "outwardIssue": {"id": other}}
        try:
            self._client.write_patiently("POST", "issueLink", body=body)
        except RefusalError as refusal:
            return refusal.message
        return ""

    def _unmake(self, ref: Ref, links: set[str]) -> list[str]:
        try:
            raw = self._client.read("GET", f"issue/{ref.id}", params={"fields": "issuelinks"}).data
        except RefusalError as refusal:
            if refusal.status == 404:
                raise StaleError(f"the issue is gone, or not for us any more: {refusal.message}") from None
            raise
        reasons = []
        for link, id_ in leading(raw["fields"].get("issuelinks") or ()).items():
            if link in links:
                try:
                    self._client.write_patiently("DELETE", f"issueLink/{id_}")
                except RefusalError as refusal:
                    if refusal.status != 404:
                        reasons.append(refusal.message)
        return reasons


def _texts(value: Json) -> set[str]:
    return {str(one) for one in value} if isinstance(value, list) else set()
