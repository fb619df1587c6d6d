"""The limits of Cloud: a bucket for each endpoint, a window of writes for each issue."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira


def test_an_endpoint_takes_a_burst_and_then_asks_for_patience(cloud: "Jira") -> None:
    statuses = [cloud.get("/myself").status for _ in range(101)]
    assert statuses.count(200) == 100
    refused = cloud.get("/myself")
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["RateLimit-Reason"] == "jira-burst-based"
    assert refused.headers["X-RateLimit-Limit"] == "100"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert cloud.get("/field").status == 200, "every endpoint has a bucket of its own"
    cloud.clock.advance(1)
    answer = cloud.get("/myself")
    assert answer.status == 200
    assert "X-RateLimit-NearLimit" not in answer.headers


def test_an_issue_takes_twenty_writes_in_two_seconds(cloud: "Jira") -> None:
    key, other = cloud.create(), cloud.create()
    for number in range(20):
        assert cloud.put(f"/issue/{key}", {"fields": {"summary": f"Number {number}"}}).status == 204
    refused = cloud.put(f"/issue/{key}", {"fields": {"summary": "One too many"}})
    assert refused.status == 429
    assert refused.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert refused.headers["Retry-After"] == "2"
    assert cloud.put(f"/issue/{other}", {"fields": {"summary": "Free"}}).status == 204
    cloud.clock.advance(2)
    assert cloud.put(f"/issue/{key}", {"fields": {"summary": "Now"}}).status == 204


def test_an_issue_takes_a_hundred_writes_in_thirty_seconds(cloud: "Jira") -> None:
    key = cloud.create()
    for _ in range(5):
        for number in range(20):
            assert cloud.put(f"/issue/{key}", {"fields": {"summary": f"Number {number}"}}).status == 204
        cloud.clock.advance(2)
    refused = cloud.put(f"/issue/{key}", {"fields": {"summary": "One too many"}})
    assert (refused.status, refused.headers["Retry-After"]) == (429, "20")
    cloud.clock.advance(20)
    assert cloud.put(f"/issue/{key}", {"fields": {"summary": "Now"}}).status == 204


def test_data_center_has_no_limits_unless_its_administrator_wants_them(data_center: "Jira") -> None:
    assert {data_center.get("/myself").status for _ in range(150)} == {200}


def test_faults_answer_as_jira_does(cloud: "Jira") -> None:
    cloud.post("/_sandbox/faults", {"rate": 1, "kinds": ["429"], "seed": 1, "retry_after": 7})
    refused = cloud.get("/myself")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "7")
    assert refused.json["errors"] == {}
    cloud.post("/_sandbox/faults", {"rate": 1, "kinds": ["500"], "seed": 1})
    assert cloud.get("/myself").status == 500
    cloud.post("/_sandbox/faults", {"rate": 0})
    assert cloud.get("/myself").status == 200
