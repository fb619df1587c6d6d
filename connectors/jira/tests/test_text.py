"""Jira's documents: ADF by its official schema, read, written and brought to one form."""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from depth import trying
from hypothesis import given
from texts import adf_samples, examples, trees

from pmsync.model.fields import Json
from pmsync.text import canonical, render
from pmsync.text.dialect import Read
from pmsync.text.tree import Document
from pmsync_jira import adf_write
from pmsync_jira.text import AdfDialect

SPECS = Path(os.environ.get("PMSYNC_SPECS") or Path(__file__).parents[4] / "shared" / "specs")
ADF = AdfDialect()
LINK: Json = [{"type": "link", "attrs": {"href": "https://x.y/"}}]


@cache
def _validator() -> Callable[[Any], Any]:
    validate: Callable[[Any], Any] = fastjsonschema.compile(json.loads((SPECS / "adf-schema.json").read_text("utf-8")))
    return validate


def check_schema(document: Json) -> None:
    """By Atlassian's own schema of ADF. Skips the test where that is not there."""
    if not (SPECS / "adf-schema.json").exists():
        pytest.skip(f"the schema of ADF is not in {SPECS}")
    if document is not None:
        _validator()(document)


def doc(*content: Json) -> Json:
    return {"type": "doc", "version": 1, "content": list(content)}


def paragraph(*content: Json) -> Json:
    pieces: list[Json] = [{"type": "text", "text": piece} if isinstance(piece, str) else piece for piece in content]
    return {"type": "paragraph", "content": pieces}


def node(kind: str, *content: Json) -> Json:
    return {"type": kind, "content": list(content)}


def text(characters: str, *marks: str) -> Json:
    found: dict[str, Json] = {"marks": [{"type": mark} for mark in marks]} if marks else {}
    return {"type": "text", "text": characters, **found}


def linked(characters: str, href: str, title: str = "") -> Json:
    attributes: dict[str, Json] = {"href": href, "title": title} if title else {"href": href}
    return {"type": "text", "text": characters, "marks": [{"type": "link", "attrs": attributes}]}


def test_all_examples_are_written_as_valid_adf() -> None:
    for markdown in examples():
        check_schema(ADF.write(markdown).document)


@given(trees)
@trying(20)
def test_any_text_is_written_as_valid_adf(tree: Document) -> None:
    check_schema(ADF.write(render(tree)).document)


@pytest.mark.parametrize(
    ("markdown", "block"),
    [
        ("a **b**\n*c*", paragraph("a ", text("b", "strong"), {"type": "hardBreak"}, text("c", "em"))),
        (
            "a `x` **b `y` c**",
            paragraph("a ", text("x", "code"), " ", text("b ", "strong"), text("y", "code"), text(" c", "strong")),
        ),
        ("~~`x`~~", paragraph(text("\u2060", "strike"), text("x", "code"), text("\u2060", "strike"))),
        ("a[![b](/c)](/d)", paragraph("a", linked("b", "/d", "🖼 /c"))),
        ("[](/a)", paragraph(linked("\u2060", "/a"))),
        ("## T", {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "T"}]}),
        (
            "```py\nx\n```",
            {"type": "codeBlock", "attrs": {"language": "py"}, "content": [{"type": "text", "text": "x"}]},
        ),
        ("---", {"type": "rule"}),
        ("> q", {"type": "blockquote", "content": [paragraph("q")]}),
        (
            "- a\n  1. b",
            node("bulletList", node("listItem", paragraph("a"), node("orderedList", node("listItem", paragraph("b"))))),
        ),
        (
            "https://x.y/",
            paragraph({"type": "text", "text": "https://x.y/", "marks": LINK}),
        ),
    ],
)
def test_markdown_in_adf(markdown: str, block: Json) -> None:
    assert ADF.write(markdown).document == doc(block)


