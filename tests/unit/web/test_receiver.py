"""The tools' webhooks over real HTTP: what is kept, what is refused and how, and that nothing comes of the rest."""

import json
import resource
from datetime import timedelta

import pytest
from answering import PUBLIC, SECRET, Answering, signature, trello_body, trello_signature
from planted import OTHERS

from pmsync.connector.webhooks import address
from pmsync.store.hooks import Hook
from pmsync.store.vault import Vault
from pmsync.sync.webhooks import purpose
from pmsync.web import receiver

CARD = "5f0c1a2b3d4e5f6071829301"
ACTION = "60a1b2c3d4e5f60718293a00"
ASANA_SECRET = "the-secret-of-this-webhook"


def _action(number: int) -> str:
    return f"60a1b2c3d4e5f607{number:08x}"


def _shaken(serving: Answering, token: str) -> str:
    """Have a webhook of Asana's whose secret is known; its query."""
    sealed = Vault(OTHERS["secret key"]).seal(ASANA_SECRET, purpose("delivery"))
    url = address(PUBLIC, "delivery", token)
    serving.service.store.hooks.put(Hook("delivery", token, url, "1", secret=sealed))
    return f"?hook={token}"


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_what_trello_signed_is_kept_before_it_is_acknowledged(serving: Answering) -> None:
    answer = serving.tell_of_card(CARD, ACTION)
    assert (answer.status_code, answer.content) == (200, b"")
    kept = serving.kept()
    assert ("product", ACTION) in kept["deliveries"]
    assert (f"roadmap/product/{CARD}",) in kept["topics"]


def test_what_is_said_again_is_acknowledged_and_kept_once(serving: Answering) -> None:
    serving.tell_of_card(CARD, _action(1))
    before = serving.kept()
    assert serving.tell_of_card(CARD, _action(1)).status_code == 200
    assert serving.kept() == before


def test_what_jira_signed_is_kept(serving: Answering) -> None:
    body = json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"id": "10042"}}).encode()
    answer = serving.tell(
        "engineering", body, X_Hub_Signature=f"sha256={signature(body)}", X_Atlassian_Webhook_Identifier="once"
    )
    assert answer.status_code == 200
    assert ("engineering", "once") in serving.kept()["deliveries"]
    assert ("roadmap/engineering/10042",) in serving.kept()["topics"]


def test_what_asana_signed_with_this_webhook_s_secret_is_kept_and_the_webhook_was_heard_of(serving: Answering) -> None:
    query = _shaken(serving, "kept")
    body = json.dumps({"events": [{"resource": {"gid": "77001", "resource_type": "task"}}]}).encode()
    answer = serving.tell("delivery", body, query=query, X_Hook_Signature=signature(body, ASANA_SECRET))
    assert answer.status_code == 200
    assert ("roadmap/delivery/77001",) in serving.kept()["topics"]
    hook = serving.service.store.hooks.get("delivery", "kept")
    assert hook is not None
    assert hook.delivered_at is not None


def test_a_heartbeat_says_that_the_webhook_is_alive_and_nothing_else(serving: Answering) -> None:
    query = _shaken(serving, "beating")
    before = serving.kept()
    assert serving.tell("delivery", b"{}", query=query, X_Hook_Signature=signature(b"{}", ASANA_SECRET)).ok
    after = serving.kept()
    hook = serving.service.store.hooks.get("delivery", "beating")
    assert hook is not None
    assert hook.delivered_at is not None
    assert {**after, "hooks": []} == {**before, "hooks": []}


def test_of_very_many_items_at_once_everything_that_changed_is_read_instead(serving: Answering) -> None:
    query = _shaken(serving, "many")
    events = [{"resource": {"gid": str(880_000 + one), "resource_type": "task"}} for one in range(1000)]
    body = json.dumps({"events": events}).encode()
    before = serving.kept()
    assert serving.tell("delivery", body, query=query, X_Hook_Signature=signature(body, ASANA_SECRET)).ok
    assert serving.kept()["topics"] == before["topics"]


