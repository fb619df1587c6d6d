"""What a decision is made from: an item as pmsync remembers it, and each replica as it was and as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pmsync.mapping.lens import Lens
from pmsync.model.fields import Field, Json


class Direction(StrEnum):
    """Which way changes of a field travel, seen from one member."""

    IN = "in"
    """pmsync only writes there."""
    OUT = "out"
    """pmsync only reads there."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Setting:
    """The item's present value of a field: which connection's edit it was, and when that edit was seen."""

    value: Json
    revision: int = 0
    source: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """One replica: its fields now, what was acknowledged of each (`base`), and which revision it is known to show.

    A field without a base is untrusted: it may have been edited without our seeing it (a link just made, a state
    restored), so whatever it shows takes part as if it had just been written.
    """

    connection: str
    native: Mapping[Field, Json]
    base: Mapping[Field, Json]
    seen: Mapping[Field, int]
    lenses: Mapping[Field, Lens]
    updated_at: datetime | None = None
    directions: Mapping[Field, Direction] = field(default_factory=dict)
    read_only: frozenset[Field] = frozenset()
    """Fields that its tool only tells (their direction is `out`): there is nothing to be told about these."""

    def direction(self, name: Field) -> Direction:
        """Which way this field travels here."""
        return self.directions.get(name, Direction.BOTH)

    def has(self, name: Field) -> bool:
        """Whether this tool has the field at all; a field that it lacks is never deleted by its absence."""
        return name in self.lenses and name in self.native


@dataclass(frozen=True, slots=True)
class ItemState:
    """One item as pmsync remembers it. Members are in the order of the sync's config, which settles ties."""

    id: str
    settings: Mapping[Field, Setting]
    replicas: tuple[ReplicaState, ...]
    held: frozenset[Field] = frozenset()
    """Fields with an open conflict: nothing is written to them until a person, or the tools' agreeing, settles it."""
    complete: bool = True
    """Whether every replica of the item is among `replicas`: some may be out of sight for now."""
    undone: frozenset[Field] = frozenset()
    """Fields of which a run's writes were undone: held likewise, but only until somebody edits the field."""
    rebase: bool = False
    """Whether its state was lost or restored, so that emptiness too may be somebody's edit: it is never written over
    without a record."""
