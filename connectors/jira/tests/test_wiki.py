"""Jira Data Center's wiki markup: what people write is read as it is shown, what is written is read as it was meant."""

import re

import pytest
from depth import trying
from hypothesis import given
from rendered import letters
from texts import trees

from pmsync.text import render
from pmsync.text.tree import Document, Inline, Mention, Text
from pmsync.text.walk import map_pieces
from pmsync_jira.text import WikiDialect

WIKI = WikiDialect()


def test_wiki_markup_that_people_write_is_read() -> None:
    markup = (
        "h2. Steps\r\n\r\n* *bold* and _it_\r\n** {{code}}\r\n# [Jira|https://x.y/z]\r\n\r\n"
        "{code:python|title=a.py}\r\nx = 1\r\n{code}\r\n\r\n||A||B||\r\n|1|a \\| b|\r\n\r\n"
        "bq. said\r\n----\r\nend -gone-"
    )
    read = WIKI.read(markup)
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
        ('[t](http://x.y "tip")', "[t|http://x.y|tip]"),
        ("see https://x.y/z", "see https://x.y/z"),
        ("{x} [y] - z well-known", "\\{x\\} \\[y\\] - z well-known"),
        ("| a |\n| --- |\n| b |", "||a||\n|b|"),
        ("| a \\| b |\n| --- |", "||a &#124; b||"),
        ("one\ntwo", "one\ntwo"),
        ("a -- b --- c :) (!) (x)", "a \\-\\- b \\-\\-\\- c \\:) \\(!) \\(x)"),
        ("a – b", "a – b"),
        ("[@ada](person:ada) look", "[~ada] look"),
        ("![log](https://x.y/i.png)", '!https://x.y/i.png|alt="log"!'),
        ("![](https://x.y/i.png)", "!https://x.y/i.png!"),
        ("![log](i.png)", "[🖼 log|i.png]"),
        ("> [!WARNING]\n> hot", "{panel:bgColor=#fffae6}\nhot\n{panel}"),
        ("", None),
    ],
)
def test_markdown_in_wiki_markup_and_back(markdown: str, markup: str | None) -> None:
    assert (WIKI.write(markdown).document, WIKI.write(markdown).loss) == (markup, "")
    assert WIKI.read(markup).markdown == markdown


@pytest.mark.parametrize(
    ("markdown", "markup"),
    [
        ("- a\n\n  b", "* a \\\\  \\\\ b"),
        ("- a\n\n  ```py\n  x\n\n  y\n  ```\n\n  b\n  - c", "* a\n{code:py}\nx\n\ny\n{code}\nb\n** c"),
        ("- a\n  - b\n\n  c", "* a \\\\  \\\\ • b \\\\  \\\\ c"),
        ("- a\n\n  > b", "* a \\\\  \\\\ > b"),
        ("> > a", "{quote}\n> a\n{quote}"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("```a b\nx\n```", "{noformat}\n```a b\nx\n```\n{noformat}"),
        ("```\n{code} {noformat}\n```", "{noformat}\n{\u2060code} {\u2060noformat}\n{noformat}"),
        ("h1. a", "&#104;1. a"),
        ("\\# a", "\\# a"),
        ("\\* a", "\\* a"),
    ],
)
def test_what_markup_has_no_place_for_is_spelled_and_read_again(markdown: str, markup: str) -> None:
    written = WIKI.write(markdown)
    assert (written.document, written.loss) == (markup, "")
    assert WIKI.read(WIKI.read(written.document).markdown and markup).markdown == WIKI.read(markup).markdown
    assert letters(WIKI.read(markup).markdown) == letters(markdown)


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("{color:red}hot{color}", "hot"),
        ("{info}x{info}", "> [!NOTE]\n> x"),
        ("{panel:title=My title}x{panel}", "> [!NOTE]\n> **My title**\n>\n> x"),
        ("[~ada] look", "[@ada](person:ada) look"),
        ("!picture.png|thumbnail!", "🖼 picture.png"),
        ("[^log.txt]", "📎 log.txt"),
        ("+x+ H{~}2{~}O a{^}2{^}", "x H2O a2"),
        ("{toc}", "{toc}"),
        ("good (/) bad (x) :) -- and", "good ✅ bad ❌ 🙂 – and"),
        ("a\\\\b", "a\nb"),
        ("* one\n{code}\nx\n{code}\n* two", "- one\n\n  ```\n  x\n  ```\n\n- two"),
        ("{quote}\na\n\nb\n{quote}", "> a\n>\n> b"),
        ("{panel}\n{quote}\na\n{quote}\n{panel}", "> [!NOTE]\n> > a"),
        ("{quote}{noformat}{quote}{noformat}{quote}", "> ```\n> {quote}\n> ```"),
        ("|a|{code}x y{code}|", "| | |\n| --- | --- |\n| a | `x y` |"),
    ],
)
def test_all_that_markup_shows_is_shown_and_left_alone(markup: str, shown: str) -> None:
    assert WIKI.read(markup).markdown == shown
    assert WIKI.write(shown, markup).document == markup


@given(trees)
@trying(20)
def test_no_letter_of_any_text_is_lost(tree: Document) -> None:
    markdown = render(Document(map_pieces(tree, _nobody).blocks))
    written = WIKI.write(markdown)
    assert _named(letters(WIKI.read(written.document).markdown)) == _named(letters(markdown)) or "image" in written.loss


def _named(text: str) -> str:
    """What kind a callout is may be written as its sign, or as its name."""
    return re.sub(r"\[!([A-Z]+)\]", lambda found: found[1].capitalize(), text)


def _nobody(piece: Inline) -> Inline:
    """The piece without a mention: of those, markup has the person, and not the name."""
    return Text(piece.name) if isinstance(piece, Mention) else piece
