"""Lines of Trello's checklists and Jira's subtasks are the same items: one each, ticked off and renamed both ways."""

from typing import Any

import pytest
from trio import Trio

PRODUCT, ENGINEERING = "product", "engineering"


@pytest.fixture
def pair(trio: Trio) -> Trio:
    """Trello and Jira, with checklists as items."""
    types = {"Card": ["TASK", "STORY", "BUG", "EPIC"], "Checklist item": "SUBTASK"}
    mapping = trio.mapping("trello-kanban", checklists="items", types=types)
    trio.configure(
        connections={PRODUCT: {"mapping": mapping}},
        sync={
            "members": {one: {"role": one} for one in (PRODUCT, ENGINEERING)},
            "create": {PRODUCT: [ENGINEERING], ENGINEERING: [PRODUCT]},
            "limits": {"deletes": 100},
        },
    )
    return trio


def line(trio: Trio, card: str, title: str, **more: Any) -> str:
    lists = trio.trello.call("GET", f"/cards/{card}/checklists")
    made = lists[0] if lists else trio.trello.call("POST", f"/cards/{card}/checklists", {"name": "Steps"})
    return str(trio.trello.call("POST", f"/checklists/{made['id']}/checkItems", {"name": title, **more})["id"])


def lines(trio: Trio, card: str) -> list[tuple[str, bool]]:
    told = trio.trello.call("GET", f"/cards/{card}/checklists")
    found = sorted((one for each in told for one in each["checkItems"]), key=lambda one: float(one["pos"]))
    return [(one["name"], one["state"] == "complete") for one in found]


def subtasks(trio: Trio, issue: str) -> dict[str, str]:
    """Titles and statuses of an issue's subtasks."""
    told = trio.jira.call("POST", "/search/jql", {"jql": f"parent = {issue}", "fields": ["summary", "status"]})
    return {one["fields"]["summary"]: one["fields"]["status"]["name"] for one in told["issues"]}


def test_lines_become_subtasks_of_their_cards_issue(pair: Trio) -> None:
    card = pair.trello.create("Launch")
    for title in ("Write", "Print", "Send"):
        line(pair, card, title)
    line(pair, card, "Plan", checked=True)
    pair.settle()
    issue = pair.find("jira", "Launch")
    assert subtasks(pair, issue) == {"Write": "To Do", "Print": "To Do", "Send": "To Do", "Plan": "Done"}
    assert not pair.verify().differences


def test_subtasks_become_lines_in_order_and_once(pair: Trio) -> None:
    issue = pair.jira.create("Launch")
    pair.settle()
    card = pair.find("trello", "Launch")
    for title in ("First", "Second", "Third"):
        made = pair.jira.create(title, "To Do", issuetype={"name": "Sub-task"}, parent={"id": issue})
        if title == "Second":
            for place in ("In Progress", "In Review", "Done"):
                pair.jira.move(made, place)
        pair.wait(5)
    pair.settle()
    assert lines(pair, card) == [("First", False), ("Second", True), ("Third", False)]
    assert not pair.verify().differences


def test_ticks_and_titles_travel_both_ways_and_a_tick_takes_nothing_from_the_status(pair: Trio) -> None:
    card = pair.trello.create("Launch")
    item = line(pair, card, "Write")
    pair.settle()
    subtask = pair.find("jira", "Write")
    pair.jira.move(subtask, "In Progress")
    pair.jira.rename(subtask, "Write it")
    pair.settle()
    assert lines(pair, card) == [("Write it", False)]
    assert pair.item("jira", "Write it").place == "In Progress"
    pair.trello.call("PUT", f"/cards/{card}/checkItem/{item}", {"state": "complete", "name": "Written"})
    pair.settle()
    assert (pair.item("jira", "Written").place, lines(pair, card)) == ("Done", [("Written", True)])
    pair.jira.move(subtask, "In Progress")
    pair.settle()
    assert (pair.item("jira", "Written").place, lines(pair, card)) == ("In Progress", [("Written", False)])
    assert not pair.verify().differences


@pytest.mark.parametrize("kind", ["reset", "500", "truncated", "garbage"])
def test_a_line_whose_making_was_cut_short_is_not_made_twice(pair: Trio, kind: str) -> None:
    issue = pair.jira.create("Launch")
    pair.settle()
    card = pair.find("trello", "Launch")
    for number in range(3):
        pair.jira.create(f"Same {number % 2}", "To Do", issuetype={"name": "Sub-task"}, parent={"id": issue})
    pair.served.faults("trello", kind, rate=0.5)
    for _ in range(4):
        pair.sync()
        pair.wait(60)
    pair.served.calm("trello")
    pair.settle()
    assert sorted(lines(pair, card)) == [("Same 0", False), ("Same 0", False), ("Same 1", False)]


def test_a_subtask_of_an_issue_that_is_no_card_yet_waits_for_it(pair: Trio) -> None:
    issue = pair.jira.create("Launch")
    pair.jira.create("Write", "To Do", issuetype={"name": "Sub-task"}, parent={"id": issue})
    pair.settle()
    assert lines(pair, pair.find("trello", "Launch")) == [("Write", False)]


def test_a_line_that_is_deleted_and_a_pass_with_nothing_to_do(pair: Trio) -> None:
    card = pair.trello.create("Launch")
    item = line(pair, card, "Write")
    line(pair, card, "Print")
    pair.settle()
    before = sum(pair.asked()["trello"].values())
    pair.sync()
    assert sum(pair.asked()["trello"].values()) - before <= 3
    pair.trello.call("DELETE", f"/cards/{card}/checkItem/{item}")
    pair.settle(6)
    assert lines(pair, card) == [("Print", False)]
