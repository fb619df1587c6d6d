"""Jira's documents: ADF by its official schema, read, written and brought to one form; and wiki markup."""

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
from pmsync.text.tree import Document
from pmsync_jira.text import AdfDialect, WikiDialect

SPECS = Path(os.environ.get("PMSYNC_SPECS") or Path(__file__).parents[4] / "shared" / "specs")
ADF = AdfDialect()
WIKI = WikiDialect()
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
    found: list[Json] = [{"type": mark} for mark in marks]
    return {"type": "text", "text": characters, "marks": found}


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
        ("~~`x`~~", paragraph(text("x", "code"))),
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


@pytest.mark.parametrize(
    ("block", "loss", "shown"),
    [
        (
            {"type": "panel", "attrs": {"panelType": "info"}, "content": [paragraph("x")]},
            "a panel",
            "> **Info**\n>\n> x",
        ),
        (paragraph({"type": "mention", "attrs": {"id": "1", "text": "@Ada"}}), "a mention", "@Ada"),
        (paragraph({"type": "date", "attrs": {"timestamp": "1778457600000"}}), "a date", "2026-05-11"),
        (paragraph({"type": "status", "attrs": {"text": "DONE", "color": "green"}}), "a status", "[DONE]"),
        (paragraph({"type": "inlineCard", "attrs": {"url": "http://x.y/"}}), "a smart link", "http://x.y/"),
        (paragraph(text("u", "underline")), "underline", "u"),
        (
            {"type": "expand", "attrs": {"title": "More"}, "content": [paragraph("x")]},
            "an expandable section",
            "> **More**\n>\n> x",
        ),
        (
            {
                "type": "mediaSingle",
                "attrs": {"layout": "center"},
                "content": [
                    {"type": "media", "attrs": {"type": "file", "id": "i", "collection": "", "alt": "log.png"}}
                ],
            },
            "an attachment",
            "[log.png]",
        ),
        ({"type": "layoutSection", "content": [{"type": "layoutColumn", "content": [paragraph("x")]}]}, "columns", "x"),
        ({"type": "inTenYears", "content": [paragraph("x")]}, "“inTenYears”", "x"),
        (paragraph({"type": "text", "text": "x", "marks": [{"type": "sparkle"}]}), "“sparkle”", "x"),
    ],
)
def test_what_markdown_has_no_words_for_is_told_and_shown_as_well_as_may_be(block: Json, loss: str, shown: str) -> None:
    read = ADF.read(doc(block))
    assert (read.loss, read.markdown) == (loss, shown)
    assert ADF.write(shown, doc(block)).document == doc(block)


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


def test_what_has_no_place_in_adf_is_told_and_written_plainly() -> None:
    written = ADF.write("- # T\n- > q")
    assert written.loss == "a heading in a list and a quote in a list"
    check_schema(written.document)
    assert ADF.read(written.document).markdown == "- **T**\n- q"


def test_wiki_markup_that_people_write_is_read() -> None:
    markup = (
        "h2. Steps\r\n\r\n* *bold* and _it_\r\n** {{code}}\r\n# [Jira|https://x.y/z]\r\n\r\n"
        "{code:python|title=a.py}\r\nx = 1\r\n{code}\r\n\r\n||A||B||\r\n|1|a \\| b|\r\n\r\n"
        "bq. said\r\n----\r\nend -gone-"
    )
    read = WIKI.read(markup)
    assert read.loss == "the settings of a code block"
    assert read.markdown == (
        "## Steps\n\n- **bold** and *it*\n  - `code`\n\n1. [Jira](https://x.y/z)\n\n```python\nx = 1\n```\n\n"
        "| A | B |\n| --- | --- |\n| 1 | a \\| b |\n\n> said\n\n---\n\nend ~~gone~~"
    )


@pytest.mark.parametrize(
    ("markdown", "markup"),
    [
        ("a **b** *c* ~~d~~ `e`", "a *b* _c_ -d- {{e}}"),
        ("in**word**s", "in{*}word{*}s"),
        ("### T", "h3. T"),
        ("- a\n  1. b\n- c", "* a\n*# b\n* c"),
        ("```py\nx\n```", "{code:py}\nx\n{code}"),
        ("```\nx\n```", "{noformat}\nx\n{noformat}"),
        ("> q", "{quote}\nq\n{quote}"),
        ("[t](http://x.y)", "[t|http://x.y]"),
        ("see https://x.y/z", "see https://x.y/z"),
        ("{x} [y] - z well-known", "\\{x\\} \\[y\\] - z well-known"),
        ("| a |\n| --- |\n| b |", "||a||\n|b|"),
        ("one\ntwo", "one\ntwo"),
        ("", None),
    ],
)
def test_markdown_in_wiki_markup_and_back(markdown: str, markup: str | None) -> None:
    assert (WIKI.write(markdown).document, WIKI.write(markdown).loss) == (markup, "")
    assert WIKI.read(markup).markdown == markdown


@pytest.mark.parametrize(
    ("markup", "loss"),
    [
        ("{color:red}x{color}", "colours"),
        ("{info}x{info}", "a panel"),
        ("[~ada] look", "a mention"),
        ("!picture.png!", "an attachment"),
        ("+x+", "underline"),
        ("{toc}", "a macro"),
    ],
)
def test_what_wiki_markup_says_and_markdown_cannot_is_told(markup: str, loss: str) -> None:
    assert WIKI.read(markup).loss == loss
    assert WIKI.write(WIKI.read(markup).markdown, markup).document == markup


def test_words_that_stand_in_a_list_without_an_item_are_one_item() -> None:
    dialect = AdfDialect()
    loose: Json = {
        "type": "doc",
        "content": [{"type": "bulletList", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}],
    }
    assert dialect.read(loose).markdown == "- ab"
    assert dialect.read(dialect.canonical(loose)) == dialect.read(loose)
