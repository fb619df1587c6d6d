"""Bad days: rate limits, broken answers, cut connections. Reads go on, writes say what is known of them."""

import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.wrappers import Request, Response

from pmsync.errors import (
    AuthError,
    FatalError,
    PmsyncError,
    RejectedError,
    StaleError,
    TransientError,
    UnknownOutcomeError,
)
from pmsync.model.fields import Field
from pmsync.model.native import Draft, Marker
from pmsync_trello.answers import refusal
from pmsync_trello.connector import TrelloConnector
from pmsync_trello.settings import Scope, TrelloSettings

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Served, Trello

READ_FAULTS = ["429", "500", "reset", "timeout", "truncated", "garbage"]


@pytest.mark.parametrize("fault", READ_FAULTS)
def test_reads_survive_faults(trello: "Trello", connect: "Connections", fault: str) -> None:
    for number in range(12):
        trello.add(f"card {number}")
    connector = connect()
    trello.control("POST /faults", rate=0.4, kinds=[fault], seed=3)
    natives = [native for page in connector.changes(None) for native in page.items]
    assert len(natives) == 12
    assert len(connector.fetch([native.ref.id for native in natives]).found) == 12


@pytest.mark.parametrize("fault", READ_FAULTS)
def test_a_read_that_never_succeeds_is_transient(trello: "Trello", connect: "Connections", fault: str) -> None:
    connector = connect()
    trello.control("POST /faults", rate=1, kinds=[fault], seed=3)
    with pytest.raises(TransientError) as caught:
        connector.vocabulary()
    assert caught.value.connection == "product"
    assert connector.requests() == 6


@pytest.mark.parametrize("fault", READ_FAULTS)
def test_a_create_is_sent_once_and_its_error_tells_whether_it_may_be_there(
    trello: "Trello", connect: "Connections", fault: str
) -> None:
    connector = connect()
    connector.vocabulary()
    outcomes: Counter[str] = Counter()
    for seed in range(12):
        trello.control("POST /reset", seed="empty")
        connector = connect()
        connector.vocabulary()
        before = connector.requests()
        trello.control("POST /faults", rate=1, kinds=[fault], seed=seed)
        [created] = connector.create([Draft({Field.TITLE: "once"}, Marker("I"))])
        trello.control("POST /faults", rate=0)
        there = len(trello.control("GET /state"))
        assert connector.requests() - before == 1
        assert isinstance(created.error, TransientError)
        if fault == "429":
            assert not isinstance(created.error, UnknownOutcomeError)
            assert there == 0
        else:
            assert isinstance(created.error, UnknownOutcomeError)
        outcomes[str(there)] += 1
    if fault in ("reset", "timeout", "500"):
        assert set(outcomes) == {"0", "1"}, "the fault should strike before the effect and after it"


def test_an_update_that_was_not_taken_for_want_of_budget_is_sent_again(
    trello: "Trello", connect: "Connections"
) -> None:
    card = trello.add()["id"]
    connector = connect()
    seen = connector.fetch([card]).found[card]
    trello.control("POST /faults", rate=0.5, kinds=["429"], seed=1)
    for number in range(10):
        connector.update(seen.ref, {Field.TITLE: f"title {number}"}, seen)
    trello.control("POST /faults", rate=0)
    assert trello.card(card)["name"] == "title 9"


