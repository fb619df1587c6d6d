"""Webhooks: what arrives, as Trello sends it and as nobody should; registering them, and looking after them."""

import base64
import hashlib
import hmac
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.connector.api import Opening
from pmsync.connector.webhooks import Delivery, Forged, Handshake, Incoming, Received, Registered, Unreadable, Webhooks
from pmsync.errors import RejectedError, StaleError
from pmsync.testing.contract import ReceiverContract
from pmsync.testing.contract.receiving import SECRET
from pmsync.testing.listening import Listener
from pmsync.testing.openapi import ApiDocument, specs
from pmsync.testing.watch import Watched
from pmsync_trello import plugin
from pmsync_trello.settings import Webhook
from pmsync_trello.webhook import TrelloReceiver

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Served, Trello

URL = "https://sync.acme.io/webhooks/product"
CARD, OTHER, LIST, ACTION = "5f0a" * 6, "5f0b" * 6, "5f0c" * 6, "5f0d" * 6


def body(type_: str = "updateCard", **data: Any) -> bytes:
    """A delivery's body in the form of Trello's own."""
    action = {"id": ACTION, "type": type_, "date": "2026-05-11T09:21:07.123Z", "data": data}
    return json.dumps({"action": action, "model": {"id": OTHER}, "webhook": {"callbackURL": URL}}).encode()


def delivered(content: bytes, secret: str = SECRET, url: str = URL) -> Incoming:
    digest = hmac.new(secret.encode(), content + url.encode(), hashlib.sha1).digest()
    return Incoming("POST", {"x-trello-webhook": base64.b64encode(digest).decode()}, content, url)


class TestReceiver(ReceiverContract):
    samples = (
        body("createCard", card={"id": CARD, "name": "ünï"}, list={"id": LIST}, board={"id": OTHER}),
        body("updateCard", card={"id": CARD}, listBefore={"id": LIST}, listAfter={"id": LIST}, old={"idList": LIST}),
        body("deleteCard", card={"id": CARD, "idShort": 4}, list={"id": LIST}),
    )
    words = ("action", "id", "data", "card", "cardSource", "type", ACTION, CARD)

    def receive(self, incoming: Incoming, *secrets: str) -> Received:
        return TrelloReceiver(secrets).receive(incoming)

    def delivered(self, body: bytes, secret: str = SECRET) -> Incoming:
        return delivered(body, secret)


def read(content: bytes) -> Received:
    return TrelloReceiver((SECRET,)).receive(delivered(content))


def test_a_delivery_has_the_action_s_id_and_its_card() -> None:
    assert read(body(card={"id": CARD})) == Delivery(ACTION, frozenset({CARD}))
    assert read(body("convertToCardFromCheckItem", card={"id": CARD}, cardSource={"id": OTHER})) == Delivery(
        ACTION, frozenset({CARD, OTHER})
    )


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("updateList", {"list": {"id": LIST, "name": "Later"}, "old": {"name": "Soon"}}),
        ("updateLabel", {"label": {"id": LIST, "name": "urgent"}}),
        ("addMemberToBoard", {"idMemberAdded": LIST}),
        ("updateCard", {"card": {"id": "../members/me"}}),
        ("updateCard", {"card": {"id": CARD + "\n"}}),
        ("updateCard", {"card": [CARD]}),
    ],
)
def test_what_names_no_card_happened_elsewhere(type_: str, data: dict[str, Any]) -> None:
    assert read(body(type_, **data)) == Delivery(ACTION, frozenset(), elsewhere=True)


def test_what_has_no_action_is_unreadable() -> None:
    for content in (b"{}", b'{"action": {"id": "1"}}', b'{"action": {"id": ["x"]}}'):
        assert isinstance(read(content), Unreadable)


def test_the_address_is_signed_too_to_the_last_character() -> None:
    content = body(card={"id": CARD})
    incoming = delivered(content, url=f"{URL}?c=1")
    receiver = TrelloReceiver((SECRET,))
    assert isinstance(receiver.receive(incoming), Delivery)
    for url in (URL, f"{URL}?c=2", f"{URL}?c=1&", ""):
        assert isinstance(receiver.receive(replace(incoming, url=url)), Forged)


def test_a_head_is_answered_and_tells_nothing() -> None:
    assert TrelloReceiver((SECRET,)).receive(Incoming("HEAD", {}, b"", URL)) == Handshake()


def test_captured_bodies_name_their_cards() -> None:
    folder = Path(specs()) / "trello-webhook-samples"
    samples = sorted(folder.glob("**/*.json"))
    if not samples:
        pytest.skip(f"no captured bodies are at {folder}: nothing was checked")
    for sample in samples:
        told = read(sample.read_bytes())
        assert isinstance(told, Delivery), sample.name
        card = json.loads(sample.read_bytes())["action"]["data"].get("card", {}).get("id")
        assert told.items == ({card} if card else set()) or card in told.items, sample.name


