"""The emulator's tasks: what writing does, what it leaves behind, and the traps of `modified_at`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

HOUR = 3600.0


def told(lab: "Lab", task: str) -> list[dict[str, Any]]:
    """The task's system stories, oldest first, in full."""
    stories = lab.ada.get(f"/tasks/{task}/stories")
    return [lab.ada.get(f"/stories/{story['gid']}") for story in stories if story["type"] == "system"]


def modified(lab: "Lab", task: str) -> str:
    return str(lab.ada.get(f"/tasks/{task}", opt_fields="modified_at")["modified_at"])


def test_a_move_goes_to_the_top_answers_nothing_and_does_not_touch_modified_at(lab: "Lab") -> None:
    first, second = lab.task("First", "Done"), lab.task("Second", "Backlog")
    before = modified(lab, second)
    lab.clock.advance(HOUR)
    answer = lab.ada.call("POST", f"/sections/{lab.sections['Done']}/addTask", {"task": second})
    assert answer == {"data": {}}
    assert [task["gid"] for task in lab.ada.get("/tasks", section=lab.sections["Done"])] == [second, first]
    assert lab.ada.get("/tasks", section=lab.sections["Backlog"]) == []
    assert modified(lab, second) == before
    assert not lab.ada.get(f"/tasks/{second}")["completed"]
    (story,) = told(lab, second)
    assert story["resource_subtype"] == "section_changed"
    assert (story["old_section"]["name"], story["new_section"]["name"]) == ("Backlog", "Done")


@pytest.mark.parametrize(
    ("data", "subtype", "details"),
    [
        ({"name": "New"}, "name_changed", {"old_name": "Paint the shed", "new_name": "New"}),
        ({"notes": "x"}, "notes_changed", {}),
        ({"completed": True}, "marked_complete", {}),
        ({"due_on": "2020-02-01"}, "due_date_changed", {}),
    ],
)
def test_an_edit_leaves_a_story_and_moves_modified_at(
    lab: "Lab", data: dict[str, Any], subtype: str, details: dict[str, Any]
) -> None:
    task = lab.task()
    before = modified(lab, task)
    lab.clock.advance(HOUR)
    lab.ada.put(f"/tasks/{task}", **data)
    assert modified(lab, task) > before
    (story,) = told(lab, task)
    assert story["resource_subtype"] == subtype
    assert story["created_by"]["name"] == "Ada Lovelace"
    assert {name: story[name] for name in details} == details


def test_writing_what_is_there_already_leaves_nothing(lab: "Lab") -> None:
    task = lab.task(notes="x")
    before = modified(lab, task)
    lab.clock.advance(HOUR)
    lab.ada.put(f"/tasks/{task}", name="Paint the shed", notes="x", completed=False)
    assert modified(lab, task) == before
    assert told(lab, task) == []


def test_assignees_and_custom_fields_tell_what_they_were(lab: "Lab") -> None:
    task = lab.task()
    priority, estimate = lab.customs["Priority"], lab.customs["Estimate"]
    lab.ada.put(f"/tasks/{task}", assignee="grace@example.com")
    lab.ada.put(f"/tasks/{task}", custom_fields={priority: lab.options["High"], estimate: 3})
    lab.ada.put(f"/tasks/{task}", assignee=None, custom_fields={priority: lab.options["Low"], estimate: "2.5"})
    stories = told(lab, task)
    assert [story["resource_subtype"] for story in stories] == [
        "assigned",
        "enum_custom_field_changed",
        "number_custom_field_changed",
        "unassigned",
        "enum_custom_field_changed",
        "number_custom_field_changed",
    ]
    assert stories[0]["assignee"]["name"] == "Grace Hopper"
    assert (stories[4]["old_enum_value"]["name"], stories[4]["new_enum_value"]["name"]) == ("High", "Low")
    assert (stories[5]["old_number_value"], stories[5]["new_number_value"]) == (3, 2.5)
    values = {each["name"]: each["display_value"] for each in lab.ada.get(f"/tasks/{task}")["custom_fields"]}
    assert values == {"Priority": "Low", "Estimate": "2.5"}


