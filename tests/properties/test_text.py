"""The laws of canonical Markdown, for texts and trees drawn at random."""

from depth import trying
from hypothesis import example, given
from texts import ink, markdowns, trees

from pmsync.text import canonical, parse, render
from pmsync.text.tidy import tidy
from pmsync.text.tree import Document


@given(markdowns)
@trying(50)
@example(">" * 400 + " deep")
@example("- " * 400 + "deep")
@example("[" * 400)
@example("**a *b **c** d* e**")
def test_canonical_markdown_is_its_own_canonical_form_and_shows_the_same(markdown: str) -> None:
    once = canonical(markdown)
    assert canonical(once) == once
    assert parse(once) == parse(markdown)


@given(trees)
@trying(50)
def test_every_tree_in_normal_form_is_read_as_it_was_written(tree: Document) -> None:
    normal = tidy(tree)
    assert tidy(normal) == normal
    assert parse(render(tree)) == normal


@given(trees)
@trying(25)
def test_normal_form_and_markdown_keep_all_that_is_read(tree: Document) -> None:
    assert ink(parse(render(tree))) == ink(tidy(tree))