@pytest.mark.parametrize("connection", ["product", "engineering", "delivery"])
def test_a_known_connection_answers_a_head(serving: Answering, connection: str) -> None:
    before = serving.kept()
    answer = serving.ask(f"/webhooks/{connection}", "HEAD", token="")
    assert (answer.status_code, answer.content) == (200, b"")
    assert serving.kept() == before


# --- Asana's handshake ----------------------------------------------------------------------------------------------


def _expect(serving: Answering, token: str, seconds: float = 3600) -> str:
    until = serving.service.clock.now() + timedelta(seconds=seconds)
    url = address(PUBLIC, "delivery", token)
    serving.service.store.hooks.put(Hook("delivery", token, url, expected_until=until))
    return f"?hook={token}"


def test_a_handshake_that_is_expected_is_answered_and_its_secret_sealed(serving: Answering) -> None:
    query = _expect(serving, "expected")
    answer = serving.tell("delivery", b"", query=query, X_Hook_Secret=ASANA_SECRET)
    assert (answer.status_code, answer.headers["X-Hook-Secret"]) == (200, ASANA_SECRET)
    hook = serving.service.store.hooks.get("delivery", "expected")
    assert hook is not None
    assert hook.secret is not None
    assert ASANA_SECRET not in hook.secret
    assert Vault(OTHERS["secret key"]).unseal(hook.secret, purpose("delivery")) == ASANA_SECRET


def test_a_second_handshake_at_a_known_address_is_refused(serving: Answering) -> None:
    query = _expect(serving, "twice")
    assert serving.tell("delivery", b"", query=query, X_Hook_Secret=ASANA_SECRET).ok
    before = serving.kept()
    answer = serving.tell("delivery", b"", query=query, X_Hook_Secret="somebody-else-s")
    assert answer.status_code == 409
    assert "X-Hook-Secret" not in answer.headers
    assert serving.kept() == before
    body = b'{"events": []}'
    assert (
        serving.tell("delivery", body, query=query, X_Hook_Signature=signature(body, "somebody-else-s")).status_code
        == 401
    )
    assert serving.tell("delivery", body, query=query, X_Hook_Signature=signature(body, ASANA_SECRET)).ok


@pytest.mark.parametrize(
    ("connection", "query"),
    [("delivery", ""), ("delivery", "?hook=nobody-s"), ("delivery", "?hook=%00"), ("delivery", f"?hook={'x' * 999}")],
)
def test_a_handshake_that_nobody_expects_is_refused(serving: Answering, connection: str, query: str) -> None:
    before = serving.kept()
    answer = serving.tell(connection, b"", query=query, X_Hook_Secret=ASANA_SECRET)
    assert answer.status_code == 409
    assert "X-Hook-Secret" not in answer.headers
    assert serving.kept() == before


def test_a_handshake_that_comes_too_late_is_refused(serving: Answering) -> None:
    query = _expect(serving, "late", seconds=-1)
    before = serving.kept()
    assert serving.tell("delivery", b"", query=query, X_Hook_Secret=ASANA_SECRET).status_code == 409
    assert serving.kept() == before


@pytest.mark.parametrize("secret", ["with a space", "ä" * 10, "x" * 300])
def test_a_secret_that_cannot_be_said_back_is_none(serving: Answering, secret: str) -> None:
    query = _expect(serving, "speakable")
    before = serving.kept()
    headers = {"X-Hook-Secret": secret.encode()}
    answer = serving.ask(f"/webhooks/delivery{query}", "POST", token="", data=b"", headers=headers)
    assert answer.status_code == 401
    assert serving.kept() == before


# --- forgeries and what is not readable -----------------------------------------------------------------------------

BODY = trello_body(CARD, ACTION)


