"""A tree written as Markdown that reads as that tree again."""

import re

from pmsync.text.escape import Care, escape_start, escape_task
from pmsync.text.fence import fenced
from pmsync.text.inline import write_line
from pmsync.text.parsing import parse, plain
from pmsync.text.tidy import tidy
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
    Bullets,
    Callout,
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
    visible,
)

_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}[ \t]*(?:\n|$)")
_DASHES = {Align.LEFT: "---", Align.CENTER: ":-:", Align.RIGHT: "--:"}


def render(document: Document) -> str:
    """The Markdown of a tree, with as few escapes as let it read as the tree's normal form.

    Every tree can be written. One that Markdown has no words for (there is none known) loses marks before text.
    """
    wanted = tidy(document)
    careless = _write(wanted.blocks, Care.LEAST)
    return careless if parse(careless) == wanted else _with_care(wanted)


def _with_care(wanted: Document) -> str:
    """Each block with as much care as it needs by itself; all with the most if they disturb one another."""
    parts = [(block, _care_for(block)) for block in wanted.blocks]
    attempts = ["\n\n".join(_join(parts)), *(_write(wanted.blocks, care) for care in Care)]
    return next((attempt for attempt in attempts if parse(attempt) == wanted), None) or _settle(attempts, wanted)


def _care_for(block: Block) -> Care:
    wanted = Document((block,))
    return next((care for care in Care if parse(_write(wanted.blocks, care)) == wanted), Care.ENTITIES)


def _settle(attempts: list[str], wanted: Document) -> str:
    """The first attempt that keeps the text and stays as it is; in the end, the text without its marks."""
    text = visible(wanted.blocks)
    for attempt in attempts:
        again = parse(attempt)
        if visible(again.blocks).split() == text.split() and _write(again.blocks, Care.LEAST) == attempt:
            return attempt
    bare = plain(text)
    return render(bare) if bare != wanted else _write(bare.blocks, Care.ENTITIES)


def _write(blocks: Blocks, care: Care) -> str:
    return "\n\n".join(_join([(block, care) for block in blocks]))


def _join(parts: list[tuple[Block, Care]], *, other: bool = False) -> list[str]:
    """Each block's Markdown. A list beside one of its kind gets the other marker, or they would be one."""
    written: list[str] = []
    for number, (block, care) in enumerate(parts):
        if number:
            other = not other if _one_list(parts[number - 1][0], block) else False
        written.append(_block(block, care, other=other))
    return written


def _one_list(one: Block, other: Block) -> bool:
    return isinstance(one, Bullets | Numbers) and type(one) is type(other)


def _block(block: Block, care: Care, *, other: bool = False) -> str:
    match block:
        case Paragraph():
            return "\n".join(map(escape_start, write_line(block.content, care).split("\n")))
        case Heading():
            text = re.sub(r"(^|\s)(#+)$", r"\1\\\2", write_line(block.content, care))
            return f"{'#' * block.level} {text}".rstrip(" ")
        case CodeBlock():
            return fenced(block)
        case Rule():
            return "---"
        case Quote():
            return _quoted(_write(block.blocks, care))
        case Callout():
            return _quoted(f"[!{block.kind}]\n{_write(block.blocks, care)}")
        case Bullets():
            return _list(block.items, ["*" if other else "-"] * len(block.items), care)
        case Numbers():
            point = ")" if other else "."
            return _list(block.items, [f"{block.start + n}{point}" for n in range(len(block.items))], care)
        case Table():
            return _table(block, care)


def _quoted(markdown: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in markdown.split("\n"))


def _list(items: tuple[Item, ...], markers: list[str], care: Care) -> str:
    written = [_item(item, marker, care) for item, marker in zip(items, markers, strict=True)]
    return ("\n" if all(map(_is_short, items)) else "\n\n").join(written)


def _is_short(item: Item) -> bool:
    """Whether an item needs no blank lines: a paragraph, perhaps with a list under it that may follow it directly."""
    first, *rest = item.blocks or (None,)
    return (first is None or isinstance(first, Paragraph | Bullets | Numbers)) and (
        not rest or (len(rest) == 1 and isinstance(first, Paragraph) and _may_interrupt(rest[0]))
    )


def _may_interrupt(block: Block) -> bool:
    """Whether a list is read as one right after a paragraph's line."""
    if not isinstance(block, Bullets | Numbers) or not block.items[0].blocks:
        return False
    return all(map(_is_short, block.items)) and (isinstance(block, Bullets) or block.start == 1)


def _item(item: Item, marker: str, care: Care) -> str:
    gap = "\n" if _is_short(item) else "\n\n"
    body = gap.join(_join([(block, care) for block in item.blocks]))
    if _RULE.match(f"{marker} {body}"):
        # Bullets in a row, or a rule after a bullet, would all be one rule.
        other = "___" + body[3:] if body.startswith("---") else None
        body = other or gap.join(_join([(block, care) for block in item.blocks], other=marker == "-"))
    if item.done is not None:
        body = f"[{'x' if item.done else ' '}] {body}"
    elif item.blocks and isinstance(item.blocks[0], Paragraph):
        body = escape_task(body)
    indent = " " * (len(marker) + 1)
    first, *rest = body.split("\n")
    return "\n".join([f"{marker} {first}".rstrip(" "), *(indent + line if line else "" for line in rest)])


def _table(table: Table, care: Care) -> str:
    rows = [_row(table.head, care), "|" + "|".join(f" {_DASHES[column]} " for column in table.columns) + "|"]
    return "\n".join([*rows, *(_row(row, care) for row in table.rows)])


def _row(cells: tuple[Line, ...], care: Care) -> str:
    return "|" + "|".join(f" {_cell(cell, care)} " if cell else " " for cell in cells) + "|"


def _cell(cell: Line, care: Care) -> str:
    return write_line(cell, care).replace("|", "\\|")
