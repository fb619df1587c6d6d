"""Asana's subtasks and Jira's are the same items: one each, below their twins, ticked off and renamed both ways."""

import pytest
from trio import Trio

DELIVERY, ENGINEERING = "delivery", "engineering"


@pytest.fixture
def pair(trio: Trio) -> Trio:
    """Asana and Jira, with subtasks as items."""
    types = {"Task": ["TASK", "STORY", "BUG", "EPIC"], "Subtask": "SUBTASK"}
    mapping = trio.mapping("asana-sections", subtasks="items", types=types)
    trio.configure(
        connections={DELIVERY: {"mapping": mapping}},
        sync={
            "members": {one: {"role": one} for one in (DELIVERY, ENGINEERING)},
            "create": {DELIVERY: [ENGINEERING], ENGINEERING: [DELIVERY]},
            "limits": {"deletes": 100},
        },
    )
    return trio


def step(trio: Trio, task: str, title: str, **more: object) -> str:
    return str(trio.asana.call("POST", f"/tasks/{task}/subtasks", {"data": {"name": title, **more}})["data"]["gid"])


def steps(trio: Trio, task: str) -> dict[str, bool]:
    """Titles and ticks of a task's subtasks; each is there once, and in no project."""
    told = trio.asana.call("GET", f"/tasks/{task}/subtasks", opt_fields="name,completed,memberships")["data"]
    assert not any(one["memberships"] for one in told)
    assert len({one["name"] for one in told}) == len(told)
    return {one["name"]: one["completed"] for one in told}


def subtask(trio: Trio, issue: str, title: str) -> str:
    return trio.jira.create(title, "To Do", issuetype={"name": "Sub-task"}, parent={"id": issue})


def below(trio: Trio, issue: str) -> dict[str, str]:
    """Titles and statuses of an issue's subtasks."""
    told = trio.jira.call("POST", "/search/jql", {"jql": f"parent = {issue}", "fields": ["summary", "status"]})
    return {one["fields"]["summary"]: one["fields"]["status"]["name"] for one in told["issues"]}


def test_subtasks_are_made_below_the_twins_of_what_they_hang_on(pair: Trio) -> None:
    task = pair.asana.create("Launch")
    step(pair, task, "Write")
    step(pair, task, "Plan", completed=True)
    issue = pair.jira.create("Land")
    subtask(pair, issue, "Fuel")
    pair.settle()
    assert below(pair, pair.find("jira", "Launch")) == {"Write": "To Do", "Plan": "Done"}
    assert steps(pair, pair.find("asana", "Land")) == {"Fuel": False}
    assert not pair.verify().differences


def test_ticks_and_titles_travel_both_ways(pair: Trio) -> None:
    task = pair.asana.create("Launch")
    made = step(pair, task, "Write")
    pair.settle()
    twin = pair.find("jira", "Write")
    pair.jira.move(twin, "In Progress")
    pair.jira.rename(twin, "Write it")
    pair.settle()
    assert steps(pair, task) == {"Write it": False}
    assert pair.item("jira", "Write it").place == "In Progress"
    pair.asana.call("PUT", f"/tasks/{made}", {"data": {"completed": True, "name": "Written"}})
    pair.settle()
    assert (pair.item("jira", "Written").place, steps(pair, task)) == ("Done", {"Written": True})
    assert not pair.verify().differences


@pytest.mark.parametrize("kind", ["reset", "500", "truncated", "garbage"])
def test_a_subtask_whose_making_was_cut_short_is_not_made_twice(pair: Trio, kind: str) -> None:
    issue = pair.jira.create("Launch")
    pair.settle()
    task = pair.find("asana", "Launch")
    for number in range(3):
        subtask(pair, issue, f"Step {number}")
    pair.served.faults("asana", kind, rate=0.5)
    for _ in range(4):
        pair.sync()
        pair.wait(60)
    pair.served.calm("asana")
    pair.settle()
    assert steps(pair, task) == {"Step 0": False, "Step 1": False, "Step 2": False}


def test_one_that_is_deleted_is_and_a_pass_with_nothing_to_do_is_cheap(pair: Trio) -> None:
    task = pair.asana.create("Launch")
    made = step(pair, task, "Write")
    step(pair, task, "Print")
    pair.settle()
    before = sum(pair.asked()["asana"].values())
    pair.sync()
    assert sum(pair.asked()["asana"].values()) - before <= 3
    pair.asana.call("DELETE", f"/tasks/{made}")
    pair.settle(6)
    assert steps(pair, task) == {"Print": False}
