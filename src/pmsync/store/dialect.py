"""Everything that differs between SQLite and PostgreSQL: opening, beginning, upserts, and what an error means."""

import os
import sqlite3
import stat
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from pmsync.errors import LockedError, PmsyncError, RejectedError, StateError

BUSY_SECONDS: Final = 10
"""How long a write waits for another process's to end before it gives up."""

KEEPALIVE: Final = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
"""How a server notices within half a minute that a machine has vanished which has a session there."""

_MIGRATION_LOCK: Final = 0x706D_7379_6E63
"""Key of the PostgreSQL advisory lock under which the schema is brought up to date ("pmsync" in ASCII)."""


def parse_url(text_: str) -> URL:
    """The URL of a state, with the driver that we use. Raises StateError for a kind of database that will not do."""
    try:
        url = make_url(text_)
    except (ArgumentError, ValueError):
        # Without the error that it comes from, whose words may be the URL's, password and all.
        raise StateError(
            "The state's URL cannot be read: write sqlite:///path/to/pmsync.db or postgresql://…"
        ) from None
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise StateError(f"The state cannot be kept in {other}: use sqlite:/// or postgresql://")


def state_file(url: URL) -> Path | None:
    """The file of a SQLite state; None for one in memory or on a server."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database)).resolve()


def open_engine(url: URL, *, create: bool) -> Engine:
    """An engine with one connection, opened when first needed. Raises StateError where there is no place for a file."""
    path = state_file(url)
    if path is not None:
        _prepare_file(path, create=create)
    options: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, **options)
    arguments = {"check_same_thread": False, "isolation_level": None, "timeout": BUSY_SECONDS}
    engine = create_engine(url, connect_args=arguments, **options)
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def _prepare_file(path: Path, *, create: bool) -> None:
    """Make the file, or tighten its mode, before SQLite opens it; `-wal` and `-shm` then take the same mode."""
    if not path.parent.is_dir():
        raise StateError(f"There is no folder {path.parent} to keep the state in: make it, or change `state`")
    if path.is_dir():
        raise StateError(f"{path} is a folder: `state` must name a file")
    if not path.exists():
        if not create:
            raise StateError(f"There is no state at {path}: run `pmsync sync` first, or change `state`")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StateError(f"The state {path} cannot be made: {error.strerror}") from error
    for place in (path.parent, path):
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise StateError(
                f"pmsync may not write to {place}, where its state is: give it the right to (chmod, chown)"
            )
    for file in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))):
        _tighten(file)


def _tighten(file: Path) -> None:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o077:
            file.chmod(0o600)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StateError(f"{file} can be read by others, and that cannot be changed: {error.strerror}") from error


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_writing(connection: Connection) -> None:
    """Begin a transaction that will write. SQLite: takes the write lock now, so that it cannot fail for it later."""
    if connection.dialect.name == "sqlite":
        connection.begin()
        driver(connection).execute("BEGIN IMMEDIATE")


def lock_schema(connection: Connection) -> None:
    """Keep other processes from changing the schema until this transaction ends. SQLite's write lock does already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


def driver(connection: Connection) -> sqlite3.Connection:
    """The connection of SQLite's own behind one."""
    own: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return own


@cache
def insert_new(dialect: str, table: Table) -> Any:
    """Insert a row where there is none with its primary key; answers with the key of one that was inserted."""
    return inserting(dialect, table).on_conflict_do_nothing().returning(*table.primary_key.columns)


@cache
def upsert(dialect: str, table: Table, *, keep: frozenset[str] = frozenset()) -> Any:
    """Insert a row, or overwrite the one with its primary key but for the columns in `keep`. Built once for each."""
    insert = inserting(dialect, table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {
        column.name: insert.excluded[column.name]
        for column in table.columns
        if column.name not in keep and column.name not in keys
    }
    return insert.on_conflict_do_update(index_elements=keys, set_=changed)


def inserting(dialect: str, table: Table) -> Any:
    """An insert that can be told what to do where there is a row already."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    # Takes long to import, and most states are files.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def translate(error: DBAPIError | sqlite3.Error) -> PmsyncError:
    """What a failed statement means to a person. A broken constraint concerns one item; all else, the state."""
    own = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, IntegrityError) or isinstance(own, sqlite3.IntegrityError):
        return RejectedError(f"The state can hold this only once: {own}")
    code = getattr(own, "sqlite_errorname", "") or getattr(own, "sqlstate", "") or ""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LockedError(f"Another process has been writing to the state for more than {BUSY_SECONDS} s: try again")
    for beginning, remedy in _REMEDIES.items():
        if code.startswith(beginning):
            return StateError(f"{remedy} ({own})")
    return StateError(f"The state cannot be used: {own}")


_REMEDIES: Final = {
    "SQLITE_FULL": "The disk that holds the state is full: free some space and run again; nothing is lost",
    "SQLITE_IOERR": "The disk that holds the state fails or is full: look at it, then run again",
    "SQLITE_READONLY": "pmsync may not write to its state: give it the right to (chmod, chown), or change `state`",
    "SQLITE_CANTOPEN": "The state cannot be opened: look at the rights of the file and of its folder",
    "SQLITE_NOTADB": "What `state` names is no pmsync state: change `state`, or move that file away",
    "SQLITE_CORRUPT": "The state is damaged: restore it from a backup",
    "53100": "The disk that holds the state is full: free some space and run again; nothing is lost",
    "25006": "pmsync may not write to its state: the database is read-only",
    "42501": "pmsync may not use its state: grant it the right to",
    "28": "The database that holds the state refuses the credentials in its URL",
    "3D000": "There is no such database to keep the state in: create it, or change `state`",
}
"""By the beginning of SQLite's error name, or of PostgreSQL's SQLSTATE."""
