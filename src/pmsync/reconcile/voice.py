"""What one replica has to say about one field: what it shows, whether that is news, and whether it is to be heard."""

from dataclasses import dataclass

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.model.fields import SET_FIELDS, Field, Json, Priority
from pmsync.reconcile.state import Direction, ReplicaState, Setting

_EMPTY: tuple[Json, ...] = (None, "", [], Priority.NONE.value)


@dataclass(frozen=True, slots=True)
class Voice:
    """A replica that has the field. `value` is what it shows, in schema words."""

    replica: ReplicaState
    name: Field
    raw: Json
    base: Json
    trusted: bool
    """Whether there is a base at all; without one, whatever is shown counts as just written."""
    behind: bool
    """It has not yet shown the item's present revision."""
    value: Json | Unmapped
    opaque: bool
    """What it shows is no rendering of the item's value, so an edit made there must not travel."""

    @property
    def connection(self) -> str:
        """The replica's connection."""
        return self.replica.connection

    @property
    def changed(self) -> bool:
        """Whether its raw value is news."""
        return not self.trusted or self.raw != self.base

    @property
    def mapped(self) -> bool:
        """Whether the mapping can say what it shows."""
        return not isinstance(self.value, Unmapped)

    @property
    def speaks(self) -> bool:
        """Whether its news is to be heard. Emptiness that was never acknowledged is not an edit: a tool just linked
        that has no due date does not ask for the other's to be cleared."""
        if not self.changed or self.opaque or not self.mapped or self.direction is Direction.IN:
            return False
        return self.trusted or self.value not in _EMPTY

    @property
    def direction(self) -> Direction:
        """Which way the field travels here."""
        return self.replica.direction(self.name)

    def put(self, value: Json) -> Shown | Refusal:
        """What this replica would show for a schema value, given what it shows now."""
        return self.replica.lenses[self.name].put(value, self.raw)

    def shows(self, value: Json) -> bool:
        """Whether it shows this schema value already."""
        shown = self.put(value)
        return isinstance(shown, Shown) and shown.native == self.raw

    def showed(self) -> Json | Unmapped:
        """The schema value that its base showed."""
        return self.replica.lenses[self.name].get(self.base, None) if self.trusted else Unmapped()

    def overwritten_by(self, value: Json) -> bool:
        """Whether showing `value` would take away something that was put there since we last looked."""
        if not self.changed or not self.mapped or self.opaque or self.direction is Direction.OUT:
            return False
        shown = self.put(value)
        if isinstance(shown, Refusal) or shown.native == self.raw:
            return False
        if self.name in SET_FIELDS:
            return bool(set(members(self.raw)) - set(members(self.base)) - set(members(shown.native)))
        return self.trusted or self.value not in _EMPTY


def listen(name: Field, replica: ReplicaState, setting: Setting | None) -> Voice:
    """The replica's voice about a field that it has, given the item's present setting."""
    raw = replica.native[name]
    trusted = name in replica.base
    base = replica.base.get(name)
    lens = replica.lenses[name]
    opaque = False
    if setting is not None and trusted and raw != base:
        shown = lens.put(setting.value, base)
        opaque = isinstance(shown, Refusal) and shown.opaque
    revision = setting.revision if setting else 0
    value = lens.get(raw, setting.value if setting else None)
    return Voice(replica, name, raw, base, trusted, replica.seen.get(name, 0) < revision, value, opaque)


def members(value: Json | Unmapped) -> tuple[Json, ...]:
    """The members of a set value; none of anything else."""
    return tuple(value) if isinstance(value, list) else ()
