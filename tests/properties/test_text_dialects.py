"""The laws that `pmsync.text.dialect` states, for all four dialects and documents drawn at random."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from depth import trying
from hypothesis import given
from hypothesis import strategies as st
from texts import FRAGMENTS, ink, markdowns, trees

from pmsync.model.fields import Json
from pmsync.text import canonical, parse, render
from pmsync.text.dialect import Dialect
from pmsync.text.tidy import tidy
from pmsync.text.tree import Document, Mention
from pmsync.text.walk import map_pieces
from pmsync_asana.text import XmlDialect
from pmsync_jira.text import AdfDialect, WikiDialect
from pmsync_trello.text import MarkdownDialect

DIALECTS: tuple[Dialect, ...] = (AdfDialect(), WikiDialect(), XmlDialect(), MarkdownDialect())
each = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: type(dialect).__name__)


def named(dialect: Dialect, tree: Document) -> Document:
    """The tree with the names of mentions that the tool gives people: wiki markup has their ids."""
    if not isinstance(dialect, WikiDialect):
        return tree
    return map_pieces(tidy(tree), lambda piece: replace(piece, name=piece.id) if isinstance(piece, Mention) else piece)


@each
@given(tree=trees)
@trying(25)
def test_what_was_written_without_loss_is_read(dialect: Dialect, tree: Document) -> None:
    markdown = render(named(dialect, tree))
    written = dialect.write(markdown)
    read = dialect.read(written.document)
    if not written.loss:
        assert read.markdown == markdown
        assert not read.loss


@each
@given(tree=trees)
@trying(25)
def test_what_is_written_is_in_its_one_form_and_left_alone_by_a_second_write(dialect: Dialect, tree: Document) -> None:
    written = dialect.write(render(tree)).document
    assert dialect.canonical(written) == written
    read = dialect.read(written)
    assert dialect.write(read.markdown, written).document == written
    assert canonical(read.markdown) == read.markdown


@each
@given(markdown=markdowns)
@trying(20)
def test_a_cold_write_keeps_every_letter(dialect: Dialect, markdown: str) -> None:
    written = dialect.write(canonical(markdown))
    wanted = [c for c in ink(named(dialect, parse(markdown))) if c.isalpha()]
    found = "".join(c for c in ink(parse(dialect.read(written.document).markdown)))
    # Letters of addresses may be added where a link cannot be said; none may be missing.
    rest = iter(found)
    assert all(letter in rest for letter in wanted)


nodes = st.recursive(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["text", "hardBreak", "rule", "mention", "emoji", "date", "status", "media", "what"])},
        optional={
            "text": st.sampled_from([*FRAGMENTS, ""]),
            "attrs": st.dictionaries(
                st.sampled_from(["text", "id", "url", "localId", "level", "timestamp", "shortName", "alt", "type"]),
                st.sampled_from(["", "x", "http://x.y", "1", 3, None, "external", 1e9]),
            ),
            "marks": st.lists(
                st.sampled_from([{"type": "strong"}, {"type": "code"}, {"type": "underline"}, {"type": "link"}, {}, 5]),
                max_size=2,
            ),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                (
                    *("doc", "paragraph", "heading", "bulletList", "orderedList", "listItem", "taskList", "taskItem"),
                    *("table", "tableRow", "tableCell", "tableHeader", "blockquote", "panel", "expand", "mediaSingle"),
                    "new",
                )
            ),
            "content": st.lists(inner, max_size=4),
        }
    ),
    max_leaves=12,
)


@given(nodes)
@trying(40)
def test_anything_that_looks_like_adf_is_read_and_has_one_form(document: Json) -> None:
    dialect = AdfDialect()
    read = dialect.read(document)
    assert canonical(read.markdown) == read.markdown
    assert dialect.write(read.markdown, document).document == document
    once = dialect.canonical(document)
    assert dialect.canonical(once) == once
    assert dialect.read(once) == read


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> ElementTree.Element:
    """Anything that Asana might give back one day."""
    tags = [
        "strong",
        "em",
        "u",
        "s",
        "code",
        "a",
        "h1",
        "h2",
        "ul",
        "ol",
        "li",
        "pre",
        "blockquote",
        "hr",
        "table",
        "tr",
    ]
    element = ElementTree.Element(draw(st.sampled_from([*tags, "td", "img", "object"])) if depth else "body")
    texts = st.sampled_from([*(text for text in FRAGMENTS if text.isprintable()), "\n", "\n\n", ""])
    element.text = draw(texts)
    if element.tag == "a":
        element.set("href", draw(st.sampled_from(["http://x.y", "https://app.asana.com/0/1/2", "javascript:x"])))
        element.attrib.update(draw(st.sampled_from([{}, {"data-asana-gid": "2"}, {"data-asana-dynamic": "false"}])))
    for child in draw(st.lists(elements(depth + 1), max_size=3)) if depth < 4 else ():
        child.tail = draw(texts)
        element.append(child)
    return element


@given(elements())
@trying(40)
def test_any_xml_is_read_and_has_one_form(element: ElementTree.Element) -> None:
    dialect = XmlDialect()
    document = ElementTree.tostring(element, encoding="unicode")
    read = dialect.read(document)
    assert canonical(read.markdown) == read.markdown
    assert dialect.write(read.markdown, document).document == document
    once = dialect.canonical(document)
    assert dialect.canonical(once) == once
    assert dialect.read(once) == read


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
@trying(40)
def test_any_wiki_markup_is_read_and_has_one_form(document: str) -> None:
    dialect = WikiDialect()
    read = dialect.read(document)
    assert canonical(read.markdown) == read.markdown
    assert dialect.write(read.markdown, document or None).document == (document or None)
    once = dialect.canonical(document)
    assert dialect.canonical(once) == once
    assert dialect.read(once) == read
