"""What of the sandboxes' content is in sight, and making some of it invisible."""

from typing import Any

from pmsync_asana.sandbox.emulator import AsanaEmulator
from pmsync_asana.sandbox.records import Section
from pmsync_jira.sandbox.emulator import JiraEmulator
from pmsync_trello.sandbox.emulator import Trello


class Veil:
    """Makes items invisible, to everybody, as if they were in a place that is closed to all who ask."""

    def __init__(self, emulator: object) -> None:
        self._emulator = emulator
        self._taken: dict[str, Any] = {}

    def hide(self, identity: str) -> None:
        """Take it out of sight."""
        emulator = self._emulator
        if identity in self._taken or identity not in identities(emulator):
            return
        if isinstance(emulator, Trello):
            card = self._taken[identity] = emulator._world.cards.pop(identity)
            del card.board.cards[identity]
        elif isinstance(emulator, JiraEmulator):
            self._taken[identity] = emulator.site.issues.pop(int(identity))
            emulator.site.index.drop(int(identity))
        elif isinstance(emulator, AsanaEmulator):
            self._taken[identity] = _bury(emulator, identity)

    def show(self, identity: str) -> None:
        """Put it where it was."""
        emulator, taken = self._emulator, self._taken.pop(identity, None)
        if taken is None:
            return
        if isinstance(emulator, Trello):
            emulator._world.cards[identity] = taken.board.cards[identity] = taken
        elif isinstance(emulator, JiraEmulator):
            emulator.site.issues[int(identity)] = taken
            emulator.site.index.put(taken)
        elif isinstance(emulator, AsanaEmulator):
            task, places = taken
            emulator.world.tasks[identity] = task
            task.trashed = False
            for section, position in places:
                section.tasks.insert(position, task)

    def hidden(self) -> list[str]:
        """What is out of sight."""
        return list(self._taken)


def identities(emulator: object) -> list[str]:
    """The ids of all items that are there and in sight."""
    if isinstance(emulator, Trello):
        return list(emulator._world.cards)
    if isinstance(emulator, JiraEmulator):
        return [str(one) for one in emulator.site.issues]
    assert isinstance(emulator, AsanaEmulator)
    return [gid for gid, task in emulator.world.tasks.items() if not task.trashed]


def _bury(emulator: AsanaEmulator, identity: str) -> tuple[Any, list[tuple[Section, int]]]:
    task = emulator.world.tasks.pop(identity)
    task.trashed = True
    sections = [one for one in emulator.world.records.values() if isinstance(one, Section) and task in one.tasks]
    places = [(one, one.tasks.index(task)) for one in sections]
    for section in sections:
        section.tasks.remove(task)
    return task, places
