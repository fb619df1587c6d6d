"""Jira's answers, and its refusals as errors named by their remedy. Pure."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pmsync.errors import (
    AuthError,
    FatalError,
    PmsyncError,
    RejectedError,
    StaleError,
    TransientError,
    UnknownOutcomeError,
)

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. `data` is its JSON, None where it has no body."""

    status: int
    headers: Mapping[str, str]
    data: Any = None

    def date(self) -> datetime | None:
        """The tool's own clock when it answered (the `Date` header), in UTC."""
        try:
            return parsedate_to_datetime(self.headers.get("Date", "")).astimezone(UTC)
        except (ValueError, TypeError):
            return None


class RefusalError(RejectedError):
    """Jira refused a call and did nothing.

    `fields` are its words per field, by Jira's field ids; `messages` the rest.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        messages: tuple[str, ...] = (),
        fields: Mapping[str, str] | None = None,
        body: bytes = b"",
        connection: str = "",
    ) -> None:
        super().__init__(message, connection=connection)
        self.status = status
        self.body = body
        self.messages = messages
        self.fields = dict(fields or {})


def words(body: bytes) -> tuple[tuple[str, ...], dict[str, str]]:
    """What an error body says: the general messages, and those per field. Reads every envelope Jira is known to use."""
    try:
        data = json.loads(body)
    except ValueError:
        text = body.decode("utf-8", "replace").strip()
        return ((text[:_LONGEST],) if text and not text.startswith("<") else (), {})
    return collected(data)


def collected(data: Any) -> tuple[tuple[str, ...], dict[str, str]]:
    """As `words`, for an `ErrorCollection` that is part of a larger answer."""
    if not isinstance(data, dict):
        return (), {}
    given = data.get("errorMessages")
    messages = [str(text) for text in given] if isinstance(given, list) else []
    for key in ("message", "errorMessage", "detail"):
        if isinstance(data.get(key), str) and data[key] not in messages:
            messages.append(data[key])
    errors = data.get("errors")
    fields = {str(key): str(text) for key, text in errors.items()} if isinstance(errors, dict) else {}
    return tuple(messages), fields


def sentence(messages: tuple[str, ...], fields: Mapping[str, str]) -> str:
    """An error body's content on one line."""
    parts = [*messages, *(f"{name}: {text}" for name, text in fields.items())]
    return " ".join(" ".join(parts).split())[:_LONGEST]


def wait_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that `Retry-After` asks for (a number or an HTTP date), or `X-RateLimit-Reset`; None if neither."""
    asked = headers.get("Retry-After", "").strip()
    try:
        seconds = float(asked)
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    except ValueError:
        pass
    for text, read in ((asked, parsedate_to_datetime), (headers.get("X-RateLimit-Reset", ""), datetime.fromisoformat)):
        try:
            moment = read(text)
        except (ValueError, TypeError):
            continue
        # A reset told in whole minutes can lie in the past: then it says nothing.
        if moment.tzinfo is not None and moment > now:
            return (moment - now).total_seconds()
    return None


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, for the error's sentence, and whether it may have changed something."""

    verb: str
    path: str
    writes: bool
    connection: str


def failure(call: Call, status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> PmsyncError:
    """The error for an answer that is no success, by what to do about it."""
    messages, fields = words(body)
    said = sentence(messages, fields)
    name = call.connection
    told = f": {said}" if said else ""
    if status == 401 or (status == 403 and "X-Authentication-Denied-Reason" in headers):
        return _signed_out(status, headers, told, name)
    if status == 429:
        reason = headers.get("RateLimit-Reason", "")
        text = f"Jira limits the rate of requests{f' ({reason})' if reason else ''}"
        return TransientError(text, after=wait_asked(headers, now), connection=name)
    if status in (408, 425) or status >= 500:
        kind = UnknownOutcomeError if call.writes else TransientError
        return kind(
            f"Jira answered {status} to {call.verb} {call.path}{told}", after=wait_asked(headers, now), connection=name
        )
    if 300 <= status < 400:
        return FatalError(
            f"Jira redirects {call.verb} {call.path} elsewhere; put its present address into `url`", connection=name
        )
    if status == 410:
        return FatalError(f"Jira has retired {call.verb} {call.path}; install a newer pmsync{told}", connection=name)
    if status == 409:
        return StaleError(f"someone changed the issue at the same moment{told}", connection=name)
    text = said or f"Jira answered {status} to {call.verb} {call.path}"
    return RefusalError(text, status=status, messages=messages, fields=fields, body=body, connection=name)


def _signed_out(status: int, headers: Mapping[str, str], told: str, connection: str) -> AuthError:
    reason = headers.get("X-Authentication-Denied-Reason", "")
    if "CAPTCHA" in reason.upper():
        _, _, login = reason.partition("login-url=")
        place = login.strip() or "its login page"
        return AuthError(
            f"Jira asks for a CAPTCHA before it takes these credentials again: sign in once at {place}",
            connection=connection,
        )
    return AuthError(
        f"Jira refuses the credentials ({status}){told}. Make a new API token (Data Center: a personal access token), "
        "with the rights and scopes that connectors/jira/README.md lists, and put it into the config",
        connection=connection,
    )
