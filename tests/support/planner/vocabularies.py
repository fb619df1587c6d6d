"""Tools' columns, drawn at random: a field's lens, the native values that it may meet, and schema values to begin with.

Vocabularies are many and lossy: several places show one status and one place several, some values cannot be shown, some
natives are unknown, one tool has room for one assignee, another cuts titles or knows days only. They are drawn by
number, so that a case can name them, and kept, since binding one takes longer than a case may.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from pmsync.mapping.dates import DateLens
from pmsync.mapping.descriptions import DescriptionLens
from pmsync.mapping.laws import broken
from pmsync.mapping.lens import Lens, Shown
from pmsync.mapping.people import Roster, match
from pmsync.mapping.sets import LabelsLens, PeopleLens
from pmsync.mapping.spec import Mapping, Other, Place
from pmsync.mapping.status import status_lens
from pmsync.mapping.terms import term_lens
from pmsync.mapping.titles import TitleLens
from pmsync.mapping.values import Kinship, NumberLens, ParentLens
from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, ItemType, Json, Priority, StatusCategory
from pmsync.model.vocabulary import Member, Term
from pmsync.text.dialect import Read, Written

COUNT = 24
"""How many vocabularies each field has."""


@dataclass(frozen=True)
class Column:
    """One field of one tool."""

    lens: Lens
    natives: Sequence[Json]
    """What people may set there, unmapped values among them."""
    values: Sequence[Json]
    """Schema values that an item may have."""
    keeps: Callable[[Json], Json] = lambda native: native
    """What the tool makes of a value that is written."""
    _showing: dict[str, list[Json]] = field(default_factory=dict)

    def shows(self, value: Json, native: Json) -> bool:
        """Whether the native value shows the schema value."""
        shown = self.lens.put(value, native)
        return isinstance(shown, Shown) and shown.native == native

    def showing(self, value: Json) -> list[Json]:
        """All native values that show a schema value."""
        key = repr(value)
        if key not in self._showing:
            found = [native for native in self.natives if self.shows(value, native)]
            written = self.lens.put(value, None)
            if isinstance(written, Shown) and written.native not in found:
                found.append(written.native)
            self._showing[key] = found
        return self._showing[key]


@cache
def column(name: Field, number: int) -> Column:
    """The vocabulary of a field that goes by this number."""
    return _MAKERS[name](Random(f"{name} {number}"))


_CATEGORIES = {
    "Backlog": StatusCategory.BACKLOG,
    "To Do": StatusCategory.TODO,
    "In Progress": StatusCategory.IN_PROGRESS,
    "In Review": StatusCategory.IN_PROGRESS,
    "Done": StatusCategory.DONE,
    "Cancelled": StatusCategory.CANCELLED,
}
_PLACES = ("Ideas", "Next", "Selected", "Doing", "Checking", "Shipped", "Dropped")


def _status(random: Random) -> Column:
    while True:
        rules: dict[str, Place] = {}
        for name in random.sample(_PLACES, random.randint(2, len(_PLACES))):
            shows = tuple(random.sample(list(_CATEGORIES), random.choice((1, 1, 1, 2, 3))))
            category = _CATEGORIES[shows[0]]
            ticks = category is StatusCategory.DONE and random.random() < 0.7
            rules[name] = Place(shows, category, ticks)
        shown = [status for place in rules.values() for status in place.shows]
        done = random.choice(shown) if random.random() < 0.5 else None
        spec = Mapping("drawn", rules, completed=done, other=random.choice(list(Other)))
        if broken(spec) is None:
            break
    names = [*rules, *random.sample(_PLACES, 1)]
    terms = [Term(id=f"{place}-{name}", name=name, open=random.random() < 0.9) for place, name in enumerate(names)]
    flagged = random.random() < 0.4
    lens = status_lens(spec, terms, flagged, _CATEGORIES)
    natives: list[Json] = [{"place": term.id} for term in terms]
    if flagged:
        natives = [{"place": term.id, "completed": ticked} for term in terms for ticked in (False, True)]
    return Column(lens, natives, list(_CATEGORIES))


def _terms(name: Field, kind: type[Priority] | type[ItemType], random: Random) -> Column:
    words = ("Blocker", "Major", "Minor", "Trivial", "Other")
    while True:
        rules = {
            word: tuple(random.sample([member.value for member in kind], random.choice((1, 1, 1, 2, 3))))
            for word in random.sample(words, random.randint(1, len(words)))
        }
        priorities, types = (rules, {}) if name is Field.PRIORITY else ({}, rules)
        if broken(Mapping("drawn", priorities=priorities, types=types)) is None:
            break
    terms = [Term(id=f"id-{word}", name=word, open=random.random() < 0.9) for word in words]
    natives: list[Json] = [None, *(term.id for term in terms), "gone"]
    values: list[Json] = [None, *(member.value for member in kind if member is not Priority.NONE)]
    return Column(term_lens(name, rules, terms), natives, values)


_WORDS = (
    "Pay",
    "Pay by card",
    "Pay  by card\n",
    "Pay by card or by invoice",
    "Let people pay by card and invoice…",
    "",
)


def _title(random: Random) -> Column:
    limit = random.choice((12, 20, 80))
    natives: list[Json] = [" ".join(word.split())[:limit].strip() for word in _WORDS]
    if random.random() < 0.3:
        natives += [7, _WORDS[2][:limit]]
    return Column(TitleLens(limit), natives, [" ".join(word.split()) for word in _WORDS if word])


class _Paragraphs:
    """A dialect whose documents are lists of paragraphs. Notes in angle brackets are not understood, and of one word it
    shows only that something is there."""

    handles = False

    def __init__(self, unsayable: str) -> None:
        self._unsayable = unsayable

    def read(self, document: Json) -> Read:
        lines = [str(line).strip() for line in document] if isinstance(document, list) else []
        strange = any("<" in line for line in lines)
        return Read("\n\n".join(line for line in lines if line), "a note" if strange else "")

    def write(self, markdown: str, document: Json = None) -> Written:
        cannot = bool(self._unsayable) and self._unsayable in markdown
        shown = markdown.replace(self._unsayable, "…") if cannot else markdown
        loss = "a word" if cannot else ""
        if document is not None and self.read(document).markdown == shown:
            return Written(document, loss)
        return Written([*shown.split("\n\n")] if shown else [], loss)

    def canonical(self, document: Json) -> Json:
        return document


_TEXTS = (
    "",
    "One.",
    "One.\n\nTwo.",
    "One, longer.\n\nTwo.",
    "One.\n\nTwo, longer.",
    "Zero.\n\nOne.\n\nTwo.",
    "One.\n\nTwo.\n\nThree: secret.",
    "Quite something else, and long, so that it does not fit everywhere.",
)


def _description(random: Random) -> Column:
    lens = DescriptionLens(_Paragraphs(random.choice(("", "", "secret"))), random.choice((60, 400, 400)))
    natives: list[Json] = [[*text.split("\n\n")] if text else [] for text in _TEXTS[:-1]]
    natives += [["One.", "Two. "], None]
    if random.random() < 0.4:
        natives.append(["One.", "<note>"])
    return Column(lens, natives, _TEXTS, _trimmed)


def _trimmed(native: Json) -> Json:
    return [str(line).strip() for line in native] if isinstance(native, list) else native


_LABELS = ("api", "bug", "money", "two words", "very long", "zürich")


def _labels(random: Random) -> Column:
    known = frozenset(random.sample(_LABELS, 4)) if random.random() < 0.3 else None
    lens = LabelsLens(random.choice((6, 20, 20)), random.choice(("", "", " ")), known)
    able = [label for label in _LABELS if lens.put([label], []) == Shown([label])]
    return Column(
        lens, _subsets(random, able), _subsets(random, _LABELS), _reversed if random.random() < 0.2 else _same
    )


def _subsets(random: Random, members: Sequence[str]) -> list[Json]:
    sizes = [random.randint(0, min(4, len(members))) for _ in range(16)]
    drawn: list[list[Json]] = [[*sorted(random.sample(members, size))] for size in sizes]
    return [[], *drawn]


def _same(native: Json) -> Json:
    return native


def _reversed(native: Json) -> Json:
    return [*reversed(native)] if isinstance(native, list) else native


_PEOPLE = ("Ada", "Grace", "Linus", "Mary")


def _roster(random: Random) -> Roster:
    here = [
        Member(id=f"here-{name}", name=name, active=random.random() < 0.85) for name in _PEOPLE if random.random() < 0.8
    ]
    there = [Member(id=f"there-{name}", name=name) for name in _PEOPLE]
    return match({}, {"here": here, "there": there}).on("here")


def _assignees(random: Random) -> Column:
    single = random.random() < 0.4
    lens = PeopleLens(_roster(random), single)
    members = [*(f"here-{name}" for name in _PEOPLE if lens.get([f"here-{name}"], None)), "stranger"]
    natives = _subsets(random, members)
    if single:
        each: list[list[Json]] = [[member] for member in members]
        natives = [[], *each]
    return Column(lens, natives, _subsets(random, _PEOPLE))


_DAYS: tuple[Json, ...] = (None, "2026-05-11", "2026-05-12", "2026-06-01")
_MOMENTS: tuple[Json, ...] = (
    None, "2026-05-11T10:00:00.000Z", "2026-05-11T15:30:00.000Z", "2026-05-12T23:30:00.000Z",
)  # fmt: skip


def _date(random: Random) -> Column:
    kind = random.choice(list(DateKind))
    lens = DateLens(kind, ZoneInfo(random.choice(("UTC", "Europe/Berlin", "America/New_York"))))
    natives = {DateKind.DATE: _DAYS, DateKind.INSTANT: _MOMENTS, DateKind.BOTH: (*_DAYS, *_MOMENTS[1:])}[kind]
    odd: tuple[Json, ...] = ("someday",) if random.random() < 0.3 else ()
    return Column(lens, (*natives, *odd), (*_DAYS, *_MOMENTS[1:]))


def _estimate(random: Random) -> Column:
    odd: tuple[Json, ...] = ("much",) if random.random() < 0.3 else ()
    return Column(NumberLens(), (None, 1, 2.0, 2, 5.5, *odd), (None, 1.0, 2.0, 5.5))


def _parent(random: Random) -> Column:
    items = ("item-1", "item-2", "item-3")
    here = {item: f"n-{item}" for item in items if random.random() < 0.8}
    back = {native: item for item, native in here.items()}
    return Column(ParentLens(Kinship(back.get, here.get)), (None, *back, "n-foreign"), (None, *items))


_MAKERS: dict[Field, Callable[[Random], Column]] = {
    Field.TITLE: _title,
    Field.DESCRIPTION: _description,
    Field.STATUS: _status,
    Field.PRIORITY: lambda random: _terms(Field.PRIORITY, Priority, random),
    Field.TYPE: lambda random: _terms(Field.TYPE, ItemType, random),
    Field.ASSIGNEES: _assignees,
    Field.LABELS: _labels,
    Field.START: _date,
    Field.DUE: _date,
    Field.ESTIMATE: _estimate,
    Field.PARENT: _parent,
}
