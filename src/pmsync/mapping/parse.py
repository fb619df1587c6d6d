"""From the plain data of a mapping file to a `Mapping`, or to all that is wrong with it."""

from collections import abc
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from pmsync.mapping.spec import Checklists, Custom, EstimateUnit, Mapping, Other, Place, Subtasks, fold
from pmsync.model.fields import Field, ItemType, Json, Priority, StatusCategory

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing to mend in the document, at this path of keys; the front end knows the line."""

    path: tuple[str, ...]
    message: str


def parse(document: Json) -> Mapping | tuple[Flaw, ...]:
    """Read a mapping. Every flaw is found, not just the first; the laws are another matter (`pmsync.mapping.laws`)."""
    reading = _Reading()
    if not isinstance(document, dict):
        return (Flaw((), "a mapping is a set of keys: connector, statuses, ..."),)
    for key in document:
        if key not in _KEYS:
            reading.flaw((key,), f"unknown key; known: {', '.join(_KEYS)}")
    statuses = reading.statuses(document.get("statuses"))
    # What is nested is called as the tool calls it.
    checklists = reading.choice(("checklists",), document.get("checklists", Checklists.IGNORE.value), Checklists)
    subtasks = reading.choice(("subtasks",), document.get("subtasks", Subtasks.IGNORE.value), Subtasks)
    mapping = Mapping(
        connector=reading.text(("connector",), document.get("connector")),
        statuses=statuses,
        completed=reading.completed(document.get("completed"), statuses),
        other=reading.choice(("other",), document.get("other", Other.REPORT.value), Other) or Other.REPORT,
        priorities=reading.terms("priorities", document.get("priorities"), Priority),
        types=reading.terms("types", document.get("types"), ItemType),
        create_labels=reading.creates(("labels",), document.get("labels"), default=True),
        estimate=reading.choice(("estimate",), document.get("estimate", EstimateUnit.POINTS.value), EstimateUnit)
        or EstimateUnit.POINTS,
        custom=reading.custom(document.get("custom")),
        nested=checklists is Checklists.ITEMS or subtasks is Subtasks.ITEMS,
        in_text=checklists is Checklists.DESCRIPTION,
        defaults=reading.section(("defaults",), document.get("defaults")),
    )
    return tuple(reading.flaws) or mapping


_KEYS = (
    "connector", "statuses", "completed", "other", "priorities", "types", "labels", "estimate", "custom", "defaults",
    "checklists", "subtasks",
)  # fmt: skip


OFFERED: Final = frozenset({Field.RELEASE, Field.SPRINT, Field.TIME_SPENT, Field.ESTIMATE, Field.START, Field.DUE})
"""The standard fields that a custom field may show, in a tool that has no other place for them."""

_LONGEST_NAME: Final = 100
"""Of a custom field in the shared schema, in characters."""


def _word(shown: Field) -> str:
    return shown.custom_name or shown.value


@dataclass(slots=True)
class _Reading:
    """The flaws found so far. Each method reads one thing, and answers something usable even where it is flawed."""

    flaws: list[Flaw] = field(default_factory=list)

    def flaw(self, path: tuple[str, ...], message: str) -> None:
        self.flaws.append(Flaw(path, message))

    def text(self, path: tuple[str, ...], value: Json) -> str:
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is None:
            self.flaw(path, "missing")
        elif isinstance(value, bool | int | float):
            self.flaw(path, "must be a text: put it in quotes")
        else:
            self.flaw(path, "must be a text")
        return ""

    def section(self, path: tuple[str, ...], value: Json) -> dict[str, Json]:
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self.flaw(path, "must be a set of keys")
        return {}

    def choice(self, path: tuple[str, ...], value: Json, kind: type[E]) -> E | None:
        for member in kind:
            if value == member.value:
                return member
        self.flaw(path, f"must be one of: {', '.join(member.value for member in kind)}")
        return None

    def texts(self, path: tuple[str, ...], value: Json) -> tuple[str, ...]:
        """One text or a list of them."""
        if not isinstance(value, list):
            return (self.text(path, value),)
        if not value:
            self.flaw(path, "must name at least one")
        found = tuple(self.text((*path, str(place)), entry) for place, entry in enumerate(value))
        if len(set(found)) < len(found):
            self.flaw(path, "names one twice")
        return found

    def statuses(self, value: Json) -> dict[str, Place]:
        found: dict[str, Place] = {}
        for name, entry in self.section(("statuses",), value).items():
            place = self.place(("statuses", name), entry)
            if place is not None:
                found[name] = place
        self.one_spelling(found)
        self.one_category(found)
        return found

    def place(self, path: tuple[str, ...], entry: Json) -> Place | None:
        if not isinstance(entry, dict):
            self.flaw(path, "must be like {status: To Do, category: TODO}")
            return None
        before = len(self.flaws)
        for key in entry:
            if key not in ("status", "category", "completed"):
                self.flaw((*path, key), "unknown key; known: status, category, completed")
        shows = self.texts((*path, "status"), entry.get("status"))
        category = self.choice((*path, "category"), entry.get("category"), StatusCategory)
        completed = entry.get("completed", False)
        if not isinstance(completed, bool):
            self.flaw((*path, "completed"), "must be true or false")
        if category is None or not isinstance(completed, bool) or len(self.flaws) > before:
            return None
        return Place(shows, category, completed)

    def one_spelling(self, statuses: abc.Mapping[str, Place]) -> None:
        spelled: dict[str, str] = {}
        for name, place in statuses.items():
            for status in place.shows:
                first = spelled.setdefault(fold(status), status)
                if first != status:
                    self.flaw(("statuses", name, "status"), f"{status!r} is also spelled {first!r}")

    def one_category(self, statuses: abc.Mapping[str, Place]) -> None:
        first: dict[str, tuple[str, StatusCategory]] = {}
        for name, place in statuses.items():
            where, category = first.setdefault(place.shows[0], (name, place.category))
            if category != place.category:
                message = f"{place.shows[0]!r} is {place.category.value} here and {category.value} in {where!r}"
                self.flaw(("statuses", name, "category"), message)

    def completed(self, value: Json, statuses: abc.Mapping[str, Place]) -> str | None:
        if value is None:
            return None
        status = self.text(("completed",), value)
        known = list(dict.fromkeys(status for place in statuses.values() for status in place.shows))
        if status and statuses and status not in known:
            self.flaw(("completed",), f"no place shows {status!r}; there are: {', '.join(known)}")
        return status

    def terms(self, section: str, value: Json, kind: type[E]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, entry in self.section((section,), value).items():
            path = (section, name)
            listed = entry if isinstance(entry, list) else [entry]
            shown = [self.choice(path, one, kind) for one in listed]
            if not listed:
                self.flaw(path, "must name at least one")
            if len(set(shown)) < len(shown):
                self.flaw(path, "names one twice")
            known = tuple(member.value for member in shown if member is not None)
            if known:
                found[name] = known
        return found

    def creates(self, path: tuple[str, ...], value: Json, *, default: bool) -> bool:
        section = self.section(path, value)
        for key in section:
            if key != "create":
                self.flaw((*path, key), "unknown key; known: create")
        create = section.get("create", default)
        if not isinstance(create, bool):
            self.flaw((*path, "create"), "must be true or false")
            return default
        return create

    def custom(self, value: Json) -> dict[str, Custom]:
        found: dict[str, Custom] = {}
        shown: dict[Field, str] = {}
        for name, entry in self.section(("custom",), value).items():
            said = self.custom_field(("custom", name), entry)
            if said is None:
                continue
            first = shown.setdefault(said.shows, name)
            if first != name:
                self.flaw(("custom", name), f"{first!r} shows {_word(said.shows)!r} already")
            found[name] = said
        return found

    def custom_field(self, path: tuple[str, ...], entry: Json) -> Custom | None:
        """`Team`, or `{shows: Team, options: {create: true}}`."""
        create = False
        if isinstance(entry, dict):
            for key in entry:
                if key not in ("shows", "options"):
                    self.flaw((*path, key), "unknown key; known: shows, options")
            create = self.creates((*path, "options"), entry.get("options"), default=False)
            path, entry = (*path, "shows"), entry.get("shows")
        word = self.text(path, entry)
        if not word:
            return None
        if len(word) > _LONGEST_NAME:
            self.flaw(path, f"must have at most {_LONGEST_NAME} characters")
            return None
        known = fold(word).replace(" ", "_")
        if known in OFFERED:
            return Custom(Field(known), create)
        if word in Field.standard():
            self.flaw(path, f"is no custom field's to show; of the standard fields: {', '.join(sorted(OFFERED))}")
            return None
        return Custom(Field.custom(" ".join(word.split())), create)