def test_an_enum_takes_only_its_own_enabled_options(lab: "Lab") -> None:
    task, priority = lab.task(), lab.customs["Priority"]
    lab.ada.put(f"/tasks/{task}", custom_fields={priority: lab.options["High"]})
    lab.ada.put(f"/enum_options/{lab.options['High']}", enabled=False)
    assert lab.ada.get(f"/tasks/{task}")["custom_fields"][0]["enum_value"]["enabled"] is False
    other = lab.task()
    lab.ada.error(400, "PUT", f"/tasks/{other}", {"custom_fields": {priority: lab.options["High"]}})
    lab.ada.error(400, "PUT", f"/tasks/{other}", {"custom_fields": {priority: "High"}})


def test_completion_has_its_time_and_its_person(lab: "Lab") -> None:
    task = lab.task()
    lab.clock.advance(HOUR)
    done = lab.ada.put(f"/tasks/{task}", completed=True)
    assert done["completed_at"] == "2020-01-06T10:00:00.000Z"
    assert lab.ada.get(f"/tasks/{task}", opt_fields="completed_by.name")["completed_by"]["name"] == "Ada Lovelace"
    assert lab.ada.put(f"/tasks/{task}", completed=False)["completed_at"] is None


def test_a_time_sets_its_date_and_a_date_clears_the_time(lab: "Lab") -> None:
    task = lab.task(due_at="2020-02-01T15:00:00+02:00")
    shown = lab.ada.get(f"/tasks/{task}")
    assert (shown["due_at"], shown["due_on"]) == ("2020-02-01T13:00:00.000Z", "2020-02-01")
    shown = lab.ada.put(f"/tasks/{task}", due_on="2020-02-03")
    assert (shown["due_at"], shown["due_on"]) == (None, "2020-02-03")
    assert lab.ada.put(f"/tasks/{task}", due_on="2020-02-03", start_on="2020-02-02")["start_on"] == "2020-02-02"


@pytest.mark.parametrize(
    "html",
    [
        "plain",
        "<body>open",
        "<p>x</p>",
        "<body><p>x</p></body>",
        "<body>a<br/>b</body>",
        "<body><div>x</div></body>",
        '<body><strong class="x">x</strong></body>',
        "<body>a & b</body>",
        "<body><li>x</li></body>",
        "<body><a>x</a></body>",
        "<body><body>x</body></body>",
        '<!DOCTYPE x [<!ENTITY a "b">]><body>&a;</body>',
    ],
)
def test_rich_text_that_breaks_the_rules_is_refused(lab: "Lab", html: str) -> None:
    task = lab.task()
    assert lab.ada.error(400, "PUT", f"/tasks/{task}", {"html_notes": html}).startswith("html_notes: ")


def test_rich_text_is_kept_and_notes_are_its_plain_projection(lab: "Lab") -> None:
    html = "<body><h1>Why</h1>One <strong>two</strong> &amp; three\n<ul><li>a</li><li>b</li></ul>end</body>"
    task = lab.task(html_notes=html)
    shown = lab.ada.get(f"/tasks/{task}", opt_fields="notes,html_notes")
    assert shown["html_notes"] == html
    assert shown["notes"].splitlines()[0] == "Why"
    assert "One two & three" in shown["notes"]
    assert "• a" in shown["notes"]


def test_writing_notes_destroys_the_formatting(lab: "Lab") -> None:
    task = lab.task(html_notes="<body><strong>x</strong></body>")
    lab.ada.put(f"/tasks/{task}", notes="a < b\u00a0c")
    shown = lab.ada.get(f"/tasks/{task}", opt_fields="notes,html_notes")
    assert shown == {"gid": task, "notes": "a < b\u00a0c", "html_notes": "<body>a &lt; b\u00a0c</body>"}


