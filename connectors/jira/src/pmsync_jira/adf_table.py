"""A table in ADF as one of Markdown, which has one row of headers and a single line in each cell."""

from collections.abc import Callable, Sequence

from pmsync.text.line import tidy_line
from pmsync.text.loss import Losses
from pmsync.text.tidy import tidy
from pmsync.text.tree import Align, Block, Blocks, Break, Document, Line, Paragraph, Table, Text, visible
from pmsync_jira.adf_nodes import Node, attributes, children, kind, marks, number, word

_ALIGNMENTS = {"center": Align.CENTER, "end": Align.RIGHT}

ReadLine = Callable[[Sequence[Node]], Line]
ReadBlocks = Callable[[Sequence[Node]], Blocks]


def read_table(node: Node, read_line: ReadLine, read_blocks: ReadBlocks, losses: Losses) -> Block:
    """The table. A first row of nothing but headers is the head; otherwise the head is empty."""
    if attributes(node).get("isNumberColumnEnabled") is True:
        losses.add("numbered rows")
    rows = [children(row) for row in children(node) if children(row)]
    headed = bool(rows) and all(kind(cell) == "tableHeader" for cell in rows[0])
    if any(kind(cell) == "tableHeader" for row in rows[headed:] for cell in row):
        losses.add("a column of headers")
    cells = [tuple(_cell(cell, read_line, read_blocks, losses) for cell in row) for row in rows]
    head = cells[0] if headed else ()
    return Table(_columns(rows, losses), head, tuple(cells[headed:]))


def _cell(cell: Node, read_line: ReadLine, read_blocks: ReadBlocks, losses: Losses) -> Line:
    if number(cell, "colspan", 1) > 1 or number(cell, "rowspan", 1) > 1:
        losses.add("merged cells")
    if word(cell, "background"):
        losses.add("colours")
    match children(cell):
        case []:
            return ()
        case [only] if kind(only) == "paragraph":
            line = tidy_line(read_line(children(only)))
            if any(isinstance(piece, Break) for piece in line):
                losses.add("line breaks in a table")
            return line
        case several:
            blocks = tidy(Document(read_blocks(several))).blocks
            if not blocks:
                return ()
            losses.add("lists or paragraphs in a table")
            paragraphs = all(isinstance(block, Paragraph) for block in blocks)
            return _one_line(blocks) if paragraphs else (Text(" ".join(visible(blocks).split())),)


def _one_line(blocks: Blocks) -> Line:
    return tuple(piece for block in blocks if isinstance(block, Paragraph) for piece in (*block.content, Text(" ")))


def _columns(rows: list[list[Node]], losses: Losses) -> tuple[Align, ...]:
    width = max((len(row) for row in rows), default=0)
    columns = []
    for column in range(width):
        found = {_align(row[column]) for row in rows if column < len(row)}
        if len(found) > 1:
            losses.add("alignment")
        columns.append(found.pop() if len(found) == 1 else Align.LEFT)
    return tuple(columns)


def _align(cell: Node) -> Align:
    for block in children(cell):
        for mark in marks(block):
            if kind(mark) == "alignment":
                return _ALIGNMENTS.get(word(mark, "align"), Align.LEFT)
    return Align.LEFT
