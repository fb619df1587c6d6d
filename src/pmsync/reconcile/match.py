"""Which items are the same: strangers (items no link leads to yet) brought together, or with items already known.

In this order: what a person decided; the marker of one of our own creates; an explicit reference to the other; the same
title and type, unique on both sides. What is only similar is suggested, and waits for a person; so does what could be
joined in two ways. Nothing that waits is created anywhere.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

SIMILAR = 90.0
"""From this score (0 to 100, RapidFuzz's ratio of the normalised titles) a pair is suggested."""

_SHORTEST = 8
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"-\d+$")

_HELD: Mapping[str, str] = {
    "ignore": "left out by decision",
    "undone": "it was taken out of its item when a run was undone",
}
"""The rulings that keep a stranger out of everything, and what is said of it."""

MADE_TWICE = "made twice by pmsync for one item"
"""Why a stranger waits that a lost answer, or a listing that came late, had pmsync make once more."""

Key = tuple[str, str]
"""A connection and the id of one of its items."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """An item of a tool that pmsync does not know yet. `home` is the id that an item gets which begins with it."""

    connection: str
    remote_id: str
    home: str
    title: str
    type: str | None = None
    names: frozenset[str] = frozenset()
    """How others may refer to it: its URLs and its key, in lower case."""
    refers: frozenset[str] = frozenset()
    """What it refers to itself, likewise."""
    marker: str = ""
    """The item that its marker names."""
    ours: bool = False
    """Whether pmsync's own account created it."""
    copied: bool = False
    """Whether another did, so that its marker is a copy."""
    returned: bool = False
    """Whether it belonged to the item that its marker names, as the state remembers."""
    born: float = 0.0
    """When it was created, in seconds since 1970."""
    fresh: bool = True
    """Whether it came, changed or was made to wait since it was last let be; only such are compared with everything."""

    @property
    def key(self) -> Key:
        """Its identity."""
        return self.connection, self.remote_id


