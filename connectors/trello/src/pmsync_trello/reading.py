"""Reading cards: the whole board, some by id, those that we made, one with its history."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pmsync.connector.api import Fetched, Inspection, Opening, Page
from pmsync.errors import FatalError
from pmsync.model.fields import Field
from pmsync.model.native import Marker, Native, Ref
from pmsync.text.dialect import Dialect
from pmsync_trello import checklists, convert
from pmsync_trello.client import Client, Record
from pmsync_trello.custom_values import StrangeOptionError, readable
from pmsync_trello.directory import Directory
from pmsync_trello.moments import born
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
        for page in self._client.cards(names.board.id, "open", beside=names.beside):
            if held is not None:
                yield Page(held)
            held = tuple(self._with_lines(page, names))
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
        wanted = {one: line[0] if (line := checklists.split(one)) else one for one in ids}
        cards = [one for one in dict.fromkeys(wanted.values()) if names.nested or one in wanted]
        if len(cards) == 1:
            answers = iter([(cards[0], self._client.card(cards[0], beside=names.beside))])
        else:
            answers = self._client.several(cards, beside=names.beside)
        there = [card for _, card in answers if card is not None]
        told = {native.ref.id: native for native in self._with_lines(there, names)}
        found = {one: told[one] for one in ids if one in told}
        return Fetched(found, frozenset(ids) - found.keys())

    def find(self, markers: Collection[Marker], since: datetime) -> Mapping[str, Native]:
        """The cards with these markers, archived ones too. Of several, the oldest: the others are copies of it."""
        wanted = {marker.item for marker in markers}
        names = self._directory.names()
        moment = (since - _SKEW).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        found: dict[str, Native] = {}
        for page in self._client.cards(names.board.id, "all", beside=names.beside, since=moment):
            for native in self._natives(page, names):
                if native.marker is None or native.marker.item not in wanted:
                    continue
                other = found.get(native.marker.item)
                if other is None or native.ref.id < other.ref.id:
                    found[native.marker.item] = native
        return {**self._lines(markers, since - _SKEW, names), **found} if names.nested else found

    def _lines(self, markers: Collection[Marker], since: datetime, names: Names) -> dict[str, Native]:
        """The lines of checklists that were made for these items: see `checklists.position`."""
        found: dict[str, Native] = {}
        for page in self._client.cards(names.board.id, "open", beside=names.beside):
            for card, native in zip(page, self._natives(page, names), strict=True):
                lines = [one for checklist in card.get("checklists") or () for one in checklist["checkItems"]]
                for line in lines:
                    if born(line["id"]) >= since:
                        made = [marker for marker in markers if checklists.made_for(line, marker.item)]
                        found |= {one.item: replace(checklists.native(line, native), marker=one) for one in made}
        return found

    def inspect(self, ref: Ref, since: datetime) -> Inspection:
        """A card and its history since a moment, in one request."""
        names = self._directory.names()
        line = checklists.split(ref.id)
        if line is not None and not names.nested:
            return Inspection(None)
        card = self._client.card(line[0] if line else ref.id, beside=names.beside, history=True)
        if card is None:
            return Inspection(None)
        if line is not None:
            return self._line(card, line[1], since, names)
        [native] = self._natives([card], names)
        try:
            shown = native.fields[Field.DESCRIPTION]
            told = convert.events(card.get("actions") or (), since, names, self._dialect, shown)
        except (KeyError, TypeError, ValueError):
            raise self._client.garbled() from None
        return Inspection(native, tuple(told))

    def _line(self, card: Record, item: str, since: datetime, names: Names) -> Inspection:
        found = next((one for one in self._with_lines([card], names) if one.ref.id == f"{card['id']}/{item}"), None)
        try:
            return Inspection(found, tuple(checklists.events(card.get("actions") or (), item, since)))
        except (KeyError, TypeError, ValueError):
            raise self._client.garbled() from None

    def locate(self, reference: str) -> str | None:
        """The id behind an id, a short link or a card's URL, if it is a card of this board; or a line of one."""
        line = checklists.addressed(reference)
        wanted = line[0] if line else convert.reference(reference)
        if wanted is None:
            return None
        card = self._client.identify(wanted)
        if not card or card.get("idBoard") != self._directory.board():
            return None
        found = f"{card['id']}/{line[1]}" if line else str(card["id"])
        return found if line is None or found in self.fetch([found]).found else None

    def _with_lines(self, cards: Sequence[Record], names: Names) -> Iterator[Native]:
        """Cards, each followed by the lines of its checklists where those are items."""
        for card, native in zip(cards, self._natives(cards, names), strict=True):
            yield native
            if names.nested:
                try:
                    yield from [*checklists.natives(card, native)]
                except (KeyError, TypeError, ValueError):
                    raise self._client.garbled() from None

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
