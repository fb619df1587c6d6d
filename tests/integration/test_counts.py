"""How many requests a pass costs, read from the sandboxes' own logs."""

from typing import Any

import pytest
from trio import TOOLS, Trio, since

from pmsync_trello.sandbox.emulator import Trello

QUIET = 3
"""The most requests per tool of a pass with nothing changed."""
OVERLAP = 700.0
"""Longer than `polling.overlap`: what changed before is not read again."""


def _fill(trio: Trio, count: int) -> None:
    """New cards, as quick as the sandbox makes them: through Trello's own API, with its limits left out."""
    emulator = trio.sandbox("trello").emulator
    assert isinstance(emulator, Trello)
    for number in range(count):
        trio.trello.create(f"Card {number:04d}", ("To Do", "Doing", "Backlog")[number % 3])
        if number % 80 == 79:
            trio.wait(11)


def _pass(trio: Trio) -> dict[str, dict[str, int]]:
    """One pass that goes well; its requests."""
    before = trio.asked()
    report = trio.sync()
    assert not report.errors, report.errors
    made = since(before, trio.asked())
    told = {tool: sum(routes.values()) for tool, routes in made.items()}
    names = {"trello": "product", "jira": "engineering", "asana": "delivery"}
    assert {tool: report.requests[names[tool]] for tool in TOOLS} == told, "the report tells the truth"
    return made


@pytest.mark.parametrize("count", [40, 300])
def test_a_quiet_pass_costs_three_requests_for_each_tool_at_most(trio: Trio, count: int) -> None:
    _fill(trio, count)
    trio.sync()
    trio.wait(OVERLAP)
    trio.sync()
    trio.wait(OVERLAP)
    made = _pass(trio)
    assert all(sum(routes.values()) <= QUIET for routes in made.values()), made


@pytest.mark.parametrize("tool", TOOLS)
def test_a_status_change_reaches_two_tools_with_few_requests(trio: Trio, tool: str) -> None:
    """Reading 3 each; then for each target one re-read, the writes, and one look afterwards at most."""
    _fill(trio, 40)
    trio.settle()
    title = trio.titles("trello")[0]
    places = {"trello": "Doing", "jira": "In Progress", "asana": "In Progress"}
    walked = trio.trello.create("Walked before", "To Do")
    trio.settle()
    trio.trello.move(walked, "Doing")
    trio.settle()
    trio.wait(OVERLAP)
    trio.settle()
    assert trio.item(tool, title).place in ("To Do", "Backlog")
    trio.users[tool].move(trio.find(tool, title), "To Do")
    trio.settle()
    trio.wait(OVERLAP)
    trio.settle()

    trio.users[tool].move(trio.find(tool, title), places[tool])
    made = _pass(trio)
    assert all(trio.item(one, title).place.startswith(places[one]) for one in TOOLS)
    most = {"trello": QUIET + 1 + 1 + 1, "jira": QUIET + 1 + 2 + 1, "asana": QUIET + 1 + 1 + 1}
    for one in TOOLS:
        routes = made[one]
        assert sum(routes.values()) <= (QUIET if one == tool else most[one]), (one, routes)


def test_an_issue_with_comments_and_mirrors_of_others_costs_no_more_when_it_changes(trio: Trio) -> None:
    card = trio.trello.create("Talked about", "To Do")
    trio.settle()
    issue = trio.find("jira", "Talked about")
    content = [{"type": "paragraph", "content": [{"type": "text", "text": "Said in Jira"}]}]
    trio.jira.call("POST", f"/issue/{issue}/comment", {"body": {"type": "doc", "version": 1, "content": content}})
    trio.trello.call("POST", f"/cards/{card}/actions/comments", {"text": "Said in **Trello**"})
    for _ in range(2):
        trio.wait(OVERLAP)
        trio.settle()
    trio.users["jira"].move(issue, "In Progress")
    routes = _pass(trio)["jira"]
    assert sum(routes.values()) <= QUIET, routes


