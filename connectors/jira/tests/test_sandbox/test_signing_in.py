"""Who the sandbox takes whom for: nobody is not always told so, and what is hidden is the same as what is missing."""

import base64
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira

_HIDDEN = "Issue does not exist or you do not have permission to see it."


def _basic(email: str, token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{email}:{token}".encode()).decode()}


@pytest.mark.parametrize(
    ("email", "token"),
    [
        ("ada@example.com", "sandbox-grace"),
        ("ada@example.com", "wrong"),
        ("nobody@example.com", "sandbox-ada"),
        ("ada@example.com", "scoped-sandbox-ada"),
    ],
)
def test_wrong_credentials_are_nobody_where_nobody_may_ask(cloud: "Jira", email: str, token: str) -> None:
    key = cloud.create()
    headers = _basic(email, token)
    refused = cloud.get("/myself", user=None, headers=headers)
    assert refused.status == 401
    assert refused.json["errorMessages"] == ["Client must be authenticated to access this resource."]
    assert refused.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    found = cloud.post("/search/jql", {"jql": "project = ENG"}, user=None, headers=headers)
    assert (found.status, found.json["issues"]) == (200, [])
    hidden = cloud.get(f"/issue/{key}", user=None, headers=headers)
    assert (hidden.status, hidden.json) == (404, {"errorMessages": [_HIDDEN], "errors": {}})
    assert cloud.get("/project/search", user=None, headers=headers).json["values"] == []
    assert cloud.post("/issue", {"fields": {}}, user=None, headers=headers).status == 401


def test_a_stranger_signs_in_and_sees_nothing(cloud: "Jira") -> None:
    key = cloud.create()
    assert cloud.get("/myself", user="mallory").json["emailAddress"] == "mallory@example.com"
    assert cloud.get(f"/issue/{key}", user="mallory").status == 404
    assert cloud.put(f"/issue/{key}", {"fields": {"summary": "Mine"}}, user="mallory").status == 404
    assert cloud.get("/project/search", user="mallory").json["total"] == 0
    refused = cloud.search("project = ENG", user="mallory")
    assert refused.json["errorMessages"] == ["The value 'ENG' does not exist for the field 'project'."]


def test_a_token_with_scopes_works_through_the_gateway_alone(cloud: "Jira") -> None:
    scoped = _basic("ada@example.com", "scoped-sandbox-ada")
    cloud_id = cloud.get("/_edge/tenant_info", user=None).json["cloudId"]
    gateway = f"/ex/jira/{cloud_id}/rest/api/3"
    answer = cloud.get(f"{gateway}/myself", user=None, headers=scoped)
    assert answer.status == 200
    assert gateway in answer.json["self"]
    assert cloud.get("/myself", user=None, headers=scoped).status == 401
    assert cloud.get(f"{gateway}/myself", user=None, headers=_basic("ada@example.com", "wrong")).status == 401
    assert cloud.get("/ex/jira/another/rest/api/3/myself").status == 404


def test_a_token_can_be_revoked_at_any_moment(cloud: "Jira") -> None:
    cloud.create()
    assert len(cloud.keys("project = ENG")) == 1
    cloud.emulator.revoke("ada")
    assert cloud.search("project = ENG").json["issues"] == []
    assert cloud.get("/myself").status == 401


def test_people_are_found_by_what_comes_near_enough(cloud: "Jira") -> None:
    found = cloud.get("/user/search", query={"query": "ada"}).json
    assert {person["displayName"] for person in found} == {"Ada Lovelace", "Adam Lovelock"}
    assert [person.get("emailAddress") for person in found if person["displayName"] == "Adam Lovelock"] == [None]
    assignable = cloud.get("/user/assignable/search", query={"project": "ENG", "query": "ada"}).json
    assert [person["emailAddress"] for person in assignable] == ["ada@example.com"]
    stranger = next(person for person in found if person["displayName"] == "Adam Lovelock")
    key = cloud.create()
    refused = cloud.put(f"/issue/{key}/assignee", {"accountId": stranger["accountId"]})
    assert refused.status == 400
    assert "cannot be assigned issues" in refused.json["errors"]["assignee"]


def test_an_unknown_path_is_no_error_collection(cloud: "Jira") -> None:
    answer = cloud.get("/nowhere")
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json["detail"] == "No endpoint GET /rest/api/3/nowhere"
    assert cloud.delete("/myself").status == 405


def test_requests_are_counted_by_the_names_of_the_document(cloud: "Jira") -> None:
    key = cloud.create()
    cloud.get(f"/issue/{key}")
    cloud.search("project = ENG")
    counted = cloud.get("/_sandbox/requests", user=None).json
    assert counted == {
        "total": 3,
        "writes": 1,
        "by_route": {
            "GET /rest/api/3/issue/{issueIdOrKey}": 1,
            "POST /rest/api/3/issue": 1,
            "POST /rest/api/3/search/jql": 1,
        },
    }
