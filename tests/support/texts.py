"""Formatted texts for tests: trees and Markdown drawn at random, and the examples of CommonMark, GFM and ADF."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from pmsync.text.tree import (
    Align,
    Block,
    Break,
    Bullets,
    Callout,
    CalloutKind,
    Code,
    CodeBlock,
    Document,
    Heading,
    Image,
    Item,
    Line,
    Link,
    Mention,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Style,
    Table,
    Text,
    visible,
)

CORPORA = Path(os.environ.get("PMSYNC_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora")

# What is likely to be taken for something else, in one language or another.
FRAGMENTS = (
    *(
        "a",
        "word",
        "two words",
        "é",
        "日本",
        "😀",
        "1",
        " ",
        "  ",
        "\t",
        "\n",
        "\u00a0",
        "\u2003",
        "\u2028",
        "\x00",
        "\x0b",
    ),
    *(
        "*",
        "**",
        "_",
        "__",
        "~",
        "~~",
        "`",
        "``",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "!",
        "#",
        "-",
        "--",
        "+",
        "1.",
        "2)",
        "=",
    ),
    *(
        "|",
        "||",
        "\\",
        "\\\\",
        "&",
        "&amp;",
        "&#65;",
        '"',
        "'",
        ":",
        ";",
        ".",
        ",",
        "?",
        "??",
        "{",
        "}",
        "{{",
        "}}",
        "^",
        "@",
        "$",
    ),
    *(
        "http://x.y/a_b",
        "https://a.b/c?d=e&f",
        "www.foo.com",
        "a@b.cd",
        "http://",
        "[ ] ",
        "[x] ",
        "> [!NOTE]\n",
        "[@Ada](person:ada)",
        "<b>",
        "</b>",
        "<!--",
    ),
    *(
        "---",
        "***",
        "```",
        "~~~",
        "h1. ",
        "bq. ",
        "{code}",
        "{quote}",
        "{noformat}",
        "(!)",
        ":)",
        "☐ ",
        "☑ ",
        "🖼",
        "### ",
    ),
)

fragments = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=6).map("".join)
texts = fragments | st.text(max_size=12)
styles = st.frozensets(st.sampled_from(Style), max_size=2)
hrefs = st.sampled_from(
    [
        "http://x.y",
        "http://www.foo.com",
        "person:ada",
        "https://a.b/c_d*e?f=g&h",
        "mailto:a@b.cd",
        "/relative",
        "http://x/(y",
        "",
    ]
)
links = st.none() | st.builds(Link, hrefs, st.just("") | fragments)
pieces = st.one_of(
    st.builds(Text, texts, styles, links),
    st.builds(Text, texts, styles),
    st.builds(Text, st.sampled_from(["some words", "and ", " more"]), styles),
    st.builds(Code, texts, styles, links),
    st.builds(Image, hrefs, texts, st.just("") | texts, styles, links),
    st.builds(Break),
    st.builds(Mention, st.sampled_from(["ada", "557058:1f", "a b/c)", "é%"]) | texts, texts, styles),
)
lines: st.SearchStrategy[Line] = st.lists(pieces, max_size=5).map(tuple)


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 3))
    row = st.tuples(*[lines] * width)
    return Table(draw(st.tuples(*[st.sampled_from(Align)] * width)), draw(row), tuple(draw(st.lists(row, max_size=2))))


def _containers(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    some = st.lists(blocks, max_size=3).map(tuple)
    items = st.lists(st.builds(Item, some, st.none() | st.booleans()), min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Quote, some),
        st.builds(Callout, st.sampled_from(CalloutKind), some),
        st.builds(Bullets, items),
        st.builds(Numbers, items, st.sampled_from([1, 1, 0, 7])),
    )


_leaves: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, lines),
    st.builds(Heading, st.integers(1, 6), lines),
    st.builds(
        CodeBlock, st.lists(texts, max_size=3).map("\n".join), st.sampled_from(["", "", "python", "a b", "`", "~"])
    ),
    st.builds(Rule),
    _tables(),
)
blocks: st.SearchStrategy[Block] = st.recursive(_leaves, _containers, max_leaves=6)
trees = st.lists(blocks, max_size=4).map(lambda found: Document(tuple(found)))
markdowns = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join) | st.text()


@cache
def _examples() -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in ("commonmark-spec", "gfm-spec", "gfm-extensions"):
        for example in json.loads((CORPORA / f"{name}.json").read_text("utf-8")):
            found[example["markdown"]] = None
    return tuple(found)


def examples() -> tuple[str, ...]:
    """Every example of CommonMark 0.31 and GFM, once. Skips the test where they are not there."""
    if not (CORPORA / "commonmark-spec.json").exists():
        pytest.skip(f"the CommonMark and GFM examples are not in {CORPORA}")
    return _examples()


def adf_samples() -> dict[str, Any]:
    """ADF documents from real pages and other projects' tests, by name. Skips the test where they are not there."""
    folder = CORPORA / "adf-samples"
    if not folder.exists():
        pytest.skip(f"the ADF documents are not in {folder}")
    return {
        path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json")) if path.stem != "INDEX"
    }


def ink(document: Document) -> str:
    """All that is read in a tree, without white space."""
    return "".join(visible(document.blocks).split())
