"""Connections to the state for jobs, beside the store's own: as DBOS needs them, on either database."""

import sqlite3
import time
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event

from pmsync.store.dialect import parse_url, state_file

POOL: Final = 20
"""Connections at the most: those of the slots, of the queues' pollers, and of requests being taken."""

_BUSY_MILLISECONDS: Final = 30_000
_CLOCK_IN_MILLISECONDS: Final = (3, 42)
"""The SQLite from which on `unixepoch('subsec')` is known."""


def open_engine(url: str) -> Engine:
    """An engine for DBOS and for the inbox, which share transactions. The state is there already."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed, pool_size=POOL, max_overflow=0, pool_pre_ping=True)
    engine = create_engine(parsed.set(database=str(state_file(parsed))), pool_size=POOL, max_overflow=0)
    event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    # Takes the write lock when a transaction begins to write, so that two that read first do not fail for each other.
    connection.isolation_level = "IMMEDIATE"
    for pragma in (f"busy_timeout={_BUSY_MILLISECONDS}", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    if sqlite3.sqlite_version_info < _CLOCK_IN_MILLISECONDS:
        # What DBOS asks the time by gives whole seconds here, or (Python 3.12 and later) nothing at all.
        connection.create_function("unixepoch", 1, _now)
        connection.create_function("strftime", 2, _now)


def _now(*_form: object) -> float:
    return round(time.time(), 3)
