"""The service does what its own OpenAPI document says, and keeps nothing, whatever is sent to it."""

from typing import Any

import pytest
import schemathesis
from answering import LONG, TOKEN, Answering
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

OPERATIONS = [
    "POST /webhooks/{connection}",
    "HEAD /webhooks/{connection}",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
]


@pytest.fixture(scope="module")
def document(serving: Answering) -> dict[str, Any]:
    answer = serving.ask("/openapi.json")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_is_in_the_document(document: dict[str, Any]) -> None:
    assert sorted(_operations(document)) == sorted(OPERATIONS)


def test_what_needs_the_token_says_so(serving: Answering, document: dict[str, Any]) -> None:
    for name, operation in _operations(document).items():
        method, path = name.split()
        refused = serving.ask(path.format(connection="product"), method, token="").status_code == 401
        assert not refused or "401" in operation["responses"], name


# It is the service's threads that use it meanwhile.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.parametrize("name", OPERATIONS)
def test_whatever_is_sent_is_answered_as_the_document_says(
    serving: Answering, document: dict[str, Any], name: str
) -> None:
    schema = schemathesis.openapi.from_dict(document)
    method, path = name.split()
    operation = schema[path][method]
    before = serving.kept()

    @settings(max_examples=60, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(
            base_url=serving.base,
            session=serving.session,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=LONG,
            allow_redirects=False,
            checks=[status_code_conformance, content_type_conformance, response_schema_conformance],
        )

    ask()
    assert serving.kept() == before
