"""What hangs on items, kept: parts, mirrors, the lists that they were read in, and the writes that are under way."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update

from pmsync.model.fields import Json
from pmsync.model.part import PartKind
from pmsync.reconcile.part_state import Kept, Mirror, PartDeed, PartState
from pmsync.store import part_tables as tables
from pmsync.store.database import Database
from pmsync.store.records import Replica, ReplicaState
from pmsync.store.shape import Shape, among, given, slices
from pmsync.store.tables import replicas as replica_table


@dataclass(frozen=True, slots=True)
class PartList:
    """One list of parts: those of an item in a connection."""

    item: str
    connection: str
    sync: str
    remote_id: str
    updated_at: datetime
    """The item's own time of change, by its tool, when the list was read last."""
    since: datetime
    """When it was read first."""
    due: bool = False
    """Whether it is to be read again in any case."""
    open: bool = True
    """Whether there may be something to do that follows from it."""


@dataclass(frozen=True, slots=True)
class PartIntent:
    """A write to a mirror that is about to be sent, or was sent without an answer."""

    part: str
    connection: str
    item: str
    sync: str
    kind: PartDeed
    native_id: str | None
    body: Json
    rev: int
    created_at: datetime
    run: str


@dataclass(frozen=True, slots=True)
class Hanging:
    """Everything known of what hangs on one item."""

    item: str
    parts: tuple[Kept, ...] = ()
    mirrors: tuple[Mirror, ...] = ()
    lists: tuple[PartList, ...] = ()
    intents: tuple[PartIntent, ...] = ()

    def read(self, connection: str) -> PartList | None:
        """The list of a connection, if it was read."""
        return next((one for one in self.lists if one.connection == connection), None)


@dataclass(frozen=True, slots=True)
class Unread:
    """A list that is to be read."""

    item: str
    connection: str
    remote_id: str
    key: str
    url: str
    updated_at: datetime
    created_by_us: bool


_KEPT: Final = Shape(tables.parts, Kept)
_MIRROR: Final = Shape(tables.mirrors, Mirror)
_LIST: Final = Shape(tables.part_lists, PartList)
_INTENT: Final = Shape(tables.part_intents, PartIntent)

