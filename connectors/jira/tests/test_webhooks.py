"""Webhooks: what arrives, as Jira sends it and as nobody should; registering them, and looking after them."""

import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests
from werkzeug.wrappers import Request, Response

from pmsync.connector.api import Connector
from pmsync.connector.parts import Content
from pmsync.connector.webhooks import Delivery, Forged, Incoming, Received, Registered, Unreadable, Webhooks
from pmsync.errors import AuthError, RejectedError, StaleError
from pmsync.model.native import Ref
from pmsync.testing.contract import ReceiverContract
from pmsync.testing.contract.receiving import SECRET
from pmsync.testing.listening import Listener
from pmsync_jira import plugin
from pmsync_jira.settings import Webhook
from pmsync_jira.webhook import JiraReceiver

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Lab

HOOKS = "/rest/webhooks/1.0/webhook"
URL = "https://sync.acme.io/webhooks/engineering"


def body(event: str = "jira:issue_updated", **told: Any) -> bytes:
    """A delivery's body in the form of Jira's own."""
    return json.dumps({"timestamp": 1606480436302, "webhookEvent": event, **told}).encode()


def delivered(content: bytes, secret: str = SECRET, **headers: str) -> Incoming:
    digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return Incoming("POST", {"x-hub-signature": f"sha256={digest}", **headers}, content, URL)


ISSUE = {
    "id": "10007",
    "key": "ENG-7",
    "self": "https://acme.atlassian.net/rest/api/2/10007",
    "fields": {"summary": "ü"},
}


LINK = {"id": 5, "sourceIssueId": 10007, "destinationIssueId": 10008, "issueLinkType": {"id": 1, "name": "Blocks"}}


class TestReceiver(ReceiverContract):
    samples = (
        body("jira:issue_created", issue=ISSUE, user={"accountId": "5b10"}),
        body("jira:issue_deleted", issue=ISSUE),
        body("comment_created", comment={"id": "3", "body": "hello"}, issue=ISSUE),
        body("worklog_updated", worklog={"id": "4", "issueId": "10007"}),
    )
    words = (
        "webhookEvent",
        "issue",
        "id",
        "worklog",
        "issueId",
        "issueLink",
        "sourceIssueId",
        "destinationIssueId",
        "jira:issue_updated",
        "10007",
    )

    def receive(self, incoming: Incoming, *secrets: str) -> Received:
        return JiraReceiver(secrets).receive(incoming)

    def delivered(self, body: bytes, secret: str = SECRET) -> Incoming:
        return delivered(body, secret)


def read(content: bytes, **headers: str) -> Received:
    return JiraReceiver((SECRET,)).receive(delivered(content, **headers))


def test_the_vendor_s_own_example_is_accepted() -> None:
    digest = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    receiver = JiraReceiver(("It's a Secret to Everybody",))
    signed = Incoming("POST", {"x-hub-signature": f"sha256={digest}"}, b"Hello World!", URL)
    assert isinstance(receiver.receive(signed), Unreadable)
    assert isinstance(receiver.receive(replace(signed, body=b"Hello World")), Forged)


@pytest.mark.parametrize("method", ["sha1", "sha512", "md5", "none", "", "sha256=sha256"])
def test_another_method_than_the_one_that_jira_signs_by_is_forged(method: str) -> None:
    content = body(issue=ISSUE)
    digest = delivered(content).headers["x-hub-signature"].partition("=")[2]
    for text in (f"{method}={digest}", f"{method}=", method, digest):
        incoming = Incoming("POST", {"x-hub-signature": text}, content, URL)
        assert isinstance(JiraReceiver((SECRET,)).receive(incoming), Forged)


def test_a_webhook_that_an_app_registers_for_itself_is_not_shown_to_be_jira_s() -> None:
    """It has matched ids, a bearer's token perhaps, and no signature by a secret of ours."""
    content = body(issue=ISSUE, matchedWebhookIds=[1000])
    headers = {"authorization": "Bearer a.b.c", "x-atlassian-webhook-identifier": "abc"}
    assert isinstance(JiraReceiver((SECRET,)).receive(Incoming("POST", headers, content, URL)), Forged)


def test_a_delivery_has_jira_s_id_of_it_and_the_issue() -> None:
    told = read(body(issue=ISSUE), **{"x-atlassian-webhook-identifier": "8f2a", "x-atlassian-webhook-retry": "2"})
    assert told == Delivery("8f2a", frozenset({"10007"}))
    assert read(body(issue=ISSUE), **{"x-atlassian-webhook-identifier": "a b\n"}) == Delivery("", frozenset({"10007"}))


