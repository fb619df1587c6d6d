"""The vendors' own documents, as the checker reads them: recorded traffic passes, mistakes are caught."""

import json
from typing import Any

import pytest

from pmsync.testing.deviations import DEVIATIONS
from pmsync.testing.openapi import ApiDocument, Call, specs

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not specs().is_dir(), reason="the vendors' documents are not there; see PMSYNC_SPECS"),
]

JSON = {"Content-Type": "application/json"}
CARD = {
    "id": "5f0000000000000000000001",
    "idShort": 42,
    "shortLink": "0N7Yrpro",
    "name": "hello",
    "desc": "",
    "closed": False,
    "idBoard": "5f0000000000000000000002",
    "idList": "5f0000000000000000000003",
    "pos": 65535,
    "due": "2026-05-11T15:00:00.000Z",
    "start": None,
    "dueComplete": False,
    "dateLastActivity": "2026-05-11T09:21:07.123Z",
    "idMembers": [],
    "idLabels": ["5f0000000000000000000004"],
    "labels": [{"id": "5f0000000000000000000004", "idBoard": "5f0000000000000000000002", "name": "a", "color": None}],
    "url": "https://trello.com/c/0N7Yrpro/42-hello",
}
ISSUE = {
    "id": "10001",
    "key": "ENG-1",
    "self": "https://acme.example/rest/api/3/issue/10001",
    "fields": {"summary": "a"},
}
TASK = {
    "gid": "1",
    "resource_type": "task",
    "name": "Buy",
    "completed": False,
    "due_on": "2026-05-11",
    "due_at": None,
    "assignee": None,
    "memberships": [{"project": {"gid": "2"}, "section": {"gid": "3", "name": "To Do"}}],
    "created_at": "2026-05-11T09:21:07.123Z",
}


