"""Items that are deleted, archived, or leave the filter: two passes, positive evidence, and the policy decides."""

from collections.abc import Callable

import pytest
from trio import TOOLS, Trio, assert_same

from pmsync.sandbox.faults import Kind

LIMITS = {"deletes": 10, "creates": 100, "changes": "100%"}


def _others(tool: str) -> list[str]:
    return [one for one in TOOLS if one != tool]


def _set_up(trio: Trio, tool: str, policy: str, number: int = 6) -> str:
    """Items everywhere; the id of the one that will leave."""
    trio.configure(sync={"on_delete": policy, "limits": LIMITS})
    trio.users[tool].create("Leaver")
    for count in range(1, number):
        trio.users[tool].create(f"Stayer {count}")
    trio.settle()
    return trio.find(tool, "Leaver")


def _live(trio: Trio, tool: str) -> bool:
    return "Leaver" in trio.titles(tool)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("policy", ["unlink", "archive", "delete", "ask"])
def test_a_deletion_takes_two_passes_and_then_the_policy_decides(trio: Trio, tool: str, policy: str) -> None:
    leaver = _set_up(trio, tool, policy)
    trio.users[tool].delete(leaver)
    first, second = _others(tool)

    trio.sync(deep=True)
    assert _live(trio, first), "one look proves nothing"
    assert _live(trio, second)

    report = trio.sync(deep=True)
    trio.settle(deep=True)
    kept = policy in ("unlink", "ask")
    assert (_live(trio, first), _live(trio, second)) == _expected(first, second, policy)
    for one in (first, second):
        assert len([title for title in trio.titles(one) if title.startswith("Stayer")]) == 5
    assert not _live(trio, tool), "what is deleted is not made again"
    assert (policy == "ask") == any("wait for your decision" in entry["message"] for entry in report.warnings)
    if kept:
        trio.users[first].rename(trio.find(first, "Leaver"), "Leaver, alone now")
        trio.settle(deep=True)
        assert len(trio.titles(tool)) == 5
    assert trio.verify().agrees or policy == "ask"


def _expected(first: str, second: str, policy: str) -> tuple[bool, bool]:
    """Asana has no archive: what would be archived there stays, and is no longer kept in step."""
    stays = {"unlink": TOOLS, "ask": TOOLS, "archive": ("asana",), "delete": ()}[policy]
    return first in stays, second in stays


@pytest.mark.parametrize("policy", ["archive", "delete"])
def test_an_edit_elsewhere_holds_a_deletion(trio: Trio, policy: str) -> None:
    leaver = _set_up(trio, "trello", policy)
    trio.trello.delete(leaver)
    trio.jira.describe(trio.find("jira", "Leaver"), "Somebody still works on this.")
    for _ in range(3):
        trio.sync(deep=True)
    assert _live(trio, "jira")
    assert _live(trio, "asana")
    assert "Somebody still works on this." in trio.item("jira", "Leaver").text


@pytest.mark.parametrize("policy", ["unlink", "archive", "delete", "ask"])
def test_an_archived_card_archives_but_never_deletes_and_comes_back(trio: Trio, policy: str) -> None:
    leaver = _set_up(trio, "trello", policy)
    trio.trello.archive(leaver)
    trio.sync()
    trio.settle()
    trio.trello.archive(leaver, closed=False)
    trio.trello.rename(leaver, "Leaver, back again")
    trio.settle(deep=True)
    assert "Leaver, back again" in trio.titles("trello")
    for tool in ("jira", "asana"):
        titles = [title for title in trio.titles(tool) if title.startswith("Leaver")]
        assert titles == ["Leaver, back again"], f"{tool}: linked again, and in step"
    assert len(trio.titles("trello")) == 6


def test_leaving_the_filter_unlinks_and_never_closes(trio: Trio) -> None:
    scope = {"project": "ENG", "jql": "labels = roadmap"}
    trio.configure(sync={"on_delete": "delete", "limits": LIMITS}, connections={"engineering": {"scope": scope}})
    leaver = trio.jira.create("Leaver", labels=["roadmap"])
    for count in range(4):
        trio.jira.create(f"Stayer {count}", labels=["roadmap"])
    trio.settle()
    trio.jira.unlabel(leaver, "roadmap")
    for deep in (False, True, True):
        trio.sync(deep=deep)
    for tool in TOOLS:
        assert _live(trio, tool)
    trio.jira.rename(leaver, "Leaver, on its own")
    trio.trello.rename(trio.find("trello", "Leaver"), "Leaver, in Trello")
    trio.settle(deep=True)
    assert "Leaver, in Trello" not in trio.titles("jira")
    assert "Leaver, on its own" not in trio.titles("trello")

    trio.jira.label(leaver, "roadmap")
    trio.settle(deep=True)
    for tool in TOOLS:
        assert len([title for title in trio.titles(tool) if title.startswith("Leaver")]) == 1


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("kind", [Kind.TRUNCATED, Kind.GARBAGE, Kind.ERROR])
def test_a_list_that_was_half_read_ends_nothing(trio: Trio, tool: str, kind: Kind) -> None:
    _set_up(trio, tool, "delete")
    before = trio.everything()
    written = trio.writes()
    for _ in range(3):
        trio.served.faults(tool, kind.value, rate=0.6, seed=3)
        trio.sync(deep=True)
        trio.served.faults(tool)
    assert_same(trio.everything(), before)
    trio.settle(deep=True)
    assert trio.writes() == written


@pytest.mark.parametrize("tool", TOOLS)
def test_an_emptied_side_stops_the_pass(trio: Trio, tool: str) -> None:
    _set_up(trio, tool, "delete")
    for id_ in trio.shown(tool):
        trio.users[tool].delete(id_)
    written = trio.writes()
    for _ in range(3):
        report = trio.sync(deep=True)
        assert report.exit_code() == 4
        assert report.status.value == "stopped"
    assert trio.writes() == written
    for one in _others(tool):
        assert len(trio.titles(one)) == 6


def _gone(trio: Trio) -> None:
    for count in range(1, 5):
        trio.trello.delete(trio.find("trello", f"Stayer {count}"))


def _made(trio: Trio) -> None:
    for count in range(4):
        trio.trello.create(f"New {count}")


def _changed(trio: Trio) -> None:
    for id_, one in trio.shown("trello").items():
        trio.trello.rename(id_, f"{one.title}, changed")


@pytest.mark.parametrize(
    ("limit", "act", "word"),
    [
        ({"deletes": 3}, _gone, "deletes"),
        ({"creates": 5}, _made, "creates"),
        ({"changes": "50%"}, _changed, "changes"),
        ({"changes": 11}, _changed, "changes"),
    ],
)
def test_a_pass_beyond_its_limits_stops_before_the_first_write(
    trio: Trio, limit: dict[str, object], act: Callable[[Trio], None], word: str
) -> None:
    _set_up(trio, "trello", "archive", number=12)
    trio.configure(sync={"on_delete": "archive", "limits": {**LIMITS, **limit}})
    act(trio)
    before, written = trio.everything(), trio.writes()
    reports = [trio.sync(deep=True) for _ in range(3)]
    assert reports[-1].exit_code() == 4
    assert f"limits.{word}" in reports[-1].errors[-1]["message"]
    assert trio.writes() == written
    assert_same(trio.everything(), before)

    trio.configure(sync={"on_delete": "archive", "limits": {"deletes": 100, "creates": 100, "changes": "100%"}})
    trio.settle(deep=True)
    assert trio.verify().agrees
