"""The emulator's outside: signing in, envelopes, errors, fields, pages, limits."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab


@pytest.mark.parametrize("header", ["", "Bearer nonsense", "Bearer sandbox-", "Basic abc"])
def test_whoever_has_no_token_is_not_authorized(lab: "Lab", header: str) -> None:
    answer = requests.get(f"{lab.url}/api/1.0/users/me", headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Not Authorized"


def test_an_unknown_route_is_told_before_the_token_is_looked_at(lab: "Lab") -> None:
    for method, path in (("GET", "/nope"), ("DELETE", "/users/me"), ("POST", "/tasks/1")):
        answer = requests.request(method, f"{lab.url}/api/1.0{path}", timeout=10)
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["message"] == "No matching route for request"


def test_strangers_sign_in_and_see_nothing(lab: "Lab") -> None:
    zed = lab.user("zed")
    task = lab.task()
    assert zed.get("/users/me")["workspaces"] == []
    assert zed.get("/projects") == []
    assert zed.error(403, "GET", f"/tasks/{task}") == "You do not have access to this task."
    assert zed.error(403, "GET", f"/projects/{lab.project}") == "You do not have access to this project."
    assert zed.error(404, "GET", "/tasks/9") == "task: Unknown object: 9"


@pytest.mark.parametrize(
    ("method", "path", "data", "status", "message"),
    [
        ("GET", "/tasks/9", None, 404, "task: Unknown object: 9"),
        ("GET", "/tasks/abc", None, 400, "task: Not a recognized ID: abc"),
        ("GET", "/users/9", None, 404, "user: Unknown object: 9"),
        ("POST", "/tasks", {"name": "x", "projects": ["9"]}, 400, "projects: [0]: Unknown object: 9"),
        ("POST", "/tasks", {"name": "x"}, 400, "workspace: Missing input"),
        ("PUT", "/tasks/{task}", {"projects": ["{project}"]}, 400, "projects: Cannot write this property"),
        ("PUT", "/tasks/{task}", {"tags": []}, 400, "tags: Cannot write this property"),
        ("PUT", "/tasks/{task}", {"memberships": []}, 400, "memberships: Cannot write this property"),
        ("PUT", "/tasks/{task}", {"modified_at": "2020-01-01"}, 400, "modified_at: Cannot write this property"),
        (
            "PUT",
            "/tasks/{task}",
            {"due_on": "2020-01-01", "due_at": "2020-01-01T00:00:00Z"},
            400,
            "You may only provide one of due_on or due_at!",
        ),
        (
            "PUT",
            "/tasks/{task}",
            {"start_on": "2020-01-01"},
            400,
            "start_on: due_on or due_at must be present in the request when setting or unsetting start_on",
        ),
        (
            "PUT",
            "/tasks/{task}",
            {"external": {"gid": "x"}},
            403,
            "external: You must authenticate with OAuth to use custom external data",
        ),
        (
            "GET",
            "/tasks",
            None,
            400,
            "Must specify exactly one of project, tag, section, user task list, or assignee + workspace",
        ),
        (
            "GET",
            "/tasks?project={project}&section=1",
            None,
            400,
            "Must specify exactly one of project, tag, section, user task list, or assignee + workspace",
        ),
        ("GET", "/tasks?project={project}&limit=101", None, 400, "limit: Must be a number between 1 and 100"),
        ("GET", "/tasks?project={project}&limit=0", None, 400, "limit: Must be a number between 1 and 100"),
        ("PUT", "/tasks/{task}", {"custom_fields": {"9": "x"}}, 400, "Custom field with ID 9 is not on given object"),
    ],
)
def test_refusals_are_told_in_asanas_words(
    lab: "Lab", method: str, path: str, data: dict[str, object] | None, status: int, message: str
) -> None:
    path = path.replace("{task}", lab.task()).replace("{project}", lab.project)
    assert lab.ada.error(status, method, path, data) == message


def test_a_stray_key_beside_the_data_is_refused(lab: "Lab") -> None:
    body = {"data": {"name": "x", "projects": [lab.project]}, "name": "y"}
    answer = lab.ada.call("POST", "/tasks", json=body, status=400)
    expected = "Unrecognized request field name . The only allowed keys at the top level are: data, options."
    assert answer["errors"][0]["message"] == expected


def test_a_body_that_is_not_json_is_refused(lab: "Lab") -> None:
    for body in (b"{", b"[1]", b'"x"'):
        headers = {"Content-Type": "application/json", "Authorization": "Bearer sandbox-ada"}
        answer = requests.post(f"{lab.url}/api/1.0/tasks", data=body, headers=headers, timeout=10)
        assert answer.status_code == 400


def test_a_form_is_taken_as_well(lab: "Lab") -> None:
    headers = {"Authorization": "Bearer sandbox-ada"}
    form = {"name": "By form", "projects": lab.project, "opt_fields": "name"}
    answer = requests.post(f"{lab.url}/api/1.0/tasks", data=form, headers=headers, timeout=10)
    assert answer.status_code == 201
    assert answer.json()["data"].keys() == {"gid", "name"}


def test_creation_answers_the_full_record_and_where_it_is(lab: "Lab") -> None:
    headers = {"Authorization": "Bearer sandbox-ada"}
    body = {"data": {"name": "x", "projects": [lab.project]}}
    answer = requests.post(f"{lab.url}/api/1.0/tasks", json=body, headers=headers, timeout=10)
    task = answer.json()["data"]
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/tasks/{task['gid']}")
    assert task["gid"].isdigit()
    assert not {"html_notes", "num_subtasks", "external", "dependencies", "created_by"} & task.keys()
    assert {"notes", "memberships", "custom_fields", "modified_at", "permalink_url"} <= task.keys()


def test_lists_are_compact_unless_fields_are_named(lab: "Lab") -> None:
    lab.task()
    assert lab.ada.get("/tasks", project=lab.project)[0].keys() == {
        "gid",
        "name",
        "resource_type",
        "resource_subtype",
    }


def test_exactly_the_named_fields_come_and_the_gid(lab: "Lab") -> None:
    task = lab.task(assignee="me")
    fields = "name,assignee.email,memberships.section.name,this.parent,nonsense,html_notes"
    assert lab.ada.get(f"/tasks/{task}", opt_fields=fields, opt_pretty="") == {
        "gid": task,
        "name": "Paint the shed",
        "assignee": {"gid": lab.ada.get("/users/me")["gid"], "email": "ada@example.com"},
        "memberships": [{"section": {"gid": lab.sections["To Do"], "name": "To Do"}}],
        "parent": None,
        "html_notes": "<body></body>",
    }
    grouped = lab.ada.get(f"/tasks/{task}", opt_fields="(assignee|created_by).name")
    assert grouped["assignee"]["name"] == grouped["created_by"]["name"] == "Ada Lovelace"


def test_the_body_can_name_fields_too(lab: "Lab") -> None:
    task = lab.task()
    body = {"data": {"name": "New"}, "options": {"fields": ["name"]}}
    assert lab.ada.call("PUT", f"/tasks/{task}", json=body)["data"] == {"gid": task, "name": "New"}


def test_pages_come_in_order_each_task_once(lab: "Lab") -> None:
    tasks = lab.fill(25)
    seen: list[str] = []
    query = {"project": lab.project, "limit": "10"}
    while True:
        page = lab.ada.call("GET", "/tasks", params=query)
        seen += [task["gid"] for task in page["data"]]
        if page["next_page"] is None:
            break
        assert page["next_page"]["uri"].startswith(f"{lab.url}/api/1.0/tasks?")
        assert page["next_page"]["path"].startswith("/tasks?")
        query["offset"] = page["next_page"]["offset"]
    assert seen == tasks


def test_an_offset_is_good_for_the_same_request_only_and_not_for_ever(lab: "Lab") -> None:
    lab.fill(3)
    page = lab.ada.call("GET", "/tasks", params={"project": lab.project, "limit": "1"})
    query = {"limit": "1", "offset": page["next_page"]["offset"]}
    other = {**query, "section": lab.sections["Backlog"]}
    assert lab.ada.error(400, "GET", "/tasks", params=other).startswith("offset: Your pagination token is invalid.")
    lab.clock.advance(3600)
    stale = {**query, "project": lab.project}
    assert lab.ada.error(400, "GET", "/tasks", params=stale).startswith("offset: Your pagination token is invalid.")


def test_a_huge_list_needs_a_limit(lab: "Lab") -> None:
    lab.fill(1001)
    message = lab.ada.error(400, "GET", f"/tasks?project={lab.project}")
    assert message.startswith("The result is too large. You should use pagination")


def test_booleans_are_taken_in_any_case(lab: "Lab") -> None:
    lab.ada.put(f"/projects/{lab.project}", archived=True)
    assert lab.ada.get("/projects", archived="False") == []
    assert len(lab.ada.get("/projects", archived="True")) == len(lab.ada.get("/projects")) == 1


def test_a_token_has_so_many_requests_a_minute_and_refused_ones_count(labs: Callable[..., "Lab"]) -> None:
    lab = labs(plan="free")
    grace = lab.user("grace")
    for _ in range(150):
        grace.get("/users/me")
    answer = requests.get(f"{lab.url}/api/1.0/users/me", headers={"Authorization": "Bearer sandbox-grace"}, timeout=10)
    assert answer.status_code == 429
    assert answer.json()["errors"][0]["message"].startswith("You've made too many requests and hit a rate limit.")
    assert int(answer.headers["Retry-After"]) == 60
    lab.ada.get("/users/me")
    lab.clock.advance(59)
    grace.error(429, "GET", "/users/me")
    lab.clock.advance(1)
    # The one that was refused within this minute counts against it.
    for _ in range(149):
        grace.get("/users/me")
    grace.error(429, "GET", "/users/me")


def test_each_action_of_a_batch_counts_and_one_too_many_refuses_them_all(labs: Callable[..., "Lab"]) -> None:
    lab = labs(plan="free")
    grace, task = lab.user("grace"), lab.task()
    actions = [{"method": "get", "relative_path": f"/tasks/{task}"}] * 10
    for _ in range(15):
        grace.post("/batch", actions=actions)
    assert "too many requests" in grace.error(429, "POST", "/batch", {"actions": actions[:1]})


def test_reads_in_a_batch_are_no_writes(lab: "Lab") -> None:
    task = lab.task()
    before = requests.get(f"{lab.url}/_sandbox/requests", timeout=10).json()["writes"]
    read = {"method": "get", "relative_path": f"/tasks/{task}"}
    write = {"method": "put", "relative_path": f"/tasks/{task}", "data": {"name": "x"}}
    lab.ada.post("/batch", actions=[read, read])
    assert requests.get(f"{lab.url}/_sandbox/requests", timeout=10).json()["writes"] == before
    lab.ada.post("/batch", actions=[read, write])
    assert requests.get(f"{lab.url}/_sandbox/requests", timeout=10).json()["writes"] == before + 1


def test_a_batch_answers_each_action_for_itself_in_order(lab: "Lab") -> None:
    task = lab.task()
    results = lab.ada.post(
        "/batch",
        actions=[
            {"method": "get", "relative_path": f"/tasks/{task}", "options": {"fields": ["name"]}},
            {"method": "get", "relative_path": "/tasks/9"},
            {"method": "post", "relative_path": "/tasks", "data": {"name": "New", "projects": [lab.project]}},
            {"method": "get", "relative_path": f"/tasks?project={lab.project}", "options": {"limit": 1}},
        ],
    )
    assert [result["status_code"] for result in results] == [200, 404, 201, 200]
    assert results[0]["body"] == {"data": {"gid": task, "name": "Paint the shed"}}
    assert results[1]["body"]["errors"][0]["message"] == "task: Unknown object: 9"
    assert results[3]["body"]["next_page"]["offset"]


def test_a_batch_has_ten_actions_at_the_most(lab: "Lab") -> None:
    actions = [{"method": "get", "relative_path": "/users/me"}] * 11
    assert lab.ada.error(400, "POST", "/batch", {"actions": actions}) == "actions: A batch can have at most 10 actions"


def test_the_state_is_every_task_with_all_its_fields(lab: "Lab") -> None:
    task = lab.task(html_notes="<body><strong>x</strong></body>")
    lab.ada.call("DELETE", f"/tasks/{lab.task('Gone')}")
    (shown,) = lab.state()
    assert shown["gid"] == task
    assert shown["html_notes"] == "<body><strong>x</strong></body>"
    assert shown["memberships"][0]["section"]["name"] == "To Do"


def test_the_demo_has_its_share_of_the_backlog(lab: "Lab") -> None:
    requests.post(f"{lab.url}/_sandbox/reset", json={"seed": "demo"}, timeout=10).raise_for_status()
    tasks = lab.state()
    assert len(tasks) >= 10
    assert {task["memberships"][0]["section"]["name"] for task in tasks} >= {"Backlog", "In Progress", "Done"}
    assert all(task["completed"] == (task["memberships"][0]["section"]["name"] == "Done") for task in tasks)


def test_an_unknown_seed_is_refused(lab: "Lab") -> None:
    assert requests.post(f"{lab.url}/_sandbox/reset", json={"seed": "full"}, timeout=10).status_code == 400
