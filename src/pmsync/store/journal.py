"""What is about to be done to the tools, and what was done: intents, and the history that is only ever added to."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, update

from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.records import Change, Intent, IntentState
from pmsync.store.shape import Shape, among, given, present, slices

_INTENT: Final = Shape(tables.intents, Intent)
_CHANGE: Final = Shape(tables.history, Change)

_intent: Final = tables.intents.c
_change: Final = tables.history.c
_INTEND: Final = insert(tables.intents)
_DOUBT: Final = update(tables.intents).where(_intent.id.in_(among("ids"))).values(state=IntentState.UNKNOWN)
_SLEEP: Final = update(tables.intents).where(_intent.id == given("id")).values(state=IntentState.ASLEEP)
_SETTLE: Final = delete(tables.intents).where(_intent.id.in_(among("ids")))
_RECORD: Final = insert(tables.history)
_RECENT: Final = select(*_CHANGE.columns).where(
    _change.kind.in_(among("kinds")), _change.at >= given("since"), _change.item.in_(among("items"))
)


class Journal:
    """Intents and history of all syncs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, intents: Iterable[Intent]) -> None:
        """Record writes before they are sent. Raises RejectedError where the item has one open in that connection."""
        with self._database.writing("intents"):
            self._database.run_each(_INTEND, _INTENT.rows(intents))

    def intents(self, sync: str, *, connection: str | None = None, item: str | None = None) -> list[Intent]:
        """The writes that are not settled, oldest first."""
        wanted = present(sync=sync, connection=connection, item=item)
        chosen = _INTENT.chosen(*wanted, order=("created_at", "id"))
        return _INTENT.records(self._database.select(chosen, **wanted))

    def doubt(self, intents: Collection[str]) -> None:
        """Remember that writes were sent and no answer came."""
        with self._database.writing("unknown"):
            for ids in slices(intents):
                self._database.run(_DOUBT, ids=ids)

    def put_to_sleep(self, intent: str) -> None:
        """Remember that what became of a write cannot be found out: what it was sent to is gone."""
        with self._database.writing("asleep"):
            self._database.run(_SLEEP, id=intent)

    def settle(self, intents: Collection[str]) -> None:
        """Remove intents whose outcome is recorded; in the transaction that records it."""
        with self._database.writing("settled"):
            for ids in slices(intents):
                self._database.run(_SETTLE, ids=ids)

    def record(self, changes: Iterable[Change]) -> None:
        """Add lines to the history."""
        with self._database.writing("history"):
            self._database.run_each(_RECORD, _CHANGE.new_rows(changes))

    def recent(self, items: Collection[str], kinds: Collection[str], since: datetime) -> list[Change]:
        """Lines of these kinds about fields of these items since a moment, oldest first."""
        wanted = sorted(kinds)
        found = [
            record
            for ids in slices(sorted(items))
            for record in _CHANGE.records(self._database.select(_RECENT, items=ids, kinds=wanted, since=since))
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
        wanted = present(item=item, run=run, kind=kind)
        chosen = _CHANGE.chosen(*wanted, order=("id",)).where(_change.id > after)
        if since is not None:
            chosen = chosen.where(_change.at >= since)
        chosen = chosen if limit is None else chosen.limit(limit)
        return _CHANGE.records(self._database.select(chosen, **wanted))
