"""The checker catches what a document forbids, and forgives exactly two things."""

import json
from typing import Any

import pytest

from pmsync.testing.deviations import Deviation, Violation
from pmsync.testing.openapi import ApiDocument, Call, Shape

CARD: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "name": {"type": "string"},
        "due": {"type": "string", "nullable": True},
        "list": {"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/List"}]},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Cards", "version": "1"},
    "servers": [{"url": "https://api.example.com/v1"}],
    "security": [{"key": []}],
    "paths": {
        "/cards": {
            "get": {
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}],
                "responses": {
                    200: {
                        "description": "Cards",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Card"}}
                            }
                        },
                    }
                },
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Card"}}},
                },
                "responses": {"201": {"description": "Made"}},
            },
        },
        "/cards/{id}": {
            "get": {"responses": {"200": {"description": "A card"}}},
            "put": {
                "parameters": [{"name": "name", "in": "query", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "The card"}},
            },
        },
        "/cards/mine": {"get": {"responses": {"204": {"description": "None"}}}},
    },
    "components": {
        "schemas": {
            "Card": CARD,
            "List": {
                "type": "object",
                "required": ["id"],
                "additionalProperties": False,
                "properties": {"id": {"type": "string"}, "pos": {"type": "number"}},
            },
        },
        "securitySchemes": {"key": {"type": "apiKey", "name": "key", "in": "query"}},
    },
}
JSON = {"Content-Type": "application/json; charset=utf-8"}


@pytest.fixture(scope="module")
def document() -> ApiDocument:
    return ApiDocument(DOCUMENT)


def listing(document: ApiDocument, *cards: object, status: int = 200) -> list[str]:
    found = document.check_response(Call("GET", "/v1/cards"), status, JSON, json.dumps(cards).encode())
    return [f"{violation.place}: {violation.message}" for violation in found]


def posting(document: ApiDocument, card: object) -> list[str]:
    call = Call("POST", "http://127.0.0.1:8700/v1/cards", JSON, json.dumps(card).encode())
    return [f"{violation.place}: {violation.message}" for violation in document.check_request(call)]


def test_what_is_as_documented_passes(document: ApiDocument) -> None:
    assert not listing(document, {"id": "1", "name": "a", "due": None, "list": {"id": "7"}})
    assert not posting(document, {"id": "1", "name": "a", "list": "7"})
    assert not document.check_request(Call("GET", "/v1/cards?limit=50"))
    assert not document.check_response(Call("GET", "/v1/cards/mine"), 204, {}, b"")


@pytest.mark.parametrize(
    ("card", "place"),
    [
        ({"id": "1", "name": 7}, "$[1].name"),
        ({"id": "one", "name": "a"}, "$[1].id"),
        ({"id": "1"}, "$[1]"),
        ({"id": "1", "name": "a", "list": {"pos": 3}}, "$[1].list"),
        ({"id": "1", "name": "a", "list": 7}, "$[1].list"),
        ("card", "$[1]"),
    ],
)
def test_a_wrong_answer_is_caught_where_it_is(document: ApiDocument, card: object, place: str) -> None:
    found = listing(document, {"id": "1", "name": "a"}, card)
    assert found
    assert {violation.partition(": ")[0] for violation in found} == {place}


@pytest.mark.parametrize(
    "card",
    [
        {"id": "1", "name": None},
        {"id": "1", "name": "a", "colour": "red"},
        {"id": "1", "name": "a", "list": None},
        {"id": "1", "name": "a", "list": {"id": None, "pos": None, "colour": "red"}},
    ],
)
def test_nulls_and_extra_properties_are_forgiven_in_answers_alone(document: ApiDocument, card: object) -> None:
    assert not listing(document, card)
    assert posting(document, card)


def test_what_is_forgiven_does_not_hide_the_fault_beside_it(document: ApiDocument) -> None:
    assert listing(document, {"id": "1", "name": "a", "list": {"id": None, "pos": "top"}})
    assert listing(document, {"id": None, "name": 7, "colour": "red"})


