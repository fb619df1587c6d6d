"""The vendor's client talks to the sandbox over HTTP, and cannot tell."""

import io
from typing import TYPE_CHECKING, Any

import pytest
import requests
from jira import JIRA, JIRAError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def client(base: tuple[str, str]) -> "Iterator[JIRA]":
    product, url = base
    options: dict[str, Any] = {"rest_api_version": "3" if product == "cloud" else "2"}
    signed: dict[str, Any] = (
        {"basic_auth": ("ada@example.com", "sandbox-ada")} if product == "cloud" else {"token_auth": "sandbox-ada"}
    )
    client = JIRA(url, options=options, max_retries=0, timeout=(3.05, 30), **signed)
    yield client
    client.close()  # type: ignore[no-untyped-call]


def test_the_client_works_a_day_with_it(client: JIRA) -> None:
    cloud = client._is_cloud
    assert client.myself()["displayName"] == "Ada Lovelace"
    assert [project.key for project in client.projects()] == ["ENG"]
    assert {"Backlog", "In Review"} <= {status.name for status in client.statuses()}
    assert [priority.name for priority in client.priorities()] == ["Highest", "High", "Medium", "Low", "Lowest"]
    found = client.search_issues("project = ENG ORDER BY key", maxResults=5)
    assert [issue.key for issue in found] == [f"ENG-{number}" for number in range(1, 6)]
    everything = client.search_issues("project = ENG", maxResults=0)
    assert len(everything) > 10
    words: Any = {"type": "doc", "version": 1, "content": []} if cloud else "h1. Words"
    issue = client.create_issue(project="ENG", issuetype="Task", summary="By the client", description=words)
    assert {way["to"]["name"] for way in client.transitions(issue)} >= {"To Do"}
    for way in ("Plan", "Start progress", "Ask for review"):
        client.transition_issue(issue, way)
    with pytest.raises(JIRAError, match="Resolution is required"):
        client.transition_issue(issue, "Approve")
    client.transition_issue(issue, "Approve", fields={"resolution": {"name": "Done"}})
    issue = client.issue(issue.key, expand="changelog")
    assert (str(issue.fields.status), str(issue.fields.resolution)) == ("Done", "Done")
    assert len(issue.changelog.histories) == 4
    issue.update(fields={"labels": ["a"]}, notify=False)
    issue.update(summary="By the client, again")
    assert client.issue(issue.key).fields.summary == "By the client, again"
    issue.delete()  # type: ignore[no-untyped-call]
    with pytest.raises(JIRAError, match="does not exist"):
        client.issue(issue.key)


def test_the_client_hangs_things_on_an_issue(client: JIRA) -> None:
    issue = client.issue("ENG-1")
    body: Any = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": []}]}
    made = client.add_comment(issue, body if client._is_cloud else "Words")
    assert made.id in [comment.id for comment in client.comments(issue)]
    made.delete()
    file = client.add_attachment(issue, attachment=io.BytesIO(b"words"), filename="words.txt")
    assert file.get() == b"words"
    client.add_issue_property(issue, "pmsync", {"uid": "1"})
    assert client.issue_property(issue, "pmsync").value.uid == "1"
    client.create_issue_link("Blocks", "ENG-1", "ENG-2")
    assert client.issue("ENG-1").fields.issuelinks[0].outwardIssue.key == "ENG-2"
    link = client.add_simple_link(issue.key, {"url": "https://trello.com/c/1", "title": "The card"})
    assert link.id in [each.id for each in client.remote_links(issue)]


def test_a_dropped_create_has_happened_all_the_same(base: tuple[str, str]) -> None:
    product, url = base
    session = requests.Session()
    if product == "cloud":
        session.auth = ("ada@example.com", "sandbox-ada")
    else:
        session.headers["Authorization"] = "Bearer sandbox-ada"
    issue = {"project": {"key": "ENG"}, "issuetype": {"name": "Task"}, "summary": "Dropped"}
    with session:
        before = len(session.get(f"{url}/_sandbox/state").json())
        for seed in range(20):
            session.post(f"{url}/_sandbox/faults", json={"rate": 1, "kinds": ["reset"], "seed": seed})
            with pytest.raises(requests.ConnectionError):
                session.post(f"{url}/rest/api/2/issue", json={"fields": issue})
        session.post(f"{url}/_sandbox/faults", json={"rate": 0})
        after = len(session.get(f"{url}/_sandbox/state").json())
    assert 0 < after - before < 20, "some were cut off before the effect, some after it"
