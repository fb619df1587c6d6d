"""Commands about items, and what the state tells: from `reconcile` and `verify` to `match`, `conflicts`, `check`."""

import csv
import io
import json
from typing import Any

import pytest
from commands import FIGURES, Desk, unescaped, writes
from rich.cells import cell_len
from users import AsanaUser, JiraUser, TrelloUser

from pmsync.config import schema
from pmsync.config.shelf import SHELF


def _one(desk: Desk, title: str) -> Any:
    """The one item of that title, as the board has it."""
    found = [one for one in desk.run("board", "--json").document["items"] if one["title"] == title]
    assert len(found) == 1
    return found[0]


def _place(desk: Desk, title: str, connection: str) -> Any:
    """Where that item is in one tool."""
    return next(one for one in _one(desk, title)["places"] if one["connection"] == connection)


def test_one_item_is_brought_in_step_by_its_key_id_or_url(desk: Desk, ada: TrelloUser, grace: JiraUser) -> None:
    card = ada.create("Pay by card")
    other = ada.create("Refunds")
    assert desk.run("sync").code == 0
    issue, there = _place(desk, "Pay by card", "engineering"), _place(desk, "Pay by card", "product")
    references = [issue["key"], issue["url"], there["id"], _one(desk, "Pay by card")["id"]]
    for number, reference in enumerate(references):
        ada.rename(card, f"Pay by card {number}")
        ada.rename(other, f"Refunds {number}")

        done = desk.run("reconcile", str(reference), "--json")

        assert done.code == 0
        assert done.document.keys() >= FIGURES
        summary = grace.call("GET", f"/issue/{issue['id']}", fields="summary")["fields"]["summary"]
        assert summary == f"Pay by card {number}"
    assert desk.run("plan", "--json").document["changes"] == 2, "the other item was left alone"


def test_several_items_are_brought_in_step_at_once(desk: Desk, ada: TrelloUser) -> None:
    cards = [ada.create(title) for title in ("One", "Two")]
    assert desk.run("sync").code == 0
    for card in cards:
        ada.rename(card, f"{card} renamed")

    done = desk.run("reconcile", *cards, "--json")

    assert (done.code, done.document["updated"]) == (0, 4)
    assert set(done.document["references"]) == set(cards)


