"""What differs on Data Center: the version, the users, the texts, the search."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira


def test_it_says_what_it_is(data_center: "Jira") -> None:
    told = data_center.get("/serverInfo", user=None).json
    assert (told["deploymentType"], told["versionNumbers"][0]) == ("Server", 10)
    assert data_center.get("/rest/api/3/serverInfo").status == 404
    assert data_center.get("/search/jql", query={"jql": "project = ENG"}).status == 404
    assert data_center.post("/issue/bulkfetch", {"issueIdsOrKeys": ["ENG-1"]}).status in (404, 405)


def test_a_wrong_token_is_refused_everywhere(data_center: "Jira") -> None:
    wrong = {"Authorization": "Bearer wrong"}
    for path in ("/myself", "/serverInfo", "/search?jql=project=ENG"):
        answer = data_center.get(path, user=None, headers=wrong)
        assert (answer.status, answer.headers["X-Seraph-LoginReason"]) == (401, "AUTHENTICATED_FAILED")


def test_users_have_names_and_texts_are_markup(data_center: "Jira") -> None:
    me = data_center.get("/myself").json
    assert (me["name"], me["key"]) == ("ada", "JIRAUSER10102")
    assert "accountId" not in me
    key = data_center.create("Plain", description="h1. *Words*", assignee={"name": "grace"})
    fields = data_center.fields(key)
    assert (fields["description"], fields["assignee"]["name"]) == ("h1. *Words*", "grace")
    found = data_center.get("/search", query={"jql": "assignee = grace"}).json["issues"]
    assert [issue["key"] for issue in found] == [key]


def test_the_search_goes_by_offsets(data_center: "Jira") -> None:
    keys = [data_center.create(f"Number {number}") for number in range(5)]
    query = {"jql": "project = ENG ORDER BY updated ASC, key ASC", "startAt": 2, "maxResults": 2, "fields": "summary"}
    page = data_center.get("/search", query=query).json
    assert (page["total"], page["startAt"], page["maxResults"]) == (5, 2, 2)
    assert [issue["key"] for issue in page["issues"]] == keys[2:4]
    assert page["issues"][0]["fields"] == {"summary": "Number 2"}
    posted = data_center.post("/search", {"jql": "assignee is EMPTY", "maxResults": 50, "fields": ["key"]}).json
    assert posted["total"] == 5


def test_history_names_no_field_ids(data_center: "Jira") -> None:
    key = data_center.create()
    data_center.move(key, "11")
    history = data_center.get(f"/issue/{key}", query={"expand": "changelog"}).json["changelog"]["histories"]
    assert "fieldId" not in history[0]["items"][0]
    assert data_center.get(f"/issue/{key}/changelog").status == 404


def test_the_metadata_of_screens_are_pages(data_center: "Jira") -> None:
    types = data_center.get("/issue/createmeta/ENG/issuetypes").json
    assert (types["isLast"], {kind["name"] for kind in types["values"]}) == (
        True,
        {"Epic", "Story", "Task", "Bug", "Sub-task"},
    )
    fields = data_center.get("/issue/createmeta/ENG/issuetypes/10002").json["values"]
    assert {field["fieldId"] for field in fields if field["required"]} == {"summary", "issuetype", "project"}
