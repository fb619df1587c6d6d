"""The laws of merging, for texts and edits drawn at random."""

from collections import Counter

from depth import trying
from hypothesis import given
from hypothesis import strategies as st
from texts import blocks

from pmsync.text import canonical, parse, render
from pmsync.text.merge import merge, merge_words
from pmsync.text.tidy import tidy
from pmsync.text.tree import Block, Document

words = st.sampled_from(
    ["the", "a", "quick", "fox", "jumps", "over", "dog", "and", "then", "**bold**", "`code`", "\n\n"]
)
sentences = st.lists(words, max_size=14).map(" ".join).map(canonical)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, str]:
    """A text of a few blocks, and two edits of it by insertion, deletion, replacement and moving of blocks."""
    some = tidy(Document(tuple(draw(st.lists(blocks, max_size=5))))).blocks
    sides = []
    for _ in range(2):
        edited: list[Block] = list(some)
        for _ in range(draw(st.integers(0, 2))):
            place = draw(st.integers(0, len(edited)))
            new = tidy(Document((draw(blocks),))).blocks
            edited[place : place + draw(st.integers(0, 1))] = new if draw(st.booleans()) else edited[:1]
        sides.append(render(Document(tuple(edited))))
    return render(Document(some)), sides[0], sides[1]


@given(st.one_of(st.tuples(sentences, sentences, sentences), edits()))
@trying(60)
def test_a_merge_is_symmetric_canonical_and_neither_doubles_nor_drops_a_block(case: tuple[str, str, str]) -> None:
    base, left, right = case
    merged = merge(base, left, right)
    assert merged == merge(base, right, left)
    if merged is None:
        return
    assert canonical(merged) == merged
    counts = [Counter(parse(text).blocks) for text in (base, left, right, merged)]
    for block in counts[3]:
        before, ours, theirs, found = (count[block] for count in counts)
        assert found <= max(before, ours, theirs) or found == ours + theirs - before or not before + ours + theirs


@given(sentences, sentences)
@trying(40)
def test_an_edit_on_one_side_alone_or_the_same_on_both_is_taken_as_it_is(base: str, edit: str) -> None:
    assert merge(base, base, edit) == merge(base, edit, base) == merge(base, edit, edit) == edit
    assert merge_words(base, base, edit) == merge_words(base, edit, base) == merge_words(base, edit, edit) == edit


@given(st.lists(st.sampled_from("abcdefgh"), max_size=8), st.data())
@trying(60)
def test_merged_words_are_those_of_both_sides(base: list[str], data: st.DataObject) -> None:
    """Each word as often as it was, more what each side added, less what each side took away.

    Of words that are alike, nobody can tell whether both sides took away the same one.
    """
    sides = []
    for new in ("new", "other"):
        side = list(base)
        place = data.draw(st.integers(0, len(side)))
        side[place : place + data.draw(st.integers(0, 2))] = data.draw(st.sampled_from([[new], [new, "more"], []]))
        sides.append(side)
    merged = merge_words(" ".join(base), *(" ".join(side) for side in sides))
    if merged is None:
        return
    if sides[0] == sides[1]:
        return
    expected = Counter(base)
    for side in sides:
        expected.update(side)
        expected.subtract(base)
    counts = Counter(merged.split())
    for word in expected:
        if base.count(word) < 2:
            assert counts[word] == max(expected[word], 0)
        else:
            assert max(expected[word], 0) <= counts[word] <= min(side.count(word) for side in sides)
