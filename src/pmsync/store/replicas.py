"""Replicas as the tools show them: what is news, what is missing, what was unlinked."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy import Boolean, Integer, case, delete, func, insert, or_, select, update

from pmsync.reconcile.pointing import LinkState
from pmsync.store import tables
from pmsync.store.columns import Instant
from pmsync.store.database import Database
from pmsync.store.items import CHUNK
from pmsync.store.part_tables import part_lists, twin_links
from pmsync.store.records import Former, ItemState, Known, Replica, ReplicaState, Seen
from pmsync.store.shape import Shape, among, given, present, slices, values

_REPLICA: Final = Shape(tables.replicas, Replica)
_FORMER: Final = Shape(tables.former_replicas, Former)

_item: Final = tables.items.c
_replica: Final = tables.replicas.c
_ITS: Final = (_replica.sync == given("sync"), _replica.connection == given("connection"))
_THESE: Final = (*_ITS, _replica.remote_id.in_(among("remote_ids")))
_LITTLE: Final = tuple(_replica[one.name] for one in fields(Known))
_KNOWN: Final = select(*_LITTLE).where(*_THESE)
_THERE: Final = {
    "state": ReplicaState.LINKED,
    "missing_since": None,
    "missing_pass": None,
    "seen_pass": given("pass_number"),
}
_OBSERVE: Final = (
    update(tables.replicas)
    .where(*_ITS, _replica.remote_id == given("remote_id"))
    .values(
        key=given("key"),
        url=given("url"),
        native=given("native"),
        digest=given("digest"),
        remote_updated_at=given("updated_at"),
        archived=given("archived"),
        admitted=given("admitted"),
        dirty=or_(_replica.dirty, given("dirty", Boolean())),
        **_THERE,
    )
)
_MARK_SEEN: Final = (
    update(tables.replicas)
    .where(*_THESE)
    .values(**_THERE, dirty=case((_replica.state != ReplicaState.LINKED, True), else_=_replica.dirty))
)
_MARK_MISSING: Final = (
    update(tables.replicas)
    .where(*_THESE, _replica.state != ReplicaState.GONE)
    .values(
        state=ReplicaState.MISSING,
        missing_since=func.coalesce(_replica.missing_since, given("at", Instant())),
        missing_pass=func.coalesce(_replica.missing_pass, given("pass_number", Integer())),
        dirty=True,
    )
)
_MARK_DIRTY: Final = update(tables.replicas).where(_replica.sync == given("sync")).values(dirty=True)
_MARK_THESE_DIRTY: Final = _MARK_DIRTY.where(_replica.item.in_(among("items")))
_MARK_CLEAN: Final = (
    update(tables.replicas)
    .where(_replica.item == given("item"), _replica.connection == given("connection"))
    .where(_replica.digest == given("digest"))
    .values(dirty=False)
)
_DISTRUST: Final = (
    update(tables.replicas).where(_replica.sync == given("sync")).values(base={}, seen_rev={}, dirty=True)
)
_DISTRUST_ALL: Final = _DISTRUST.values(digest="", remote_updated_at=given("at", Instant()))
_REBASE: Final = (
    update(tables.items).where(_item.sync == given("sync"), _item.state == ItemState.LIVE).values(rebase=True)
)
_DISTRUST_THESE: Final = _DISTRUST.where(_replica.item.in_(among("items")))
_REBASE_THESE: Final = _REBASE.where(_item.id.in_(among("items")))
_UNSEEN: Final = (
    select(*_REPLICA.columns)
    .where(
        *_ITS,
        _replica.remote_id > given("last"),
        _replica.seen_pass < given("pass_number"),
        _replica.state != ReplicaState.GONE,
    )
    .order_by(_replica.remote_id)
    .limit(given("limit", Integer()))
)
_REMOTE_IDS: Final = select(_replica.item, _replica.remote_id).where(
    _replica.connection == given("connection"), _replica.item.in_(among("items"))
)
_REFERENCED: Final = tuple(
    select(column, *_LITTLE).where(_replica.sync == given("sync"), column.in_(among("names")), column != "")
    for column in (_replica.key, _replica.url)
)
_ONE: Final = (_replica.item == given("item"), _replica.connection == given("connection"))
_MOVED: Final = tuple(one.name for one in _FORMER.columns if one.name in _replica)
_LEAVING: Final = select(*(_replica[name] for name in _MOVED)).where(*_ONE)
_LEFT: Final = insert(tables.former_replicas)
_UNLINK: Final = delete(tables.replicas).where(*_ONE)
_READ_AGAIN: Final = (
    update(part_lists).where(part_lists.c.item == given("item"), part_lists.c.connection == given("connection"))
    .values(due=True)
)  # fmt: skip

_link: Final = twin_links.c
_NO_TWIN: Final = (
    update(twin_links)
    .where(
        _link.item == given("item"),
        or_(_link.connection == given("connection"), _link.twin == given("connection")),
        _link.state == LinkState.THERE,
    )
    .values(state=LinkState.UNSURE)
)


class Replicas:
    """The replicas of all items, by where they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, sync: str, connection: str, remote_ids: Collection[str]) -> dict[str, Known]:
        """Which of these objects are replicas, and what they showed last. One query for up to 1,000."""
        return {
            row[0]: Known(*row)
            for ids in slices(remote_ids)
            for row in self._database.select(_KNOWN, sync=sync, connection=connection, remote_ids=ids)
        }

    def observe(self, sync: str, connection: str, seen: Iterable[Seen], pass_number: int) -> None:
        """Remember what replicas show now; they are there again if they were missing. Unknown ones are passed over."""
        rows = [
            values(
                sync=sync,
                connection=connection,
                remote_id=one.native.ref.id,
                key=one.native.ref.key,
                url=one.native.ref.url,
                native=one.native.fields,
                digest=one.digest,
                updated_at=one.native.updated_at,
                archived=one.native.archived,
                admitted=one.native.admitted,
                dirty=one.dirty,
                pass_number=pass_number,
            )
            for one in seen
        ]
        with self._database.writing("observations"):
            self._database.run_each(_OBSERVE, rows)

    def mark_seen(self, sync: str, connection: str, remote_ids: Collection[str], pass_number: int) -> None:
        """Remember that replicas were there, unchanged. One that was missing is dirty now."""
        with self._database.writing("seen"):
            for ids in slices(remote_ids):
                self._database.run(
                    _MARK_SEEN, sync=sync, connection=connection, remote_ids=ids, pass_number=pass_number
                )

    def mark_missing(
        self, sync: str, connection: str, remote_ids: Collection[str], at: datetime, pass_number: int
    ) -> None:
        """Remember that replicas were looked for and not found; since when is kept. They are dirty."""
        told = {"sync": sync, "connection": connection, "at": at, "pass_number": pass_number}
        with self._database.writing("missing"):
            for ids in slices(remote_ids):
                self._database.run(_MARK_MISSING, **told, remote_ids=ids)

    def mark_dirty(self, sync: str, items: Collection[str] | None = None) -> None:
        """Have items reconciled in the next pass whatever their replicas show; without `items`, all of the sync."""
        with self._database.writing("dirty"):
            if items is None:
                self._database.run(_MARK_DIRTY, sync=sync)
            else:
                for ids in slices(items):
                    self._database.run(_MARK_THESE_DIRTY, sync=sync, items=ids)

    def distrust(self, sync: str, items: Collection[str]) -> None:
        """Forget what was acknowledged of items, so that their tools are compared afresh."""
        with self._database.writing("distrust"):
            for ids in slices(items):
                self._database.run(_DISTRUST_THESE, sync=sync, items=ids)
                self._database.run(_REBASE_THESE, sync=sync, items=ids)

    def distrust_all(self, sync: str, now: datetime) -> None:
        """The same of the whole sync; and what was last seen is no longer: what a listing shows of before now, late as
        it may be, is read by id."""
        with self._database.writing("distrust"):
            self._database.run(_DISTRUST_ALL, sync=sync, at=now)
            self._database.run(_REBASE, sync=sync)

    def mark_clean(self, replicas: Iterable[Replica]) -> None:
        """Remember that replicas have nothing left to reconcile, where they still show what they are given with."""
        rows = [values(item=one.item, connection=one.connection, digest=one.digest) for one in replicas]
        with self._database.writing("clean"):
            self._database.run_each(_MARK_CLEAN, rows)

    def unseen(self, sync: str, connection: str, pass_number: int, *, chunk: int = CHUNK) -> Iterator[list[Replica]]:
        """Go through the replicas, not gone, that were seen last before this pass."""
        wanted = {"sync": sync, "connection": connection, "pass_number": pass_number, "limit": chunk}
        last = ""
        while True:
            found = _REPLICA.records(self._database.select(_UNSEEN, **wanted, last=last))
            if found:
                yield found
            if len(found) < chunk:
                return
            last = found[-1].remote_id

    def missing(self, sync: str) -> list[Replica]:
        """The replicas that were not found when they were last looked for."""
        chosen = _REPLICA.chosen("sync", "state")
        return _REPLICA.records(self._database.select(chosen, sync=sync, state=ReplicaState.MISSING))

    def remote_ids(self, connection: str, items: Collection[str]) -> dict[str, str]:
        """Item id -> id of its replica in this connection, for those that have one."""
        return {
            item: remote_id
            for ids in slices(items)
            for item, remote_id in self._database.select(_REMOTE_IDS, connection=connection, items=ids)
        }

    def referenced(self, sync: str, references: Collection[str]) -> dict[str, Known]:
        """Which of these keys and URLs name a replica of the sync. A key that two tools use names neither."""
        found: dict[str, set[Known]] = {}
        for statement in _REFERENCED:
            for names in slices(references):
                for name, *little in self._database.select(statement, sync=sync, names=names):
                    found.setdefault(name, set()).add(Known(*little))
        return {name: min(known, key=lambda one: one.item) for name, known in found.items() if len(known) == 1}

    def unlink(self, item: str, connection: str, at: datetime, reason: str) -> None:
        """Move a replica to the former ones; its object may then be linked anew."""
        with self._database.writing("unlink"):
            rows = [
                {**dict(zip(_MOVED, row, strict=True)), "unlinked_at": at, "reason": reason}
                for row in self._database.select(_LEAVING, item=item, connection=connection)
            ]
            self._database.run_each(_LEFT, rows)
            self._database.run(_UNLINK, item=item, connection=connection)
            # Linked anew, it may lack what was said meanwhile, though nobody touched it.
            self._database.run(_READ_AGAIN, item=item, connection=connection)
            # It leads to no twin any more, and no twin to it, as soon as somebody sees to it.
            self._database.run(_NO_TWIN, item=item, connection=connection)

    def former(
        self,
        sync: str,
        *,
        connection: str | None = None,
        items: Collection[str] | None = None,
        remote_ids: Collection[str] | None = None,
    ) -> list[Former]:
        """What was unlinked, oldest first; only of a connection, only of these items, only of these objects.

        Of many items, or many objects, give only as many as one query takes at a time: 500.
        """
        wanted = {"sync": sync, **present(connection=connection)}
        lists = present(item=items, remote_id=remote_ids)
        chosen = _FORMER.chosen(*wanted, lists=tuple(lists), order=("id",))
        if remote_ids is None:
            return _FORMER.records(self._database.select(chosen, **wanted, **lists))
        return [
            record
            for ids in slices(remote_ids)
            for record in _FORMER.records(self._database.select(chosen, **wanted, **{**lists, "remote_id": ids}))
        ]
