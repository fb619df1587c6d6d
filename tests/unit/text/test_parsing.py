"""What a Markdown text is read as."""

import pytest

from pmsync.text import parse
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
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
)

STRONG, EMPHASIS, STRIKE = (frozenset({style}) for style in Style)


def para(*pieces: str | Text | Code | Image | Break | Mention) -> Paragraph:
    return Paragraph(tuple(Text(piece) if isinstance(piece, str) else piece for piece in pieces))


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("", ()),
        (" \n\n", ()),
        ("one\n\ntwo", (para("one"), para("two"))),
        ("## Title ##", (Heading(2, (Text("Title"),)),)),
        ("Title\n===", (Heading(1, (Text("Title"),)),)),
        ("***", (Rule(),)),
        ("> quoted\nlazily", (Quote((para("quoted", Break(), "lazily"),)),)),
        ("```py\nx = 1\n\n```", (CodeBlock("x = 1\n", "py"),)),
        ("    indented", (CodeBlock("indented"),)),
        ("7) a\n8) b", (Numbers((Item((para("a"),)), Item((para("b"),))), 7),)),
        ("- [ ] a\n- [X] b", (Bullets((Item((para("a"),), False), Item((para("b"),), True))),)),
        (
            "| a | b |\n|---|:-:|\n| 1 |",
            (Table((Align.LEFT, Align.CENTER), ((Text("a"),), (Text("b"),)), (((Text("1"),), ()),)),),
        ),
    ],
)
def test_blocks(markdown: str, blocks: Blocks) -> None:
    assert parse(markdown) == Document(blocks)


@pytest.mark.parametrize(
    ("markdown", "line"),
    [
        ("a **b** c", (Text("a "), Text("b", STRONG), Text(" c"))),
        ("a __b *c*__", (Text("a "), Text("b ", STRONG), Text("c", STRONG | EMPHASIS))),
        ("~~gone~~", (Text("gone", STRIKE),)),
        ("`` a`b ``", (Code("a`b"),)),
        ('[text](/url "title")', (Text("text", link=Link("/url", "title")),)),
        ("[ref]\n\n[ref]: http://x.y", (Text("ref", link=Link("http://x.y")),)),
        ("<http://x.y>", (Text("http://x.y", link=Link("http://x.y")),)),
        ("see www.x.org.", (Text("see "), Text("www.x.org", link=Link("http://www.x.org")), Text("."))),
        ("http://x.y/%C3%A4", (Text("http://x.y/%C3%A4", link=Link("http://x.y/%C3%A4")),)),
        ("![*alt*](/i.png)", (Image("/i.png", "alt"),)),
        ("one\ntwo", (Text("one"), Break(), Text("two"))),
        ("one  \ntwo", (Text("one"), Break(), Text("two"))),
        (r"\*not\*", (Text("*not*"),)),
        ("&copy; &#65;", (Text("© A"),)),
    ],
)
def test_inline_content(markdown: str, line: Line) -> None:
    assert parse(markdown) == Document((Paragraph(line),))


def test_raw_html_is_text() -> None:
    assert parse("<b>x</b> <!-- y -->") == Document((para("<b>x</b> <!-- y -->"),))


def test_a_link_that_could_run_a_script_is_text() -> None:
    assert parse("[x](javascript:alert(1))") == Document((para("[x](javascript:alert(1))"),))


def test_characters_that_a_tool_cannot_hold_are_replaced_where_all_can_see() -> None:
    assert parse("a\x00b\x0bc\ud800d\ufffee") == Document((para("a\ufffdb\ufffdc\ufffdd\ufffde"),))


def test_no_break_spaces_are_spaces_and_all_line_ends_newlines() -> None:
    assert parse("a\u00a0b\r\nc\u2028d") == Document((para("a b", Break(), "c", Break(), "d"),))


def test_text_nested_deeper_than_anyone_writes_is_plain_and_all_there() -> None:
    deep = ">" * 500 + " text"
    assert parse(deep) == Document((para(deep),))


def test_an_unknown_language_of_code_keeps_all_its_words() -> None:
    assert parse("~~~ a`b  title=x\n~~~") == Document((CodeBlock("", "a`b title=x"),))


@pytest.mark.parametrize(
    ("markdown", "block"),
    [
        ("> [!NOTE]\n> a", Callout(CalloutKind.NOTE, (para("a"),))),
        (">  [!tip]\n>\n> - a", Callout(CalloutKind.TIP, (Bullets((Item((para("a"),)),)),))),
        ("> [!WARNING] a", Quote((para("[!WARNING] a"),))),
        ("> [!CAUTION]", Quote((para("[!CAUTION]"),))),
        ("> [!OTHER]\n> a", Quote((para("[!OTHER]", Break(), "a"),))),
        ("> \\[!NOTE]\n> a", Quote((para("[!NOTE]", Break(), "a"),))),
        ("- > [!NOTE]\n  > a", Bullets((Item((Quote((para("[!NOTE]"), para("a"))),)),))),
    ],
)
def test_a_callout_is_a_quote_that_begins_with_its_mark_and_nothing_holds_it(markdown: str, block: Block) -> None:
    assert parse(markdown).blocks == (block,)


@pytest.mark.parametrize(
    ("markdown", "pieces"),
    [
        ("ask [@Ada Lovelace](person:ada)", ("ask ", Mention("ada", "Ada Lovelace"))),
        ("**[@A\\_b](person:557058%3A1f)**", (Mention("557058:1f", "A_b", STRONG),)),
        ("[**@A**](person:a)[@A](person:a)", (Mention("a", "A", STRONG), Mention("a", "A"))),
        ("[@Ada](https://x.y)", (Text("@Ada", link=Link("https://x.y")),)),
        ("[Ada](person:ada)", (Text("Ada", link=Link("person:ada")),)),
        ("[@Ada](person:)", (Text("@Ada", link=Link("person:")),)),
        ('[@Ada](person:ada "T")', (Text("@Ada", link=Link("person:ada", "T")),)),
        (
            "[@Ada *L*](person:ada)",
            (Text("@Ada ", link=Link("person:ada")), Text("L", EMPHASIS, Link("person:ada"))),
        ),
        ("![@Ada](person:ada)", (Image("person:ada", "@Ada"),)),
    ],
)
def test_a_mention_is_a_link_to_a_person_by_name(
    markdown: str, pieces: tuple[str | Text | Image | Mention, ...]
) -> None:
    assert parse(markdown).blocks == (para(*pieces),)
