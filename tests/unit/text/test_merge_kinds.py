"""The kinds of edits that two people make at once, over real texts: merged rightly, or not at all."""

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from edits import reworded
from texts import adf_samples

from pmsync.text import canonical, parse, render
from pmsync.text.merge import merge
from pmsync.text.tree import Block, Document, Paragraph, Text
from pmsync.text.words import words
from pmsync_jira.text import AdfDialect

_LONGEST = 4_000
Case = tuple[str, str, str, str, str | None]
"""What kind it is, the text, the two edits of it, and what they are together; None where they are at odds."""


def of(blocks: list[Block]) -> str:
    return render(Document(tuple(blocks)))


def cases(markdown: str, chance: random.Random) -> Iterator[Case]:
    blocks = list(parse(markdown).blocks)
    new, other = (Paragraph((Text(f"Something new, the {nth}."),)) for nth in ("first", "second"))
    one, two = sorted(chance.sample(range(len(blocks) + 1), 2))
    inserted, further = [*blocks[:one], new, *blocks[one:]], [*blocks[:two], other, *blocks[two:]]
    both = [*blocks[:one], new, *blocks[one:two], other, *blocks[two:]]
    yield "both insert", markdown, of(inserted), of(further), of(both)
    yield "both insert at one place", markdown, of(inserted), of([*blocks[:one], other, *blocks[one:]]), None
    here, there = chance.sample(range(len(blocks)), 2)
    first, second = (_edit(blocks[place], chance) for place in (here, there))
    if first is None or second is None:
        return
    left, right = _with(blocks, here, first), _with(blocks, there, second)
    merged = _with(left, there, second)
    yield "edit two blocks", markdown, of(left), of(right), of(merged)
    yield "edit alike", markdown, of(left), of(left), of(left)
    yield "edit and delete another", markdown, of(left), of(_without(blocks, there)), of(_without(left, there))
    yield "edit and delete the same", markdown, of(left), of(_without(blocks, here)), None
    shifted = [*left[:one], new, *left[one:]]
    yield "edit and insert", markdown, of(left), of(inserted), of(shifted)


def of_words(markdown: str, chance: random.Random) -> Iterator[Case]:
    tokens = words(markdown)
    places = [place for place, word in enumerate(tokens) if len(word) > 2 and word.isalpha()]
    if len(places) < 8:
        return
    place = chance.choice(places)
    far = chance.choice([other for other in places if abs(other - place) > 4])
    text = parse(markdown)
    one, other, same = (reworded(text, *at) for at in ((place, "Leftmost"), (far, "Rightmost"), (place, "Rightmost")))
    if one is None or other is None or same is None:
        return
    yield "edit the same word", markdown, render(one), render(same), None
    if (both := reworded(one, far, "Rightmost")) is not None:
        yield "edit two words", markdown, render(one), render(other), render(both)


def _with(blocks: list[Block], place: int, block: Block) -> list[Block]:
    return [*blocks[:place], block, *blocks[place + 1 :]]


def _without(blocks: list[Block], place: int) -> list[Block]:
    return [*blocks[:place], *blocks[place + 1 :]]


def _edit(block: Block, chance: random.Random) -> Block | None:
    text = Document((block,))
    places = [place for place, word in enumerate(words(render(text))) if len(word) > 3 and word.isalpha()]
    edited = reworded(text, chance.choice(places), f"word{chance.randrange(1000)}") if places else None
    return edited.blocks[0] if edited is not None and len(edited.blocks) == 1 else None


def test_no_merge_is_ever_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    figures: dict[str, Counter[str]] = defaultdict(Counter)
    for name, sample in adf_samples().items():
        markdown = AdfDialect().read(sample).markdown
        if len(parse(markdown).blocks) < 3 or len(markdown) > _LONGEST:
            continue
        chance = random.Random(name)
        for kind, base, left, right, expected in (*cases(markdown, chance), *of_words(markdown, chance)):
            merged = merge(base, left, right)
            assert merged in (expected, None), (name, kind)
            figures[kind]["right" if merged == expected else "not merged, though it could be"] += 1
    with capsys.disabled():
        sys.stdout.write("".join(f"\nmerge, {kind}: {dict(told)}" for kind, told in figures.items()))
    assert len(figures) == 9
    total = sum(figures.values(), Counter())
    assert total["right"] > 50
    assert total["not merged, though it could be"] <= total["right"] / 100


MARKS = "<<<<<<< mine\nThis is mine.\n=======\nThis is theirs.\n>>>>>>> theirs"


@pytest.mark.parametrize("marked", [MARKS, f"```\n{MARKS}\n```", f"> {MARKS}", "||||||| base\n=======", "======="])
def test_what_looks_like_a_conflict_is_a_text_like_any_other_and_none_is_ever_made(marked: str) -> None:
    base = canonical(f"one\n\n{marked}\n\nlast")
    left, right = (
        canonical(f"{start}\n\n{marked}\n\n{end}") for start, end in (("one more", "last"), ("one", "at last"))
    )
    assert merge(base, left, right) == canonical(f"one more\n\n{marked}\n\nat last")
    assert merge("one", canonical(marked), "two") is None
    for text in (merge(canonical("a b c d e"), "a x c d e", "a b c y e"), merge("a", "b", "a")):
        assert text is not None
        assert not any(mark in text for mark in ("<<<<", ">>>>", "====", "||||"))
