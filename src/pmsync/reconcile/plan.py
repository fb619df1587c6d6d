"""What a pass decided, as data: printable, storable, executed elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pmsync.model.fields import Field, Json


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one replica: what it shows, what it is to show, and what of the item's value that leaves unsaid."""

    before: Json
    after: Json
    revision: int
    source: str = ""
    """The connection whose edit this carries."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """An update of one replica: only the fields that differ."""

    item: str
    connection: str
    changes: Mapping[Field, Change]


@dataclass(frozen=True, slots=True)
class Create:
    """A replica to be made in a tool that has none of this item."""

    item: str
    connection: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One side of a conflict."""

    connection: str
    value: Json
    native: Json = None
    at: datetime | None = None
    pending: bool = False
    unmapped: bool = False
    """Whether the mapping could not say what was shown; `value` is None then."""
    actor: str | None = None
    """Who made it so, as far as the tool's history tells."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two edits that cannot both hold, or a difference found where nothing is known of the past.

    Recorded with every value before anything is overwritten. `winner` is None while a person has to decide.
    """

    item: str
    field: Field
    claims: tuple[Claim, ...]
    winner: Claim | None
    policy: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell about one field of one replica: left alone, not expressible, held."""

    item: str
    connection: str
    field: Field
    message: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one field in the item: its new value and revision, and what each replica is now known to show."""

    value: Json
    revision: int
    source: str
    at: datetime | None
    bases: Mapping[str, Json]
    seen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything decided about one item. Committed before the first of its writes is sent."""

    item: str
    fields: Mapping[Field, Decided]
    writes: tuple[Write, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[Note, ...] = ()
    held: frozenset[Field] = field(default=frozenset())
    waits: frozenset[Field] = field(default=frozenset())
    """Fields of which nothing is decided until every tool that has the item is in sight."""