@pytest.mark.parametrize(
    ("connection", "headers"),
    [
        ("product", {}),
        ("product", {"X_Trello_Webhook": ""}),
        ("product", {"X_Trello_Webhook": "AAAA"}),
        ("product", {"X_Trello_Webhook": trello_signature(BODY, secret="guessed")}),
        ("product", {"X_Trello_Webhook": trello_signature(BODY, url=f"{PUBLIC}/webhooks/other")}),
        ("product", {"X_Trello_Webhook": trello_signature(BODY + b" ")}),
        ("engineering", {}),
        ("engineering", {"X_Hub_Signature": "sha256="}),
        ("engineering", {"X_Hub_Signature": f"sha1={signature(BODY)}"}),
        ("engineering", {"X_Hub_Signature": f"sha256={signature(BODY, 'guessed')}"}),
        ("delivery", {}),
        ("delivery", {"X_Hook_Signature": signature(BODY, "")}),
        ("delivery", {"X_Hook_Signature": signature(BODY)}),
    ],
)
def test_a_forgery_is_refused_and_nothing_of_it_kept(
    serving: Answering, connection: str, headers: dict[str, str]
) -> None:
    before = serving.kept()
    answer = serving.tell(connection, BODY, **headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert serving.kept() == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"[]",
        b"null",
        BODY[:-7],
        b"\xff\xfe" + BODY.decode().encode("utf-16-le"),
        BODY.decode().replace("updateCard", "größer").encode("latin-1"),
        b"[" * 200_000,
        b'{"action":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"action": {"id": ' + b"9" * 5000 + b"}}",
        b'{"action": {"id": "../../secrets"}}',
        b'{"action": {"id": NaN}}',
    ],
    ids=lambda body: f"{body[:12]!r} of {len(body)}",
)
def test_what_is_signed_but_cannot_be_read_is_refused(serving: Answering, body: bytes) -> None:
    before = serving.kept()
    answer = serving.tell("product", body, X_Trello_Webhook=trello_signature(body))
    assert (answer.status_code, answer.content) == (400, b"")
    assert serving.kept() == before


# --- sizes, slowness, floods ----------------------------------------------------------------------------------------


def test_the_largest_body_that_may_be_is_read(serving: Answering) -> None:
    body = BODY[:-1] + b" " * (receiver.LARGEST - len(BODY)) + BODY[-1:]
    assert len(body) == receiver.LARGEST
    assert serving.tell("product", body, X_Trello_Webhook=trello_signature(body)).status_code == 200


def test_a_body_that_is_too_large_is_refused(serving: Answering) -> None:
    before = serving.kept()
    body = BODY + b" " * receiver.LARGEST
    assert serving.tell("product", body, X_Trello_Webhook=trello_signature(body)).status_code == 413
    assert serving.kept() == before


