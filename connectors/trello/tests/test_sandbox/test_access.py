"""Who may do what: credentials in every place they may be sent, refusals in Trello's words, and the limits."""

from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Answer, Trello

SIGNED = (
    'OAuth oauth_nonce="1", oauth_timestamp="2", oauth_version="1.0", oauth_signature_method="HMAC-SHA1", '
    'oauth_consumer_key="sandbox", oauth_token="sandbox%2Dgrace", oauth_signature="abc%3D"'
)


def raw(trello: "Trello", method: str, url: str, **options: Any) -> "tuple[int, str]":
    """A call without any credentials but those given."""
    if "headers" in options:
        options["headers"] = Headers(options["headers"])
    response = Client(trello.sandbox).open(EnvironBuilder(url, method=method, **options))
    return response.status_code, response.get_data(as_text=True)


@pytest.mark.parametrize(
    "options",
    [
        {"query_string": {"key": "sandbox", "token": "sandbox-grace"}},
        {"headers": {"Authorization": 'OAuth oauth_consumer_key="sandbox", oauth_token="sandbox-grace"'}},
        {"headers": {"Authorization": SIGNED}},
    ],
)
def test_reading_as_someone(trello: "Trello", options: dict[str, Any]) -> None:
    status, text = raw(trello, "GET", "/1/members/me", **options)
    assert status == 200
    assert '"username":"grace"' in text
    assert '"email":"grace@example.com"' in text


@pytest.mark.parametrize("form", ["json", "data"])
def test_writing_with_everything_in_the_body(trello: "Trello", form: str) -> None:
    body = {"key": "sandbox", "token": "sandbox-grace", "idList": trello.lists()["To Do"], "name": "a"}
    status, text = raw(trello, "POST", "/1/cards", **{form: body})
    assert (status, '"name":"a"' in text) == (200, True)


def test_writing_with_everything_in_the_query(trello: "Trello") -> None:
    column = trello.lists()["To Do"]
    query = {"key": "sandbox", "token": "sandbox-grace", "idList": column, "name": "a", "idMembers": ""}
    assert raw(trello, "POST", "/1/cards", query_string=query)[0] == 200


@pytest.mark.parametrize(
    ("url", "status", "text"),
    [
        ("/1/members/me", 401, "invalid key"),
        ("/1/members/me?key=other&token=sandbox-ada", 401, "invalid key"),
        ("/1/members/me?key=sandbox&token=other", 401, "invalid token"),
        ("/1/members/me?key=sandbox&token=sandbox-", 401, "invalid token"),
        ("/1/nothing", 404, "Cannot GET /1/nothing"),
        ("/2/members/me", 404, "Cannot GET /2/members/me"),
    ],
)
def test_refusals_before_anything_is_looked_at(trello: "Trello", url: str, status: int, text: str) -> None:
    assert raw(trello, "GET", url) == (status, text)


def test_a_write_without_a_token_lacks_scopes(trello: "Trello") -> None:
    assert raw(trello, "POST", "/1/cards?key=sandbox") == (401, '{"message":"missing scopes"}')


def test_strangers_sign_in_and_see_nothing(trello: "Trello") -> None:
    card = trello.add()["id"]
    assert trello.ok("GET", "members/me/boards", user="eve") == []
    refused = [
        trello.call("GET", f"cards/{card}", user="eve"),
        trello.call("PUT", f"cards/{card}", {"name": "x"}, user="eve"),
        trello.call("DELETE", f"cards/{card}", user="eve"),
    ]
    assert {(one.status, one.text) for one in refused} == {(401, "unauthorized card permission requested")}
    board = trello.call("GET", f"boards/{trello.board}/cards", user="eve")
    assert (board.status, board.text) == (401, "unauthorized permission requested")


def test_observers_read_and_do_not_write(trello: "Trello") -> None:
    card = trello.add()["id"]
    trello.ok("PUT", f"boards/{trello.board}/members/grace", {"type": "observer"}, user="pmsync")
    assert trello.call("GET", f"cards/{card}", user="grace").status == 200
    assert trello.call("PUT", f"cards/{card}", {"name": "x"}, user="grace").status == 401


def test_only_administrators_change_the_board_and_who_is_on_it(trello: "Trello") -> None:
    eve = trello.ok("GET", "members/me", user="eve")["id"]
    assert trello.call("PUT", f"boards/{trello.board}/members/{eve}", {"type": "normal"}).status == 401
    trello.ok("PUT", f"boards/{trello.board}/members/{eve}", {"type": "normal"}, user="pmsync")
    assert len(trello.ok("GET", "members/me/boards", user="eve")) == 1
    card = trello.add(idMembers=eve)["id"]
    trello.ok("DELETE", f"boards/{trello.board}/members/{eve}", user="pmsync")
    assert trello.card(card)["idMembers"] == []
    assert trello.call("GET", f"cards/{card}", user="eve").status == 401


