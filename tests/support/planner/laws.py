"""What every single decision has to keep, judged from its inputs and by other means than the planner's own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.model.fields import SET_FIELDS, Field, Json
from pmsync.reconcile.plan import Change, Conflict, Decided, Decision
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.state import Direction, ItemState, ReplicaState, Setting

EMPTY: tuple[Json, ...] = (None, "", [], "NONE")


class Broken(Exception):
    """A law that a case breaks."""

    def __init__(self, law: str, told: object = "") -> None:
        super().__init__(f"{law}: {told}")
        self.law = law


def keep(law: str, holds: bool, told: object = "") -> None:
    """Raise `Broken` where it does not hold."""
    if not holds:
        raise Broken(law, told)


class Side:
    """One replica's part in one field of a decision."""

    def __init__(self, replica: ReplicaState, name: Field, setting: Setting | None) -> None:
        self.connection = replica.connection
        self.at = replica.updated_at
        self.lens = replica.lenses[name]
        self.raw = replica.native[name]
        self.trusted = name in replica.base
        self.base = replica.base.get(name)
        self.seen = replica.seen.get(name, 0)
        self.direction = replica.direction(name)
        self.changed = not self.trusted or self.raw != self.base
        self.value = self.lens.get(self.raw, setting.value if setting else None)
        self.mapped = not isinstance(self.value, Unmapped)
        self.opaque = False
        if setting is not None and self.trusted and self.changed:
            shown = self.lens.put(setting.value, self.base)
            self.opaque = isinstance(shown, Refusal) and shown.opaque
        bare = not self.trusted and self.value in EMPTY
        self.news = self.changed and self.mapped and not self.opaque and not bare
        """It was edited, as far as can be known."""
        self.heard = self.news and self.direction is not Direction.IN

    def shows(self, value: Json, native: Json) -> bool:
        """Whether a native value shows a schema value here."""
        shown = self.lens.put(value, native)
        return isinstance(shown, Shown) and shown.native == native


def judge(item: ItemState, decision: Decision, policies: Mapping[Field, Policy]) -> None:
    """Raise `Broken` for the first law that the decision breaks."""
    conflicts = {conflict.field: conflict for conflict in decision.conflicts}
    changes: dict[Field, dict[str, Change]] = {}
    for write in decision.writes:
        for name, change in write.changes.items():
            changes.setdefault(name, {})[write.connection] = change
    for name in policies:
        setting = item.settings.get(name)
        sides = [Side(replica, name, setting) for replica in item.replicas if replica.has(name)]
        decided = decision.fields.get(name)
        found = changes.get(name, {})
        if decided is None or name in decision.held:
            keep("what is held or undecided is written nowhere", not found, name)
        if decided is None:
            continue
        waits = not item.complete and any(side.heard and not side.trusted for side in sides)
        keep("S13: nothing is decided from an unknown past while a tool is out of sight", not waits, name)
        _value(name, sides, setting, decided, held=name in decision.held, released=name in item.held)
        for side in sides:
            _side(name, side, decided, found.get(side.connection), conflicts.get(name))
        if name not in item.held:
            _pending(sides, setting, decided, conflicts.get(name), name)


def _side(name: Field, side: Side, decided: Decided, change: Change | None, conflict: Conflict | None) -> None:
    told = conflict is not None and any(
        claim.connection == side.connection and claim.native == side.raw and not claim.pending
        for claim in conflict.claims
    )
    known = decided.bases.get(side.connection, side.base)
    where = (name, side.connection)
    if change is not None:
        keep("S5: what is not mapped is not written", side.mapped and not side.opaque, where)
        keep("only what pmsync may write is written", side.direction is not Direction.OUT, where)
        keep("S3: what shows the value is left alone", not side.shows(decided.value, side.raw), where)
        keep("S2: what is written over is what was read", change.before == side.raw != change.after, where)
        keep("S4: what is written shows the value", side.shows(decided.value, change.after), where)
        keep("S2: what is written over was acknowledged", known == side.raw, where)
    if not side.mapped or side.opaque:
        keep("S5: what is not mapped is not acknowledged", side.connection not in decided.bases, where)
    elif side.news and known == side.raw:
        safe = told or side.direction is Direction.OUT
        kept = safe or side.shows(decided.value, side.raw) or _merged(name, side, decided.value, change)
        keep("S1: an edit is shown, merged or recorded before it is acknowledged", kept, where)
    seen = decided.seen.get(side.connection, side.seen)
    agrees = seen == side.seen or (seen == decided.revision and side.shows(decided.value, side.raw))
    keep("a revision is seen where it is shown", agrees, where)