def test_a_done_card_is_moved_and_ticked_in_asana_with_two_writes(trio: Trio) -> None:
    trio.trello.create("Pay by card", "Doing")
    trio.settle()
    trio.wait(OVERLAP)
    trio.settle()
    trio.trello.move(trio.find("trello", "Pay by card"), "Done")
    routes = _pass(trio)["asana"]
    assert sum(routes.values()) <= QUIET + 1 + 2 + 1, routes


def _total(routes: dict[str, int], *parts: str) -> int:
    return sum(count for route, count in routes.items() if any(part in route for part in parts))


def test_a_first_sync_creates_in_bulk_and_reads_nothing_one_by_one(trio: Trio) -> None:
    count = 200
    _fill(trio, count)
    made: dict[str, dict[str, Any]] = _pass(trio)
    assert len(trio.titles("jira")) == len(trio.titles("asana")) == count

    jira = made["jira"]
    assert jira["POST /rest/api/3/issue/bulk"] == count / 50
    assert jira.get("POST /rest/api/3/issue", 0) == 0
    assert jira["POST /rest/api/3/issue/bulkfetch"] <= count / 50 + 1
    assert jira.get("GET /rest/api/3/issue/{issueIdOrKey}", 0) <= 2
    assert _total(jira, "GET ") <= 40, jira
    walks = jira["POST /rest/api/3/issue/{issueIdOrKey}/transitions"]
    to_do, doing = (count + 2) // 3, (count + 1) // 3
    assert walks <= to_do + 2 * doing, "as many hops as it takes, less what goes with the creates"

    asana = made["asana"]
    assert asana["POST /api/1.0/batch"] <= count / 5 + 5
    assert _total(asana, "GET ", "tasks/{task_gid}") <= 20, asana

    trello = made["trello"]
    assert sum(trello.values()) <= 10, "its cards are read a thousand at a time"


def test_links_to_twins_cost_one_request_each_and_the_passes_after_it_what_they_cost_without(trio: Trio) -> None:
    trio.configure(sync={"backlinks": True})
    count = 30
    _fill(trio, count)
    made = _pass(trio)
    assert made["trello"]["POST /1/cards/{id}/attachments"] == 2 * count
    assert made["jira"]["POST /rest/api/3/issue/{issueIdOrKey}/remotelink"] == 2 * count
    assert made["asana"]["POST /api/1.0/attachments"] == count, "what marks a task leads to its card"
    assert not [route for routes in made.values() for route in routes if "GET" in route and "attachments" in route]
    assert _total(made["jira"], "GET /rest/api/3/issue/{issueIdOrKey}/remotelink") == 0
    assert _total(made["trello"], "GET ") <= 10 + count / 10
    assert made["asana"]["POST /api/1.0/batch"] <= count / 5 + 5 + count / 5 + count / 10

    trio.wait(60)
    assert all(sum(routes.values()) <= QUIET for routes in _pass(trio).values()), "also right after it"
    trio.wait(OVERLAP)
    assert all(sum(routes.values()) <= QUIET for routes in _pass(trio).values())
    trio.jira.move(trio.find("jira", trio.titles("jira")[0]), "In Progress")
    routes = _pass(trio)
    assert sum(routes["jira"].values()) <= QUIET
    assert all(sum(routes[one].values()) <= QUIET + 3 for one in ("trello", "asana"))


def test_a_deep_pass_costs_pages_and_bulks(trio: Trio) -> None:
    _fill(trio, 250)
    trio.sync()
    trio.wait(OVERLAP)
    before = trio.asked()
    trio.sync(deep=True)
    made = since(before, trio.asked())
    assert made["jira"]["POST /rest/api/3/issue/bulkfetch"] <= 3
    assert sum(made["jira"].values()) <= 3 + 20, "names are read as well"
    assert sum(made["trello"].values()) <= 8
    assert sum(made["asana"].values()) <= 3 + 10
