"""Checklists of Trello's as task lists in the descriptions that Jira and Asana show: ticked, added, renamed, moved and
removed on either side."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from trio import Trio, since

from pmsync.sync.check import check_all
from pmsync.sync.undo import Asked, run_undo

PRODUCT, ENGINEERING = "product", "engineering"


@pytest.fixture
def tools(trio: Trio) -> Trio:
    """All three tools, with checklists in the descriptions."""
    trio.configure(
        connections={PRODUCT: {"mapping": trio.mapping("trello-kanban", checklists="description")}},
        sync={"limits": {"deletes": 100}},
    )
    return trio


def checklist(trio: Trio, card: str, name: str, *lines: str) -> str:
    made = str(trio.trello.call("POST", f"/cards/{card}/checklists", {"name": name})["id"])
    for line in lines:
        trio.trello.call("POST", f"/checklists/{made}/checkItems", {"name": line})
    return made


def shown(trio: Trio, card: str) -> dict[str, list[tuple[str, bool]]]:
    """The checklists of a card with their lines, each in order."""
    found = {}
    for one in sorted(trio.trello.call("GET", f"/cards/{card}/checklists"), key=lambda one: float(one["pos"])):
        lines = sorted(one["checkItems"], key=lambda line: float(line["pos"]))
        found[one["name"]] = [(line["name"], line["state"] == "complete") for line in lines]
    return found


def items(trio: Trio, card: str) -> dict[str, str]:
    """The ids of all lines, by name."""
    told = trio.trello.call("GET", f"/cards/{card}/checklists")
    return {line["name"]: line["id"] for one in told for line in one["checkItems"]}


def adf(trio: Trio, issue: str) -> Any:
    return trio.jira.call("GET", f"/issue/{issue}?fields=description")["fields"]["description"]


def edit(trio: Trio, issue: str, change: Callable[[Any], None]) -> None:
    """Edit an issue's description in its own form."""
    document = adf(trio, issue)
    change(document)
    trio.jira.call("PUT", f"/issue/{issue}", {"fields": {"description": document}})


def boxes(trio: Trio, title: str) -> str:
    """A task's description in Asana's own form."""
    return str(
        trio.asana.call("GET", f"/tasks/{trio.find('asana', title)}", opt_fields="html_notes")["data"]["html_notes"]
    )


def tasks(document: Any) -> list[Any]:
    found: list[Any] = next(node for node in document["content"] if node["type"] == "taskList")["content"]
    return found


def told(document: Any) -> list[tuple[str, str]]:
    return [(one["content"][0]["text"], one["attrs"]["state"]) for one in tasks(document)]


def task(text: str) -> dict[str, Any]:
    return {
        "type": "taskItem",
        "attrs": {"localId": text, "state": "TODO"},
        "content": [{"type": "text", "text": text}],
    }


def launch(trio: Trio, *lines: str) -> tuple[str, str]:
    """A card with a text and a checklist, and its issue."""
    card = trio.trello.create("Launch", text="Do *it*.")
    checklist(trio, card, "Steps", *lines)
    trio.settle()
    return card, trio.find("jira", "Launch")


def test_a_cards_checklist_is_a_task_list_in_jira_and_boxes_in_asana(tools: Trio) -> None:
    card, issue = launch(tools, "Write", "Print")
    label, said = adf(tools, issue)["content"][1:]
    assert [one["text"] for one in label["content"]] == ["Checklist:", " Steps"]
    assert (said["type"], told(adf(tools, issue))) == ("taskList", [("Write", "TODO"), ("Print", "TODO")])
    assert "☐ Write" in boxes(tools, "Launch")
    assert tools.trello.call("GET", f"/cards/{card}")["desc"] == "Do *it*."
    before = tools.asked()
    tools.sync()
    assert sum(since(before, tools.asked())["trello"].values()) <= 3
    assert not tools.verify().differences


def test_a_tick_in_jira_is_one_write_and_one_in_trello_comes_back(tools: Trio) -> None:
    card, issue = launch(tools, "Write", "Print")
    ids = items(tools, card)
    edit(tools, issue, lambda document: tasks(document)[1]["attrs"].update(state="DONE"))
    before = tools.served.writes("trello")
    tools.settle()
    assert shown(tools, card) == {"Steps": [("Write", False), ("Print", True)]}
    assert (tools.served.writes("trello") - before, items(tools, card)) == (1, ids)
    assert "☑ Print" in boxes(tools, "Launch")
    tools.trello.call("PUT", f"/cards/{card}/checkItem/{ids['Write']}", {"state": "complete"})
    tools.settle()
    assert told(adf(tools, issue)) == [("Write", "DONE"), ("Print", "DONE")]
    assert not tools.verify().differences


def test_lines_are_added_renamed_moved_and_removed_in_jira(tools: Trio) -> None:
    card, issue = launch(tools, "Write the text", "Print", "Send", "File")
    ids = items(tools, card)

    def change(document: Any) -> None:
        lines = tasks(document)
        lines[0]["content"][0]["text"] = "Write the whole text"
        lines[:] = [lines[2], lines[0], task("Fold"), lines[1]]

    edit(tools, issue, change)
    tools.settle()
    assert [name for name, _ in shown(tools, card)["Steps"]] == ["Send", "Write the whole text", "Fold", "Print"]
    now = items(tools, card)
    assert (now["Send"], now["Print"], now["Write the whole text"]) == (
        ids["Send"],
        ids["Print"],
        ids["Write the text"],
    )
    edit(tools, issue, lambda document: document["content"][0]["content"][0].update(text="Do, please, "))
    before = tools.served.writes("trello")
    tools.settle()
    assert tools.trello.call("GET", f"/cards/{card}")["desc"] == "Do, please, *it*."
    assert tools.served.writes("trello") - before == 1
    edit(tools, issue, lambda document: document.update(content=document["content"][:1]))
    tools.settle()
    assert shown(tools, card) == {}
    assert not tools.verify().differences


