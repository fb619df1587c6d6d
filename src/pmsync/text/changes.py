"""What became of each block of a text in an edit of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from pmsync.text.tree import Block, Blocks, visible
from pmsync.text.words import hunks, words

_ALIKE = 0.5
"""How alike two blocks are of which one is an edit of the other, as `SequenceMatcher.ratio` of their words."""


@dataclass(frozen=True, slots=True)
class Changes:
    """For each block of the base, what it became, None if it was deleted; and what was put before each of them and at
    the end."""

    became: tuple[Block | None, ...]
    inserted: tuple[Blocks, ...]

    def deleted_beside(self, place: int) -> bool:
        """Whether the block before or after a place was deleted."""
        return None in self.became[max(place - 1, 0) : place + 1]


def changes(base: Blocks, edited: Blocks) -> Changes:
    became: list[Block | None] = list(base)
    inserted: list[Blocks] = [()] * (len(base) + 1)
    for start, end, put in hunks(base, edited):
        became[start:end] = [None] * (end - start)
        place = start
        for old, new in _pairs(base[start:end], put):
            if old is None:
                inserted[place] += (put[new],)
            else:
                became[start + old] = put[new]
                place = start + old + 1
    return Changes(tuple(became), tuple(inserted))


def _pairs(old: Sequence[Block], new: Sequence[Block]) -> list[tuple[int | None, int]]:
    """For each new block the old one that it is an edit of, or None. In order, and as alike in all as may be."""
    best: dict[tuple[int, int], tuple[float, list[tuple[int | None, int]]]] = {}
    for i in range(len(old), -1, -1):
        for j in range(len(new), -1, -1):
            if j == len(new):
                best[i, j] = (0.0, [])
                continue
            rest, pairs = best[i, j + 1]
            options = [(rest, [(None, j), *pairs])]
            if i < len(old):
                options.append(best[i + 1, j])
                rest, pairs = best[i + 1, j + 1]
                alike = _alike(old[i], new[j])
                if alike >= _ALIKE:
                    options.append((rest + alike, [(i, j), *pairs]))
            best[i, j] = max(options, key=lambda option: option[0])
    return best[0, 0][1]


@lru_cache(maxsize=1024)
def _alike(one: Block, other: Block) -> float:
    return SequenceMatcher(None, words(visible((one,))), words(visible((other,))), autojunk=False).ratio()