def test_task_lists_have_local_ids_that_are_all_different_and_the_same_each_time() -> None:
    document = ADF.write("- [ ] a\n- [x] b\n  - [ ] c").document
    check_schema(document)
    found = json.dumps(document).split('"localId": "')[1:]
    assert len({rest[:36] for rest in found}) == len(found) == 5
    assert ADF.write("- [ ] a\n- [x] b\n  - [ ] c").document == document


def test_no_text_is_no_document() -> None:
    assert ADF.write("").document is None
    assert ADF.read(None).markdown == ADF.read(doc()).markdown == ADF.read(doc({"type": "paragraph"})).markdown == ""
    assert ADF.canonical(doc({"type": "paragraph"})) is None


def test_what_jira_and_its_editor_add_changes_nothing() -> None:
    markdown = "a **[b](http://x.y)** *c*\n\n1. x\n\n| h |\n| --- |\n| c |\n\n- [ ] t"
    document = ADF.write(markdown).document
    noisy = json.loads(json.dumps(document))
    noisy["content"].append({"type": "paragraph", "attrs": {"localId": "e1"}})
    for node in _all(noisy):
        node["attrs"] = {**node.get("attrs", {}), "localId": "0815"} if node["type"] != "text" else node.get("attrs")
        if node["attrs"] is None:
            del node["attrs"]
        if "marks" in node:
            node["marks"].reverse()
        if node["type"] == "orderedList":
            node["attrs"]["order"] = 1
        if node["type"] == "table":
            node["attrs"] |= {"isNumberColumnEnabled": False, "layout": "default", "width": 760}
        if node["type"] == "tableCell":
            node["attrs"]["colspan"] = 1
    first = noisy["content"][0]["content"]
    first[:1] = [{"type": "text", "text": "a"}, {"type": "text", "text": " "}]
    assert noisy != document
    kept = ADF.canonical(noisy)
    assert ADF.canonical(kept) == kept
    assert json.dumps(kept).count("0815") == json.dumps(noisy).count("0815"), "it is there when something is written"
    assert ADF.read(noisy) == ADF.read(document)
    assert ADF.write(markdown, noisy).document is noisy


def _all(node: Any) -> list[Any]:
    return [found for child in node.get("content", []) for found in (child, *_all(child))]


CELL: Json = {"type": "tableCell", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "c"}]}]}
MEDIA: Json = {"type": "media", "attrs": {"type": "file", "id": "i", "collection": "", "alt": "log.png"}}
PICTURE: Json = {"type": "media", "attrs": {"type": "external", "url": "http://x.y/a.png", "alt": "a"}}
RULE: Json = {"type": "rule"}


def panel(kind: str, *content: Json) -> Json:
    return {"type": "panel", "attrs": {"panelType": kind}, "content": list(content)}


def task(characters: str) -> Json:
    names = [adf_write.local_id(number) for number in (1, 2)]
    item: Json = {"type": "taskItem", "attrs": {"localId": names[1], "state": "DONE"}, "content": [text(characters)]}
    return {"type": "taskList", "attrs": {"localId": names[0]}, "content": [item]}


def expand(kind: str, title: str, *content: Json) -> Json:
    return {"type": kind, "attrs": {"title": title}, "content": list(content)}


