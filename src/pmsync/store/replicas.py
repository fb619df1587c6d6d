"""Replicas as the tools show them: what is news, what is missing, what was unlinked."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, case, delete, func, insert, literal, or_, select, update

from pmsync.store import tables
from pmsync.store.columns import Instant
from pmsync.store.database import Database
from pmsync.store.items import CHUNK
from pmsync.store.records import Former, Known, Replica, ReplicaState, Seen
from pmsync.store.shape import Shape, slices

_REPLICA: Final = Shape(tables.replicas, Replica)
_FORMER: Final = Shape(tables.former_replicas, Former)


class Replicas:
    """The replicas of all items, by where they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, sync: str, connection: str, remote_ids: Collection[str]) -> dict[str, Known]:
        """Which of these objects are replicas, and what they showed last. One query for up to 1,000."""
        replica = tables.replicas.c
        shown = select(replica.remote_id, replica.item, replica.digest, replica.state, replica.dirty)
        return {
            row.remote_id: Known(*row)
            for ids in slices(remote_ids)
            for row in self._database.select(
                shown.where(replica.sync == sync, replica.connection == connection, replica.remote_id.in_(ids))
            )
        }

    def observe(self, sync: str, connection: str, seen: Iterable[Seen], pass_number: int) -> None:
        """Remember what replicas show now; they are there again if they were missing. Unknown ones are passed over."""
        replica = tables.replicas
        statement = (
            update(replica)
            .where(
                replica.c.sync == sync,
                replica.c.connection == connection,
                replica.c.remote_id == bindparam("b_remote_id"),
            )
            .values(
                key=bindparam("b_key"),
                url=bindparam("b_url"),
                native=bindparam("b_native"),
                digest=bindparam("b_digest"),
                remote_updated_at=bindparam("b_updated_at"),
                archived=bindparam("b_archived"),
                admitted=bindparam("b_admitted"),
                dirty=or_(replica.c.dirty, bindparam("b_dirty", type_=replica.c.dirty.type)),
                state=ReplicaState.LINKED,
                missing_since=None,
                missing_pass=None,
                seen_pass=pass_number,
            )
        )
        with self._database.writing("observations"):
            self._database.run(
                statement,
                [
                    {
                        "b_remote_id": one.native.ref.id,
                        "b_key": one.native.ref.key,
                        "b_url": one.native.ref.url,
                        "b_native": one.native.fields,
                        "b_digest": one.digest,
                        "b_updated_at": one.native.updated_at,
                        "b_archived": one.native.archived,
                        "b_admitted": one.native.admitted,
                        "b_dirty": one.dirty,
                    }
                    for one in seen
                ],
            )

    def mark_seen(self, sync: str, connection: str, remote_ids: Collection[str], pass_number: int) -> None:
        """Remember that replicas were there, unchanged. One that was missing is dirty now."""
        replica = tables.replicas.c
        there = {"state": ReplicaState.LINKED, "missing_since": None, "missing_pass": None, "seen_pass": pass_number}
        with self._database.writing("seen"):
            for ids in slices(remote_ids):
                self._database.run(
                    update(tables.replicas)
                    .where(replica.sync == sync, replica.connection == connection, replica.remote_id.in_(ids))
                    .values(**there, dirty=case((replica.state != ReplicaState.LINKED, True), else_=replica.dirty))
                )

    def mark_missing(
        self, sync: str, connection: str, remote_ids: Collection[str], at: datetime, pass_number: int
    ) -> None:
        """Remember that replicas were looked for and not found; since when is kept. They are dirty."""
        replica = tables.replicas.c
        with self._database.writing("missing"):
            for ids in slices(remote_ids):
                self._database.run(
                    update(tables.replicas)
                    .where(
                        replica.sync == sync,
                        replica.connection == connection,
                        replica.remote_id.in_(ids),
                        replica.state != ReplicaState.GONE,
                    )
                    .values(
                        state=ReplicaState.MISSING,
                        missing_since=func.coalesce(replica.missing_since, literal(at, Instant())),
                        missing_pass=func.coalesce(replica.missing_pass, pass_number),
                        dirty=True,
                    )
                )

    def mark_dirty(self, sync: str, items: Collection[str] | None = None) -> None:
        """Have items reconciled in the next pass whatever their replicas show; without `items`, all of the sync."""
        replica = tables.replicas.c
        statement = update(tables.replicas).where(replica.sync == sync).values(dirty=True)
        with self._database.writing("dirty"):
            if items is None:
                self._database.run(statement)
            else:
                for ids in slices(items):
                    self._database.run(statement.where(replica.item.in_(ids)))

    def mark_clean(self, sync: str, items: Collection[str]) -> None:
        """Remember that items have nothing left to reconcile."""
        replica = tables.replicas.c
        statement = update(tables.replicas).where(replica.sync == sync).values(dirty=False)
        with self._database.writing("clean"):
            for ids in slices(items):
                self._database.run(statement.where(replica.item.in_(ids)))

    def unseen(self, sync: str, connection: str, pass_number: int, *, chunk: int = CHUNK) -> Iterator[list[Replica]]:
        """Go through the replicas, not gone, that were seen last before this pass."""
        replica = tables.replicas.c
        last = ""
        while True:
            found = _REPLICA.records(
                self._database.select(
                    select(*_REPLICA.columns)
                    .where(
                        replica.sync == sync,
                        replica.connection == connection,
                        replica.remote_id > last,
                        replica.seen_pass < pass_number,
                        replica.state != ReplicaState.GONE,
                    )
                    .order_by(replica.remote_id)
                    .limit(chunk)
                )
            )
            if found:
                yield found
            if len(found) < chunk:
                return
            last = found[-1].remote_id

    def missing(self, sync: str, connection: str) -> list[Replica]:
        """The replicas that were not found when they were last looked for."""
        replica = tables.replicas.c
        of_it = (replica.sync == sync, replica.connection == connection, replica.state == ReplicaState.MISSING)
        return _REPLICA.records(self._database.select(select(*_REPLICA.columns).where(*of_it)))

    def remote_ids(self, connection: str, items: Collection[str]) -> dict[str, str]:
        """Item id -> id of its replica in this connection, for those that have one."""
        replica = tables.replicas.c
        return {
            row.item: row.remote_id
            for ids in slices(items)
            for row in self._database.select(
                select(replica.item, replica.remote_id).where(replica.connection == connection, replica.item.in_(ids))
            )
        }

    def referenced(self, sync: str, references: Collection[str]) -> dict[str, Known]:
        """Which of these keys and URLs name a replica of the sync. A key that two tools use names neither."""
        replica = tables.replicas.c
        columns = (replica.remote_id, replica.item, replica.digest, replica.state, replica.dirty)
        found: dict[str, set[Known]] = {}
        for column in (replica.key, replica.url):
            for names in slices(references):
                statement = select(column, *columns).where(replica.sync == sync, column.in_(names), column != "")
                for name, *values in self._database.select(statement):
                    found.setdefault(name, set()).add(Known(*values))
        return {name: min(known, key=lambda one: one.item) for name, known in found.items() if len(known) == 1}

    def unlink(self, item: str, connection: str, at: datetime, reason: str) -> None:
        """Move a replica to the former ones; its object may then be linked anew."""
        replica = tables.replicas
        of_it = (replica.c.item == item, replica.c.connection == connection)
        moved = [column.name for column in _FORMER.columns if column.name in replica.c]
        chosen = select(*(replica.c[name] for name in moved)).where(*of_it)
        with self._database.writing("unlink"):
            rows = [
                {**row._mapping, "unlinked_at": at, "reason": reason}  # noqa: SLF001 - the documented name
                for row in self._database.select(chosen)
            ]
            self._database.run(insert(tables.former_replicas), rows)
            self._database.run(delete(replica).where(*of_it))

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
        former = tables.former_replicas.c
        statement = select(*_FORMER.columns).where(former.sync == sync).order_by(former.id)
        if connection is not None:
            statement = statement.where(former.connection == connection)
        if items is not None:
            statement = statement.where(former.item.in_(items))
        if remote_ids is None:
            return _FORMER.records(self._database.select(statement))
        return [
            record
            for ids in slices(remote_ids)
            for record in _FORMER.records(self._database.select(statement.where(former.remote_id.in_(ids))))
        ]
