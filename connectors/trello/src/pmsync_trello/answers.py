"""What Trello's refusals mean: from status, text and headers to the error whose remedy fits.

Trello answers most refusals in plain text, and 401 for two different things: credentials that are no good, and one
object that is not for us. (Guide to status codes, and texts recorded from the live API.)
"""

import json
from collections.abc import Mapping

from pmsync.errors import (
    AuthError,
    FatalError,
    PmsyncError,
    RejectedError,
    StaleError,
    TransientError,
    UnknownOutcomeError,
)

WINDOW = 10.0
"""Seconds after which a budget of requests is whole again; Trello has no `Retry-After`."""
_COSTLY_WINDOW = 900.0
_SHOWN = 200
_TOO_WIDE = ("API_TOO_MANY_CARDS_REQUESTED", "API_TOO_MANY_ACTIONS_REQUESTED")


class MissingError(RejectedError):
    """The object is not for us (401, on one object only), or not there."""


class GoneError(MissingError):
    """The object is not there (404), as far as a tool can say so."""


class TooWideError(RejectedError):
    """The answer would have been too large: ask for less at a time."""


def refusal(status: int, text: str, headers: Mapping[str, str], *, write: bool) -> PmsyncError:
    """The error for an answer that is not 200. `text` must hold no credential any more."""
    code, said = _said(text)
    if code in _TOO_WIDE:
        return TooWideError(f"Trello will not answer so much at once ({code})")
    if status == 429:
        return TransientError(f"Trello's rate limit is reached ({code or said})", after=_pause(code, headers))
    if status == 401:
        return _unauthorized(said)
    if status == 404:
        if said.startswith("Cannot "):
            return FatalError("this is not Trello's API: it does not know the address; look at `url`")
        return GoneError("it is not there")
    if status == 409:
        return StaleError(f"Trello says that it has changed meanwhile: {said}")
    if status >= 500 or status == 449:
        kind = UnknownOutcomeError if write else TransientError
        return kind(f"Trello could not serve the call (HTTP {status})")
    if status < 400:
        return FatalError(f"unexpected answer from Trello (HTTP {status}); look at `url`")
    return RejectedError(f"Trello refuses: {said or f'HTTP {status}'}")


def _unauthorized(said: str) -> PmsyncError:
    if "permission requested" in said:
        return MissingError("it is not for this account, or on a board that is not")
    if "missing scopes" in said:
        return AuthError("the token may not write; make one with the scopes read and write")
    return AuthError(f"Trello refuses the credentials ({said or 'HTTP 401'}); renew the token, look at the key")


def _said(text: str) -> tuple[str, str]:
    """Trello's code and its words, from plain text or from either of its two forms of JSON."""
    try:
        body = json.loads(text)
    except ValueError:
        return "", " ".join(text.split())[:_SHOWN]
    if not isinstance(body, dict):
        return "", ""
    return str(body.get("error") or body.get("code") or ""), str(body.get("message") or "")[:_SHOWN]


def _pause(code: str, headers: Mapping[str, str]) -> float | None:
    """How long to wait after a 429: what it says; a whole window where a budget is used up; else not known."""
    said = headers.get("Retry-After", "")
    if said.isdecimal():
        return float(said)
    if code == "MEMBER_LIMIT_EXCEEDED":
        return _COSTLY_WINDOW
    used_up = [interval for remaining, interval in budgets(headers) if remaining <= 0]
    return max(used_up, default=None)


def budgets(headers: Mapping[str, str]) -> list[tuple[int, float]]:
    """For key and token: how many requests are left, and in how many seconds the budget is whole again."""
    found = []
    for kind in ("api-token", "api-key"):
        remaining = headers.get(f"x-rate-limit-{kind}-remaining", "")
        interval = headers.get(f"x-rate-limit-{kind}-interval-ms", "")
        if remaining.lstrip("-").isdecimal():
            found.append((int(remaining), int(interval) / 1000 if interval.isdecimal() else WINDOW))
    return found
