"""One request as the routes see it: its parameters wherever they were sent, read strictly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from pmsync_trello.sandbox.ids import OBJECT_ID, SHORT_LINK, stamp
from pmsync_trello.sandbox.objects import Member

TEXT_LIMIT = 16_384
MISSING: Any = object()


class Refused(Exception):
    """The tool's own refusal: a text in most cases, an object where Trello answers JSON."""

    def __init__(self, status: int, body: str | dict[str, Any]) -> None:
        super().__init__(body)
        self.status = status
        self.body = body


def invalid(name: str) -> Refused:
    """What Trello says to a parameter that it cannot take."""
    return Refused(400, f"invalid value for {name}")


def not_found() -> Refused:
    """What Trello says of an object that is not there."""
    return Refused(404, "The requested resource was not found.")


@dataclass(slots=True)
class Call:
    """`path` is what follows `/1/`, in segments. `member` is set once the credentials have been read."""

    verb: str
    path: tuple[str, ...]
    params: dict[str, Any]
    files: Mapping[str, FileStorage] = field(default_factory=dict)
    token: str = ""
    member: Member | None = None
    client: str = ""
    """The `X-Trello-Client-Identifier` that the caller sent."""
    base: str = ""
    """Where the caller found the sandbox: `http://127.0.0.1:8101`."""
    signed: bool = False
    """Whether the credentials are in the header, where alone they are good for files."""

    @classmethod
    def of(cls, request: Request) -> "Call":
        """Read a request. Query, form and JSON body count alike, the body first. Raises Refused for a broken body."""
        params: dict[str, Any] = request.args.to_dict()
        params.update(_body(request))
        client = request.headers.get("X-Trello-Client-Identifier", "")
        files = request.files if request.mimetype == "multipart/form-data" else {}
        base, signed = request.host_url.rstrip("/"), "Authorization" in request.headers
        return cls(request.method, segments(request.path), params, files, client=client, base=base, signed=signed)

    def nested(self, address: str) -> "Call":
        """The GET of `address` (`/cards/abc?fields=name`) by the same caller, as a batch asks for it."""
        parts = urlsplit(address)
        params: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Call("GET", segments(parts.path), params, token=self.token, member=self.member)

    def has(self, name: str) -> bool:
        return name in self.params

    def text(self, name: str, default: Any = MISSING, *, empty: bool = True, limit: int = TEXT_LIMIT) -> str:
        """A text of at most `limit` characters."""
        value = self.params.get(name)
        if value is None:
            if default is MISSING:
                raise invalid(name)
            return str(default)
        if isinstance(value, (bool, int, float)):
            value = json.dumps(value)
        if not isinstance(value, str) or len(value) > limit or (not value and not empty):
            raise invalid(name)
        # Half of a surrogate pair cannot be written as UTF-8; nothing that stores text keeps it.
        return value.encode("utf-8", "replace").decode()

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean, also as the words of a query string."""
        value = self.params.get(name)
        if value is None or value == "":
            return default
        if value in (True, "true"):
            return True
        if value in (False, "false"):
            return False
        raise invalid(name)

    def whole(self, name: str, default: int, most: int) -> int:
        """A number from 0 to `most`."""
        try:
            value = int(self.params.get(name, default))
        except (TypeError, ValueError):
            raise invalid(name) from None
        if not 0 <= value <= most:
            raise invalid(name)
        return value

    def instant(self, name: str) -> str | None:
        """A moment in Trello's form, or None for null in any of its disguises."""
        value = self.params.get(name)
        if value in (None, "", "null"):
            return None
        moment = parse_moment(value)
        if moment is None:
            raise invalid(name)
        return stamp(moment)

    def id(self, name: str) -> str:
        """A 24-digit id; short links are good in paths only."""
        return checked_id(self.params.get(name), name)

    def ids(self, name: str) -> list[str]:
        """A list of ids, also as one text with commas, without doubles."""
        value = self.params.get(name) or []
        if isinstance(value, str):
            value = value.split(",")
        if not isinstance(value, list):
            raise invalid(name)
        return list(dict.fromkeys(checked_id(part, name) for part in value if part != ""))


def checked_id(value: Any, name: str) -> str:
    """The value, if it is an id. Raises Refused."""
    if isinstance(value, str) and OBJECT_ID.fullmatch(value):
        return value.lower()
    if isinstance(value, str) and SHORT_LINK.fullmatch(value):
        raise Refused(400, "Invalid objectId")
    raise invalid(name)


def parse_moment(value: Any) -> datetime | None:
    """An ISO 8601 date or time; without a zone it is UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def segments(path: str) -> tuple[str, ...]:
    """What follows the version in a path: `/1/cards/abc/` -> `("cards", "abc")`. Batches leave the version out."""
    parts = [part for part in path.split("/") if part]
    return tuple(parts[1:] if parts[:1] == ["1"] else parts)


def _body(request: Request) -> dict[str, Any]:
    if request.method == "GET" or not request.get_data(cache=True):
        return {}
    if request.mimetype == "multipart/form-data" and not request.get_data(cache=True).rstrip().endswith(b"--"):
        # A form that breaks off is no form; of a file in it the reader would leave something open.
        raise Refused(400, "invalid form")
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return request.form.to_dict()
    try:
        body = json.loads(request.get_data(cache=True))
    except (ValueError, HTTPException):
        raise Refused(400, "invalid json") from None
    if not isinstance(body, dict):
        raise Refused(400, "invalid json")
    return body
