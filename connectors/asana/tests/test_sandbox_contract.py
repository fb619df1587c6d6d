"""Everything that the emulator answers, and everything that the connector asks, against Asana's official document."""

from typing import TYPE_CHECKING

import pytest
import requests

from pmsync.model.fields import Field, Json
from pmsync.testing.openapi import ApiDocument, specs
from pmsync.testing.watch import Watched
from pmsync_asana.sandbox.router import routes

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

pytestmark = pytest.mark.contract


@pytest.fixture
def document() -> ApiDocument:
    document = ApiDocument.load("asana.yaml")
    if document is None:
        pytest.skip(f"Asana's official document is not in {specs()}")
    return document


def test_the_connector_asks_and_is_answered_as_documented(lab: "Lab", document: ApiDocument) -> None:
    watched = Watched(lab.sandbox, document)
    connector = lab.connect()
    connector.check()
    connector.vocabulary()
    task = lab.task(html_notes="<body>Hi <strong>b</strong></body>", due_on="2020-02-01", assignee="me")
    cursor = list(connector.changes(None))[-1].cursor
    lab.move(task, "Done")
    list(connector.changes(cursor))
    native = lab.made(
        connector,
        description="<body>x</body>",
        labels=["a", "b"],
        due="2020-03-01",
        start="2020-02-02",
        priority=lab.options["High"],
        estimate=2.5,
        assignees=[lab.ada.get("/users/me")["gid"]],
    )
    patch: dict[Field, Json] = {
        Field.TITLE: "New",
        Field.STATUS: {"place": lab.sections["Done"], "completed": True},
        Field.LABELS: ["b", "c"],
        Field.DUE: "2020-03-02T10:00:00.000Z",
        Field.START: None,
        Field.PRIORITY: None,
        Field.ESTIMATE: 3.0,
        Field.PARENT: task,
    }
    updated = connector.update(native.ref, patch, native)
    assert updated.applied == patch.keys()
    assert updated.native is not None
    connector.update(native.ref, {Field.PARENT: None}, updated.native)
    connector.inspect(native.ref, native.created_at)
    connector.fetch([task])
    assert connector.find([native.marker] if native.marker else [], native.created_at)
    connector.delete(native.ref)
    _assert_none(watched)
    assert len(watched.checked) >= 15


def test_every_route_answers_as_documented(lab: "Lab", document: ApiDocument) -> None:
    watched = Watched(lab.sandbox, document)
    task = _tasks(lab)
    _containers(lab)
    _things_on(lab, task)
    _custom_fields(lab)
    _events_and_refusals(lab, task)
    _assert_none(watched)
    unofficial = {"POST /tasks/{task_gid}/attachments", "GET /tasks/{task_gid}/attachments"}
    handshaken = {route for route in routes(lab.emulator._parts) if "/webhooks" in route}
    missed = set(routes(lab.emulator._parts)) - unofficial - handshaken - watched.checked.keys()
    assert sorted(missed) == []


def _assert_none(watched: Watched) -> None:
    assert not watched.violations, "\n".join(str(violation) for violation in watched.violations)


def _tasks(lab: "Lab") -> str:
    ada = lab.ada
    customs = {lab.customs["Priority"]: lab.options["High"], lab.customs["Estimate"]: 3}
    task = lab.task(assignee="me", due_on="2020-02-01", notes="x", custom_fields=customs)
    ada.get(f"/tasks/{task}")
    ada.put(
        f"/tasks/{task}", name="New", completed=True, due_at="2020-02-02T10:00:00.000Z", html_notes="<body>y</body>"
    )
    ada.get("/tasks", project=lab.project, limit="1", completed_since="2019-01-01T00:00:00.000Z")
    ada.get(f"/projects/{lab.project}/tasks")
    ada.get(f"/sections/{lab.sections['Done']}/tasks")
    ada.get(f"/workspaces/{lab.workspace}/tasks/search", text="x")
    child = ada.post(f"/tasks/{task}/subtasks", name="Child")["gid"]
    ada.get(f"/tasks/{task}/subtasks")
    ada.post(f"/tasks/{child}/setParent", parent=None)
    ada.call("DELETE", f"/tasks/{child}")
    other = lab.task()
    for waits in ("Dependents", "Dependencies"):
        for verb in ("add", "remove"):
            ada.post(f"/tasks/{task}/{verb}{waits}", **{waits.lower(): [other]})
            ada.get(f"/tasks/{task}/{waits.lower()}")
        ada.get(f"/tasks/{task}", opt_fields=waits.lower())
    lab.move(task, "Done")
    ada.post(f"/tasks/{task}/removeProject", project=lab.project)
    ada.post(f"/tasks/{task}/addProject", project=lab.project, section=lab.sections["To Do"])
    for path in (f"/tasks/{task}/addFollowers", f"/tasks/{task}/removeFollowers"):
        ada.post(path, followers=["grace@example.com"])
    return task


