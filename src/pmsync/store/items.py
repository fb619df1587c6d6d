"""Items with their replicas: kept, loaded to be reconciled, and listed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select

from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.records import Bundle, Intent, Item, ItemState, Replica
from pmsync.store.shape import Shape, slices

CHUNK: Final = 500
"""How many items are in memory at once while many are gone through."""

_ITEM: Final = Shape(tables.items, Item)
_REPLICA: Final = Shape(tables.replicas, Replica)
_INTENT: Final = Shape(tables.intents, Intent)


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
        with self._database.snapshot():
            return [bundle for ids in slices(sorted(items), CHUNK) for bundle in self._bundles(ids)]

    def dirty(self, sync: str, *, chunk: int = CHUNK) -> Iterator[list[Bundle]]:
        """Go through the items that have something to reconcile, each once, even if it stays dirty.

        What is written between two chunks shows in the later one. Nothing is locked between chunks.
        """
        replica = tables.replicas.c
        last = ""
        while True:
            statement = (
                select(replica.item)
                .where(replica.sync == sync, replica.dirty.is_(True), replica.item > last)
                .distinct()
                .order_by(replica.item)
                .limit(chunk)
            )
            with self._database.snapshot():
                ids = [row.item for row in self._database.select(statement)]
                bundles = self._bundles(ids)
            if bundles:
                yield bundles
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
        item = tables.items.c
        wanted: list[ColumnElement[bool]] = []
        if sync is not None:
            wanted.append(item.sync == sync)
        if state is not None:
            wanted.append(item.state == state)
        if quarantined is not None:
            wanted.append(item.quarantine.is_not(None) if quarantined else item.quarantine.is_(None))
        last = ""
        while True:
            statement = select(item.id).where(and_(item.id > last, *wanted)).order_by(item.id).limit(chunk)
            with self._database.snapshot():
                ids = [row.id for row in self._database.select(statement)]
                bundles = self._bundles(ids)
            if bundles:
                yield bundles
            if len(ids) < chunk:
                return
            last = ids[-1]

    def find(self, reference: str, *, sync: str | None = None) -> list[str]:
        """The ids of the items that a person may mean: by pmsync id, or by id, key or URL of a replica, past or not."""
        return sorted(
            {row.id for statement in self._searches(reference, sync) for row in self._database.select(statement)}
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
        if not ids:
            return []
        item, replica, intent = tables.items.c, tables.replicas.c, tables.intents.c
        read = self._database.select
        items = _ITEM.records(read(select(*_ITEM.columns).where(item.id.in_(ids)).order_by(item.id)))
        replicas: defaultdict[str, list[Replica]] = defaultdict(list)
        wanted = select(*_REPLICA.columns).where(replica.item.in_(ids)).order_by(replica.item, replica.connection)
        for record in _REPLICA.records(read(wanted)):
            replicas[record.item].append(record)
        intents: defaultdict[str, list[Intent]] = defaultdict(list)
        for found in _INTENT.records(
            read(select(*_INTENT.columns).where(intent.item.in_(ids)).order_by(intent.item, intent.connection))
        ):
            intents[found.item].append(found)
        return [Bundle(item, tuple(replicas[item.id]), tuple(intents[item.id])) for item in items]
