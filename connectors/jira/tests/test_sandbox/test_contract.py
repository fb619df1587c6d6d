"""Everything that the sandbox answers on a walk through all its operations, against Jira's official document."""

import io
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.testing.openapi import ApiDocument, specs
from pmsync.testing.watch import Watched
from pmsync_jira.sandbox import accounts, attachments, comments, issues, project, searching, webhooks

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira

pytestmark = pytest.mark.contract


@pytest.fixture
def watched(cloud: "Jira") -> Watched:
    document = ApiDocument.load("jira-cloud-v3.json")
    if document is None:
        pytest.skip(f"Jira's official document is not in {specs()}")
    return Watched(cloud.sandbox, document)


def test_every_answer_is_as_documented(cloud: "Jira", watched: Watched) -> None:
    _vocabulary(cloud)
    _people(cloud)
    key = _issues(cloud)
    _searches(cloud)
    _what_hangs_on(cloud, key)
    _refusals(cloud, key)
    _ends(cloud, key)
    assert not watched.violations, "\n".join(str(violation) for violation in watched.violations)


def test_the_walk_passes_every_operation(cloud: "Jira", watched: Watched) -> None:
    for walk in (_vocabulary, _people, _searches):
        walk(cloud)
    key = _issues(cloud)
    for walk_on in (_what_hangs_on, _refusals, _ends):
        walk_on(cloud, key)
    parts = (accounts, attachments, comments, issues, project, searching, webhooks)
    routes = [route for part in parts for route in part.ROUTES]
    wanted = {
        f"{route.method} /rest/api/3{route.path}"
        for route in routes
        if "cloud" in route.products and not route.rooted and not route.path.startswith("/webhook")
    }
    assert sorted(wanted - watched.checked.keys()) == []


def _vocabulary(jira: "Jira") -> None:
    for path in ("serverInfo", "field", "priority", "issuetype", "status", "resolution", "statuscategory"):
        assert jira.get(f"/{path}").status == 200
    for path in ("priority/3", "issuetype/10002", "status/3", "resolution/10000", "priority/search", "issueLinkType"):
        assert jira.get(f"/{path}").status == 200
    for path in ("project", "project/ENG", "project/ENG/statuses", "project/ENG/components", "project/ENG/versions"):
        assert jira.get(f"/{path}").status == 200
    assert jira.get("/project/search", query={"expand": "lead,issueTypes"}).status == 200
    assert jira.get("/issue/createmeta/ENG/issuetypes").status == 200
    for kind in ("10000", "10002", "10003"):
        assert jira.get(f"/issue/createmeta/ENG/issuetypes/{kind}").status == 200
    assert jira.post("/version", {"name": "1.0", "projectId": 10000}, user="pmsync").status == 201
    here = "/project/ENG/properties"
    assert jira.put(f"{here}/fence", {"epoch": 1}, user="pmsync").status == 201
    assert jira.put(f"{here}/fence", {"epoch": 2}, user="pmsync").status == 200
    assert jira.get(here).status == jira.get(f"{here}/fence").status == 200
    assert jira.delete(f"{here}/fence", user="pmsync").status == 204


def _people(jira: "Jira") -> None:
    ada = jira.get("/myself", query={"expand": "groups"}).json["accountId"]
    assert jira.get("/user", query={"accountId": ada}).status == 200
    assert jira.get("/user/search", query={"query": "ada"}).status == 200
    assert jira.get("/users/search").status == 200
    assert jira.get("/user/bulk", query={"accountId": ada}).status == 200
    assert jira.get("/user/assignable/search", query={"project": "ENG", "query": "a"}).status == 200
    permissions = {"permissions": "BROWSE_PROJECTS,ADMINISTER", "projectKey": "ENG"}
    assert jira.get("/mypermissions", query=permissions).status == 200