@pytest.mark.parametrize(
    "content",
    [
        body("comment_created", comment={"id": "3", "body": "on a Data Center"}),
        body("sprint_started", sprint={"id": 7}),
        body("jira:version_released", version={"id": "10000"}),
        body("attachment_created", attachment={"id": "10000", "filename": "a.txt"}),
        body("issuelink_created", issueLink={"sourceIssueId": True, "destinationIssueId": -1}),
        body("jira:issue_updated", issue={"id": "../project/ENG"}),
        body("jira:issue_updated", issue={"id": 10007}),
        body("jira:issue_updated", issue=["10007"]),
        b"",
        b" \r\n",
    ],
)
def test_what_names_no_issue_happened_elsewhere(content: bytes) -> None:
    assert read(content) == Delivery("", frozenset(), elsewhere=True)


def test_a_link_happened_at_both_its_issues() -> None:
    assert read(body("issuelink_deleted", issueLink=LINK)) == Delivery("", frozenset({"10007", "10008"}))


def test_what_has_no_event_is_unreadable() -> None:
    for content in (b"{}", b'{"webhookEvent": 1}', b'{"issue": {"id": "10007"}}'):
        assert isinstance(read(content), Unreadable)


def test_reading_deliveries_needs_no_client_of_the_vendor_s() -> None:
    code = """
import sys
from pmsync_jira import plugin
from pmsync_jira.settings import JiraSettings, Webhook
receiver = plugin.receiver(JiraSettings("https://j", "t", webhook=Webhook("https://a", ("s",))))
from pmsync.connector.webhooks import Incoming
print(type(receiver.receive(Incoming("POST", {}, b""))).__name__, {'jira', "requests", "urllib3"} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["Forged", "set()"]


# --- registering, and real deliveries --------------------------------------------------------------------------------


class Desk:
    """Webhooks of connections to a lab, and where they arrive."""

    def __init__(self, lab: "Lab") -> None:
        self.lab = lab
        self.listener = Listener("engineering")
        self.admin = requests.Session()
        if lab.product == "cloud":
            self.admin.auth = ("pmsync@example.com", "sandbox-pmsync")
        else:
            self.admin.headers["Authorization"] = "Bearer sandbox-pmsync"

    def connect(self, user: str = "pmsync", *secrets: str, **changes: Any) -> Connector:
        webhook = Webhook(self.listener.base, secrets or ("the-secret",))
        connector = self.lab.connect(user=user, webhook=webhook, **changes)
        self.listener.receiver = plugin.receiver(self.lab.settings(user, webhook=webhook))
        return connector

    def webhooks(self, user: str = "pmsync", *secrets: str) -> Webhooks:
        found = self.connect(user, *secrets).webhooks
        assert found is not None
        return found

    def call(self, verb: str, path: str = HOOKS, body: Any = None) -> Any:
        """An administrator's own call."""
        response = self.admin.request(verb, f"{self.lab.url}{path}", json=body, timeout=10)
        response.raise_for_status()
        return response.json() if response.content else None

    def by_hand(self, **changes: Any) -> Any:
        """A webhook that an administrator made."""
        wanted = {
            "name": "by hand",
            "url": self.listener.address(),
            "events": ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted"],
            "filters": {"issue-related-events-section": "project = ENG"},
            "secret": "the-secret",
        }
        return self.call("POST", body=wanted | changes)

    def writes(self) -> int:
        told = requests.get(f"{self.lab.url}/_sandbox/requests", timeout=10).json()
        return int(told["writes"])

    def close(self) -> None:
        self.admin.close()
        self.listener.close()


@pytest.fixture
def cloud_desk(cloud_over_http: "Lab") -> Iterator[Desk]:
    made = Desk(cloud_over_http)
    yield made
    made.close()


@pytest.fixture
def data_center_desk(data_center: "Lab") -> Iterator[Desk]:
    made = Desk(data_center)
    yield made
    made.close()


