"""A new state for a test, with its schema in place already: copied instead of migrated anew each time."""

import tempfile
from functools import cache
from pathlib import Path

from pmsync.store.dialect import open_engine, parse_url
from pmsync.store.migrate import bring_up_to_date


def lay_out(path: Path) -> None:
    """Put an SQLite state at `path` as it is before its first use; what is there already is left alone."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_schema())


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
