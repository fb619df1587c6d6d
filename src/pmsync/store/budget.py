"""What all processes of an installation together may ask of a tool within its limits.

An account holds one number: when, at the permitted rate, all that was granted so far will have been earned (the generic
cell rate algorithm). That is ahead of the present by a quarter of the limit at the most, and the rate is that of the
other three quarters; so in any window, wherever it begins, no more is granted than the limit. Whoever is not urgent may
run ahead by half as much: the rest is there at once for those who are.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, Float, cast, create_engine, event, extract, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from pmsync.connector.pacing import Clock
from pmsync.store import tables
from pmsync.store.dialect import insert_new, parse_url, state_file

_AHEAD: Final = 0.25
_TOGETHER: Final = 5
"""How many are granted at once: asking for each would take longer than many a request."""

_AT_ONCE: Final = 0.001
"""Seconds that nobody waits."""

_GOOD_FOR: Final = 1.0
"""Seconds after which what was granted and not used is given up."""

_at: Final = tables.budgets.c


@dataclass(slots=True)
class _Granted:
    """What this process may still send, and until when."""

    many: int = 0
    until: float = 0.0


class SharedBudget:
    """Satisfies `pmsync.connector.pacing.Budget`. Shared by the threads of a process."""

    def __init__(self, engine: Engine, clock: Clock, *, urgent: bool = True) -> None:
        self._engine = engine
        self._clock = clock
        self._ahead = _AHEAD if urgent else _AHEAD / 2
        self._lock = threading.Lock()
        self._granted: dict[str, _Granted] = {}
        self._server = engine.dialect.name == "postgresql"
        self._open = insert_new(engine.dialect.name, tables.budgets)

    def ask(self, name: str, limit: int, window: float) -> float:
        """Seconds to wait before a request may start; 0: it may now, and is counted.

        Where the account cannot be read, nobody is kept waiting: each process keeps inside the limits by itself anyway.
        """
        with self._lock:
            granted = self._granted.setdefault(name, _Granted())
            if granted.many and self._clock.monotonic() < granted.until:
                granted.many -= 1
                return 0.0
            try:
                many, wait = self._grant(name, limit, window)
            except DBAPIError:
                return 0.0
            if many:
                granted.many, granted.until = many - 1, self._clock.monotonic() + _GOOD_FOR
            return wait

    def pause(self, name: str, seconds: float) -> None:
        """Grant nothing for so long."""
        with self._lock:
            self._granted.pop(name, None)
            try:
                self._settle(name, lambda now, due: (max(due, now + seconds), None))
            except DBAPIError:
                return

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _grant(self, name: str, limit: int, window: float) -> tuple[int, float]:
        """How many may start now, or the seconds until some may."""
        burst = max(1.0, limit * self._ahead)
        many = max(1, min(_TOGETHER, int(burst // 2)))
        each = window / max(1.0, limit - max(1.0, limit * _AHEAD))

        def earned(now: float, due: float) -> tuple[float | None, float]:
            then = max(due, now) + many * each
            early = then - burst * each - now
            return (None, early) if early > _AT_ONCE else (then, 0.0)

        wait = self._settle(name, earned)
        return (0, wait) if wait else (many, 0.0)

    def _settle(self, name: str, decide: Callable[[float, float], tuple[float | None, Any]]) -> Any:
        """Read an account alone, and write what is decided of it, if anything is."""
        with self._engine.begin() as at:
            at.execute(self._open, {"name": name, "due": 0.0})
            due = at.execute(select(_at.due).where(_at.name == name).with_for_update()).scalar_one()
            then, told = decide(self._now(at), due)
            if then is not None:
                at.execute(tables.budgets.update().where(_at.name == name).values(due=then))
        return told

    def _now(self, at: Connection) -> float:
        """Seconds since 1970, by a clock that all have in common."""
        if not self._server:
            return self._clock.now().timestamp()
        return float(at.execute(select(cast(extract("epoch", func.clock_timestamp()), Float))).scalar_one())


def open_budget(state: str, clock: Clock, *, urgent: bool = True) -> SharedBudget:
    """The budget of a state. Beside a state in a file it is in one of its own: it is written often, and worth nothing
    after a crash."""
    url = parse_url(state)
    path = state_file(url)
    if path is None:
        engine = create_engine(url, poolclass=QueuePool, pool_size=2, max_overflow=0, pool_pre_ping=True)
        event.listen(engine, "connect", _unhurried)
        return SharedBudget(engine, clock, urgent=urgent)
    beside = path.with_name(path.name + ".budget")
    beside.touch(mode=0o600)
    engine = create_engine(url.set(database=str(beside)), poolclass=QueuePool, pool_size=2, max_overflow=0)
    event.listen(engine, "connect", _fleeting)
    tables.budgets.create(engine, checkfirst=True)
    return SharedBudget(engine, clock, urgent=urgent)


def joined_budget(state: str, clock: Clock) -> SharedBudget | None:
    """The budget that a run by itself has to keep to: that of whoever else is at work, if anybody may be."""
    path = state_file(parse_url(state))
    if path is None:
        return open_budget(state, clock, urgent=False) if state.startswith("postgres") else None
    return open_budget(state, clock, urgent=False) if path.with_name(path.name + ".budget").exists() else None


def _fleeting(connection: Any, _record: Any) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("busy_timeout=10000", "journal_mode=MEMORY", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _unhurried(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    connection.commit()