@pytest.fixture(params=["cloud_over_http", "data_center"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    made = Desk(request.getfixturevalue(request.param))
    yield made
    made.close()


def test_without_a_webhook_in_the_config_there_is_neither_receiver_nor_registration(cloud: "Lab") -> None:
    assert cloud.connect().webhooks is None
    assert plugin.receiver(cloud.settings()) is None


def test_one_is_made_listed_and_not_made_again(desk: Desk) -> None:
    webhooks, url = desk.webhooks(), desk.listener.address()
    assert list(webhooks.installed()) == []
    before = desk.writes()
    made = webhooks.install(url)
    assert desk.writes() - before == 1
    assert made.webhook == Registered(made.webhook.id, url)
    assert list(webhooks.installed()) == [made.webhook]
    assert webhooks.install(url) == made
    assert desk.writes() - before == 2  # the second puts the first in order
    [hook] = desk.call("GET")
    assert hook["name"] == "pmsync engineering"
    assert hook["isSigned"] is True
    assert hook["events"] == [
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
        "comment_updated",
        "comment_deleted",
        "attachment_created",
        "attachment_deleted",
        "issuelink_created",
        "issuelink_deleted",
    ]


def test_the_scope_s_own_filter_is_not_the_webhook_s(cloud_desk: Desk) -> None:
    """An issue that loses the label has left the filter: that it did must be told."""
    connector = cloud_desk.connect(jql="labels = roadmap")
    assert connector.webhooks is not None
    connector.webhooks.install(cloud_desk.listener.address())
    [hook] = cloud_desk.call("GET")
    assert hook["filters"] == {"issue-related-events-section": "project = 10000"}
    ada = cloud_desk.lab.user("ada")
    issue = ada.create("Labelled", labels=["roadmap"])
    ada.edit(issue, labels=[])
    told = [cloud_desk.listener.next() for _ in range(2)]
    assert all(isinstance(one, Delivery) and one.items == {issue} for one in told), told


def test_what_happens_is_delivered_and_read(desk: Desk) -> None:
    desk.webhooks().install(desk.listener.address())
    ada = desk.lab.user("ada")
    issue = ada.create("Ünï 😀")
    ada.edit(issue, summary="Another")
    ada.call("DELETE", f"issue/{issue}")
    told = [desk.listener.next() for _ in range(3)]
    deliveries = [one for one in told if isinstance(one, Delivery)]
    assert [one.items for one in deliveries] == [frozenset({issue})] * 3
    assert len({one.id for one in deliveries} - {""}) == 3


def test_a_comment_on_a_data_center_happened_elsewhere_and_in_the_cloud_at_its_issue(desk: Desk) -> None:
    desk.webhooks()
    desk.by_hand(events=["comment_created"])
    ada = desk.lab.user("ada")
    issue = ada.create("Talked about")
    text: Any = "hello"
    if desk.lab.product == "cloud":
        inner = [{"type": "paragraph", "content": [{"type": "text", "text": "hello"}]}]
        text = {"type": "doc", "version": 1, "content": inner}
    ada.call("POST", f"issue/{issue}/comment", {"body": text})
    told = desk.listener.next()
    assert isinstance(told, Delivery)
    known = desk.lab.product == "cloud"
    assert (told.items, told.elsewhere) == (frozenset({issue}) if known else frozenset(), not known)


def test_comments_files_and_links_are_delivered(desk: Desk) -> None:
    desk.webhooks().install(desk.listener.address())
    ada = desk.lab.user("ada")
    issue, other = ada.create("One"), ada.create("Another")
    ends = {"inwardIssue": {"id": issue}, "outwardIssue": {"id": other}}
    ada.call("POST", "issueLink", {"type": {"name": "Blocks"}, **ends})
    told = [desk.listener.next() for _ in range(3)]
    assert isinstance(told[2], Delivery)
    assert told[2].items == {issue, other}
    connector = desk.connect()
    assert connector.parts is not None
    connector.parts.comment(Ref(issue, "ENG-1", ""), connector.parts.dialect.write("Hello").document)
    connector.parts.upload(Ref(issue, "ENG-1", ""), Content("a.txt", "text/plain", 5, iter([b"words"])))
    later = [desk.listener.next() for _ in range(3)]
    assert frozenset({issue}) in [one.items for one in later if isinstance(one, Delivery)]
    assert all(isinstance(one, Delivery) for one in later)


def test_a_secret_is_replaced_without_a_gap(cloud_desk: Desk) -> None:
    url = cloud_desk.listener.address()
    made = cloud_desk.webhooks("pmsync", "old").install(url).webhook
    ada = cloud_desk.lab.user("ada")
    later = cloud_desk.webhooks("pmsync", "new", "old")
    ada.create("Signed by the old one")
    assert isinstance(cloud_desk.listener.next(), Delivery)
    later.renew(made)
    cloud_desk.webhooks("pmsync", "new")
    ada.create("Signed by the new one")
    assert isinstance(cloud_desk.listener.next(), Delivery)
    cloud_desk.webhooks("pmsync", "another")
    ada.create("Signed by one that does not count")
    assert isinstance(cloud_desk.listener.next(), Forged)


def test_others_are_left_alone(cloud_desk: Desk) -> None:
    webhooks, url = cloud_desk.webhooks(), cloud_desk.listener.address()
    foreign = [cloud_desk.by_hand(url=other) for other in ("https://n8n.acme.io/hook", f"{url}2", f"{url}/x")]
    assert list(webhooks.installed()) == []
    ours = webhooks.install(url).webhook
    webhooks.remove(ours)
    assert cloud_desk.call("GET") == foreign


def test_one_made_by_hand_is_ours_by_its_address_and_put_in_order(cloud_desk: Desk) -> None:
    hook = cloud_desk.by_hand(secret="", events=["jira:issue_created"], excludeBody=True)
    webhooks = cloud_desk.webhooks()
    [found] = webhooks.installed()
    assert (found.signed, found.active) == (False, True)
    for words in ("no secret", "body is excluded", "does not ask for jira:issue_updated, jira:issue_deleted"):
        assert words in found.trouble
    mended = webhooks.install(cloud_desk.listener.address()).webhook
    assert (mended.id, mended.signed, mended.trouble) == (found.id, True, "")
    assert [one["self"] for one in cloud_desk.call("GET")] == [hook["self"]]


def test_one_that_was_disabled_says_so_and_is_brought_back_to_life(cloud_desk: Desk) -> None:
    webhooks = cloud_desk.webhooks()
    made = webhooks.install(cloud_desk.listener.address()).webhook
    cloud_desk.call("PUT", f"{HOOKS}/{made.id}", {"enabled": False})
    [off] = webhooks.installed()
    assert (off.active, off.trouble) == (False, "it is disabled in Jira")
    before = cloud_desk.writes()
    assert webhooks.renew(off) == made
    assert cloud_desk.writes() - before == 1


def test_one_is_removed_once_and_once_more(desk: Desk) -> None:
    webhooks = desk.webhooks()
    made = webhooks.install(desk.listener.address()).webhook
    webhooks.remove(made)
    webhooks.remove(made)
    assert list(webhooks.installed()) == []
    with pytest.raises(StaleError, match="not there"):
        webhooks.renew(made)


def test_who_is_no_administrator_is_told_what_to_enter_by_hand(desk: Desk) -> None:
    made = desk.webhooks().install(desk.listener.address()).webhook
    webhooks, url = desk.webhooks("ada"), desk.listener.address()
    before = desk.writes()
    for refused in (webhooks.installed, lambda: webhooks.install(url)):
        with pytest.raises(RejectedError) as raised:
            refused()
        for words in (
            "administrator",
            "System > WebHooks",
            f"URL: {url}",
            "project = ENG",
            "created, updated, deleted",
        ):
            assert words in raised.value.message
        assert "the-secret" not in raised.value.message
        assert raised.value.connection == "engineering"
    assert desk.writes() == before
    with pytest.raises(RejectedError, match="administrator"):
        webhooks.remove(made)
    with pytest.raises(RejectedError, match="administrator"):
        webhooks.renew(made)
    assert len(desk.webhooks().installed()) == 1


def test_where_jira_has_no_address_for_it_one_can_be_made_by_hand(
    data_center_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Data Center from 10.0 on, or the gateway."""
    emulator = data_center_desk.lab.emulator
    usual = emulator.handle

    def without(request: Request) -> Response:
        return Response("{}", 404) if request.path.startswith("/rest/webhooks/") else usual(request)

    monkeypatch.setattr(emulator, "handle", without)
    with pytest.raises(RejectedError, match=r"10\.0 on.*System > WebHooks"):
        data_center_desk.webhooks().installed()


def test_who_is_not_signed_in_is_told_so(cloud_desk: Desk) -> None:
    connector = cloud_desk.connect(token="wrong")
    assert connector.webhooks is not None
    with pytest.raises(AuthError):
        connector.webhooks.installed()
