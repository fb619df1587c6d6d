"""Asana's rich text: written by its rules, read with what it adds, and what Markdown cannot say is told."""

import pytest
from asana_rules import broken_rule
from depth import trying
from hypothesis import given
from rendered import letters
from texts import examples, trees

from pmsync.text import canonical, render
from pmsync.text.tree import Document
from pmsync_asana.sandbox.richtext import accept
from pmsync_asana.text import CommentDialect, XmlDialect

XML = XmlDialect()
COMMENT = CommentDialect()


def stored(document: object, known: tuple[str, str, str] | None = None, *, comment: bool = False) -> str:
    """What Asana gives back for what was written; raises where it refuses it. Every object is `known`, or none is."""
    return accept("html_notes", document, lambda gid: known, comment=comment)


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
    ("inner", "shown"),
    [
        ('<a href="https://app.asana.com/0/7" data-asana-gid="7" data-asana-type="user">@Ada</a>', "Ada"),
        ("<u>x</u>", "x"),
        ('a <img data-asana-gid="1" src="http://x.y/i.png" alt="log.png"/>', "🖼 log.png"),
        ("<object>x</object>", "x"),
        ("<pre>a <strong>b</strong></pre>", "a b"),
    ],
)
def test_what_markdown_has_no_words_for_is_shown_and_left_alone(inner: str, shown: str) -> None:
    document = f"<body>{inner}</body>"
    read = XML.read(document)
    assert not read.loss
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
        ('[a](http://x.y "T")', "the title of a link", '<a href="http://x.y">a</a>'),
        ("[@Ada](person:ada)", "a mention", "@Ada"),
        ("| a |\n| :-: |", "the alignment of columns", "<table><tr><td>a</td></tr></table>"),
        ('![i](http://x.y "T")', "the title of an image", '<a href="http://x.y">🖼 i</a>'),
    ],
)
def test_what_asana_has_no_form_for_is_told_and_written_plainly(markdown: str, loss: str, inner: str) -> None:
    written = XML.write(markdown)
    assert (written.loss, written.document) == (loss, f"<body>{inner}</body>")


@pytest.mark.parametrize(
    ("markdown", "inner"),
    [
        ("3. c\n4. d", "3. c\n4. d"),
        ("> - a\n> - b", "<blockquote>• a\n• b</blockquote>"),
        ("> > a", "<blockquote>&gt; a</blockquote>"),
        ("> # a\n>\n> b", "<blockquote># a\n\nb</blockquote>"),
        ("- a\n\n  ```py\n  x\n\n  y\n  ```", "<ul><li>a\n\n{py}</li></ul>"),
        ("- a\n\n  > b", "<ul><li>a\n\n&gt; b</li></ul>"),
        ("- a\n\n  | b | c\\|d |\n  | --- | :-: |", "<ul><li>a\n\n| b | c\\|d |\n| --- | :-: |</li></ul>"),
        ("- a\n\n- ___", "<ul><li>a</li><li>———</li></ul>"),
        ("> [!TIP]\n> a", "<blockquote><strong>💡 Tip</strong>\n\na</blockquote>"),
        ("> 1. a\n>\n>    b", "<blockquote>1. a\n\n\u2003b</blockquote>"),
        ("\\### a\n\n2\\. b", "\u2060### a\n\n\u20602. b"),
        ("[](http://x.y)", '<a href="http://x.y">\u2060</a>'),
        ("[@Ada](person:7)", '<a data-asana-gid="7" data-asana-type="user">@Ada</a>'),
    ],
)
def test_what_asana_has_no_place_for_is_spelled_and_read_again(markdown: str, inner: str) -> None:
    code = "<code>```py</code>\n<code>x</code>\n<code>\u2060</code>\n<code>y</code>\n<code>```</code>"
    written = XML.write(markdown)
    assert (written.document, written.loss) == (f"<body>{inner.replace('{py}', code)}</body>", "")
    assert XML.read(written.document).markdown == markdown


@pytest.mark.parametrize(
    ("markdown", "inner"),
    [
        ("# a\n\n## b", "# a\n\n## b"),
        ("a\n\n---\n\nb", "a\n\n———\n\nb"),
        ("| a | b |\n| --- | --- |\n| 1 | **2** |", "| a | b |\n| --- | --- |\n| 1 | <strong>2</strong> |"),
        ("> q\n\n```\nc\n```\n\n- i", "<blockquote>q</blockquote><pre>c</pre><ul><li>i</li></ul>"),
        ("\\# a", "\u2060# a"),
    ],
)
def test_comments_have_fewer_forms(markdown: str, inner: str) -> None:
    written = COMMENT.write(markdown)
    assert (written.document, written.loss) == (f"<body>{inner}</body>", "")
    assert COMMENT.read(written.document).markdown == markdown
    assert COMMENT.canonical(stored(written.document, comment=True)) == written.document


def test_a_mention_is_told_by_its_gid_and_comes_back_with_the_name_that_asana_gives() -> None:
    written = XML.write("[@Ada](person:7)").document
    back = stored(written, ("user", "Ada Lovelace", "https://app.asana.com/0/7/list"))
    assert XML.read(back).markdown == "[@Ada Lovelace](person:7)"
    assert XML.canonical(back) == '<body><a data-asana-gid="7" data-asana-type="user">@Ada Lovelace</a></body>'


def test_an_attachment_within_a_text_is_shown_and_has_one_form_though_its_address_changes() -> None:
    first, second = (
        f'<body>a<img data-asana-gid="1" data-asana-type="attachment" src="https://x/{n}" alt="log.png"/></body>'
        for n in "12"
    )
    assert XML.canonical(first) == XML.canonical(second)
    assert XML.read(first).markdown == "a\n\n🖼 log.png"
    assert not broken_rule(str(XML.canonical(first)))


@given(trees)
@trying(25)
def test_no_rule_of_asanas_is_broken_by_any_text_and_no_letter_is_lost(tree: Document) -> None:
    markdown = render(tree)
    for dialect in (XML, COMMENT):
        written = dialect.write(markdown)
        assert not broken_rule(str(written.document), comment=dialect is COMMENT)
        read = dialect.read(written.document).markdown
        assert letters(read) == letters(markdown) or "mention" in written.loss or "image" in written.loss
