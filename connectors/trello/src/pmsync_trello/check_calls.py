"""Trello's endpoints for checklists. JSON in, JSON out."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pmsync.errors import PmsyncError
from pmsync_trello.answers import GoneError
from pmsync_trello.calls import Calls, Record


class CheckCalls:
    """One connection's calls about checklists. Thread-safe."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def garbled(self, *, write: bool = False) -> PmsyncError:
        """The error for an answer that makes no sense."""
        return self._calls.garbled(write=write)

    def checklists(self, card: str) -> list[Record]:
        """A card's checklists with their lines."""
        return self._calls.objects(f"cards/{card}/checklists")

    def described(self, card: str) -> Record:
        """A card's text, and its checklists with their lines."""
        return self._calls.object(f"cards/{card}", fields="desc", checklists="all")

    def create_checklist(self, card: str, body: Mapping[str, Any]) -> Record:
        """Give a card a checklist. Never sent twice."""
        return self._calls.send("POST", f"cards/{card}/checklists", body, dict)

    def update_checklist(self, checklist: str, body: Mapping[str, Any]) -> Record:
        """Change the named attributes of a checklist."""
        return self._calls.repeatable("PUT", f"checklists/{checklist}", body, dict)

    def delete_checklist(self, checklist: str) -> None:
        """Delete a checklist with its lines for good. What is gone is well."""
        with suppress(GoneError):
            self._calls.repeatable("DELETE", f"checklists/{checklist}", None, object)

    def create_item(self, checklist: str, body: Mapping[str, Any]) -> Record:
        """Make a line. Never sent twice."""
        return self._calls.send("POST", f"checklists/{checklist}/checkItems", body, dict)

    def update_item(self, card: str, item: str, body: Mapping[str, Any]) -> Record:
        """Change the named attributes of a line."""
        return self._calls.repeatable("PUT", f"cards/{card}/checkItem/{item}", body, dict)

    def delete_item(self, card: str, item: str) -> None:
        """Delete a line for good."""
        self._calls.repeatable("DELETE", f"cards/{card}/checkItem/{item}", None, object)
