"""Edits of formatted texts as people make them, drawn at random, for trying what becomes of the rest."""

import random
from collections.abc import Collection, Iterator

from pmsync.text import parse, render
from pmsync.text.tree import Document, Paragraph, Text
from pmsync.text.words import words

KINDS = ("none", "append", "insert", "one word", "three words", "move", "delete")
_SIGNS = frozenset({"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION", "person", "http", "https"})
"""Words of canonical Markdown that stand for something else."""


def edits(text: Document, seed: str, spared: Collection[str] = (), *, each: int = 3) -> Iterator[tuple[str, Document]]:
    """Edits of each kind. `spared` are words that stay as they are: what only shows what something is."""
    chance = random.Random(seed)
    blocks = text.blocks
    yield "none", text
    yield "append", Document((*blocks, _paragraph("A new paragraph at the end.")))
    for place in chance.sample(range(len(blocks) + 1), min(each, len(blocks) + 1)):
        yield "insert", Document((*blocks[:place], _paragraph("Something put in."), *blocks[place:]))
    for kind, count in (("one word", 1), ("three words", 3)):
        for _ in range(each):
            if (edited := _reworded(text, chance, count, spared)) is not None:
                yield kind, edited
    if len(blocks) < 3:
        return
    for _ in range(each):
        place, other = chance.sample(range(len(blocks)), 2)
        rest = [*blocks[:place], *blocks[place + 1 :]]
        yield "delete", Document(tuple(rest))
        yield "move", Document((*rest[:other], blocks[place], *rest[other:]))


def reworded(text: Document, place: int, word: str) -> Document | None:
    """The text with another word in one place of its Markdown; None where that changes more than a word."""
    tokens = list(words(render(text)))
    tokens[place] = word
    edited = parse("".join(tokens))
    return edited if render(edited) == "".join(tokens) else None


def _reworded(text: Document, chance: random.Random, count: int, spared: Collection[str]) -> Document | None:
    tokens = list(words(render(text)))
    places = [
        place
        for place, word in enumerate(tokens)
        if len(word) > 2 and word.isalpha() and word not in spared and word not in _SIGNS
    ]
    if len(places) < count:
        return None
    for place in chance.sample(places, count):
        tokens[place] = "Reworded"
    return parse("".join(tokens))


def _paragraph(words_: str) -> Paragraph:
    return Paragraph((Text(words_),))
