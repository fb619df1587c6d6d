"""pmsync itself at work in a world: passes, crashes in the middle of them, backups taken and brought back."""

import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tests.simulation.ledger import Edit
from tests.simulation.world import Crash, World

from pmsync.connector.crew import alone
from pmsync.errors import PmsyncError, StateError
from pmsync.model.fields import Field, Json
from pmsync.store import open_store
from pmsync.store.store import Store
from pmsync.sync.focus import reconcile_item
from pmsync.sync.report import Report
from pmsync.sync.run import run_sync
from pmsync.sync.workplace import Options
from pmsync.testing.clock import START

_OWNERS = (
    "SELECT connection, remote_id, item FROM replicas UNION SELECT connection, remote_id, item FROM former_replicas"
)
_BASE = "SELECT base, item FROM replicas WHERE connection = ? AND remote_id = ?"


@cache
def _state(process: int) -> tuple[Store, sqlite3.Connection, bytes]:
    """The state of a process, in memory, for one run after the other; its connection; and what it is when new."""
    store = open_store("sqlite://", now=START, instance="simulated")
    with store._database._engine.connect() as connection:
        driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return store, driver, driver.serialize()


_VALUES = (
    'SELECT items."values" FROM items JOIN replicas ON replicas.item = items.id WHERE connection = ? AND remote_id = ?'
)
_UNLINKED = "SELECT 1 FROM former_replicas WHERE item = ? AND connection = ?"
_WHEN_IT_LEFT = (
    "SELECT former.base FROM former_replicas AS former JOIN replicas USING (item, connection, remote_id) "
    "WHERE connection = ? AND remote_id = ? ORDER BY former.id DESC LIMIT 1"
)
_RETURNING = frozenset({"after linked", "after linked again"})
"""The commits in which an object may come back to the item that it had left."""
_HEARING = frozenset(f"after {name}" for name in ("decided", "created", "written", "recovered"))
"""The commits in which pmsync takes note of what tools show."""

_HELD = (
    "SELECT 1 FROM conflicts JOIN replicas ON replicas.item = conflicts.item "
    "WHERE connection = ? AND remote_id = ? AND field = ? AND conflicts.state = 'open'"
)


@dataclass(frozen=True, slots=True)
class Memory:
    """What an installation has: its state, its audit log, and which items it had linked objects to."""

    state: bytes
    audit: bytes
    owners: Mapping[tuple[str, str], frozenset[str]]


class Engine:
    """One installation of pmsync."""

    def __init__(self, world: World, boundary: Callable[[str], None]) -> None:
        self._world = world
        self.store, self._driver, new = _state(os.getpid())
        self._driver.deserialize(new)
        self._boundary = boundary
        self.store.on_commit = self._committed
        self.reports: list[Report] = []
        self.owners: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        """The items that an object was linked to, at the times when it was asked about; a restored state forgets."""
        self._audit = world.config.audit
        self._audit.unlink(missing_ok=True)
        world.ledger.base = self.base
        world.ledger.held = self.held
        world.ledger.audited = self.audited
        world.ledger.unlinked = self.unlinked

    def run(self, *, deep: bool = False) -> Report | None:
        """A pass; None where it crashed."""
        config = self._world.config
        sync = next(iter(config.syncs.values()))
        self._world.ledger.passing += 1
        try:
            with alone():
                report, _ = run_sync(config, sync, self.store, Options(deep=deep), self._world.clock)
        except Crash:
            return None
        self.reports.append(report)
        return report

    def reconcile(self, reference: str) -> None:
        """Bring one item in step beside whatever else is under way. What keeps it from that is no matter, but that the
        state could not be used."""
        config = self._world.config
        sync = next(iter(config.syncs.values()))
        try:
            reconcile_item(config, sync, self.store, reference, self._world.clock)
        except StateError:
            raise
        except PmsyncError:
            return

    def backup(self) -> bytes:
        """The state as it is."""
        return self._driver.serialize()

    def restore(self, backup: bytes) -> None:
        """The state as it was. The audit log is not in it."""
        for connection, identity, item in self.ask(_OWNERS):
            self.owners[str(connection), str(identity)].add(str(item))
        self._driver.deserialize(backup)
        self._world.ledger.forget()

    def memory(self) -> Memory:
        """All that it has."""
        owners = {place: frozenset(items) for place, items in self.owners.items()}
        return Memory(self.backup(), self._audit.read_bytes() if self._audit.exists() else b"", owners)

    def remember(self, memory: Memory) -> None:
        """Have what another one had."""
        self._driver.deserialize(memory.state)
        self._audit.write_bytes(memory.audit)
        self.owners.clear()
        self.owners.update({place: set(items) for place, items in memory.owners.items()})

    def base(self, connection: str, identity: str) -> Mapping[Field, Json]:
        """What is acknowledged of an object."""
        row = self._driver.execute(_BASE, (connection, identity)).fetchone()
        if row is None:
            return {}
        self.owners[connection, identity].add(row[1])
        return {Field(name): value for name, value in json.loads(row[0]).items()}

    def unlinked(self, item: str, connection: str) -> bool:
        """Whether an item had an object there that left it."""
        return self._driver.execute(_UNLINKED, (item, connection)).fetchone() is not None

    def _committed(self, label: str) -> None:
        ledger = self._world.ledger
        if ledger.unheard and label in _RETURNING:
            for edit in [one for one in ledger.unheard.values() if not one.based]:
                if self._as_it_left(edit):
                    ledger.pass_over(edit)
        if ledger.unheard and label in _HEARING:
            for edit in list(ledger.unheard.values()):
                base = self.base(edit.connection, edit.identity)
                if edit.name in base and base[edit.name] == edit.after:
                    row = self._driver.execute(_VALUES, (edit.connection, edit.identity)).fetchone()
                    ledger.hear(edit, json.loads(row[0]).get(edit.name.value), self.audited())
        self._boundary(label)

    def _as_it_left(self, edit: Edit) -> bool:
        """Whether what a person wrote in an object that was no item's then is what it showed when it left the item to
        which it came back: with that it is compared, and nothing can tell that anybody was there."""
        row = self._driver.execute(_WHEN_IT_LEFT, (edit.connection, edit.identity)).fetchone()
        known = json.loads(row[0]) if row else {}
        base = self.base(edit.connection, edit.identity)
        return edit.name in known and known[edit.name] == edit.after and base.get(edit.name) == edit.after

    def held(self, connection: str, identity: str, name: Field) -> bool:
        """Whether a field waits for a person."""
        return self._driver.execute(_HELD, (connection, identity, name.value)).fetchone() is not None

    def ask(self, query: str) -> Sequence[tuple[object, ...]]:
        """Rows of the state, by an SQL query."""
        return self._driver.execute(query).fetchall()

    def audited(self) -> int:
        """How long the audit log is, in bytes."""
        try:
            return self._audit.stat().st_size
        except FileNotFoundError:
            return 0

    def conflicts(self) -> list[tuple[int, dict[str, Json]]]:
        """The conflicts that the audit log tells of, each with the log's length once it was in."""
        found, length = [], 0
        if self._audit.exists():
            for line in self._audit.read_bytes().splitlines(keepends=True):
                length += len(line)
                entry = json.loads(line)
                if entry.get("kind") == "conflict":
                    found.append((length, entry))
        return found