def test_reading_deliveries_needs_no_client_of_the_vendor_s() -> None:
    code = """
import sys
from pmsync_trello import plugin
from pmsync_trello.settings import TrelloSettings, Webhook
receiver = plugin.receiver(TrelloSettings("k", "t", webhook=Webhook("https://a", ("s",))))
from pmsync.connector.webhooks import Incoming
print(type(receiver.receive(Incoming("POST", {}, b""))).__name__, {'trello', "requests", "urllib3"} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["Forged", "set()"]


# --- registering, and real deliveries --------------------------------------------------------------------------------


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Where the connection's webhooks arrive."""
    listening = Listener("product", TrelloReceiver(("new-secret", "sandbox-secret")))
    yield listening
    listening.close()


class Desk:
    """Webhooks of connections to the served sandbox."""

    def __init__(self, trello: "Trello", served: "Served", connect: "Connections", listener: Listener) -> None:
        self.trello = trello
        self._connect = connect
        self._listener = listener
        self._webhook = Webhook(listener.base, ("sandbox-secret",))
        self.opened: list[Any] = []

    def webhooks(self, user: str = "pmsync", **scope: str) -> Webhooks:
        settings = replace(self._connect.settings(user, **scope), webhook=self._webhook)
        connector = plugin.open(settings, Opening(connection="product", clock=self.trello.clock))
        self.opened.append(connector)
        assert connector.webhooks is not None
        return connector.webhooks

    def writes(self) -> int:
        return int(self.trello.control("GET /requests")["writes"])


@pytest.fixture
def desk(trello: "Trello", served: "Served", connect: "Connections", listener: Listener) -> Iterator[Desk]:
    made = Desk(trello, served, connect, listener)
    yield made
    for connector in made.opened:
        connector.close()


def test_without_a_webhook_in_the_config_there_is_neither_receiver_nor_registration(connect: "Connections") -> None:
    assert connect().webhooks is None
    assert plugin.receiver(connect.settings()) is None


def test_one_is_made_listed_and_not_made_again(desk: Desk, listener: Listener) -> None:
    webhooks = desk.webhooks()
    assert list(webhooks.installed()) == []
    before = desk.writes()
    made = webhooks.install(listener.address())
    assert (made.secret, made.webhook.url, made.webhook.active) == ("", listener.address(), True)
    assert listener.next() == Handshake()
    assert list(webhooks.installed()) == [made.webhook]
    assert webhooks.install(listener.address()) == made
    assert desk.writes() - before == 1
    [at_trello] = desk.trello.ok("GET", "tokens/sandbox-pmsync/webhooks", user="pmsync")
    assert (at_trello["id"], at_trello["description"]) == (made.webhook.id, "pmsync: product")
    assert at_trello["idModel"] == desk.trello.board


def test_what_happens_is_delivered_and_read(desk: Desk, listener: Listener) -> None:
    desk.webhooks().install(listener.address())
    assert listener.next() == Handshake()
    trello = desk.trello
    card = trello.add("Ünï 😀")["id"]
    trello.ok("PUT", f"cards/{card}", {"idList": trello.lists()["Doing"]})
    trello.ok("POST", f"cards/{card}/actions/comments", {"text": "hello"})
    trello.ok("POST", f"cards/{card}/idLabels", {"value": trello.label("urgent")})
    trello.ok("PUT", f"cards/{card}", {"closed": True})
    trello.ok("DELETE", f"cards/{card}")
    told = listener.waiting()
    assert all(isinstance(one, Delivery) and one.id for one in told), told
    named = [one for one in told if isinstance(one, Delivery) and one.items]
    assert {one.items for one in named} == {frozenset({card})}
    assert len(named) >= 6
    assert len({one.id for one in told if isinstance(one, Delivery)}) == len(told)
    trello.ok("PUT", f"lists/{trello.lists()['Doing']}", {"name": "At work"})
    assert [one.elsewhere for one in listener.waiting() if isinstance(one, Delivery)] == [True]


def test_a_delivery_repeated_has_the_same_id(desk: Desk, listener: Listener) -> None:
    desk.webhooks().install(listener.address())
    listener.next()
    desk.trello.control("POST /faults", rate=1.0, kinds=["duplicate-webhook"], seed=1)
    desk.trello.add("twice")
    told = [one for one in listener.waiting() if isinstance(one, Delivery) and one.items]
    assert len(told) >= 2
    assert len({one.id for one in told}) < len(told)