def test_mentions_are_filled_in_and_other_links_left_alone(lab: "Lab") -> None:
    ada, other = lab.ada.get("/users/me")["gid"], lab.task("Buy milk")
    html = (
        f'<body><a data-asana-gid="{ada}"/> <a href="https://app.asana.com/0/1/{other}">x</a> '
        f'<a data-asana-gid="{other}" data-asana-dynamic="false">this</a> <a href="https://x.y/">y</a></body>'
    )
    shown = lab.ada.get(f"/tasks/{lab.task(html_notes=html)}", opt_fields="html_notes")["html_notes"]
    assert 'data-asana-type="user"' in shown
    assert ">@Ada Lovelace</a>" in shown
    assert ">Buy milk</a>" in shown
    assert ">this</a>" in shown
    assert '<a href="https://x.y/">y</a>' in shown
    lab.ada.error(
        400, "POST", "/tasks", {"projects": [lab.project], "html_notes": '<body><a data-asana-gid="9"/></body>'}
    )


def test_comments_allow_less_and_belong_to_their_authors(lab: "Lab") -> None:
    task, grace = lab.task(), lab.user("grace")
    before = modified(lab, task)
    lab.clock.advance(HOUR)
    story = lab.ada.post(f"/tasks/{task}/stories", html_text="<body><em>Hm</em></body>")
    assert (story["text"], story["type"], story["resource_subtype"]) == ("Hm", "comment", "comment_added")
    assert modified(lab, task) > before
    lab.ada.error(400, "POST", f"/tasks/{task}/stories", {"html_text": "<body><h1>x</h1></body>"})
    grace.error(403, "PUT", f"/stories/{story['gid']}", {"text": "x"})
    assert lab.ada.put(f"/stories/{story['gid']}", text="Oh")["text"] == "Oh"
    lab.ada.call("DELETE", f"/stories/{story['gid']}")
    assert lab.ada.get(f"/tasks/{task}/stories") == []


def test_tags_belong_to_the_workspace_and_may_share_a_name(lab: "Lab") -> None:
    here = f"/workspaces/{lab.workspace}/tags"
    first, second = lab.ada.post(here, name="bug")["gid"], lab.ada.post(here, name="bug")["gid"]
    assert [tag["gid"] for tag in lab.ada.get(here)] == [first, second]
    task = lab.task(tags=[first])
    assert lab.ada.call("POST", f"/tasks/{task}/addTag", {"tag": second}) == {"data": {}}
    assert lab.ada.call("POST", f"/tasks/{task}/removeTag", {"tag": first}) == {"data": {}}
    assert [tag["gid"] for tag in lab.ada.get(f"/tasks/{task}")["tags"]] == [second]
    assert [each["gid"] for each in lab.ada.get("/tasks", tag=second)] == [task]


def test_subtasks_are_in_no_project_unless_they_are_put_there(lab: "Lab") -> None:
    parent = lab.task("Parent")
    child = lab.ada.post(f"/tasks/{parent}/subtasks", name="Child")["gid"]
    assert [task["gid"] for task in lab.ada.get("/tasks", project=lab.project)] == [parent]
    assert [task["gid"] for task in lab.ada.get(f"/tasks/{parent}/subtasks")] == [child]
    lab.ada.post(f"/tasks/{child}/addProject", project=lab.project, section=lab.sections["Done"])
    assert len(lab.ada.get("/tasks", project=lab.project)) == 2
    lab.ada.error(400, "POST", f"/tasks/{parent}/setParent", {"parent": child})
    assert lab.ada.post(f"/tasks/{child}/setParent", parent=None)["parent"] is None
    assert lab.ada.get(f"/tasks/{parent}", opt_fields="num_subtasks")["num_subtasks"] == 0


