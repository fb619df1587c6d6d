"""How a text is written in canonical Markdown."""

import pytest

from pmsync.text import canonical, parse, render
from pmsync.text.tree import Break, Bullets, Code, Document, Item, Link, Paragraph, Style, Text, visible

STRONG, EMPHASIS, _ = (frozenset({style}) for style in Style)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("* a\n* b\n    * c", "- a\n- b\n  - c"),
        ("1. a\n1. b\n\n   more", "1. a\n\n2. b\n\n   more"),
        ("- a\n\n- b", "- a\n- b"),
        ("- a\n\n+ b", "- a\n\n* b"),
        ("Title\n---", "## Title"),
        ("__a__ _b_", "**a** *b*"),
        ("one  \ntwo\\\nthree", "one\ntwo\nthree"),
        ("[text][r]\n\n[r]: /url 'T'", '[text](/url "T")'),
        ("<http://x.y/a_b>", "http://x.y/a_b"),
        ("<http://x.y/a_b>!", "<http://x.y/a_b>!"),
        ("    code", "```\ncode\n```"),
        ("~~~\n```\n~~~", "````\n```\n````"),
        ("| a |\n|-|\n| `x\\|y` |", "| a |\n| --- |\n| `x\\|y` |"),
        ("* * *", "---"),
        ("- * * *", "- ___"),
        ("> a\n> > b", "> a\n>\n> > b"),
        (">  [!note]\n>\n> a\n> > b", "> [!NOTE]\n> a\n>\n> > b"),
        ("[@Ada L](<person:x y>)", "[@Ada L](person:x%20y)"),
        ("so\\![@Ada](person:a)", "so\\![@Ada](person:a)"),
        ("__[@Ada](person:a)__ b", "**[@Ada](person:a)** b"),
    ],
)
def test_one_form_for_all_ways_to_write_a_thing(markdown: str, expected: str) -> None:
    assert canonical(markdown) == expected


@pytest.mark.parametrize(
    "markdown",
    [
        "2 * 3 * 4 = 24",
        "a*b is a product",
        "snake_case_name in [brackets] at 100% {of} <it> & more!",
        "~5 days",
        "C:\\temp\\new",
        "A line with a dash - and a #hash, 1. not a list",
        "> [!NOTE]\n> Kept as it is.",
        "<div>HTML</div>",
        "AT&T costs $5; see (a), \"b\", 'c' …",
    ],
)
def test_what_is_no_markup_is_not_escaped(markdown: str) -> None:
    assert canonical(markdown) == markdown


@pytest.mark.parametrize(
    "text",
    [
        *("# no heading", "1. no item", "- no item", "> no quote", "+ x", "---", "===", "| a |", "```", "[x]: /url"),
        *(
            "*no*",
            "**no**",
            "_no_",
            "~~no~~",
            "`no`",
            "[no](/url)",
            "![no](/url)",
            "&amp;",
            "\\*",
            "<http://x.y>",
            "no #",
        ),
    ],
)
def test_what_looks_like_markup_and_is_none_stays_text(text: str) -> None:
    document = Document(
        (Paragraph((Text("first"), Break(), Text(text))), Bullets((Item((Paragraph((Text(text),)),)),)))
    )
    first, second = parse(render(document)).blocks
    assert visible((first,)) == f"first\n{text}\n"
    assert isinstance(second, Bullets)
    assert visible((second,)) == f"{text}\n"


def test_marks_that_markdown_would_not_take_for_marks_hide_the_letter_beside_them() -> None:
    document = Document((Paragraph((Text("a"), Text('"b"', STRONG), Text("c"))),))
    assert render(document) == '&#97;**"b"**&#99;'
    assert parse(render(document)) == document


def test_marks_that_cross_are_cut_where_the_first_ends() -> None:
    line = (Text("a ", STRONG), Text("b", STRONG | EMPHASIS), Text(" c", EMPHASIS))
    assert render(Document((Paragraph(line),))) == "**a *b*** *c*"


def test_a_link_is_not_cut_by_a_mark_that_ends_within_it() -> None:
    link = Link("/url")
    line = (Text("a ", STRONG), Text("b", STRONG, link), Text("c", link=link))
    assert render(Document((Paragraph(line),))) == "**a** [**b**c](/url)"


def test_blanks_at_the_edge_of_a_mark_are_outside_it() -> None:
    line = (Text("a"), Text(" b ", STRONG), Code("c"))
    assert render(Document((Paragraph(line),))) == "a **b** `c`"


def test_an_item_that_begins_with_a_box_and_is_no_task_says_so() -> None:
    item = Item((Paragraph((Text("[x] no task"),)),))
    assert render(Document((Bullets((item,)),))) == "- \\[x] no task"
