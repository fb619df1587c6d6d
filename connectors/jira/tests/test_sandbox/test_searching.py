"""Searching: the language, the pages, and an index that can be late."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from pmsync.sandbox.faults import Faults, Kind
from pmsync_jira.sandbox.records import millis

if TYPE_CHECKING:
    from connectors.jira.tests.test_sandbox.conftest import Jira


@pytest.fixture
def backlog(cloud: "Jira") -> "Jira":
    """ENG-1 is an epic, ENG-2 its story, ENG-3 a bug in progress of Grace's, ENG-4 a task that is done."""
    grace = cloud.get("/myself", user="grace").json["accountId"]
    cloud.create("Refunds", issuetype={"name": "Epic"}, labels=["roadmap"])
    cloud.clock.advance(60)
    cloud.create("Partial refunds", issuetype={"name": "Story"}, parent={"key": "ENG-1"}, priority={"name": "High"})
    cloud.clock.advance(60)
    cloud.create("Double charge", issuetype={"name": "Bug"}, assignee={"id": grace}, labels=["money", "roadmap"])
    cloud.move("ENG-3", "11", "41")
    cloud.clock.advance(60)
    cloud.create("Write the manual", user="linus", duedate="2026-05-20", description=cloud.text("For merchants"))
    cloud.move("ENG-4", "11", "41", "61", "81", resolution={"name": "Done"})
    return cloud


@pytest.mark.parametrize(
    ("jql", "numbers"),
    [
        ("project = ENG ORDER BY key", [1, 2, 3, 4]),
        ("project = eng", [4, 3, 2, 1]),
        ('project = "Engineering" AND labels = roadmap ORDER BY key', [1, 3]),
        ("labels in (money, roadmap) ORDER BY key ASC", [1, 3]),
        ("labels != money AND project = ENG", [1]),  # those without a label are in no negation
        ("labels is EMPTY ORDER BY key", [2, 4]),
        ("labels not in (money) OR labels is EMPTY ORDER BY key", [1, 2, 4]),
        ('status = "In Progress"', [3]),
        ("status in (Done, 'Won\\'t Do')", [4]),
        ("statusCategory = Done", [4]),
        ('statusCategory != "To Do" ORDER BY key', [3, 4]),
        ("statusCategory = indeterminate", [3]),
        ("NOT (statusCategory = Done) AND issuetype != Epic ORDER BY key", [2, 3]),
        ("assignee = currentUser()", []),
        ("assignee is not EMPTY", [3]),
        ("assignee = EMPTY ORDER BY key", [1, 2, 4]),
        ("creator = currentUser() ORDER BY created", [1, 2, 3]),
        ("reporter = 'Linus Pauling'", [4]),
        ("issuetype in (Bug, Story) ORDER BY priority DESC", [2, 3]),
        ("priority >= High", [2]),
        ("parent = ENG-1", [2]),
        ("key in (ENG-1, ENG-3) ORDER BY id", [1, 3]),
        ("issuekey = eng-2 OR id = 10003 ORDER BY key", [2, 4]),
        ("key > ENG-2 ORDER BY key", [3, 4]),
        ('summary ~ "refunds" ORDER BY key', [1, 2]),
        ('summary ~ "refund*" AND issuetype = Story', [2]),
        ('summary ~ "\\"double charge\\""', [3]),
        ("text ~ merchants", [4]),
        ("due <= 2026-05-20", [4]),
        ("due is EMPTY AND key != ENG-1 ORDER BY key DESC", [3, 2]),
        ("resolution = Done", [4]),
        ("created >= -1m OR project = ENG ORDER BY key", [1, 2, 3, 4]),
        ("updated >= -1m ORDER BY updated ASC, key ASC", [3, 4]),
        ("project = ENG order by status, key desc", [2, 1, 3, 4]),
    ],
)
def test_the_language_finds(backlog: "Jira", jql: str, numbers: list[int]) -> None:
    assert backlog.keys(jql) == [f"ENG-{number}" for number in numbers]


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("", "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."),
        ("order by key desc", "Unbounded JQL queries are not allowed here."),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Nowhere", "The value 'Nowhere' does not exist for the field 'status'."),
        ("assignee = ghost", "The value 'ghost' does not exist for the field 'assignee'."),
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        ('issue.property[pmsync].uid = "1"', "Field 'issue.property[pmsync].uid' does not exist"),
        ("key = ENG-99", "An issue with key 'ENG-99' does not exist for field 'key'."),
        ("project ENG", "Error in the JQL Query: Expecting operator but got 'ENG'."),
        ("project = ENG AND", "Error in the JQL Query: Expecting field name but the query ended."),
        ("project = ENG labels = x", "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'labels'."),
        ("(project = ENG", "Error in the JQL Query: Expecting ')'"),
        ("project ~ ENG", "The operator '~' is not supported by the 'project' field."),
        ("updated >= '2026-05-11T09:00:00Z'", "Date value '2026-05-11T09:00:00Z' for field 'updated' is invalid."),
        ("updated >= '1778490000000'", "Date value '1778490000000' for field 'updated' is invalid."),
        ("project = ENG ORDER BY colour", "Field 'colour' does not exist"),
    ],
)
def test_the_language_refuses(backlog: "Jira", jql: str, message: str) -> None:
    answer = backlog.search(jql)
    assert answer.status == 400
    assert answer.json["errorMessages"][0].startswith(message)


