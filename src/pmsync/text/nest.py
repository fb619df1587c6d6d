"""Flat inline content as nested marks, for languages that write marks in pairs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeAlias

from pmsync.text.line import cut_blanks, is_blank
from pmsync.text.tree import PLAIN, Break, Inline, Line, Link, Style


@dataclass(frozen=True, slots=True)
class Open:
    mark: Style | Link


@dataclass(frozen=True, slots=True)
class Close:
    mark: Style | Link


Bit: TypeAlias = Inline | Open | Close


def nest(line: Line) -> Iterator[Bit]:
    """The line with its marks as pairs, properly nested.

    The mark that lasts longest opens first. A link is never cut in two; a style that ends within one is.
    """
    if all(isinstance(piece, Break) or not (piece.styles or piece.link) for piece in line):
        yield from line
        return
    pieces = tuple(part for piece in line for part in (cut_blanks(piece) if _styles(piece) else (piece,)))
    runs = [(link, list(run)) for link, run in groupby(_with_marks(pieces), key=lambda marked: marked.link)]
    units = [unit for link, run in runs for unit in ([_linked(link, run)] if link else map(_single, run))]
    yield from _nest(units, PLAIN)


def _styles(piece: Inline) -> frozenset[Style]:
    return PLAIN if isinstance(piece, Break) else piece.styles


@dataclass(frozen=True, slots=True)
class _Marked:
    piece: Inline
    styles: frozenset[Style]
    link: Link | None


@dataclass(frozen=True, slots=True)
class _Unit:
    """Pieces that only ever share a pair of marks whole: all that is under one link, or a single piece.

    `inked`: whether a mark may begin or end with it.
    """

    pieces: Sequence[_Marked]
    styles: frozenset[Style]
    link: Link | None = None
    inked: bool = True


def _single(marked: _Marked) -> _Unit:
    inked = not isinstance(marked.piece, Break) and not is_blank(marked.piece)
    return _Unit((marked,), marked.styles, None, inked)


def _linked(link: Link, run: Sequence[_Marked]) -> _Unit:
    return _Unit(run, frozenset.intersection(*(marked.styles for marked in run)), link)


def _with_marks(line: Line) -> list[_Marked]:
    """Every piece with its marks; a break has those that both its neighbours have."""
    marks = [_Marked(p, PLAIN, None) if isinstance(p, Break) else _Marked(p, p.styles, p.link) for p in line]
    solid = [n for n, piece in enumerate(line) if not isinstance(piece, Break)]
    for left, right in pairwise(solid):
        shared = marks[left].styles & marks[right].styles
        link = marks[left].link if marks[left].link == marks[right].link else None
        for number in range(left + 1, right):
            marks[number] = _Marked(line[number], shared, link)
    return marks


def _nest(units: Sequence[_Unit], within: frozenset[Style]) -> Iterator[Bit]:
    position = 0
    while position < len(units):
        unit = units[position]
        free = [style for style in Style if style in unit.styles and style not in within] if unit.inked else []
        if not free:
            yield from _leaf(unit, within)
            position += 1
            continue
        style = max(free, key=lambda style: _extent(units, position, style))
        end = position + _extent(units, position, style)
        while not units[end - 1].inked:
            end -= 1
        yield Open(style)
        yield from _nest(units[position:end], within | {style})
        yield Close(style)
        position = end


def _extent(units: Sequence[_Unit], start: int, style: Style) -> int:
    """How many units from `start` on have the style."""
    return next((n for n in range(start, len(units)) if style not in units[n].styles), len(units)) - start


def _leaf(unit: _Unit, within: frozenset[Style]) -> Iterator[Bit]:
    if unit.link is None:
        yield from (marked.piece for marked in unit.pieces)
        return
    yield Open(unit.link)
    yield from _nest(list(map(_single, unit.pieces)), within)
    yield Close(unit.link)
