"""Checking calls and their answers against the vendors' official API documents, in process.

Two things are forgiven in answers, since real recorded answers break the documents on them all the time: nulls where
none is declared, and properties that are not declared. Nothing is forgiven in requests. What else the tools do
differently is listed by name in `pmsync.testing.deviations`.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import yaml
from werkzeug.datastructures import Headers, ImmutableMultiDict

from pmsync.testing.deviations import DEVIATIONS, Deviation, Violation

if TYPE_CHECKING:
    from openapi_core import OpenAPI

_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
_FORGIVEN_KEYWORDS = frozenset({"additionalProperties", "unevaluatedProperties"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it was sent. `url` may be absolute, or a path with its query."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path without host and query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, decoded, in order."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one vendor's document relates to its URLs.

    `base` is a pattern for what stands before the document's paths; a URL that does not begin so is not covered.
    `body_as_query`: parameters that the document puts into the query may be sent as a JSON body instead.
    `closed_query`: a parameter in the query that the operation does not declare is a violation.
    """

    base: str
    body_as_query: bool = False
    closed_query: bool = True


_SHAPES = {
    "jira-cloud-v3.json": Shape(r"(/ex/jira/[^/]+)?(?=/rest/api/3/)"),
    "trello.json": Shape(r"/1(?=/)", body_as_query=True, closed_query=False),
    "asana.yaml": Shape(r"/api/1\.0(?=/)"),
}


def specs() -> Path:
    """The folder of the official documents: `PMSYNC_SPECS`, else `shared/specs` beside the checkout. May not exist."""
    named = os.environ.get("PMSYNC_SPECS")
    return Path(named) if named else Path(__file__).parents[4] / "shared" / "specs"


class ApiDocument:
    """One OpenAPI document, ready to check against. Thread-safe once built; build it once (`load` does)."""

    def __init__(
        self, document: Mapping[str, Any], *, shape: Shape | None = None, deviations: Iterable[Deviation] = ()
    ) -> None:
        """`document` as parsed. Its `servers` and `security` are left out: hosts differ, and so do ways to sign in."""
        servers = document.get("servers") or [{"url": ""}]
        self._shape = shape or Shape(re.escape(urlsplit(servers[0]["url"]).path.rstrip("/")))
        self._base = re.compile(self._shape.base)
        self._deviations = tuple(deviations)
        self._frame = {key: part for key, part in document.items() if key not in ("paths", "servers", "security")}
        self._frame["components"] = _without_empty_values(document.get("components", {}))
        self._paths = {path: _without_security(item) for path, item in document["paths"].items()}
        self._patterns = [(_template(path), path) for path in sorted(self._paths, key=lambda path: path.count("{"))]
        self._checkers: dict[str, OpenAPI] = {}

    @classmethod
    def load(cls, name: str) -> "ApiDocument | None":
        """The official document of that file name, read once in a process; None where it is not there."""
        path = specs() / name
        return _read(path) if path.is_file() else None

    def covers(self, url: str) -> bool:
        """Whether the URL belongs to the part of the tool's API that this document is about."""
        return self._base.match(urlsplit(url).path) is not None

    def operation(self, call: Call) -> str | None:
        """The operation that the call is: `GET /cards/{id}`; None if the document has none."""
        found = self._find(call)
        return None if found is None else f"{call.method.upper()} {found[0]}"

    def check_request(self, call: Call) -> list[Violation]:
        """How the request is not as documented."""
        found = self._find(call)
        if found is None:
            return self._unknown(call, "request")
        template, variables = found
        request = self._request(call, template, variables)
        raised = [*self._checker(template).iter_request_errors(request)]
        report = _Report(f"{call.method.upper()} {template}", "request", forgiving=False)
        violations = [*report.of(raised), *self._undeclared(call, template, report)]
        return self._known_taken_out(violations)

    def check_response(self, call: Call, status: int, headers: Mapping[str, str], body: bytes) -> list[Violation]:
        """How the answer to the call is not as documented."""
        found = self._find(call)
        if found is None:
            return self._unknown(call, "answer")
        template, variables = found
        request = self._request(call, template, variables)
        response = _Response(status, Headers(list(headers.items())), body)
        raised = [*self._checker(template).iter_response_errors(request, response)]
        report = _Report(f"{call.method.upper()} {template}", "answer", forgiving=True, status=status)
        return self._known_taken_out(report.of(raised))

    def _find(self, call: Call) -> tuple[str, dict[str, str]] | None:
        base = self._base.match(call.path)
        if base is None:
            return None
        path = call.path[base.end() :].rstrip("/")
        for pattern, template in self._patterns:
            match = pattern.fullmatch(path)
            if match and call.method.lower() in self._paths[template]:
                names = re.findall(r"\{([^}]+)\}", template)
                return template, dict(zip(names, match.groups(), strict=True))
        return None

    def _unknown(self, call: Call, part: str) -> list[Violation]:
        operation = f"{call.method.upper()} {call.path}"
        return self._known_taken_out([Violation(operation, part, "", "the document has no such operation")])

    def _checker(self, template: str) -> "OpenAPI":
        if template not in self._checkers:
            self._checkers[template] = _open({**self._frame, "paths": {template: self._paths[template]}})
        return self._checkers[template]

    def _request(self, call: Call, template: str, variables: dict[str, str]) -> "_Request":
        pairs = call.query
        if self._shape.body_as_query:
            pairs = [*pairs, *_pairs_of_body(call)]
        return _Request(call, template, variables, pairs)

    def _undeclared(self, call: Call, template: str, report: "_Report") -> Iterator[Violation]:
        if not self._shape.closed_query:
            return
        item = self._paths[template]
        listed = [*item.get("parameters", ()), *item[call.method.lower()].get("parameters", ())]
        declared = {self._parameter(parameter)["name"] for parameter in listed}
        for name, _ in call.query:
            if name not in declared:
                yield report.violation(f"query.{name}", "no such parameter is declared")

    def _parameter(self, parameter: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = parameter.get("$ref")
        return self._frame["components"]["parameters"][reference.rpartition("/")[2]] if reference else parameter

    def _known_taken_out(self, violations: Iterable[Violation]) -> list[Violation]:
        return [found for found in violations if not any(known.covers(found) for known in self._deviations)]


@cache
def _read(path: Path) -> ApiDocument:
    text = path.read_text(encoding="utf-8")
    document = json.loads(text) if path.suffix == ".json" else yaml.load(text, yaml.CSafeLoader)
    return ApiDocument(document, shape=_SHAPES.get(path.name), deviations=DEVIATIONS.get(path.name, ()))


def _open(document: Mapping[str, Any]) -> "OpenAPI":
    try:
        from openapi_core import Config, OpenAPI
    except ImportError as error:
        raise RuntimeError("checking against API documents needs the package openapi-core: pip install it") from error
    # The documents of Jira and Trello do not pass the check of documents themselves.
    return OpenAPI.from_dict(dict(document), config=Config(spec_validator_cls=None))


def _without_security(item: Mapping[str, Any]) -> dict[str, Any]:
    operations: dict[str, Any] = dict(item)
    for method in _METHODS & item.keys():
        operation = {key: part for key, part in item[method].items() if key != "security"}
        # In YAML, an unquoted 200 is a number.
        operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
        operations[method] = operation
    return operations


def _without_empty_values(components: Mapping[str, Any]) -> dict[str, Any]:
    """The components, their parameters without `allowEmptyValue`: openapi-core warns of each as deprecated."""
    parameters = {
        name: {key: part for key, part in parameter.items() if key != "allowEmptyValue"}
        for name, parameter in components.get("parameters", {}).items()
    }
    return {**components, "parameters": parameters}


def _template(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{[^}]+\}", path.rstrip("/"))
    return re.compile("([^/]+)".join(re.escape(piece) for piece in pieces))


def _pairs_of_body(call: Call) -> Iterator[tuple[str, str]]:
    try:
        body = json.loads(call.body or b"null")
    except ValueError:
        return
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        if isinstance(value, bool):
            yield name, str(value).lower()
        elif isinstance(value, str | int | float) and value != "":  # only a query cannot hold an empty value
            yield name, str(value)
        elif isinstance(value, list):
            yield name, ",".join(str(element) for element in value)


class _Request:
    """The shape of a request that openapi-core asks for."""

    host_url = "http://tool"

    def __init__(self, call: Call, template: str, variables: dict[str, str], query: list[tuple[str, str]]) -> None:
        from openapi_core.datatypes import RequestParameters  # the import takes seconds

        headers = Headers(list(call.headers.items()))
        self.method = call.method.lower()
        self.path = self.path_pattern = template
        self.body = call.body or None
        # The document says media types in lower case; a multipart boundary is in the case that it is in.
        kind, *parameters = (headers.get("Content-Type") or "application/json").split(";", 1)
        self.content_type = ";".join((kind.lower(), *parameters))
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(query), header=headers, cookie=ImmutableMultiDict(), path=variables
        )


