"""Comments and attachments over the three tools: each is once in each of them, and what is not for all stays."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from inprocess import Call, Hooks, InProcess, Reply
from trio import Trio, since

from pmsync_jira.sandbox.emulator import JiraEmulator

TITLE = "Pay by card"
WORDS = "Which cards do we take?"


class Cutting(Hooks):
    """Cuts the answer off to some requests, after their effect."""

    def __init__(self) -> None:
        self.route = ""
        self.left = 0

    def after(self, call: Call, reply: Reply) -> Reply:
        if self.left and call.route.endswith(self.route) and call.method == "POST":
            self.left -= 1
            raise ConnectionResetError
        return reply


@pytest.fixture(scope="module")
def near() -> Iterator[InProcess]:
    with InProcess(hooks=Cutting()) as up:
        yield up


@pytest.fixture
def trio(near: InProcess, tmp_path: Path) -> Iterator[Trio]:
    world = Trio(near, tmp_path)
    world.jira.create(TITLE)
    world.settle()
    yield world
    world.close()


def says(text: str) -> Any:
    """Words as Jira's document."""
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


def comment(trio: Trio, tool: str, text: str, **more: Any) -> str:
    """Somebody comments in a tool."""
    id_ = trio.find(tool, TITLE)
    match tool:
        case "jira":
            return str(trio.jira.call("POST", f"/issue/{id_}/comment", {"body": says(text), **more})["id"])
        case "trello":
            return str(trio.trello.call("POST", f"/cards/{id_}/actions/comments", {"text": text})["id"])
        case _:
            return str(trio.asana.call("POST", f"/tasks/{id_}/stories", {"data": {"text": text}})["data"]["gid"])


def comments(trio: Trio, tool: str) -> list[str]:
    """What all comments of the item say, oldest first, as the tool stores it."""
    id_ = trio.find(tool, TITLE)
    match tool:
        case "jira":
            found = trio.jira.call("GET", f"/issue/{id_}/comment")["comments"]
            return [str(one["body"]) for one in found]
        case "trello":
            found = trio.trello.call("GET", f"/cards/{id_}/actions", filter="commentCard")
            return [str(one["data"]["text"]) for one in reversed(found)]
        case _:
            found = trio.asana.call("GET", f"/tasks/{id_}/stories", opt_fields="html_text,type")["data"]
            return [str(one["html_text"]) for one in found if one["type"] == "comment"]


def times(trio: Trio, text: str) -> dict[str, int]:
    """How many comments of each tool have the text in them."""
    return {tool: sum(text in one for one in comments(trio, tool)) for tool in trio.users}


EVERYWHERE = {"trello": 1, "jira": 1, "asana": 1}


@pytest.mark.parametrize("tool", ["jira", "trello", "asana"])
def test_a_comment_is_once_in_every_tool_and_tells_whose_it_is(trio: Trio, tool: str) -> None:
    comment(trio, tool, WORDS)
    before = trio.writes()
    trio.settle()
    assert times(trio, WORDS) == EVERYWHERE
    assert trio.writes() - before <= 3, "one for each target, and one that Asana may take to show its own form"
    for other in trio.users:
        if other != tool:
            (mirror,) = comments(trio, other)
            name = {
                "jira": "Grace Hopper, in Jira",
                "trello": "Ada Lovelace, in Trello",
                "asana": "Linus Pauling, in Asana",
            }
            assert name[tool] in mirror
            assert "pmsync=part-" in mirror
    quiet = trio.asked()
    trio.sync()
    assert not [route for routes in since(quiet, trio.asked()).values() for route in routes if "comment" in route]


def test_edits_and_deletions_in_jira_are_followed(trio: Trio) -> None:
    made = comment(trio, "jira", WORDS)
    trio.settle()
    here = f"/issue/{trio.find('jira', TITLE)}/comment/{made}"
    trio.jira.call("PUT", here, {"body": says("Visa, and what else?")})
    trio.wait(60)
    trio.settle()
    assert times(trio, "Visa, and what else?") == EVERYWHERE
    assert times(trio, WORDS) == dict.fromkeys(EVERYWHERE, 0)
    trio.jira.call("DELETE", here)
    trio.wait(60)
    for _ in range(3):
        trio.sync(deep=True)
    assert {tool: comments(trio, tool) for tool in trio.users} == {tool: [] for tool in trio.users}


def test_a_mirror_whose_answer_was_lost_is_not_made_again(trio: Trio, near: InProcess) -> None:
    comment(trio, "trello", WORDS)
    hooks = near.hooks
    assert isinstance(hooks, Cutting)
    hooks.route, hooks.left = "/comment", 1
    for _ in range(3):
        trio.sync()
        trio.wait(700)
    assert hooks.left == 0
    trio.settle()
    assert times(trio, WORDS) == EVERYWHERE


