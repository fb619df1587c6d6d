"""What somebody does to an item in the very moment in which pmsync makes it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from inprocess import Call, Hooks, InProcess, Reply
from served import Sandboxes
from trio import TOOLS, Trio, trios

from pmsync.model.fields import Field, Priority


class _Prompt(Hooks):
    """Right after Jira has made an issue, and before it is read back, somebody does this."""

    def __init__(self, act: Callable[[str], None]) -> None:
        self._act = act
        self._done = False

    def after(self, call: Call, reply: Reply) -> Reply:
        """See `Hooks`."""
        if not self._done and call.method == "POST" and call.tool == "jira" and b'"ENG-1"' in reply.body:
            self._done = True
            self._act("ENG-1")
        return reply


@pytest.fixture
def prompt(nearby: Sandboxes, tmp_path: Path) -> Iterator[tuple[Trio, Callable[[Callable[[str], None]], None]]]:
    """The three tools, and a way to be quick in Jira."""
    up = cast("InProcess", nearby)

    def be(act: Callable[[str], None]) -> None:
        up.hooks = _Prompt(act)

    before = up.hooks
    for trio in trios(tmp_path, nearby):
        yield trio, be
    up.hooks = before


def test_what_somebody_put_into_an_empty_field_of_a_new_issue_at_once_travels(
    prompt: tuple[Trio, Callable[[Callable[[str], None]], None]],
) -> None:
    trio, quick = prompt
    trio.trello.create("Pay")

    def edit(key: str) -> None:
        trio.jira.edit(key, duedate="2026-06-02", labels=["infra"], priority={"name": "High"})
        trio.jira.describe(key, "Words")
        trio.jira.assign(key, "ada")

    quick(edit)
    trio.settle()
    for tool in TOOLS:
        shown = trio.item(tool, "Pay")
        assert (shown.due, shown.labels, shown.text) == ("2026-06-02", ("infra",), "Words")
        assert shown.people
    bundle = next(iter(trio.store.items.every("roadmap")))[0]
    assert bundle.item.values[Field.PRIORITY] == Priority.HIGH.value
    assert not list(trio.store.reports.conflicts(sync="roadmap"))
    assert trio.verify().agrees
