"""States that cost tests little: with their schema in place already, and without waiting for the disk."""

import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from pmsync.store.dialect import open_engine, parse_url
from pmsync.store.migrate import bring_up_to_date


def lay_out(path: Path) -> None:
    """Put an SQLite state at `path` as it is before its first use; what is there already is left alone."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_schema())


def spare_the_disk() -> None:
    """Have no SQLite state of this process wait until the disk has what was committed.

    Only a power cut would tell, and no test makes one; processes that are killed leave what they wrote to the system.
    """

    def relax(connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if isinstance(connection, sqlite3.Connection) and not record.info.setdefault("relaxed", False):
            connection.execute("PRAGMA synchronous=OFF")
            record.info["relaxed"] = True

    event.listen(Pool, "checkout", relax)


@cache
def _schema() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pmsync.db"
        engine = open_engine(parse_url(f"sqlite:///{path}"), create=True)
        try:
            bring_up_to_date(engine)
        finally:
            engine.dispose()
        return path.read_bytes()
