"""What one replica has to say about one field: what it shows, whether that is news, and whether it is to be heard."""

from collections.abc import Set
from dataclasses import dataclass

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.model.fields import Field, Json, Priority, is_set
from pmsync.reconcile.state import Direction, ReplicaState, Setting

EMPTY: tuple[Json, ...] = (None, "", [], Priority.NONE.value)
"""The schema values that say nothing."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A replica that has the field. `value` is what it shows, in schema words."""

    replica: ReplicaState
    name: Field
    raw: Json
    base: Json
    trusted: bool
    """Whether there is a base at all; without one, whatever is shown counts as just written."""
    changed: bool
    """Whether its raw value is news."""
    behind: bool
    """It has not yet shown the item's present revision."""
    value: Json | Unmapped
    opaque: bool
    """What it shows is no rendering of the item's value, so an edit made there must not travel."""
    direction: Direction
    """Which way the field travels here."""
    rebase: bool
    """Its emptiness may be an edit that was forgotten."""

    @property
    def connection(self) -> str:
        """The replica's connection."""
        return self.replica.connection

    @property
    def mapped(self) -> bool:
        """Whether the mapping can say what it shows."""
        return not isinstance(self.value, Unmapped)

    @property
    def edited(self) -> bool:
        """Whether somebody edited it, as far as can be known. Emptiness that was never acknowledged is not an edit: a
        tool just linked that has no due date does not ask for the other's to be cleared."""
        if not self.changed or self.opaque or not self.mapped:
            return False
        return self.trusted or not empty(self.value)

    @property
    def speaks(self) -> bool:
        """Whether its news is to be heard."""
        return self.direction is not Direction.IN and self.edited

    def put(self, value: Json) -> Shown | Refusal:
        """What this replica would show for a schema value, given what it shows now."""
        return self.replica.lenses[self.name].put(value, self.raw)

    def shows(self, value: Json) -> bool:
        """Whether it shows this schema value already."""
        return self.stays(self.put(value))

    def stays(self, shown: Shown | Refusal) -> bool:
        """Whether it shows already what it would be made to show."""
        return isinstance(shown, Shown) and shown.native == self.raw

    def showed(self, current: Json = None) -> Json | Unmapped:
        """The schema value that its base showed; as much of `current` as it showed."""
        return self.replica.lenses[self.name].get(self.base, current) if self.trusted else Unmapped()

    def overwritten_by(self, shown: Shown | Refusal) -> bool:
        """Whether to show this would take away something that was put there since we last looked."""
        if not self.changed or not self.mapped or self.opaque or self.direction is Direction.OUT:
            return False
        if isinstance(shown, Refusal):
            # It is left standing for now, and is acknowledged nevertheless if it was heard.
            return self.speaks
        if shown.native == self.raw:
            return False
        if is_set(self.name, self.value):
            after = set(members(shown.native))
            # With nothing known of the past, what it lacks may have been removed: it is all brought together again.
            return after != set(members(self.raw)) if self.rebase and not self.trusted else self._undone_by(after)
        return self.trusted or self.rebase or not empty(self.value)

    def _undone_by(self, after: Set[Json]) -> bool:
        """Whether an edit of a set is lost. That others remove and add members meanwhile is no loss to an edit that is
        heard; one that is not heard is undone by either."""
        before, shown = set(members(self.base)), set(members(self.raw))
        return bool(shown - before - after) or (not self.speaks and bool((before - shown) & after))


def listen(name: Field, replica: ReplicaState, setting: Setting | None, *, rebase: bool = False) -> Voice:
    """The replica's voice about a field that it has, given the item's present setting."""
    raw = replica.native[name]
    trusted = name in replica.base
    base = replica.base.get(name)
    lens = replica.lenses[name]
    changed = not trusted or raw != base
    opaque = False
    if setting is not None and trusted and changed:
        shown = lens.put(setting.value, base)
        opaque = isinstance(shown, Refusal) and shown.opaque
    behind = replica.seen.get(name, 0) < (setting.revision if setting else 0)
    value = lens.get(raw, setting.value if setting else None)
    way = replica.direction(name)
    return Voice(replica, name, raw, base, trusted, changed, behind, value, opaque, way, rebase)


def members(value: Json | Unmapped) -> tuple[Json, ...]:
    """The members of a set; of a value that is no set, itself if it says anything."""
    if isinstance(value, list):
        return tuple(value)
    return () if isinstance(value, Unmapped) or empty(value) else (value,)


def empty(value: Json | Unmapped) -> bool:
    """Whether a schema value says nothing. (False equals 0, which is a number like any other.)"""
    return value is False or value in EMPTY
