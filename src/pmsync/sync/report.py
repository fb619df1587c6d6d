"""What a run tells at its end: the figures that scripts rely on, and everything that wants a person."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from pmsync.errors import AuthError, FatalError, GuardError, PmsyncError, TransientError
from pmsync.model.fields import Json


class Status(StrEnum):
    """How a run ended."""

    OK = "ok"
    PARTIAL = "partial"
    """Finished, but some items failed, or a tool could not be reached."""
    STOPPED = "stopped"
    """By the guard, or because nothing could be done at all."""


@dataclass(slots=True)
class Report:
    """The figures of one run. Shared by the threads of a pass; every change goes through a method."""

    run: str
    status: Status = Status.OK
    items: int = 0
    held: int = 0
    stopped_by: PmsyncError | None = None
    requests: dict[str, int] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)
    down: dict[str, PmsyncError] = field(default_factory=dict)
    entered: bool = False
    """Whether the state has an entry of the run."""
    written: Counter[str] = field(default_factory=Counter)
    """Writes by connection."""
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, number: int = 1) -> None:
        """Add to `created`, `updated`, `linked`, `unlinked`, `archived`, `conflicts`, `quarantined`, `comments`,
        `attachments` or `backlinks`."""
        with self._lock:
            self._counts[what] += number

    def wrote(self, connection: str) -> None:
        """Add a write."""
        with self._lock:
            self._counts["writes"] += 1
            self.written[connection] += 1

    def total(self, what: str) -> int:
        """What was counted so far."""
        return self._counts[what]

    def fail(self, error: PmsyncError, *, connection: str = "", item: str = "") -> None:
        """Take down what went wrong, once."""
        entry = {
            "item": error.item or item,
            "connection": error.connection or connection,
            "kind": error.kind,
            "message": error.message,
        }
        with self._lock:
            if entry not in self.errors:
                self.errors.append(entry)
            self.status = Status.PARTIAL if self.status is Status.OK else self.status

    def warn(self, message: str, *, connection: str = "", item: str = "", about: str = "") -> None:
        """Take down what a person should know, though nothing failed."""
        entry = {"item": item, "connection": connection, "field": about, "message": message}
        with self._lock:
            if entry not in self.warnings:
                self.warnings.append(entry)

    def lose(self, connection: str, error: PmsyncError) -> None:
        """A tool cannot be worked with for the rest of this run."""
        with self._lock:
            self.down.setdefault(connection, error)
        self.fail(error, connection=connection)

    def stop(self, error: PmsyncError) -> None:
        """The run ends before its first write."""
        self.fail(error)
        self.status = Status.STOPPED
        self.stopped_by = error

    def exit_code(self) -> int:
        """0 in sync, 1 some items failed, 4 stopped by the guard, 5 a tool cannot be reached or refuses us."""
        if isinstance(self.stopped_by, GuardError):
            return 4
        if any(isinstance(error, (AuthError, TransientError, FatalError)) for error in self.down.values()):
            return 5
        return 1 if self.errors else 0

    def as_json(self) -> dict[str, Json]:
        """The summary that `--json` prints and the state keeps."""
        document: dict[str, Json] = {"run": self.run, "status": self.status.value, "items": self.items}
        for name in ("created", "updated", "writes"):
            document[name] = self._counts[name]
        document["requests"] = dict(sorted(self.requests.items()))
        for name in (
            "conflicts",
            "quarantined",
            "linked",
            "unlinked",
            "archived",
            "deleted",
            "comments",
            "attachments",
            "backlinks",
        ):
            document[name] = self._counts[name]
        document["held"] = self.held
        document["errors"] = [dict(entry) for entry in self.errors]
        document["warnings"] = [dict(entry) for entry in self.warnings]
        return document