def encoded(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def document(name: str) -> ApiDocument:
    loaded = ApiDocument.load(name)
    assert loaded is not None, f"{name} is missing beside the others"
    return loaded


ANSWERS = [
    ("trello.json", "GET", "/1/cards/0N7Yrpro?attachments=true", 200, CARD),
    ("trello.json", "PUT", "/1/cards/0N7Yrpro/idList?value=5f0000000000000000000003", 200, CARD),
    ("jira-cloud-v3.json", "POST", "/rest/api/3/search/jql", 200, {"issues": [ISSUE], "isLast": True}),
    ("jira-cloud-v3.json", "GET", "/ex/jira/11-22/rest/api/3/issue/ENG-1", 200, ISSUE),
    ("jira-cloud-v3.json", "GET", "/rest/api/3/issue/ENG-9", 404, {"errorMessages": ["no"], "errors": {}}),
    ("asana.yaml", "GET", "/api/1.0/tasks/1", 200, {"data": TASK}),
    ("asana.yaml", "GET", "/api/1.0/tasks?project=2", 200, {"data": [TASK], "next_page": None}),
    ("asana.yaml", "GET", "/api/1.0/tasks/9", 404, {"errors": [{"message": "task: Unknown object: 9"}]}),
]


@pytest.mark.parametrize(("name", "method", "url", "status", "body"), ANSWERS)
def test_recorded_answers_pass(name: str, method: str, url: str, status: int, body: Any) -> None:
    assert document(name).check_response(Call(method, url), status, JSON, encoded(body)) == []


@pytest.mark.parametrize(
    ("name", "method", "url", "status", "body", "place"),
    [
        ("trello.json", "GET", "/1/cards/0N7Yrpro", 200, {**CARD, "closed": "no"}, "$.closed"),
        ("trello.json", "GET", "/1/cards/0N7Yrpro", 200, {**CARD, "idList": "3"}, "$.idList"),
        ("jira-cloud-v3.json", "POST", "/rest/api/3/search/jql", 200, {"isLast": "yes"}, "$.isLast"),
        ("jira-cloud-v3.json", "GET", "/rest/api/3/issue/1", 200, {**ISSUE, "fields": []}, "$.fields"),
        ("asana.yaml", "GET", "/api/1.0/tasks/1", 200, {"data": {**TASK, "due_on": "soon"}}, "$.data.due_on"),
        ("asana.yaml", "GET", "/api/1.0/tasks/1", 200, {"data": {**TASK, "gid": 1}}, "$.data.gid"),
        ("asana.yaml", "GET", "/api/1.0/tasks", 200, {"data": TASK}, "$.data"),
    ],
)
def test_wrong_answers_are_caught(name: str, method: str, url: str, status: int, body: Any, place: str) -> None:
    found = document(name).check_response(Call(method, url), status, JSON, encoded(body))
    assert {violation.place for violation in found} == {place}


REQUESTS = [
    ("trello.json", "GET", "/1/boards/0N7Yrpro/cards?filter=open&fields=id,name&limit=1000", None),
    (
        "trello.json",
        "POST",
        "/1/cards",
        {"idList": CARD["idList"], "name": "a", "due": CARD["due"], "idLabels": f"{CARD['id']},{CARD['idBoard']}"},
    ),
    ("trello.json", "PUT", "/1/cards/0N7Yrpro", {"desc": "", "due": None, "closed": True}),
    ("jira-cloud-v3.json", "POST", "/rest/api/3/search/jql", {"jql": "project = ENG", "fields": ["id"]}),
    (
        "jira-cloud-v3.json",
        "POST",
        "/rest/api/3/issue",
        {"fields": {"summary": "a"}, "properties": [{"key": "pmsync", "value": {"item": "1"}}]},
    ),
    (
        "asana.yaml",
        "GET",
        "/api/1.0/tasks?project=2&modified_since=2026-05-11T09:00:00Z&limit=100&opt_fields=name",
        None,
    ),
    ("asana.yaml", "PUT", "/api/1.0/tasks/1", {"data": {"assignee": None, "due_on": None}}),
    (
        "asana.yaml",
        "POST",
        "/api/1.0/tasks",
        {"data": {"name": "a", "projects": ["2"], "memberships": [{"project": "2", "section": "3"}]}},
    ),
]


@pytest.mark.parametrize(("name", "method", "url", "body"), REQUESTS)
def test_requests_that_the_tools_take_pass(name: str, method: str, url: str, body: Any) -> None:
    assert document(name).check_request(Call(method, url, JSON, encoded(body))) == []


@pytest.mark.parametrize(
    ("name", "method", "url", "body"),
    [
        ("trello.json", "POST", "/1/cards", {"name": "no list"}),
        ("trello.json", "GET", "/1/card", None),
        ("jira-cloud-v3.json", "POST", "/rest/api/3/search/jql", {"jql": "project = ENG", "startAt": 0}),
        ("jira-cloud-v3.json", "GET", "/rest/api/3/issue/1?feilds=id", None),
        ("jira-cloud-v3.json", "POST", "/rest/api/3/issue/1", {"fields": {}}),
        ("asana.yaml", "GET", "/api/1.0/tasks?limit=101&project=2", None),
        ("asana.yaml", "PUT", "/api/1.0/tasks/1", {"data": {"due_on": "soon"}}),
        ("asana.yaml", "PUT", "/api/1.0/tasks/1", {"data": {"created_at": "2026-05-11T09:00:00Z"}}),
        ("asana.yaml", "POST", "/api/1.0/sections/3/addTask", {"data": {"task": 1}}),
    ],
)
def test_bad_requests_are_caught(name: str, method: str, url: str, body: Any) -> None:
    assert document(name).check_request(Call(method, url, JSON, encoded(body))) != []


def test_what_is_outside_the_document_is_not_covered() -> None:
    jira = document("jira-cloud-v3.json")
    assert jira.covers("https://acme.example/rest/api/3/myself")
    assert not jira.covers("https://acme.example/rest/api/2/myself")
    assert not jira.covers("https://acme.example/_edge/tenant_info")


@pytest.mark.parametrize("name", sorted(DEVIATIONS))
def test_every_deviation_has_a_reason_and_stands_once(name: str) -> None:
    assert all(deviation.reason for deviation in DEVIATIONS[name])
    assert len(set(DEVIATIONS[name])) == len(DEVIATIONS[name])
