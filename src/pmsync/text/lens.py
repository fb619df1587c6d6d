"""An edit of what a document shows carried out in the document: only the blocks that were edited change, and in these
only the words; all else keeps its own form.

Blocks are compared by what they show. Those that show the same are left alone, those that were moved are moved as they
are, and of the rest each edited block is paired with the one that it came from, and woven into that word by word. What
comes of it is read again: a block that does not show what it should is written anew, and if the whole does not, so is
that.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

from pmsync.text.tree import Block, Blocks, Document, visible
from pmsync.text.weave import Token, weave
from pmsync.text.words import words

D = TypeVar("D")
"""A whole document."""
N = TypeVar("N")
"""One of the parts that it is made of."""

_ALIKE = 0.5
"""How many of their words two blocks have in common of which one is an edit of the other."""


@dataclass(frozen=True, slots=True)
class Part(Generic[N]):
    """A part of a document with the blocks that it shows: one as a rule, none where it shows nothing.

    `gap` is what stands between it and the next, where that is kept apart; `place` is its number in the document that
    it comes from, -1 where it is new.
    """

    native: N
    blocks: Blocks
    gap: str = ""
    place: int = -1


class Language(Protocol[D, N]):
    """How a tool's documents are taken apart and put together."""

    def parts(self, document: D) -> Sequence[Part[N]]:
        """The document in its parts, in order."""
        ...

    def join(self, parts: Sequence[Part[N]]) -> D:
        """A document of parts; some of them may be new, and stand where they never stood."""
        ...

    def write(self, blocks: Blocks) -> D:
        """A document for the blocks."""
        ...

    def tokens(self, part: N) -> Sequence[Token]:
        """The part as tokens."""
        ...

    def build(self, tokens: Sequence[Token]) -> N | None:
        """The part that these tokens are; None if they are none."""
        ...

    def valid(self, document: D) -> bool:
        """Whether the tool takes the document."""
        ...


def put(language: Language[D, N], wanted: Document, document: D) -> tuple[D, bool]:
    """The document so that it shows what is wanted, or as near as the language comes to that; and whether it shows it
    exactly."""
    parts = [replace(part, place=number) for number, part in enumerate(language.parts(document))]
    shown = _shown(parts)
    if shown == wanted.blocks:
        return document, True
    lens = _Lens(language, parts)
    if lens.agrees(shown, wanted.blocks):
        return document, False
    for mending in (True, False):
        written = language.join(lens.put(wanted.blocks, mending=mending))
        found = _shown(language.parts(written))
        takes = language.valid(written) or not language.valid(document)
        if takes and lens.agrees(found, wanted.blocks):
            return written, found == wanted.blocks
    fresh = language.write(wanted.blocks)
    flat = _shown(language.parts(fresh))
    return (document if flat == shown else fresh), flat == wanted.blocks


def gap_between(part: Part[str], following: Part[str], least: str) -> str:
    """What stands between two parts of a text: what stood there, if they were neighbours, else a gap that does."""
    if part.place >= 0 and following.place == part.place + 1:
        return part.gap
    return part.gap if len(part.gap) > len(least) else least


def run_on(parts: Sequence[Part[str]], gap: Callable[[Part[str], Part[str]], str]) -> str:
    """The parts of a text with the gaps between them."""
    last = [part.native for part in parts[-1:]]
    return "".join([*(one.native + gap(one, other) for one, other in pairwise(parts)), *last])


def _shown(parts: Sequence[Part[N]]) -> Blocks:
    return tuple(block for part in parts for block in part.blocks)