def test_a_body_that_is_too_large_is_refused_though_nobody_says_how_large_it_is(serving: Answering) -> None:
    before = serving.kept()
    pieces = (b" " * 65_536 for _ in range(receiver.LARGEST // 65_536 + 2))
    answer = serving.ask("/webhooks/product", "POST", token="", data=pieces)
    assert answer.status_code == 413
    assert serving.kept() == before


@pytest.mark.parametrize("length", ["99999999999999999999", str(receiver.LARGEST + 1)])
def test_a_length_that_is_too_large_is_refused_before_anything_is_sent(serving: Answering, length: str) -> None:
    with serving.connect() as sock:
        sock.sendall(f"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode())
        assert sock.recv(12) == b"HTTP/1.1 413"


@pytest.mark.parametrize("length", ["-1", "1e3", "7, 8", "0x10", ""])
def test_a_length_that_is_none_is_refused(serving: Answering, length: str) -> None:
    told = serving.send(
        f"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{{}}".encode()
    )
    assert told.startswith(b"HTTP/1.1 400")


def test_what_follows_a_body_that_is_longer_than_it_says_is_no_part_of_it(serving: Answering) -> None:
    before = serving.kept()
    head = f"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n"
    head += f"X-Trello-Webhook: {trello_signature(BODY + b'more')}\r\n\r\n"
    told = serving.send(head.encode() + BODY + b"more\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 401")
    assert serving.kept() == before


def test_a_body_that_does_not_come_is_not_waited_for_long(serving: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "SLOWEST", 0.2)
    before = serving.kept()
    with serving.connect() as sock:
        sock.sendall(b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert sock.recv(12) == b"HTTP/1.1 408"
    assert serving.kept() == before


def test_who_hangs_up_in_the_middle_leaves_nothing(serving: Answering) -> None:
    before = serving.kept()
    for _ in range(20):
        with serving.connect() as sock:
            sock.sendall(b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    assert serving.kept() == before


def test_more_bodies_at_once_than_there_is_room_for_are_sent_away(
    serving: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "_HELD", 100)
    answer = serving.tell_of_card(CARD, _action(2))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_a_flood_of_forgeries_changes_nothing_and_what_is_signed_gets_through(serving: Answering) -> None:
    before = serving.kept()
    request = b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
    socks = [serving.connect() for _ in range(100)]
    for sock in socks:
        sock.sendall(request * 5)
    answer = serving.tell_of_card("5f0c1a2b3d4e5f6071829302", _action(3))
    assert answer.status_code == 200
    for sock in socks:
        assert sock.recv(12) == b"HTTP/1.1 401"
        sock.close()
    told = serving.kept()
    assert [one for one in told["deliveries"] if one not in before["deliveries"]] == [("product", _action(3))]


def test_connections_beyond_the_limit_are_answered_that_there_are_too_many(serving: Answering) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, before[1]), before[1]))
    socks = [serving.connect() for _ in range(600)]
    try:
        socks[-1].sendall(b"HEAD /webhooks/product HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert socks[-1].recv(12) == b"HTTP/1.1 503"
    finally:
        for sock in socks:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


# --- names and headers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "nobody", "aside", "..%2fproduct", "../product", "product/", "product%2f", "product%00", "PRODUCT",
        "%70roduct%20", "product;a=b", "%c3%bc", "%ff%fe", "x" * 5000, "..%5c..%5cetc", "%2e%2e/%2e%2e/healthz",
        "product%0d%0aX-Evil:1", "*", "'; DROP TABLE items; --",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_a_name_that_is_no_connection_with_a_webhook_is_not_found(serving: Answering, name: str, method: str) -> None:
    before = serving.kept()
    told = serving.send(
        f"{method} /webhooks/{name.replace(' ', '%20')} HTTP/1.1\r\nHost: localhost\r\n"
        f"X-Trello-Webhook: {trello_signature(b'')}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    )
    assert told.startswith(b"HTTP/1.1 404"), told
    assert b"X-Evil" not in told
    assert serving.kept() == before


def test_a_name_may_be_written_in_another_way(serving: Answering) -> None:
    assert serving.ask("/webhooks/%70roduct", "HEAD", token="").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_webhooks_are_not_asked_for_otherwise(serving: Answering, method: str) -> None:
    assert serving.ask("/webhooks/product", method, token="").status_code == 405


@pytest.mark.parametrize(
    "head",
    [
        b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\n X: folded\r\n\r\n",
        b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nX-Trello-Webhook\r\n\r\n",
        b"POST /webhooks/product HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /webhooks/product HTTP/1.1\r\n\r\n",
        b"POST /webhooks/pr oduct HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /webhooks/product HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /webhooks/product HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
    ],
    ids=lambda head: repr(head[31:60]),
)
def test_what_is_no_http_is_refused(serving: Answering, head: bytes) -> None:
    before = serving.kept()
    with serving.connect() as sock:
        sock.sendall(head)
        assert sock.recv(10) == b"HTTP/1.1 4"
    assert serving.kept() == before


def test_no_answer_repeats_what_was_sent(serving: Answering) -> None:
    marks = {"X-Trello-Webhook": "mark-one", "User-Agent": "mark-two", "Cookie": "mark-three"}
    for path in ("/webhooks/product?hook=mark-four", "/webhooks/mark-five", "/mark-six"):
        answer = serving.ask(path, "POST", data=b"mark-seven", headers=marks)
        assert "mark-" not in f"{answer.headers}{answer.text}"


def test_the_log_names_no_secret_and_is_not_flooded(serving: Answering, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(50):
        serving.tell("engineering", BODY, X_Hub_Signature=f"sha256={signature(BODY, 'guessed')}")
    lines = [one for one in caplog.records if one.name == "pmsync.web"]
    assert len(lines) <= 1
    assert SECRET not in caplog.text
