"""A tree as wiki markup, as Jira Data Center renders it.

Escaped is what either of Atlassian's two parsers might take for markup. A newline is a line break; marks end with the
line. What a list or a quote cannot hold is spelled.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from pmsync.text.characters import JOINER
from pmsync.text.fence import fenced, read_fence
from pmsync.text.loss import Losses
from pmsync.text.signs import boxed
from pmsync.text.spelled import ALL, Sign, Signs, guard, spelled
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
    Break,
    Bullets,
    Callout,
    CalloutKind,
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
from pmsync_jira.wiki_inline import hidden, write_line

PANELS = {
    CalloutKind.NOTE: "#deebff",
    CalloutKind.TIP: "#e3fcef",
    CalloutKind.IMPORTANT: "#eae6ff",
    CalloutKind.WARNING: "#fffae6",
    CalloutKind.CAUTION: "#ffebe6",
}
"""The colours of Atlassian's panels, by which its own converter tells them apart in markup."""
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]+")
_FORCED_BREAK = r" \\ "
_BLOCK = re.compile(r"[#*-]+(?:\s|$)|-{3,}|\|")
_WORD_BLOCK = re.compile(r"h[1-6]\.|bq\.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands: what it may be there, and what of the rest is read from how it is spelled."""

    blocks: tuple[type[Block], ...]
    signs: Signs


_LISTS = (Bullets, Numbers)
ROOT = Place((Paragraph, Heading, CodeBlock, Rule, Quote, Callout, *_LISTS, Table), frozenset({Sign.LATER_NUMBERS}))
QUOTE = Place((Paragraph, Heading, CodeBlock, Rule, *_LISTS, Table), frozenset({Sign.LATER_NUMBERS, Sign.QUOTE}))
ITEM = Place((Paragraph, CodeBlock, *_LISTS), ALL - {Sign.CODE})


def write(document: Document) -> tuple[str, Losses]:
    """The document as wiki markup, and what of the tree it does not say: of that, all the text is there."""
    writer = _Writer()
    return writer.blocks(document.blocks, ROOT), writer.losses


class _Writer:
    def __init__(self) -> None:
        self.losses = Losses()

    def blocks(self, blocks: Blocks, place: Place) -> str:
        return "\n\n".join(text for block in _allowed(blocks, place) if (text := self._block(block)))

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph():
                return "\n".join(_start(line) or _FORCED_BREAK.strip() for line in self._split(block.content))
            case Heading():
                return f"h{block.level}. {self._line(block.content)}"
            case CodeBlock():
                return _code(block)
            case Rule():
                return "----"
            case Quote():
                return f"{{quote}}\n{self.blocks(block.blocks, QUOTE)}\n{{quote}}"
            case Callout():
                return f"{{panel:bgColor={PANELS[block.kind]}}}\n{self.blocks(block.blocks, ROOT)}\n{{panel}}"
            case Bullets() | Numbers():
                return "\n".join(self._list(block, ""))
            case Table():
                return self._table(block)

    def _list(self, block: Bullets | Numbers, above: str) -> Iterator[str]:
        """One line for each item: the markers of all lists that it is in, then its text."""
        markers = above + ("*" if isinstance(block, Bullets) else "#")
        for number, item in enumerate(map(boxed, block.items)):
            own, under = _divided(item)
            if own or number or not under:
                yield f"{markers} {self._item(own)}".rstrip(" ")
            for inner in under:
                yield from self._list(inner, markers)

    def _item(self, blocks: Blocks) -> str:
        """What an item says without its lists: its text in one line, and macros in lines of their own."""
        told = ""
        for block in blocks:
            if isinstance(block, CodeBlock):
                told += ("\n" if told else "") + _code(block)
            elif told:
                told += "\n" if told.endswith("}") else _FORCED_BREAK * 2
            if not isinstance(block, CodeBlock) and isinstance(block, Paragraph):
                lines = self._split(block.content)
                first = _start(lines[0]) if told.endswith("\n") else lines[0]
                told += _FORCED_BREAK.join([first, *lines[1:]])
        return told

    def _table(self, table: Table) -> str:
        if any(column != Align.LEFT for column in table.columns):
            self.losses.add("the alignment of columns")
        rows = [self._row(table.head, "||")] if any(table.head) or not table.rows else []
        return "\n".join([*rows, *(self._row(row, "|") for row in table.rows)])

    def _row(self, cells: tuple[Line, ...], bar: str) -> str:
        return bar + bar.join(self._line(cell).replace("\\|", "&#124;") or " " for cell in cells) + bar

    def _split(self, content: Line) -> list[str]:
        """The lines of some content. Two breaks in a row leave an empty one."""
        lines: list[Line] = [()]
        for is_break, part in groupby(content, key=lambda piece: isinstance(piece, Break)):
            pieces = tuple(part)
            lines = [*lines, *[()] * len(pieces)] if is_break else [*lines[:-1], pieces]
        return [self._line(line) for line in lines]

    def _line(self, line: Line) -> str:
        return write_line(line, self.losses)


def _allowed(blocks: Blocks, place: Place) -> Iterator[Block]:
    """The blocks, with paragraphs that spell those that may not stand here."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield Paragraph(guard(block.content, place.signs))
        elif isinstance(block, place.blocks) and not (isinstance(block, Numbers) and block.start != 1):
            yield block
        else:
            yield spelled(block)


def _divided(item: Item) -> tuple[Blocks, tuple[Bullets | Numbers, ...]]:
    """What an item says before its lists, and those. A list that more follows is spelled."""
    blocks = tuple(_allowed(item.blocks, ITEM))
    end = len(blocks)
    while end and isinstance(blocks[end - 1], Bullets | Numbers) and not _is_one(blocks, end):
        end -= 1
    own = tuple(spelled(block) if isinstance(block, Bullets | Numbers) else block for block in blocks[:end])
    return own, tuple(block for block in blocks[end:] if isinstance(block, Bullets | Numbers))


def _is_one(blocks: Blocks, place: int) -> bool:
    """Whether the list before a place would be one with that behind it."""
    return place < len(blocks) and type(blocks[place - 1]) is type(blocks[place])


def _code(block: CodeBlock) -> str:
    """Code in a macro. Where its language is none that Jira might know, it is as in Markdown, fence and all."""
    macro = f"code:{block.info}" if _LANGUAGE.fullmatch(block.info) else "noformat"
    plain = macro != "noformat" or not (block.info or read_fence(block.text))
    text = re.sub(r"\{(?=code|noformat)", f"{{{JOINER}", block.text if plain else fenced(block))
    return f"{{{macro}}}\n{text}\n{{{macro.split(':')[0]}}}"


def _start(line: str) -> str:
    """The line so that it does not begin a block."""
    if _WORD_BLOCK.match(line):
        return hidden(line)
    return f"\\{line}" if _BLOCK.match(line) else line
