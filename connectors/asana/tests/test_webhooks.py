"""Webhooks: what arrives, as Asana sends it and as nobody should; registering them, and looking after them."""

import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pmsync.connector.webhooks import Delivery, Forged, Handshake, Incoming, Received, Registered, Unreadable, Webhooks
from pmsync.errors import FatalError, RejectedError, StaleError
from pmsync.testing.contract import ReceiverContract
from pmsync.testing.contract.receiving import SECRET
from pmsync.testing.listening import Listener
from pmsync.testing.openapi import ApiDocument, specs
from pmsync.testing.watch import Watched
from pmsync_asana import plugin
from pmsync_asana.settings import AsanaSettings, Webhook
from pmsync_asana.webhook import AsanaReceiver

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

URL = "https://sync.acme.io/webhooks/delivery?hook=t0ken"


def event(kind: str = "task", gid: str = "1200", action: str = "changed", parent: Any = None, **more: Any) -> Any:
    """An event in the form of Asana's own."""
    resource = {"gid": gid, "resource_type": kind}
    about = {"user": {"gid": "9", "resource_type": "user"}, "created_at": "2026-05-11T09:21:07.123Z"}
    return {**about, "action": action, "resource": resource, "parent": parent, **more}


def body(*events: Any) -> bytes:
    return json.dumps({"events": list(events)}).encode()


def delivered(content: bytes, secret: str = SECRET) -> Incoming:
    digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return Incoming("POST", {"x-hook-signature": digest}, content, URL)


PROJECT = {"gid": "1100", "resource_type": "project"}
TASK = {"gid": "1200", "resource_type": "task", "resource_subtype": "default_task"}
MOVED = event("story", "1300", "added", TASK)
GONE = event(action="deleted", parent=PROJECT)


class TestReceiver(ReceiverContract):
    samples = (body(event(change={"field": "name", "action": "changed"})), body(MOVED), body(GONE, event(gid="1201")))
    words = ("events", "resource", "parent", "gid", "resource_type", "task", "story", "1200", "action", "deleted")

    def receive(self, incoming: Incoming, *secrets: str) -> Received:
        return AsanaReceiver().receive(incoming, secrets)

    def delivered(self, body: bytes, secret: str = SECRET) -> Incoming:
        return delivered(body, secret)


def read(content: bytes) -> Received:
    return AsanaReceiver().receive(delivered(content), [SECRET])


def greeted(secret: str, content: bytes = b"", **headers: str) -> Received:
    return AsanaReceiver().receive(Incoming("POST", {"x-hook-secret": secret, **headers}, content, URL), [SECRET])


def test_a_batch_names_its_tasks_each_once() -> None:
    subtask = event(gid="1202", action="removed", parent={"gid": "1203", "resource_type": "task"})
    told = read(body(event(), event(), MOVED, GONE, event(gid="1201", action="added", parent=PROJECT), subtask))
    assert told == Delivery("", frozenset({"1200", "1201", "1202", "1203"}))


@pytest.mark.parametrize(
    "happened",
    [
        event("section", "1400", "changed", PROJECT),
        event("project", "1100"),
        event("goal", "1500"),
        event(gid="../users/me"),
        event(gid="1200\n"),
        {"resource": "1200"},
        "1200",
        None,
    ],
)
def test_what_names_no_task_happened_elsewhere_beside_what_does(happened: Any) -> None:
    assert read(body(happened)) == Delivery(elsewhere=True)
    assert read(body(event(), happened)) == Delivery("", frozenset({"1200"}), elsewhere=True)


@pytest.mark.parametrize("content", [body(), b"{}"])
def test_a_heartbeat_says_nothing_and_is_signed(content: bytes) -> None:
    assert read(content) == Delivery()
    assert isinstance(AsanaReceiver().receive(delivered(content, "other"), [SECRET]), Forged)


@pytest.mark.parametrize("content", [b'{"events": {}}', b'{"events": null}', b'{"events": "1"}', b"[]", b"null"])
def test_what_is_no_batch_is_unreadable(content: bytes) -> None:
    assert isinstance(read(content), Unreadable)


def test_a_handshake_s_secret_is_said_back() -> None:
    assert greeted("5f3a" * 16) == Handshake("5f3a" * 16, {"X-Hook-Secret": "5f3a" * 16})


@pytest.mark.parametrize("secret", ["", "a b", "a\r\nSet-Cookie: x=y", "a\n", "é", "\x00", "a" * 257])
def test_what_cannot_be_a_secret_is_not_said_back(secret: str) -> None:
    assert isinstance(greeted(secret), Forged)


def test_what_brings_a_signature_is_no_handshake() -> None:
    assert isinstance(greeted("mine", body(event()), **{"x-hook-signature": "0" * 64}), Forged)


def test_a_secret_is_in_no_repr() -> None:
    assert "5f3a" not in repr(greeted("5f3a" * 16))


