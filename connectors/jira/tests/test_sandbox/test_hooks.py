"""Webhooks: who may have them, what they are told, how they are signed and tried again."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from pmsync_jira.sandbox.webhooks import signature

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira

HOOKS = "/rest/webhooks/1.0/webhook"


class Receiver:
    """A receiver of webhooks that answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers.items()), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
                """Nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def told(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def _register(jira: "Jira", receiver: Receiver, **more: Any) -> Any:
    wanted = {
        "name": "pmsync",
        "url": receiver.url + "/webhooks/jira?issue=${issue.id}",
        "events": ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created"],
        "filters": {"issue-related-events-section": "project = ENG"},
        "secret": "It's a Secret to Everybody",
    }
    answer = jira.post(HOOKS, wanted | more, user="pmsync")
    assert answer.status == 201
    return answer.json


def test_the_signature_is_the_vendor_s() -> None:
    wanted = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    assert signature("It's a Secret to Everybody", b"Hello World!") == wanted


def test_administrators_register_change_and_remove_them(cloud: "Jira", receiver: Receiver) -> None:
    hook = _register(cloud, receiver)
    assert hook["isSigned"] is True
    assert "secret" not in hook
    here = hook["self"].removeprefix("http://localhost")
    assert cloud.get(HOOKS, user="pmsync").json == [hook]
    changed = cloud.put(here, {"events": ["jira:issue_deleted"]}, user="pmsync").json
    assert (changed["events"], changed["name"]) == (["jira:issue_deleted"], "pmsync")
    assert cloud.get(HOOKS).status == 403
    assert cloud.delete(here, user="pmsync").status == 204
    assert cloud.get(HOOKS, user="pmsync").json == []


def test_dynamic_webhooks_are_not_for_tokens(cloud: "Jira") -> None:
    for method in ("GET", "POST", "DELETE"):
        assert cloud.call(method, "/webhook", {}, user="pmsync").status == 403


def test_what_happens_is_told_and_signed(cloud: "Jira", receiver: Receiver) -> None:
    _register(cloud, receiver)
    key = cloud.create("Told", description=cloud.text("In words"))
    cloud.move(key, "11")
    cloud.post(f"/issue/{key}/comment", {"body": cloud.text("Hello")})
    cloud.delete(f"/issue/{key}")
    created, moved, commented, deleted = receiver.told()
    assert created["webhookEvent"] == "jira:issue_created"
    assert created["timestamp"] == 1778490000000
    assert created["issue"]["fields"]["description"] == "In words", "the old representation, not a document"
    assert "/rest/api/2/" in created["issue"]["self"]
    assert (moved["webhookEvent"], moved["issue_event_type_name"]) == ("jira:issue_updated", "issue_generic")
    assert [(item["field"], item["toString"]) for item in moved["changelog"]["items"]] == [("status", "To Do")]
    assert (commented["comment"]["body"], commented["issue"]["key"]) == ("Hello", key)
    assert deleted["webhookEvent"] == "jira:issue_deleted"
    for path, headers, body in receiver.got:
        assert path == "/webhooks/jira?issue=10000"
        assert headers["X-Hub-Signature"] == signature("It's a Secret to Everybody", body)
        assert headers["X-Atlassian-Webhook-Flow"] == "Primary"
        assert "X-Atlassian-Webhook-Retry" not in headers
    assert len({headers["X-Atlassian-Webhook-Identifier"] for _, headers, _ in receiver.got}) == 4


def test_only_what_the_filter_and_the_events_want_is_told(cloud: "Jira", receiver: Receiver) -> None:
    _register(cloud, receiver, filters={"issue-related-events-section": "labels = roadmap"}, secret="")
    cloud.create("Not this")
    cloud.create("This", labels=["roadmap"])
    assert [told["issue"]["fields"]["summary"] for told in receiver.told()] == ["This"]
    assert "X-Hub-Signature" not in receiver.got[0][1]


def test_a_failed_delivery_is_tried_again_under_the_same_identifier(cloud: "Jira", receiver: Receiver) -> None:
    _register(cloud, receiver)
    receiver.status = 503
    cloud.create()
    for _ in range(8):
        cloud.clock.advance(901)
        cloud.sandbox.deliveries.flush()
    assert len(receiver.got) == 6
    assert len({headers["X-Atlassian-Webhook-Identifier"] for _, headers, _ in receiver.got}) == 1
    assert [headers.get("X-Atlassian-Webhook-Retry") for _, headers, _ in receiver.got] == [None, *"12345"]


def test_a_refusal_is_final(cloud: "Jira", receiver: Receiver) -> None:
    _register(cloud, receiver)
    receiver.status = 401
    cloud.create()
    cloud.clock.advance(10_000)
    cloud.sandbox.deliveries.flush()
    assert len(receiver.got) == 1


def test_bulks_are_secondary_and_data_center_leaves_the_issue_out(data_center: "Jira", receiver: Receiver) -> None:
    _register(data_center, receiver)
    fields = {"project": {"key": "ENG"}, "issuetype": {"id": "10002"}, "summary": "x"}
    data_center.post("/issue/bulk", {"issueUpdates": [{"fields": fields}]})
    assert receiver.got[0][1]["X-Atlassian-Webhook-Flow"] == "Secondary"
    data_center.post("/issue/ENG-1/comment", {"body": "Hello"})
    assert "issue" not in receiver.told()[1]


def test_files_and_links_are_told_without_their_issue(cloud: "Jira", receiver: Receiver) -> None:
    _register(
        cloud, receiver, events=["attachment_created", "attachment_deleted", "issuelink_created", "issuelink_deleted"]
    )
    key, other = cloud.create(), cloud.create()
    files = {"file": (io.BytesIO(b"words"), "words.txt")}
    headers = {"X-Atlassian-Token": "no-check"}
    file = cloud.call("POST", f"/issue/{key}/attachments", files=files, headers=headers).json[0]
    cloud.delete(f"/attachment/{file['id']}")
    cloud.post("/issueLink", {"type": {"name": "Blocks"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": other}})
    cloud.delete(f"/issueLink/{cloud.fields(key)['issuelinks'][0]['id']}")
    added, removed, linked, unlinked = receiver.told()
    assert [one["attachment"]["id"] for one in (added, removed)] == [file["id"]] * 2
    ends = {(one["issueLink"]["sourceIssueId"], one["issueLink"]["destinationIssueId"]) for one in (linked, unlinked)}
    assert ends == {(10000, 10001)}
    assert not any("issue" in one for one in (added, removed, linked, unlinked))


def test_a_data_center_tells_of_a_comment_at_its_issue_too(data_center: "Jira", receiver: Receiver) -> None:
    _register(data_center, receiver, events=["jira:issue_updated"])
    here = f"/issue/{data_center.create()}/comment"
    made = data_center.post(here, {"body": "Hello"}).json["id"]
    data_center.put(f"{here}/{made}", {"body": "Hello again"})
    data_center.delete(f"{here}/{made}")
    kinds = ["issue_commented", "issue_comment_edited", "issue_comment_deleted"]
    assert [told["issue_event_type_name"] for told in receiver.told()] == kinds
    assert {told["issue"]["id"] for told in receiver.told()} == {"10000"}
