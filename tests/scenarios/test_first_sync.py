"""Tools that were in use before: what is the same is joined, what may be the same waits, nothing is doubled or lost."""

import pytest
from trio import TOOLS, Trio, assert_same


def test_same_titles_become_one_item_and_keep_what_each_had(trio: Trio) -> None:
    card = trio.trello.create("Pay by card", "Doing", "Words in Trello.")
    trio.trello.label(card, "money")
    issue = trio.jira.create("pay by  card.", "Backlog")
    trio.jira.label(issue, "infra")
    task = trio.asana.create("Pay by card", "To Do")
    trio.asana.due(task, "2026-12-24")
    report = trio.sync()
    assert report.total("created") == 0
    assert report.total("linked") == 3
    trio.settle()
    for tool in TOOLS:
        (shown,) = trio.shown(tool).values()
        assert shown.labels == ("infra", "money")
        assert shown.due == "2026-12-24"
        assert shown.text == "Words in Trello."
    assert trio.item("jira", trio.titles("jira")[0]).place == "Backlog", "engineering owns the status"
    conflicts = {one.field.value for one in trio.store.reports.conflicts(sync="roadmap")}
    assert "status" in conflicts, "every difference is recorded"
    assert trio.verify().agrees


def test_what_could_be_joined_in_two_ways_is_held(trio: Trio) -> None:
    trio.trello.create("Pay by card")
    trio.jira.create("Pay by card")
    trio.jira.create("Pay by card")
    trio.trello.create("Something else")
    report = trio.settle()
    assert report.held >= 3
    assert len(trio.titles("trello")) == 2
    assert trio.titles("asana") == ["Something else"]
    assert trio.titles("jira") == ["Pay by card", "Pay by card", "Something else"]


@pytest.mark.parametrize("decision", ["join", "new", "ignore"])
def test_what_looks_alike_waits_for_a_person(trio: Trio, decision: str) -> None:
    card = trio.trello.create("Refunds can be partial now")
    issue = trio.jira.create("Refunds can be partial, now")
    trio.settle()
    assert trio.titles("asana") == []
    assert len(trio.titles("trello")) == len(trio.titles("jira")) == 1
    from pmsync.sync.link import home_of

    name, home = trio.plan_of.name, home_of("roadmap", "product", card)
    decided = {"join": f"join:{home}", "new": "create", "ignore": "ignore"}[decision]
    trio.store.candidates.decide(name, "engineering", issue, decided)
    if decision == "new":
        trio.store.candidates.decide(name, "product", card, decided)
    trio.store.progress.put_fact(f"link {name}", "yes")
    trio.settle()
    counts = {tool: len(trio.titles(tool)) for tool in TOOLS}
    if decision == "join":
        assert counts == {"trello": 1, "jira": 1, "asana": 1}
    elif decision == "new":
        assert counts == {"trello": 2, "jira": 2, "asana": 2}
    else:
        assert "Refunds can be partial, now" not in trio.titles("trello") + trio.titles("asana")


def test_a_reference_to_the_other_joins_items_of_different_titles(trio: Trio) -> None:
    issue = trio.jira.create("Take Visa")
    key = trio.jira.key(issue)
    trio.trello.create("Pay by card", text=f"Words.\n\nJira: {key}")
    trio.settle()
    assert len(trio.titles("trello")) == len(trio.titles("jira")) == len(trio.titles("asana")) == 1


def test_a_lost_state_is_rebuilt_from_the_markers(trio: Trio) -> None:
    for tool in TOOLS:
        for number in range(2):
            trio.users[tool].create(f"{tool} {number}", text=f"Text {number} of {tool}.")
    trio.settle()
    trio.trello.rename(trio.find("trello", "jira 0"), "jira 0, renamed everywhere")
    trio.settle()
    before = trio.everything()
    trio.shut()
    for path in trio.folder.glob("pmsync.db*"):
        path.unlink()
    trio.reopen()
    report = trio.sync()
    assert report.total("created") == 0
    trio.settle()
    assert_same(trio.everything(), before)
    assert trio.verify().agrees


def test_titles_changed_while_the_state_was_lost_double_nothing(trio: Trio) -> None:
    for number in range(3):
        trio.trello.create(f"Card {number}")
    trio.settle()
    trio.shut()
    for path in trio.folder.glob("pmsync.db*"):
        path.unlink()
    trio.jira.rename(trio.find("jira", "Card 0"), "Issue of another name")
    trio.asana.rename(trio.find("asana", "Card 1"), "Task of another name")
    trio.reopen()
    trio.settle()
    assert [len(trio.titles(tool)) for tool in TOOLS] == [3, 3, 3]
    assert trio.titles("trello") == trio.titles("jira") == trio.titles("asana")


@pytest.mark.parametrize("how", ["key", "id", "url", "short link", "pmsync id", "asana id"])
def test_one_item_is_reconciled_by_whatever_it_is_called(trio: Trio, how: str) -> None:
    trio.trello.create("Pay by card")
    trio.trello.create("Not this one")
    trio.settle()
    issue, card = trio.find("jira", "Pay by card"), trio.find("trello", "Pay by card")
    key = trio.jira.key(issue)
    item = trio.store.items.find(key, sync="roadmap")[0]
    reference = {
        "key": key,
        "id": issue,
        "url": f"{trio.served.bases['jira']}/browse/{key}",
        "short link": trio.trello.call("GET", f"/cards/{card}")["shortUrl"],
        "pmsync id": item,
        "asana id": trio.find("asana", "Pay by card"),
    }[how]
    trio.jira.rename(issue, "Pay by any card")
    trio.trello.rename(trio.find("trello", "Not this one"), "Not this one, renamed")
    report = trio.reconcile(reference)
    assert report.exit_code() == 0
    assert "Pay by any card" in trio.titles("trello")
    assert "Pay by any card" in trio.titles("asana")
    assert "Not this one" in trio.titles("jira"), "nothing else is touched"
