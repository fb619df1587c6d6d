"""Releases, sprints and the fields that people made for themselves."""

from typing import TYPE_CHECKING, Any

import pytest

from pmsync_jira.sandbox.records import Sprint

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira

TEAM, PLATFORMS, CUSTOMER, BUDGET, LAUNCH, TESTER = (f"customfield_{number}" for number in range(10030, 10036))
APPROVED, NOTES, KEYWORDS, REVIEWED, WATCHERS = (f"customfield_{number}" for number in range(10036, 10041))
SPRINT = "customfield_10020"


@pytest.fixture(params=["cloud", "data_center"])
def jira(request: pytest.FixtureRequest) -> "Jira":
    found: Jira = request.getfixturevalue(request.param)
    return found


def person(jira: "Jira", name: str) -> dict[str, str]:
    account = jira.emulator.site.people.get(name).account_id
    return {"accountId": account} if jira.product == "cloud" else {"name": name}


def test_every_field_is_written_shown_and_emptied(jira: "Jira") -> None:
    words: Any = jira.text("In words") if jira.product == "cloud" else "In words"
    values = {
        TEAM: {"value": "Payments"},
        PLATFORMS: [{"id": "10110"}, {"value": "Web"}],
        CUSTOMER: "ACME",
        BUDGET: 12.5,
        LAUNCH: "2026-06-01",
        TESTER: person(jira, "grace"),
        APPROVED: [{"value": "Yes"}],
        NOTES: words,
        KEYWORDS: ["a", "b"],
        REVIEWED: "2026-05-11T15:00:00.000+0200",
        WATCHERS: [person(jira, "ada"), person(jira, "grace")],
    }
    key = jira.create(**values)
    shown = jira.fields(key)
    assert shown[TEAM]["value"] == "Payments"
    assert [one["value"] for one in shown[PLATFORMS]] == ["iOS", "Web"]
    assert (shown[CUSTOMER], shown[BUDGET], shown[LAUNCH], shown[NOTES]) == ("ACME", 12.5, "2026-06-01", words)
    assert shown[TESTER]["displayName"] == "Grace Hopper"
    assert shown[REVIEWED] == "2026-05-11T13:00:00.000+0000"
    assert len(shown[WATCHERS]) == 2
    empty: dict[str, Any] = {field: [] if isinstance(value, list) else None for field, value in values.items()}
    assert jira.put(f"/issue/{key}", {"fields": empty}).status == 204
    assert {field for field in values if jira.fields(key)[field] is not None} == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (TEAM, {"value": "Nobody"}),
        (TEAM, "Payments"),
        (PLATFORMS, {"value": "Web"}),
        (BUDGET, "12"),
        (LAUNCH, "1 June"),
        (CUSTOMER, 7),
        (KEYWORDS, ["two words"]),
        (REVIEWED, "2026-05-11T15:00:00Z"),
        ("fixVersions", [{"name": "9.9"}]),
        (SPRINT, 99),
    ],
)
def test_what_a_field_cannot_hold_is_refused_by_its_name(jira: "Jira", field: str, value: Any) -> None:
    key = jira.create()
    answer = jira.put(f"/issue/{key}", {"fields": {field: value}})
    assert (answer.status, list(answer.json["errors"])) == (400, [field])


def test_lists_are_changed_by_what_comes_and_goes(jira: "Jira") -> None:
    for name in ("1.0", "2.0"):
        assert jira.post("/version", {"name": name, "projectId": 10000}, user="pmsync").status == 201
    key = jira.create(fixVersions=[{"name": "1.0"}])
    update = {
        "fixVersions": [{"add": {"name": "2.0"}}, {"remove": {"name": "1.0"}}],
        PLATFORMS: [{"add": {"value": "Web"}}, {"add": {"value": "iOS"}}, {"remove": {"value": "Web"}}],
    }
    assert jira.put(f"/issue/{key}", {"update": update}).status == 204
    shown = jira.fields(key)
    assert [one["name"] for one in shown["fixVersions"]] == ["2.0"]
    assert [one["value"] for one in shown[PLATFORMS]] == ["iOS"]


def test_versions_are_made_by_administrators_once_each(jira: "Jira") -> None:
    body = {"name": "1.0", "projectId": 10000}
    assert jira.post("/version", body).status == 403
    assert jira.post("/version", body, user="pmsync").status == 201
    assert jira.post("/version", body, user="pmsync").status == 400
    assert [one["name"] for one in jira.get("/project/ENG/versions").json] == ["1.0"]


def test_an_issue_keeps_the_sprints_that_are_over(jira: "Jira") -> None:
    site = jira.emulator.site
    site.sprints |= {number: Sprint(number, f"Sprint {number}") for number in (1, 2)}
    key = jira.create()
    assert jira.put(f"/issue/{key}", {"fields": {SPRINT: 1}}).status == 204
    site.sprints[1] = Sprint(1, "Sprint 1", "closed")
    assert jira.put(f"/issue/{key}", {"fields": {SPRINT: 2}}).status == 204
    shown = jira.fields(key)[SPRINT]
    told = [one["name"] for one in shown] if jira.product == "cloud" else [one.split("name=")[1][:8] for one in shown]
    assert told == ["Sprint 1", "Sprint 2"]
    assert jira.put(f"/issue/{key}", {"fields": {SPRINT: None}}).status == 204
    assert len(jira.fields(key)[SPRINT]) == 1
