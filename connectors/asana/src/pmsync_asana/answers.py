"""What an answer of Asana's means: its status and errors, turned into our errors by remedy."""

import json
from collections.abc import Mapping
from typing import Any

from pmsync.errors import AuthError, FatalError, PmsyncError, RejectedError, TransientError, UnknownOutcomeError

_SHOWN = 300
"""How much of a tool's message is repeated."""


class RefusalError(RejectedError):
    """Asana understood and declined: 400, 402, 403, 404, 412. Nothing was done.

    Left alone it means "skip this item"; who asked for something in particular may know better.
    """

    def __init__(self, message: str, status: int, body: Mapping[str, Any], *, connection: str) -> None:
        super().__init__(message, connection=connection)
        self.status = status
        self.body = body

    @property
    def absent(self) -> bool:
        """Whether the object that the path named is not there, or not for us: nothing else can be told from this."""
        return self.status in (403, 404)


def failure(status: int, headers: Mapping[str, str], body: Any, *, writes: bool, connection: str) -> PmsyncError:
    """The error that an answer outside 2xx stands for. `body` is its JSON, or None where it is none."""
    told = body if isinstance(body, dict) else {}
    text = messages(told) or f"status {status}"
    if status == 401:
        return AuthError("Asana does not accept the token (it is wrong, or was revoked)", connection=connection)
    if status == 429:
        return TransientError(f"Asana: {text}", after=seconds(headers.get("Retry-After")), connection=connection)
    if status >= 500 or status == 408:
        kind = UnknownOutcomeError if writes else TransientError
        return kind(f"Asana failed: {text}", after=seconds(headers.get("Retry-After")), connection=connection)
    if "errors" not in told and status >= 400:
        # Somebody else's page, or half an answer: the status alone says too little of what happened.
        kind = UnknownOutcomeError if writes else TransientError
        return kind(f"no usable answer from Asana: status {status} without its errors", connection=connection)
    if status < 400:
        where = "Asana redirects to another address; is the connection's url right?"
        return FatalError(where, connection=connection)
    return RefusalError(f"Asana: {text}", status, told, connection=connection)


def messages(body: Mapping[str, Any]) -> str:
    """The errors of an answer, in one line."""
    errors = body.get("errors")
    told = (
        [str(each.get("message", "")) for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    )
    return "; ".join(filter(None, told))[:_SHOWN]


def seconds(text: str | None) -> float | None:
    """A Retry-After in seconds; None where there is none, or none that can be read."""
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None


def parsed(raw: bytes) -> Any:
    """The JSON of a body; None where it is none.

    Read by ourselves: the vendor's client turns every no-break space into a space, and what was written would then
    never be what is read.
    """
    try:
        return json.loads(raw)
    except ValueError:
        return None
