"""Edits of what real ADF documents show: what was edited is seen, and nothing else changes in them."""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from edits import KINDS, edits
from texts import adf_samples

from pmsync.model.fields import Json
from pmsync.text import parse, render
from pmsync.text.words import words
from pmsync_jira import adf_read
from pmsync_jira.adf_valid import valid
from pmsync_jira.text import AdfDialect

ADF = AdfDialect()
_LINES = frozenset(
    {"mention", "emoji", "date", "status", "inlineCard", "placeholder", "mediaInline", "inlineExtension"}
)
_SPECIAL = _LINES | {
    "panel", "media", "mediaSingle", "expand", "nestedExpand", "blockCard", "embedCard", "extension", "bodiedExtension",
    "layoutSection", "layoutColumn", "decisionItem", "taskItem", "taskList", "table", "tableCell", "tableHeader",
}  # fmt: skip
_MARKS = frozenset({"underline", "textColor", "backgroundColor", "subsup", "annotation", "alignment", "indentation"})


def _all(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.get("content") or ():
            yield from _all(child)


def special(document: Json) -> Counter[str]:
    """The nodes that Markdown has none of, each with its attributes; and which marks there are."""
    found: Counter[str] = Counter()
    for node in _all(document):
        if node["type"] in _SPECIAL:
            found[json.dumps([node["type"], node.get("attrs")], sort_keys=True)] += 1
        for mark in node.get("marks", ()):
            if mark["type"] in _MARKS:
                found[json.dumps(mark, sort_keys=True)] = 1
    return found


def shown_for(document: Json) -> set[str]:
    """The words that only show what a node is: who edits these, edits the node."""
    found: set[str] = set()
    for node in _all(document):
        kind = node["type"]
        alone: Json = {**node} if kind not in _LINES else {"type": "paragraph", "content": [{**node}]}
        if kind == "media":
            alone = {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [alone]}
        if kind in (*_LINES, "media", "blockCard", "embedCard", "extension"):
            found |= {*words(ADF.read({"type": "doc", "version": 1, "content": [alone]}).markdown)}
        found |= {*words(str(node.get("attrs", {}).get("title", "")))}
    return found


def test_edits_elsewhere_are_seen_and_keep_what_only_jira_has(capsys: pytest.CaptureFixture[str]) -> None:
    figures: dict[str, Counter[str]] = defaultdict(Counter)
    for name, sample in adf_samples().items():
        document = ADF.canonical(sample)
        before = special(document)
        text = parse(ADF.read(document).markdown)
        for kind, wanted in edits(text, name, shown_for(document), each=1):
            markdown = render(wanted)
            written = ADF.write(markdown, document).document
            seen = ADF.read(written).markdown
            told = figures[kind]
            told["edits"] += 1
            told["seen"] += seen == markdown or seen == ADF.read(ADF.write(markdown).document).markdown
            told["valid"] += written is None or valid(written) or not valid(document)
            told["identical"] += written == document
            told["special"] += before.total()
            told["kept"] += before.total() - (before - special(written)).total()
    with capsys.disabled():
        sys.stdout.write("".join(f"\nADF, {kind}: {dict(figures[kind])}" for kind in KINDS))
    for kind in KINDS:
        told = figures[kind]
        assert told["seen"] == told["valid"] == told["edits"] > 0, kind
        assert told["kept"] >= {"delete": 0.5, "three words": 0.98, "one word": 0.99}.get(kind, 1) * told["special"], (
            kind
        )
    assert figures["none"]["identical"] == figures["none"]["edits"]


def test_a_document_that_shows_it_already_is_the_very_same() -> None:
    for sample in adf_samples().values():
        markdown = ADF.read(sample).markdown
        assert ADF.write(markdown, sample).document is sample
        assert ADF.write(markdown, sample).loss == ""


def doc(*content: Any) -> Json:
    return {"type": "doc", "version": 1, "content": [*content]}


def paragraph(*content: Any) -> Json:
    return {"type": "paragraph", "content": [*content]}


def text_(words_: str, **marks: Any) -> Json:
    made: dict[str, Json] = {"type": "text", "text": words_}
    return {**made, "marks": [{"type": kind, **attrs} for kind, attrs in marks.items()]} if marks else made


RED = {"attrs": {"color": "#ff0000"}}


@pytest.mark.parametrize(
    ("before", "markdown", "after"),
    [
        ([text_("so "), text_("red it", textColor=RED), text_(" is")], "so blue it is",
         [text_("so "), text_("blue it", textColor=RED), text_(" is")]),
        ([text_("so "), text_("red", textColor=RED), text_(" is")], "so very red is",
         [text_("so very "), text_("red", textColor=RED), text_(" is")]),
        ([text_("so "), text_("red thing", textColor=RED)], "so red old thing",
         [text_("so "), text_("red old thing", textColor=RED)]),
        ([text_("so "), text_("red", textColor=RED), text_(" is")], "so **red** is",
         [text_("so "), text_("red", strong={}, textColor=RED), text_(" is")]),
        ([text_("so "), text_("red", strong={}, textColor=RED)], "so red", [text_("so "), text_("red", textColor=RED)]),
    ],
    ids=["replaced", "before", "within", "bold", "no longer bold"],
)  # fmt: skip
def test_colours_stay_on_the_words_that_have_them(before: list[Json], markdown: str, after: list[Json]) -> None:
    assert ADF.write(markdown, doc(paragraph(*before))).document == doc(paragraph(*after))


def test_ticking_a_task_off_keeps_its_identity() -> None:
    def task(state: str) -> Json:
        item: Json = {"type": "taskItem", "attrs": {"localId": "i-1", "state": state}, "content": [text_("Do it")]}
        return {"type": "taskList", "attrs": {"localId": "l-1"}, "content": [item]}

    assert ADF.write("- [x] Do it", doc(task("TODO"))).document == doc(task("DONE"))
    again = ADF.write("- [ ] Do it\n- [ ] And that", doc(task("TODO"))).document
    ids = [node["attrs"]["localId"] for node in _all(again) if node["type"] == "taskItem"]
    assert ids[0] == "i-1"
    assert len({*ids, "l-1"}) == 3, "no two tasks share an identity"


def test_rows_that_come_and_go_keep_the_attributes_of_the_others() -> None:
    def row(word: str, colour: str) -> Json:
        cell: Json = {"type": "tableCell", "attrs": {"background": colour}, "content": [paragraph(text_(word))]}
        return {"type": "tableRow", "content": [cell]}

    def table(*rows: Json) -> Json:
        return doc({"type": "table", "attrs": {"layout": "wide"}, "content": [*rows]})

    three = table(row("one", "#111111"), row("two", "#222222"), row("three", "#333333"))
    shown = ADF.read(three).markdown
    assert ADF.write(shown.replace("| two |\n", ""), three).document == table(
        row("one", "#111111"), row("three", "#333333")
    )
    longer = ADF.write(shown.replace("| two |\n", "| two |\n| and |\n"), three).document
    assert [node["attrs"]["background"] for node in _all(longer) if node.get("attrs", {}).get("background")] == [
        "#111111", "#222222", "#333333",
    ]  # fmt: skip


def test_what_shows_nothing_stays_beside_what_it_stands_behind() -> None:
    hollow = {"type": "paragraph", "attrs": {"localId": "h"}}
    document = doc(paragraph(text_("one")), hollow, paragraph(text_("two")))
    assert ADF.write("one\n\nthree and more\n\ntwo", document).document == doc(
        paragraph(text_("one")), hollow, paragraph(text_("three and more")), paragraph(text_("two"))
    )
    assert adf_read.read(document)[0] == parse("one\n\ntwo")
