"""Every replica leads people to its twins: in three tools, with one write for each link, and right when keys change."""

import re

import pytest
from trio import TOOLS, Trio, since

from pmsync.model.part import token_in, unled
from pmsync_jira.sandbox.emulator import JiraEmulator

LINKS = {
    "trello": "POST /1/cards/{id}/attachments",
    "jira": "POST /rest/api/3/issue/{issueIdOrKey}/remotelink",
    "asana": "POST /api/1.0/attachments",
}
"""The request that makes a link, by tool."""


@pytest.fixture
def linked(trio: Trio) -> Trio:
    """The world, with links to twins."""
    trio.configure(sync={"backlinks": True})
    return trio


def led(trio: Trio, tool: str, id_: str) -> dict[str, str]:
    """Where an item leads by links of ours, by the connection of the twin; and by what marks it, as "marker"."""
    if tool == "jira":
        told = trio.jira.call("GET", f"/issue/{id_}/remotelink")
        return {
            str(one["globalId"]).rpartition(".")[2]: str(one["object"]["url"])
            for one in told
            if str(one.get("globalId")).startswith("pmsync.twin=")
        }
    if tool == "trello":
        shown = [str(one["url"]) for one in trio.trello.call("GET", f"/cards/{id_}/attachments")]
    else:
        listed = trio.asana.call("GET", f"/attachments?parent={id_}&opt_fields=view_url,name")["data"]
        shown = [str(one["view_url"]) for one in listed]
        notes = trio.asana.call("GET", f"/tasks/{id_}?opt_fields=notes")["data"]["notes"]
        shown += re.findall(r"\S+#pmsync=\S+", notes)
    found: dict[str, str] = {}
    for url in shown:
        if token_in(url):
            name = token_in(url).rpartition(".")[2]
            assert name not in found, f"twice: {shown}"
            found[name] = unled(url)
        elif "#pmsync=" in url:
            found["marker"] = url.partition("#")[0]
    return found


def urls(trio: Trio) -> dict[str, str]:
    """The addresses of the one item, by connection."""
    ((bundle,),) = trio.store.items.every("roadmap")
    return {one.connection: one.url for one in bundle.replicas}


def there(trio: Trio, title: str = "Pay by card") -> dict[str, dict[str, str]]:
    """What `led` shows of an item, by tool."""
    return {tool: led(trio, tool, trio.find(tool, title)) for tool in TOOLS}


def made(routes: dict[str, dict[str, int]]) -> dict[str, int]:
    """How many links were made."""
    return {tool: routes.get(tool, {}).get(LINKS[tool], 0) for tool in TOOLS}


def test_every_replica_leads_to_its_twins_with_one_write_each_and_then_there_is_quiet(linked: Trio) -> None:
    linked.trello.create("Pay by card", "To Do")
    assert [(step.kind, step.connection) for step in linked.plan()] == [
        ("create", "engineering"),
        ("create", "delivery"),
    ], "links that come with what is made are a part of its making"
    before = linked.asked()
    report = linked.sync()
    assert not report.errors
    assert not report.warnings
    told = since(before, linked.asked())
    assert made(told) == {"trello": 2, "jira": 2, "asana": 1}, "what marks the task leads to the card"
    assert report.as_json()["backlinks"] == 5
    asked = {route for routes in told.values() for route in routes}
    assert not [route for route in asked if route.startswith("GET") and ("remotelink" in route or "attach" in route)]
    where = urls(linked)
    assert there(linked) == {
        "trello": {"engineering": where["engineering"], "delivery": where["delivery"]},
        "jira": {"product": where["product"], "delivery": where["delivery"]},
        "asana": {"marker": where["product"], "engineering": where["engineering"]},
    }
    for _ in range(2):
        linked.wait(60)
        report = linked.sync()
        assert (report.total("writes"), report.errors, report.warnings) == (0, [], [])
    assert linked.plan() == []
    assert linked.verify().agrees
    issue = linked.find("jira", "Pay by card")
    titles = [one["object"]["title"] for one in linked.jira.call("GET", f"/issue/{issue}/remotelink")]
    assert all("Pay by card" not in one for one in titles), "an edited title would cost writes"


@pytest.mark.parametrize("tool", TOOLS)
def test_whatever_tool_an_item_begins_in_its_links_are_no_attachments_that_travel(linked: Trio, tool: str) -> None:
    linked.users[tool].create("Pay by card", "To Do")
    linked.settle()
    linked.wait(700)
    linked.settle()
    where = urls(linked)
    connections = {"trello": "product", "jira": "engineering", "asana": "delivery"}
    for one, shown in there(linked).items():
        wanted = {url for name, url in where.items() if name != connections[one]}
        assert set(shown.values()) == wanted, one
    assert linked.store.parts.count("roadmap") == 0


