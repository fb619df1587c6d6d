"""The search index: a copy of the cards' texts that may lag behind, as Trello's own does."""

import re
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from pmsync_trello.sandbox.objects import Card

_WORD = re.compile(r"\w+")


class Index:
    """What is searched. `lag` is asked at every change how many seconds late it shows."""

    def __init__(self, clock: Callable[[], datetime], lag: Callable[[], float]) -> None:
        self._clock = clock
        self._lag = lag
        self._texts: dict[str, str] = {}
        self._pending: deque[tuple[datetime, str, str | None]] = deque()

    def note(self, card: Card) -> None:
        """A card was made or changed."""
        self._add(card.id, f"{card.name}\n{card.desc}".casefold())

    def drop(self, card: Card) -> None:
        """A card was deleted."""
        self._add(card.id, None)

    def find(self, query: str, *, partial: bool) -> list[str]:
        """The ids of the cards that have every word of the query; with `partial`, words that begin so."""
        self._catch_up()
        wanted = _WORD.findall(query.casefold())
        return [card_id for card_id, text in self._texts.items() if _matches(text, wanted, partial)]

    def _add(self, card_id: str, text: str | None) -> None:
        late = self._lag()
        if late <= 0 and not self._pending:
            self._apply(card_id, text)
        else:
            self._pending.append((self._clock() + timedelta(seconds=late), card_id, text))

    def _catch_up(self) -> None:
        now = self._clock()
        while self._pending and self._pending[0][0] <= now:
            _, card_id, text = self._pending.popleft()
            self._apply(card_id, text)

    def _apply(self, card_id: str, text: str | None) -> None:
        if text is None:
            self._texts.pop(card_id, None)
        else:
            self._texts[card_id] = text


def _matches(text: str, wanted: list[str], partial: bool) -> bool:
    # The plain search first: it is quick, and throws out nearly everything.
    if not all(word in text for word in wanted):
        return False
    end = "" if partial else r"\b"
    return all(re.search(rf"\b{re.escape(word)}{end}", text) for word in wanted)
