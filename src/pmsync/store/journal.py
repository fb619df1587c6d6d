"""What is about to be done to the tools, and what was done: intents, and the history that is only ever added to."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, update

from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.records import Change, Intent, IntentState
from pmsync.store.shape import Shape, slices

_INTENT: Final = Shape(tables.intents, Intent)
_CHANGE: Final = Shape(tables.history, Change)


class Journal:
    """Intents and history of all syncs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, intents: Iterable[Intent]) -> None:
        """Record writes before they are sent. Raises RejectedError where the item has one open in that connection."""
        with self._database.writing("intents"):
            self._database.run(insert(tables.intents), _INTENT.rows(intents))

    def intents(self, sync: str, *, connection: str | None = None, item: str | None = None) -> list[Intent]:
        """The writes that are not settled, oldest first."""
        intent = tables.intents.c
        chosen = select(*_INTENT.columns).where(intent.sync == sync).order_by(intent.created_at, intent.id)
        if connection is not None:
            chosen = chosen.where(intent.connection == connection)
        if item is not None:
            chosen = chosen.where(intent.item == item)
        return _INTENT.records(self._database.select(chosen))

    def doubt(self, intents: Collection[str]) -> None:
        """Remember that writes were sent and no answer came."""
        with self._database.writing("unknown"):
            for ids in slices(intents):
                self._database.run(
                    update(tables.intents).where(tables.intents.c.id.in_(ids)).values(state=IntentState.UNKNOWN)
                )

    def settle(self, intents: Collection[str]) -> None:
        """Remove intents whose outcome is recorded; in the transaction that records it."""
        with self._database.writing("settled"):
            for ids in slices(intents):
                self._database.run(delete(tables.intents).where(tables.intents.c.id.in_(ids)))

    def record(self, changes: Iterable[Change]) -> None:
        """Add lines to the history."""
        with self._database.writing("history"):
            self._database.run(insert(tables.history), _CHANGE.new_rows(changes))

    def recent(self, items: Collection[str], kinds: Collection[str], since: datetime) -> list[Change]:
        """Lines of these kinds about fields of these items since a moment, oldest first."""
        change = tables.history.c
        wanted = select(*_CHANGE.columns).where(change.kind.in_(sorted(kinds)), change.at >= since)
        found = [
            record
            for ids in slices(sorted(items))
            for record in _CHANGE.records(self._database.select(wanted.where(change.item.in_(ids))))
        ]
        return sorted(found, key=lambda one: one.id)

    def history(
        self,
        *,
        item: str | None = None,
        run: str | None = None,
        kind: str | None = None,
        since: datetime | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Change]:
        """Lines of the history, oldest first, from the one behind id `after` on."""
        change = tables.history.c
        chosen = select(*_CHANGE.columns).where(change.id > after).order_by(change.id)
        for column, value in ((change.item, item), (change.run, run), (change.kind, kind)):
            if value is not None:
                chosen = chosen.where(column == value)
        if since is not None:
            chosen = chosen.where(change.at >= since)
        return _CHANGE.records(self._database.select(chosen if limit is None else chosen.limit(limit)))
