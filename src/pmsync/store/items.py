"""Items with their replicas: kept, loaded to be reconciled, and listed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, Text, or_, select, type_coerce

from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.records import Bundle, Intent, Item, ItemState, Replica
from pmsync.store.shape import Shape, given, present, slices

CHUNK: Final = 500
"""How many items are in memory at once while many are gone through."""

_ITEM: Final = Shape(tables.items, Item)
_REPLICA: Final = Shape(tables.replicas, Replica)
_INTENT: Final = Shape(tables.intents, Intent)

_item: Final = tables.items.c
_replica: Final = tables.replicas.c
_DIRTY: Final = (
    select(_replica.item)
    .where(_replica.sync == given("sync"), _replica.dirty.is_(True), _replica.item > given("last"))
    .distinct()
    .order_by(_replica.item)
    .limit(given("limit", Integer()))
)
_ITEMS: Final = _ITEM.chosen(lists=("id",), order=("id",))
_REPLICAS: Final = _REPLICA.chosen(lists=("item",), order=("item", "connection"))
_INTENTS: Final = _INTENT.chosen(lists=("item",), order=("item", "connection"))


class Items:
    """The items of all syncs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, items: Iterable[Item]) -> None:
        """Add or overwrite items. Before their replicas, which refer to them."""
        with self._database.writing("items"):
            self._database.upsert(_ITEM.table, _ITEM.rows(items))

    def put_replicas(self, replicas: Iterable[Replica]) -> None:
        """Add or overwrite replicas, each as a whole.

        Raises RejectedError where an object would belong to two items; nothing of the transaction is kept then.
        """
        with self._database.writing("replicas"):
            self._database.upsert(_REPLICA.table, _REPLICA.rows(replicas))

    def get(self, item: str) -> Bundle | None:
        """One item with all that is known of it."""
        return next(iter(self.load([item])), None)

    def load(self, items: Collection[str]) -> list[Bundle]:
        """Items by id, in the order of their ids; those that are not there are left out."""
        if not items:
            return []
        with self._database.snapshot():
            return [bundle for ids in slices(sorted(items), CHUNK) for bundle in self._bundles(ids)]

    def unchanged(self, bundles: Collection[Bundle]) -> set[str]:
        """Those of these items of which the state still says the same, seen again or not."""
        before = {one.item.id: _said(one) for one in bundles}
        return {now.item.id for now in self.load(before.keys()) if _said(now) == before[now.item.id]}

    def alone(self, items: Collection[str]) -> dict[str, Item]:
        """Items by id without their replicas; those that are not there are left out."""
        read = self._database.select
        return {one.id: one for ids in slices(items) for one in _ITEM.records(read(_ITEMS, id=ids))}

    def saying(self, sync: str, text: str) -> list[Item]:
        """Items of a sync whose values, as JSON, have a text in them, without their replicas."""
        said = _ITEM.chosen("sync").where(type_coerce(tables.items.c["values"], Text()).contains(text, autoescape=True))
        return _ITEM.records(self._database.select(said, sync=sync))

    def dirty(self, sync: str, *, chunk: int = CHUNK) -> Iterator[list[Bundle]]:
        """Go through the items that have something to reconcile, each once, even if it stays dirty.

        What is written between two chunks shows in the later one. Nothing is locked between chunks.
        """
        last = ""
        while True:
            ids = [row[0] for row in self._database.select(_DIRTY, sync=sync, last=last, limit=chunk)]
            if ids:
                yield self.load(ids)
            if len(ids) < chunk:
                return
            last = ids[-1]

    def every(
        self,
        sync: str | None = None,
        *,
        state: ItemState | None = None,
        quarantined: bool | None = None,
        chunk: int = CHUNK,
    ) -> Iterator[list[Bundle]]:
        """Go through all items, or those of a sync, in a state, set aside or not, in the order of their ids."""
        wanted = present(sync=sync, state=state)
        statement = _every(*wanted, quarantined=quarantined)
        last = ""
        while True:
            ids = [row[0] for row in self._database.select(statement, **wanted, last=last, limit=chunk)]
            if ids:
                yield self.load(ids)
            if len(ids) < chunk:
                return
            last = ids[-1]

    def find(self, reference: str, *, sync: str | None = None) -> list[str]:
        """The ids of the items that a person may mean: by pmsync id, or by id, key or URL of a replica, past or not."""
        return sorted(
            {row[0] for statement in self._searches(reference, sync) for row in self._database.select(statement)}
        )

    def _searches(self, reference: str, sync: str | None) -> Iterator[Select[Any]]:
        item, former = tables.items.c, tables.former_replicas.c
        searches: list[tuple[ColumnElement[str], ColumnElement[str], ColumnElement[bool]]]
        searches = [(item.id, item.sync, item.id == reference)]
        for table in (tables.replicas.c, former):
            met = or_(table.remote_id == reference, table.key == reference, table.url == reference)
            searches.append((table.item, table.sync, met))
        for identity, its_sync, met in searches:
            statement = select(identity.label("id")).where(met)
            yield statement if sync is None else statement.where(its_sync == sync)

    def _bundles(self, ids: Sequence[str]) -> list[Bundle]:
        read = self._database.select
        items = _ITEM.records(read(_ITEMS, id=ids))
        replicas: defaultdict[str, list[Replica]] = defaultdict(list)
        for record in _REPLICA.records(read(_REPLICAS, item=ids)):
            replicas[record.item].append(record)
        intents: defaultdict[str, list[Intent]] = defaultdict(list)
        for found in _INTENT.records(read(_INTENTS, item=ids)):
            intents[found.item].append(found)
        return [Bundle(item, tuple(replicas[item.id]), tuple(intents[item.id])) for item in items]


def _said(bundle: Bundle) -> Bundle:
    """What is said of an item, whenever it was seen last."""
    return replace(bundle, replicas=tuple(replace(one, seen_pass=0) for one in bundle.replicas))


@cache
def _every(*equal: str, quarantined: bool | None) -> Select[Any]:
    """The ids of items from one id on, with given values of these columns."""
    wanted: list[ColumnElement[bool]] = [_item[name] == given(name) for name in equal]
    if quarantined is not None:
        wanted.append(_item.quarantine.is_not(None) if quarantined else _item.quarantine.is_(None))
    chosen = select(_item.id).where(_item.id > given("last"), *wanted)
    return chosen.order_by(_item.id).limit(given("limit", Integer()))
