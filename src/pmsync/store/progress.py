"""How far syncs, readings and connections have come, and which installation this is."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select

from pmsync.model.fields import Json
from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.records import ConnectionMemory, Reading, SyncState
from pmsync.store.shape import Shape, among

_SYNC: Final = Shape(tables.syncs, SyncState)
_READING: Final = Shape(tables.readings, Reading)
_CONNECTION: Final = Shape(tables.connections, ConnectionMemory)

_FACTS: Final = select(tables.meta.c.key, tables.meta.c.value).where(tables.meta.c.key.in_(among("keys")))


class Progress:
    """What a pass begins with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def fact(self, key: str) -> str | None:
        """A value kept under a name of the engine's choice (its epoch, ...)."""
        return self.facts(key).get(key)

    def facts(self, *keys: str) -> dict[str, str]:
        """The values kept under these names, where there are any."""
        return dict(self._database.select(_FACTS, keys=keys))

    def put_fact(self, key: str, value: str) -> None:
        """Keep a value under a name."""
        with self._database.writing("fact"):
            self._database.upsert(tables.meta, [{"key": key, "value": value}])

    def sync(self, name: str) -> SyncState:
        """How far a sync has come; one that never ran is at its beginning."""
        rows = self._database.select(_SYNC.chosen("name"), name=name)
        return next(iter(_SYNC.records(rows)), SyncState(name))

    def put_sync(self, state: SyncState) -> None:
        """Keep how far a sync has come."""
        with self._database.writing("sync"):
            self._database.upsert(tables.syncs, _SYNC.rows([state]))

    def reading(self, sync: str, connection: str) -> Reading:
        """Up to where a member was read; one never read is at its beginning."""
        rows = self._database.select(_READING.chosen("sync", "connection"), sync=sync, connection=connection)
        return next(iter(_READING.records(rows)), Reading(sync, connection))

    def readings(self, sync: str) -> dict[str, Reading]:
        """Up to where the members were read that ever were, by connection."""
        rows = self._database.select(_READING.chosen("sync"), sync=sync)
        return {one.connection: one for one in _READING.records(rows)}

    def put_reading(self, *readings: Reading) -> None:
        """Keep up to where members were read; in the transaction that keeps what the last page brought, or later."""
        with self._database.writing("reading"):
            self._database.upsert(tables.readings, _READING.rows(readings))

    def connection(self, name: str) -> ConnectionMemory:
        """What is known of a connection; nothing of one that is new."""
        return self.connections([name])[name]

    def connections(self, names: Collection[str]) -> dict[str, ConnectionMemory]:
        """What is known of connections, by name."""
        rows = self._database.select(_CONNECTION.chosen(lists=("connection",)), connection=list(names))
        known = {one.connection: one for one in _CONNECTION.records(rows)}
        return {name: known.get(name, ConnectionMemory(name)) for name in names}

    def put_vocabulary(self, connection: str, vocabulary: Json, at: datetime) -> None:
        """Keep the names that a tool uses."""
        self._put(connection, vocabulary=vocabulary, vocabulary_at=at)

    def put_memo(self, connection: str, memo: Json) -> None:
        """Keep what a connector learned."""
        self._put(connection, memo=memo)

    def put_account(self, connection: str, account: Json) -> None:
        """Keep who we are in a connection."""
        self._put(connection, account=account)

    def _put(self, connection: str, **values: "Json | datetime") -> None:
        others = frozenset(tables.connections.c.keys()).difference(values)
        with self._database.writing("connection"):
            self._database.upsert(tables.connections, [{"connection": connection, **values}], keep=others)