def _issues(jira: "Jira") -> str:
    epic = jira.create("An epic", issuetype={"name": "Epic"})
    ada = jira.get("/myself").json["accountId"]
    key = jira.create(
        "A story",
        issuetype={"name": "Story"},
        description=jira.text("One\n\nTwo"),
        labels=["a", "b"],
        assignee={"id": ada},
        duedate="2026-06-01",
        parent={"key": epic},
        customfield_10015="2026-05-20",
        customfield_10016=3,
        timetracking={"originalEstimate": "1d 4h"},
    )
    jira.create("A part of it", issuetype={"name": "Sub-task"}, parent={"key": key})
    updates: list[dict[str, Any]] = [
        {"fields": {"project": {"id": "10000"}, "issuetype": {"id": "10002"}, "summary": "Bulk"}},
        {"fields": {}},
    ]
    bulk = [updates[0] | {"transition": {"id": "11"}, "properties": [{"key": "pmsync", "value": {"uid": "1"}}]}]
    assert jira.post("/issue/bulk", {"issueUpdates": [*bulk, updates[1]]}).status == 201
    assert jira.post("/issue/bulk", {"issueUpdates": [updates[1]]}).status == 400
    body: dict[str, Any] = {"issueIdsOrKeys": [key, "ENG-999"], "fields": ["*all"], "properties": ["pmsync"]}
    assert jira.post("/issue/bulkfetch", body | {"expand": ["changelog", "names", "schema"]}).status == 200
    edit = {
        "fields": {"summary": "A better story", "priority": {"name": "High"}},
        "update": {"labels": [{"add": "c"}]},
        "historyMetadata": {"type": "pmsync", "extraData": {"run": "1"}},
    }
    assert jira.put(f"/issue/{key}", edit).status == 204
    again = {"fields": {"summary": "The best story"}}
    assert jira.put(f"/issue/{key}", again, query={"returnIssue": "true", "notifyUsers": "false"}).status == 200
    assert jira.put(f"/issue/{key}/assignee", {"accountId": None}).status == 204
    assert jira.get(f"/issue/{key}/transitions", query={"expand": "transitions.fields"}).status == 200
    jira.move(key, "11", "41", "61")
    assert jira.get(f"/issue/{key}/transitions", query={"expand": "transitions.fields"}).status == 200
    jira.move(key, "81", resolution={"name": "Done"})
    everything = "renderedFields,names,schema,editmeta,changelog"
    assert jira.get(f"/issue/{key}", query={"expand": everything, "properties": "*all"}).status == 200
    assert jira.get(f"/issue/{key}/editmeta").status == 200
    assert jira.get(f"/issue/{key}/changelog").status == 200
    assert jira.get(f"/issue/{key}/changelog", query={"startAt": 1, "maxResults": 2}).status == 200
    assert jira.post("/changelog/bulkfetch", {"issueIdsOrKeys": [key], "fieldIds": ["status"]}).status == 200
    return key


def _searches(jira: "Jira") -> None:
    query = {
        "jql": "project = ENG ORDER BY updated ASC",
        "maxResults": 2,
        "fields": ["*all"],
        "expand": "changelog,names,schema",
    }
    first = jira.post("/search/jql", query | {"properties": ["pmsync"], "reconcileIssues": [10000]})
    assert first.status == 200
    assert jira.get("/search/jql", query={"jql": "project = ENG", "maxResults": "1"}).status == 200
    assert jira.post("/search/approximate-count", {"jql": "project = ENG"}).json
    assert jira.get("/search", query={"jql": "project = ENG"}).status == 410
    assert jira.post("/search", {"jql": "project = ENG"}).status == 410
    assert jira.get("/label").status == 200


