"""A table in ADF as one of Markdown, which has one row of headers and a single line in each cell."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence

from pmsync.text.characters import JOINER
from pmsync.text.line import tidy_line
from pmsync.text.signs import boxed
from pmsync.text.tidy import tidy
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
    Bullets,
    Callout,
    Document,
    Inline,
    Item,
    Line,
    Numbers,
    Paragraph,
    Quote,
    Table,
    Text,
    lines,
)
from pmsync_jira.adf_nodes import Node, children, kind, marks, number, word

_ALIGNMENTS = {"center": Align.CENTER, "end": Align.RIGHT}
_BULLET = "•"
_NUMBER = re.compile(r"(\d{1,9})\. ")
_LISTED = re.compile(rf"{JOINER}*(?:{_BULLET}|\d{{1,9}}\.) ")
"""A list, or with joiners before it a text that begins like one."""
_WIDEST = 1000
"""Columns, and rows, that a cell is believed to cover."""

ReadBlocks = Callable[[Sequence[Node]], Blocks]


def read_table(node: Node, read_blocks: ReadBlocks) -> Block:
    """The table. A first row of nothing but headers is the head; otherwise the head is empty.

    A cell that covers several is the first of them, and the others are empty.
    """
    rows = [children(row) for row in children(node) if children(row)]
    headed = bool(rows) and all(kind(cell) == "tableHeader" for cell in rows[0])
    grid = list(_grid(rows))
    lines = [tuple(_line(cell, read_blocks) if cell else () for cell in row) for row in grid]
    return Table(_columns(grid), lines[0] if headed else (), tuple(lines[headed:]))


def _grid(rows: list[list[Node]]) -> Iterator[list[Node | None]]:
    """The rows with None in the places that a cell before or above covers."""
    covered: dict[int, int] = {}
    for row in rows:
        line: list[Node | None] = []
        following: dict[int, int] = {}
        for cell in row:
            while covered.get(len(line), 0):
                line.append(None)
            width, height = (min(number(cell, name, 1), _WIDEST) for name in ("colspan", "rowspan"))
            following |= {len(line) + right: height for right in range(max(width, 1)) if height > 1}
            line += [cell, *[None] * (width - 1)]
        while covered.get(len(line), 0):
            line.append(None)
        covered = {place: left - 1 for place, left in (covered | following).items() if left > 1}
        yield line


def _line(cell: Node, read_blocks: ReadBlocks) -> Line:
    """What is in a cell, in one line."""
    match read_blocks(children(cell)):
        case (Paragraph(content=content),):
            return _guarded(tidy_line(content))
        case several:
            blocks = tidy(Document(several)).blocks
            line = tuple(_one_line(blocks))
            return _guarded(line) if blocks and isinstance(blocks[0], Paragraph) else line


def _guarded(line: Line) -> Line:
    """The line with a joiner before it if it begins like a list, and is none."""
    return (Text(JOINER), *line) if _LISTED.match(_beginning(line)) else line


def _beginning(line: Line) -> str:
    """The text without marks that a line begins with."""
    first = line[0] if line else None
    return first.text if isinstance(first, Text) and not first.styles and first.link is None else ""


def _one_line(blocks: Blocks) -> Iterator[Inline]:
    for block in blocks:
        match block:
            case Bullets():
                yield from _listed(block.items, [_BULLET] * len(block.items))
            case Numbers():
                yield from _listed(block.items, [f"{block.start + number}." for number in range(len(block.items))])
            case Callout():
                yield from _one_line(block.blocks)
            case Quote():
                yield Text("> ")
                yield from _one_line(block.blocks)
            case _:
                for line in lines((block,)):
                    yield from (*line, Text(" "))


def _listed(items: Sequence[Item], markers: Sequence[str]) -> Iterator[Inline]:
    for item, marker in zip(items, markers, strict=True):
        yield Text(f"{marker} ")
        yield from _one_line(boxed(item).blocks)


def cell_blocks(line: Line) -> Blocks:
    """The blocks that a cell's line stands for: a list, where it begins like one, and else a paragraph."""
    first = _beginning(line)
    if first.startswith(JOINER) and _LISTED.match(first):
        return (Paragraph((Text(first.removeprefix(JOINER)), *line[1:])),)
    if first.startswith(f"{_BULLET} "):
        return (Bullets(_items(line, itertools.repeat(_BULLET))),)
    if match := _NUMBER.match(first):
        start = int(match[1])
        return (Numbers(_items(line, (f"{number}." for number in itertools.count(start))), start),)
    return (Paragraph(line),)


def _items(line: Line, markers: Iterator[str]) -> tuple[Item, ...]:
    """The line cut at its markers, each of which is the next one."""
    items: list[list[Inline]] = []
    marker = next(markers)
    for piece in line:
        rest = piece.text if isinstance(piece, Text) and not piece.styles and not piece.link else None
        while rest is not None:
            sign = f"{marker} "
            place = rest.find(f" {sign}") + 1 if items else 0
            if items and not place:
                break
            if items and rest[:place]:
                items[-1].append(Text(rest[:place]))
            items.append([])
            rest = rest[place + len(sign) :]
            marker = next(markers)
        if rest is None:
            items[-1].append(piece)
        elif rest:
            items[-1].append(Text(rest))
    return tuple(Item((Paragraph(tidy_line(item)),)) for item in items)


def _columns(rows: list[list[Node | None]]) -> tuple[Align, ...]:
    columns = []
    for column in range(max((len(row) for row in rows), default=0)):
        cells = [row[column] for row in rows if column < len(row)]
        found = {_align(cell) for cell in cells if cell is not None}
        columns.append(found.pop() if len(found) == 1 else Align.LEFT)
    return tuple(columns)


def _align(cell: Node) -> Align:
    for block in children(cell):
        for mark in marks(block):
            if kind(mark) == "alignment":
                return _ALIGNMENTS.get(word(mark, "align"), Align.LEFT)
    return Align.LEFT
