"""Fields over which somebody fights with pmsync: what is undone again and again is not written again.

An automation that undoes each write cannot be told from a stubborn person, and arguing with either has no end. So a
field that was written with the same value too often, within too short a time, is set aside: an open conflict holds it,
and names both sides. The item's other fields go on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pmsync.mapping.lens import Unmapped
from pmsync.model.fields import Field, Json
from pmsync.reconcile.plan import Change, Claim, Conflict, Decided, Decision, Note
from pmsync.reconcile.policy import FLAPPING
from pmsync.reconcile.voice import members
from pmsync.store import records
from pmsync.store.records import Bundle, Replica
from pmsync.sync.members import Bench


@dataclass(frozen=True, slots=True)
class _Budget:
    """How often the same value may be written to one field of one replica within a time."""

    writes: int
    within: timedelta
    said: str
    undone: bool = True
    """Whether only writes count that were undone in the tool where they were made."""


_BUDGETS: Final = (
    # Wikipedia's rule of three reverts, in the time in which an automation makes them and people rarely do.
    _Budget(3, timedelta(hours=1), "an hour"),
    # Two people who hand an item back and forth (to review, not good, to review) do it a few times a day.
    _Budget(6, timedelta(days=1), "a day"),
    # Nobody objects here, one side alone goes to and fro: people do not, twenty times an hour.
    _Budget(20, timedelta(hours=1), "an hour", undone=False),
)
_LONGEST: Final = max(budget.within for budget in _BUDGETS)

_WRITE: Final = "write"
AGREED: Final = "agreed"
"""The kind of line in the history that says that the tools came to agree on a field that was set aside."""
_BY_A_PERSON: Final = frozenset({"released", "resolved"})
"""The kinds of line after which a field's writes are counted from nothing."""

_Place = tuple[str, str, Field]


def calm(bench: Bench, work: Sequence[tuple[Bundle, Decision]]) -> Mapping[str, Decision]:
    """The decisions that have to leave fields out, by item: with a conflict, and without a write, for each of them."""
    writing = {decision.item for _, decision in work if decision.writes}
    now = bench.clock.now()
    kinds = {_WRITE, AGREED, *_BY_A_PERSON}
    rows = bench.store.journal.recent(writing, kinds, now - _LONGEST) if writing else []
    written = _written(rows)
    found = {}
    for bundle, decision in work:
        fights: dict[Field, _Fight] = {}
        for write in decision.writes:
            for name, change in write.changes.items():
                known = {one: written.get((write.item, one, name), []) for one in bench.members}
                why = _too_often(name, known[write.connection], change, now)
                if why:
                    fights.setdefault(name, _Fight(write.connection, change, why, _ours(known)))
        if fights:
            found[decision.item] = _without(bench, bundle, decision, fights)
    return found


@dataclass(frozen=True, slots=True)
class _Fight:
    """A write that is not to be made once more, and why."""

    connection: str
    change: Change
    why: str
    ours: Mapping[str, Json]
    """What we wrote last to the field, by connection."""


@dataclass(slots=True)
class _Written:
    """A write of ours. `undone` is whether somebody took it back where it was made; None while nothing followed it."""

    row: records.Change
    undone: bool | None = None

    def followed_by(self, name: Field, before: Json) -> None:
        """What the field showed when the next write was decided."""
        if self.undone is None:
            self.undone = _undone(self.row, before)


def _written(rows: Iterable[records.Change]) -> Mapping[_Place, list[_Written]]:
    """Our writes to each field of each replica, oldest first, since the field was last settled by a person."""
    written: defaultdict[_Place, list[_Written]] = defaultdict(list)
    for row in rows:
        if row.item is None or row.field is None:
            continue
        if row.kind == _WRITE and row.connection is not None:
            known = written[row.item, row.connection, row.field]
            if known:
                known[-1].followed_by(row.field, row.before)
            known.append(_Written(row))
            continue
        for place in [one for one in written if (one[0], one[2]) == (row.item, row.field)]:
            if row.kind in _BY_A_PERSON:
                del written[place]
            else:
                # The tools agree, so that fight is over. What was written stays counted.
                written[place] = [_Written(one.row, undone=False) for one in written[place]]
    return written


