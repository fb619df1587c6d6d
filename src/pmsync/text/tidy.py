"""The normal form of a tree: two documents that show the same are equal, and Markdown can say each of them."""

from collections.abc import Iterable, Iterator, Sequence

from pmsync.text.characters import clean, one_line
from pmsync.text.line import tidy_line, unbroken
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
    Break,
    Bullets,
    Callout,
    CodeBlock,
    Document,
    Heading,
    Inline,
    Item,
    Line,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
)

_LAST_NUMBER = 999_999_999
"""Markdown reads nine digits before the point."""


def tidy(document: Document) -> Document:
    """The normal form. Idempotent."""
    return Document(tuple(found for block in document.blocks for found in _outer(block)))


def _outer(block: Block) -> Iterator[Block]:
    """A block that nothing holds, in normal form. GitHub takes a callout here only, and none that is empty."""
    if isinstance(block, Callout) and (blocks := _blocks(block.blocks)):
        yield Callout(block.kind, blocks)
    else:
        yield from _block(block)


def _blocks(blocks: Iterable[Block]) -> Blocks:
    return tuple(found for block in blocks for found in _block(block))


def _block(block: Block) -> Iterator[Block]:
    """The block in normal form; nothing where it shows nothing."""
    match block:
        case Paragraph():
            yield from (Paragraph(content) for content in _parted(tidy_line(block.content)))
        case Heading():
            yield Heading(min(max(block.level, 1), 6), unbroken(block.content))
        case CodeBlock():
            yield CodeBlock(clean(block.text), " ".join(one_line(block.info).split()))
        case Quote() | Callout():
            yield _quote(block)
        case Bullets(items=(_, *_)):
            yield Bullets(tuple(map(_item, block.items)))
        case Numbers(items=(_, *_)):
            yield Numbers(tuple(map(_item, block.items)), min(max(block.start, 0), _LAST_NUMBER))
        case Bullets() | Numbers():
            return
        case Table():
            yield from _table(block)
        case Rule():
            yield block


def _quote(block: Quote | Callout) -> Quote:
    """A quote. A callout where there can be none is one that begins with its mark."""
    mark = (Paragraph((Text(f"[!{block.kind}]"),)),) if isinstance(block, Callout) else ()
    return Quote((*mark, *_blocks(block.blocks)))


def _parted(line: Line) -> Iterator[Line]:
    """The line cut where two breaks make an empty line of it: that is what parts paragraphs."""
    part: list[Inline] = []
    for piece in line:
        if isinstance(piece, Break) and part and isinstance(part[-1], Break):
            yield tidy_line(part)
            part = []
        elif part or not isinstance(piece, Break):
            part.append(piece)
    if part:
        yield tidy_line(part)


def _item(item: Item) -> Item:
    blocks = _blocks(item.blocks)
    # The box is written before the item's first paragraph: where there is none, there is no task.
    task = bool(blocks) and isinstance(blocks[0], Paragraph)
    return Item(blocks, item.done if task else None)


def _table(table: Table) -> Iterator[Table]:
    width = max(len(row) for row in (table.head, *table.rows))
    if width:
        columns = (*table.columns, *[Align.LEFT] * width)[:width]
        yield Table(columns, _row(table.head, width), tuple(_row(row, width) for row in table.rows))


def _row(cells: Sequence[Line], width: int) -> tuple[Line, ...]:
    return tuple(map(unbroken, cells)) + ((),) * (width - len(cells))
