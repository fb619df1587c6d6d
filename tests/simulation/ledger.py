"""Everything that was done in the tools, by people and by pmsync, in one order: what the oracles judge by."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tests.simulation.chance import SETS

from pmsync.model.fields import Field, Json
from pmsync.model.native import Native

ENDING = frozenset({"archive", "delete"})
"""The calls that end an object."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of one object changed. `base`: what pmsync had acknowledged of it just then, where that was known."""

    number: int
    connection: str
    identity: str
    name: Field
    before: Json
    after: Json
    ours: bool
    base: Json = None
    based: bool = False
    audited: int = 0
    """How long the audit log was."""
    unseen: bool = False
    """Ours, and what it replaced was put there after pmsync had read the object again to write it."""

    @property
    def cell(self) -> tuple[str, str, Field]:
        """Where."""
        return self.connection, self.identity, self.name


@dataclass(frozen=True, slots=True)
class Birth:
    """An object came to be."""

    number: int
    connection: str
    identity: str
    ours: bool
    item: str = ""
    """What its marker says, if it has one."""


@dataclass(frozen=True, slots=True)
class End:
    """An object was deleted or put away."""

    number: int
    connection: str
    identity: str
    ours: bool
    deleted: bool
    clean: bool = True
    """Ours: whether the object showed what pmsync had acknowledged of it, and nothing newer that could be known."""
    stray: bool = False
    """Ours: whether nothing of the object was acknowledged, so that it was no item's."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A person's edit of which pmsync took note, so that it may be written over from then on."""

    edit: Edit
    value: Json
    """What the item is in that field, from then on."""
    audited: int
    """How long the audit log was."""


Entry = Edit | Birth | End


def nothing_newer(before: Native, base: Mapping[Field, Json], look: Native | None) -> bool:
    """Whether an object that ends showed what is acknowledged of it, when it ended or in the `look` right before, with
    no other call in between: nobody can know of an edit that comes later."""
    shown = before if look is None else look
    return all(value in (before.fields.get(name), shown.fields.get(name)) for name, value in base.items())


@dataclass(slots=True)
class Ledger:
    """The entries, oldest first."""

    entries: list[Entry] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What was wrong at the moment of a call."""
    hidden: set[tuple[str, str]] = field(default_factory=set)
    """Objects that pmsync could not see for a while."""
    passing: int = 0
    """Which pass is under way."""
    missed: dict[tuple[str, str], set[int]] | None = None
    """The passes in which pmsync asked for an object by its id in vain; None where nobody counts them."""
    base: Callable[[str, str], Mapping[Field, Json]] = lambda connection, identity: {}
    """What pmsync has acknowledged of an object so far."""
    held: Callable[[str, str, Field], bool] = lambda connection, identity, name: False
    """Whether a field of an object waits for a person, who has a conflict to settle."""
    audited: Callable[[], int] = lambda: 0
    """How long the audit log is by now."""

    unlinked: Callable[[str, str], bool] = lambda item, connection: False
    """Whether an item had an object in a connection that left it."""
    unheard: dict[tuple[str, str, Field], Edit] = field(default_factory=dict)
    """The last edit of each place, where a person made it and pmsync has not taken note of it; of single values."""
    no_news: set[int] = field(default_factory=set)
    """The numbers of people's edits that brought nothing but what pmsync had known or sent."""
    _sent: dict[tuple[str, str, Field], Edit] = field(default_factory=dict)
    _made: set[tuple[str, str]] = field(default_factory=set)
    """The objects that pmsync made."""
    heard: list[Heard] = field(default_factory=list)
    look: Mapping[tuple[str, str], Native] = field(default_factory=dict)
    """What the last call read by id, until there is another that does not end an object."""
    restored: bool = False
    """Whether a backup of the state was brought back."""

    @property
    def next(self) -> int:
        """The number that the next entry gets."""
        return len(self.entries)

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        self.entries.append(entry)
        if isinstance(entry, Edit) and entry.name not in SETS:
            self.unheard.pop(entry.cell, None)
            if (entry.connection, entry.identity) in self._made and not entry.based and entry.cell not in self._sent:
                # What it was made with is what we sent.
                self._sent[entry.cell] = replace(entry, after=entry.before, ours=True)
            if entry.ours:
                self._sent[entry.cell] = entry
            elif self._as_it_was(entry):
                self.no_news.add(entry.number)
            else:
                self.unheard[entry.cell] = entry
        elif isinstance(entry, Birth) and entry.ours:
            self._made.add((entry.connection, entry.identity))
            if self.unlinked(entry.item, entry.connection):
                self.remarks.append(
                    f"S7 {entry.connection} {entry.identity} was made again for {entry.item}, which had left"
                )

    def _as_it_was(self, edit: Edit) -> bool:
        """Whether it shows again what pmsync last knew, or just wrote: nothing can tell that anybody was there."""
        sent = self._sent.get(edit.cell)
        if sent is not None and (sent.base, sent.based, sent.after) == (edit.base, edit.based, edit.after):
            return True
        return edit.based and edit.base == edit.after

    def pass_over(self, edit: Edit) -> None:
        """A person's edit brought nothing but what pmsync had known, as it turns out."""
        del self.unheard[edit.cell]
        self.no_news.add(edit.number)

    def hear(self, edit: Edit, value: Json, audited: int) -> None:
        """Pmsync took note of a person's edit."""
        del self.unheard[edit.cell]
        self.heard.append(Heard(edit, value, audited))

    def forget(self) -> None:
        """The state is one of a while ago: that it has taken note of something says nothing any more."""
        self.restored = True
        self.unheard.clear()

    def edits(self) -> Iterator[Edit]:
        """All changes of fields."""
        return (entry for entry in self.entries if isinstance(entry, Edit))

    def births(self) -> Iterator[Birth]:
        """All objects that came to be."""
        return (entry for entry in self.entries if isinstance(entry, Birth))

    def ends(self) -> Iterator[End]:
        """All objects that were deleted or put away."""
        return (entry for entry in self.entries if isinstance(entry, End))

    def writes(self) -> int:
        """How often pmsync changed anything."""
        return sum(entry.ours for entry in self.entries)
