"""Three-way merge word by word: where both sides changed one place, or touching ones, there is no merge."""

import re
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T", bound=Hashable)
_Words = tuple[str, ...]
_Hunk = tuple[int, int, _Words]

_TOKEN = re.compile(r"\n|[^\S\n]+|[^\W_]+|.", re.DOTALL)


def words(text: str) -> _Words:
    """The words of a text, its punctuation and its blanks. Together they are the text."""
    return tuple(_TOKEN.findall(text))


def merge_words(base: str, left: str, right: str) -> str | None:
    """Merge two edits of a text. Symmetric.

    None where they overlap, where nothing but blanks that both left alone stands between them, or where words repeat
    so that there is doubt about what was changed.
    """
    if left == right or right == base:
        return left
    if left == base:
        return right
    texts = [words(text) for text in (base, left, right)]
    merged = _merge(*texts)
    backward = _merge(*(text[::-1] for text in texts))
    return "".join(merged) if merged is not None and backward == merged[::-1] else None


def _merge(base: _Words, left: _Words, right: _Words) -> _Words | None:
    ours, theirs = hunks(base, left), hunks(base, right)
    # What both sides did is done once, and is no bar to either.
    sides = [
        (hunk, side) for side, own, other in ((1, ours, theirs), (2, theirs, ours)) for hunk in own if hunk not in other
    ]
    sides += [(hunk, 0) for hunk in ours if hunk in theirs]
    merged: list[str] = []
    done, last = 0, 0
    for (start, end, put), side in sorted(sides, key=lambda entry: entry[0][:2]):
        between = base[done:start]
        if start < done or (done and last != side and not "".join(between).strip()):
            return None
        merged += [*between, *put]
        done, last = end, side
    return (*merged, *base[done:])


def hunks(base: Sequence[T], edited: Sequence[T]) -> list[tuple[int, int, tuple[T, ...]]]:
    """What was changed, in order: from which index of the base to which, and what is there now. No two touch."""
    matcher = SequenceMatcher(None, base, edited, autojunk=False)
    return [
        (start, end, tuple(edited[first:last]))
        for kind, start, end, first, last in matcher.get_opcodes()
        if kind != "equal"
    ]
