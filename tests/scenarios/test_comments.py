"""Comments between the three tools, each made in the tool's own way."""

from typing import Any

from trio import Trio


def _said(trio: Trio, ids: dict[str, str]) -> dict[str, list[str]]:
    """The texts of the comments of one item in each tool, as JSON or text."""
    actions = trio.trello.call("GET", f"/cards/{ids['trello']}/actions", filter="commentCard")
    bodies = trio.jira.call("GET", f"/issue/{ids['jira']}/comment")["comments"]
    stories = trio.asana.call("GET", f"/tasks/{ids['asana']}/stories")["data"]
    return {
        "trello": [one["data"]["text"] for one in actions],
        "jira": [str(one["body"]) for one in bodies],
        "asana": [one["text"] for one in stories if one["type"] == "comment"],
    }


def _document(text: str) -> dict[str, Any]:
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]
    return {"type": "doc", "version": 1, "content": content}


def test_what_each_says_all_read_once_and_edits_and_deletions_follow(trio: Trio) -> None:
    card = trio.trello.create("Pay by card")
    spoken = trio.trello.call("POST", f"/cards/{card}/actions/comments", {"text": "Which **cards**?"})["id"]
    trio.sync()
    ids = {tool: trio.find(tool, "Pay by card") for tool in ("trello", "jira", "asana")}
    trio.wait(1)
    answer = trio.jira.call("POST", f"/issue/{ids['jira']}/comment", {"body": _document("All of them.")})["id"]
    trio.asana.call("POST", f"/tasks/{ids['asana']}/stories", {"data": {"text": "Visa first"}})
    trio.wait(60)
    assert trio.sync().total("writes") == 4, "one for each that lacked one"
    trio.wait(60)
    assert trio.settle().total("writes") == 0
    said = _said(trio, ids)
    for word in ("cards", "All of them.", "Visa first"):
        assert {tool: sum(word in one for one in texts) for tool, texts in said.items()} == dict.fromkeys(ids, 1)
    assert any("Grace Hopper, in Jira" in one for one in said["trello"])
    assert trio.verify().agrees

    trio.jira.call("PUT", f"/issue/{ids['jira']}/comment/{answer}", {"body": _document("Nearly all.")})
    trio.trello.call("DELETE", f"/cards/{card}/actions/{spoken}/comments")
    trio.wait(60)
    for _ in range(2):
        trio.sync(deep=True)
        trio.wait(60)
    said = _said(trio, ids)
    assert {tool: sum("Nearly all." in one for one in texts) for tool, texts in said.items()} == dict.fromkeys(ids, 1)
    assert not any("cards" in one for texts in said.values() for one in texts)
    assert trio.settle().total("writes") == 0