def test_what_is_nothings_name_is_told(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Pay by card")
    assert desk.run("sync").code == 0

    for command in ("reconcile", "history"):
        done = desk.run(command, "ENG-4711", "--json")

        assert done.code == 1
        assert done.document["errors"][0]["kind"] == "rejected"


def test_verify_proves_that_the_tools_agree_and_finds_where_they_do_not(desk: Desk, ada: TrelloUser) -> None:
    card = ada.create("Pay by card")
    assert desk.run("sync").code == 0
    before = writes(desk.bases)

    agreed = desk.run("verify", "--json")
    ada.rename(card, "Pay by phone")
    before += 1
    differing = desk.run("verify", "--json")
    told = desk.run("verify")

    assert (agreed.code, agreed.document["agrees"], agreed.document["compared"]) == (0, True, 1)
    assert (differing.code, differing.document["agrees"]) == (1, False)
    assert {one["field"] for one in differing.document["differences"]} == {"title"}
    assert told.code == 1
    assert "Pay by card → Pay by phone" in told.out
    assert writes(desk.bases) == before


@pytest.mark.parametrize("width", [80, 120])
def test_the_board_shows_every_item_with_its_place_in_every_tool(backlog: Desk, width: int) -> None:
    assert backlog.run("sync").code == 0

    told = backlog.run("board", width=width).out
    items = backlog.run("board", "--json").document["items"]

    assert max(cell_len(line) for line in told.splitlines()) <= width
    assert len(items) == 38
    assert all(any(item["title"][:12] in line for line in told.splitlines()) for item in items)
    line = next(line for line in told.splitlines() if "Apple Pay" in line)
    assert [word in line for word in ("Review", "ENG-1 In Review", "In Progress")] == [True] * 3
    assert ("Grace" in line) == (width == 120)
    assert "In Progress (" in told


def test_history_tells_whose_edit_went_where(desk: Desk, ada: TrelloUser, grace: JiraUser) -> None:
    card = ada.create("Pay by card")
    run = desk.run("sync", "--json").document["run"]
    ada.rename(card, "Pay by phone")
    assert desk.run("sync").code == 0

    told = desk.run("history", card, "--json").document
    of_item = told["changes"]
    of_run = desk.run("history", "--run", run, "--json").document

    written = [one for one in of_item if one["kind"] == "write" and one["field"] == "title"]
    assert {(one["connection"], one["before"], one["after"], one["actor"]) for one in written} == {
        ("engineering", "Pay by card", "Pay by phone", "product"),
        ("delivery", "Pay by card", "Pay by phone", "product"),
    }
    assert {one["run"] for one in of_run} == {run}
    assert of_item == sorted(of_item, key=lambda one: one["at"], reverse=True)
    (title,) = [one for one in told["fields"] if one["field"] == "title"]
    assert (title["value"], title["by"], title["actor"]) == ("Pay by phone", "product", "Ada Lovelace")
    assert title["seen_in"] == written[0]["run"]
    assert {(one["connection"], one["run"]) for one in title["carried"]} == {
        ("engineering", written[0]["run"]), ("delivery", written[0]["run"]),
    }  # fmt: skip
    assert (title["conflict"], title["hold"]) == (None, None)
    assert "Ada Lovelace in product" in " ".join(desk.run("history", card, width=200).out.split())
    runs = desk.run("history", "--json").document
    assert [one["run"] for one in runs] == [written[0]["run"], run]
    assert {one["status"] for one in runs} == {"ok"}


def test_an_export_is_safe_in_a_spreadsheet_and_in_markdown(desk: Desk, ada: TrelloUser) -> None:
    ada.create('=HYPERLINK("http://evil","x")')
    ada.create("a | b *c* <b>\u202e")
    assert desk.run("sync").code == 0

    table = list(csv.DictReader(io.StringIO(desk.run("export").out)))
    markdown = desk.run("export", "--format", "md").out
    document = desk.run("export", "--format", "json").document

    assert {row["title"][:2] for row in table} == {"'=", "a "}
    assert all(row["engineering key"].startswith("ENG-") for row in table)
    assert r"a \| b \*c\* \<b\>" in markdown
    assert {one["title"] for one in document} >= {'=HYPERLINK("http://evil","x")'}


def test_an_export_goes_into_a_file(desk: Desk, ada: TrelloUser) -> None:
    ada.create("Łódź 🌙")
    assert desk.run("sync").code == 0
    path = desk.folder / "items.json"

    assert desk.run("export", "--format", "json", "--out", str(path)).out == ""
    assert json.loads(path.read_text(encoding="utf-8"))[0]["title"] == "Łódź 🌙"
    assert desk.run("export", "--out", str(desk.folder / "no" / "items.csv")).code == 2


def test_what_looks_alike_waits_until_a_person_decides(desk: Desk, ada: TrelloUser, grace: JiraUser) -> None:
    card = ada.create("Fix login on Safari")
    issue = grace.create("Fix login in Safari")
    assert desk.run("sync", "--json").document["created"] == 0

    waiting = desk.run("match", "--json").document
    told = desk.run("match").out
    joined = desk.run("match", "join", card, grace.key(issue))
    done = desk.run("sync", "--json")

    assert {one["title"] for one in waiting} == {"Fix login on Safari", "Fix login in Safari"}
    assert all(one["suggestions"] for one in waiting)
    assert "Fix login on Safari" in told
    assert joined.code == 0
    assert (done.document["items"], done.document["created"]) == (1, 1)
    assert desk.run("match", "--json").document == []


def test_what_looks_alike_can_be_made_new_or_ignored(desk: Desk, ada: TrelloUser, grace: JiraUser) -> None:
    card = ada.create("Fix login on Safari")
    issue = grace.create("Fix login in Safari")
    assert desk.run("sync").code == 0

    assert desk.run("match", "new", card).code == 0
    assert desk.run("match", "ignore", grace.key(issue)).code == 0
    done = desk.run("sync", "--json").document

    assert (done["items"], done["created"]) == (1, 2)
    assert desk.run("match", "new", "ENG-4711").code == 1


def test_a_conflict_is_shown_with_both_values_and_can_be_decided_otherwise(
    desk: Desk, ada: TrelloUser, linus: AsanaUser
) -> None:
    card = ada.create("Pay by card")
    assert desk.run("sync").code == 0
    task = _place(desk, "Pay by card", "delivery")["id"]
    ada.rename(card, "[red]Pay by phone[/red]")
    linus.rename(task, "Pay by watch")

    done = desk.run("sync", "--json").document
    listed = desk.run("conflicts", "list", "--json").document
    number = str(listed[0]["number"])
    shown = desk.run("conflicts", "show", number)
    resolved = desk.run("conflicts", "resolve", number, "--take", "delivery")
    after = desk.run("sync").code

    assert done["conflicts"] == 1
    assert {one["value"] for one in listed[0]["values"]} == {"[red]Pay by phone[/red]", "Pay by watch"}
    assert listed[0]["winner"]["connection"] == "product", "the product side owns titles"
    assert "[red]Pay by phone[/red]" in shown.out
    assert "Pay by watch" in shown.out
    assert resolved.code == 0
    assert after == 0
    assert linus.task(task)["name"] == "Pay by watch"
    assert ada.call("GET", f"/cards/{card}", fields="name")["name"] == "Pay by watch"


def test_a_conflict_about_a_number_is_decided_by_a_number(desk: Desk, ada: TrelloUser, grace: JiraUser) -> None:
    text = desk.config.read_text(encoding="utf-8")
    for name, shipped, scope in (
        ("product", "trello-kanban", "{board: Roadmap}"), ("engineering", "jira-software", "{project: ENG}"),
    ):  # fmt: skip
        mapping = (SHELF / f"{shipped}.yaml").read_text(encoding="utf-8")
        (desk.folder / f"{name}.yaml").write_text(f"{mapping}\ncustom: {{Budget: Budget}}\n", encoding="utf-8")
        text = text.replace(f"scope: {scope}", f"scope: {scope}\n    mapping: {name}.yaml")
    desk.config.write_text(text, encoding="utf-8")
    body = {"idModel": ada.board, "modelType": "board", "pos": "bottom", "name": "Budget", "type": "number"}
    field = ada.call("POST", "/customFields", body)["id"]
    card = ada.create("Pay by card")
    assert desk.run("sync").code == 0
    issue = _place(desk, "Pay by card", "engineering")["id"]
    ada.call("PUT", f"/cards/{card}/customField/{field}/item", {"value": {"number": "1"}})
    grace.edit(issue, customfield_10033=2)
    assert desk.run("sync", "--json").document["conflicts"] == 1
    number = str(desk.run("conflicts", "list", "--json").document[0]["number"])

    refused = desk.run("conflicts", "resolve", number, "--value", "much")
    resolved = desk.run("conflicts", "resolve", number, "--value", "2.5")

    assert (refused.code, resolved.code) == (2, 0)
    assert "Budget is a number such as 2.5, not 'much'" in " ".join(refused.err.replace("│", " ").split())
    shown = grace.call("GET", f"/issue/{issue}", fields="customfield_10033")
    assert shown["fields"]["customfield_10033"] == 2.5
    assert ada.call("GET", f"/cards/{card}/customFieldItems")[0]["value"] == {"number": "2.5"}
    assert desk.run("sync", "--json").document["writes"] == 0


@pytest.mark.parametrize(
    "arguments", [["show", "4711"], ["resolve", "4711", "--take", "product"], ["resolve", "4711", "--value", "x"]]
)
def test_a_conflict_that_there_is_not_is_told(desk: Desk, arguments: list[str]) -> None:
    assert desk.run("conflicts", *arguments, "--json").code == 1


@pytest.mark.parametrize("arguments", [["resolve", "1"], ["resolve", "1", "--take", "a", "--value", "b"],
                                       ["resolve", "1", "--edit", "--take", "a"],
                                       ["resolve", "1", "--take", "a", "--plan", "--later"]])  # fmt: skip
def test_a_decision_that_cannot_be_understood_is_a_usage_error(desk: Desk, arguments: list[str]) -> None:
    assert desk.run("conflicts", *arguments).code == 2


def test_check_tells_who_we_are_and_what_is_amiss_with_its_remedy(desk: Desk) -> None:
    good = desk.run("check", "--json")
    told = desk.run("check")
    desk.environ["ASANA_TOKEN"] = "wrong"
    bad = desk.run("check", "--json")

    assert (good.code, good.document["ok"]) == (0, True)
    assert set(good.document["connections"]) == {"product", "engineering", "delivery"}
    assert "ready to sync" in told.out
    assert (bad.code, bad.document["ok"]) == (5, False)
    errors = [one for one in bad.document["findings"] if one["severity"] == "error"]
    assert [(one["connection"], bool(one["remedy"])) for one in errors] == [("delivery", True)]


def test_check_tells_a_status_that_cannot_be_shown(desk: Desk) -> None:
    (desk.folder / "poor.yaml").write_text(
        "connector: asana\nstatuses: {To Do: {status: To Do, category: TODO}}\n", encoding="utf-8"
    )
    text = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(text.replace("scope: {project: Launch}", "scope: {project: Launch}\n    mapping: poor.yaml"))

    done = desk.run("check", "--json")

    assert done.code == 1
    errors = [one["message"] for one in done.document["findings"] if one["severity"] == "error"]
    assert any("'In Progress' cannot be shown" in message for message in errors)


def test_the_schema_is_the_configs(desk: Desk) -> None:
    assert desk.run("schema").document == schema()


@pytest.mark.parametrize("command", ["board", "history", "match", "conflicts", "export", "verify", "plan", "sync"])
def test_every_command_has_something_to_say_of_an_empty_sync(desk: Desk, command: str) -> None:
    told = desk.run(command)
    document = desk.run(command, "--json")

    assert (told.code, document.code) == (0, 0)
    assert not unescaped(told.out)
    assert document.document is not None
