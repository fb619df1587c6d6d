"""Formatted texts over three tools: an edit made in one changes only the words that were edited in the others."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from trio import Trio

Node = dict[str, Any]


def text(words: str, *marks: str) -> Node:
    return {"type": "text", "text": words} | ({"marks": [{"type": mark} for mark in marks]} if marks else {})


def node(kind: str, *content: Node, **attrs: Any) -> Node:
    return {"type": kind} | ({"attrs": attrs} if attrs else {}) | ({"content": list(content)} if content else {})


def paragraph(*content: Node, **attrs: Any) -> Node:
    return node("paragraph", *content, **attrs)


def rich(ada: str) -> Node:
    """A description with most of what only Jira has."""
    red = {"type": "text", "text": "red", "marks": [{"type": "textColor", "attrs": {"color": "#ff5630"}}]}
    mention = node("mention", id=ada, text="@Ada Lovelace", accessLevel="", localId="m-1")
    status = node("status", text="IN PROGRESS", color="blue", localId="s-1", style="")
    media = node("media", type="file", id="6d1f", collection="", alt="pump.png", width=640, height=480)
    cells = [
        node("tableHeader", paragraph(text("Part")), colwidth=[120], background="#f4f5f7"),
        node("tableHeader", paragraph(text("Price")), colwidth=[240]),
    ]
    row = [
        node("tableCell", paragraph(text("Seal")), colwidth=[120]),
        node("tableCell", paragraph(text("Twelve pounds")), colwidth=[240], background="#fffae6"),
    ]
    return {
        "type": "doc",
        "version": 1,
        "content": [
            paragraph(text("Ask "), mention, text(" about the pump, it is "), status, text(" since monday.")),
            node("panel", paragraph(text("Mind the valve, it is hot.")), panelType="warning", localId="p-1"),
            node("expand", paragraph(text("The log says nothing useful.")), title="Details", localId="e-1"),
            node("mediaSingle", media, layout="center"),
            paragraph(text("A "), red, text(" light and a "), text("lined", "underline"), text(" word.")),
            node("table", node("tableRow", *cells), node("tableRow", *row), layout="wide", localId="t-1", width=900),
            node("taskList", node("taskItem", text("Order a seal"), localId="i-1", state="TODO"), localId="l-1"),
        ],
    }


def description(trio: Trio, issue: str) -> Node:
    found: Node = trio.jira.call("GET", f"/issue/{issue}", fields="description")["fields"]["description"]
    return found


def all_of(found: Node) -> Iterator[Node]:
    yield found
    for child in found.get("content", ()):
        yield from all_of(child)


def edited(document: Node, old: str, new: str) -> Node:
    """The document with other words in one of its texts, and nothing else changed."""
    changed = copy.deepcopy(document)
    for one in all_of(changed):
        if one["type"] == "text":
            one["text"] = one["text"].replace(old, new)
    assert changed != document
    return changed


def begun(trio: Trio) -> tuple[dict[str, str], Node]:
    """An item with such a description in all three tools: its ids, and the description."""
    document = rich(trio.jira.person("ada"))
    ids = {"jira": trio.jira.create("Pump", description=document)}
    trio.settle()
    ids |= {tool: trio.find(tool, "Pump") for tool in ("trello", "asana")}
    return ids, document


def card(trio: Trio, id_: str) -> str:
    return str(trio.trello.call("GET", f"/cards/{id_}")["desc"])


def notes(trio: Trio, id_: str) -> str:
    return str(trio.asana.call("GET", f"/tasks/{id_}", opt_fields="html_notes")["data"]["html_notes"])


def rewrite(trio: Trio, id_: str, old: str, new: str) -> None:
    """An edit of one place in a task's description, as Asana's editor makes it."""
    before = notes(trio, id_)
    assert before.count(old) == 1, before
    trio.asana.edit(id_, html_notes=before.replace(old, new))


def test_a_description_with_all_that_jira_has_is_created_elsewhere_as_it_is_shown(trio: Trio) -> None:
    ids, document = begun(trio)
    assert description(trio, ids["jira"]) == document, "nothing was written where it came from"
    for shown in (card(trio, ids["trello"]), notes(trio, ids["asana"])):
        for words in ("about the pump", "IN PROGRESS", "Mind the valve", "Details", "The log says", "pump.png", "Seal"):
            assert words in shown, (words, shown)
    assert "@ada" in card(trio, ids["trello"])
    assert 'data-asana-type="user"' in notes(trio, ids["asana"])
    before = trio.writes()
    report = trio.sync(deep=True)
    assert trio.writes() == before
    assert not report.errors
    assert trio.verify().agrees


def test_a_typo_fixed_in_trello_changes_that_word_in_jira_and_nothing_else(trio: Trio) -> None:
    ids, document = begun(trio)
    for old, new in (
        ("since monday", "since Monday"), ("the valve, it is hot", "the valve: it is very hot"),
        ("says nothing useful", "says little"), ("Twelve pounds", "Eleven pounds"), ("light and", "lamp and"),
        ("Order a seal", "Order two seals"),
    ):  # fmt: skip
        shown = card(trio, ids["trello"])
        assert shown.count(old) == 1, (old, shown)
        trio.trello.describe(ids["trello"], shown.replace(old, new))
        trio.settle(1)
        document = edited(document, old, new)
        assert description(trio, ids["jira"]) == document
        assert new in notes(trio, ids["asana"])
    assert not trio.sync().as_json()["conflicts"]


def test_a_typo_fixed_in_asana_changes_that_word_in_jira_and_in_trello_and_nothing_else(trio: Trio) -> None:
    ids, document = begun(trio)
    for old, new in (
        ("since monday", "since Monday"),
        ("it is hot", "it is very hot"),
        ("says nothing", "says little"),
    ):
        shown = card(trio, ids["trello"])
        rewrite(trio, ids["asana"], old, new)
        trio.settle(1)
        document = edited(document, old, new)
        assert description(trio, ids["jira"]) == document
        assert card(trio, ids["trello"]) == shown.replace(old, new)


def test_blocks_that_are_put_in_moved_and_taken_out_elsewhere_leave_the_others_as_they_are(trio: Trio) -> None:
    ids, document = begun(trio)
    first, *rest = card(trio, ids["trello"]).split("\n\n")
    trio.trello.describe(ids["trello"], "\n\n".join([first, "Somebody put this in.", *rest]))
    trio.settle(1)
    content = document["content"]
    inserted = [content[0], paragraph(text("Somebody put this in.")), *content[1:]]
    assert description(trio, ids["jira"])["content"] == inserted

    trio.trello.describe(ids["trello"], "\n\n".join([first, *rest]))
    trio.settle(1)
    assert description(trio, ids["jira"]) == document

    trio.trello.describe(ids["trello"], "\n\n".join([*rest, first]))
    trio.settle(1)
    assert description(trio, ids["jira"])["content"] == [*content[1:], content[0]]


def test_an_edit_in_jira_leaves_in_asana_what_only_asana_has(trio: Trio) -> None:
    other = trio.asana.create("Another")
    linked = f'<a data-asana-gid="{other}"/>'
    made = trio.asana.create("Wired")
    trio.asana.edit(made, html_notes=f"<body>See {linked}, it is <u>urgent</u> now.\n\nOr ask.</body>")
    trio.settle()
    issue = trio.find("jira", "Wired")
    trio.jira.edit(issue, description=edited(description(trio, issue), "Or ask.", "Or ask around."))
    trio.settle(1)
    shown = notes(trio, made)
    assert f'data-asana-gid="{other}"' in shown
    assert "<u>urgent</u>" in shown
    assert "Or ask around." in shown
    assert "Or ask around." in card(trio, trio.find("trello", "Wired"))


def test_a_mention_follows_its_person_and_calls_nobody_else(trio: Trio) -> None:
    card_ = trio.trello.create("Call", text="Ask @grace or @nobody about it.")
    trio.settle()
    found = description(trio, trio.find("jira", "Call"))
    (mention,) = [one for one in all_of(found) if one["type"] == "mention"]
    assert mention["attrs"]["id"] == trio.jira.person("grace")
    assert "@nobody" in json.dumps(found)
    issue = trio.find("jira", "Call")
    literal = edited(found, "about it", "about it, said @linus")
    trio.jira.edit(issue, description=literal)
    trio.settle(1)
    shown = card(trio, card_)
    assert "@grace" in shown
    assert "@linus" not in shown, "words in Jira call nobody in Trello"
    assert "linus" in shown
    assert description(trio, issue) == literal


def test_edits_of_different_words_in_two_tools_are_both_kept_in_all(trio: Trio) -> None:
    ids, document = begun(trio)
    trio.trello.describe(ids["trello"], card(trio, ids["trello"]).replace("since monday", "since friday"))
    trio.jira.edit(ids["jira"], description=edited(document, "it is hot", "it is very hot"))
    rewrite(trio, ids["asana"], "says nothing", "says little")
    trio.settle(2)
    for old, new in (
        ("since monday", "since friday"),
        ("it is hot", "it is very hot"),
        ("says nothing", "says little"),
    ):
        document = edited(document, old, new)
        assert new in card(trio, ids["trello"])
        assert new in notes(trio, ids["asana"])
    assert description(trio, ids["jira"]) == document


def test_a_true_overlap_is_one_of_the_two_texts_in_every_tool_and_never_one_with_marks(trio: Trio) -> None:
    marks = "<<<<<<< mine\n\n>>>>>>> theirs"
    card_ = trio.trello.create("Clash", text=f"Ring the bell at noon.\n\n{marks}")
    trio.settle()
    issue = trio.find("jira", "Clash")
    trio.trello.describe(card_, card(trio, card_).replace("noon", "one"))
    trio.jira.edit(issue, description=edited(description(trio, issue), "noon", "two"))
    assert trio.sync().as_json()["conflicts"] == 1
    trio.settle(2)
    for shown in (card(trio, card_), notes(trio, trio.find("asana", "Clash")), json.dumps(description(trio, issue))):
        assert "at one." in shown
        assert "two" not in shown
        assert shown.replace("&lt;", "<").replace("&gt;", ">").count("<<<<<<< mine") == 1, (
            "the marks are the user's own"
        )
        assert "=====" not in shown
    (conflict,) = trio.store.reports.conflicts(sync="roadmap")
    assert "at two." in str(conflict.values), "both are kept in the record"
