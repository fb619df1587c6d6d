"""Links between items, releases and custom fields over the three tools, each in what the tool has for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from inprocess import InProcess
from trio import Trio


@pytest.fixture(scope="module")
def near() -> Iterator[InProcess]:
    with InProcess() as up:
        yield up


@pytest.fixture
def trio(near: InProcess, tmp_path: Path) -> Iterator[Trio]:
    world = Trio(near, tmp_path)
    yield world
    world.close()


def link(trio: Trio, kind: str, source: str, target: str) -> None:
    """Somebody links two issues."""
    ends = {"inwardIssue": {"id": trio.find("jira", source)}, "outwardIssue": {"id": trio.find("jira", target)}}
    trio.jira.call("POST", "/issueLink", {"type": {"name": kind}, **ends})


def linked(trio: Trio, title: str) -> set[tuple[str, str]]:
    """The links that lead from an issue."""
    found = trio.jira.call("GET", f"/issue/{trio.find('jira', title)}", fields="issuelinks")["fields"]["issuelinks"]
    return {(one["type"]["name"], one["outwardIssue"]["fields"]["summary"]) for one in found if "outwardIssue" in one}


def blocking(trio: Trio, title: str) -> set[str]:
    """The titles of the tasks that depend on a task."""
    found = trio.asana.call("GET", f"/tasks/{trio.find('asana', title)}", opt_fields="dependents")["data"]
    titles = {id_: one.title for id_, one in trio.shown("asana").items()}
    return {titles[one["gid"]] for one in found["dependents"]}


def attached(trio: Trio, title: str) -> set[str]:
    """The names of what is attached to a card, but for what marks it."""
    found = trio.trello.call("GET", f"/cards/{trio.find('trello', title)}/attachments")
    return {one["name"] for one in found if "#pmsync=" not in one["url"]}


def hanging(trio: Trio, title: str) -> dict[str, str]:
    """What is attached to a task, by name."""
    found = trio.asana.call("GET", "/attachments", parent=trio.find("asana", title), opt_fields="name")["data"]
    return {one["name"]: one["gid"] for one in found}


def refer(trio: Trio, title: str, name: str, target: str) -> None:
    """Somebody attaches a task's address to another task."""
    other = trio.asana.call("GET", f"/tasks/{trio.find('asana', target)}", opt_fields="permalink_url")["data"]
    form = {"parent": trio.find("asana", title), "resource_subtype": "external", "name": name}
    requests.post(
        f"{trio.served.bases['asana']}/api/1.0/attachments",
        files={field: (None, value) for field, value in {**form, "url": str(other["permalink_url"])}.items()},
        headers={"Authorization": "Bearer sandbox-linus"},
        timeout=10,
    ).raise_for_status()


def settle(trio: Trio) -> None:
    trio.wait(60)
    trio.settle(8)


def assert_quiet(trio: Trio) -> None:
    """Nothing is left to be written, also when all is read again."""
    before = trio.writes()
    trio.wait(60)
    trio.sync()
    trio.sync(deep=True)
    assert trio.writes() == before


def test_what_blocks_what_in_jira_does_so_in_the_other_tools_and_back(trio: Trio) -> None:
    for title in ("Design", "Build", "Ship"):
        trio.jira.create(title)
    link(trio, "Blocks", "Design", "Build")
    trio.settle(8)
    assert blocking(trio, "Design") == {"Build"}
    assert any(name.startswith("blocks") for name in attached(trio, "Design"))
    ship = {"data": {"dependencies": [trio.find("asana", "Build")]}}
    trio.asana.call("POST", f"/tasks/{trio.find('asana', 'Ship')}/addDependencies", ship)
    trio.wait(60)
    trio.settle(8)
    assert (linked(trio, "Design"), linked(trio, "Build")) == ({("Blocks", "Build")}, {("Blocks", "Ship")})
    made = trio.jira.call("GET", f"/issue/{trio.find('jira', 'Design')}", fields="issuelinks")["fields"]["issuelinks"]
    trio.jira.call("DELETE", f"/issueLink/{made[0]['id']}")
    trio.wait(60)
    trio.settle(8)
    assert blocking(trio, "Design") == set()
    assert not any(name.startswith("blocks") for name in attached(trio, "Design"))


