"""A tree as Asana's rich text: well-formed XML with a `<body>` root and the tags that tasks may have.

Paragraphs are parted by an empty line and lines by a newline: there is neither `<p>` nor `<br>`. Nothing is written
between blocks, for white space shows. Sources on what may stand in what disagree on some points (lists and code in a
quote); what one of them forbids is not written.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from html import escape

from pmsync.text.fence import fenced, read_fence
from pmsync.text.loss import Losses
from pmsync.text.nest import Close, Open, nest
from pmsync.text.plainer import paragraphs, titled
from pmsync.text.signs import boxed, pictured
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
    Break,
    Bullets,
    Callout,
    Code,
    CodeBlock,
    Document,
    Heading,
    Image,
    Inline,
    Item,
    Line,
    Link,
    Mention,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Style,
    Table,
    Text,
    shown,
)

_TAGS = {Style.STRONG: "strong", Style.EMPHASIS: "em", Style.STRIKE: "s"}
_LOWEST_HEADING = 2
_OBJECTS = "https://app.asana.com/"


class _Place(Enum):
    """Where a block stands decides what it may be."""

    ROOT = ""
    ITEM = "a list"
    QUOTE = "a quote"


_NAMES = {
    Heading: "a heading",
    CodeBlock: "a code block",
    Rule: "a rule",
    Quote: "a quote",
    Callout: "a callout",
    Bullets: "a list",
    Numbers: "a list",
    Table: "a table",
}


def write(document: Document) -> tuple[str, Losses]:
    """The document as XML, and what of the tree it does not say: that is told in plainer words, with all its text."""
    writer = _Writer()
    return f"<body>{writer.blocks(document.blocks, _Place.ROOT)}</body>", writer.losses


def opening(href: str) -> str:
    """The tag that opens a link. Asana replaces the text of links to its own objects unless told to leave it."""
    dynamic = ' data-asana-dynamic="false"' if href.startswith(_OBJECTS) else ""
    return f'<a href="{escape(href)}"{dynamic}>'


def text(characters: str) -> str:
    """Characters as they stand in XML between tags."""
    return escape(characters, quote=False)


class _Writer:
    def __init__(self) -> None:
        self.losses = Losses()

    def blocks(self, blocks: Blocks, place: _Place) -> str:
        out: list[str] = []
        after_text = False
        for block in self._allowed(blocks, place):
            if isinstance(block, Paragraph):
                out += ["\n\n"] if after_text else []
                out.append(self._line(block.content))
            else:
                out.append(self._block(block))
            after_text = isinstance(block, Paragraph)
        return "".join(out)

    def _allowed(self, blocks: Blocks, place: _Place) -> Iterator[Block]:
        """The blocks, with paragraphs for those that may not stand here."""
        for block in map(_lower_heading, blocks):
            allowed = Paragraph | Bullets | Numbers if place == _Place.ITEM else Paragraph
            if place == _Place.ROOT or isinstance(block, allowed):
                yield block
            else:
                self.losses.add(f"{_NAMES[type(block)]} in {place.value}")
                yield from paragraphs(block)

    def _block(self, block: Heading | CodeBlock | Rule | Quote | Callout | Bullets | Numbers | Table) -> str:
        match block:
            case Heading(level=level):
                return f"<h{level}>{self._line(block.content)}</h{level}>"
            case CodeBlock():
                return f"<pre>{text(_code(block))}</pre>"
            case Rule():
                return "<hr/>"
            case Quote():
                return f"<blockquote>{self.blocks(block.blocks, _Place.QUOTE)}</blockquote>"
            case Callout():
                self.losses.add("a callout")
                return self._block(titled(block))
            case Bullets():
                return f"<ul>{self._items(block.items)}</ul>"
            case Numbers():
                self._unsaid(block.start != 1, "the first number of a list")
                return f"<ol>{self._items(block.items)}</ol>"
            case Table():
                return self._table(block)

    def _unsaid(self, condition: bool, what: str) -> None:
        if condition:
            self.losses.add(what)

    def _items(self, items: tuple[Item, ...]) -> str:
        return "".join(f"<li>{self.blocks(boxed(item).blocks, _Place.ITEM)}</li>" for item in items)

    def _table(self, table: Table) -> str:
        self._unsaid(any(column != Align.LEFT for column in table.columns), "the alignment of columns")
        rows = ("".join(f"<td>{self._line(cell)}</td>" for cell in row) for row in (table.head, *table.rows))
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"

    def _line(self, line: Line) -> str:
        return "".join(map(self._bit, nest(tuple(map(self._sayable, line)))))

    def _sayable(self, piece: Inline) -> Inline:
        """The piece with nothing that a link cannot do here."""
        if isinstance(piece, Image) and (sign := pictured(piece)):
            return sign
        if isinstance(piece, Image):
            self.losses.add("an image")
            piece = Text(piece.alt or piece.src, piece.styles, piece.link or Link(piece.src))
        if isinstance(piece, Mention):
            self.losses.add("a mention")
            return Text(f"@{piece.name}", piece.styles)
        if isinstance(piece, Break) or piece.link is None:
            return piece
        if piece.link.title:
            self.losses.add("the title of a link")
            piece = replace(piece, link=Link(piece.link.href))
        href = piece.link.href if piece.link else ""
        if not href:
            self.losses.add("a link to nowhere")
            return replace(piece, link=None)
        if not piece.text:
            self.losses.add("a link without text")
            return replace(piece, text=href)
        return piece

    def _bit(self, bit: Inline | Open | Close) -> str:
        match bit:
            case Open(mark=Link(href=href)):
                return opening(href)
            case Close(mark=Link()):
                return "</a>"
            case Open() as opened:
                return f"<{_tag(opened.mark)}>"
            case Close() as closed:
                return f"</{_tag(closed.mark)}>"
            case Break():
                return "\n"
            case Code():
                return f"<code>{text(bit.text)}</code>"
            case Text() | Mention():
                return text(shown(bit))
            case Image():
                return text(bit.alt)


def _lower_heading(block: Block) -> Block:
    """A heading below the second level, for which there is no tag, as a line that looks like it does in Markdown."""
    if not isinstance(block, Heading) or block.level <= _LOWEST_HEADING:
        return block
    return Paragraph((Text("#" * block.level + " "), *block.content))


def _code(block: CodeBlock) -> str:
    """The code; as it is in Markdown, fence and all, where its language is named, or it looks like that."""
    return fenced(block) if block.info or read_fence(block.text) else block.text


def _tag(mark: Style | Link) -> str:
    return "a" if isinstance(mark, Link) else _TAGS[mark]
