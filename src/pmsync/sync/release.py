"""Letting go of what was set aside: a field over which there was a fight, or a whole item."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from pmsync.config.settings import Config
from pmsync.connector.pacing import Clock
from pmsync.errors import RejectedError
from pmsync.model.fields import Field
from pmsync.reconcile.policy import FLAPPING, UNDONE
from pmsync.store.audit import AuditLog
from pmsync.store.lock import pass_lock
from pmsync.store.records import Change, Conflict, ConflictState, Item, Replica, Run
from pmsync.store.store import Store
from pmsync.sync.workplace import new_run

_T = TypeVar("_T")

_HOLDS: Final = frozenset({FLAPPING, UNDONE})
"""The policies of conflicts that only keep a field aside; the others want a decision between values."""


@dataclass(frozen=True, slots=True)
class Released:
    """What goes on again. `field` is None for a whole item."""

    item: str
    title: str
    field: Field | None
    number: int | None = None


def release(config: Config, store: Store, reference: str, clock: Clock, *, who: str) -> list[Released]:
    """Let go of one conflict, by its number, or of everything of an item that is set aside, by what it is called.

    The next pass goes on from what the tools show then: nothing that is known of such a field counts as acknowledged,
    so that a difference is decided like a conflict and recorded, and writes are counted from nothing. A number is
    taken for a conflict's first. Raises RejectedError where nothing is set aside.
    """
    with pass_lock(config.state, now=clock.now()), AuditLog(config.audit) as audit:
        conflicts, items = _meant(store, reference)
        run = new_run(clock.now())
        syncs = sorted({one.sync for one in _items_of(store, conflicts, items)})
        store.reports.begin_run(Run(run, ",".join(syncs), f"conflicts release {reference}", clock.now()))
        releaser = _Releaser(store, run, clock, who)
        with store.transaction("released"):
            for conflict in conflicts:
                releaser.field(conflict)
            for item in items:
                releaser.item(item)
        for one in releaser.done:
            about = one.field.value if one.field else ""
            audit.append("released", clock.now(), run=run, item=one.item, field=about, number=one.number, who=who)
        store.reports.end_run(run, clock.now(), "ok", {"run": run, "status": "ok", "released": len(releaser.done)})
        return releaser.done


def _items_of(store: Store, conflicts: Sequence[Conflict], items: Sequence[Item]) -> Iterable[Item]:
    """The items that conflicts are about, and these."""
    yield from items
    for bundle in store.items.load({one.item for one in conflicts}):
        yield bundle.item


def _meant(store: Store, reference: str) -> tuple[list[Conflict], list[Item]]:
    conflict = store.reports.conflict(int(reference)) if _is_number(reference) else None
    if conflict is not None:
        return [_held(conflict)], []
    known = store.items.find(reference)
    if len(known) != 1:
        raise RejectedError(f"no conflict has the number, and {len(known) or 'no'} items the name {reference!r}")
    open_ = store.reports.conflicts(items=known, state=ConflictState.OPEN)
    held = [one for one in open_ if one.policy in _HOLDS]
    aside = [one.item for one in store.items.load(known) if one.item.quarantine is not None]
    if not held and not aside:
        more = f": conflict {open_[0].id} wants a decision, `pmsync conflicts resolve {open_[0].id}`" if open_ else ""
        raise RejectedError(f"nothing of {reference} is set aside{more}")
    return held, aside


def _is_number(reference: str) -> bool:
    return reference.isascii() and reference.isdigit() and len(reference) < 18  # what a number of the state's can be


def _held(conflict: Conflict) -> Conflict:
    if conflict.state is not ConflictState.OPEN:
        raise RejectedError(f"conflict {conflict.id} holds nothing: it is {conflict.state.value}")
    if conflict.policy not in _HOLDS:
        raise RejectedError(
            f"conflict {conflict.id} wants a decision between its values: `pmsync conflicts resolve {conflict.id}`"
        )
    return conflict


class _Releaser:
    def __init__(self, store: Store, run: str, clock: Clock, who: str) -> None:
        self._store = store
        self._run = run
        self._now = clock.now()
        self._who = who
        self.done: list[Released] = []

    def field(self, conflict: Conflict) -> None:
        store, name = self._store, conflict.field
        bundle = store.items.get(conflict.item)
        store.reports.close_conflict(conflict.id, ConflictState.RESOLVED, None, f"released by {self._who}")
        if bundle is None:
            return
        item = bundle.item
        store.items.put(
            [replace(item, values=_less(item.values, name), revs=_less(item.revs, name),
                     sources=_less(item.sources, name))]
        )  # fmt: skip
        store.items.put_replicas(_forgotten(one, name) for one in bundle.replicas)
        self._tell(item, name, conflict.id)

    def item(self, item: Item) -> None:
        bundle = self._store.items.get(item.id)
        if bundle is not None:
            self._store.items.put([replace(bundle.item, quarantine=None)])
            self._tell(bundle.item, None, None)

    def _tell(self, item: Item, name: Field | None, number: int | None) -> None:
        row = Change(self._run, self._now, "released", item.id, field=name, actor=self._who)
        self._store.journal.record([row])
        self._store.replicas.mark_dirty(item.sync, [item.id])
        self.done.append(Released(item.id, str(item.values.get(Field.TITLE) or ""), name, number))


def _forgotten(replica: Replica, name: Field) -> Replica:
    return replace(
        replica, base=_less(replica.base, name), seen_rev=_less(replica.seen_rev, name), held=_less(replica.held, name)
    )


def _less(values: Mapping[Field, _T], name: Field) -> dict[Field, _T]:
    return {one: value for one, value in values.items() if one is not name}