def test_deleted_tasks_are_gone_from_everywhere(lab: "Lab") -> None:
    parent = lab.task("Parent")
    child = lab.ada.post(f"/tasks/{parent}/subtasks", name="Child", projects=[lab.project])["gid"]
    assert lab.ada.call("DELETE", f"/tasks/{parent}") == {"data": {}}
    for gid in (parent, child):
        assert lab.ada.error(404, "GET", f"/tasks/{gid}") == f"task: Unknown object: {gid}"
    assert lab.ada.get("/tasks", project=lab.project) == []


def test_lists_can_be_narrowed_by_time(lab: "Lab") -> None:
    old, ticked = lab.task("Old"), lab.task("Ticked")
    lab.clock.advance(HOUR)
    lab.ada.put(f"/tasks/{ticked}", completed=True)
    lab.clock.advance(HOUR)
    new = lab.task("New")

    def listed(**query: str) -> list[str]:
        return [task["gid"] for task in lab.ada.get("/tasks", project=lab.project, **query)]

    assert listed(modified_since="2020-01-06T10:00:00.000Z") == [ticked, new]
    assert listed(modified_since="2020-01-06T11:00:00") == [new]
    assert listed(completed_since="now") == [old, new]
    assert listed(completed_since="2020-01-06T09:30:00Z") == [old, ticked, new]
    lab.ada.error(400, "GET", f"/tasks?project={lab.project}&modified_since=yesterday")


def test_search_may_be_late_has_no_pages_and_costs_money(lab: "Lab", labs: Callable[..., "Lab"]) -> None:
    task, path = lab.task("Rare words"), f"/workspaces/{lab.workspace}/tasks/search"
    lab.faults("lag", lag=60)
    assert lab.ada.get(path, text="rare") == []
    lab.clock.advance(60)
    assert lab.ada.get(path, text="rare") != []
    lab.faults()
    query = {"projects.any": lab.project, "completed": "false"}
    assert [found["gid"] for found in lab.ada.get(path, text="rare", **query)] == [task]
    assert lab.ada.get(path, text="rarest") == []
    lab.ada.error(400, "GET", f"{path}?offset=x")
    free = labs(plan="free")
    free.ada.error(402, "GET", f"/workspaces/{free.workspace}/tasks/search?text=x")
    free.ada.error(402, "GET", f"/projects/{free.project}/custom_field_settings")


def test_attachments_are_files_and_links(lab: "Lab") -> None:
    task, headers = lab.task(), {"Authorization": "Bearer sandbox-ada"}
    url = f"{lab.url}/api/1.0/attachments"
    sent = requests.post(url, headers=headers, data={"parent": task}, files={"file": ("a.txt", b"hello")}, timeout=10)
    assert (sent.json()["data"]["name"], sent.json()["data"]["size"]) == ("a.txt", 5)
    link = {"parent": task, "resource_subtype": "external", "url": "https://x.y/", "name": "y"}
    requests.post(url, headers=headers, data=link, timeout=10).raise_for_status()
    shown = lab.ada.get("/attachments", parent=task, opt_fields="name,host,view_url")
    assert [each["host"] for each in shown] == ["asana", "external"]
    assert shown[1]["view_url"] == "https://x.y/"


def test_a_removed_member_sees_the_project_no_more(lab: "Lab") -> None:
    grace, task = lab.user("grace"), lab.task()
    grace.get(f"/tasks/{task}")
    lab.ada.post(f"/projects/{lab.project}/removeMembers", members="grace@example.com")
    assert grace.error(403, "GET", f"/tasks/{task}") == "You do not have access to this task."
    assert grace.get("/projects") == []


def test_external_data_is_for_apps(labs: Callable[..., "Lab"]) -> None:
    lab = labs(auth="oauth")
    task = lab.task(external={"gid": "x", "data": "y"})
    shown = lab.ada.get(f"/tasks/{task}", opt_fields="external")
    assert shown["external"] == {"gid": "x", "data": "y"}