def _too_often(name: Field, known: Sequence[_Written], change: Change, now: datetime) -> str:
    """Why this change is not to be written once more; nothing if it may."""
    if known:
        known[-1].followed_by(name, change.before)
    does = _does(change.before, change.after)
    same = [one for one in known if _does(one.row.before, one.row.after) == does]
    for budget in _BUDGETS:
        count = sum(now - one.row.at <= budget.within and bool(one.undone or not budget.undone) for one in same)
        if count >= budget.writes:
            told = ", and changed back each time" if budget.undone else ""
            return f"written {count} times within {budget.said}{told}"
    return ""


def _does(before: Json, after: Json) -> Json:
    """What a write does, so that two can be compared: of a set, what it puts in and takes out."""
    if not isinstance(after, list):
        return after
    was, is_ = members(before), members(after)
    put_in, taken_out = (sorted(map(str, {*one} - {*other})) for one, other in ((is_, was), (was, is_)))
    return [[*put_in], [*taken_out]]


def _undone(row: records.Change, then: Json) -> bool:
    """Whether what a write did was no longer so when the next was decided."""
    if not isinstance(row.after, list):
        return then != row.after
    was, is_, now = {*members(row.before)}, {*members(row.after)}, {*members(then)}
    return bool((is_ - was) - now or (was - is_) & now)


def _without(bench: Bench, bundle: Bundle, decision: Decision, fights: Mapping[Field, _Fight]) -> Decision:
    """The decision with these fields held: nothing of them is written anywhere."""
    writes = []
    for write in decision.writes:
        rest = {name: change for name, change in write.changes.items() if name not in fights}
        if rest:
            writes.append(replace(write, changes=rest))
    conflicts = [one for one in decision.conflicts if one.field not in fights]
    notes = [one for one in decision.notes if one.field not in fights]
    for name, fight in fights.items():
        claims = _claims(bench, bundle, fight, name, decision.fields[name])
        # A third one's edit, which the conflict in place of which this one is would have kept.
        sides = {one.connection for one in claims}
        also = (claim for one in decision.conflicts if one.field is name for claim in one.claims)
        claims += tuple(one for one in also if one.connection not in sides)
        told = f"{fight.why}: {fight.connection}"
        conflicts.append(Conflict(decision.item, name, claims, None, FLAPPING, told))
        notes.append(Note(decision.item, fight.connection, name, f"set aside, {fight.why}"))
    return replace(
        decision, writes=tuple(writes), conflicts=tuple(conflicts), notes=tuple(notes), held=decision.held | {*fights}
    )


def _ours(known: Mapping[str, Sequence[_Written]]) -> Mapping[str, Json]:
    return {connection: written[-1].row.after for connection, written in known.items() if written}


def _claims(bench: Bench, bundle: Bundle, fight: _Fight, name: Field, decided: Decided) -> tuple[Claim, ...]:
    """The two sides: where our writes are undone, and where the value comes from that we would write.

    Where a write of ours still stands, the side is whoever has that value of their own: nobody there wrote it.
    """
    there = {one.connection: one for one in bundle.replicas if name in one.native}
    claims = {one: _claim(bench, replica, name, decided.value) for one, replica in there.items()}
    own = {one for one, claim in claims.items() if one not in fight.ours or fight.ours[one] != claim.native}
    here = claims[fight.connection]
    if fight.connection not in own:
        here = next((claims[one] for one in claims if one in own and claims[one].value == here.value), here)
    others = sorted(
        (one for one in there if one not in (fight.connection, decided.source)), key=lambda one: one not in own
    )
    for other in (decided.source, *others):
        if other in there and other != fight.connection and claims[other].value != here.value:
            return here, claims[other]
    return here, Claim(decided.source, decided.value, fight.change.after, decided.at)


def _claim(bench: Bench, replica: Replica, name: Field, current: Json) -> Claim:
    member = bench.members.get(replica.connection)
    lens = member.lenses.get(name) if member else None
    value = lens.get(replica.native[name], current) if lens else Unmapped()
    unmapped = isinstance(value, Unmapped)
    return Claim(
        replica.connection,
        None if isinstance(value, Unmapped) else value,
        replica.native[name],
        replica.remote_updated_at,
        unmapped=unmapped,
    )