def picture(*caption: Json) -> Json:
    return {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [PICTURE, node("caption", *caption)]}


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        (panel("info", paragraph("x")), "> [!NOTE]\n> x"),
        (panel("success", paragraph("x")), "> [!TIP]\n> x"),
        (panel("note", paragraph("x")), "> [!IMPORTANT]\n> x"),
        (panel("warning", paragraph("x")), "> [!WARNING]\n> x"),
        (panel("error", paragraph("x")), "> [!CAUTION]\n> x"),
        (panel("info", {"type": "paragraph"}), "> [!NOTE]"),
        (expand("expand", "More", paragraph("x"), RULE), "> **▸ More**\n>\n> x\n>\n> ---"),
        (
            expand("expand", "More", panel("info", paragraph("x")), expand("nestedExpand", "Most", paragraph("y"))),
            "> **▸ More**\n>\n> > [!NOTE]\n> >\n> > x\n>\n> > **▸ Most**\n> >\n> > y",
        ),
        (paragraph({"type": "mention", "attrs": {"id": "5:1", "text": "@Ada"}}), "[@Ada](person:5%3A1)"),
        (paragraph("is ", {"type": "status", "attrs": {"text": "DONE", "color": "neutral"}}, "!"), "is ⟦DONE⟧!"),
        (paragraph("no ⟦status⟧"), "no \u2060⟦status⟧"),
        (picture(text("b")), '![a](http://x.y/a.png "b")'),
        (picture(text("b", "em")), "![a](http://x.y/a.png)\n*b*"),
        (node("blockquote", paragraph(text("▸ x", "strong"))), "> **\u2060▸ x**"),
        (node("bulletList", node("listItem", paragraph("# T"), paragraph("> q"))), "- # T\n\n  > q"),
        (node("bulletList", node("listItem", paragraph("\u2060# T"))), "- \\# T"),
        (task("☐ x"), "- [x] ☐ x"),
    ],
)
def test_what_adf_has_a_node_for_is_read_and_written_as_that(block: Json, shown: str) -> None:
    check_schema(doc(block))
    assert ADF.read(doc(block)) == Read(shown)
    assert ADF.write(shown).document == doc(block)


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        (panel("custom", paragraph("x")), "> [!NOTE]\n> x"),
        (panel("tip", paragraph("x")), "> [!TIP]\n> x"),
        (paragraph({"type": "date", "attrs": {"timestamp": "1778457600000"}}), "2026-05-11"),
        (paragraph({"type": "emoji", "attrs": {"shortName": ":party:"}}), ":party:"),
        (paragraph({"type": "status", "attrs": {"text": "DONE", "color": "green"}}), "⟦DONE⟧"),
        (paragraph({"type": "inlineCard", "attrs": {"url": "http://x.y/"}}), "http://x.y/"),
        ({"type": "blockCard", "attrs": {"url": "http://x.y/"}}, "http://x.y/"),
        (paragraph({"type": "placeholder", "attrs": {"text": "what?"}}), "what?"),
        (paragraph(text("u", "underline")), "u"),
        ({"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [MEDIA]}, "📎 log.png"),
        (node("mediaGroup", MEDIA, MEDIA), "📎 log.png\n📎 log.png"),
        (
            node("layoutSection", node("layoutColumn", paragraph("x")), node("layoutColumn", paragraph("y"))),
            "> x\n>\n> ---\n>\n> y",
        ),
        ({"type": "extension", "attrs": {"extensionKey": "toc", "extensionType": "x"}}, "[toc]"),
        (node("bodiedSyncBlock", paragraph("x"), paragraph("y")), "> x\n>\n> y"),
        (node("decisionList", node("decisionItem", text("x"))), "- x"),
        (node("inTenYears", paragraph("x")), "x"),
        ({"type": "inTenYears"}, "[inTenYears]"),
        (paragraph({"type": "text", "text": "x", "marks": [{"type": "sparkle"}]}), "x"),
        (
            node(
                "table",
                node("tableRow", node("tableHeader", paragraph("a")), node("tableHeader", paragraph("b"))),
                node("tableRow", {"type": "tableCell", "attrs": {"rowspan": 2}, "content": [paragraph("tall")]}, CELL),
                node("tableRow", CELL),
                node("tableRow", {"type": "tableCell", "attrs": {"colspan": 2}, "content": [paragraph("wide")]}),
            ),
            "| a | b |\n| --- | --- |\n| tall | c |\n| | c |\n| wide | |",
        ),
        (
            node(
                "table",
                node(
                    "tableRow",
                    node("tableCell", paragraph("x", {"type": "hardBreak"}, text("y", "strong")), paragraph("z")),
                    node("tableCell", node("bulletList", *(node("listItem", paragraph(name)) for name in "pq"))),
                ),
            ),
            "| | |\n| --- | --- |\n| x **y** z | • p • q |",
        ),
    ],
)
def test_what_markdown_has_no_form_for_is_shown_in_one_block_and_left_alone(block: Json, shown: str) -> None:
    assert ADF.read(doc(block)) == Read(shown)
    assert ADF.write(shown, doc(block)).document == doc(block)
    check_schema(ADF.write(shown).document)


