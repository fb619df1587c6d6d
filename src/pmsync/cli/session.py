"""What most commands begin with, the config and the state; and what all of them end with, an exit code."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from pmsync.errors import (
    AuthError,
    ConfigError,
    FatalError,
    GuardError,
    LockedError,
    PmsyncError,
    StateError,
    TransientError,
)

if TYPE_CHECKING:
    from pmsync.config.settings import Config, SyncConfig
    from pmsync.model.fields import Json
    from pmsync.store.store import Store


class Exit(IntEnum):
    """What a command's exit code says."""

    OK = 0
    FAILED = 1
    """Finished, and some items failed."""
    USAGE = 2
    """Usage, config or state."""
    CHANGES = 3
    GUARD = 4
    UNREACHABLE = 5
    LOCKED = 6


def exit_code(error: PmsyncError) -> Exit:
    """The code for an error that ends a command."""
    match error:
        case ConfigError() | StateError():
            return Exit.USAGE
        case GuardError():
            return Exit.GUARD
        case AuthError() | TransientError() | FatalError():
            return Exit.UNREACHABLE
        case LockedError():
            return Exit.LOCKED
        case _:
            return Exit.FAILED


@contextmanager
def session(config: Path | None, *, as_json: bool = False) -> "Iterator[Session]":
    """Load the config and open the state. An error that comes out ends the command: one message, and its code."""
    from pmsync.config import config_path, load
    from pmsync.store import open_store

    with ending(as_json=as_json):
        loaded = load(config_path(config, os.environ), os.environ)
        with open_store(loaded.state) as store:
            yield Session(loaded, store)


@contextmanager
def ending(*, as_json: bool = False) -> Iterator[None]:
    """Turn an error of ours into a message on standard error (and, with `--json`, a document) and an exit code."""
    try:
        yield
    except PmsyncError as error:
        fail(error, as_json=as_json)


def fail(error: PmsyncError, *, as_json: bool) -> NoReturn:
    """End the command with this error."""
    typer.echo(f"pmsync: {plain(str(error))}", err=True)
    if as_json:
        entry = {"item": error.item, "connection": error.connection, "kind": error.kind, "message": error.message}
        figures: dict[str, Json] = {
            "run": None,
            "status": "stopped",
            "items": 0,
            "created": 0,
            "updated": 0,
            "writes": 0,
        }
        print_json({**figures, "requests": {}, "conflicts": 0, "quarantined": 0, "errors": [dict(entry)]})
    raise typer.Exit(exit_code(error))


def print_json(document: "Json") -> None:
    """The one JSON document of a command."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    sys.stdout.write(json.dumps(document, ensure_ascii=ascii_only, indent=2) + "\n")
    sys.stdout.flush()


def write_file(path: Path, text: str, *, private: bool = False) -> None:
    """Write what the user asked to have in a file; a private one is its owner's only, as the state is.

    Raises ConfigError where that cannot be.
    """
    try:
        with open(path, "w", encoding="utf-8", newline="", opener=_own if private else None) as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


def _own(path: str, flags: int) -> int:
    """Opens a file that only its owner may read, also where it was there before."""
    descriptor = os.open(path, flags, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, 0o600)
    return descriptor


def plain(text: str) -> str:
    """Text from a tool or a file, fit for a terminal: control characters shown, not obeyed."""
    return "".join(one if one.isprintable() or one in _HARMLESS else _escaped(one) for one in text)


_HARMLESS = "\n\t\u200d"
"""Line breaks, tabs, and what joins emoji."""


def _escaped(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"


class Session:
    """The config and the state of a command."""

    def __init__(self, config: "Config", store: "Store") -> None:
        self.config = config
        self.store = store

    def syncs(self, only: str | None) -> "list[SyncConfig]":
        """The syncs that the command is for. Raises ConfigError for a name that is not one."""
        if only is None:
            return list(self.config.syncs.values())
        if only not in self.config.syncs:
            names = ", ".join(self.config.syncs)
            raise ConfigError(f"there is no sync {only!r} in {self.config.path}; it has {names}")
        return [self.config.syncs[only]]


def agreed(question: str, done: str) -> bool:
    """Ask before what is not undone by itself. `done`: what has not happened where the answer is no: `sent`.

    Ends the command, as one used wrongly, where nobody is there to answer.
    """
    try:
        answer = typer.confirm(question, default=False)
    except typer.Abort:
        typer.echo(f"\npmsync: nobody answered, and nothing was {done}; with --yes it does not ask", err=True)
        raise typer.Exit(Exit.USAGE) from None
    if not answer:
        typer.echo(f"Nothing was {done}.")
    return answer