def _what_hangs_on(jira: "Jira", key: str) -> None:
    here = f"/issue/{key}/comment"
    made = jira.post(here, {"body": jira.text("Hello"), "properties": [{"key": "pmsync", "value": 1}]})
    assert made.status == 201
    one = f"{here}/{made.json['id']}"
    assert jira.get(here, query={"orderBy": "-created", "expand": "properties"}).status == 200
    assert jira.get(one).status == jira.put(one, {"body": jira.text("Bye")}).status == 200
    assert jira.post("/comment/list", {"ids": [int(made.json["id"])]}).status == 200
    restricted = {"body": jira.text("Hush"), "visibility": {"type": "role", "value": "Developers"}}
    assert jira.post(here, restricted).status == 201
    assert jira.delete(one).status == 204
    assert jira.post(f"/issue/{key}/worklog", {"timeSpentSeconds": 3600, "comment": jira.text("Work")}).status == 201
    assert jira.get(f"/issue/{key}/worklog").status == 200
    assert jira.put(f"/issue/{key}/properties/pmsync", {"uid": "1"}).status == 201
    assert jira.get(f"/issue/{key}/properties/pmsync").status == jira.get(f"/issue/{key}/properties").status == 200
    assert jira.delete(f"/issue/{key}/properties/pmsync").status == 204
    link = {"globalId": "system=pmsync&id=1", "object": {"url": "https://trello.com/c/1", "title": "The card"}}
    assert jira.post(f"/issue/{key}/remotelink", link).status == 201
    assert jira.post(f"/issue/{key}/remotelink", link).status == 200
    assert jira.get(f"/issue/{key}/remotelink", query={"globalId": link["globalId"]}).status == 200
    (remote,) = jira.get(f"/issue/{key}/remotelink").json
    assert jira.delete(f"/issue/{key}/remotelink/{remote['id']}").status == 204
    ends = {"inwardIssue": {"key": key}, "outwardIssue": {"key": "ENG-1"}}
    assert jira.post("/issueLink", {"type": {"name": "Blocks"}} | ends).status == 201
    made_link = jira.fields(key)["issuelinks"][0]["id"]
    assert jira.get(f"/issueLink/{made_link}").status == 200
    assert jira.delete(f"/issueLink/{made_link}").status == 204
    _files(jira, key)


def _files(jira: "Jira", key: str) -> None:
    assert jira.get("/attachment/meta").status == 200
    sent = jira.call(
        "POST",
        f"/issue/{key}/attachments",
        files={"file": (io.BytesIO(b"words"), "words.txt")},
        headers={"X-Atlassian-Token": "no-check"},
    )
    assert sent.status == 200
    file = sent.json[0]["id"]
    assert jira.get(f"/issue/{key}").status == jira.get(f"/attachment/{file}").status == 200
    assert jira.get(f"/attachment/content/{file}").status == 303
    assert jira.get(f"/attachment/content/{file}", query={"redirect": "false"}).data == b"words"
    assert jira.delete(f"/attachment/{file}").status == 204


def _refusals(jira: "Jira", key: str) -> None:
    assert jira.get("/myself", user=None).status == 401
    assert jira.get("/issue/ENG-999").status == 404
    assert jira.get("/project/NOPE").status == 404
    assert jira.search("project = NOPE").status == 400
    assert jira.put(f"/issue/{key}", {"fields": {"summary": "two\nlines"}}).status == 400
    assert jira.post("/issue", {"fields": {}}).status == 400
    assert jira.put("/issue/archive", {"issueIdsOrKeys": [key]}).status == 403


def _ends(jira: "Jira", key: str) -> None:
    jira.clock.advance(10)
    other = jira.create("Short-lived")
    assert jira.put("/issue/archive", {"issueIdsOrKeys": [other, "ENG-999"]}, user="pmsync").status == 200
    assert jira.put("/issue/unarchive", {"issueIdsOrKeys": [other]}, user="pmsync").status == 200
    assert jira.delete(f"/issue/{other}").status == 204
    assert jira.delete(f"/issue/{key}").status == 400
    assert jira.delete(f"/issue/{key}", query={"deleteSubtasks": "true"}).status == 204