@dataclass(frozen=True, slots=True)
class Resident:
    """A known item that is not yet in every tool. `replicas` are the connections where it is."""

    item: str
    title: str
    type: str | None
    replicas: frozenset[str]
    names: frozenset[str] = frozenset()
    refers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decided of a stranger: join it with an item, let it be new, or leave it out.

    `item` may be the home of another stranger: then the two become one item.
    """

    verb: str  # "join" | "new" | "ignore" | "undone"
    item: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Strangers that are one item: a known one (`item`), or one to be made, at the home of the first of them."""

    item: str
    known: bool
    strangers: tuple[Stranger, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two that look alike. `other` is a stranger's key, or the id of a known item as `("", id)`."""

    stranger: Key
    other: Key
    score: float


@dataclass(frozen=True, slots=True)
class Matching:
    """What was found. Strangers in none of these are new, each an item of its own."""

    groups: tuple[Group, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    held: Mapping[Key, str] = field(default_factory=dict)
    new: tuple[Stranger, ...] = ()


_NOTHING_KNOWN: Mapping[str, frozenset[str] | None] = {}


def normal(title: str) -> str:
    """A title as it is compared: case, runs of white space and a final full stop do not tell titles apart."""
    return " ".join(title.casefold().split()).removesuffix(".")


def match(
    strangers: Sequence[Stranger],
    residents: Sequence[Resident],
    rulings: Mapping[Key, Ruling],
    members: Sequence[str],
    known: Mapping[str, frozenset[str] | None] = _NOTHING_KNOWN,
) -> Matching:
    """Bring strangers together. `members` are the connections in the order of the sync's config.

    `known` are items that markers name, each with the connections where it is; None for one that has ended.
    """
    table = _Table(strangers, residents, rulings, members, known)
    table.by_ruling()
    table.by_marker()
    table.by_reference()
    table.by_title()
    table.by_likeness()
    return table.result()


class _Table:
    """The matching under way: who is still unmatched, and what was found so far."""

    def __init__(
        self,
        strangers: Sequence[Stranger],
        residents: Sequence[Resident],
        rulings: Mapping[Key, Ruling],
        members: Sequence[str],
        known: Mapping[str, frozenset[str] | None],
    ) -> None:
        self._order = {name: place for place, name in enumerate(members)}
        self._open: dict[Key, Stranger] = {
            one.key: one
            for one in sorted(strangers, key=lambda one: (self._order.get(one.connection, 99), one.remote_id))
        }
        self._known = frozenset(one.item for one in residents)
        self._residents = {one.item: one for one in residents}
        self._filled: dict[str, set[str]] = {one.item: set(one.replicas) for one in residents}
        self._ended = frozenset(item for item, there in known.items() if there is None)
        for item, there in known.items():
            if there is not None:
                self._filled.setdefault(item, set(there))
        self._rulings = rulings
        self._found: dict[str, tuple[list[Stranger], str]] = {}
        self._suggestions: list[Suggestion] = []
        self._held: dict[Key, str] = {}
        self._new: set[Key] = {key for key, ruling in rulings.items() if ruling.verb == "new"}

    def result(self) -> Matching:
        groups = [
            Group(item, item in self._known, tuple(found), why) for item, (found, why) in self._found.items() if found
        ]
        new = tuple(one for key, one in self._open.items() if key not in self._held)
        return Matching(tuple(groups), tuple(self._suggestions), self._held, new)

    def by_ruling(self) -> None:
        homes = {one.home: one for one in self._open.values()}
        for key, ruling in self._rulings.items():
            stranger = self._open.get(key)
            if stranger is None:
                continue
            if ruling.verb in _HELD:
                self._hold(stranger, _HELD[ruling.verb])
                del self._open[key]
            elif ruling.verb == "join":
                other = homes.get(ruling.item)
                known = ruling.item in self._residents
                self._join([stranger] if known or other is None else [other, stranger], ruling.item, "decided")

    def by_marker(self) -> None:
        homes = {one.home: one for one in self._open.values()}
        marked = [one for one in self._open.values() if one.marker and one.key not in self._new]
        # What is ours, the oldest first, has the place that it was made for; copies get what is left.
        for stranger in sorted(marked, key=lambda one: (one.copied, not one.ours, one.born)):
            if stranger.key in self._open:
                self._by_its_marker(stranger, homes, marked)

    def _by_its_marker(self, stranger: Stranger, homes: Mapping[str, Stranger], marked: Sequence[Stranger]) -> None:
        item = stranger.marker
        if item not in self._filled and item not in self._ended and item not in homes:
            # The item had a number behind the id of its home, which no state knows of any more.
            item = _NUMBER.sub("", item)
        origin = homes.get(item)
        twins = [one for one in marked if one.marker == stranger.marker and not one.copied and one.key in self._open]
        if stranger.connection in self._filled.get(item, ()):
            if stranger.ours:
                # And out of the running: it is nobody else's twin, whatever its title.
                self._hold(stranger, MADE_TWICE)
                del self._open[stranger.key]
        elif stranger.copied:
            self._hold(stranger, f"has the marker of an item of pmsync's ({item}), but somebody else made it")
        elif item in self._filled:
            self._join([stranger], item, "marker")
        elif origin is not None and origin.key in self._open and origin.connection != stranger.connection:
            self._join([origin, stranger], "", "marker")
        elif len({one.connection for one in twins}) > 1 and item not in self._ended:
            self._join(twins, item, "marker")
        else:
            self._hold(stranger, f"made by pmsync for an item that this state does not know ({item})")

    def by_reference(self) -> None:
        named: dict[str, list[Stranger | Resident]] = defaultdict(list)
        everyone: list[Stranger | Resident] = [*self._open.values(), *self._residents.values()]
        for one in everyone:
            for name in one.names:
                named[name].append(one)
        for stranger in [one for one in self._open.values() if one.refers and one.key not in self._new]:
            others = {id(other): other for name in stranger.refers for other in named.get(name, ())}
            if len(others) == 1 and stranger.key in self._open:
                self._refer(stranger, next(iter(others.values())))

    def _refer(self, stranger: Stranger, other: "Stranger | Resident") -> None:
        if isinstance(other, Resident):
            if stranger.connection not in self._filled[other.item]:
                self._join([stranger], other.item, "reference")
        elif other.key in self._open and other.connection != stranger.connection:
            self._join([other, stranger], "", "reference")

    def by_title(self) -> None:
        groups: dict[str, list[Stranger]] = defaultdict(list)
        for stranger in self._open.values():
            if stranger.title and stranger.key not in self._new:
                groups[normal(stranger.title)].append(stranger)
        homes: dict[str, list[Resident]] = defaultdict(list)
        for resident in self._residents.values():
            homes[normal(resident.title)].append(resident)
        for title, strangers in groups.items():
            self._same_title(strangers, homes.get(title, []))

    def _same_title(self, strangers: list[Stranger], residents: list[Resident]) -> None:
        wanted = {one.connection for one in strangers}
        residents = [one for one in residents if not wanted <= self._filled[one.item]]
        if len(wanted) == 1 and not residents:
            return
        doubled = len(strangers) > len(wanted) or len(residents) > 1
        types = {one.type for one in strangers if one.type} | {one.type for one in residents if one.type}
        if doubled or (residents and wanted & self._filled[residents[0].item]):
            for one in strangers:
                self._hold(one, f"{_count(len(strangers) + len(residents))} have the title {one.title!r}")
        elif len(types) > 1:
            for one in strangers:
                self._hold(one, f"has the same title as another of a different type: {one.title!r}")
        elif residents:
            self._join(strangers, residents[0].item, "title")
        else:
            self._join(strangers, "", "title")

    def by_likeness(self) -> None:
        waiting = [one for key, one in self._open.items() if key not in self._held and key not in self._new]
        shelf = _Shelf()
        for stranger in waiting:
            shelf.add(stranger.connection, stranger.key, stranger.title)
        for resident in self._residents.values():
            shelf.add("", ("", resident.item), resident.title)
        for stranger in [one for one in waiting if one.fresh]:
            for other, score in shelf.like(stranger.connection, stranger.title):
                if other[0] or stranger.connection not in self._filled[other[1]]:
                    self._suggest(stranger.key, other, score)

    def _suggest(self, stranger: Key, other: Key, score: float) -> None:
        self._suggestions.append(Suggestion(stranger, other, score))
        self._held.setdefault(stranger, "looks like another")
        if other[0]:
            self._held.setdefault(other, "looks like another")

    def _join(self, strangers: Sequence[Stranger], item: str, why: str) -> None:
        """Join them to the item, or to the group that the first of them begins."""
        home = item or strangers[0].home
        filled = self._filled.setdefault(home, set())
        found, _ = self._found.setdefault(home, ([], why))
        for stranger in strangers:
            if stranger.connection in filled or self._open.pop(stranger.key, None) is None:
                continue
            filled.add(stranger.connection)
            found.append(stranger)
        if home not in self._residents and found:
            first = found[0]
            self._residents[home] = Resident(home, first.title, first.type, frozenset(filled))

    def _hold(self, stranger: Stranger, why: str) -> None:
        self._held[stranger.key] = why


class _Shelf:
    """Titles by what must be equal before two can be alike: their numbers; and by connection, since twins differ in it.

    Each title is brought to its normal form once.
    """

    def __init__(self) -> None:
        self._titles: dict[tuple[str, ...], dict[str, tuple[list[Key], list[str]]]] = defaultdict(dict)

    def add(self, connection: str, key: Key, title: str) -> None:
        name = normal(title)
        if len(name) >= _SHORTEST:
            keys, names = self._titles[tuple(_DIGITS.findall(name))].setdefault(connection, ([], []))
            keys.append(key)
            names.append(name)

    def like(self, connection: str, title: str) -> list[tuple[Key, float]]:
        """The keys in other connections whose titles are like this one, with their scores; three of each at most."""
        # Where there is nothing to match, as in most passes, it need not be there.
        from rapidfuzz import fuzz, process

        name = normal(title)
        found: list[tuple[Key, float]] = []
        if len(name) < _SHORTEST:
            return found
        for other, (keys, names) in self._titles.get(tuple(_DIGITS.findall(name)), {}).items():
            if other != connection:
                hits = process.extract(name, names, scorer=fuzz.ratio, score_cutoff=SIMILAR, limit=3)
                found += [(keys[place], round(score, 1)) for _, score, place in hits]
        return found


def _count(number: int) -> str:
    return {3: "three"}.get(number, str(number))


def references(lines: Iterable[str]) -> frozenset[str]:
    """The references that a text makes on purpose: a line that is nothing but a URL or a key, or that says what it is
    (`Jira: ENG-12`). A key in the middle of a sentence is a mention, not an identity."""
    found = set()
    for line in lines:
        label, colon, rest = line.strip().partition(": ")
        text = rest if colon and len(label) <= 20 and " " not in rest else line.strip()
        text = text.strip("<>")
        if text and " " not in text and (text.startswith(("http://", "https://")) or _KEY.fullmatch(text)):
            found.add(text.rstrip("/").casefold())
    return frozenset(found)


_KEY = re.compile(r"[A-Z][A-Z0-9_]+-\d+")