def test_dates_are_read_in_the_zone_of_whoever_asks_and_to_the_minute(cloud: "Jira") -> None:
    cloud.clock.advance(30)
    key = cloud.create()
    moment = cloud.clock.now()
    for user in ("pmsync", "linus"):
        zone = ZoneInfo(cloud.get("/myself", user=user).json["timeZone"])
        here = moment.astimezone(zone)
        assert cloud.keys(f'updated >= "{here:%Y-%m-%d %H:%M}"', user=user) == [key]
        assert cloud.keys(f'updated >= "{here + timedelta(minutes=1):%Y/%m/%d %H:%M}"', user=user) == []
    # pmsync's profile is west of Greenwich: a date in UTC lies in its future.
    assert cloud.keys(f'project = ENG AND updated >= "{moment:%Y-%m-%d %H:%M}"', user="pmsync") == []


def test_milliseconds_know_no_zone_and_no_minutes(cloud: "Jira") -> None:
    cloud.clock.advance(0.25)
    key = cloud.create()
    moment = millis(cloud.clock.now())
    assert cloud.keys(f"updated >= {moment}") == [key]
    assert cloud.keys(f"updated > {moment}") == []
    assert cloud.keys(f"updated >= {moment + 1}") == []


def test_only_ids_come_unless_more_is_asked(backlog: "Jira") -> None:
    issue = backlog.search("key = ENG-2").json["issues"][0]
    assert issue == {"id": "10001"}
    issue = backlog.search("key = ENG-2", fields=["summary", "status"], properties=["pmsync"]).json["issues"][0]
    assert issue["fields"].keys() == {"summary", "status"}
    assert issue["properties"] == {}
    everything = backlog.search("key = ENG-2", fields=["*all", "-comment"], expand="changelog").json["issues"][0]
    assert "description" in everything["fields"]
    assert "comment" not in everything["fields"]
    assert everything["changelog"]["total"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"startAt": 0},
        {"fields": "summary"},
        {"properties": ["a", "b", "c", "d", "e", "f"]},
        {"maxResults": "50"},
        {"maxResults": 0},
        {"reconcileIssues": [*range(51)]},
        {"validateQuery": True},
    ],
)
def test_the_body_is_closed(cloud: "Jira", body: dict[str, Any]) -> None:
    assert cloud.search("project = ENG", **body).status == 400


