"""Reading what hangs on cards, of many in few requests, and whole lists only."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pmsync.model.part import Part
from pmsync.text.dialect import Dialect
from pmsync_trello import hanging
from pmsync_trello.answers import GoneError, MissingError
from pmsync_trello.calls import PAGE, Record
from pmsync_trello.directory import Directory
from pmsync_trello.part_calls import PartCalls

_MANY = 30
"""From so many cards on it is worth while to look at the whole board."""


class Gathering:
    """Reads parts."""

    def __init__(self, calls: PartCalls, directory: Directory, dialect: Dialect) -> None:
        self._calls = calls
        self._directory = directory
        self._dialect = dialect

    def read(self, ids: Sequence[str]) -> dict[str, tuple[Part, ...]]:
        """As `Parts.read`: ten cards to a request, of which each counts; or all of the board's, 1,000 to a request."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, tuple[Part, ...]] = {}
        try:
            if len(wanted) >= _MANY:
                found |= self._board(frozenset(wanted))
            for card, raw in self._calls.cards([one for one in wanted if one not in found]):
                parts = None if raw is None else self._whole(card, raw)
                if parts is not None:
                    found[card] = parts
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._calls.garbled() from None
        return {card: found[card] for card in wanted if card in found}

    def _board(self, wanted: frozenset[str]) -> Iterator[tuple[str, tuple[Part, ...]]]:
        """Those of the wanted cards that the board's own lists tell all of.

        What the history of the board has of a card's comments is believed where it is as many as the card says that it
        has: a card that came from another board may have brought comments along.
        """
        total, cards = 0, list[tuple[Record, int]]()
        for raw in self._calls.open_cards(self._directory.board()):
            count = int(raw["badges"]["comments"])
            total += count
            if raw["id"] in wanted:
                cards.append((raw, count))
        talked_about = sum(count > 0 for _, count in cards)
        comments: Mapping[str, Sequence[Any]] = {}
        if total / PAGE < talked_about:
            comments = hanging.by_card(self._calls.comments_of_board(self._directory.board()))
        for raw, count in cards:
            told = hanging.newest_is_last(comments.get(raw["id"], ()))
            if len(told) == count:
                yield raw["id"], hanging.parts(raw, told, self._dialect)

    def _whole(self, card: str, raw: Record) -> tuple[Part, ...] | None:
        """All parts of a card that came with its latest comments; None if it went while they were read."""
        told = list(raw["actions"])
        if len(told) >= PAGE:
            try:
                told += self._calls.comments(card, min(one["id"] for one in told))
            except (GoneError, MissingError):
                return None
        return hanging.parts(raw, hanging.newest_is_last(told), self._dialect)
