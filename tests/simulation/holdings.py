"""What the sandboxes hold, taken out of them whole and put into them again."""

import pickle
from collections.abc import Iterator, Sequence
from typing import Any

from pmsync_asana.sandbox.emulator import AsanaEmulator
from pmsync_jira.sandbox.emulator import JiraEmulator
from pmsync_trello.sandbox.emulator import Trello

_Place = tuple[Any, Sequence[str]]
"""An object of an emulator's that stays, and its attributes that change."""


def taken(emulators: Sequence[object]) -> bytes:
    """All that requests changed in there, and what they used up of their budgets. Nothing may be hidden."""
    held = [[getattr(one, name) for name in names] for one, names in _places(emulators)]
    return pickle.dumps(held, pickle.HIGHEST_PROTOCOL)


def put(emulators: Sequence[object], held: bytes) -> None:
    """Have there what was taken from others of the kind."""
    for (one, names), values in zip(_places(emulators), pickle.loads(held), strict=True):
        for name, value in zip(names, values, strict=True):
            setattr(one, name, value)


def _places(emulators: Sequence[object]) -> Iterator[_Place]:
    for emulator in emulators:
        if isinstance(emulator, Trello):
            yield from _in_trello(emulator)
        elif isinstance(emulator, JiraEmulator):
            yield from _in_jira(emulator)
        else:
            assert isinstance(emulator, AsanaEmulator)
            yield from _in_asana(emulator)


def _in_trello(emulator: Trello) -> Sequence[_Place]:
    world = emulator._world
    boards = ("boards", "lists", "cards", "labels", "checklists", "custom_fields", "actions", "short_links")
    return (
        (world, ("members", *boards, "webhooks", "revoked")),
        (world.ids, ("_count",)),
        (world.index, ("_texts", "_pending")),
        (emulator._budget, ("_windows",)),
    )


def _in_jira(emulator: JiraEmulator) -> Sequence[_Place]:
    site = emulator.site
    issues = ("issues", "attachments", "links", "properties", "contested", "_keys", "_children", "_numbers", "_ids")
    return (
        (site, (*issues, "hooks", "index", "tokens")),
        (site.people, ("_people", "_by_account")),
        (emulator.desk, ("revoked",)),
        (emulator, ("limits",)),
    )


def _in_asana(emulator: AsanaEmulator) -> Sequence[_Place]:
    return (
        (emulator.world, ("records", "tasks", "users", "workspace", "_gids")),
        (emulator.journal, ("_streams", "_dropped", "_tokens", "fresh")),
        (emulator.pages, ("_open",)),
        (emulator.hooks, ("_hooks",)),
        (emulator._quota, ("_spent",)),
        (emulator._searches, ("_spent",)),
    )
