"""A run taken back over the three tools: fields, items that it made, and twins that it archived."""

from trio import Trio

from pmsync.sync.report import Report
from pmsync.sync.undo import Asked, Undo, run_undo


def _undo(trio: Trio, report: Report) -> Undo:
    return run_undo(trio.config, trio.plan_of, trio.store, Asked(report.run, "olga"), trio.served.clock)


def test_a_run_is_taken_back_in_all_three_tools_and_stays_so(trio: Trio) -> None:
    trio.trello.create("Pay by card", text="Some **text**.")
    trio.settle()
    shown = {tool: trio.item(tool, "Pay by card") for tool in ("jira", "asana")}
    card = trio.find("trello", "Pay by card")
    trio.trello.move(card, "Done")
    trio.trello.describe(card, "Other *text*.")
    trio.trello.due(card, "2026-12-01")
    run = trio.sync()
    assert trio.item("jira", "Pay by card") != shown["jira"]

    done = _undo(trio, run)

    assert done.report.exit_code() == 0, done.report.as_json()
    assert {tool: trio.item(tool, "Pay by card") for tool in ("jira", "asana")} == shown
    assert trio.item("trello", "Pay by card").place == "Done", "what somebody did stays where they did it"
    written = trio.writes()
    for deep in (False, True):
        trio.sync(deep=deep)
    assert trio.writes() == written
    verified = trio.verify()
    assert verified.agrees
    assert {one.field for one in verified.held} == {"status", "description", "due"}

    trio.jira.due(trio.find("jira", "Pay by card"), "2026-12-24")
    trio.settle()
    assert [trio.item(tool, "Pay by card").due for tool in ("trello", "asana")] == ["2026-12-24"] * 2
    assert {one.field for one in trio.verify().held} == {"status", "description"}


def test_items_that_a_run_made_are_put_away_and_an_undo_of_that_brings_them_back(trio: Trio) -> None:
    trio.trello.create("By mistake")
    trio.jira.create("By mistake too")
    run = trio.sync()

    done = _undo(trio, run)

    assert done.report.exit_code() == 0, done.report.as_json()
    assert trio.titles("trello") == ["By mistake"]
    assert trio.titles("jira") == ["By mistake too"]
    assert trio.titles("asana") == ["By mistake", "By mistake too"], "Asana has no archive"
    assert len(done.report.warnings) == 2
    written = trio.writes()
    for deep in (False, True):
        trio.sync(deep=deep)
    assert trio.writes() == written
    assert trio.verify().agrees

    again = _undo(trio, done.report)
    assert again.report.exit_code() == 0, again.report.as_json()
    trio.settle()
    for tool in ("trello", "jira", "asana"):
        assert trio.titles(tool) == ["By mistake", "By mistake too"]
    trio.asana.rename(trio.find("asana", "By mistake"), "On purpose")
    trio.settle()
    assert "On purpose" in trio.titles("trello")
    assert "On purpose" in trio.titles("jira")


def _said(trio: Trio) -> dict[str, tuple[str, ...]]:
    return {tool: trio.item(tool, "Pay by card").said for tool in ("trello", "jira", "asana")}


def _linked(trio: Trio, name: str) -> dict[str, int]:
    """How many attachments or web links of that name the item has in each tool."""
    ids = {tool: trio.find(tool, "Pay by card") for tool in ("trello", "jira", "asana")}
    attachments = trio.trello.call("GET", f"/cards/{ids['trello']}/attachments")
    links = trio.jira.call("GET", f"/issue/{ids['jira']}/remotelink")
    files = trio.asana.call("GET", "/attachments", parent=ids["asana"])["data"]
    return {
        "trello": sum(one["name"] == name for one in attachments),
        "jira": sum(one["object"]["title"] == name for one in links),
        "asana": sum(one["name"] == name for one in files),
    }


def test_comments_and_links_are_taken_back_in_all_three_tools_and_stay_so(trio: Trio) -> None:
    card = trio.trello.create("Pay by card")
    rich = trio.trello.comment(card, "Which **cards**, @grace?\n\n- [Visa](https://visa.example)\n- `Amex`")
    trio.trello.call("POST", f"/cards/{card}/attachments", {"name": "Sketch", "url": "https://design.example/1"})
    trio.settle()
    issue = trio.find("jira", "Pay by card")
    lost = trio.jira.comment(issue, "Not before May")
    trio.wait(60)
    trio.settle()
    before = _said(trio)
    trio.trello.call("PUT", f"/actions/{rich}", {"text": "Which **banks**?"})
    trio.jira.call("DELETE", f"/issue/{issue}/comment/{lost}")
    trio.wait(60)
    trio.sync(deep=True)
    trio.asana.comment(trio.find("asana", "Pay by card"), "In June, then")
    trio.trello.call("POST", f"/cards/{card}/attachments", {"name": "Design", "url": "https://design.example/2"})
    trio.wait(60)
    late = trio.sync(deep=True)
    runs = [one.id for one in trio.store.reports.runs() if one.command == "sync"][:2]
    assert late.run == runs[0]
    assert _linked(trio, "Design") == dict.fromkeys(before, 1)

    for run in runs:
        done = run_undo(trio.config, trio.plan_of, trio.store, Asked(run, "olga"), trio.served.clock)
        assert done.report.exit_code() == 0, done.report.as_json()

    said = _said(trio)
    assert said["jira"] == tuple(one for one in before["jira"] if "May" not in one), "it was deleted there"
    assert said["trello"] == ("Not before May", "Which **banks**?")
    assert set(said["asana"]) == {*before["asana"], "In June, then"}
    assert _linked(trio, "Design") == {"trello": 1, "jira": 0, "asana": 0}
    assert _linked(trio, "Sketch") == dict.fromkeys(before, 1)
    trio.wait(60)
    written = trio.writes()
    for deep in (False, True):
        trio.sync(deep=deep)
        trio.wait(60)
    assert trio.writes() == written
    verified = trio.verify()
    assert verified.agrees
    assert {one.field for one in verified.held} == {"comment", "attachment"}
    undone = _undo(trio, done.report)
    assert undone.report.exit_code() == 0
    assert trio.settle().total("writes") == 0
    assert sorted(" ".join(one) for one in _said(trio).values()) == [
        "In June, then Not before May Which banks?", "Not before May Which **banks**?", "Which banks?",
    ]  # fmt: skip
