"""Credentials wrong or taken away, places not there or not for us: one tool is down, and none diverges."""

import pytest
from trio import CONNECTIONS, TOOLS, Trio, assert_same

from pmsync_jira.sandbox.emulator import JiraEmulator

STRANGER = {
    "trello": {"key": "sandbox", "token": "sandbox-mallory"},
    "jira": {"email": "mallory@example.com", "token": "sandbox-mallory"},
    "asana": {"token": "sandbox-mallory"},
}
WRONG = {
    "trello": {"key": "sandbox", "token": "nonsense-of-a-token"},
    "jira": {"email": "pmsync@example.com", "token": "nonsense-of-a-token"},
    "asana": {"token": "nonsense-of-a-token"},
}
ELSEWHERE = {"trello": {"board": "Roadmaps"}, "jira": {"project": "ENGINE"}, "asana": {"project": "Launches"}}


def _others(tool: str) -> list[str]:
    return [one for one in TOOLS if one != tool]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("how", ["wrong token", "not a member", "no such place"])
def test_a_tool_that_cannot_be_used_stops_itself_only(trio: Trio, tool: str, how: str) -> None:
    name = CONNECTIONS[tool]
    changes = {
        "wrong token": {"credentials": WRONG[tool]},
        "not a member": {"credentials": STRANGER[tool]},
        "no such place": {"scope": ELSEWHERE[tool]},
    }[how]
    first, second = _others(tool)
    trio.users[first].create("Pay by card")
    trio.users[tool].create("Seen by nobody")
    trio.settle()
    moved = trio.find(first, "Pay by card")
    trio.configure(connections={name: changes})

    trio.users[first].rename(moved, "Pay by card, now")
    report = trio.sync(deep=True)

    assert report.exit_code() == 5
    assert report.status.value == "partial"
    assert [entry["connection"] for entry in report.errors] == [name]
    assert "nonsense" not in str(report.as_json())
    assert trio.find(second, "Pay by card, now")
    assert trio.find(tool, "Pay by card"), "the one that cannot be used stays as it was"

    trio.configure()
    trio.settle(deep=True)
    assert trio.titles(tool) == trio.titles(first) == trio.titles(second) == ["Pay by card, now", "Seen by nobody"]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("how", ["wrong token", "not a member", "no such place"])
def test_passes_over_a_tool_that_lost_us_never_end_its_items(trio: Trio, tool: str, how: str) -> None:
    trio.configure(sync={"on_delete": "delete", "limits": {"deletes": 1000, "creates": 1000, "changes": "100%"}})
    for number in range(4):
        trio.users[tool].create(f"Item {number}")
    trio.settle()
    before = trio.everything()
    changes = {
        "wrong token": {"credentials": WRONG[tool]},
        "not a member": {"credentials": STRANGER[tool]},
        "no such place": {"scope": ELSEWHERE[tool]},
    }[how]
    trio.configure(
        connections={CONNECTIONS[tool]: changes},
        sync={"on_delete": "delete", "limits": {"deletes": 1000, "creates": 1000, "changes": "100%"}},
    )
    written = trio.writes()
    for deep in (False, True, True):
        trio.sync(deep=deep)
    assert trio.writes() == written
    assert_same(trio.everything(), before)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7, 9])
def test_a_token_revoked_in_the_middle_of_a_pass_loses_nothing(trio: Trio, number: int) -> None:
    emulator = trio.sandbox("jira").emulator
    assert isinstance(emulator, JiraEmulator)
    trio.trello.create("Known before")
    trio.settle()
    known = trio.find("jira", "Known before")
    trio.jira.rename(known, "Renamed in Jira")
    for count in range(3):
        trio.trello.create(f"Card {count}", "Doing")
        trio.asana.create(f"Task {count}")
    seen: list[str] = []

    def revoke(route: str) -> None:
        seen.append(route)
        if len(seen) == number:
            emulator.revoke("pmsync")

    trio.sandbox("jira").answered = revoke
    report = trio.sync()
    assert report.exit_code() == 5
    assert {entry["connection"] for entry in report.errors} == {"engineering"}
    assert set(trio.titles("trello")) >= {"Task 0", "Task 1", "Task 2"}
    assert set(trio.titles("asana")) >= {"Card 0", "Card 1", "Card 2"}

    trio.sandbox("jira").answered = None
    emulator.desk.revoked.discard("pmsync")
    trio.settle()
    everything = sorted(["Renamed in Jira", *(f"Card {n}" for n in range(3)), *(f"Task {n}" for n in range(3))])
    assert [trio.titles(tool) for tool in TOOLS] == [everything] * 3
    assert trio.item("jira", "Card 1").place == "In Progress"
    assert trio.verify().agrees


def test_an_anonymous_answer_of_jira_is_not_an_empty_project(trio: Trio) -> None:
    """Jira answers a search by nobody with 200 and an empty list, or a 404."""
    for number in range(5):
        trio.jira.create(f"Issue {number}")
    trio.settle()
    before = trio.everything()
    emulator = trio.sandbox("jira").emulator
    assert isinstance(emulator, JiraEmulator)
    emulator.revoke("pmsync")
    written = trio.writes()
    for deep in (False, True, True):
        report = trio.sync(deep=deep)
        assert report.exit_code() == 5
    assert trio.writes() == written
    emulator.desk.revoked.discard("pmsync")
    trio.settle(deep=True)
    assert_same(trio.everything(), before)


@pytest.mark.parametrize("number", range(1, 7))
def test_a_token_revoked_while_a_filter_is_asked_unlinks_nothing(trio: Trio, number: int) -> None:
    emulator = trio.sandbox("jira").emulator
    assert isinstance(emulator, JiraEmulator)
    trio.configure(connections={"engineering": {"scope": {"project": "ENG", "jql": "labels = roadmap"}}})
    kept = [trio.jira.create(f"Issue {count}", labels=["roadmap"]) for count in range(3)]
    trio.settle()
    for issue in kept:
        trio.jira.rename(issue, f"Renamed {issue}")
    seen: list[str] = []

    def revoke(route: str) -> None:
        seen.append(route)
        if len(seen) == number:
            emulator.revoke("pmsync")

    trio.sandbox("jira").answered = revoke
    trio.sync(deep=True)
    trio.sandbox("jira").answered = None
    emulator.desk.revoked.discard("pmsync")
    trio.settle()
    assert trio.titles("trello") == trio.titles("asana") == sorted(f"Renamed {issue}" for issue in kept)
    assert len(trio.titles("jira")) == 3