_part, _mirror, _list, _intent = (
    one.c for one in (tables.parts, tables.mirrors, tables.part_lists, tables.part_intents)
)
_replica: Final = replica_table.c
_PARTS_OF: Final = _KEPT.chosen(lists=("item",), order=("made_at", "id"))
_MIRRORS_OF: Final = _MIRROR.chosen(lists=("item",), order=("part", "connection"))
_LISTS_OF: Final = _LIST.chosen(lists=("item",), order=("item", "connection"))
_INTENTS_OF: Final = _INTENT.chosen(lists=("item",), order=("created_at", "part", "connection"))
_JOINED: Final = replica_table.outerjoin(
    tables.part_lists, and_(_list.item == _replica.item, _list.connection == _replica.connection)
)
_THERE: Final = (
    _replica.sync == given("sync"),
    _replica.state == ReplicaState.LINKED,
    _replica.archived.is_(False),
    _replica.admitted.is_(True),
    _replica.connection.in_(among("connections")),
)
_ALL: Final = (
    select(
        _replica.item,
        _replica.connection,
        _replica.remote_id,
        _replica.key,
        _replica.url,
        _replica.remote_updated_at,
        _replica.created_by_us,
    )
    .select_from(_JOINED)
    .where(*_THERE)
    .order_by(_replica.connection, _replica.item)
)
_UNREAD: Final = (
    _list.item.is_(None),
    _list.remote_id != _replica.remote_id,
    _list.updated_at != _replica.remote_updated_at,
    _list.due.is_(True),
)
_DUE: Final = _ALL.where(or_(*_UNREAD))
_HUNG: Final = _ALL.where(
    or_(
        *_UNREAD,
        *(
            exists().where(table.c.item == _replica.item, table.c.connection == _replica.connection)
            for table in (tables.parts, tables.mirrors)
        ),
    )
)
_OPEN: Final = (
    select(_list.item).where(_list.sync == given("sync"), _list.open.is_(True)).distinct().order_by(_list.item)
)
_OPEN_ALL: Final = update(tables.part_lists).where(_list.sync == given("sync")).values(open=True)
_OPEN_THESE: Final = update(tables.part_lists).where(_list.item.in_(among("items"))).values(open=True)
_CLOSE: Final = update(tables.part_lists).where(_list.item.in_(among("items"))).values(open=False)
_DUE_NOW: Final = (
    update(tables.part_lists)
    .where(_list.item == given("item"), _list.connection == given("connection"))
    .values(due=True, open=True)
)
_INTEND: Final = insert(tables.part_intents)
_SETTLE: Final = delete(tables.part_intents).where(
    _intent.part == given("part"), _intent.connection == given("connection")
)
_FORGET: Final = delete(tables.mirrors).where(_mirror.part == given("part"), _mirror.connection == given("connection"))
_OWNER: Final = select(_mirror.item).where(_mirror.part == given("part"), _mirror.connection == given("connection"))
_LISTED: Final = select(_list.remote_id).where(_list.item == given("item"), _list.connection == given("connection"))
_FORGET_LIST: Final = tuple(
    delete(table).where(table.c.item == given("item"), table.c.connection == given("connection"))
    for table in (tables.parts, tables.mirrors, tables.part_intents, tables.part_lists)
)
_COUNT: Final = (
    select(func.count()).select_from(tables.parts).where(_part.sync == given("sync"), _part.state != PartState.GONE)
)
_OF_ITEM: Final = (
    select(_part.item, _part.kind, func.count())
    .where(_part.item.in_(among("items")), _part.state != PartState.GONE, _part.hidden.is_(False), _part.twin.is_(None))
    .group_by(_part.item, _part.kind)
)


