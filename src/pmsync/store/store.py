"""The memory between passes: opened by URL, divided by concern."""

import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from sqlalchemy import func, insert, select

from pmsync.reconcile.policy import FLAPPING
from pmsync.store import tables
from pmsync.store.candidates import Candidates
from pmsync.store.database import Database
from pmsync.store.dialect import open_engine, parse_url
from pmsync.store.items import Items
from pmsync.store.journal import Journal
from pmsync.store.migrate import bring_up_to_date
from pmsync.store.progress import Progress
from pmsync.store.records import ConflictState, Counts, ItemState, ReplicaState
from pmsync.store.replicas import Replicas
from pmsync.store.reports import Reports
from pmsync.store.shape import given


def open_store(url: str, *, create: bool = True, now: datetime | None = None, instance: str | None = None) -> "Store":
    """Open the state at `url` and bring its schema up to date.

    `sqlite:///file` (mode 0600; relative to the working directory), `sqlite://` (in memory, for one process), or
    `postgresql://…`. `now` and `instance` go into a state that is new. Raises StateError, with a remedy in it, where
    the state cannot be used, or is not there and `create` is false; LockedError where another process writes all the
    time.
    """
    engine = open_engine(parse_url(url), create=create)
    try:
        bring_up_to_date(engine)
        database = Database(engine)
        _introduce(database, now or datetime.now(UTC), instance or secrets.token_hex(8))
        return Store(database)
    except BaseException:
        engine.dispose()
        raise


def _introduce(database: Database, now: datetime, instance: str) -> None:
    """Name the installation that this state belongs to, once."""
    named = select(tables.meta.c.key).where(tables.meta.c.key == "instance")
    if database.select(named):
        return
    with database.transaction("introduce"):
        if not database.select(named):
            facts = {"instance": instance, "created_at": now.astimezone(UTC).isoformat()}
            database.run_each(insert(tables.meta), [{"key": key, "value": value} for key, value in facts.items()])


class Store:
    """The state, open. Its methods may be called from any thread of the process.

    Writes of one method are kept together; `transaction` keeps those of several together. Only errors of
    `pmsync.errors` come out: RejectedError where a constraint is broken (an object linked twice, a second intent),
    which concerns one item; StateError and LockedError, which concern everything.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.progress = Progress(database)
        self.items = Items(database)
        self.replicas = Replicas(database)
        self.candidates = Candidates(database)
        self.journal = Journal(database)
        self.reports = Reports(database)
        self.instance = self.progress.fact("instance") or ""

    @property
    def on_commit(self) -> Callable[[str], None] | None:
        """Called with `before <label>` and `after <label>` around each commit, for tests to stop the process there."""
        return self._database.on_commit

    @on_commit.setter
    def on_commit(self, hook: Callable[[str], None] | None) -> None:
        self._database.on_commit = hook

    def transaction(self, label: str) -> AbstractContextManager[None]:
        """Keep all that is written inside, or nothing of it. Nothing slow, no call to a tool, belongs inside.

        Within another transaction it is a part of that: an exception that leaves it undoes the part, and the outermost
        one commits, under its own label.
        """
        return self._database.transaction(label)

    def rehearsal(self) -> AbstractContextManager[None]:
        """Let everything that is written inside be seen inside, and undo it at the end. For plans.

        Nothing is committed and `on_commit` is not called. Hold the pass lock: on SQLite no other process can write
        meanwhile.
        """
        return self._database.rehearsal()

    def counts(self, sync: str) -> Counts:
        """How much of everything a sync has."""
        with self._database.snapshot():
            return _count(self._database, sync)

    def close(self) -> None:
        """Give the connection back. What is not committed is undone."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_item: Final = tables.items.c
_replica: Final = tables.replicas.c
_candidate: Final = tables.candidates.c
_conflict: Final = tables.conflicts.c
_number: Final = func.count()
_ITEMS: Final = (
    select(_item.state, func.count(_item.quarantine), _number).where(_item.sync == given("sync")).group_by(_item.state)
)
_REPLICAS: Final = (
    select(_replica.connection, _replica.state, _number)
    .where(_replica.sync == given("sync"))
    .group_by(_replica.connection, _replica.state)
)
_CANDIDATES: Final = (
    select(_candidate.connection, func.count(_candidate.held), _number)
    .where(_candidate.sync == given("sync"))
    .group_by(_candidate.connection)
)
_DIRTY: Final = select(func.count(_replica.item.distinct())).where(
    _replica.sync == given("sync"), _replica.dirty.is_(True)
)
_UNSETTLED: Final = select(_number).select_from(tables.intents).where(tables.intents.c.sync == given("sync"))
_UNDECIDED: Final = (
    select(_number)
    .select_from(tables.conflicts)
    .where(
        _conflict.state == ConflictState.OPEN, _conflict.item.in_(select(_item.id).where(_item.sync == given("sync")))
    )
)
_ASIDE: Final = _UNDECIDED.where(_conflict.policy == FLAPPING)
_SINGLE: Final = select(*(one.scalar_subquery() for one in (_DIRTY, _UNSETTLED, _UNDECIDED, _ASIDE)))
"""All that is one number, in one statement."""


def _count(database: Database, sync: str) -> Counts:
    items: Counter[ItemState] = Counter()
    quarantined = 0
    for state, set_aside, many in database.select(_ITEMS, sync=sync):
        items[state] = many
        quarantined += set_aside
    replicas: Counter[str] = Counter()
    missing = 0
    for connection, state, many in database.select(_REPLICAS, sync=sync):
        replicas[connection] += many
        missing += many if state is ReplicaState.MISSING else 0
    candidates: Counter[str] = Counter()
    held = 0
    for connection, kept, many in database.select(_CANDIDATES, sync=sync):
        candidates[connection] = many
        held += kept
    dirty, unsettled, undecided, aside = database.select(_SINGLE, sync=sync)[0]
    return Counts(
        items=items,
        replicas=replicas,
        candidates=candidates,
        dirty=dirty,
        missing=missing,
        quarantined=quarantined + aside,
        held=held,
        intents=unsettled,
        open_conflicts=undecided,
    )
