"""The laws of edits in documents that are there already, for all four dialects and texts drawn at random."""

import pytest
from depth import trying
from hypothesis import given
from hypothesis import strategies as st
from texts import trees

from pmsync.mapping.descriptions import DescriptionLens
from pmsync.mapping.lens import Shown
from pmsync.text import parse, render
from pmsync.text.dialect import Dialect
from pmsync.text.tree import Block, Document
from pmsync_asana.text import XmlDialect
from pmsync_jira.text import AdfDialect, WikiDialect
from pmsync_trello.text import MarkdownDialect

DIALECTS: tuple[Dialect, ...] = (AdfDialect(), WikiDialect(), XmlDialect(), MarkdownDialect())
each = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: type(dialect).__name__)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """A text and an edit of it: blocks of another put in, taken out, moved and changed."""
    before, other = (parse(render(draw(trees))).blocks for _ in range(2))
    after: list[Block] = list(before)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(after)))
        block = draw(st.sampled_from(other)) if other else None
        match draw(st.sampled_from(["in", "out", "other", "order"])):
            case "in" if block is not None:
                after.insert(place, block)
            case "out":
                del after[place : place + 1]
            case "other" if block is not None and place < len(after):
                after[place] = block
            case _:
                after = after[place:] + after[:place]
    return render(Document(before)), render(Document(tuple(after)))


@each
@given(pair=pairs())
@trying(20)
def test_an_edit_is_seen_and_then_nothing_more_is_written(dialect: Dialect, pair: tuple[str, str]) -> None:
    before, after = pair
    document = dialect.canonical(dialect.write(before).document)
    assert dialect.write(before, document).document == document, "what shows all that the tool can is left alone"
    assert dialect.write(dialect.read(document).markdown, document).document == document
    edited = dialect.write(after, document).document
    assert dialect.read(edited).markdown in (after, dialect.read(dialect.write(after).document).markdown)
    assert dialect.write(after, edited).document == edited
    assert dialect.canonical(edited) == edited


@each
@given(pair=pairs())
@trying(15)
def test_an_edit_made_in_a_tool_is_made_in_the_item_so_that_the_tool_shows_it(
    dialect: Dialect, pair: tuple[str, str]
) -> None:
    lens = DescriptionLens(dialect, 1_000_000)
    current, after = pair
    shown = lens.put(current, None)
    assert isinstance(shown, Shown)
    assert lens.get(shown.native, current) == current, "what shows all that the tool can is no edit"
    # Somebody edits what the tool shows.
    edited = dialect.canonical(dialect.write(after, shown.native).document)
    value = lens.get(edited, current)
    assert isinstance(value, str)
    assert lens.put(value, edited).native == edited  # type: ignore[union-attr]
    assert lens.get(edited, value) == value
