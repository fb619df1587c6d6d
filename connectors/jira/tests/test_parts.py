"""What hangs on issues, read and written: comments, who may see them, files, attached addresses."""

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.connector.api import Connector
from pmsync.connector.parts import Backlink, Parts
from pmsync.errors import AuthError, RejectedError, StaleError, TransientError, UnknownOutcomeError
from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import PartKind
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
INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]
URL = "https://trello.com/c/abc#pmsync=part-1"


def of(connector: Connector) -> Parts:
    parts = connector.parts
    assert parts is not None
    return parts


def ref(id_: str) -> Ref:
    return Ref(id_, f"ENG-{int(id_) - 9999}", "")


def body(lab: "Lab", markdown: str) -> Any:
    """What Jira itself takes as formatted text."""
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": markdown}]}
    return {"type": "doc", "version": 1, "content": [paragraph]} if lab.product == "cloud" else markdown


def say(lab: "Lab", issue: str, words: str, name: str = "ada", **more: Any) -> str:
    told = lab.user(name).call("POST", f"issue/{issue}/comment", {"body": body(lab, words), **more})
    return str(told["id"])


def fill(lab: "Lab", issue: str, count: int) -> None:
    """So many comments, all at once."""
    site = lab.emulator.site
    for number in range(count):
        words, now = document(f"Comment {number}"), site.now()
        made = Comment(site.next_id("comment"), "ada", words, now, now, "ada")
        site.issues[int(issue)].comments.append(made)


def texts(parts: Parts, found: Any) -> list[str]:
    return [parts.dialect.read(part.value["text"]).markdown for part in found if part.kind is PartKind.COMMENT]


# --- comments --------------------------------------------------------------------------------------------------------


def test_comments_are_read_oldest_first_with_who_and_where(lab: "Lab") -> None:
    ada = lab.user("ada")
    issue, other = ada.create("Talked about"), ada.create("Not")
    first = say(lab, issue, "First")
    say(lab, issue, "Second", "grace")
    parts = of(lab.connect())
    found = parts.read([issue, other, "999999"])
    assert set(found) == {issue, other}
    assert found[other] == ()
    assert texts(parts, found[issue]) == ["First", "Second"]
    one = found[issue][0]
    assert (one.id, one.author_name, one.hidden) == (first, "Ada Lovelace", False)
    assert one.author == ("5b10ac8d82e05b22cc7d4ef5" if lab.product == "cloud" else "ada")
    assert one.url == f"{lab.url}/browse/ENG-1?focusedCommentId={first}"
    assert one.created_at == one.updated_at


def test_a_hundred_issues_cost_one_request(cloud: "Lab") -> None:
    ada = cloud.user("ada")
    issues = [ada.create(f"Issue {number}") for number in range(100)]
    for issue in issues[:20]:
        say(cloud, issue, "Hello")
    parts = of(cloud.connect())
    parts.read(issues[:1])
    cloud.asked()
    found = parts.read(issues)
    assert cloud.asked() == {BULK: 1}
    assert sum(len(one) for one in found.values()) == 20


def test_a_hundred_issues_of_a_data_center_cost_one_request_and_one_each_for_web_links(data_center: "Lab") -> None:
    ada = data_center.user("ada")
    issues = [ada.create(f"Issue {number}") for number in range(5)]
    say(data_center, issues[0], "Hello")
    parts = of(data_center.connect())
    parts.read(issues[:1])
    data_center.asked()
    assert [len(one) for one in parts.read(issues).values()] == [1, 0, 0, 0, 0]
    assert data_center.asked() == {"POST search": 1, WEB_LINKS: 5}


@pytest.mark.parametrize("count", [20, 230])
def test_a_long_list_is_read_to_its_end(cloud: "Lab", count: int) -> None:
    issue = cloud.user("ada").create("Much talked about")
    fill(cloud, issue, count)
    parts = of(cloud.connect())
    cloud.asked()
    found = parts.read([issue])[issue]
    assert texts(parts, found) == [f"Comment {number}" for number in range(count)]
    assert cloud.asked()[LIST] == (1 if count == 20 else 3)


