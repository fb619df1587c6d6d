"""Asana's rich text: written by its rules, read with what it adds, and what Markdown cannot say is told."""

import pytest
from depth import trying
from hypothesis import given
from texts import examples, trees

from pmsync.text import canonical, render
from pmsync.text.tree import Document
from pmsync_asana.sandbox.richtext import accept
from pmsync_asana.text import XmlDialect

XML = XmlDialect()


def stored(document: object, known: tuple[str, str, str] | None = None) -> str:
    """What Asana gives back for what was written; raises where it refuses it. Every object is `known`, or none is."""
    return accept("html_notes", document, lambda gid: known)


def test_all_examples_are_taken_and_come_back_in_their_one_form() -> None:
    for markdown in examples():
        written = XML.write(canonical(markdown)).document
        assert XML.canonical(stored(written)) == written, markdown


@given(trees)
@trying(20)
def test_any_text_is_taken_and_comes_back_in_its_one_form(tree: Document) -> None:
    written = XML.write(render(tree)).document
    assert XML.canonical(stored(written)) == written


@pytest.mark.parametrize(
    ("markdown", "inner"),
    [
        ("", ""),
        ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
        ("**a** *b* ~~c~~ `d`", "<strong>a</strong> <em>b</em> <s>c</s> <code>d</code>"),
        ("[a&b](http://x.y/?a=1&b=2)", '<a href="http://x.y/?a=1&amp;b=2">a&amp;b</a>'),
        ("# A\n\ntext\n\n## B", "<h1>A</h1>text<h2>B</h2>"),
        ("### C", "### C"),
        ("- a\n  1. b\n- c", "<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>"),
        ("```\nx < y\n```", "<pre>x &lt; y</pre>"),
        ("```py\nx\n```", "<pre>```py\nx\n```</pre>"),
        ("> q\n>\n> r", "<blockquote>q\n\nr</blockquote>"),
        ("---", "<hr/>"),
        ("- [ ] a\n- [x] b", "<ul><li>☐ a</li><li>☑ b</li></ul>"),
        (
            "| a | b |\n| --- | --- |\n| 1 | 2 |",
            "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>",
        ),
        ("![log](http://x.y/i.png)", '<a href="http://x.y/i.png">🖼 log</a>'),
    ],
)
def test_markdown_in_xml_and_back(markdown: str, inner: str) -> None:
    written = XML.write(markdown)
    assert (written.document, written.loss) == (f"<body>{inner}</body>", "")
    assert XML.read(written.document).markdown == markdown
    assert XML.canonical(stored(written.document)) == written.document


def test_no_notes_are_no_text() -> None:
    for nothing in (None, "", "<body></body>", "<body>\n</body>"):
        assert XML.read(nothing).markdown == ""
        assert XML.canonical(nothing) == "<body></body>"


def test_a_link_to_an_object_of_asana_keeps_its_text() -> None:
    written = XML.write("[the task](https://app.asana.com/0/1/2)").document
    back = stored(written, ("task", "Its real name", "https://app.asana.com/0/0/2/f"))
    assert "Its real name" not in back
    assert XML.canonical(back) == written
    assert XML.read(back) == XML.read(written)


@pytest.mark.parametrize(
    ("inner", "loss", "shown"),
    [
        ('<a href="https://app.asana.com/0/7" data-asana-gid="7" data-asana-type="user">@Ada</a>', "a mention", "Ada"),
        ("<u>x</u>", "underline", "x"),
        ('a <img data-asana-gid="1" src="http://x.y/i.png" alt="log.png"/>', "an image", "a [log.png]"),
        ("<object>x</object>", "<object>", "x"),
        ("<pre>a <strong>b</strong></pre>", "formatted code", "a b"),
    ],
)
def test_what_markdown_has_no_words_for_is_told_and_left_alone(inner: str, loss: str, shown: str) -> None:
    document = f"<body>{inner}</body>"
    read = XML.read(document)
    assert read.loss == loss
    assert shown in read.markdown
    assert XML.write(read.markdown, document).document == document
    assert XML.canonical(XML.canonical(document)) == XML.canonical(document)


def test_no_break_spaces_and_entities_of_html_are_read_as_what_they_show() -> None:
    assert XML.read("<body>a\u00a0b &nbsp;c &eacute;</body>").markdown == "a b  c é"
    assert XML.canonical("<body>a\u00a0b</body>") == "<body>a b</body>"


def test_what_is_no_xml_is_shown_as_it_is_and_never_written_over() -> None:
    for broken in ("<body>a & b", "plain", '<!DOCTYPE x [<!ENTITY a "b">]><body>&a;</body>'):
        read = XML.read(broken)
        assert read.loss == "a text that is not well-formed"
        assert XML.write(read.markdown, broken).document == broken


@pytest.mark.parametrize(
    ("markdown", "loss", "inner"),
    [
        ("3. c", "the first number of a list", "<ol><li>c</li></ol>"),
        ("> - a\n> - b", "a list in a quote", "<blockquote>• a\n• b</blockquote>"),
        ('[a](http://x.y "T")', "the title of a link", '<a href="http://x.y">a</a>'),
        ("- a\n\n  ```\n  x\n  ```", "a code block in a list", "<ul><li>a\n\n<code>x</code></li></ul>"),
    ],
)
def test_what_asana_has_no_place_for_is_told_and_written_plainly(markdown: str, loss: str, inner: str) -> None:
    written = XML.write(markdown)
    assert (written.loss, written.document) == (loss, f"<body>{inner}</body>")
