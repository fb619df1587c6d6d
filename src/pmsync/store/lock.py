"""The lock that keeps two passes over one state apart; whoever holds it lets go even when killed."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from pmsync.errors import LockedError, StateError
from pmsync.store import dialect

_KEY: Final = 0x706D_7061_7373
"""The PostgreSQL advisory lock of a pass ("pmpass" in ASCII)."""

_WHO: Final = "Another pass"


@contextmanager
def pass_lock(url: str, *, now: datetime | None = None) -> Iterator[None]:
    """Hold the right to run a pass on the state at `url`. Raises LockedError, saying who has it and since when.

    Never waits. A state in memory belongs to one process, and is not locked. On a server the lock lives as long as a
    connection that is held beside the store's own; on SQLite, as long as a file beside the state's is open. That file
    stays: removing it would let two processes lock two files of one name.
    """
    parsed = dialect.parse_url(url)
    started = now or datetime.now(UTC)
    path = dialect.state_file(parsed)
    if path is not None:
        with _file_lock(path.with_name(path.name + ".lock"), started):
            yield
    elif parsed.get_backend_name() == "postgresql":
        with _server_lock(parsed, started):
            yield
    else:
        yield


@contextmanager
def service_lock(url: str, *, now: datetime | None = None) -> Iterator[None]:
    """Hold the right to be the one process that serves a state in a file; on a server there may be several.

    Raises LockedError. Such a process goes on with all jobs that were left undone, which must not be another's that is
    alive.
    """
    path = dialect.state_file(dialect.parse_url(url))
    if path is None:
        yield
        return
    with _file_lock(path.with_name(path.name + ".serve"), now or datetime.now(UTC), who="Another `pmsync serve`"):
        yield


@contextmanager
def _file_lock(path: Path, started: datetime, *, who: str = _WHO) -> Iterator[None]:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateError(
            f"The lock {path} cannot be made: {error.strerror}. Look at the rights of its folder"
        ) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(_sentence(_holder(file), who)) from None
        except OSError as error:
            raise StateError(f"{path} cannot be locked: {error.strerror}. Keep the state on a local disk") from error
        _write_holder(file, started)
        yield
    finally:
        os.close(file)


def _write_holder(file: int, started: datetime) -> None:
    """Say who holds the lock, for the message of others. A full disk costs only that."""
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "started": started.astimezone(UTC).isoformat()}
    try:
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(holder).encode(), 0)
    except OSError:
        return


def _holder(file: int) -> dict[str, Any]:
    try:
        holder = json.loads(os.pread(file, 4096, 0))
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _sentence(holder: dict[str, Any], who: str = _WHO) -> str:
    if not holder:
        return f"{who} is at work on this state: try again when it is done"
    return (
        f"{who} is at work on this state: process {holder.get('pid')} on {holder.get('host')}, "
        f"since {holder.get('started')}. Try again when it is done"
    )


@contextmanager
def _server_lock(url: URL, started: datetime) -> Iterator[None]:
    # PostgreSQL shows 63 bytes of a name, so the host, which may be long, comes last.
    name = f"pmsync {os.getpid()} {int(started.timestamp())} {socket.gethostname()}"
    engine = create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"application_name": name}
    )
    try:
        with engine.connect() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}).scalar_one():
                raise LockedError(_sentence(_server_holder(connection)))
            try:
                yield
            finally:
                # Closing would do, but the server may notice only when the next pass has already been refused.
                with suppress(DBAPIError):
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _KEY})
    except DBAPIError as error:
        raise dialect.translate(error) from error
    finally:
        engine.dispose()


def _server_holder(connection: Connection) -> dict[str, Any]:
    name = connection.execute(
        text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
            "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
            "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND ((l.classid::bigint << 32) | l.objid::bigint) = :key"
        ),
        {"key": _KEY},
    ).scalar()
    match (name or "").split(" ", 3):
        case ["pmsync", pid, seconds, host]:
            return {"pid": pid, "host": host, "started": datetime.fromtimestamp(int(seconds), UTC).isoformat()}
        case _:
            return {}
