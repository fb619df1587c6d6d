"""A world of tools in memory whose state is a file, so that it can be backed up, restored, lost and copied."""

import shutil
import sqlite3
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from memories import NAME, Memories

from pmsync.store import open_store
from pmsync.sync.rebuild import Found, rebuild_sync


class Keeping(Memories):
    """The world, with its state in a file of its own. Only `engineering` has a place for fences, as only Jira has."""

    def __init__(self, folder: Path, **sync: Any) -> None:
        super().__init__(folder, **sync)
        self.engineering.capabilities = replace(self.engineering.capabilities, fence=True)
        self.store.close()
        self.move("pmsync.db")

    def move(self, name: str, *, audit: str = "audit.jsonl") -> None:
        """Go on with the state of another name, as a second pmsync would that has its own config."""
        self.store.close()
        self.config = replace(self.config, state=f"sqlite:///{self.folder / name}", audit=self.folder / audit)
        self._open()

    def copy(self, name: str) -> None:
        """Copy the state to another name."""
        self.store.close()
        shutil.copyfile(self._file, self.folder / name)
        self.store = open_store(self.config.state, now=self.clock.now())

    def backup(self) -> None:
        """Put the state aside."""
        self.copy("backup.db")

    def restore(self, *, audit: bool = True) -> None:
        """Put the state back as it was then; without `audit`, the audit log is lost."""
        self.store.close()
        shutil.copyfile(self.folder / "backup.db", self._file)
        if not audit:
            self.config.audit.unlink()
        self.store = open_store(self.config.state, now=self.clock.now())

    def lose(self, *, audit: bool = True) -> None:
        """Lose the state; without `audit`, the audit log with it."""
        self.store.close()
        self._file.unlink()
        if not audit:
            self.config.audit.unlink()
        self._open()

    def rebuild(self) -> Found:
        """Make the state from what the tools show."""
        self.clock.advance(60)
        return rebuild_sync(self.config, self.config.syncs[NAME], self.store, self.clock)[1]

    @property
    def _file(self) -> Path:
        return Path(self.config.state.removeprefix("sqlite:///"))

    def _open(self) -> None:
        if not self._file.exists():
            self._file.write_bytes(_blank())
        self.store = open_store(self.config.state, now=self.clock.now())


@cache
def _blank() -> bytes:
    """A state that is nobody's yet, to spare each test the migrations."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "blank.db"
        open_store(f"sqlite:///{file}").close()
        connection = sqlite3.connect(file)
        connection.execute("DELETE FROM meta")
        connection.commit()
        connection.close()
        return file.read_bytes()
