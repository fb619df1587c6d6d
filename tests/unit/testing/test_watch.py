"""Everything that passes through a sandbox is checked, in both directions."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from pmsync.testing.openapi import ApiDocument
from pmsync.testing.watch import Watched

DOCUMENT = ApiDocument(
    {
        "openapi": "3.0.3",
        "info": {"title": "Notes", "version": "1"},
        "servers": [{"url": "/v1"}],
        "paths": {
            "/notes": {
                "post": {
                    "requestBody": {
                        "content": {"application/json": {"schema": {"type": "object", "required": ["text"]}}}
                    },
                    "responses": {
                        "200": {
                            "description": "ok",
                            "content": {"application/json": {"schema": {"type": "array"}}},
                        },
                        "400": {
                            "description": "no",
                            "content": {"application/json": {"schema": {"type": "object", "required": ["error"]}}},
                        },
                    },
                }
            }
        },
    }
)


class Passing:
    """A sandbox through which a test lets calls pass."""

    def __init__(self) -> None:
        self.watchers: list[Callable[[Request, Response], None]] = []

    def call(self, path: str, sent: Any, answered: Any, status: int = 200) -> None:
        request = Request(EnvironBuilder(path, method="POST", json=sent).get_environ())
        for watcher in self.watchers:
            watcher(request, Response(json.dumps(answered), status, content_type="application/json"))


@pytest.fixture
def passing() -> Passing:
    return Passing()


def test_good_traffic_leaves_nothing_but_a_count(passing: Passing) -> None:
    watched = Watched(passing, DOCUMENT)
    passing.call("/v1/notes", {"text": "a"}, [])
    passing.call("/v1/notes", {"text": "b"}, [])
    assert watched.violations == []
    assert watched.checked == {"POST /notes": 2}


def test_requests_and_answers_are_told_apart_and_each_fault_once(passing: Passing) -> None:
    watched = Watched(passing, DOCUMENT)
    for _ in range(3):
        passing.call("/v1/notes", {}, {"not": "a list"})
    assert [violation.part for violation in watched.requests] == ["request"]
    assert [violation.part for violation in watched.answers] == ["answer"]
    assert watched.violations == [*watched.requests, *watched.answers]


def test_a_request_that_was_refused_is_not_judged_again_but_its_answer_is(passing: Passing) -> None:
    watched = Watched(passing, DOCUMENT)
    passing.call("/v1/notes", {}, {"error": "no text"}, 400)
    assert watched.violations == []
    passing.call("/v1/notes", {}, {"reason": "no text"}, 400)
    assert [violation.place for violation in watched.violations] == ["$"]


def test_an_unknown_path_is_a_violation_unless_the_tool_says_so_too(passing: Passing) -> None:
    watched = Watched(passing, DOCUMENT)
    passing.call("/v1/books", {}, {"error": "not here"}, 404)
    assert watched.violations == []
    passing.call("/v1/books", {}, [])
    assert {violation.operation for violation in watched.violations} == {"POST /v1/books"}


def test_what_the_document_is_not_about_is_let_pass(passing: Passing) -> None:
    watched = Watched(passing, DOCUMENT)
    passing.call("/v2/notes", {}, [])
    assert not watched.checked
