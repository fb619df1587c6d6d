"""Which request is which operation of the API: the table of routes, and what a handler is given."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from werkzeug.wrappers import Request, Response

from pmsync_jira.sandbox.answers import INVALID_PAYLOAD, UNAUTHENTICATED, Refusal
from pmsync_jira.sandbox.people import CLOUD, DATA_CENTER, Person
from pmsync_jira.sandbox.site import Site

_API = re.compile(r"(?P<gateway>/ex/jira/(?P<cloud>[^/]+))?/rest/api/(?P<version>2|3|latest)(?P<rest>/.*)")
_BURSTS = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
"""Requests per second and endpoint that Cloud lets through, where the operation has no rate of its own."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `path` is what follows `/rest/api/{version}`, or the whole path where it is `rooted`.

    `anonymous`: the document says "can be accessed anonymously". `reads`: a POST that changes nothing.
    """

    method: str
    path: str
    handler: "Callable[[Site, Call], Response]"
    anonymous: bool = False
    reads: bool = False
    rooted: bool = False
    products: tuple[str, ...] = (CLOUD, DATA_CENTER)
    burst: int = 0

    @property
    def writes(self) -> bool:
        return self.method != "GET" and not self.reads

    @property
    def rate(self) -> int:
        """Requests per second that the endpoint lets through."""
        return self.burst or _BURSTS[self.method]


@dataclass(frozen=True, slots=True)
class Match:
    """A request's route with the values of its path. `prefix` is what the template leaves out."""

    route: Route
    params: dict[str, str]
    version: int
    prefix: str
    gateway: str | None

    @property
    def template(self) -> str:
        return f"{self.route.method} {self.prefix}{self.route.path}"


@dataclass
class Call:
    """One request on its way to its handler."""

    request: Request
    match: Match
    user: Person | None
    base: str
    now: datetime
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return self.match.version

    @property
    def api(self) -> str:
        """What the `self` of everything starts with."""
        return f"{self.base}/rest/api/{self.version}"

    @property
    def person(self) -> Person:
        """Who asks, where somebody must. Raises a 401."""
        if self.user is None:
            raise Refusal(401, UNAUTHENTICATED)
        return self.user

    def demand_user(self) -> None:
        """Let only somebody pass. Raises a 401."""
        if self.user is None:
            raise Refusal(401, UNAUTHENTICATED)

    def param(self, name: str) -> str:
        return self.match.params[name]

    def query(self, name: str, default: str = "") -> str:
        return self.request.args.get(name, default)

    def listed(self, name: str) -> list[str]:
        """A list in the query: repeated, or separated by commas."""
        values = [part.strip() for value in self.request.args.getlist(name) for part in value.split(",")]
        return [value for value in values if value]

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.request.args.get(name)
        return default if value is None else value.casefold() == "true"

    def number(self, name: str, default: int) -> int:
        """A number in the query. Raises a 400 where it is none."""
        text = self.request.args.get(name)
        if not text:
            return default
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise Refusal(400, f"The value '{text}' is not a valid number for the parameter '{name}'.")
        return int(text)

    def page(self, default: int, most: int) -> tuple[int, int]:
        """`startAt` and `maxResults`, within bounds."""
        return max(0, self.number("startAt", 0)), min(most, max(0, self.number("maxResults", default)))

    @cached_property
    def json(self) -> Any:
        """The body, whatever JSON it is. Raises a 400 where it is none."""
        try:
            return json.loads(self.request.get_data())
        except ValueError:
            raise Refusal(400, "There was an error parsing JSON. Check that your request body is valid.") from None

    def body(self, *closed: str) -> dict[str, Any]:
        """The body as an object; with names given, only with those. Raises a 400."""
        body = self.json
        if not isinstance(body, dict) or (closed and not body.keys() <= set(closed)):
            raise Refusal(400, INVALID_PAYLOAD)
        return body


def typed(body: dict[str, Any], name: str, kind: type[_Value], default: _Value) -> _Value:
    """A property of a body, of the right type; null counts as absent. Raises a 400."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Refusal(400, INVALID_PAYLOAD)
    return value


def strings(body: dict[str, Any], name: str) -> list[str]:
    """A property that is a list of strings; absent, an empty one. Raises a 400."""
    values = typed(body, name, list, [])
    if not all(isinstance(value, str) for value in values):
        raise Refusal(400, INVALID_PAYLOAD)
    return values


class Routes:
    """The table of one product's routes, found by method and shape of path."""

    def __init__(self, routes: Iterable[Route], product: str) -> None:
        self._cloud = product == CLOUD
        self._shapes: dict[tuple[str, bool, int], list[tuple[list[str], Route]]] = {}
        for route in routes:
            if product in route.products:
                parts = route.path.split("/")
                self._shapes.setdefault((route.method, route.rooted, len(parts)), []).append((parts, route))
        for shape in self._shapes.values():
            shape.sort(key=lambda entry: [part.startswith("{") for part in entry[0]])
        # Each request is asked about several times: for the log, for the limits, and to be answered.
        self.match = lru_cache(256)(self._match)

    def _match(self, method: str, path: str) -> Match | None:
        """The operation that a request means; None where there is none."""
        method = "GET" if method == "HEAD" else method
        path = path.rstrip("/")
        api = _API.fullmatch(path)
        if api is None:
            return self._look(method, path, rooted=True, version=3 if self._cloud else 2)
        version = 2 if api["version"] == "latest" else int(api["version"])
        if not self._cloud and (version == 3 or api["gateway"]):
            return None
        gateway = "/ex/jira/{cloudId}" if api["gateway"] else ""
        prefix = f"{gateway}/rest/api/{api['version']}"
        return self._look(method, api["rest"], rooted=False, version=version, prefix=prefix, gateway=api["cloud"])

    def _look(
        self, method: str, path: str, *, rooted: bool, version: int, prefix: str = "", gateway: str | None = None
    ) -> Match | None:
        parts = path.split("/")
        for template, route in self._shapes.get((method, rooted, len(parts)), ()):
            params: dict[str, str] = {}
            for wanted, part in zip(template, parts, strict=True):
                if wanted.startswith("{"):
                    params[wanted[1:-1]] = part
                elif wanted != part:
                    break
            else:
                return Match(route, params, version, prefix, gateway)
        return None