def test_a_revoked_token_is_invalid_until_the_reset(trello: "Trello") -> None:
    trello.ok("DELETE", "tokens/sandbox-ada")
    assert (trello.call("GET", "members/me").status, trello.call("GET", "members/me").text) == (401, "invalid token")
    trello.control("POST /reset", seed="empty")
    assert trello.call("GET", "members/me").status == 200


def test_a_token_is_shown_to_itself_alone(trello: "Trello") -> None:
    shown = trello.ok("GET", "tokens/sandbox-ada")
    assert shown["idMember"] == trello.person("ada")
    assert all(one["write"] for one in shown["permissions"])
    assert trello.call("GET", "tokens/sandbox-grace").status == 401


def hasty(trello: "Trello", path: str, times: int, user: str = "ada") -> "list[Answer]":
    """Calls in no time at all."""
    answers = []
    for _ in range(times):
        answers.append(trello.call("GET", path, user=user))
        trello.clock._elapsed -= 0.2
    return answers


def test_a_token_has_a_hundred_requests_in_ten_seconds(trello: "Trello") -> None:
    path = f"boards/{trello.board}"
    trello.clock.advance(11)
    answers = hasty(trello, path, 101)
    assert [answer.status for answer in answers[:100]] == [200] * 100
    assert answers[100].status == 429
    assert answers[100].json == {"error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
    assert "Retry-After" not in answers[100].headers
    told = [answer.headers["x-rate-limit-api-token-remaining"] for answer in answers]
    assert (told[0], told[99], told[100]) == ("99", "0", "0")
    assert answers[0].headers["x-rate-limit-api-token-max"] == "100"
    assert answers[0].headers["x-rate-limit-api-token-interval-ms"] == "10000"
    trello.clock.advance(10.1)
    assert hasty(trello, path, 1)[0].status == 200


def test_a_key_has_three_hundred_for_all_its_tokens(trello: "Trello") -> None:
    path = f"boards/{trello.board}"
    trello.clock.advance(11)
    for user in ("ada", "grace", "linus"):
        assert {answer.status for answer in hasty(trello, path, 100, user)} == {200}
    [refused] = hasty(trello, path, 1, "pmsync")
    assert refused.json["error"] == "API_KEY_LIMIT_EXCEEDED"
    assert refused.headers["x-rate-limit-api-key-remaining"] == "0"


def test_after_two_hundred_refusals_a_key_is_shut_out_for_the_window(trello: "Trello") -> None:
    path = f"boards/{trello.board}"
    trello.clock.advance(11)
    hasty(trello, path, 300)
    assert {answer.status for answer in hasty(trello, path, 1, "grace")} == {429}
    trello.clock.advance(10.1)
    assert {answer.status for answer in hasty(trello, path, 1, "grace")} == {200}


def test_members_and_search_have_a_hundred_in_fifteen_minutes(trello: "Trello") -> None:
    for path, code in (("members/me", "MEMBER_LIMIT_EXCEEDED"), ("search", "API_TOKEN_LIMIT_EXCEEDED")):
        answers = [trello.call("GET", path, user="linus", query="a") for _ in range(101)]
        assert [answer.status for answer in answers] == [200] * 100 + [429]
        assert answers[100].json["error"] == code
    assert trello.call("GET", "members/me/boards", user="linus").status == 200
    trello.clock.advance(900)
    assert trello.call("GET", "members/me", user="linus").status == 200


def test_the_requests_within_a_batch_count_too(trello: "Trello") -> None:
    card = trello.add()["id"]
    trello.clock.advance(11)
    urls = ",".join([f"/cards/{card}"] * 10)
    answer = trello.call("GET", "batch", urls=urls)
    assert answer.headers["x-rate-limit-api-token-remaining"] == "89"
    statuses = [next(iter(one)) for _ in range(9) for one in trello.call("GET", "batch", urls=urls).json]
    assert (statuses.count("200"), statuses.count("429")) == (80, 10)


def test_two_sandboxes_share_nothing(trello: "Trello") -> None:
    other = type(trello)()
    trello.add("here")
    trello.ok("DELETE", "tokens/sandbox-grace", user="grace")
    assert other.control("GET /state") == []
    assert other.ok("GET", "members/me", user="grace")["username"] == "grace"
    assert other.person("ada") == trello.person("ada")