def test_what_is_no_document_is_shown_and_not_replaced() -> None:
    assert ADF.read("{panel}old{panel}") == Read("{panel}old{panel}", "a document in another format")


def test_an_emoji_is_a_character_like_any_other() -> None:
    emoji: Json = {"type": "emoji", "attrs": {"shortName": ":smile:", "id": "1f604", "text": "😄"}}
    assert (ADF.read(doc(paragraph(emoji))).markdown, ADF.read(doc(paragraph(emoji))).loss) == ("😄", "")
    assert ADF.write("so 😄", doc(paragraph("so ", emoji))).document == doc(paragraph("so ", emoji))
    assert ADF.write("and so 😄", doc(paragraph("so ", emoji))).document == doc(paragraph("and so ", emoji))


def test_real_documents_are_read_and_left_alone() -> None:
    lossless = 0
    for name, document in adf_samples().items():
        read = ADF.read(document)
        assert canonical(read.markdown) == read.markdown, name
        assert ADF.write(read.markdown, document).document is document, name
        once = ADF.canonical(document)
        assert ADF.canonical(once) == once, name
        assert ADF.read(once) == read, name
        cold = ADF.write(read.markdown)
        check_schema(cold.document)
        lossless += not read.loss
    assert lossless


def test_what_has_no_place_in_adf_is_spelled_there_and_read_again() -> None:
    markdown = "- # T\n\n  > q\n  >\n  > r\n\n  ---\n\n  | a |\n  | --- |\n  | b |\n\n> ## T\n>\n> > q"
    written = ADF.write(markdown)
    assert written.loss == ""
    check_schema(written.document)
    assert ADF.read(written.document).markdown == markdown


def test_words_that_stand_in_a_list_without_an_item_are_one_item() -> None:
    dialect = AdfDialect()
    loose: Json = {
        "type": "doc",
        "content": [{"type": "bulletList", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}],
    }
    assert dialect.read(loose).markdown == "- ab"
    assert dialect.read(dialect.canonical(loose)) == dialect.read(loose)


@pytest.mark.parametrize("text", ["1. of May", "• or a dot", "2. "])
def test_a_cell_that_begins_like_a_list_stays_a_paragraph(text: str) -> None:
    cell: Json = {"type": "tableCell", "content": [paragraph({"type": "text", "text": text + "all"})]}
    document = doc({"type": "table", "content": [{"type": "tableRow", "content": [cell]}]})
    assert ADF.write(ADF.read(document).markdown).document == document


def test_a_quote_in_a_panel_in_a_cell_keeps_its_sign() -> None:
    quoted: Json = {"type": "listItem", "content": [paragraph({"type": "text", "text": "> so"})]}
    panel: Json = {
        "type": "panel",
        "attrs": {"panelType": "info"},
        "content": [{"type": "bulletList", "content": [quoted]}],
    }
    cell: Json = {"type": "tableCell", "content": [paragraph({"type": "text", "text": "Ask:"}), panel]}
    document = doc({"type": "table", "content": [{"type": "tableRow", "content": [cell]}]})
    assert "Ask: • > so" in ADF.read(document).markdown


def test_a_new_document_is_in_its_one_form() -> None:
    for markdown in examples():
        written = ADF.write(markdown).document
        assert ADF.canonical(written) == written, markdown
