"""Trello's endpoints for what hangs on cards: comments and attachments. JSON in, JSON out."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode

from pmsync.errors import PmsyncError
from pmsync_trello.answers import MissingError
from pmsync_trello.calls import PAGE, Calls, Record

COMMENTS = "commentCard,copyCommentCard"
"""The actions that are comments: those that somebody wrote, and those that came along with a copy of a card."""
_HUNG = {"fields": "shortLink,badges", "attachments": "true", "attachment_fields": "all"}


class PartCalls:
    """One connection's calls about parts. Thread-safe."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def garbled(self, *, write: bool = False) -> PmsyncError:
        """The error for an answer that makes no sense."""
        return self._calls.garbled(write=write)

    def cards(self, cards: Sequence[str]) -> Iterator[tuple[str, Record | None]]:
        """Cards by id with their attachments and latest comments (`actions`); None for those that are not for us."""
        query = {**_HUNG, "actions": COMMENTS, "actions_limit": str(PAGE)}
        if len(cards) == 1:
            yield cards[0], self._card(cards[0], query)
            return
        found = self._calls.several([f"/cards/{card}?{urlencode(query)}" for card in cards])
        yield from zip(cards, found, strict=True)

    def _card(self, card: str, query: Mapping[str, str]) -> Record | None:
        try:
            return self._calls.object(f"cards/{card}", **query)
        except MissingError:
            return None

    def open_cards(self, board: str) -> Iterator[Record]:
        """All open cards of a board with their attachments, and (in their badges) how many comments each has."""
        for page in self._calls.pages(f"boards/{board}/cards", filter="open", **_HUNG):
            yield from page

    def comments_of_board(self, board: str) -> Iterator[Record]:
        """All comments on cards of a board, newest first."""
        for page in self._calls.pages(f"boards/{board}/actions", filter=COMMENTS):
            yield from page

    def comments(self, card: str, before: str) -> Iterator[Record]:
        """The comments of a card that are older than that one, newest first."""
        while True:
            page = self._calls.objects(f"cards/{card}/actions", filter=COMMENTS, limit=PAGE, before=before)
            yield from page
            if len(page) < PAGE:
                return
            before = min(one["id"] for one in page)

    def comment(self, card: str, text: str) -> Record:
        """Write a comment. Never sent twice."""
        return self._calls.send("POST", f"cards/{card}/actions/comments", {"text": text}, dict)

    def edit_comment(self, card: str, comment: str, text: str) -> Record:
        """Give a comment of one's own another text."""
        return self._calls.repeatable("PUT", f"cards/{card}/actions/{comment}/comments", {"text": text}, dict)

    def delete_comment(self, card: str, comment: str) -> None:
        """Delete a comment for good."""
        self._calls.repeatable("DELETE", f"cards/{card}/actions/{comment}/comments", None, object)
