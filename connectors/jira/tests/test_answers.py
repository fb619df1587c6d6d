"""Jira's refusals as errors named by their remedy."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pmsync.errors import (
    AuthError,
    FatalError,
    PmsyncError,
    RejectedError,
    StaleError,
    TransientError,
    UnknownOutcomeError,
)
from pmsync_jira.answers import Answer, Call, RefusalError, failure, wait_asked, words

NOW = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
READ = Call("GET", "issue/1", writes=False, connection="engineering")
WRITE = Call("PUT", "issue/1", writes=True, connection="engineering")
GONE = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}


def error(status: int, body: Any = None, call: Call = READ, **headers: str) -> PmsyncError:
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return failure(call, status, {name.replace("_", "-"): text for name, text in headers.items()}, content, NOW)


@pytest.mark.parametrize(
    ("status", "call", "kind"),
    [
        (400, READ, RejectedError),
        (401, READ, AuthError),
        (403, READ, RejectedError),
        (404, READ, RejectedError),
        (409, WRITE, StaleError),
        (410, READ, FatalError),
        (413, WRITE, RejectedError),
        (422, WRITE, RejectedError),
        (302, READ, FatalError),
        (408, READ, TransientError),
        (429, WRITE, TransientError),
        (500, READ, TransientError),
        (500, WRITE, UnknownOutcomeError),
        (503, WRITE, UnknownOutcomeError),
        (504, READ, TransientError),
    ],
)
def test_a_status_is_an_error_by_its_remedy(status: int, call: Call, kind: type[PmsyncError]) -> None:
    found = error(status, call=call)
    assert isinstance(found, kind)
    assert found.connection == "engineering"


@pytest.mark.parametrize("status", [429, 500])
def test_only_what_may_have_taken_effect_is_unknown(status: int) -> None:
    assert isinstance(error(status, call=WRITE), UnknownOutcomeError) is (status == 500)
    assert not isinstance(error(status, call=READ), UnknownOutcomeError)


def test_a_captcha_says_where_to_sign_in() -> None:
    found = error(403, X_Authentication_Denied_Reason="CAPTCHA_CHALLENGE; login-url=https://jira.acme.io/login.jsp")
    assert isinstance(found, AuthError)
    assert "https://jira.acme.io/login.jsp" in found.message


@pytest.mark.parametrize(
    ("body", "messages", "fields"),
    [
        (GONE, ("Issue does not exist or you do not have permission to see it.",), {}),
        ({"errorMessages": [], "errors": {"summary": "too long"}}, (), {"summary": "too long"}),
        ({"errorMessages": None, "errors": None}, (), {}),
        ({"message": "Unauthorized; scope does not match", "code": 401}, ("Unauthorized; scope does not match",), {}),
        ({"title": "Not Found", "detail": "No endpoint GET /x"}, ("No endpoint GET /x",), {}),
        (
            b"Client must be authenticated to access this resource.",
            ("Client must be authenticated to access this resource.",),
            {},
        ),
        (b"<html>login</html>", (), {}),
        (b"", (), {}),
        (b"[1]", (), {}),
        (b"null", (), {}),
        (b"7", (), {}),
    ],
)
def test_every_known_envelope_is_read(body: Any, messages: tuple[str, ...], fields: Mapping[str, str]) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert words(content) == (messages, fields)


def test_a_refusal_keeps_the_words_per_field() -> None:
    found = error(400, {"errorMessages": ["No."], "errors": {"summary": "Too long.", "duedate": "Bad."}})
    assert isinstance(found, RefusalError)
    assert found.fields == {"summary": "Too long.", "duedate": "Bad."}
    assert found.message == "No. summary: Too long. duedate: Bad."


def test_a_long_page_is_not_repeated_in_full() -> None:
    assert len(error(400, {"errorMessages": ["x" * 5000]}).message) <= 500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "1800"}, 1800.0),
        ({"Retry-After": "Mon, 11 May 2026 09:00:30 GMT"}, 30.0),
        ({"Retry-After": "Mon, 11 May 2026 08:00:00 GMT"}, None),
        ({"X-RateLimit-Reset": "2026-05-11T10:00Z"}, 3600.0),
        ({"X-RateLimit-Reset": "2026-05-11T09:00Z"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_as_jira_asks(headers: Mapping[str, str], seconds: float | None) -> None:
    assert wait_asked(headers, NOW) == seconds
    found = failure(READ, 429, headers, b"", NOW)
    assert isinstance(found, TransientError)
    assert found.after == seconds


def test_the_tools_own_time_is_known() -> None:
    assert Answer(200, {"Date": "Mon, 11 May 2026 09:00:30 GMT"}).date() == NOW + timedelta(seconds=30)
    assert Answer(200, {"Date": "never"}).date() is None
    assert Answer(200, {}).date() is None