def test_what_relates_and_what_duplicates_is_an_attachment_in_asana_that_is_read_back(trio: Trio) -> None:
    for title in ("Design", "Build", "Ship"):
        trio.jira.create(title)
    link(trio, "Relates", "Design", "Build")
    trio.settle(8)
    made = hanging(trio, "Design")
    assert [*made] == ["relates: Build"]
    assert attached(trio, "Design") == {"relates: Build"}
    assert (hanging(trio, "Build"), hanging(trio, "Ship")) == ({}, {})
    assert_quiet(trio)

    trio.asana.call("DELETE", f"/attachments/{made['relates: Build']}")
    refer(trio, "Ship", "Duplicates: what was built", "Build")
    settle(trio)
    assert (linked(trio, "Design"), linked(trio, "Ship")) == (set(), {("Duplicate", "Build")})
    assert (attached(trio, "Design"), attached(trio, "Ship")) == (set(), {"duplicates: Build"})
    assert [*hanging(trio, "Ship")] == ["Duplicates: what was built"], "as the person said it, and once"
    assert_quiet(trio)


def test_a_link_of_an_item_that_is_made_arrives_with_it(trio: Trio) -> None:
    trio.jira.create("Design")
    trio.settle()
    for title in ("Build", "Ship"):
        trio.jira.create(title)
    link(trio, "Duplicate", "Build", "Ship")
    link(trio, "Relates", "Design", "Ship")
    trio.settle(8)
    assert (linked(trio, "Build"), linked(trio, "Design")) == ({("Duplicate", "Ship")}, {("Relates", "Ship")})


def board_field(trio: Trio, name: str) -> str:
    """A custom field of the board, which takes any text."""
    body = {"idModel": trio.trello.board, "modelType": "board", "name": name, "type": "text", "pos": "bottom"}
    return str(trio.trello.call("POST", "/customFields", body)["id"])


def test_releases_and_custom_fields_travel_by_name_and_what_jira_lacks_is_told(trio: Trio) -> None:
    team, version = board_field(trio, "Team"), board_field(trio, "Version")
    for name in ("1.0", "2.0"):
        requests.post(
            f"{trio.served.bases['jira']}/rest/api/3/version",
            json={"name": name, "projectId": 10000},
            auth=("pmsync@example.com", "sandbox-pmsync"),
            timeout=10,
        ).raise_for_status()
    trio.configure(
        connections={
            "product": {"mapping": trio.mapping("trello-kanban", custom={"Team": "Team", "Version": "release"})},
            "engineering": {"mapping": trio.mapping("jira-software", custom={"Team": "Team"})},
        }
    )
    issue = trio.jira.create("Design")
    trio.jira.edit(issue, customfield_10030={"value": "Payments"}, fixVersions=[{"name": "1.0"}])
    trio.settle()
    card = trio.find("trello", "Design")

    def shown() -> dict[str, str]:
        items = trio.trello.call("GET", f"/cards/{card}/customFieldItems")
        return {one["idCustomField"]: one["value"]["text"] for one in items}

    assert shown() == {team: "Payments", version: "1.0"}
    for field, text in ((team, "Mobile"), (version, "2.0")):
        trio.trello.call("PUT", f"/cards/{card}/customField/{field}/item", {"value": {"text": text}})
    trio.wait(60)
    trio.settle()
    fields = trio.jira.call("GET", f"/issue/{issue}")["fields"]
    assert fields["customfield_10030"]["value"] == "Mobile"
    assert [one["name"] for one in fields["fixVersions"]] == ["2.0"]
    trio.trello.call("PUT", f"/cards/{card}/customField/{team}/item", {"value": {"text": "Nobody's"}})
    trio.wait(60)
    trio.settle()
    assert "no option" in str(trio.verify())
    assert trio.jira.call("GET", f"/issue/{issue}")["fields"]["customfield_10030"]["value"] == "Mobile"
    assert shown()[team] == "Nobody's"