def _containers(lab: "Lab") -> None:
    ada = lab.ada
    ada.get("/users", workspace=lab.workspace)
    ada.get("/users/me")
    ada.get("/workspaces")
    for path in ("", "/users", "/projects", "/tags", "/custom_fields"):
        ada.get(f"/workspaces/{lab.workspace}{path}")
    project = ada.post("/projects", name="Other", workspace=lab.workspace)["gid"]
    ada.post(f"/workspaces/{lab.workspace}/projects", name="Third")
    ada.get("/projects", archived="false")
    ada.get(f"/projects/{project}")
    ada.put(f"/projects/{project}", name="Another")
    for verb in ("addMembers", "removeMembers"):
        ada.post(f"/projects/{project}/{verb}", members="grace@example.com")
    ada.get(f"/projects/{lab.project}/project_memberships")
    ada.get(f"/projects/{lab.project}/task_counts", opt_fields="num_tasks,num_completed_tasks")
    section = ada.post(f"/projects/{project}/sections", name="S")["gid"]
    ada.get(f"/projects/{project}/sections")
    ada.get(f"/sections/{section}")
    ada.put(f"/sections/{section}", name="T")
    ada.call("DELETE", f"/sections/{section}")
    ada.call("DELETE", f"/projects/{project}")


def _things_on(lab: "Lab", task: str) -> None:
    ada = lab.ada
    tag = ada.post("/tags", name="q", workspace=lab.workspace)["gid"]
    ada.post(f"/workspaces/{lab.workspace}/tags", name="r")
    ada.post(f"/tasks/{task}/addTag", tag=tag)
    ada.get(f"/tags/{tag}/tasks")
    ada.get(f"/tasks/{task}/tags")
    ada.get("/tags", workspace=lab.workspace)
    ada.get(f"/tags/{tag}")
    ada.post(f"/tasks/{task}/removeTag", tag=tag)
    ada.put(f"/tags/{tag}", name="s")
    ada.call("DELETE", f"/tags/{tag}")
    comment = ada.post(f"/tasks/{task}/stories", text="Hm")["gid"]
    ada.put(f"/stories/{comment}", text="Oh")
    for story in ada.get(f"/tasks/{task}/stories"):
        ada.get(f"/stories/{story['gid']}")
    ada.call("DELETE", f"/stories/{comment}")
    headers = {"Authorization": "Bearer sandbox-ada"}
    form = {name: (None, value) for name, value in {"parent": task, "resource_subtype": "external"}.items()}
    form |= {"url": (None, "https://x.y/"), "name": (None, "y")}
    sent = requests.post(f"{lab.url}/api/1.0/attachments", headers=headers, files=form, timeout=10)
    ada.get("/attachments", parent=task)
    ada.get(f"/attachments/{sent.json()['data']['gid']}")
    ada.call("DELETE", f"/attachments/{sent.json()['data']['gid']}")


def _custom_fields(lab: "Lab") -> None:
    ada = lab.ada
    made = ada.post("/custom_fields", name="Size", resource_subtype="enum", workspace=lab.workspace)["gid"]
    option = ada.post(f"/custom_fields/{made}/enum_options", name="L")["gid"]
    ada.put(f"/enum_options/{option}", name="XL")
    ada.get(f"/custom_fields/{made}")
    ada.post(f"/projects/{lab.project}/addCustomFieldSetting", custom_field=made)
    ada.get(f"/projects/{lab.project}/custom_field_settings")
    ada.post(f"/projects/{lab.project}/removeCustomFieldSetting", custom_field=made)


def _events_and_refusals(lab: "Lab", task: str) -> None:
    ada = lab.ada
    sync = ada.call("GET", "/events", params={"resource": lab.project}, status=412)["sync"]
    lab.move(task, "Backlog")
    ada.put(f"/tasks/{task}", name="Newer")
    ada.call("GET", "/events", params={"resource": lab.project, "sync": sync})
    ada.post("/batch", actions=[{"method": "get", "relative_path": f"/tasks/{task}"}])
    ada.error(404, "GET", "/tasks/9")
    ada.error(400, "GET", "/tasks")
    lab.user("zed").error(403, "GET", f"/tasks/{task}")