def _merged(name: Field, side: Side, value: Json, change: Change | None) -> bool:
    """Whether an edit is part of a value that it is not by itself."""
    if name in SET_FIELDS:
        after = _set(change.after if change else side.raw)
        added = _set(side.raw) - _set(side.base)
        undone = set() if side.heard else (_set(side.base) - _set(side.raw)) & after
        return added <= after and not undone
    if name is Field.DESCRIPTION and side.heard and isinstance(value, str) and isinstance(side.value, str):
        before = side.lens.get(side.base, None) if side.trusted else ""
        new = set(side.value.split()) - set(str(before).split())
        return new <= set(value.split())
    return False


def _value(
    name: Field, sides: list[Side], setting: Setting | None, decided: Decided, *, held: bool, released: bool
) -> None:
    """The laws about the item's value."""
    heard = [side for side in sides if side.heard]
    if setting is not None:
        keep("a revision never goes back", decided.revision >= setting.revision, name)
        same = name in SET_FIELDS and _set(decided.value) == _set(setting.value)
        if held or not (heard or released):
            keep("nothing is decided without news", same or decided.value == setting.value, name)
        elif decided.value != setting.value:
            keep("a new value is a new revision", decided.revision > setting.revision, name)
    if released:
        return
    if name in SET_FIELDS:
        _deltas(name, heard, setting, decided)
    elif len(heard) == 1 and setting is not None and heard[0].seen >= setting.revision:
        keep("an edit that nobody contests travels", decided.value == heard[0].value, name)
    elif heard and not held:
        said = [side.value for side in heard] + ([setting.value] if setting else [])
        known = decided.value in said or name is Field.DESCRIPTION
        keep("what is decided was said by somebody", known, (name, decided.value))


def _deltas(name: Field, heard: list[Side], setting: Setting | None, decided: Decided) -> None:
    """S11: sets are merged by what each side added and removed against its own base."""
    removed: set[str] = set()
    added: set[str] = set()
    for side in heard:
        before = _set(side.lens.get(side.base, None)) if side.trusted else set()
        removed |= before - _set(side.value)
        added |= _set(side.value) - before
    wanted = (_set(setting.value if setting else None) - removed) | added
    keep("S11: a set is what was there, less the removed, and the added", _set(decided.value) == wanted, name)


def _pending(
    sides: list[Side], setting: Setting | None, decided: Decided, conflict: Conflict | None, name: Field
) -> None:
    """S1: a value that a side had not seen when it was edited is recorded before that edit replaces it."""
    if setting is None or name in SET_FIELDS or decided.value == setting.value:
        return
    unseen = any(side.heard and side.seen < setting.revision for side in sides)
    if not unseen or (name is Field.DESCRIPTION and conflict is None):
        return
    told = conflict is not None and any(claim.pending and claim.value == setting.value for claim in conflict.claims)
    keep("S1: a value not yet seen everywhere is recorded before another replaces it", told, name)


def _set(value: Json | Unmapped) -> set[str]:
    return {str(member) for member in value} if isinstance(value, list) else set()


def alike(item: ItemState, one: Decision, other: Decision) -> None:
    """Raise `Broken` where two decisions differ that were made of the same replicas in another order.

    Fields are spared that some rule settles by that order.
    """
    ordered = {conflict.field for each in (one, other) for conflict in each.conflicts if "order" in conflict.policy}
    for name in {*one.fields, *other.fields} - ordered:
        if _needs_order(name, item):
            continue
        keep("the order of the replicas decides nothing", _essence(name, one) == _essence(name, other), name)


def _needs_order(name: Field, item: ItemState) -> bool:
    """Whether several readings of lossy words fit, or several texts: then the first of the members settles.

    What is held is released by what all tools show, whether it was just edited or not.
    """
    setting = item.settings.get(name)
    heard = [side for replica in item.replicas if replica.has(name) for side in (Side(replica, name, setting),)]
    said: list[Json | Unmapped] = []
    for side in heard:
        if (side.heard or name in item.held) and side.value not in said:
            said.append(side.value)
    return name not in SET_FIELDS and len(said) > (2 if name is Field.DESCRIPTION else 1)


def _essence(name: Field, decision: Decision) -> object:
    decided = decision.fields.get(name)
    if decided is None:
        return None
    value = _set(decided.value) if name in SET_FIELDS else decided.value
    writes = {write.connection: write.changes[name].after for write in decision.writes if name in write.changes}
    after: Iterable[object] = writes if name in SET_FIELDS else writes.items()
    return value, decided.revision, dict(decided.bases), dict(decided.seen), [*map(str, sorted(after, key=str))]


def turned(item: ItemState) -> ItemState:
    """The item with its replicas in the opposite order."""
    return replace(item, replicas=item.replicas[::-1])