class Parts:
    """What hangs on the items of all syncs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, items: Collection[str]) -> dict[str, Hanging]:
        """What is known of each of these items, by its id."""
        found = {item: Hanging(item) for item in items}
        for ids in slices(sorted(found), 500):
            with self._database.snapshot():
                parts = self._by_item(_KEPT, _PARTS_OF, ids)
                mirrors = self._by_item(_MIRROR, _MIRRORS_OF, ids)
                lists = self._by_item(_LIST, _LISTS_OF, ids)
                intents = self._by_item(_INTENT, _INTENTS_OF, ids)
            for item in ids:
                found[item] = Hanging(
                    item, tuple(parts[item]), tuple(mirrors[item]), tuple(lists[item]), tuple(intents[item])
                )
        return found

    def due(self, sync: str, connections: Collection[str], *, every: bool = False) -> list[Unread]:
        """The lists that are to be read in these connections: those whose item changed since, those that were never
        read, and those about which something is unfinished; or `every` one in which anything is known to be, too."""
        if not connections:
            return []
        rows = self._database.select(_HUNG if every else _DUE, sync=sync, connections=sorted(connections))
        return [Unread(*row) for row in rows]

    def open(self, sync: str) -> list[str]:
        """The items about which there may be something to do."""
        return [row[0] for row in self._database.select(_OPEN, sync=sync)]

    def open_all(self, sync: str) -> None:
        """Have all items of the sync looked through again."""
        with self._database.writing("parts"):
            self._database.run(_OPEN_ALL, sync=sync)

    def reopen(self, items: Collection[str]) -> None:
        """Have these items looked through again."""
        with self._database.writing("parts"):
            for ids in slices(sorted(items)):
                self._database.run(_OPEN_THESE, items=ids)

    def close(self, items: Collection[str]) -> None:
        """There is nothing left to do about these items."""
        with self._database.writing("parts closed"):
            for ids in slices(sorted(items)):
                self._database.run(_CLOSE, items=ids)

    def read_again(self, item: str, connection: str) -> None:
        """Have a list read by the next pass in any case."""
        with self._database.writing("parts"):
            self._database.run(_DUE_NOW, item=item, connection=connection)

    def begin(self, replicas: Iterable[Replica], now: datetime) -> None:
        """Remember that nothing hangs on items that were made just now."""
        rows = [
            PartList(one.item, one.connection, one.sync, one.remote_id, one.remote_updated_at, now) for one in replicas
        ]
        self.put_lists(rows)

    def put(self, parts: Iterable[Kept]) -> None:
        """Add or overwrite parts."""
        with self._database.writing("parts"):
            self._database.upsert(_KEPT.table, _KEPT.rows(parts))

    def put_mirrors(self, mirrors: Iterable[Mirror]) -> None:
        """Add or overwrite mirrors."""
        with self._database.writing("parts"):
            self._database.upsert(_MIRROR.table, _MIRROR.rows(mirrors))

    def put_lists(self, lists: Iterable[PartList]) -> None:
        """Add or overwrite what is known of lists; since when one is known stays as it is."""
        with self._database.writing("parts"):
            self._database.upsert(_LIST.table, _LIST.rows(lists), keep=frozenset({"since"}))

    def owner(self, part: str, connection: str) -> str | None:
        """The item that a part's mirror in a connection hangs on, as far as is known."""
        rows = self._database.select(_OWNER, part=part, connection=connection)
        return rows[0][0] if rows else None

    def forget_others(self, lists: Iterable[Unread]) -> None:
        """Forget what hung on other objects that were these items' in these connections."""
        for one in lists:
            known = self._database.select(_LISTED, item=one.item, connection=one.connection)
            if known and known[0][0] != one.remote_id:
                with self._database.writing("parts"):
                    for statement in _FORGET_LIST:
                        self._database.run(statement, item=one.item, connection=one.connection)

    def forget_mirror(self, part: str, connection: str) -> None:
        """Know nothing of a mirror any more."""
        with self._database.writing("parts"):
            self._database.run(_FORGET, part=part, connection=connection)

    def intend(self, intent: PartIntent) -> None:
        """Record a write before it is sent; its list is read by the next pass, whatever comes of it.

        Raises RejectedError where one to the same mirror is under way.
        """
        with self._database.writing("part intents"):
            self._database.run_each(_INTEND, _INTENT.rows([intent]))
            self._database.run(_DUE_NOW, item=intent.item, connection=intent.connection)

    def settle(self, part: str, connection: str) -> None:
        """Remove the intent whose outcome is recorded; in the transaction that records it."""
        with self._database.writing("part settled"):
            self._database.run(_SETTLE, part=part, connection=connection)

    def count(self, sync: str) -> int:
        """How many parts there are."""
        return int(self._database.select(_COUNT, sync=sync)[0][0])

    def tally(self, items: Collection[str]) -> dict[str, dict[PartKind, int]]:
        """How many parts of each kind hang on these items; what is not for everybody is not counted."""
        found: defaultdict[str, dict[PartKind, int]] = defaultdict(dict)
        for ids in slices(sorted(items)):
            for item, kind, number in self._database.select(_OF_ITEM, items=ids):
                found[item][PartKind(kind)] = number
        return dict(found)

    def _by_item(self, shape: Any, statement: Any, ids: Sequence[str]) -> defaultdict[str, list[Any]]:
        found: defaultdict[str, list[Any]] = defaultdict(list)
        for record in shape.records(self._database.select(statement, item=ids)):
            found[record.item].append(record)
        return found


def unread(replica: Replica) -> Unread:
    """The list of one replica, to be read whether it is due or not."""
    return Unread(replica.item, replica.connection, replica.remote_id, replica.key, replica.url,
                  replica.remote_updated_at, replica.created_by_us)  # fmt: skip