def test_an_update_cut_off_half_way_has_an_unknown_outcome(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    trello.label("a")
    card = trello.add()["id"]
    connector = connect()
    seen = connector.fetch([card]).found[card]

    def refuse(request: Request) -> Response | None:
        if request.method == "POST" and request.path.endswith("/idLabels"):
            return Response('{"error":"API_TOKEN_LIMIT_EXCEEDED","message":"Rate limit exceeded"}', 429)
        return None

    served.recorder.answers = refuse
    with pytest.raises(UnknownOutcomeError):
        connector.update(seen.ref, {Field.TITLE: "new", Field.LABELS: ["a"]}, seen)
    with pytest.raises(TransientError) as caught:
        connector.update(seen.ref, {Field.LABELS: ["a"]}, seen)
    assert not isinstance(caught.value, UnknownOutcomeError)


def test_a_label_whose_making_is_in_doubt_leaves_no_doubt_about_the_card(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    connector = connect()
    served.recorder.answers = lambda request: (
        Response("Internal Server Error", 500) if request.path == "/1/labels" else None
    )
    draft = Draft({Field.TITLE: "a", Field.LABELS: ["new"]}, Marker("I"))
    [created] = connector.create([draft])
    assert type(created.error) is TransientError
    assert trello.control("GET /state") == []


def test_nothing_is_made_by_a_connection_that_cannot_read_its_board(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    column = trello.lists()["To Do"]
    served.recorder.answers = lambda request: Response("", 500) if request.method == "GET" else None
    fields: dict[Field, Any] = {Field.TITLE: "a", Field.STATUS: {"place": column}}
    [created] = connect(board=trello.board).create([Draft(fields, Marker("I"))])
    assert type(created.error) is TransientError
    assert trello.control("GET /state") == []


def test_a_tool_that_cannot_be_reached_has_taken_nothing(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    connector = connect()
    connector.vocabulary()
    connector._calls._transport._session.close()
    served.close()
    [created] = connector.create([Draft({Field.TITLE: "a"}, Marker("I"))])
    assert type(created.error) is TransientError


def test_the_documented_rate_is_kept_without_a_single_refusal(trello: "Trello", connect: "Connections") -> None:
    connector = connect()
    began = trello.clock.monotonic()
    for number in range(250):
        [created] = connector.create([Draft({Field.TITLE: f"card {number}"}, Marker(f"I{number}"))])
        assert created.error is None
    took = trello.clock.monotonic() - began
    assert 20 <= took <= 26


def test_a_budget_that_others_use_up_is_waited_for(trello: "Trello", connect: "Connections") -> None:
    connector = connect()
    connector.vocabulary()
    for _ in range(98):
        trello.sandbox.emulator._budget.spend("sandbox", "sandbox-pmsync", ("boards", "x"))  # type: ignore[attr-defined]
    [created] = connector.create([Draft({Field.TITLE: "a"}, Marker("I"))])
    assert isinstance(created.error, TransientError)
    assert created.error.after == 10
    [created] = connector.create([Draft({Field.TITLE: "a"}, Marker("I"))])
    assert created.native is not None


def test_a_wait_beyond_the_patience_is_told_and_not_slept(trello: "Trello", connect: "Connections") -> None:
    for _ in range(100):
        trello.ok("GET", "members/me", user="pmsync")
    connector = connect()
    slept = trello.clock.monotonic()
    with pytest.raises(TransientError) as caught:
        connector.check()
    assert caught.value.after == 900
    assert trello.clock.monotonic() - slept < 1


ANSWERS: list[tuple[int, str, dict[str, str], bool, type[PmsyncError], str]] = [
    (401, "invalid token", {}, False, AuthError, "renew"),
    (401, "invalid key", {}, False, AuthError, "key"),
    (401, '{"message":"missing scopes"}', {}, True, AuthError, "write"),
    (401, "unauthorized card permission requested", {}, True, RejectedError, "not for this account"),
    (404, "The requested resource was not found.", {}, False, RejectedError, "not there"),
    (404, "Cannot GET /1/nothing", {}, False, FatalError, "url"),
    (400, "invalid value for idList", {}, True, RejectedError, "invalid value for idList"),
    (403, "disabled", {}, True, RejectedError, "disabled"),
    (409, "conflict", {}, True, StaleError, "conflict"),
    (302, "", {}, False, FatalError, "url"),
    (503, "<html>", {}, False, TransientError, "503"),
    (504, "", {}, True, UnknownOutcomeError, "504"),
    (449, "", {}, True, UnknownOutcomeError, "449"),
]


@pytest.mark.parametrize(("status", "text", "headers", "write", "kind", "said"), ANSWERS)
def test_every_refusal_has_its_remedy(
    status: int, text: str, headers: dict[str, str], write: bool, kind: type[PmsyncError], said: str
) -> None:
    error = refusal(status, text, headers, write=write)
    assert isinstance(error, kind)
    assert re.search(said, error.message)


@pytest.mark.parametrize(
    ("headers", "code", "after"),
    [
        ({"Retry-After": "7"}, "API_TOKEN_LIMIT_EXCEEDED", 7),
        ({"x-rate-limit-api-token-remaining": "0", "x-rate-limit-api-token-interval-ms": "10000"}, "API_X", 10),
        ({"x-rate-limit-api-key-remaining": "0"}, "API_KEY_LIMIT_EXCEEDED", 10),
        ({"x-rate-limit-api-token-remaining": "40"}, "API_TOKEN_DB_LIMIT_EXCEEDED", None),
        ({}, "API_TOKEN_LIMIT_EXCEEDED", None),
        ({}, "MEMBER_LIMIT_EXCEEDED", 900),
    ],
)
def test_how_long_to_wait_is_read_from_what_trello_says(
    headers: dict[str, str], code: str, after: float | None
) -> None:
    error = refusal(429, f'{{"error":"{code}","message":"Rate limit exceeded"}}', headers, write=True)
    assert type(error) is TransientError
    assert error.after == after


def credentials_seen(served: "Served") -> set[str]:
    found: set[str] = set()
    for one in served.recorder.sent:
        found.update(re.findall(r'oauth_token="([^"]*)"', one.headers.get("Authorization", "")))
    return found


def test_secrets_travel_in_the_header_alone(trello: "Trello", served: "Served", connect: "Connections") -> None:
    connector = connect()
    use_everything(trello, connector)
    assert len(served.recorder.sent) >= 12
    for one in served.recorder.sent:
        assert one.headers["Authorization"] == 'OAuth oauth_consumer_key="sandbox", oauth_token="sandbox-pmsync"'
        assert "sandbox-" not in one.url
        assert "key=" not in one.url
        assert b"sandbox-pmsync" not in one.body
        assert "Cookie" not in one.headers


def test_two_connections_never_send_each_others_credentials(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    one, other = connect("ada"), connect("grace")
    use_everything(trello, one)
    served.recorder.sent.clear()
    use_everything(trello, other)
    assert credentials_seen(served) == {"sandbox-grace"}
    served.recorder.sent.clear()
    use_everything(trello, one)
    assert credentials_seen(served) == {"sandbox-ada"}


def use_everything(trello: "Trello", connector: TrelloConnector) -> None:
    connector.check()
    list(connector.changes(None))
    fields: dict[Field, Any] = {Field.TITLE: "a", Field.LABELS: ["l"]}
    [created] = connector.create([Draft(fields, Marker("I"))])
    assert created.native is not None
    native = created.native
    connector.update(native.ref, {Field.TITLE: "b", Field.LABELS: []}, native)
    connector.fetch([native.ref.id, "0" * 24])
    connector.inspect(native.ref, trello.clock.now())
    connector.find([Marker("I")], trello.clock.now())
    connector.locate(native.ref.key)
    connector.archive(native.ref)
    connector.delete(native.ref)


BROKEN: list[Callable[[Request], Any]] = [
    lambda request: Response("invalid token: tok-secret with key-secret", 401),
    lambda request: Response("no tok-secret", 400),
    lambda request: Response("tok-secret", 500),
    lambda request: Response("key-secret"),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_no_error_quotes_a_secret(trello: "Trello", served: "Served", broken: Callable[[Request], Any]) -> None:
    from pmsync.connector.api import Opening
    from pmsync_trello.text import MarkdownDialect

    served.recorder.answers = broken
    settings = TrelloSettings("key-secret", "tok-secret", "app-secret", Scope("0" * 24), served.base)
    connector = TrelloConnector(settings, Opening("product", clock=trello.clock), MarkdownDialect())
    with pytest.raises(PmsyncError) as caught:
        connector.vocabulary()
    connector.close()
    told = f"{caught.value} {caught.value!r} {caught.value.__cause__!r} {settings!r}"
    assert "secret" not in told
