"""The emulator's event streams and webhooks."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab


class Stream:
    """A project's events, as a client reads them."""

    def __init__(self, lab: "Lab", resource: str = "") -> None:
        self._lab = lab
        self._resource = resource or lab.project
        answer = lab.ada.call("GET", "/events", params={"resource": self._resource}, status=412)
        assert answer["errors"][0]["message"].startswith("Sync token invalid or too old.")
        self.token: str = answer["sync"]

    def page(self) -> dict[str, Any]:
        query = {"resource": self._resource, "sync": self.token}
        answer: dict[str, Any] = self._lab.ada.call("GET", "/events", params=query)
        self.token = answer["sync"]
        return answer

    def heard(self) -> list[tuple[str, str, str | None]]:
        """Action, kind, and the parent's kind or the changed field."""
        events = self.page()["data"]
        return [
            (
                event["action"],
                event["resource"]["resource_type"],
                event["parent"]["resource_type"] if event["parent"] else event.get("change", {}).get("field"),
            )
            for event in events
        ]


def test_a_stream_begins_with_a_refusal_and_a_token(lab: "Lab") -> None:
    lab.task()
    stream = Stream(lab)
    assert stream.page()["data"] == []
    lab.task("New")
    assert ("added", "task", "project") in stream.heard()
    assert stream.heard() == []


def test_a_move_an_edit_a_comment_and_a_deletion_are_told(lab: "Lab") -> None:
    task = lab.task()
    stream = Stream(lab)
    lab.move(task, "Done")
    assert stream.heard() == [("added", "story", "task"), ("removed", "task", "section"), ("added", "task", "section")]
    lab.ada.put(f"/tasks/{task}", name="New")
    assert ("changed", "task", "name") in stream.heard()
    lab.ada.post(f"/tasks/{task}/stories", text="Hm")
    assert stream.heard() == [("added", "story", "task")]
    lab.ada.post(f"/tasks/{task}/removeProject", project=lab.project)
    assert ("removed", "task", "project") in stream.heard()
    lab.ada.post(f"/tasks/{task}/addProject", project=lab.project)
    stream.heard()
    lab.ada.call("DELETE", f"/tasks/{task}")
    assert ("deleted", "task", None) in stream.heard()


def test_what_happens_to_subtasks_bubbles_up_to_the_project(lab: "Lab") -> None:
    parent = lab.task()
    child = lab.ada.post(f"/tasks/{parent}/subtasks", name="Child")["gid"]
    stream, of_parent = Stream(lab), Stream(lab, parent)
    lab.ada.put(f"/tasks/{child}", name="New")
    for each in (stream, of_parent):
        assert ("changed", "task", "name") in each.heard()


def test_a_token_brings_a_hundred_events_and_says_that_there_are_more(lab: "Lab") -> None:
    stream = Stream(lab)
    lab.fill(120)
    sizes = []
    while True:
        page = stream.page()
        sizes.append(len(page["data"]))
        if not page["has_more"]:
            break
    assert sizes == [100, 100, 40]


def test_a_token_can_be_used_again_and_dies_after_a_day(lab: "Lab") -> None:
    stream = Stream(lab)
    old = stream.token
    lab.task()
    first = stream.page()["data"]
    stream.token = old
    assert stream.page()["data"] == first
    lab.clock.advance(24 * 3600)
    query = {"resource": lab.project, "sync": old}
    assert lab.ada.call("GET", "/events", params=query, status=412)["sync"]


def test_late_events_keep_their_order(lab: "Lab") -> None:
    stream = Stream(lab)
    lab.faults("lag", lag=60)
    lab.task("Late")
    lab.faults()
    lab.task("Prompt")
    assert stream.heard() == []
    lab.clock.advance(60)
    assert stream.heard()