def test_a_new_key_makes_the_links_lead_there_and_a_new_title_costs_nothing(linked: Trio) -> None:
    linked.trello.create("Pay by card", "To Do")
    linked.settle()
    issue = linked.find("jira", "Pay by card")
    linked.jira.rename(issue, "Pay by any card")
    before = linked.asked()
    linked.settle()
    assert made(since(before, linked.asked())) == dict.fromkeys(TOOLS, 0)
    _rekey(linked, issue)
    linked.wait(60)
    linked.settle(deep=True)
    where = urls(linked)
    assert where["engineering"].endswith("/ENG-4711")
    shown = there(linked, "Pay by any card")
    assert shown["trello"]["engineering"] == shown["asana"]["engineering"] == where["engineering"]


def _rekey(trio: Trio, issue: str) -> None:
    """Give an issue another key, as a move to another project and back does."""
    emulator = trio.sandbox("jira").emulator
    assert isinstance(emulator, JiraEmulator)
    site = emulator.site
    found = next(one for one in site.issues.values() if str(one.id) == issue)
    site._keys["ENG-4711"] = found.id
    site.touch(found, lambda: setattr(found, "key", "ENG-4711"))


def test_switched_off_nothing_is_made_and_on_again_it_is(trio: Trio) -> None:
    trio.configure(sync={"backlinks": {"product": False, "engineering": False}})
    trio.trello.create("Pay by card", "To Do")
    trio.settle()
    where = urls(trio)
    assert there(trio) == {
        "trello": {},
        "jira": {},
        "asana": {"marker": where["product"], "engineering": where["engineering"]},
    }
    trio.configure(sync={"backlinks": True})
    assert [step.kind for step in trio.plan()] == ["point", "point"]
    trio.settle()
    assert set(there(trio)["trello"]) == {"engineering", "delivery"}
    assert set(there(trio)["jira"]) == {"product", "delivery"}


def test_what_is_only_read_gets_no_links(trio: Trio) -> None:
    members = {"product": {"role": "product"}, "engineering": {"role": "engineering"}}
    trio.configure(
        sync={
            "backlinks": True,
            "members": {**members, "delivery": {"direction": "out"}},
            "create": {"delivery": ["product", "engineering"]},
        }
    )
    trio.asana.create("Pay by card", "To Do")
    trio.settle()
    shown = there(trio)
    assert shown["asana"] == {}
    assert set(shown["trello"]) == {"marker", "engineering"}


def test_a_link_that_somebody_takes_away_stays_away_until_its_twin_is_elsewhere(linked: Trio) -> None:
    linked.trello.create("Pay by card", "To Do")
    linked.settle()
    card = linked.find("trello", "Pay by card")
    for one in linked.trello.call("GET", f"/cards/{card}/attachments"):
        if token_in(one["url"]).endswith(".engineering"):
            linked.trello.call("DELETE", f"/cards/{card}/attachments/{one['id']}")
    linked.wait(60)
    linked.settle(deep=True)
    assert set(led(linked, "trello", card)) == {"delivery"}
    _rekey(linked, linked.find("jira", "Pay by card"))
    linked.settle(deep=True)
    assert set(led(linked, "trello", card)) == {"delivery", "engineering"}


def test_the_links_to_a_twin_that_is_gone_are_taken_away(linked: Trio) -> None:
    linked.trello.create("Pay by card", "To Do")
    linked.settle()
    issue = linked.find("jira", "Pay by card")
    linked.jira.call("DELETE", f"/issue/{issue}")
    linked.sync(deep=True)
    linked.settle(deep=True)
    card, task = (linked.find(tool, "Pay by card") for tool in ("trello", "asana"))
    assert set(led(linked, "trello", card)) == {"delivery"}
    assert set(led(linked, "asana", task)) == {"marker"}
    assert {one.connection for one in linked.store.twin_links.load([_item(linked)])[_item(linked)]} == {
        "product",
        "delivery",
    }


def _item(trio: Trio) -> str:
    ((bundle,),) = trio.store.items.every("roadmap")
    return bundle.item.id


def test_a_state_that_is_lost_makes_no_link_twice(linked: Trio) -> None:
    linked.trello.create("Pay by card", "To Do")
    linked.settle()
    before = there(linked)
    linked.shut()
    (linked.folder / "pmsync.db").unlink()
    linked.reopen()
    linked.configure(sync={"backlinks": True})
    asked = linked.asked()
    linked.settle()
    assert there(linked) == before
    assert made(since(asked, linked.asked())) == dict.fromkeys(TOOLS, 0)
