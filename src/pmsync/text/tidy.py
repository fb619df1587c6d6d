"""The normal form of a tree: two documents that show the same are equal, and Markdown can say each of them."""

from collections.abc import Iterable, Sequence

from pmsync.text.characters import clean, one_line
from pmsync.text.line import tidy_line, unbroken
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
    Bullets,
    CodeBlock,
    Document,
    Heading,
    Item,
    Line,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Table,
)

_LAST_NUMBER = 999_999_999
"""Markdown reads nine digits before the point."""


def tidy(document: Document) -> Document:
    """The normal form. Idempotent."""
    return Document(_blocks(document.blocks))


def _blocks(blocks: Iterable[Block]) -> Blocks:
    return tuple(block for block in map(_block, blocks) if block is not None)


def _block(block: Block) -> Block | None:
    """The block in normal form; None where it shows nothing."""
    match block:
        case Paragraph():
            content = tidy_line(block.content)
            return Paragraph(content) if content else None
        case Heading():
            return Heading(min(max(block.level, 1), 6), unbroken(block.content))
        case CodeBlock():
            return CodeBlock(clean(block.text), " ".join(one_line(block.info).split()))
        case Quote():
            return Quote(_blocks(block.blocks))
        case Bullets():
            return Bullets(tuple(map(_item, block.items))) if block.items else None
        case Numbers():
            start = min(max(block.start, 0), _LAST_NUMBER)
            return Numbers(tuple(map(_item, block.items)), start) if block.items else None
        case Table():
            return _table(block)
        case Rule():
            return block


def _item(item: Item) -> Item:
    blocks = _blocks(item.blocks)
    # The box is written before the item's first paragraph: where there is none, there is no task.
    task = bool(blocks) and isinstance(blocks[0], Paragraph)
    return Item(blocks, item.done if task else None)


def _table(table: Table) -> Table | None:
    width = max(len(row) for row in (table.head, *table.rows))
    if not width:
        return None
    columns = (*table.columns, *[Align.LEFT] * width)[:width]
    return Table(columns, _row(table.head, width), tuple(_row(row, width) for row in table.rows))


def _row(cells: Sequence[Line], width: int) -> tuple[Line, ...]:
    return tuple(map(unbroken, cells)) + ((),) * (width - len(cells))