def test_what_is_for_some_in_jira_stays_there_and_what_becomes_so_is_withdrawn(trio: Trio) -> None:
    some = {"type": "role", "value": "Developers"}
    comment(trio, "jira", "Not for all", visibility=some)
    made = comment(trio, "jira", WORDS)
    trio.settle()
    assert times(trio, "Not for all") == {"trello": 0, "jira": 1, "asana": 0}
    assert times(trio, WORDS) == EVERYWHERE
    here = f"/issue/{trio.find('jira', TITLE)}/comment/{made}"
    trio.jira.call("PUT", here, {"body": says(WORDS), "visibility": some})
    trio.wait(60)
    trio.settle()
    assert times(trio, WORDS) == {"trello": 0, "jira": 1, "asana": 0}


def test_where_customers_read_along_what_comes_from_elsewhere_is_a_note(near: InProcess, tmp_path: Path) -> None:
    trio = Trio(near, tmp_path)
    emulator = trio.sandbox("jira").emulator
    assert isinstance(emulator, JiraEmulator)
    emulator.serve_customers()
    trio.jira.create(TITLE)
    trio.settle()
    comment(trio, "trello", WORDS)
    comment(trio, "jira", "To the customer")
    comment(trio, "jira", "Between us", properties=[{"key": "sd.public.comment", "value": {"internal": True}}])
    trio.settle()
    assert times(trio, "To the customer") == EVERYWHERE
    assert times(trio, "Between us") == {"trello": 0, "jira": 1, "asana": 0}
    found = trio.jira.call("GET", f"/issue/{trio.find('jira', TITLE)}/comment")["comments"]
    assert [(one["jsdPublic"], WORDS in str(one["body"])) for one in found if one["jsdPublic"] is False] == [
        (False, False),
        (False, True),
    ]
    trio.close()


def attach(trio: Trio, name: str, content: bytes) -> str:
    """Somebody attaches a file in Jira."""
    answer = requests.post(
        f"{trio.served.bases['jira']}/rest/api/3/issue/{trio.find('jira', TITLE)}/attachments",
        files={"file": (name, BytesIO(content), "text/plain")},
        headers={"X-Atlassian-Token": "no-check"},
        auth=("grace@example.com", "sandbox-grace"),
        timeout=10,
    )
    answer.raise_for_status()
    return str(answer.json()[0]["id"])


def attached(trio: Trio) -> dict[str, list[str]]:
    """The names of what is attached in each tool, without links to twins."""
    cards = trio.trello.call("GET", f"/cards/{trio.find('trello', TITLE)}/attachments")
    issue = f"/issue/{trio.find('jira', TITLE)}"
    files = trio.jira.call("GET", issue, fields="attachment")["fields"]["attachment"]
    links = trio.jira.call("GET", f"{issue}/remotelink")
    tasks = trio.asana.call("GET", "/attachments", parent=trio.find("asana", TITLE))["data"]
    return {
        "trello": [one["name"] for one in cards if "part-" in one["url"] or one["isUpload"]],
        "jira": [one["filename"] for one in files]
        + [one["object"]["title"] for one in links if "part-" in one["object"]["url"]],
        "asana": [one["name"] for one in tasks],
    }


def test_a_file_of_jira_s_is_linked_and_a_copy_is_one(trio: Trio) -> None:
    attach(trio, "plan.txt", b"words")
    trio.settle()
    assert attached(trio) == {"trello": ["plan.txt"], "jira": ["plan.txt"], "asana": ["plan.txt"]}
    trio.configure(sync={"attachments": {"product": "copy", "engineering": "link", "delivery": "off"}})
    attach(trio, "figures.txt", b"1, 2, 3")
    trio.wait(60)
    trio.settle()
    cards = trio.trello.call("GET", f"/cards/{trio.find('trello', TITLE)}/attachments")
    assert [(one["isUpload"], one["bytes"]) for one in cards if one["name"] == "figures.txt"] == [(True, 7)]


def test_what_is_attached_to_a_card_is_a_web_link_of_the_issue_once(trio: Trio) -> None:
    card = trio.find("trello", TITLE)
    body = {"url": "https://example.com/prices", "name": "Prices"}
    made = trio.trello.call("POST", f"/cards/{card}/attachments", body)[0]["id"]
    trio.settle()
    assert attached(trio)["jira"] == ["Prices"]
    trio.trello.call("DELETE", f"/cards/{card}/attachments/{made}")
    trio.wait(60)
    for _ in range(3):
        trio.sync(deep=True)
    assert attached(trio)["jira"] == []
