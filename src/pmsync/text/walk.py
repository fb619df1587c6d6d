"""The same change made all over a tree."""

from collections.abc import Callable
from dataclasses import replace

from pmsync.text.tree import (
    Block,
    Blocks,
    Bullets,
    Callout,
    Document,
    Heading,
    Inline,
    Item,
    Line,
    Numbers,
    Paragraph,
    Quote,
    Table,
)


def map_pieces(document: Document, change: Callable[[Inline], Inline]) -> Document:
    """The document with every piece of inline content changed. Not in normal form."""
    return map_lines(document, lambda content: tuple(map(change, content)))


def map_lines(document: Document, line: Callable[[Line], Line]) -> Document:
    """The document with every line of inline content changed. Not in normal form."""

    def block(old: Block) -> Block:
        match old:
            case Paragraph() | Heading():
                return replace(old, content=line(old.content))
            case Table():
                rows = tuple(tuple(map(line, row)) for row in old.rows)
                return replace(old, head=tuple(map(line, old.head)), rows=rows)
            case _:
                return old

    return Document(map_blocks(document.blocks, block, lambda item: item))


def map_blocks(blocks: Blocks, change: Callable[[Block], Block], change_item: Callable[[Item], Item]) -> Blocks:
    """The blocks with every block and item changed, the inner ones first."""

    def one(block: Block) -> Block:
        match block:
            case Quote() | Callout():
                block = replace(block, blocks=map_blocks(block.blocks, change, change_item))
            case Bullets() | Numbers():
                items = (replace(item, blocks=map_blocks(item.blocks, change, change_item)) for item in block.items)
                block = replace(block, items=tuple(map(change_item, items)))
            case _:
                pass
        return change(block)

    return tuple(map(one, blocks))
