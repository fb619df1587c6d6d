"""Everything that was done in the tools, by people and by pmsync, in one order: what the oracles judge by."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pmsync.model.fields import Field, Json


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
    """Ours: whether the object showed what pmsync had acknowledged of it, and nothing newer."""


Entry = Edit | Birth | End


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

    @property
    def next(self) -> int:
        """The number that the next entry gets."""
        return len(self.entries)

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        self.entries.append(entry)

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
