"""Values that a connection's own project takes, and ways to ask about it in a test."""

# ruff: noqa: S101 - a contract is made of assertions

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pytest

from pmsync.connector.api import Connector, Created, Page
from pmsync.model.capabilities import DateKind
from pmsync.model.fields import SET_FIELDS, Field, Json, StatusCategory
from pmsync.model.native import Draft, Marker, Native
from pmsync.model.vocabulary import Member, Term

CLEARED: dict[Field, Json] = {
    Field.ASSIGNEES: [],
    Field.LABELS: [],
    Field.START: None,
    Field.DUE: None,
    Field.ESTIMATE: None,
}
"""The value of nothing, in the fields that every tool lets be empty."""


_PECULIAR: Final = frozenset({Field.STATUS, Field.PARENT, Field.RELEASE, Field.SPRINT, Field.TIME_SPENT, Field.LINKS})
"""The fields whose values are of one project's making, or lead to other items."""


def needs(condition: object, what: str) -> None:
    """Skip the test, aloud, where the tool lacks what it is about."""
    if not condition:
        pytest.skip(f"by its capabilities and vocabulary, this tool has no {what}")


class Samples:
    """One connection's names, and values made of them."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self.names = connector.vocabulary()
        self.capabilities = connector.capabilities
        self._count = 0

    @property
    def plain(self) -> list[Field]:
        """The fields whose values stand for themselves, in any project that has them."""
        return [name for name in Field.standard() if name in self.names.fields and name not in _PECULIAR]

    @property
    def types(self) -> list[Term]:
        """The types that an item may have without a parent, and that is no parent by nature."""
        return [term for term in self.names.types if term.open and term.level in (None, 0)]

    def member(self, name: str) -> Member:
        """One of the project's members."""
        wanted = {"ada": "Ada Lovelace", "grace": "Grace Hopper", "linus": "Linus Pauling"}.get(name, name)
        for member in self.names.members:
            if name in (member.username, member.email.partition("@")[0]) or member.name in (wanted, name.capitalize()):
                return member
        raise AssertionError(f"{name} is no member of the project")

    def values(self, name: Field) -> tuple[Json, Json]:
        """Two values that the field takes."""
        capabilities, dialect = self.capabilities, self.connector.dialect
        match name:
            case Field.TITLE:
                return "A title", "Ein anderer Titel – 🎉"
            case Field.DESCRIPTION:
                texts = ("Some *text*.\n\n- one\n- two", "Now **this**, with [a link](https://example.com/a).")
                return dialect.write(texts[0]).document, dialect.write(texts[1]).document
            case Field.STATUS:
                first, second, *_ = self.statuses()
                return first, second
            case Field.PRIORITY:
                return _two([term.id for term in self.names.priorities if term.open], "priorities")
            case Field.TYPE:
                return _two([term.id for term in self.types], "types")
            case Field.ASSIGNEES:
                return [self.member("ada").id], [self.member("grace").id]
            case Field.LABELS:
                return ["contract-a", "contract-b"], ["contract-c"]
            case Field.ESTIMATE:
                return 3.0, 8.0
            case _:
                kind = capabilities.due if name is Field.DUE else capabilities.start
                day = 20 if name is Field.DUE else 10
                dates = (f"2026-06-{day}", f"2026-06-{day + 1}")
                instants = (f"2026-06-{day}T10:00:00.000Z", f"2026-06-{day + 1}T15:30:00.000Z")
                return instants if kind is DateKind.INSTANT else dates

    def statuses(self) -> list[Json]:
        """Every status that takes items."""
        found: list[Json] = []
        for term in self.names.statuses:
            if term.open:
                done = term.category is StatusCategory.DONE
                found.append({"place": term.id, "completed": done} if self.names.completed else {"place": term.id})
        return found

    def draft(self, title: str = "", fields: Mapping[Field, Json] | None = None) -> Draft:
        """A draft with a new marker, in the first status, of the first plain type."""
        self._count += 1
        values: dict[Field, Json] = {Field.TITLE: title or f"Draft {self._count}", Field.STATUS: self.statuses()[0]}
        if Field.TYPE in self.names.fields:
            values[Field.TYPE] = self.types[0].id
        values |= fields or {}
        item = f"{id(self):x}-{self._count}"
        return Draft(values, Marker(item, f"https://example.com/items/{item}"))

    def make(self, title: str = "", fields: Mapping[Field, Json] | None = None) -> Native:
        """Create one item."""
        return self.made(self.connector.create([self.draft(title, fields)]))[0]

    def made(self, created: Sequence[Created]) -> list[Native]:
        """The items, all of which must have been created."""
        natives = []
        for one in created:
            assert one.error is None
            assert one.native is not None
            natives.append(one.native)
        return natives

    def now(self, identity: str) -> Native:
        """The item as it is now."""
        return self.connector.fetch([identity]).found[identity]

    def same(self, name: Field, one: Json, other: Json) -> bool:
        """Whether two native values of a field show the same."""
        if name is Field.DESCRIPTION:
            return self.connector.dialect.canonical(one) == self.connector.dialect.canonical(other)
        if name in SET_FIELDS and isinstance(one, list) and isinstance(other, list):
            return sorted(map(str, one)) == sorted(map(str, other))
        return one == other


def read(connector: Connector, cursor: Json = None, *, deep: bool = False) -> tuple[dict[str, Native], Page]:
    """A whole reading: its items by id, and its last page. Checks what holds for every reading."""
    pages = list(connector.changes(cursor, deep=deep))
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    return {native.ref.id: native for page in pages for native in page.items}, pages[-1]


def _two(ids: Iterable[str], what: str) -> tuple[Json, Json]:
    found = list(ids)
    needs(len(found) > 1, f"second choice among its {what}")
    return found[0], found[1]
