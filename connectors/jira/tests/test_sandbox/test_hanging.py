"""What hangs on issues: who sees a comment, how many come with an issue, where a file is."""

import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira

FORGERS = {"X-Atlassian-Token": "no-check"}


def attach(jira: "Jira", key: str, name: str = "words.txt", content: bytes = b"words") -> Any:
    files = {"file": (io.BytesIO(content), name)}
    answer = jira.call("POST", f"/issue/{key}/attachments", files=files, headers=FORGERS)
    assert answer.status == 200
    return answer.json[0]


def shown(jira: "Jira", key: str, user: str = "ada") -> Any:
    return jira.get(f"/issue/{key}", user=user).json["fields"]["comment"]


@pytest.mark.parametrize(("kind", "name"), [("role", "Administrators"), ("group", "jira-administrators")])
def test_a_comment_for_a_role_or_group_is_seen_by_its_members_alone(cloud: "Jira", kind: str, name: str) -> None:
    key = cloud.create()
    here = f"/issue/{key}/comment"
    body = {"body": cloud.text("Hush"), "visibility": {"type": kind, "value": name}}
    made = cloud.post(here, body, user="pmsync")
    assert made.json["visibility"]["value"] == name
    one = f"{here}/{made.json['id']}"
    assert cloud.get(one, user="pmsync").status == 200
    assert cloud.get(one).status == 404
    assert cloud.get(here).json["total"] == shown(cloud, key)["total"] == 0
    assert shown(cloud, key, "pmsync")["total"] == 1
    assert cloud.post(here, body | {"visibility": {"type": kind, "value": "Nobody"}}).status == 400


def test_an_internal_note_is_told_from_what_customers_read(cloud: "Jira") -> None:
    cloud.emulator.serve_customers()
    key = cloud.create()
    internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
    for more in ({}, {"properties": internal}):
        assert cloud.post(f"/issue/{key}/comment", {"body": cloud.text("Words"), **more}).status == 201
    assert [comment["jsdPublic"] for comment in shown(cloud, key)["comments"]] == [True, False]
    assert cloud.fields(key)["project"]["projectTypeKey"] == "service_desk"


def test_many_issues_come_with_some_of_their_comments_and_one_with_all(cloud: "Jira") -> None:
    key = cloud.create()
    for number in range(23):
        cloud.clock.advance(1)
        cloud.post(f"/issue/{key}/comment", {"body": cloud.text(f"Comment {number}")})
    body = {"issueIdsOrKeys": [key], "fields": ["comment"]}
    (issue,) = cloud.post("/issue/bulkfetch", body).json["issues"]
    some = issue["fields"]["comment"]
    assert (len(some["comments"]), some["total"]) == (20, 23)
    assert len(shown(cloud, key)["comments"]) == 23


def test_what_comes_and_goes_is_in_the_history(cloud: "Jira") -> None:
    key, other = cloud.create(), cloud.create()
    file = attach(cloud, key)
    cloud.delete(f"/attachment/{file['id']}")
    ends = {"inwardIssue": {"key": key}, "outwardIssue": {"key": other}}
    cloud.post("/issueLink", {"type": {"name": "Blocks"}} | ends)
    told = [item for entry in cloud.get(f"/issue/{key}/changelog").json["values"] for item in entry["items"]]
    assert [(item["field"], item["fromString"], item["toString"]) for item in told] == [
        ("Attachment", None, "words.txt"),
        ("Attachment", "words.txt", None),
        ("Link", None, f"This work item blocks {other}"),
    ]


def test_the_media_host_takes_no_credentials(cloud: "Jira") -> None:
    file = attach(cloud, cloud.create())
    place = cloud.get(f"/attachment/content/{file['id']}").headers["Location"]
    path = place[place.index("/secure/") :]
    assert cloud.get(path, user=None).data == b"words"
    assert cloud.get(path).status == 400


def test_a_data_center_has_files_behind_its_sign_in(data_center: "Jira") -> None:
    file = attach(data_center, data_center.create(), "a b.txt")
    path = file["content"][file["content"].index("/secure/") :]
    assert path == f"/secure/attachment/{file['id']}/a%20b.txt"
    assert data_center.get(path).data == b"words"
    stranger = data_center.get(path, user=None)
    assert stranger.status == 302
    assert "login.jsp" in stranger.headers["Location"]
