"""Creating, editing and moving issues: what is taken, what is refused in which words, and what history tells."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira

_NOT_SET = "Field '{0}' cannot be set. It is not on the appropriate screen, or unknown."


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("summary", "two\nlines", "The summary is invalid because it contains newline characters."),
        ("summary", "x" * 256, "Summary must be less than 255 characters."),
        ("summary", "  ", "You must specify a summary of the issue."),
        ("summary", None, "You must specify a summary of the issue."),
        ("description", "plain", "Operation value must be an Atlassian Document"),
        ("labels", ["x y"], "The label 'x y' contains spaces which is invalid."),
        ("labels", ["x" * 256], "The label "),
        ("priority", {"name": "Urgent"}, "The priority selected is invalid."),
        ("assignee", {"id": "ghost"}, "User 'ghost' does not exist."),
        ("assignee", {"name": "ada"}, "expected Object containing a 'accountId' property"),
        ("duedate", "12/31/2026", "Error parsing date string: 12/31/2026"),
        ("duedate", "2026-02-30", "Error parsing date string: 2026-02-30"),
        ("customfield_10016", "three", "Operation value must be a number"),
        ("parent", {"key": "ENG-99"}, "Could not find valid parent"),
        ("resolution", {"name": "Done"}, _NOT_SET.format("resolution")),
        ("status", {"name": "Done"}, _NOT_SET.format("status")),
        ("customfield_99999", 1, _NOT_SET.format("customfield_99999")),
    ],
)
def test_a_bad_value_is_named_and_nothing_is_changed(cloud: "Jira", field: str, value: Any, message: str) -> None:
    key = cloud.create("Good", labels=["kept"])
    answer = cloud.put(f"/issue/{key}", {"fields": {field: value, "priority": {"id": "1"}} | {field: value}})
    assert answer.status == 400
    assert answer.json["errors"][field].startswith(message)
    assert cloud.fields(key)["priority"]["name"] == "Medium"
    assert cloud.get(f"/issue/{key}/changelog").json["total"] == 0


def test_documents_are_judged(cloud: "Jira") -> None:
    key = cloud.create()
    long = cloud.text("x" * 32_800)
    refused = cloud.put(f"/issue/{key}", {"fields": {"description": long}})
    assert "32,767 characters" in refused.json["errors"]["description"]
    bad = {"type": "doc", "version": 1, "content": [{"type": "text", "text": "no paragraph"}]}
    assert cloud.put(f"/issue/{key}", {"fields": {"description": bad}}).json["errorMessages"] == ["INVALID_INPUT"]
    comment = cloud.post(f"/issue/{key}/comment", {"body": bad})
    assert (comment.status, comment.json["errors"]) == (400, {"comment": "Comment body is not valid!"})
    good = cloud.text("One\n\nTwo")
    assert cloud.put(f"/issue/{key}", {"fields": {"description": good}}).status == 204
    assert cloud.fields(key)["description"] == good
    assert cloud.get(f"/rest/api/2/issue/{key}").json["fields"]["description"] == "One\n\nTwo"


def test_every_bad_field_is_named_at_once(cloud: "Jira") -> None:
    answer = cloud.post("/issue", {"fields": {}})
    assert answer.json == {"errorMessages": [], "errors": {"project": "Specify a valid project ID or key"}}
    fields = {"project": {"key": "ENG"}, "issuetype": {"name": "Task"}, "summary": "a\nb", "labels": ["x y"], "team": 1}
    assert cloud.post("/issue", {"fields": fields}).json["errors"].keys() == {"summary", "labels", "team"}


def test_a_bulk_tells_successes_in_order_and_failures_by_number(cloud: "Jira") -> None:
    good = {"project": {"key": "ENG"}, "issuetype": {"id": "10002"}}
    updates = [{"fields": good | {"summary": summary}} for summary in ("one", "two\nlines", "three")]
    answer = cloud.post("/issue/bulk", {"issueUpdates": updates})
    assert answer.status == 201
    assert [issue["key"] for issue in answer.json["issues"]] == ["ENG-1", "ENG-2"]
    (error,) = answer.json["errors"]
    assert (error["failedElementNumber"], error["status"]) == (1, 400)
    assert error["elementErrors"]["errors"].keys() == {"summary"}
    assert cloud.post("/issue/bulk", {"issueUpdates": updates[1:2]}).status == 400
    assert cloud.post("/issue/bulk", {"issueUpdates": updates[:1] * 51}).status == 400
    assert cloud.fields("ENG-2")["summary"] == "three"


def test_a_create_takes_properties_and_a_transition_along(cloud: "Jira") -> None:
    fields = {"project": {"key": "ENG"}, "issuetype": {"id": "10002"}, "summary": "Born planned"}
    marked = {"fields": fields, "properties": [{"key": "pmsync", "value": {"uid": "42"}}], "transition": {"id": "11"}}
    made = cloud.post("/issue", marked)
    assert made.json["transition"]["status"] == 200
    issue = cloud.get("/issue/ENG-1", query={"properties": "pmsync"}).json
    assert issue["properties"] == {"pmsync": {"uid": "42"}}
    assert issue["fields"]["status"]["name"] == "To Do"
    failed = cloud.post("/issue", {"fields": fields, "transition": {"id": "81"}})
    assert (failed.status, failed.json["transition"]["status"]) == (201, 400)
    assert cloud.fields(failed.json["key"])["status"]["name"] == "Backlog"


def test_labels_are_replaced_or_added_to(cloud: "Jira") -> None:
    key = cloud.create(labels=["a", "b"])
    cloud.put(f"/issue/{key}", {"update": {"labels": [{"add": "c"}, {"remove": "a"}]}})
    assert cloud.fields(key)["labels"] == ["b", "c"]
    cloud.put(f"/issue/{key}", {"fields": {"labels": ["d"]}})
    assert cloud.fields(key)["labels"] == ["d"]
    both = {"fields": {"labels": []}, "update": {"labels": [{"add": "x"}]}}
    assert cloud.put(f"/issue/{key}", both).status == 400


def test_an_edit_that_changes_nothing_leaves_no_trace(cloud: "Jira") -> None:
    key = cloud.create("Same")
    before = cloud.fields(key)["updated"]
    cloud.clock.advance(5)
    assert cloud.put(f"/issue/{key}", {"fields": {"summary": "Same"}}).status == 204
    cloud.put(f"/issue/{key}/properties/pmsync", {"uid": "1"})
    assert cloud.fields(key)["updated"] == before
    assert cloud.get(f"/issue/{key}/changelog").json["values"] == []


def test_history_tells_who_changed_what_from_what(cloud: "Jira") -> None:
    key = cloud.create("Before", duedate="2026-05-20", labels=["a"])
    cloud.clock.advance(1.5)
    ada = cloud.get("/myself").json["accountId"]
    edit = {
        "fields": {"summary": "After", "duedate": "2026-06-01", "assignee": {"id": ada}, "labels": ["a", "b"]},
        "historyMetadata": {"type": "pmsync", "extraData": {"run": "7"}},
    }
    cloud.put(f"/issue/{key}", edit, user="grace")
    (entry,) = cloud.get(f"/issue/{key}/changelog").json["values"]
    assert entry["author"]["displayName"] == "Grace Hopper"
    assert entry["created"] == "2026-05-11T09:00:01.500+0000"
    assert entry["historyMetadata"]["extraData"] == {"run": "7"}
    told = {
        item["fieldId"]: (item["from"], item["fromString"], item["to"], item["toString"]) for item in entry["items"]
    }
    assert told == {
        "summary": (None, "Before", None, "After"),
        "duedate": ("2026-05-20", "2026-05-20 00:00:00.0", "2026-06-01", "2026-06-01 00:00:00.0"),
        "assignee": (None, None, ada, "Ada Lovelace"),
        "labels": ("", "a", "", "a b"),
    }
    cloud.put(f"/issue/{key}", {"fields": {"summary": "Again"}})
    newest = cloud.get(f"/issue/{key}", query={"expand": "changelog"}).json["changelog"]["histories"]
    assert [history["items"][0]["toString"] for history in newest] == ["Again", "After"]
    bulk = cloud.post("/changelog/bulkfetch", {"issueIdsOrKeys": [key], "fieldIds": ["summary"], "maxResults": 1}).json
    (first,) = bulk["issueChangeLogs"][0]["changeHistories"]
    assert first["created"] == 1778490001500
    assert [item["fieldId"] for item in first["items"]] == ["summary"]
    assert bulk["nextPageToken"]


def test_the_workflow_is_not_any_to_any(cloud: "Jira") -> None:
    key = cloud.create()

    def ways() -> set[str]:
        offered = cloud.get(f"/issue/{key}/transitions").json["transitions"]
        return {way["to"]["name"] for way in offered}

    assert ways() == {"To Do", "Selected for Development", "Won't Do"}
    cloud.move(key, "11")
    assert ways() == {"Backlog", "In Progress", "Won't Do"}
    cloud.move(key, "41")
    assert ways() == {"To Do", "In Review", "Blocked", "Won't Do"}
    straight = cloud.post(f"/issue/{key}/transitions", {"transition": {"id": "81"}})
    assert straight.json["errorMessages"] == ["Transition id '81' is not valid for this issue."]
    cloud.move(key, "61")
    assert ways() == {"In Progress", "Done"}
    without = cloud.post(f"/issue/{key}/transitions", {"transition": {"id": "81"}})
    assert (without.status, without.json["errors"]) == (400, {"resolution": "Resolution is required."})
    off_screen = {"transition": {"id": "81"}, "fields": {"resolution": {"name": "Done"}, "summary": "x"}}
    assert cloud.post(f"/issue/{key}/transitions", off_screen).json["errors"]["summary"] == _NOT_SET.format("summary")
    cloud.move(key, "81", resolution={"name": "Done"})
    done = cloud.fields(key)
    assert (done["status"]["name"], done["resolution"]["name"]) == ("Done", "Done")
    assert done["resolutiondate"] is not None
    cloud.move(key, "111")
    reopened = cloud.fields(key)
    assert (reopened["status"]["name"], reopened["resolution"], reopened["resolutiondate"]) == ("To Do", None, None)


def test_a_screen_says_what_it_needs(cloud: "Jira") -> None:
    key = cloud.create()
    offered = cloud.get(f"/issue/{key}/transitions", query={"expand": "transitions.fields"}).json["transitions"]
    screens = {way["name"]: way["fields"] for way in offered}
    assert screens["Plan"] == {}
    assert screens["Won't do"]["resolution"]["required"] is True
    assert {value["name"] for value in screens["Won't do"]["resolution"]["allowedValues"]} >= {"Done", "Won't Do"}


def test_a_transition_can_carry_a_comment(cloud: "Jira") -> None:
    key = cloud.create()
    sent = {"transition": {"id": "11"}, "update": {"comment": [{"add": {"body": cloud.text("Off we go")}}]}}
    assert cloud.post(f"/issue/{key}/transitions", sent).status == 204
    assert cloud.get(f"/issue/{key}/comment").json["total"] == 1


def test_a_contested_write_is_a_conflict_once(cloud: "Jira") -> None:
    key = cloud.create()
    cloud.emulator.contest(key)
    assert cloud.post(f"/issue/{key}/transitions", {"transition": {"id": "11"}}).status == 409
    assert cloud.fields(key)["status"]["name"] == "Backlog"
    cloud.move(key, "11")


def test_parents_keep_to_the_hierarchy(cloud: "Jira") -> None:
    epic = cloud.create(issuetype={"name": "Epic"})
    story = cloud.create(issuetype={"name": "Story"}, parent={"key": epic})
    assert cloud.fields(story)["parent"]["key"] == epic
    for kind, parent in (("Story", story), ("Sub-task", epic), ("Sub-task", None)):
        fields = {"project": {"key": "ENG"}, "issuetype": {"name": kind}, "summary": "x"}
        fields |= {"parent": {"key": parent}} if parent else {}
        assert cloud.post("/issue", {"fields": fields}).status == 400
    part = cloud.create(issuetype={"name": "Sub-task"}, parent={"key": story})
    assert [child["key"] for child in cloud.fields(story)["subtasks"]] == [part]
    assert cloud.delete(f"/issue/{story}").status == 400
    assert cloud.delete(f"/issue/{story}", query={"deleteSubtasks": "True"}).status == 204
    assert cloud.get(f"/issue/{part}").status == 404
    cloud.put(f"/issue/{epic}", {"fields": {"summary": "Alone"}})


def test_comments_come_in_pages_and_move_the_date_of_change(cloud: "Jira") -> None:
    key = cloud.create()
    for number in range(5):
        cloud.clock.advance(1)
        cloud.post(f"/issue/{key}/comment", {"body": cloud.text(f"Number {number}")})
    assert cloud.fields(key)["updated"] == "2026-05-11T09:00:05.000+0000"
    page = cloud.get(f"/issue/{key}/comment", query={"startAt": 1, "maxResults": 2, "orderBy": "-created"}).json
    assert (page["total"], page["startAt"], page["maxResults"]) == (5, 1, 2)
    assert [comment["body"]["content"][0]["content"][0]["text"] for comment in page["comments"]] == [
        "Number 3",
        "Number 2",
    ]


def test_an_archived_issue_leaves_the_search_and_cannot_be_changed(cloud: "Jira") -> None:
    key = cloud.create()
    assert cloud.put("/issue/archive", {"issueIdsOrKeys": [key]}).status == 403
    assert cloud.put("/issue/archive", {"issueIdsOrKeys": [key]}, user="pmsync").json["numberOfIssuesUpdated"] == 1
    assert cloud.keys("project = ENG") == []
    assert cloud.put(f"/issue/{key}", {"fields": {"summary": "x"}}).status == 400
    assert cloud.fields(key)["archivedby"]["displayName"]
    assert cloud.fields(key)["archiveddate"] == cloud.fields(key)["updated"]
    assert cloud.put("/issue/unarchive", {"issueIdsOrKeys": [key]}, user="pmsync").json["numberOfIssuesUpdated"] == 1
    assert not {"archiveddate", "archivedby"} & cloud.fields(key).keys()


def test_the_fence_of_the_project_is_for_administrators(cloud: "Jira") -> None:
    here = "/project/ENG/properties/pmsync"
    assert cloud.put(here, {"epoch": 1}).status == 403
    assert cloud.put(here, {"epoch": 1}, user="pmsync").status == 201
    assert cloud.get(here).json == {"key": "pmsync", "value": {"epoch": 1}}


def test_an_unread_body_is_refused(cloud: "Jira") -> None:
    assert cloud.call("POST", "/issue", headers={"Content-Type": "application/json"}).status == 400
    assert cloud.post("/issue", ["no", "object"]).status == 400
