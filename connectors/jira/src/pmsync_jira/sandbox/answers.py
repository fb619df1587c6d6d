"""How Jira answers: JSON, and its collections of errors."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

NOT_SEEN = "Issue does not exist or you do not have permission to see it."
UNAUTHENTICATED = "Client must be authenticated to access this resource."
INVALID_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, in the form of Jira's."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers=headers, content_type="application/json;charset=UTF-8")


def nothing(status: int = 204) -> Response:
    """An answer without a body."""
    answer = Response(status=status)
    del answer.headers["Content-Type"]
    return answer


def collection(messages: tuple[str, ...] = (), errors: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An `ErrorCollection`; either part may be empty."""
    return {"errorMessages": list(messages), "errors": dict(errors or {})}


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, messages, errors)
        self.status = status
        self.messages = messages
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The error collection that the answer carries."""
        return collection(self.messages, self.errors)

    def response(self) -> Response:
        """The answer."""
        return reply(self.body(), self.status, self.headers)


def invalid(field: str, message: str) -> Refusal:
    """A 400 that blames one field."""
    return Refusal(400, errors={field: message})


def not_settable(field: str) -> Refusal:
    """The 400 for a field that the screen does not have."""
    return invalid(field, f"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown.")


def problem(method: str, path: str) -> Response:
    """The 404 for a path that is no operation: problem+json, not an error collection (recorded from a live site)."""
    body = {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": f"No endpoint {method} {path}",
        "instance": path,
    }
    return Response(json.dumps(body), 404, content_type="application/problem+json")
