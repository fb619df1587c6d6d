"""The vendor's own client, as it comes, against the emulator."""

import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import asana
import pytest
import urllib3
from asana.rest import ApiException

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab


@pytest.fixture
def api(lab: "Lab") -> Iterator[Any]:
    handlers = [(logging.getLogger(name), list(logging.getLogger(name).handlers)) for name in ("asana", "urllib3")]
    configuration = asana.Configuration()
    configuration.host = f"{lab.url}/api/1.0"
    configuration.access_token = "sandbox-grace"
    configuration.retry_strategy = urllib3.Retry(0, raise_on_status=False)
    client = asana.ApiClient(configuration)
    yield client
    client.pool.close()
    client.pool.join()
    client.rest_client.pool_manager.clear()
    for logger, before in handlers:
        logger.handlers[:] = before


def test_who_am_i_and_where(lab: "Lab", api: Any) -> None:
    me = asana.UsersApi(api).get_user("me", {})
    assert (me["name"], me["email"]) == ("Grace Hopper", "grace@example.com")
    (project,) = asana.ProjectsApi(api).get_projects({"workspace": me["workspaces"][0]["gid"], "archived": False})
    assert project["gid"] == lab.project
    names = [section["name"] for section in asana.SectionsApi(api).get_sections_for_project(lab.project, {})]
    assert names == ["Backlog", "To Do", "In Progress", "Done"]


def test_lists_are_paged_by_the_client_itself(lab: "Lab", api: Any) -> None:
    tasks = lab.fill(25)
    opts = {"project": lab.project, "limit": 10, "opt_fields": "name,completed"}
    assert [task["gid"] for task in asana.TasksApi(api).get_tasks(opts)] == tasks
    assert lab.asked()["GET /tasks"] == 3


def test_a_task_is_made_changed_moved_and_deleted(lab: "Lab", api: Any) -> None:
    tasks = asana.TasksApi(api)
    task = tasks.create_task({"data": {"name": "Buy milk", "projects": [lab.project]}}, {})
    assert tasks.update_task({"data": {"completed": True}}, task["gid"], {})["completed"] is True
    body = {"body": {"data": {"task": task["gid"]}}}
    assert asana.SectionsApi(api).add_task_for_section(lab.sections["Done"], body) == {}
    tag = asana.TagsApi(api).create_tag_for_workspace({"data": {"name": "food"}}, lab.workspace, {})
    tasks.add_tag_for_task({"data": {"tag": tag["gid"]}}, task["gid"])
    stories = asana.StoriesApi(api).get_stories_for_task(task["gid"], {})
    assert {story["resource_subtype"] for story in stories} == {
        "marked_complete",
        "section_changed",
        "added_to_tag",
    }
    tasks.delete_task(task["gid"])
    with pytest.raises(ApiException) as caught:
        tasks.get_task(task["gid"], {})
    assert caught.value.status == 404
    assert json.loads(caught.value.body)["errors"][0]["message"] == f"task: Unknown object: {task['gid']}"


def test_events_begin_with_the_refusal_that_holds_the_token(lab: "Lab", api: Any) -> None:
    events = asana.EventsApi(api)
    with pytest.raises(ApiException) as caught:
        events.get_events(lab.project, {}, full_payload=True)
    assert caught.value.status == 412
    sync = json.loads(caught.value.body)["sync"]
    lab.task()
    answer = events.get_events(lab.project, {"sync": sync}, full_payload=True)
    assert answer["data"]
    assert answer["has_more"] is False


def test_batches_go_through_the_client(lab: "Lab", api: Any) -> None:
    action = {"relative_path": f"/tasks/{lab.task()}", "method": "get", "options": {"fields": ["name"]}}
    (result,) = asana.BatchAPIApi(api).create_batch_request({"data": {"actions": [action]}}, {})
    assert result["body"]["data"]["name"] == "Paint the shed"
