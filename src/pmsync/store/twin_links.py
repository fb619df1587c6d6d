"""The links by which items lead people to their twins in other tools, kept: what is there, and what is not right."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import Select, and_, delete, exists, or_, select, union

from pmsync.reconcile.pointing import LinkState, TwinLink
from pmsync.store import part_tables, tables
from pmsync.store.database import Database
from pmsync.store.records import ItemState, ReplicaState
from pmsync.store.shape import Shape, among, given, slices, values

_LINK: Final = Shape(part_tables.twin_links, TwinLink)
_LINKS_OF: Final = _LINK.chosen(lists=("item",), order=("item", "connection", "twin"))

_link: Final = part_tables.twin_links.c
_item: Final = tables.items.c
_holder: Final = tables.replicas.alias("holder")
_twin: Final = tables.replicas.alias("twin")

_IS_TWIN: Final = (
    _twin.c.state != ReplicaState.GONE,
    _twin.c.url != "",
    _twin.c.connection.in_(among("members")),
)
_HOLDS: Final = (
    _holder.c.sync == given("sync"),
    _holder.c.connection.in_(among("connections")),
    _holder.c.state == ReplicaState.LINKED,
    _holder.c.archived.is_(False),
    _holder.c.admitted.is_(True),
    _item.state == ItemState.LIVE,
    _item.quarantine.is_(None),
)
_ITS: Final = and_(
    _link.item == _holder.c.item,
    _link.connection == _holder.c.connection,
    _link.remote_id == _holder.c.remote_id,
)


def _wrong() -> Select[Any]:
    """Items of which an object leads nowhere, or elsewhere, though it has a twin."""
    found = (
        tables.items.join(_holder, _holder.c.item == _item.id)
        .join(_twin, and_(_twin.c.item == _holder.c.item, _twin.c.connection != _holder.c.connection))
        .outerjoin(part_tables.twin_links, and_(_ITS, _link.twin == _twin.c.connection))
    )
    off = or_(_link.item.is_(None), _link.url != _twin.c.url, _link.state == LinkState.UNSURE)
    return select(_holder.c.item).select_from(found).where(*_HOLDS, *_IS_TWIN, off)


def _stale() -> Select[Any]:
    """Items of which an object leads to what is no twin of it any more."""
    found = tables.items.join(_holder, _holder.c.item == _item.id).join(part_tables.twin_links, _ITS)
    twin = exists().where(_twin.c.item == _link.item, _twin.c.connection == _link.twin, *_IS_TWIN)
    return select(_holder.c.item).select_from(found).where(*_HOLDS, ~twin)


_DUE: Final = union(_wrong(), _stale())
_LEFT: Final = (
    select(*_LINK.columns)
    .where(
        _link.sync == given("sync"),
        ~exists().where(
            _holder.c.item == _link.item,
            _holder.c.connection == _link.connection,
            _holder.c.remote_id == _link.remote_id,
        ),
    )
    .order_by(_link.item, _link.connection, _link.twin)
)
_list: Final = part_tables.part_lists.c
_LISTED: Final = select(_list.item, _list.connection, _list.remote_id).where(_list.item.in_(among("items")))
_FORGET: Final = delete(part_tables.twin_links).where(
    _link.item == given("item"), _link.connection == given("connection"), _link.twin == given("twin")
)
_UNSURE: Final = select(_link.item).where(_link.sync == given("sync"), _link.state == LinkState.UNSURE).distinct()
_RETRY: Final = delete(part_tables.twin_links).where(_link.sync == given("sync"), _link.state == LinkState.REFUSED)


class TwinLinks:
    """The links of the items of all syncs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, items: Collection[str]) -> dict[str, list[TwinLink]]:
        """What is known of the links of each of these items."""
        found: defaultdict[str, list[TwinLink]] = defaultdict(list)
        for ids in slices(sorted(items)):
            for one in _LINK.records(self._database.select(_LINKS_OF, item=ids)):
                found[one.item].append(one)
        return found

    def listed(self, items: Collection[str]) -> set[tuple[str, str, str]]:
        """Whose list of parts was read, of the objects of these items: item, connection and the object's id."""
        return {
            (row[0], row[1], row[2])
            for ids in slices(sorted(items))
            for row in self._database.select(_LISTED, items=ids)
        }

    def due(self, sync: str, connections: Collection[str], members: Collection[str]) -> list[str]:
        """The items of which an object in one of these connections does not lead to just its twins in the members."""
        if not connections:
            return []
        wanted = {"sync": sync, "connections": sorted(connections), "members": sorted(members)}
        return sorted(row[0] for row in self._database.select(_DUE, **wanted))

    def unsure(self, sync: str) -> list[str]:
        """The items of which it is not known whether a link is there, or whether it should be."""
        return [row[0] for row in self._database.select(_UNSURE, sync=sync)]

    def left(self, sync: str) -> list[TwinLink]:
        """The links of objects that are no replicas of their items any more."""
        return _LINK.records(self._database.select(_LEFT, sync=sync))

    def put(self, links: Iterable[TwinLink]) -> None:
        """Add or overwrite links."""
        rows = _LINK.rows(links)
        if rows:
            with self._database.writing("twin links"):
                self._database.upsert(_LINK.table, rows)

    def forget(self, links: Iterable[TwinLink]) -> None:
        """Know nothing of links any more."""
        rows = [values(item=one.item, connection=one.connection, twin=one.twin) for one in links]
        if rows:
            with self._database.writing("twin links"):
                self._database.run_each(_FORGET, rows)

    def try_again(self, sync: str) -> None:
        """Forget what the tools refused."""
        with self._database.writing("twin links"):
            self._database.run(_RETRY, sync=sync)
