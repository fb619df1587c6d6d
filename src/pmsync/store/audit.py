"""The audit log: a line of JSON for each decision, conflict and write, apart from the state so as to outlive it."""

import fcntl
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from pmsync.errors import StateError
from pmsync.model.fields import Json

_BLOCK: Final = 1 << 16


class AuditLog:
    """An append-only file of JSON lines, mode 0600. Several threads and processes may append to it at once.

    Every line has `at` (UTC) and `kind`; what else it has is the caller's. No secret belongs in it.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises StateError where that cannot be."""
        self.path = path
        self._lock = threading.Lock()
        self._syncing = threading.Lock()
        self._synced = True
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.fchmod(self._file, 0o600)
        except OSError as error:
            raise StateError(
                f"The audit log {path} cannot be opened: {error.strerror}. Change `audit`, or mend it"
            ) from error

    def append(self, kind: str, at: datetime, **values: "Json") -> None:
        """Add one line. It is with the operating system when this returns; on the disk, after `sync`."""
        self.extend([(kind, at, values)])

    def extend(self, entries: Iterable[tuple[str, datetime, Mapping[str, Json]]]) -> None:
        """Add lines in one piece, with no other process's between them. Raises StateError where the disk is full."""
        text = "".join(_line(kind, at, values) for kind, at, values in entries)
        if text:
            with self._lock:
                self._synced = False
                self._write(text.encode("ascii"))

    def sync(self) -> None:
        """Wait until everything appended so far is on the disk. Raises StateError where it cannot be."""
        # Whoever finds nothing left to wait for has waited here for the thread that is at it.
        with self._syncing:
            if self._synced:
                return
            with self._lock:
                self._synced = True
            try:
                os.fdatasync(self._file)
            except OSError as error:
                self._synced = False
                raise StateError(f"The audit log {self.path} cannot be written: {error.strerror}") from error

    def latest(self, kind: str, **values: "Json") -> dict[str, Json] | None:
        """The last line of this kind, and with these values. Reads backwards, as far as it must."""
        wanted = {"kind": kind, **values}
        sign = json.dumps(kind).encode("ascii")
        # Most lines are of other kinds: they are not worth parsing.
        lines = (line for line in self._lines_backwards() if sign in line)
        return next((one for one in _entries(lines) if wanted.items() <= one.items()), None)

    def entries(self) -> Iterator[dict[str, Json]]:
        """All lines, oldest first. One that a crash left unfinished is passed over."""
        with self.path.open("rb") as file:
            yield from _entries(file)

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        # One call per batch, which the kernel appends as a whole; the lock is for looking at the end before.
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                whole = data if self._ends_with_newline() else b"\n" + data
                written = os.write(self._file, whole)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        except OSError as error:
            raise StateError(f"The audit log {self.path} cannot be written: {error.strerror}") from error
        if written < len(whole):
            raise StateError(f"The disk that holds the audit log {self.path} is full: free some space and run again")

    def _ends_with_newline(self) -> bool:
        """False after a line that a crash or a full disk cut short, which the next must not be glued to."""
        size = os.fstat(self._file).st_size
        return size == 0 or os.pread(self._file, 1, size - 1) == b"\n"

    def _lines_backwards(self) -> Iterator[bytes]:
        position = os.fstat(self._file).st_size
        rest = b""
        while position > 0:
            length = min(_BLOCK, position)
            position -= length
            first, *others = (os.pread(self._file, length, position) + rest).split(b"\n")
            yield from reversed(others)
            rest = first
        yield rest


def _line(kind: str, at: datetime, values: Mapping[str, Json]) -> str:
    entry = {"at": at.astimezone(UTC).isoformat(timespec="microseconds"), "kind": kind, **values}
    return json.dumps(entry, separators=(",", ":"), default=str) + "\n"


def _entries(lines: Iterable[bytes]) -> Iterator[dict[str, Json]]:
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry
