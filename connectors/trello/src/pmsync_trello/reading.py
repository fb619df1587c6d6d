"""Reading cards: the whole board, some by id, those that we made, one with its history."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pmsync.connector.api import Fetched, Inspection, Opening, Page
from pmsync.errors import FatalError
from pmsync.model.native import Marker, Native, Ref
from pmsync.text.dialect import Dialect
from pmsync_trello import convert
from pmsync_trello.client import Client, Record
from pmsync_trello.custom_values import StrangeOptionError, readable
from pmsync_trello.directory import Directory
from pmsync_trello.names import Names
from pmsync_trello.neighbours import Neighbours

_SKEW = timedelta(hours=1)
"""How far our clock may be ahead of Trello's, for finding what we made."""


class Reader:
    """The reading half of a connection. Thread-safe."""

    def __init__(
        self, client: Client, directory: Directory, neighbours: Neighbours, dialect: Dialect, opening: Opening
    ) -> None:
        self._client = client
        self._directory = directory
        self._neighbours = neighbours
        self._dialect = dialect
        self._opening = opening

    def everything(self) -> Iterator[Page]:
        """Every open card, a page at a time. The board comes first: it has the names, and it proves that we may look.

        Trello can say what was created since a moment, never what was changed: so all cards, every time.
        """
        began = self._opening.clock.now().astimezone(UTC)
        names = self._directory.read()
        self._fit(names)
        held: tuple[Native, ...] | None = None
        for page in self._client.cards(names.board.id, "open", field_items=names.field_items):
            if held is not None:
                yield Page(held)
            held = tuple(self._natives(page, names))
        yield Page(held or (), cursor={"at": began.isoformat()}, last=True, whole=True)

    def _fit(self, names: Names) -> None:
        """Raises FatalError where what the scope names is not there: nothing on the board would seem to be in it."""
        connection, scope = self._opening.connection, names.scope
        if not names.board.open:
            raise FatalError(f"the board {names.board.name!r} is closed", connection=connection)
        if scope.list and not names.lists_named(scope.list):
            raise FatalError(f"the board has no list {scope.list!r}", connection=connection)
        known = {text for label in names.labels for text in (label.id, label.name)}
        if scope.label and scope.label not in known:
            raise FatalError(f"the board has no label {scope.label!r}", connection=connection)

    def fetch(self, ids: Sequence[str]) -> Fetched:
        """Cards by id, wherever they are now. A single one needs no batch."""
        names = self._directory.names()
        if len(ids) == 1:
            answers = iter([(ids[0], self._client.card(ids[0], field_items=names.field_items))])
        else:
            answers = self._client.several(ids, field_items=names.field_items)
        there = {card_id: card for card_id, card in answers if card is not None}
        found = dict(zip(there, self._natives([*there.values()], names), strict=True))
        return Fetched(found, frozenset(ids) - found.keys())

    def find(self, markers: Collection[Marker], since: datetime) -> Mapping[str, Native]:
        """The cards with these markers, archived ones too. Of several, the oldest: the others are copies of it."""
        wanted = {marker.item for marker in markers}
        names = self._directory.names()
        moment = (since - _SKEW).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        found: dict[str, Native] = {}
        for page in self._client.cards(names.board.id, "all", field_items=names.field_items, since=moment):
            for native in self._natives(page, names):
                if native.marker is None or native.marker.item not in wanted:
                    continue
                other = found.get(native.marker.item)
                if other is None or native.ref.id < other.ref.id:
                    found[native.marker.item] = native
        return found

    def inspect(self, ref: Ref, since: datetime) -> Inspection:
        """A card and its history since a moment, in one request."""
        names = self._directory.names()
        card = self._client.card(ref.id, field_items=names.field_items, history=True)
        if card is None:
            return Inspection(None)
        try:
            told = convert.events(card.get("actions") or (), since, names, self._dialect)
        except (KeyError, TypeError, ValueError):
            raise self._client.garbled() from None
        [native] = self._natives([card], names)
        return Inspection(native, tuple(told))

    def locate(self, reference: str) -> str | None:
        """The id behind an id, a short link or a card's URL, if it is a card of this board."""
        wanted = convert.reference(reference)
        if wanted is None:
            return None
        card = self._client.identify(wanted)
        return str(card["id"]) if card and card.get("idBoard") == self._directory.board() else None

    def _natives(self, cards: Sequence[Record], names: Names) -> list[Native]:
        try:
            targets = self._neighbours.among(cards)
            return [self._native(card, names, targets) for card in cards]
        except (KeyError, TypeError, ValueError):
            raise self._client.garbled() from None

    def _native(self, card: Record, names: Names, targets: Mapping[str, str]) -> Native:
        """The card; where it has an option that was not there when the board was read, that is read again."""
        try:
            return convert.native(card, names, self._dialect, targets=targets)
        except StrangeOptionError:
            pass
        # What it has in a field of which its option is not to be found is not known, which is not nothing.
        names = self._directory.recent()
        fitting = replace(names, held=readable(card, names.held))
        return convert.native(card, fitting, self._dialect, targets=targets)