class Receiver:
    """Where webhooks arrive."""

    def __init__(self) -> None:
        self.secret = ""
        self.got: list[tuple[bytes, str]] = []
        self.status = 200
        self.echo = True
        self.calls: list[Callable[[], object]] = []
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/asana"

    def _answer(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        secret = request.headers.get("X-Hook-Secret")
        if secret:
            self.secret = secret
            for call in self.calls:
                call()
            return Response(headers={"X-Hook-Secret": secret} if self.echo else {})(environ, start_response)
        self.got.append((request.get_data(), request.headers["X-Hook-Signature"]))
        return Response(status=self.status)(environ, start_response)

    def events(self) -> list[dict[str, Any]]:
        """What arrived since this was asked last, each delivery's signature checked."""
        got, self.got = self.got, []
        for body, signature in got:
            assert signature == hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return [event for body, _ in got for event in json.loads(body)["events"]]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_the_handshake_happens_within_the_creation_and_may_call_back(lab: "Lab", receiver: Receiver) -> None:
    receiver.calls.append(lambda: lab.ada.get("/users/me"))
    answer = lab.ada.call("POST", "/webhooks", {"resource": lab.project, "target": receiver.url})
    assert answer["X-Hook-Secret"] == receiver.secret
    assert answer["data"]["active"] is True
    assert receiver.got[0][0] == b'{"events": []}'
    (listed,) = lab.ada.get("/webhooks", workspace=lab.workspace)
    assert listed["gid"] == answer["data"]["gid"]


def test_without_the_secret_there_is_no_webhook(lab: "Lab", receiver: Receiver) -> None:
    receiver.echo = False
    lab.ada.error(400, "POST", "/webhooks", {"resource": lab.project, "target": receiver.url})
    lab.ada.error(400, "POST", "/webhooks", {"resource": lab.project, "target": "http://127.0.0.1:9/nobody"})
    assert lab.ada.get("/webhooks", workspace=lab.workspace) == []


def test_deliveries_are_signed_and_say_what_not_how(lab: "Lab", receiver: Receiver) -> None:
    lab.ada.post("/webhooks", resource=lab.project, target=receiver.url)
    receiver.events()
    task = lab.task("Secret plans")
    events = receiver.events()
    assert {"gid": task, "resource_type": "task", "resource_subtype": "default_task"} in [
        event["resource"] for event in events
    ]
    assert "Secret" not in json.dumps(events)


def test_filters_let_only_their_own_through(lab: "Lab", receiver: Receiver) -> None:
    task = lab.task()
    filters = [{"resource_type": "task", "action": "changed", "fields": ["name"]}]
    lab.ada.post("/webhooks", resource=lab.project, target=receiver.url, filters=filters)
    lab.move(task, "Done")
    lab.ada.put(f"/tasks/{task}", completed=True)
    assert receiver.events() == []
    lab.ada.put(f"/tasks/{task}", name="New")
    assert [event["change"]["field"] for event in receiver.events()] == ["name"]


def test_a_heartbeat_comes_every_eight_hours(lab: "Lab", receiver: Receiver) -> None:
    lab.ada.post("/webhooks", resource=lab.project, target=receiver.url)
    receiver.events()
    lab.clock.advance(8 * 3600)
    lab.ada.get("/users/me")
    assert [body for body, _ in receiver.got] == [b'{"events": []}']


def test_a_webhook_that_fails_for_a_day_is_deleted(lab: "Lab", receiver: Receiver) -> None:
    hook = lab.ada.post("/webhooks", resource=lab.project, target=receiver.url)["gid"]
    receiver.status = 500
    lab.task()
    shown = lab.ada.get(f"/webhooks/{hook}")
    assert shown["delivery_retry_count"] >= 1
    assert shown["failure_deletion_timestamp"] == "2020-01-07T09:00:00.000Z"
    for _ in range(30):
        lab.clock.advance(3600)
        lab.sandbox.deliveries.flush()
    lab.ada.error(404, "GET", f"/webhooks/{hook}")


def test_a_deleted_webhook_is_silent(lab: "Lab", receiver: Receiver) -> None:
    hook = lab.ada.post("/webhooks", resource=lab.project, target=receiver.url)["gid"]
    assert lab.ada.call("DELETE", f"/webhooks/{hook}") == {"data": {}}
    receiver.events()
    lab.task()
    assert receiver.events() == []
    requests.get(f"{lab.url}/_sandbox/state", timeout=10).raise_for_status()
