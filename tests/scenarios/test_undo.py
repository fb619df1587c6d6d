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