def test_an_answer_that_is_no_json_or_has_an_unlisted_status_is_caught(document: ApiDocument) -> None:
    call = Call("GET", "/v1/cards")
    assert document.check_response(call, 200, JSON, b'[{"id": "1"')
    assert document.check_response(call, 200, {"Content-Type": "text/html"}, b"<html></html>")
    assert document.check_response(call, 200, JSON, b"")
    assert [violation.place for violation in document.check_response(call, 418, JSON, b"{}")] == ["status.418"]


@pytest.mark.parametrize("url", ["/v1/boards", "/v1/cards/1/list", "/v2/cards", "/cards", "/v1/v1/cards"])
def test_an_unknown_path_is_caught(document: ApiDocument, url: str) -> None:
    (violation,) = document.check_request(Call("GET", url))
    assert violation.operation == f"GET {url}"
    assert document.check_response(Call("GET", url), 200, JSON, b"{}") != []


def test_a_method_that_a_path_does_not_have_is_caught(document: ApiDocument) -> None:
    assert document.check_request(Call("DELETE", "/v1/cards/1"))


def test_a_literal_path_goes_before_a_template(document: ApiDocument) -> None:
    assert document.operation(Call("GET", "/v1/cards/mine")) == "GET /cards/mine"
    assert document.operation(Call("GET", "/v1/cards/17")) == "GET /cards/{id}"
    assert document.operation(Call("PUT", "/v1/cards/mine")) == "PUT /cards/{id}"


@pytest.mark.parametrize(
    ("call", "place"),
    [
        (Call("GET", "/v1/cards?limit=many"), "query.limit"),
        (Call("GET", "/v1/cards?limit=101"), "query.limit"),
        (Call("GET", "/v1/cards?offset=3"), "query.offset"),
        (Call("PUT", "/v1/cards/1"), "query.name"),
        (Call("POST", "/v1/cards", JSON), "$"),
        (Call("POST", "/v1/cards", JSON, b"{"), "$"),
        (Call("POST", "/v1/cards", JSON, b'{"id": "1", "name": 3}'), "$.name"),
        (Call("POST", "/v1/cards", {"Content-Type": "text/plain"}, b"card"), "header.content-type"),
    ],
)
def test_a_bad_request_is_caught_where_it_is_bad(document: ApiDocument, call: Call, place: str) -> None:
    assert {violation.place for violation in document.check_request(call)} == {place}


def test_parameters_may_come_as_a_body_where_the_vendor_says_so() -> None:
    lenient = ApiDocument(DOCUMENT, shape=Shape("/v1", body_as_query=True, closed_query=False))
    assert not lenient.check_request(Call("PUT", "/v1/cards/1", JSON, b'{"name": "a", "pos": 3}'))
    assert lenient.check_request(Call("PUT", "/v1/cards/1", JSON, b'{"pos": 3}'))


def test_a_recorded_deviation_takes_out_what_it_names_and_no_more() -> None:
    teapot = Deviation("GET /cards", "answer", "status.418", "recorded")
    pos = Deviation("*", "answer", "$[*].list*", "recorded")
    document = ApiDocument(DOCUMENT, deviations=(teapot, pos))
    assert not document.check_response(Call("GET", "/v1/cards"), 418, JSON, b"{}")
    assert document.check_response(Call("GET", "/v1/cards/1"), 418, JSON, b"{}")
    assert not listing(document, {"id": "1", "name": "a", "list": 7})
    assert listing(document, {"id": "1", "name": 7, "list": 7}) == ["$[0].name: 7 is not of type 'string'"]


def test_a_violation_says_all_of_it() -> None:
    violation = Violation("GET /cards/{id}", "answer", "$.name", "7 is not of type 'string'")
    assert str(violation) == "GET /cards/{id}: answer $.name: 7 is not of type 'string'"


def test_an_absent_document_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PMSYNC_SPECS", str(tmp_path))
    assert ApiDocument.load("jira-cloud-v3.json") is None
    (tmp_path / "cards.json").write_text(json.dumps(DOCUMENT, default=str))
    loaded = ApiDocument.load("cards.json")
    assert loaded is not None
    assert loaded is ApiDocument.load("cards.json")