def test_an_issue_with_a_checklist_becomes_a_card_with_one_and_a_card_of_both_edits_has_both(tools: Trio) -> None:
    text = "Do it.\n\n**Checklist:** Steps\n\n- [x] Write\n- [ ] Print\n\n**Checklist:** Later\n\n- [ ] Rest"
    asana = tools.trello.create("Other")
    card = tools.trello.create("Launch")
    tools.settle()
    issue = tools.find("jira", "Launch")
    tools.trello.edit(asana, desc=text)
    tools.settle()
    document = adf(tools, tools.find("jira", "Other"))
    assert shown(tools, asana) == {}
    made = tools.jira.create("Made in Jira", description=_bare(document))
    tools.settle()
    found = tools.find("trello", "Made in Jira")
    assert shown(tools, found) == {"Steps": [("Write", True), ("Print", False)], "Later": [("Rest", False)]}
    assert tools.trello.call("GET", f"/cards/{found}")["desc"] == "Do it."
    assert tools.trello.call("GET", f"/cards/{asana}")["desc"] == text
    ids = items(tools, found)
    tools.trello.call("PUT", f"/cards/{found}/checkItem/{ids['Rest']}", {"state": "complete"})
    edit(tools, made, lambda one: tasks(one)[1]["attrs"].update(state="DONE"))
    tools.settle()
    assert shown(tools, found) == {"Steps": [("Write", True), ("Print", True)], "Later": [("Rest", True)]}
    assert (card, issue) == (tools.find("trello", "Launch"), tools.find("jira", "Launch"))
    assert not tools.verify().differences


def _bare(document: Any) -> Any:
    """The document without the joiners that keep its words from being a checklist."""
    return json.loads(json.dumps(document, ensure_ascii=False).replace("\u2060", ""))


@pytest.mark.parametrize("kind", ["reset", "truncated"])
def test_what_was_cut_short_is_finished_and_nothing_is_there_twice(tools: Trio, kind: str) -> None:
    card, issue = launch(tools, "Write", "Print", "Send")

    def change(document: Any) -> None:
        lines = tasks(document)
        lines[0]["attrs"]["state"] = "DONE"
        lines[:] = [lines[0], *(task(f"Same {n % 2}") for n in range(4)), lines[2]]

    edit(tools, issue, change)
    document = adf(tools, issue)
    made = tools.jira.create("Made in Jira", description=document)
    tools.served.faults("trello", kind, rate=0.4)
    for _ in range(6):
        tools.sync()
        tools.wait(60)
    tools.served.calm("trello")
    tools.settle(6)
    lines = [
        ("Write", True),
        ("Same 0", False),
        ("Same 1", False),
        ("Same 0", False),
        ("Same 1", False),
        ("Send", False),
    ]
    assert shown(tools, card) == {"Steps": lines}
    assert shown(tools, tools.find("trello", "Made in Jira")) == {"Steps": lines}
    assert told(adf(tools, issue)) == told(document) == told(adf(tools, made))
    assert not list(tools.store.reports.conflicts(sync="roadmap"))


def test_ticks_in_all_tools_at_once_all_hold_and_a_run_of_them_is_undone(tools: Trio) -> None:
    card, issue = launch(tools, "Write", "Print", "Send", "File")
    ids, task_ = items(tools, card), tools.find("asana", "Launch")
    edit(tools, issue, lambda document: tasks(document)[0]["attrs"].update(state="DONE"))
    tools.trello.call("PUT", f"/cards/{card}/checkItem/{ids['Send']}", {"state": "complete"})
    run = tools.sync().run
    tools.settle()
    assert shown(tools, card) == {"Steps": [("Write", True), ("Print", False), ("Send", True), ("File", False)]}
    assert not list(tools.store.reports.conflicts(sync="roadmap"))
    tools.wait(60)
    run_undo(tools.config, tools.plan_of, tools.store, Asked(run, "olga"), tools.served.clock)
    assert shown(tools, card) == {"Steps": [("Write", False), ("Print", False), ("Send", True), ("File", False)]}
    assert items(tools, card) == ids
    tools.asana.edit(task_, html_notes=boxes(tools, "Launch").replace("☐ File", "☑ File"))
    tools.settle()
    assert dict(shown(tools, card)["Steps"])["File"]


def test_a_tool_without_checklists_is_told(tools: Trio) -> None:
    mapping = tools.mapping("jira-software", checklists="description")
    tools.configure(connections={ENGINEERING: {"mapping": mapping}})
    found = check_all(tools.config, tools.store, tools.served.clock).findings
    told = [(one.connection, one.finding.message) for one in found if "checklists" in one.finding.message]
    assert told == [(ENGINEERING, "`checklists: description` means nothing here: jira has no checklists")]
