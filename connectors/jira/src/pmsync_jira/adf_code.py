"""Code within a line that is strong, set in italics or struck through: ADF cannot say it.

It is read in the styles that the words on both sides of it share. Where that is not what it should be, joiners, which
nobody sees, stand in for such words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pmsync.text.characters import JOINER
from pmsync.text.line import is_blank
from pmsync.text.tree import PLAIN, Break, Code, Inline, Line, Style, Text


def told(line: Line) -> Line:
    """The line with joiners around its code, if some of that would be read in other styles."""
    if not any(isinstance(piece, Code) for piece in line):
        return line
    shared = _shared(line)
    if all(piece.styles == styles for piece, styles in zip(line, shared, strict=True) if isinstance(piece, Code)):
        return line
    return tuple(_wrapped(line))


def _wrapped(line: Line) -> Iterator[Inline]:
    for piece in line:
        joiner = (Text(JOINER, piece.styles),) if isinstance(piece, Code) else ()
        yield from (*joiner, piece, *joiner)


def read(line: Line) -> Line:
    """The line with its code in style, and without the joiners around it."""
    if not any(isinstance(piece, Code) for piece in line):
        return line
    styled = [
        replace(piece, styles=styles) if isinstance(piece, Code) else piece
        for piece, styles in zip(line, _shared(line), strict=True)
    ]
    return tuple(_bare(styled, place) for place in range(len(styled)))


def _bare(line: Sequence[Inline], place: int) -> Inline:
    piece = line[place]
    if not isinstance(piece, Text) or piece.link or JOINER not in piece.text:
        return piece
    text = piece.text
    if place and isinstance(line[place - 1], Code):
        text = text.removeprefix(JOINER)
    if place + 1 < len(line) and isinstance(line[place + 1], Code):
        text = text.removesuffix(JOINER)
    return replace(piece, text=text)


def _shared(line: Line) -> list[frozenset[Style]]:
    """For each piece the styles of the words next before it that the words next after it have, too."""
    before = _nearest(line)
    after = _nearest(line[::-1])[::-1]
    return [left & right for left, right in zip(before, after, strict=True)]


def _nearest(line: Sequence[Inline]) -> list[frozenset[Style]]:
    """For each piece the styles of the words next before it."""
    styles = PLAIN
    found: list[frozenset[Style]] = []
    for piece in line:
        found.append(styles)
        if not isinstance(piece, Break | Code) and not is_blank(piece):
            styles = piece.styles
    return found
