"""Trello's descriptions: Markdown, whoever wrote it."""

from depth import trying
from hypothesis import given
from texts import trees

from pmsync.text import render
from pmsync.text.tree import Document
from pmsync_trello.text import MarkdownDialect

MARKDOWN = MarkdownDialect()


@given(trees)
@trying(20)
def test_canonical_markdown_is_written_as_it_is(tree: Document) -> None:
    markdown = render(tree)
    assert MARKDOWN.write(markdown).document == markdown
    assert MARKDOWN.read(markdown).markdown == markdown


def test_what_trellos_editor_rewrites_shows_the_same() -> None:
    ours = "- one\n- two\n\n**bold** https://x.y/z"
    theirs = '* one\n* two\n\n__bold__ [https://x.y/z](https://x.y/z "smartCard-inline")'
    assert MARKDOWN.read(theirs).markdown == ours
    assert MARKDOWN.write(ours, theirs).document == theirs


def test_a_title_of_a_link_that_is_no_card_stays() -> None:
    link = '[a](https://x.y "Title")'
    assert MARKDOWN.read(link).markdown == link


def test_a_line_that_was_typed_is_a_line() -> None:
    assert MARKDOWN.read("one\ntwo").markdown == "one\ntwo"


def test_no_description_is_the_empty_one() -> None:
    assert MARKDOWN.read(None).markdown == MARKDOWN.read("").markdown == ""
    assert MARKDOWN.write("").document == ""
    assert MARKDOWN.canonical(None) == ""