@dataclass(slots=True)
class _Lens(Generic[D, N]):
    language: Language[D, N]
    parts: Sequence[Part[N]]
    _fresh: dict[Block, Sequence[Part[N]]] = field(default_factory=dict)

    def put(self, wanted: Blocks, *, mending: bool) -> list[Part[N]]:
        """The parts of the document that shows these blocks."""
        solid = [part for part in self.parts if part.blocks]
        places = _kept(solid, wanted)
        sources = dict(places)
        if mending:
            sources |= _edited(solid, wanted, places)
        return list(self._placed(solid, wanted, places, sources))

    def _placed(
        self, solid: Sequence[Part[N]], wanted: Blocks, kept: dict[int, int], sources: dict[int, int]
    ) -> Iterator[Part[N]]:
        after = self._followers({*sources.values()})
        yield from after.get(-1, ())
        at = 0
        while at < len(wanted):
            number = sources.get(at)
            if number is None:
                yield from self.fresh(wanted[at])
                at += 1
                continue
            if at in kept:
                yield solid[number]
                at += len(solid[number].blocks)
            else:
                yield from self._mended(solid[number], wanted[at])
                at += 1
            yield from after.get(number, ())

    def _followers(self, staying: set[int]) -> dict[int, list[Part[N]]]:
        """The parts that show nothing, by the last part before them that stays; -1 for those at the beginning."""
        found: dict[int, list[Part[N]]] = {}
        number, last = -1, -1
        for part in self.parts:
            if part.blocks:
                number += 1
                last = number if number in staying else last
            else:
                found.setdefault(last, []).append(part)
        return found

    def fresh(self, block: Block) -> Sequence[Part[N]]:
        """A block written anew."""
        if block not in self._fresh:
            self._fresh[block] = self.language.parts(self.language.write((block,)))
        return self._fresh[block]

    def _mended(self, part: Part[N], wanted: Block) -> Sequence[Part[N]]:
        """The part with an edit of it; written anew where that does not come out as it should."""
        fresh = self.fresh(wanted)
        plain = [part for block in part.blocks for part in self.fresh(block)]
        if len(fresh) != 1 or len(plain) != 1:
            return fresh
        tokens = (self.language.tokens(one.native) for one in (plain[0], part, fresh[0]))
        built = self.language.build(weave(*tokens))
        if built is None:
            return fresh
        mended = self.language.parts(self.language.join([Part(built, ())]))
        right = _shown(mended) in ((wanted,), _shown(fresh))
        return [replace(one, gap=part.gap, place=part.place) for one in mended] if right and len(mended) == 1 else fresh

    def agrees(self, shown: Blocks, wanted: Blocks) -> bool:
        """Whether each block is shown, or the nearest that the language has to it."""
        at = 0
        for block in wanted:
            if shown[at : at + 1] == (block,):
                at += 1
                continue
            near = _shown(self.fresh(block))
            if shown[at : at + len(near)] != near:
                return False
            at += len(near)
        return at == len(shown)


def _kept(solid: Sequence[Part[N]], wanted: Blocks) -> dict[int, int]:
    """Which part stands as it is at which place: those in the same order first, then those that were moved."""
    blocks = [(block, number) for number, part in enumerate(solid) for block in part.blocks]
    starts: dict[int, int] = {}
    for place, (_, number) in enumerate(blocks):
        starts.setdefault(number, place)
    found: dict[int, int] = {}
    matcher = SequenceMatcher(None, [block for block, _ in blocks], wanted, autojunk=False)
    for start, place, size in matcher.get_matching_blocks():
        for offset in range(size):
            number = blocks[start + offset][1]
            if starts[number] == start + offset and offset + len(solid[number].blocks) <= size:
                found[place + offset] = number
    taken = {at + n for at, number in found.items() for n in range(len(solid[number].blocks))}
    left = [number for number in range(len(solid)) if number not in found.values()]
    for at in range(len(wanted)):
        for number in left:
            length = len(solid[number].blocks)
            if wanted[at : at + length] == solid[number].blocks and taken.isdisjoint(range(at, at + length)):
                found[at] = number
                taken.update(range(at, at + length))
                left.remove(number)
                break
    return found


def _edited(solid: Sequence[Part[N]], wanted: Blocks, kept: dict[int, int]) -> dict[int, int]:
    """Which part each other wanted block is an edit of: the likeliest first, and in order where there is no telling."""
    taken = {at + n for at, number in kept.items() for n in range(len(solid[number].blocks))}
    places = [at for at in range(len(wanted)) if at not in taken]
    numbers = [number for number in range(len(solid)) if number not in kept.values()]
    options = sorted(
        (-alike, abs(at - number), at, number)
        for at in places
        for number in numbers
        if (alike := _alike(solid[number].blocks, (wanted[at],))) >= _ALIKE
    )
    found: dict[int, int] = {}
    for _, _, at, number in options:
        if at not in found and number not in found.values():
            found[at] = number
    places = [at for at in places if at not in found]
    numbers = [number for number in numbers if number not in found.values()]
    if len(places) == len(numbers):
        same = (
            (at, number)
            for at, number in zip(places, numbers, strict=True)
            if [type(wanted[at])] == [type(block) for block in solid[number].blocks]
        )
        found.update(same)
    return found


@lru_cache(maxsize=1024)
def _bag(blocks: Blocks) -> Counter[str]:
    return Counter(word for word in words(visible(blocks)) if not word.isspace())


def _alike(one: Blocks, other: Blocks) -> float:
    ours, theirs = _bag(one), _bag(other)
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 0.0