def test_reading_deliveries_needs_no_client_of_the_vendor_s() -> None:
    code = """
import sys
from pmsync_asana import plugin
from pmsync_asana.settings import AsanaSettings, Webhook
receiver = plugin.receiver(AsanaSettings("t", webhook=Webhook("https://a")))
from pmsync.connector.webhooks import Incoming
print(type(receiver.receive(Incoming("POST", {}, b""))).__name__, {'asana', "requests", "urllib3"} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["Forged", "set()"]


# --- registering, and real deliveries --------------------------------------------------------------------------------


class Desk:
    """Webhooks of connections to a lab, and where they arrive."""

    def __init__(self, lab: "Lab") -> None:
        self.lab = lab
        self.listener = Listener("delivery", AsanaReceiver())

    def webhooks(self, user: str = "pmsync", **settings: str) -> Webhooks:
        webhook = Webhook(self.listener.base)
        found = self.lab.connect(user, settings={"webhook": webhook, **settings}).webhooks
        assert found is not None
        return found

    def writes(self) -> int:
        told = requests.get(f"{self.lab.url}/_sandbox/requests", timeout=10).json()
        return int(told["writes"])

    def told(self) -> list[Delivery]:
        """What has come since, heartbeats left out: Asana may send one at any time."""
        came = self.listener.waiting()
        assert all(isinstance(one, Delivery) for one in came), came
        return [one for one in came if isinstance(one, Delivery) and one != Delivery()]


@pytest.fixture
def desk(lab: "Lab") -> Iterator[Desk]:
    made = Desk(lab)
    yield made
    made.listener.close()


def test_without_a_webhook_in_the_config_there_is_neither_receiver_nor_registration(lab: "Lab") -> None:
    assert lab.connect().webhooks is None
    assert plugin.receiver(AsanaSettings("t")) is None
    told = plugin.receiver(AsanaSettings("t", webhook=Webhook("https://a.io")))
    assert told is not None
    assert told.handshakes


def test_one_is_made_with_a_handshake_listed_and_not_made_again(desk: Desk) -> None:
    webhooks, url = desk.webhooks(), desk.listener.address("t0ken")
    assert list(webhooks.installed()) == []
    before = desk.writes()
    made = webhooks.install(url)
    assert desk.writes() - before == 1
    handshake = desk.listener.next()
    assert isinstance(handshake, Handshake)
    assert handshake.secret == made.secret != ""
    assert desk.listener.next() == Delivery()  # the first heartbeat
    [found] = webhooks.installed()
    assert (found.id, found.url, found.active, found.trouble) == (made.webhook.id, url, True, "")
    assert found.last_success_at is not None
    again = webhooks.install(url)
    assert (again.webhook.id, again.secret) == (made.webhook.id, "")
    assert len(webhooks.installed()) == 1
    assert desk.writes() - before == 2  # the second puts the first in order


def test_two_with_tokens_of_their_own_have_secrets_of_their_own(desk: Desk) -> None:
    webhooks = desk.webhooks()
    one, two = (webhooks.install(desk.listener.address(token)) for token in ("one", "two"))
    assert one.secret != two.secret
    assert {each.id for each in webhooks.installed()} == {one.webhook.id, two.webhook.id}


def test_what_happens_is_delivered_and_read(desk: Desk) -> None:
    lab = desk.lab
    desk.webhooks().install(desk.listener.address("t"))
    assert isinstance(desk.listener.next(), Handshake)
    task = lab.task("Ünï 😀")
    assert {one.items for one in desk.told()} == {frozenset({task})}
    lab.ada.put(f"/tasks/{task}", name="Another", completed=True)
    assert {one.items for one in desk.told()} == {frozenset({task})}
    lab.move(task, "Done")
    moved = desk.told()
    assert frozenset({task}) in {one.items for one in moved}
    lab.ada.call("DELETE", f"/tasks/{task}")
    assert task in frozenset().union(*(one.items for one in desk.told()))
    lab.ada.put(f"/sections/{lab.sections['Done']}", name="Finished")
    assert [one.elsewhere for one in desk.told()] == [True]


def test_what_is_not_kept_in_step_is_not_asked_for(desk: Desk) -> None:
    desk.webhooks().install(desk.listener.address("t"))
    desk.listener.next()
    desk.lab.ada.put(f"/projects/{desk.lab.project}", name="Take-off")
    assert desk.told() == []


def test_comments_and_attachments_are_told_by_their_task_or_as_something_elsewhere(desk: Desk) -> None:
    task, ada = desk.lab.task(), desk.lab.ada
    desk.webhooks().install(desk.listener.address("t"))
    desk.listener.next()
    named, elsewhere = [Delivery(items=frozenset({task}))], [Delivery(elsewhere=True)]
    comment = ada.post(f"/tasks/{task}/stories", text="a comment")["gid"]
    assert desk.told() == named
    ada.put(f"/stories/{comment}", text="another text")
    assert desk.told() == elsewhere  # only what is added or removed has a parent
    ada.call("DELETE", f"/stories/{comment}")
    assert desk.told() == named
    form = {"parent": task, "resource_subtype": "external", "url": "https://x.y/", "name": "y"}
    headers = {"Authorization": "Bearer sandbox-ada"}
    files = {name: (None, value) for name, value in form.items()}
    sent = requests.post(f"{desk.lab.url}/api/1.0/attachments", headers=headers, files=files, timeout=10)
    assert desk.told() == named
    ada.call("DELETE", f"/attachments/{sent.json()['data']['gid']}")
    assert desk.told() == elsewhere


def test_others_are_left_alone(desk: Desk) -> None:
    lab, other = desk.lab, Listener("elsewhere")
    other.receiver = AsanaReceiver()
    try:
        owner = lab.user("pmsync")
        foreign = owner.post("/webhooks", resource=lab.project, target=other.address())["gid"]
        beside = f"{desk.listener.base}/webhooks/delivery2"
        also = owner.post("/webhooks", resource=lab.project, target=beside)["gid"]
        task = lab.task()
        third = owner.post("/webhooks", resource=task, target=desk.listener.address("task"))["gid"]
        webhooks = desk.webhooks()
        assert list(webhooks.installed()) == []
        webhooks.remove(webhooks.install(desk.listener.address("t")).webhook)
        left = owner.get("/webhooks", workspace=lab.workspace)
        assert {one["gid"] for one in left} == {foreign, also, third}
    finally:
        other.close()


def test_one_is_removed_once_and_once_more(desk: Desk) -> None:
    webhooks = desk.webhooks()
    made = webhooks.install(desk.listener.address("t")).webhook
    before = desk.writes()
    webhooks.remove(made)
    webhooks.remove(made)
    assert desk.writes() - before == 2
    assert list(webhooks.installed()) == []
    with pytest.raises(StaleError, match="not there"):
        webhooks.renew(made)


def test_one_that_asks_for_less_than_is_wanted_asks_for_it_again(desk: Desk) -> None:
    webhooks = desk.webhooks()
    made = webhooks.install(desk.listener.address("t")).webhook
    owner = desk.lab.user("pmsync")
    wanted = owner.get(f"/webhooks/{made.id}")["filters"]
    owner.put(f"/webhooks/{made.id}", filters=[{"resource_type": "task", "action": "deleted"}])
    before = desk.writes()
    assert webhooks.renew(made).id == made.id
    assert desk.writes() - before == 1
    assert owner.get(f"/webhooks/{made.id}")["filters"] == wanted


def test_failing_deliveries_are_told_with_when_asana_gives_up(desk: Desk) -> None:
    webhooks = desk.webhooks()
    webhooks.install(desk.listener.address("t"))
    desk.listener.status = 500
    begun = desk.lab.clock.now()
    desk.lab.task()
    [failing] = webhooks.installed()
    assert failing.failing_since is not None
    assert abs(failing.failing_since - begun) < timedelta(minutes=1)
    assert "its deliveries fail" in failing.trouble
    assert f"{begun + timedelta(hours=24):%Y-%m-%d}" in failing.trouble
    desk.listener.status = None
    desk.lab.task()
    [well] = webhooks.installed()
    assert (well.failing_since, well.trouble) == (None, "")


def test_after_a_day_in_vain_it_is_gone(desk: Desk) -> None:
    webhooks = desk.webhooks()
    made = webhooks.install(desk.listener.address("t")).webhook
    desk.listener.status = 500
    desk.lab.task()
    desk.lab.clock.advance(25 * 3600)
    desk.lab.task()
    assert list(webhooks.installed()) == []
    with pytest.raises(StaleError):
        webhooks.renew(made)


def test_an_address_that_does_not_say_the_secret_back_gets_none_and_says_what_to_do(desk: Desk) -> None:
    webhooks = desk.webhooks()
    desk.listener.receiver = None
    with pytest.raises(RejectedError, match="`pmsync serve` must be running"):
        webhooks.install(desk.listener.address("t"))
    assert list(webhooks.installed()) == []


def test_who_may_not_see_the_project_gets_none(desk: Desk) -> None:
    webhooks = desk.webhooks("mallory", project=desk.lab.project)
    before = desk.writes()
    with pytest.raises(FatalError, match="may not see it"):
        webhooks.install(desk.listener.address("t"))
    assert desk.writes() == before
    assert desk.listener.came == []


def test_one_that_was_never_there_is_removed_without_harm_to_another(desk: Desk) -> None:
    webhooks = desk.webhooks()
    webhooks.install(desk.listener.address("t"))
    webhooks.remove(Registered("999999", desk.listener.address("t")))
    assert len(webhooks.installed()) == 1


@pytest.mark.contract
def test_requests_are_as_documented(desk: Desk) -> None:
    document = ApiDocument.load("asana.yaml")
    if document is None:
        pytest.skip(f"Asana's API document is not at {specs()}: nothing was checked")
    webhooks = desk.webhooks()
    watched = Watched(desk.lab.sandbox, document)
    made = webhooks.install(desk.listener.address("t")).webhook
    webhooks.installed()
    webhooks.renew(made)
    webhooks.remove(made)
    assert watched.requests == []
    assert len(watched.checked) >= 4
