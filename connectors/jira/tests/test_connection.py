"""Finding the Jira behind an address, signing in, and what `check` says."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import requests

from pmsync.connector.api import Connector, Opening
from pmsync.errors import AuthError, FatalError, TransientError
from pmsync.model.native import Ref
from pmsync_jira import plugin

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Desk, Lab

MakeDesk = Callable[[Connector], "Desk"]


def test_check_says_who_we_are_and_finds_nothing_amiss(cloud: "Lab") -> None:
    account = cloud.connect(jql="labels = roadmap").check()
    assert (account.name, account.url, account.product) == ("pmsync", cloud.url, "Jira Cloud")
    assert account.findings == ()


def test_check_on_a_data_center(data_center: "Lab") -> None:
    account = data_center.connect().check()
    assert (account.id, account.url) == ("pmsync", data_center.url)
    assert account.product.startswith("Jira Data Center 10.")
    assert account.findings == ()


def test_a_token_with_scopes_is_led_through_the_gateway(cloud: "Lab", desk: MakeDesk) -> None:
    connector = cloud.connect(token="scoped-sandbox-pmsync")
    account = connector.check()
    assert account.url.startswith(f"{cloud.url}/ex/jira/")
    assert "gateway" in account.findings[0].message
    native = desk(connector).made(1, "In Progress")
    assert native.ref.url == f"{cloud.url}/browse/{native.ref.key}"
    again = cloud.connect(token="scoped-sandbox-pmsync", memo=connector.memo())
    cloud.asked()
    assert again.fetch([native.ref.id]).found[native.ref.id] == native
    assert sum(cloud.asked().values()) == 1


def test_a_token_that_was_replaced_by_one_with_scopes_is_noticed(cloud: "Lab") -> None:
    first = cloud.connect()
    first.vocabulary()
    id_ = cloud.user("ada").create("Card")
    for call in (
        lambda connector: [item.ref.id for page in connector.changes(None) for item in page.items] == [id_],
        lambda connector: list(connector.fetch([id_]).found) == [id_],
        lambda connector: connector.locate(id_) == id_,
        lambda connector: len(connector.vocabulary().statuses) > 0,
    ):
        assert call(cloud.connect(token="scoped-sandbox-pmsync", memo=first.memo()))


def test_a_wrong_token_says_what_to_do_and_never_itself(cloud: "Lab", data_center: "Lab") -> None:
    for lab in (cloud, data_center):
        with pytest.raises(AuthError, match="new API token") as caught:
            lab.connect(token="very-secret-token").check()
        assert "very-secret-token" not in str(caught.value)
        with pytest.raises(AuthError):
            list(lab.connect(token="very-secret-token").changes(None))


def test_a_cloud_needs_an_e_mail_address(cloud: "Lab") -> None:
    with pytest.raises(AuthError, match="e-mail"):
        cloud.connect(email="").check()


def test_check_finds_a_missing_project_and_a_filter_that_is_none(cloud: "Lab") -> None:
    (finding,) = cloud.connect(project="NOPE").check().findings
    assert (finding.severity, "NOPE" in finding.message) == ("error", True)
    (finding,) = cloud.connect(jql="flavour = sweet").check().findings
    assert (finding.severity, "flavour" in finding.message) == ("error", True)


def test_check_finds_missing_permissions(cloud: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    denied = {"EDIT_ISSUES", "DELETE_ISSUES"}
    monkeypatch.setattr("pmsync_jira.sandbox.accounts._has", lambda user, key: key not in denied)
    findings = cloud.connect().check().findings
    assert [(finding.severity, finding.remedy.split()[5]) for finding in findings] == [
        ("error", "EDIT_ISSUES"),
        ("info", "DELETE_ISSUES"),
    ]


def test_places_are_the_projects_that_can_be_seen(cloud: "Lab", data_center: "Lab") -> None:
    for lab in (cloud, data_center):
        places = plugin.places(lab.settings(project=""), Opening(connection="engineering", clock=lab.clock))
        assert [(place.key, place.name) for place in places] == [("ENG", "Engineering")]
    assert list(plugin.places(cloud.settings("stranger", project=""), Opening(connection="e", clock=cloud.clock))) == []


def test_an_address_that_is_no_jira_is_told(cloud: "Lab") -> None:
    with pytest.raises(FatalError, match="no Jira"):
        cloud.connect(url=f"{cloud.url}/elsewhere").check()


def test_nobody_there_is_transient(cloud: "Lab") -> None:
    with pytest.raises(TransientError, match="cannot be reached"):
        cloud.connect(url="http://127.0.0.1:1").check()
    assert cloud.clock.slept


def test_opening_sends_nothing_and_requests_are_counted(cloud: "Lab") -> None:
    connector = cloud.connect()
    assert connector.requests() == 0
    connector.vocabulary()
    assert connector.requests() == sum(cloud.asked().values()) > 0


def test_two_connections_of_one_kind_keep_their_credentials_apart(cloud: "Lab", desk: MakeDesk) -> None:
    ours, hers = desk(cloud.connect()), desk(cloud.connect(user="ada"))
    assert (ours.made(1).creator, hers.made(2).creator) == (ours.people["pmsync"], ours.people["Ada Lovelace"])
    assert ours.made(3).creator == ours.people["pmsync"]


def _behind_a_dead_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://user:proxy-secret@127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")


def test_a_proxy_of_the_environment_is_used(cloud: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    _behind_a_dead_proxy(monkeypatch)
    with pytest.raises(TransientError) as caught:
        cloud.connect(url="https://jira.example").check()
    assert "ProxyError" in str(caught.value)
    assert "proxy-secret" not in str(caught.value)


def test_no_proxy_is_between_us_and_this_machine(cloud: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    _behind_a_dead_proxy(monkeypatch)
    assert cloud.connect().check().name


def test_a_private_ca_of_the_environment_is_used(cloud: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    send = requests.Session.send

    def spy(session: requests.Session, request: requests.PreparedRequest, **options: object) -> requests.Response:
        asked.append((options["verify"], options["timeout"], options["allow_redirects"]))
        return send(session, request, **options)  # type: ignore[arg-type]

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/private-ca.pem")
    monkeypatch.setattr(requests.Session, "send", spy)
    cloud.connect().check()
    assert set(asked) == {("/etc/private-ca.pem", (3.05, 30.0), False)}


def test_a_rate_limit_is_kept_to_without_running_into_it(cloud: "Lab") -> None:
    connector = cloud.connect()
    connector.vocabulary()
    begun = cloud.clock.monotonic()
    for _ in range(350):
        connector.fetch([])
        connector.locate("1")
    assert cloud.clock.monotonic() - begun >= 2.5


@pytest.mark.parametrize("seconds", [1.0, 30.0, None])
def test_a_429_is_waited_out_as_long_as_jira_asks(cloud: "Lab", seconds: float | None) -> None:
    connector = cloud.connect()
    connector.vocabulary()
    cloud.clock.slept.clear()
    cloud.faults("429", retry_after=seconds)
    with pytest.raises(TransientError) as caught:
        connector.fetch(["1"])
    # Without a wait of its own it may still name the end of its second, which is a moment away.
    after = caught.value.after
    assert after == seconds if seconds else (after or 0.0) < 1.0
    waits = [slept for slept in cloud.clock.slept if slept]
    assert len(waits) >= 5
    assert seconds is None or sum(waits) >= 5 * seconds


def test_a_wait_beyond_patience_is_raised_and_remembered(cloud: "Lab") -> None:
    connector = cloud.connect()
    connector.vocabulary()
    cloud.faults("429", retry_after=1800.0)
    cloud.clock.slept.clear()
    with pytest.raises(TransientError) as caught:
        connector.fetch(["1"])
    assert caught.value.after == 1800.0
    cloud.faults()
    cloud.asked()
    with pytest.raises(TransientError, match="pause") as caught:
        connector.inspect(Ref("1"), datetime.now(UTC))
    assert caught.value.after is not None
    assert 1700 < caught.value.after <= 1800
    assert (cloud.asked(), cloud.clock.slept) == ({}, [])
    cloud.clock.sleep(1800)
    assert connector.fetch(["1"]).missing == {"1"}
