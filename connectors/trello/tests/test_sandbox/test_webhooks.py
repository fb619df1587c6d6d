"""Webhooks: the handshake, signed deliveries, retries, and the end of them."""

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Receiver, Sent, Trello


def register(trello: "Trello", receiver: "Receiver", **body: Any) -> Any:
    return trello.ok("POST", "webhooks/", {"idModel": trello.board, "callbackURL": receiver.url, **body})


def deliveries(receiver: "Receiver") -> "list[Sent]":
    return [one for one in receiver.came if one.method == "POST"]


def test_a_webhook_is_made_after_a_handshake(trello: "Trello", receiver: "Receiver") -> None:
    hook = register(trello, receiver, description="d")
    assert [one.method for one in receiver.came] == ["HEAD"]
    assert hook["active"] is True
    assert trello.ok("GET", "tokens/sandbox-ada/webhooks") == [hook]
    assert trello.call("GET", "webhooks").status == 404
    assert trello.call("GET", f"webhooks/{hook['id']}", user="grace").status == 404


def test_a_receiver_that_does_not_say_200_gets_no_webhook(trello: "Trello", receiver: "Receiver") -> None:
    receiver.status = 404
    answer = trello.call("POST", "webhooks/", {"idModel": trello.board, "callbackURL": receiver.url})
    assert (answer.status, "did not return 200" in answer.text) == (400, True)
    nobody = {"idModel": trello.board, "callbackURL": "http://127.0.0.1:9/"}
    assert trello.call("POST", "webhooks/", nobody).status == 400
    assert trello.ok("GET", "tokens/sandbox-ada/webhooks") == []


def test_the_receiver_may_call_the_tool_during_the_handshake(trello: "Trello", receiver: "Receiver") -> None:
    seen: list[str] = []
    receiver.before = lambda: seen.append(trello.ok("GET", f"boards/{trello.board}")["name"])
    register(trello, receiver)
    assert seen == ["Roadmap"]


@pytest.mark.parametrize(
    "body", [{"callbackURL": "nowhere"}, {"idModel": "0" * 24}, {"callbackURL": None}, {"idModel": "0N7Yrpro"}]
)
def test_bad_registrations_are_refused(trello: "Trello", receiver: "Receiver", body: dict[str, Any]) -> None:
    given = {"idModel": trello.board, "callbackURL": receiver.url, **body}
    assert trello.call("POST", "webhooks/", given).status == 400
    assert receiver.came == []


def test_the_same_webhook_twice_is_refused(trello: "Trello", receiver: "Receiver") -> None:
    register(trello, receiver)
    assert trello.call("POST", "webhooks/", {"idModel": trello.board, "callbackURL": receiver.url}).status == 400
    register(trello, receiver, callbackURL=f"{receiver.url}&d=2")


def test_a_change_is_delivered_signed_over_the_raw_body_and_the_address(trello: "Trello", receiver: "Receiver") -> None:
    hook = register(trello, receiver)
    trello.call(
        "POST",
        "cards",
        {"idList": trello.lists()["To Do"], "name": "Ünï 😀"},
        headers={"X-Trello-Client-Identifier": "pmsync-berlin"},
    )
    [came] = deliveries(receiver)
    expected = hmac.new(b"sandbox-secret", came.body + receiver.url.encode(), hashlib.sha1).digest()
    assert came.headers["X-Trello-Webhook"] == base64.b64encode(expected).decode()
    assert came.headers["X-Trello-Client-Identifier"] == "pmsync-berlin"
    payload = json.loads(came.body)
    assert payload["action"]["type"] == "createCard"
    assert payload["action"]["data"]["card"]["name"] == "Ünï 😀"
    assert payload["model"]["id"] == trello.board
    assert payload["webhook"]["id"] == hook["id"]


def test_a_webhook_watches_its_model_alone(trello: "Trello", receiver: "Receiver") -> None:
    card, other = trello.add("watched")["id"], trello.add("other")["id"]
    register(trello, receiver, idModel=card)
    trello.ok("PUT", f"cards/{other}", {"name": "x"})
    trello.ok("PUT", f"cards/{card}", {"name": "y"})
    assert [json.loads(one.body)["action"]["data"]["card"]["id"] for one in deliveries(receiver)] == [card]


def test_a_failed_delivery_is_tried_three_times_more(trello: "Trello", receiver: "Receiver") -> None:
    hook = register(trello, receiver)["id"]
    receiver.status = 500
    trello.add()
    counts = [len(deliveries(receiver))]
    for wait in (29, 2, 60, 120, 600):
        trello.clock.advance(wait)
        trello.sandbox.deliveries.flush()
        counts.append(len(deliveries(receiver)))
    assert counts == [1, 1, 2, 3, 4, 4]
    shown = trello.ok("GET", f"webhooks/{hook}")
    assert shown["consecutiveFailures"] == 4
    assert shown["firstConsecutiveFailDate"] is not None
    receiver.status = 200
    trello.add()
    assert trello.ok("GET", f"webhooks/{hook}")["consecutiveFailures"] == 0
    assert {one.body for one in deliveries(receiver)[:4]} == {deliveries(receiver)[0].body}


def test_410_ends_a_webhook(trello: "Trello", receiver: "Receiver") -> None:
    register(trello, receiver)
    receiver.status = 410
    trello.add()
    assert trello.ok("GET", "tokens/sandbox-ada/webhooks") == []
    assert trello.sandbox.deliveries.pending() == 0
    trello.add()
    assert len(deliveries(receiver)) == 1


def test_a_webhook_can_be_changed_stopped_and_deleted(trello: "Trello", receiver: "Receiver") -> None:
    hook = register(trello, receiver)["id"]
    assert trello.ok("PUT", f"webhooks/{hook}", {"active": False, "description": "off"})["description"] == "off"
    trello.add()
    assert deliveries(receiver) == []
    trello.ok("PUT", f"webhooks/{hook}", {"active": "true", "callbackURL": f"{receiver.url}&d=2"})
    assert [one.method for one in receiver.came] == ["HEAD", "HEAD"]
    trello.add()
    assert [one.url.endswith("&d=2") for one in deliveries(receiver)] == [True]
    trello.ok("DELETE", f"webhooks/{hook}")
    assert trello.call("GET", f"webhooks/{hook}").status == 404


def test_webhooks_of_a_revoked_token_are_gone(trello: "Trello", receiver: "Receiver") -> None:
    register(trello, receiver)
    trello.ok("DELETE", "tokens/sandbox-ada")
    column = trello.ok("GET", f"boards/{trello.board}/lists", user="grace")[0]["id"]
    trello.ok("POST", "cards", {"idList": column, "name": "x"}, user="grace")
    assert deliveries(receiver) == []
