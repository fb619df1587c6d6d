"""Blocks said in paragraphs, for tools that cannot hold them where they stand. No text is left out."""

from collections.abc import Iterator
from dataclasses import replace

from pmsync.text.signs import boxed
from pmsync.text.tree import (
    Block,
    Blocks,
    Break,
    Bullets,
    Callout,
    Code,
    CodeBlock,
    Heading,
    Item,
    Line,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Style,
    Table,
    Text,
)

_RULE = "———"


def bold(line: Line) -> Line:
    return tuple(
        piece if isinstance(piece, Break) else replace(piece, styles=piece.styles | {Style.STRONG}) for piece in line
    )


def titled(callout: Callout) -> Quote:
    """The callout as a quote that begins with what it is for."""
    return Quote((Paragraph(bold((Text(callout.kind.label),))), *callout.blocks))


def paragraphs(block: Block) -> tuple[Paragraph, ...]:
    """The block in paragraphs: headings are bold, rows of tables have bars, items have bullets or numbers."""
    return tuple(Paragraph(line) for line in _lines(block))


def _lines(block: Block) -> Iterator[Line]:
    match block:
        case Paragraph():
            yield block.content
        case Heading():
            yield bold(block.content)
        case Rule():
            yield (Text(_RULE),)
        case Quote():
            yield from _all(block.blocks)
        case Callout():
            yield from _all(titled(block).blocks)
        case CodeBlock():
            yield _together([(Code(line),) for line in block.text.split("\n") if line])
        case Table():
            yield _together([_row(row) for row in (block.head, *block.rows) if any(row)])
        case Bullets():
            yield _together(list(_items(block.items, ["•"] * len(block.items))))
        case Numbers():
            markers = [f"{block.start + number}." for number in range(len(block.items))]
            yield _together(list(_items(block.items, markers)))


def _all(blocks: Blocks) -> Iterator[Line]:
    for block in blocks:
        yield from _lines(block)


def _items(items: tuple[Item, ...], markers: list[str]) -> Iterator[Line]:
    for item, marker in zip(items, markers, strict=True):
        first, *rest = list(_all(boxed(item).blocks)) or [()]
        yield (Text(f"{marker} "), *first)
        yield from rest


def _row(row: tuple[Line, ...]) -> Line:
    return tuple(piece for number, cell in enumerate(row) for piece in ((Text(" | "),) if number else ()) + cell)


def _together(lines: list[Line]) -> Line:
    return tuple(piece for number, line in enumerate(lines) for piece in ((Break(),) if number else ()) + line)
