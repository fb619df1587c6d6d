"""`kill -9` in the middle of a pass, at a request or at a commit; then a normal pass: as if nothing had happened.

`PMSYNC_KILLS=1` kills at every single request and commit; else at some of them, spread over the pass.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from killable import Nursery
from served import Served
from trio import TOOLS, Trio, assert_same
from users import Shown

_ALL = bool(os.environ.get("PMSYNC_KILLS"))
_REQUESTS = range(1, 62) if _ALL else (7, 19, 24, 28, 31, 34, 37, 41, 45)
_COMMITS = range(1, 90) if _ALL else (5, 14, 22, 27, 33, 38, 43, 51, 60)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as opened:
        yield opened


def _world(trio: Trio) -> None:
    """Items that are known and edited, and items that are new, in every tool."""
    for tool in TOOLS:
        trio.users[tool].create(f"{tool}, known", text=f"Text from {tool}.")
    trio.settle()
    trio.trello.move(trio.find("trello", "jira, known"), "Done")
    trio.jira.rename(trio.find("jira", "asana, known"), "asana, renamed in jira")
    trio.asana.label(trio.find("asana", "trello, known"), "from-asana")
    trio.trello.create("New in Trello", "Doing", "Words.")
    trio.jira.create("New in Jira", "To Do", "Words.")
    trio.asana.create("New in Asana", "In Progress", "Words.")
    trio.shut()


@pytest.fixture(scope="module")
def unharmed(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Shown]]:
    """What the pass comes to if it is not killed."""
    trio = Trio(served, tmp_path_factory.mktemp("unharmed"))
    try:
        _world(trio)
        trio.reopen()
        trio.settle()
        return trio.everything()
    finally:
        trio.close()


def _same_in_the_end(trio: Trio, unharmed: dict[str, list[Shown]]) -> None:
    trio.reopen()
    trio.settle()
    assert_same(trio.everything(), unharmed)
    assert trio.verify().agrees
    assert not trio.store.counts("roadmap").intents


@pytest.mark.parametrize("moment", ["before the effect", "after the effect"])
@pytest.mark.parametrize("number", _REQUESTS)
def test_a_pass_killed_at_a_request_leaves_nothing_behind(
    unharmed: dict[str, list[Shown]], nursery: Nursery, served: Served, tmp_path: Path, number: int, moment: str
) -> None:
    trio = Trio(served, tmp_path)
    try:
        _world(trio)
        seen: list[str] = []
        pids: list[int] = []

        def strike(route: str) -> None:
            seen.append(route)
            if len(seen) == number:
                os.kill(pids[0], signal.SIGKILL)

        for tool in TOOLS:
            sandbox = trio.sandbox(tool)
            if moment == "before the effect":
                sandbox.arrived = strike
            else:
                sandbox.answered = strike
        pids.append(nursery.begin(trio.folder / "config.yaml"))
        code = nursery.end()
        for tool in TOOLS:
            served.calm(tool)
        assert code == -signal.SIGKILL or len(seen) < number, seen
        _same_in_the_end(trio, unharmed)
    finally:
        trio.close()


@pytest.mark.parametrize("number", _COMMITS)
def test_a_pass_killed_at_a_commit_leaves_nothing_behind(
    unharmed: dict[str, list[Shown]], nursery: Nursery, served: Served, tmp_path: Path, number: int
) -> None:
    trio = Trio(served, tmp_path)
    try:
        _world(trio)
        nursery.begin(trio.folder / "config.yaml", die_at_commit=number)
        assert nursery.end() in (-signal.SIGKILL, 0)
        _same_in_the_end(trio, unharmed)
    finally:
        trio.close()


def test_an_edit_of_an_item_whose_create_was_never_answered_is_not_overwritten(nursery: Nursery, trio: Trio) -> None:
    """The issue is made, the process dies; before the next pass somebody moves and renames the new issue."""
    trio.trello.create("Pay by card", "Doing")
    trio.shut()
    pids: list[int] = []

    def strike(route: str) -> None:
        if route == "POST /rest/api/3/issue/bulk":
            os.kill(pids[0], signal.SIGKILL)

    trio.sandbox("jira").answered = strike
    pids.append(nursery.begin(trio.folder / "config.yaml"))
    assert nursery.end() == -signal.SIGKILL
    trio.sandbox("jira").answered = None
    (made,) = trio.shown("jira")
    trio.jira.rename(made, "Pay by any card")
    trio.jira.move(made, "Selected for Development")
    trio.reopen()
    trio.settle()
    assert [trio.titles(tool) for tool in TOOLS] == [["Pay by any card"]] * 3
    told = {one.field.value for one in trio.store.reports.conflicts(sync="roadmap")}
    place = trio.item("jira", "Pay by any card").place
    assert place == "Selected for Development" or "status" in told
