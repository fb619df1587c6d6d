"""Leases: who may work on an item just now, of all that are at work on one state. None outlives its process.

A lease is no row in a table: a row would stay when its holder is killed, and somebody would have to guess when that
was. It is a lock that the operating system, or the PostgreSQL server, takes back by itself.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, TypeVar

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from pmsync.errors import StateError
from pmsync.store import dialect

_T = TypeVar("_T")


class Backing(Protocol):
    """What keeps other processes out. Used under the register's lock, with keys that this process does not have yet."""

    def take(self, keys: Collection[int]) -> set[int]:
        """Lock what no other process has; which ones."""
        ...

    def give_back(self, keys: Collection[int]) -> None:
        """Unlock them."""
        ...

    def close(self) -> None:
        """Nothing is locked any more."""
        ...


class Register:
    """The leases of one process on one state, whichever thread has them."""

    def __init__(self, backing: Callable[[], Backing]) -> None:
        self._make = backing
        self._backing: Backing | None = None
        self._lock = threading.Lock()
        self._taken: set[int] = set()

    def take(self, names: Iterable[str]) -> frozenset[str]:
        """Take leases, as many as are free. Never waits. Raises StateError where none can be had at all."""
        with self._lock:
            wanted = {name: _key(name) for name in names}
            free = {key for key in wanted.values() if key not in self._taken}
            if self._backing is None and free:
                self._backing = self._make()
            got = self._backing.take(free) if self._backing and free else set()
            self._taken |= got
            return frozenset(name for name, key in wanted.items() if key in got)

    def give_back(self, names: Iterable[str]) -> None:
        """Give leases back that were taken. The last one takes the backing with it."""
        with self._lock:
            keys = {_key(name) for name in names} & self._taken
            self._taken -= keys
            if self._backing is None:
                return
            self._backing.give_back(keys)
            if not self._taken:
                backing, self._backing = self._backing, None
                backing.close()

    @contextmanager
    def held(self, names: Iterable[str]) -> Iterator[frozenset[str]]:
        """Hold those of these leases that are free; gives which ones."""
        mine = self.take(names)
        try:
            yield mine
        finally:
            self.give_back(mine)


def register(url: URL) -> Register:
    """The register of a state: one for all that open the same file in this process, as its locks are the process's."""
    path = dialect.state_file(url)
    if path is not None:
        with _REGISTERS_LOCK:
            return _REGISTERS.setdefault(path, Register(lambda: _File(path.with_name(path.name + ".leases"))))
    if url.get_backend_name() == "postgresql":
        return Register(lambda: _Server(url))
    return Register(_Alone)


_REGISTERS: Final[dict[Path, Register]] = {}
_REGISTERS_LOCK: Final = threading.Lock()


class _Alone:
    """A state in memory, which no other process has."""

    def take(self, keys: Collection[int]) -> set[int]:
        return set(keys)

    def give_back(self, keys: Collection[int]) -> None:
        pass

    def close(self) -> None:
        pass


class _File:
    """Locks on single bytes of a file that has none.

    They belong to the process, and all of them are lost when it closes the file, however often it had opened it: so
    there is one for each state, closed when nothing is locked. It stays: removing it would let two processes lock two
    files of one name.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateError(f"{path} cannot be opened: {error.strerror}. Look at the rights of its folder") from error
        self._path = path

    def take(self, keys: Collection[int]) -> set[int]:
        return {key for key in keys if self._lock(key)}

    def give_back(self, keys: Collection[int]) -> None:
        for key in keys:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, key)

    def close(self) -> None:
        os.close(self._file)

    def _lock(self, key: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, key)
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            raise StateError(
                f"{self._path} cannot be locked: {error.strerror}. Keep the state on a local disk"
            ) from error
        return True


class _Server:
    """Advisory locks of one session, which end with it. They need a direct way to the server, as a pass's lock does."""

    def __init__(self, url: URL) -> None:
        named = {"application_name": f"pmsync leases {os.getpid()}", "options": dialect.KEEPALIVE}
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=named)
        self._session = _translated(self._engine.connect)

    def take(self, keys: Collection[int]) -> set[int]:
        asked = text("SELECT key FROM unnest(CAST(:keys AS bigint[])) AS key WHERE pg_try_advisory_lock(key)")
        return _translated(lambda: set(self._session.execute(asked, {"keys": list(keys)}).scalars()))

    def give_back(self, keys: Collection[int]) -> None:
        asked = text("SELECT pg_advisory_unlock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
        _translated(lambda: self._session.execute(asked, {"keys": list(keys)}).all())

    def close(self) -> None:
        self._session.close()
        self._engine.dispose()


def _translated(act: Callable[[], _T]) -> _T:
    try:
        return act()
    except DBAPIError as error:
        raise dialect.translate(error) from error


def _key(name: str) -> int:
    """A number for a name, the same everywhere; positive, for it is also a place in a file. One in a billion billions
    is another name's, which then waits without need."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") >> 2