@dataclass(frozen=True, slots=True)
class _Response:
    """The shape of an answer that openapi-core asks for."""

    status_code: int
    headers: Headers
    data: bytes

    @property
    def content_type(self) -> str:
        return (self.headers.get("Content-Type") or "").lower()


@dataclass(frozen=True, slots=True)
class _Report:
    """Turns what openapi-core raises into violations, less what is forgiven."""

    operation: str
    part: str
    forgiving: bool
    status: int = 0

    def violation(self, place: str, message: str) -> Violation:
        return Violation(self.operation, self.part, place, message)

    def of(self, errors: Iterable[BaseException]) -> Iterator[Violation]:
        """Every violation in the errors: one for each fault in a body or a parameter."""
        for error in errors:
            cause = error.__cause__
            faults = getattr(cause, "schema_errors", None)
            root = self._root(error)
            if faults is None:
                if type(cause).__name__ == "MediaTypeNotFound":
                    root = "header.content-type"
                yield self.violation(root, f"{error}{f': {cause}' if cause else ''}")
                continue
            for fault in faults:
                if not (self.forgiving and _forgivable(fault)):
                    yield self.violation(root + _steps(fault.absolute_path), _sentence(fault))

    def _root(self, error: BaseException) -> str:
        name, location = getattr(error, "name", None), getattr(error, "location", "header")
        if name:
            return f"{location}.{name}"
        if "Response" in type(error).__name__:
            return f"status.{self.status}"
        return "$"


def _forgivable(fault: Any) -> bool:
    """Whether a fault is nothing but nulls and undeclared properties, however deep within alternatives."""
    if fault.instance is None or fault.validator in _FORGIVEN_KEYWORDS:
        return True
    branches: dict[Any, list[Any]] = {}
    for inner in fault.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    return any(all(_forgivable(inner) for inner in branch) for branch in branches.values())


def _steps(path: Iterable[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _sentence(fault: Any) -> str:
    message = str(fault.message)
    shortened = message if len(message) <= 300 else f"{message[:140]} … {message[-140:]}"
    alternatives = {str(inner.message)[:120] for inner in (fault.context or ())}
    return f"{shortened} ({'; '.join(sorted(alternatives)[:4])})" if alternatives else shortened
