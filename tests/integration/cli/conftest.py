"""Three sandboxes for all commands; each test begins with a folder of its own and the tools empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import CONNECTIONS, Desk, reset
from planted import admitting
from users import AsanaUser, JiraUser, TrelloUser

from pmsync.sandbox.server import Running


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """The sandboxes, in real time."""
    with Running(0) as up:
        for sandbox in up.sandboxes.values():
            admitting(sandbox.emulator)
        yield up


@pytest.fixture
def desk(running: Running, tmp_path: Path) -> Desk:
    """A config for three empty tools."""
    reset(running, "empty")
    made = Desk(tmp_path, running.bases)
    made.write()
    return made


@pytest.fixture
def backlog(running: Running, desk: Desk) -> Desk:
    """A config for three tools with the demo's backlog."""
    reset(running, "demo")
    return desk


@pytest.fixture
def ada(desk: Desk) -> Iterator[TrelloUser]:
    """Ada, in Trello."""
    user = TrelloUser(desk.bases[CONNECTIONS["product"]])
    yield user
    user.close()


@pytest.fixture
def grace(desk: Desk) -> Iterator[JiraUser]:
    """Grace, in Jira."""
    user = JiraUser(desk.bases[CONNECTIONS["engineering"]])
    yield user
    user.close()


@pytest.fixture
def linus(desk: Desk) -> Iterator[AsanaUser]:
    """Linus, in Asana."""
    user = AsanaUser(desk.bases[CONNECTIONS["delivery"]])
    yield user
    user.close()
