"""The memory between passes: opened by URL, divided by concern."""

import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Select, String, case, func, insert, literal_column, select, type_coerce, union_all

from pmsync.reconcile.policy import FLAPPING
from pmsync.store import tables
from pmsync.store.candidates import Candidates
from pmsync.store.database import Database
from pmsync.store.dialect import open_engine, parse_url
from pmsync.store.hooks import Hooks
from pmsync.store.items import Items
from pmsync.store.journal import Journal
from pmsync.store.leases import Register, register
from pmsync.store.migrate import bring_up_to_date
from pmsync.store.notices import Notices
from pmsync.store.parts import Parts
from pmsync.store.progress import Progress
from pmsync.store.records import ConflictState, Counts, IntentState, ItemState, ReplicaState
from pmsync.store.replicas import Replicas
from pmsync.store.reports import Reports
from pmsync.store.shape import given
from pmsync.store.twin_links import TwinLinks


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
        return Store(database, register(engine.url))
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

    def __init__(self, database: Database, leases: Register) -> None:
        self._database = database
        self.leases = leases
        """Who of all that are at work on this state may work on an item, by the item's id."""
        self.progress = Progress(database)
        self.items = Items(database)
        self.replicas = Replicas(database)
        self.candidates = Candidates(database)
        self.journal = Journal(database)
        self.reports = Reports(database)
        self.hooks = Hooks(database)
        self.notices = Notices(database)
        self.parts = Parts(database)
        self.twin_links = TwinLinks(database)
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

        Nothing is committed and `on_commit` is not called. Other processes go on as if it were not there.
        """
        return self._database.rehearsal()

    def kept(self) -> AbstractContextManager[None]:
        """Have the connection at hand inside, where the state is used very often. Nothing is locked by it."""
        return self._database.kept()

    def counts(self, sync: str) -> Counts:
        """How much of everything a sync has."""
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
_intent: Final = tables.intents.c
_conflict: Final = tables.conflicts.c
_ALL: Final = func.count()
_NONE: Final[ColumnElement[Any]] = literal_column("0")
_EMPTY: Final[ColumnElement[Any]] = literal_column("''")


def _figure(
    what: str,
    connection: ColumnElement[Any] = _EMPTY,
    state: ColumnElement[Any] = _EMPTY,
    *,
    many: ColumnElement[int] = _ALL,
    some: ColumnElement[int] = _NONE,
) -> Select[Any]:
    """How many rows of one kind there are, and how many of them are special in some way."""
    columns: tuple[ColumnElement[Any], ...] = (
        literal_column(f"'{what}'").label("what"),
        type_coerce(connection, String).label("connection"),
        type_coerce(state, String).label("state"),
        many.label("many"),
        some.label("some"),
    )
    return select(*columns)


_COUNTS: Final = union_all(
    _figure("items", state=_item.state, some=func.count(_item.quarantine))
    .where(_item.sync == given("sync"))
    .group_by(_item.state),
    _figure("replicas", _replica.connection, _replica.state)
    .where(_replica.sync == given("sync"))
    .group_by(_replica.connection, _replica.state),
    _figure("candidates", _candidate.connection, some=func.count(_candidate.held))
    .where(_candidate.sync == given("sync"))
    .group_by(_candidate.connection),
    _figure("dirty", many=func.count(_replica.item.distinct())).where(
        _replica.sync == given("sync"), _replica.dirty.is_(True)
    ),
    _figure("intents")
    .where(_intent.sync == given("sync"), _intent.state != IntentState.ASLEEP)
    .select_from(tables.intents),
    _figure("conflicts", some=func.count(case((_conflict.policy == FLAPPING, 1)))).where(
        _conflict.state == ConflictState.OPEN, _conflict.item.in_(select(_item.id).where(_item.sync == given("sync")))
    ),
)
"""Everything that is counted, in one statement, so that it is of one moment."""


def _count(database: Database, sync: str) -> Counts:
    many: Counter[str] = Counter()
    special: Counter[str] = Counter()
    items: Counter[ItemState] = Counter()
    replicas: Counter[str] = Counter()
    candidates: Counter[str] = Counter()
    missing = 0
    for what, connection, state, number, some in database.select(_COUNTS, sync=sync):
        many[what] += number
        special[what] += some
        if what == "items":
            items[ItemState(state)] = number
        elif what == "replicas":
            replicas[connection] += number
            missing += number if state == ReplicaState.MISSING else 0
        elif what == "candidates":
            candidates[connection] = number
    return Counts(
        items=items,
        replicas=replicas,
        candidates=candidates,
        dirty=many["dirty"],
        missing=missing,
        quarantined=special["items"] + special["conflicts"],
        held=special["candidates"],
        intents=many["intents"],
        open_conflicts=many["conflicts"],
    )