def test_others_are_left_alone(desk: Desk, listener: Listener) -> None:
    other = Listener("elsewhere")
    try:
        trello = desk.trello
        foreign = {"idModel": trello.board, "callbackURL": other.address()}
        theirs = trello.ok("POST", "webhooks/", foreign, user="pmsync")
        prefix = {"idModel": trello.board, "callbackURL": f"{listener.base}/webhooks/product2"}
        also = trello.ok("POST", "webhooks/", prefix, user="pmsync")
        board = trello.ok("POST", "boards", {"name": "Another"}, user="pmsync")["id"]
        elsewhere = {"idModel": board, "callbackURL": listener.address()}
        third = trello.ok("POST", "webhooks/", elsewhere, user="pmsync")
        webhooks = desk.webhooks()
        assert list(webhooks.installed()) == []
        ours = webhooks.install(listener.address()).webhook
        webhooks.remove(ours)
        left = trello.ok("GET", "tokens/sandbox-pmsync/webhooks", user="pmsync")
        assert {one["id"] for one in left} == {theirs["id"], also["id"], third["id"]}
    finally:
        other.close()


def test_one_is_removed_once_and_once_more(desk: Desk, listener: Listener) -> None:
    webhooks = desk.webhooks()
    made = webhooks.install(listener.address()).webhook
    before = desk.writes()
    webhooks.remove(made)
    webhooks.remove(made)
    assert list(webhooks.installed()) == []
    assert desk.writes() - before == 2
    with pytest.raises(StaleError, match="not there"):
        webhooks.renew(made)


def test_one_that_trello_switched_off_says_so_and_is_brought_back_to_life(desk: Desk, listener: Listener) -> None:
    webhooks = desk.webhooks()
    made = webhooks.install(listener.address()).webhook
    desk.trello.ok("PUT", f"webhooks/{made.id}", {"active": False}, user="pmsync")
    [off] = webhooks.installed()
    assert (off.active, off.trouble) == (False, "Trello has switched it off")
    before = desk.writes()
    assert webhooks.renew(off).active
    assert desk.writes() - before == 1
    desk.trello.ok("PUT", f"webhooks/{made.id}", {"active": False}, user="pmsync")
    assert webhooks.install(listener.address()).webhook.active
    [on] = webhooks.installed()
    assert (on.id, on.active, on.trouble) == (made.id, True, "")


def test_failed_deliveries_are_told_with_the_first(desk: Desk, listener: Listener) -> None:
    webhooks = desk.webhooks()
    webhooks.install(listener.address())
    listener.status = 500
    begun = desk.trello.clock.now()
    desk.trello.add()
    [failing] = webhooks.installed()
    assert failing.failing_since is not None
    assert abs(failing.failing_since - begun) < timedelta(minutes=1)
    assert "failed, the first at" in failing.trouble
    listener.status = None
    desk.trello.clock.advance(31)
    desk.trello.add()
    [well] = webhooks.installed()
    assert (well.failing_since, well.trouble) == (None, "")


def test_an_address_that_does_not_answer_gets_none_and_says_what_to_do(desk: Desk, listener: Listener) -> None:
    webhooks = desk.webhooks()
    listener.status = 404
    with pytest.raises(RejectedError, match="`pmsync serve` must be running"):
        webhooks.install(listener.address())
    assert list(webhooks.installed()) == []


def test_a_stranger_to_the_board_gets_none(desk: Desk, listener: Listener) -> None:
    webhooks = desk.webhooks("mallory", board=desk.trello.board)
    with pytest.raises(RejectedError, match="not for this account"):
        webhooks.install(listener.address())
    assert listener.came == []


def test_the_token_in_the_one_address_that_has_it_is_not_logged(
    desk: Desk, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    webhooks = desk.webhooks()
    with caplog.at_level(logging.DEBUG):
        webhooks.install(listener.address())
        webhooks.installed()
    assert "/webhooks" in caplog.text
    assert "sandbox-pmsync" not in caplog.text


def test_one_that_was_never_there_is_removed_without_harm_to_another(desk: Desk, listener: Listener) -> None:
    webhooks = desk.webhooks()
    webhooks.install(listener.address())
    gone = Registered("0" * 24, listener.address())
    webhooks.remove(gone)
    with pytest.raises(StaleError):
        webhooks.renew(gone)
    assert len(webhooks.installed()) == 1


@pytest.mark.contract
def test_requests_are_as_documented(desk: Desk, listener: Listener) -> None:
    document = ApiDocument.load("trello.json")
    if document is None:
        pytest.skip(f"Trello's API document is not at {specs()}: nothing was checked")
    webhooks = desk.webhooks()
    watched = Watched(desk.trello.sandbox, document)
    made = webhooks.install(listener.address()).webhook
    webhooks.installed()
    webhooks.renew(made)
    webhooks.remove(made)
    assert watched.requests == []
    assert len(watched.checked) >= 4