class Deleting:
    """Has a comment deleted between two pages, as often as is asked."""

    def __init__(self, lab: "Lab", issue: str, times: int) -> None:
        self._comments = lab.emulator.site.issues[int(issue)].comments
        self._handle = lab.emulator.handle
        self._times = times

    def handle(self, request: Any) -> Any:
        answer = self._handle(request)
        if request.path.endswith("/comment") and request.method == "GET" and self._times:
            self._times -= 1
            del self._comments[0]
        return answer


@pytest.mark.parametrize("times", [1, 99])
def test_a_comment_deleted_between_two_pages_hides_no_other(
    cloud: "Lab", monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    issue = cloud.user("ada").create("Much talked about")
    fill(cloud, issue, 150)
    monkeypatch.setattr(cloud.emulator, "handle", Deleting(cloud, issue, times).handle)
    parts = of(cloud.connect())
    if times == 1:
        assert texts(parts, parts.read([issue])[issue]) == [f"Comment {number}" for number in range(1, 150)]
    else:
        with pytest.raises(TransientError, match="changed each time"):
            parts.read([issue])


def test_nobody_is_told_that_nothing_hangs_on_issues_that_cannot_be_seen(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("Seen")
    parts = of(cloud.connect())
    parts.read([issue])
    cloud.emulator.revoke("pmsync")
    with pytest.raises(AuthError):
        parts.read([issue])


def test_a_comment_is_made_changed_and_taken_away(lab: "Lab") -> None:
    issue = lab.user("ada").create("Mirrored")
    parts = of(lab.connect())
    written = parts.dialect.write(f"[Ada, in Trello]({URL}), 2026-05-11 15:04 UTC:\n\nSome *text*")
    assert not written.loss
    made = parts.comment(ref(issue), written.document)
    assert parts.read([issue])[issue] == (made,)
    assert texts(parts, [made]) == [f"[Ada, in Trello]({URL}), 2026-05-11 15:04 UTC:\n\nSome *text*"]
    changed = parts.edit(ref(issue), made.id, parts.dialect.write("Other").document)
    assert texts(parts, parts.read([issue])[issue]) == ["Other"]
    assert (changed.id, changed.updated_at >= made.updated_at) == (made.id, True)
    for _ in range(2):
        parts.remove(ref(issue), PartKind.COMMENT, made.id)
    assert parts.read([issue])[issue] == ()
    with pytest.raises(StaleError):
        parts.edit(ref(issue), made.id, parts.dialect.write("Gone").document)
    with pytest.raises(StaleError):
        parts.comment(ref("999999"), parts.dialect.write("Nowhere").document)


def test_one_comment_costs_one_request(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("Mirrored")
    parts = of(cloud.connect())
    parts.read([issue])
    cloud.asked()
    parts.comment(ref(issue), parts.dialect.write("Hello").document)
    assert cloud.asked() == {"POST issue/{issueIdOrKey}/comment": 1}


@pytest.mark.parametrize("kind", ["500", "reset", "garbage", "truncated"])
def test_a_comment_of_unknown_outcome_is_not_sent_again(cloud: "Lab", kind: str) -> None:
    issue = cloud.user("ada").create("Mirrored")
    parts = of(cloud.connect())
    document = parts.dialect.write("Once").document
    parts.read([issue])
    cloud.asked()
    cloud.faults(kind)
    with pytest.raises(UnknownOutcomeError):
        parts.comment(ref(issue), document)
    cloud.faults()
    assert cloud.asked() == {"POST issue/{issueIdOrKey}/comment": 1}
    assert len(parts.read([issue])[issue]) <= 1


def test_a_text_that_is_too_long_is_rejected(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("Mirrored")
    parts = of(cloud.connect())
    with pytest.raises(RejectedError, match="too long"):
        parts.comment(ref(issue), parts.dialect.write("x" * 32_767).document)


# --- who may see it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "visibility", [{"type": "role", "value": "Developers"}, {"type": "group", "value": "jira-users"}]
)
def test_a_comment_for_some_is_hidden(lab: "Lab", visibility: Json) -> None:
    issue = lab.user("ada").create("Talked about")
    say(lab, issue, "For all")
    say(lab, issue, "For some", visibility=visibility)
    assert [part.hidden for part in of(lab.connect()).read([issue])[issue]] == [False, True]


def test_notes_of_a_service_desk_are_hidden_and_what_we_write_becomes_one(lab: "Lab") -> None:
    lab.emulator.serve_customers()
    issue = lab.user("ada").create("Help!")
    say(lab, issue, "To the customer")
    say(lab, issue, "Between us", properties=INTERNAL)
    parts = of(lab.connect())
    assert [part.hidden for part in parts.read([issue])[issue]] == [False, True]
    made = parts.comment(ref(issue), parts.dialect.write("From Trello").document)
    parts.edit(ref(issue), made.id, parts.dialect.write("From Trello, again").document)
    shown = lab.emulator.site.issues[int(issue)].comments[-1]
    assert (made.hidden, shown.internal, str(shown.id)) == (True, True, made.id)
    assert [part.hidden for part in parts.read([issue])[issue]] == [False, True, True]


def test_a_note_that_jira_makes_public_is_taken_back(cloud: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.emulator.serve_customers()
    issue = cloud.user("ada").create("Help!")
    parts = of(cloud.connect())
    parts.read([issue])
    usual = cloud.emulator.handle

    def heedless(request: Any) -> Any:
        """Makes comments without their properties."""
        if request.method != "POST" or not request.path.endswith("/comment"):
            return usual(request)
        said = json.dumps({"body": request.get_json()["body"]}).encode()
        return usual(
            type(request)({**request.environ, "wsgi.input": io.BytesIO(said), "CONTENT_LENGTH": str(len(said))})
        )

    monkeypatch.setattr(cloud.emulator, "handle", heedless)
    with pytest.raises(RejectedError, match="public"):
        parts.comment(ref(issue), parts.dialect.write("Not for customers").document)
    assert parts.read([issue])[issue] == ()


def media(name: str | None) -> Any:
    attrs = {"type": "file", "id": "6e7c7f2c", "collection": "", **({"alt": name} if name else {})}
    return {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [{"type": "media", "attrs": attrs}]}


def show(lab: "Lab", issue: str, name: str | None, **more: Any) -> None:
    """A comment of Ada's that shows a file."""
    text: Any = {"type": "doc", "version": 1, "content": [media(name)]} if lab.product == "cloud" else f"!{name}|thumb!"
    lab.user("ada").call("POST", f"issue/{issue}/comment", {"body": text, **more})


def hidden(parts: Parts, issue: str) -> dict[str, bool]:
    found = parts.read([issue])[issue]
    return {str(part.value["name"]): part.hidden for part in found if part.kind is PartKind.ATTACHMENT}


def test_a_file_that_only_a_comment_for_some_shows_is_hidden(lab: "Lab") -> None:
    issue = lab.user("ada").create("Talked about")
    for name in ("plan.png", "secret.png", "both.png"):
        lab.attach(issue, name)
    some = {"type": "role", "value": "Developers"}
    show(lab, issue, "secret.png", visibility=some)
    show(lab, issue, "both.png", visibility=some)
    show(lab, issue, "both.png")
    assert hidden(of(lab.connect()), issue) == {"plan.png": False, "secret.png": True, "both.png": False}


def test_a_comment_for_some_that_shows_a_file_without_its_name_hides_what_its_author_uploaded(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("Talked about")
    cloud.attach(issue, "hers.pdf")
    cloud.attach(issue, "his.pdf", user="grace")
    show(cloud, issue, None, visibility={"type": "role", "value": "Developers"})
    cloud.attach(issue, "later.pdf")
    found = hidden(of(cloud.connect()), issue)
    assert (found["hers.pdf"], found["his.pdf"]) == (True, False)


def test_files_of_a_service_desk_are_hidden_unless_the_customer_sees_them(lab: "Lab") -> None:
    lab.emulator.serve_customers()
    issue = lab.user("ada").create("Help!")
    for name in ("internal.png", "answer.png", "note.png"):
        lab.attach(issue, name)
    show(lab, issue, "answer.png")
    show(lab, issue, "note.png", properties=INTERNAL)
    assert hidden(of(lab.connect()), issue) == {"internal.png": True, "answer.png": False, "note.png": True}


# --- attached addresses ----------------------------------------------------------------------------------------------


def test_an_address_becomes_a_web_link_once(lab: "Lab") -> None:
    issue = lab.user("ada").create("With an address")
    parts = of(lab.connect())
    foreign = {"object": {"url": "https://example.com", "title": "Somebody's own"}}
    lab.user("ada").call("POST", f"issue/{issue}/remotelink", foreign)
    made = parts.link(ref(issue), "plan.pdf\nfinal", URL)
    again = parts.link(ref(issue), "plan.pdf", URL)
    assert again.id == made.id
    (part,) = parts.read([issue])[issue]
    assert (part.id, part.kind, part.value) == (made.id, PartKind.ATTACHMENT, {"name": "plan.pdf", "url": URL})
    for _ in range(2):
        parts.remove(ref(issue), PartKind.ATTACHMENT, made.id)
    assert parts.read([issue])[issue] == ()
    assert len(lab.user("ada").call("GET", f"issue/{issue}/remotelink")) == 1


def test_only_issues_with_attached_addresses_cost_a_request_more(cloud: "Lab") -> None:
    ada = cloud.user("ada")
    issues = [ada.create(f"Issue {number}") for number in range(10)]
    parts = of(cloud.connect())
    parts.link(ref(issues[3]), "plan.pdf", URL)
    parts.read(issues)
    cloud.asked()
    found = parts.read(issues)
    assert cloud.asked() == {BULK: 1, WEB_LINKS: 1}
    assert [id_ for id_, one in found.items() if one] == [issues[3]]


# --- twins -----------------------------------------------------------------------------------------------------------

CARD = Backlink("product/abc", "Pay by card", "https://trello.com/c/abc")
TASK = Backlink("delivery/7", "Pay by card", "https://app.asana.com/0/1/7")


def web_links(lab: "Lab", issue: str) -> dict[str, str]:
    told = lab.user("ada").call("GET", f"issue/{issue}/remotelink")
    return {str(one["object"]["title"]): str(one["object"]["url"]) for one in told}


def pointing(connector: Connector) -> JiraParts:
    parts = connector.parts
    assert isinstance(parts, JiraParts)
    return parts


def test_an_issue_leads_to_its_twins_as_they_are_now(lab: "Lab") -> None:
    issue = lab.user("ada").create("Pay by card")
    lab.user("ada").call("POST", f"issue/{issue}/remotelink", {"object": {"url": "https://a.io", "title": "Own"}})
    parts = pointing(lab.connect())
    parts.link(ref(issue), "plan.pdf", URL)
    others = {"Own": "https://a.io", "plan.pdf": URL}
    parts.point(ref(issue), [CARD, replace(TASK, title="The task")])
    assert web_links(lab, issue) == {**others, CARD.title: CARD.url, "The task": TASK.url}
    moved = replace(CARD, title="Pay by any card", url="https://trello.com/c/xyz")
    parts.point(ref(issue), [moved])
    assert web_links(lab, issue) == {**others, moved.title: moved.url}
    assert [part.value["url"] for part in parts.read([issue])[issue]] == [URL], "a twin is no attachment"
    parts.point(ref(issue), [])
    assert web_links(lab, issue) == others
    with pytest.raises(StaleError):
        parts.point(ref("999999"), [CARD])


def test_what_is_right_already_is_not_written(cloud: "Lab") -> None:
    issue = cloud.user("ada").create("Pay by card")
    parts = pointing(cloud.connect())
    parts.point(ref(issue), [CARD, TASK])
    cloud.asked()
    parts.point(ref(issue), [CARD, TASK])
    assert cloud.asked() == {WEB_LINKS: 1}
    parts.point(ref(issue), [CARD, replace(TASK, title="Another")])
    assert cloud.asked() == {WEB_LINKS: 1, "POST issue/{issueIdOrKey}/remotelink": 1}