def test_pages_hang_on_tokens_and_shrink_with_what_is_asked(cloud: "Jira") -> None:
    for _ in range(3):
        updates = [{"fields": {"project": {"key": "ENG"}, "issuetype": {"name": "Task"}, "summary": "x"}}] * 50
        cloud.post("/issue/bulk", {"issueUpdates": updates})
    assert len(cloud.search("project = ENG", maxResults=5000).json["issues"]) == 150
    narrow = cloud.search("project = ENG", maxResults=5000, fields=["summary"]).json
    assert (len(narrow["issues"]), narrow["isLast"]) == (100, False)
    wide = cloud.search("project = ENG", maxResults=100, fields=["*all"]).json
    assert len(wide["issues"]) == 50
    seen, token = [], None
    while True:
        page = cloud.search("project = ENG ORDER BY key", maxResults=60, fields=["key"], nextPageToken=token).json
        seen += [issue["key"] for issue in page["issues"]]
        token = page.get("nextPageToken")
        if token is None:
            break
    assert page["isLast"]
    assert seen == [f"ENG-{number}" for number in range(1, 151)]


def test_a_token_is_good_for_a_retry_but_not_for_going_back(backlog: "Jira") -> None:
    def page(token: str | None, jql: str = "project = ENG") -> Any:
        return backlog.search(jql, maxResults=1, nextPageToken=token)

    second = page(None).json["nextPageToken"]
    third = page(second).json["nextPageToken"]
    again = page(second)
    assert again.status == 200
    assert page(third).status == 200
    stale = page(second)
    assert stale.status == 400
    assert stale.json["errorMessages"] == ["The provided next page token is invalid or expired."]
    assert page(third, "labels = roadmap").status == 400
    assert page("bogus").status == 400


def test_a_token_grows_stale(backlog: "Jira") -> None:
    token = backlog.search("project = ENG", maxResults=1).json["nextPageToken"]
    backlog.clock.advance(8 * 86_400)
    assert backlog.search("project = ENG", maxResults=1, nextPageToken=token).status == 400


def test_the_index_is_late_when_told_to_be(cloud: "Jira") -> None:
    old = cloud.create("Old words")
    cloud.sandbox.faults = cloud.emulator.faults = Faults(rate=1.0, kinds=(Kind.LAG,), lag=30.0)
    new = cloud.create("New")
    cloud.put(f"/issue/{old}", {"fields": {"summary": "Fresh words"}})
    assert cloud.keys("project = ENG") == [old]
    assert cloud.keys("summary ~ old") == [old]
    assert cloud.search(f"key = {old}", fields=["summary"]).json["issues"][0]["fields"]["summary"] == "Old words"
    assert cloud.fields(old)["summary"] == "Fresh words"
    fetched = cloud.post("/issue/bulkfetch", {"issueIdsOrKeys": [new], "fields": ["summary"]}).json
    assert [issue["key"] for issue in fetched["issues"]] == [new]
    told = cloud.search("project = ENG", fields=["summary"], reconcileIssues=[10000, 10001]).json
    assert [issue["fields"]["summary"] for issue in told["issues"]] == ["New", "Fresh words"]
    cloud.clock.advance(31)
    assert cloud.keys("project = ENG") == [new, old]
    assert cloud.keys("summary ~ old") == []


def test_a_deleted_issue_haunts_a_late_index(cloud: "Jira") -> None:
    key = cloud.create()
    cloud.sandbox.faults = cloud.emulator.faults = Faults(rate=1.0, kinds=(Kind.LAG,), lag=30.0)
    assert cloud.delete(f"/issue/{key}").status == 204
    assert cloud.keys("project = ENG") == [key]
    assert cloud.get(f"/issue/{key}").status == 404
    cloud.clock.advance(31)
    assert cloud.keys("project = ENG") == []


def test_counting_and_the_retired_search(backlog: "Jira") -> None:
    assert backlog.post("/search/approximate-count", {"jql": "labels = roadmap"}).json == {"count": 2}
    gone = backlog.get("/search", query={"jql": "project = ENG"})
    assert gone.status == 410
    assert "CHANGE-2046" in gone.json["errorMessages"][0]
