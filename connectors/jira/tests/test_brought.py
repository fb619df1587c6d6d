"""What hangs on issues comes with them where few changed, and is used once, for as long as it is true."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.connector.parts import Along
from pmsync.model.fields import Json
from pmsync.model.native import Native, Ref
from pmsync.model.part import PartKind
from pmsync_jira.issues import FEW
from pmsync_jira.parts import JiraParts
from pmsync_jira.sandbox.adf import document
from pmsync_jira.sandbox.records import Comment

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Lab

BULK, LIST, WEB_LINKS = (
    "POST issue/bulkfetch",
    "GET issue/{issueIdOrKey}/comment",
    "GET issue/{issueIdOrKey}/remotelink",
)
URL = "https://trello.com/c/abc#pmsync=part-1"


class Reader:
    """A connection that has read everything once, and reads what changed."""

    def __init__(self, lab: "Lab") -> None:
        self.lab = lab
        self.connector = lab.connect()
        list(self.connector.changes(None))
        parts = self.connector.parts
        assert isinstance(parts, JiraParts)
        assert isinstance(parts, Along)
        self.parts = parts

    def changed(self) -> dict[str, Native]:
        cursor: Json = {"updated": int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)}
        return {item.ref.id: item for page in self.connector.changes(cursor) for item in page.items}

    def came(self, issue: Native) -> int | None:
        """How many parts came along with this one; None if they have to be read."""
        found = self.parts.brought({issue.ref.id: issue.updated_at})
        return len(found[issue.ref.id]) if found else None


def say(lab: "Lab", issue: str, count: int = 1) -> None:
    """Somebody's comments; the issue has changed by them."""
    site = lab.emulator.site
    for number in range(count):
        words: Any = document(f"Comment {number}") if lab.product == "cloud" else f"Comment {number}"
        if lab.product == "cloud":
            now = site.now()
            site.issues[int(issue)].comments.append(Comment(site.next_id("comment"), "ada", words, now, now, "ada"))
        else:
            lab.user("ada").call("POST", f"issue/{issue}/comment", {"body": words})


def test_what_came_along_is_the_same_as_what_is_read(lab: "Lab") -> None:
    issue, other = lab.user("ada").create("Talked about"), lab.user("ada").create("Not")
    say(lab, issue, 3)
    lab.attach(issue, "plan.txt")
    reader = Reader(lab)
    reader.parts.link(Ref(issue, "ENG-1", ""), "plan.pdf", URL)
    known = {id_: native.updated_at for id_, native in reader.changed().items()}
    assert known.keys() == {issue, other}
    came = reader.parts.brought(known)
    assert came == reader.parts.read([issue, other])
    assert [part.kind for part in came[issue]].count(PartKind.ATTACHMENT) == 2


def test_what_came_along_costs_nothing_but_the_web_links_that_there_are(cloud: "Lab") -> None:
    issue, linked = cloud.user("ada").create("Talked about"), cloud.user("ada").create("Linked")
    say(cloud, issue)
    reader = Reader(cloud)
    reader.parts.link(Ref(linked, "ENG-2", ""), "plan.pdf", URL)
    cloud.asked()
    found = reader.changed()
    assert cloud.asked() == {"POST search/jql": 1, BULK: 1}
    assert reader.came(found[issue]) == 1
    assert cloud.asked() == {}
    assert reader.came(found[linked]) == 1
    assert cloud.asked() == {WEB_LINKS: 1}


def test_a_long_list_is_read_to_its_end_all_the_same(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("Much talked about")
    say(cloud, issue, 130)
    reader = Reader(cloud)
    found = reader.changed()
    cloud.asked()
    assert reader.came(found[issue]) == 130
    assert cloud.asked() == {LIST: 2}


def test_a_list_is_given_out_once(lab: "Lab") -> None:
    issue = lab.user("ada").create("Talked about")
    say(lab, issue)
    reader = Reader(lab)
    found = reader.changed()[issue]
    assert reader.came(found) == 1
    assert reader.came(found) is None
    found = reader.changed()[issue]
    reader.parts.read([issue])
    assert reader.came(found) is None, "it was read anew"


@pytest.mark.parametrize("later", [timedelta(milliseconds=1), timedelta(milliseconds=-1)])
def test_an_issue_that_is_known_as_of_another_moment_has_to_be_read(cloud: "Lab", later: timedelta) -> None:
    issue = cloud.user("ada").create("Talked about")
    say(cloud, issue)
    reader = Reader(cloud)
    found = reader.changed()[issue]
    assert reader.parts.brought({issue: found.updated_at + later}) == {}
    assert reader.came(found) is None, "nor is it held any longer"


@pytest.mark.parametrize("deed", ["comment", "edit", "remove", "link", "point"])
def test_after_a_write_the_list_has_to_be_read(lab: "Lab", deed: str) -> None:
    issue = lab.user("ada").create("Talked about")
    reader = Reader(lab)
    ref, words = Ref(issue, "ENG-1", ""), reader.parts.dialect.write("Hello").document
    made = reader.parts.comment(ref, words)
    found = reader.changed()[issue]
    match deed:
        case "comment":
            reader.parts.comment(ref, words)
        case "edit":
            reader.parts.edit(ref, made.id, words)
        case "remove":
            reader.parts.remove(ref, made.kind, made.id)
        case "link":
            reader.parts.link(ref, "plan.pdf", URL)
        case _:
            reader.parts.point(ref, [])
    assert reader.came(found) is None


def test_what_came_long_ago_has_to_be_read(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("Talked about")
    say(cloud, issue)
    reader = Reader(cloud)
    found = reader.changed()[issue]
    cloud.clock.sleep(300)
    assert reader.came(found) is None


def test_only_the_last_reading_counts_and_a_reading_of_everything_brings_nothing(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("Talked about")
    say(cloud, issue)
    reader = Reader(cloud)
    found = reader.changed()[issue]
    list(reader.connector.changes(None))
    assert reader.came(found) is None


@pytest.mark.parametrize("count", [FEW, FEW + 1])
def test_only_with_few_issues_anything_comes_along(lab: "Lab", count: int) -> None:
    issues = [lab.user("ada").create(f"Issue {number}") for number in range(count)]
    say(lab, issues[0])
    reader = Reader(lab)
    lab.asked()
    found = reader.changed()
    assert found.keys() == set(issues)
    few = count == FEW
    cost = {"POST search/jql": 1, BULK: 1} if lab.product == "cloud" else {"POST search": 1 if few else 2}
    assert lab.asked() == cost
    known = {id_: native.updated_at for id_, native in found.items()}
    came = reader.parts.brought(known)
    assert len(came) == (FEW if few else 0)
    assert not few or len(came[issues[0]]) == 1
