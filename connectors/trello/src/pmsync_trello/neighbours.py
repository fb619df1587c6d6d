"""The cards that others lead to: which id is behind a short link, and what is behind an id."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pmsync.errors import RejectedError
from pmsync.model.fields import Json
from pmsync_trello import linking
from pmsync_trello.client import Client, Record

_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A card, as far as a link to it has to know it."""

    short_link: str
    title: str


class Neighbours:
    """Remembers the cards that were read; asks for others, and remembers them for the next process. Thread-safe."""

    def __init__(self, client: Client, memo: Json) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._by_id: dict[str, Neighbour] = {}
        self._ids: dict[str, str] = _remembered(memo)
        self._asked: dict[str, str] = dict(self._ids)
        self._missing: set[str] = set()

    def memo(self) -> Json:
        """The ids that had to be asked for: they never change."""
        with self._lock:
            return dict([*self._asked.items()][-_REMEMBERED:])

    def among(self, cards: Iterable[Record]) -> Mapping[str, str]:
        """The ids behind the short links that these cards lead to; those that are not there or not for us are not in
        it, and are not asked for again."""
        cards = [*cards]
        with self._lock:
            for card in cards:
                self._learn(card)
            wanted = list(dict.fromkeys(linking.targets(cards)))
            unknown = [one for one in wanted if one not in self._ids and one not in self._missing]
        told = [*self._client.addresses(unknown)]
        with self._lock:
            for short, told_card in told:
                if told_card is None:
                    self._missing.add(short)
                else:
                    self._asked[short] = self._ids[short] = self._learn(told_card)
            return {one: self._ids[one] for one in wanted if one in self._ids}

    def find(self, card_id: str) -> Neighbour:
        """The card of that id. Raises RejectedError where it is not there, or not for us."""
        with self._lock:
            known = self._by_id.get(card_id)
        if known is not None:
            return known
        [(_, card)] = self._client.addresses([card_id])
        if card is None:
            raise RejectedError("the card that it is to be linked to is not there")
        with self._lock:
            self._learn(card)
            return self._by_id[card_id]

    def _learn(self, card: Record) -> str:
        id_, short = str(card["id"]), str(card["shortLink"])
        self._by_id[id_], self._ids[short] = Neighbour(short, str(card["name"])), id_
        return id_


def _remembered(memo: Json) -> dict[str, str]:
    known = memo.get("cards") if isinstance(memo, dict) else None
    return {short: id_ for short, id_ in known.items() if isinstance(id_, str)} if isinstance(known, dict) else {}
