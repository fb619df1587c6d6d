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
from pmsync.model.fields import SET_FIELDS, Field, Json
from pmsync.reconcile.plan import Change, Claim, Conflict, Decided, Decision, Note, Write
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
FRESH_START: Final = frozenset({"released", "resolved"})
"""The kinds of line in the history after which a field's writes are counted from nothing."""

_Place = tuple[str, str, Field]


def calm(bench: Bench, work: Sequence[tuple[Bundle, Decision]]) -> Mapping[str, Decision]:
    """The decisions that have to leave fields out, by item: with a conflict, and without a write, for each of them."""
    writing = {decision.item for _, decision in work if decision.writes}
    now = bench.clock.now()
    rows = bench.store.journal.recent(writing, {_WRITE, *FRESH_START}, now - _LONGEST) if writing else []
    written = _written(rows)
    found = {}
    for bundle, decision in work:
        fights: dict[Field, tuple[Write, Change, str]] = {}
        for write in decision.writes:
            for name, change in write.changes.items():
                why = _too_often(name, written.get((write.item, write.connection, name), []), change, now)
                if why:
                    fights.setdefault(name, (write, change, why))
        if fights:
            found[decision.item] = _without(bench, bundle, decision, fights)
    return found


def _written(rows: Iterable[records.Change]) -> Mapping[_Place, list[records.Change]]:
    """Our writes to each field of each replica, oldest first, since the field was last settled by a person."""
    written: defaultdict[_Place, list[records.Change]] = defaultdict(list)
    for row in rows:
        if row.item is None or row.field is None:
            continue
        if row.kind in FRESH_START:
            for place in [one for one in written if (one[0], one[2]) == (row.item, row.field)]:
                del written[place]
        elif row.connection is not None:
            written[row.item, row.connection, row.field].append(row)
    return written


def _too_often(name: Field, rows: Sequence[records.Change], change: Change, now: datetime) -> str:
    """Why this change is not to be written once more; nothing if it may."""
    if not rows:
        return ""
    follows = [*(row.before for row in rows[1:]), change.before]
    same = [
        (row, _undone(name, row, before))
        for row, before in zip(rows, follows, strict=True)
        if _does(name, row.before, row.after) == _does(name, change.before, change.after)
    ]
    for budget in _BUDGETS:
        count = sum(now - row.at <= budget.within and (undone or not budget.undone) for row, undone in same)
        if count >= budget.writes:
            told = ", and changed back each time" if budget.undone else ""
            return f"written {count} times within {budget.said}{told}"
    return ""


def _does(name: Field, before: Json, after: Json) -> Json:
    """What a write does, so that two can be compared: of a set, what it puts in and takes out."""
    if name not in SET_FIELDS:
        return after
    was, is_ = members(before), members(after)
    put_in, taken_out = (sorted(map(str, {*one} - {*other})) for one, other in ((is_, was), (was, is_)))
    return [[*put_in], [*taken_out]]


def _undone(name: Field, row: records.Change, then: Json) -> bool:
    """Whether what a write did was no longer so when the next was decided."""
    if name not in SET_FIELDS:
        return then != row.after
    was, is_, now = {*members(row.before)}, {*members(row.after)}, {*members(then)}
    return bool((is_ - was) - now or (was - is_) & now)


def _without(
    bench: Bench, bundle: Bundle, decision: Decision, fights: Mapping[Field, tuple[Write, Change, str]]
) -> Decision:
    """The decision with these fields held: nothing of them is written anywhere."""
    writes = []
    for write in decision.writes:
        rest = {name: change for name, change in write.changes.items() if name not in fights}
        if rest:
            writes.append(replace(write, changes=rest))
    conflicts = [one for one in decision.conflicts if one.field not in fights]
    notes = [one for one in decision.notes if one.field not in fights]
    for name, (write, change, why) in fights.items():
        decided = decision.fields[name]
        claims = _claims(bench, bundle, write.connection, name, decided, change)
        told = f"{why}: {write.connection}"
        conflicts.append(Conflict(decision.item, name, claims, None, FLAPPING, told))
        notes.append(Note(decision.item, write.connection, name, f"set aside, {why}"))
    return replace(
        decision, writes=tuple(writes), conflicts=tuple(conflicts), notes=tuple(notes), held=decision.held | {*fights}
    )


def _claims(
    bench: Bench, bundle: Bundle, connection: str, name: Field, decided: Decided, change: Change
) -> tuple[Claim, ...]:
    """The two sides: where our writes are undone, and where the value comes from that we would write."""
    there = {one.connection: one for one in bundle.replicas if name in one.native}
    here = _claim(bench, there[connection], name, decided.value)
    others = [one for one in there if one not in (connection, decided.source)]
    for other in (decided.source, *others):
        if other in there and other != connection:
            claim = _claim(bench, there[other], name, decided.value)
            if claim.value != here.value:
                return here, claim
    return here, Claim(decided.source, decided.value, change.after, decided.at)


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
