"""A tree as Asana's rich text: well-formed XML with a `<body>` root and the tags that its place may have.

Paragraphs are parted by an empty line and lines by a newline: there is neither `<p>` nor `<br>`. Nothing is written
between blocks, for white space shows. Sources on what may stand in what disagree on some points (lists and code in a
quote); what one of them forbids is spelled, and so is what there is no tag for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

from pmsync.text.characters import JOINER
from pmsync.text.fence import fenced, read_fence
from pmsync.text.loss import Losses
from pmsync.text.mentions import is_person
from pmsync.text.nest import Close, Open, nest
from pmsync.text.signs import boxed, labelled, pictured
from pmsync.text.spelled import ALL, NOT_LISTS, Sign, Signs, guard, spelled
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
)

_TAGS = {Style.STRONG: "strong", Style.EMPHASIS: "em", Style.STRIKE: "s"}
_LOWEST_HEADING = 2
_OBJECTS = "https://app.asana.com/"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands: what it may be there, and what of the rest is read from how it is spelled."""

    blocks: tuple[type[Block], ...]
    signs: Signs


_LISTS = (Bullets, Numbers)
TASK = Place(
    (Paragraph, Heading, CodeBlock, Rule, Quote, Callout, *_LISTS, Table),
    frozenset({Sign.LOWER_HEADING, Sign.LATER_NUMBERS}),
)
COMMENT = Place(
    (Paragraph, CodeBlock, Quote, Callout, *_LISTS),
    frozenset({Sign.HEADING, Sign.RULE, Sign.TABLE, Sign.LATER_NUMBERS}),
)
ITEM = Place((Paragraph, *_LISTS), NOT_LISTS)
QUOTE = Place((Paragraph,), ALL)


def write(document: Document, place: Place = TASK) -> tuple[str, Losses]:
    """The document as XML, and what of the tree it does not say: of that, all the text is there."""
    writer = _Writer()
    return f"<body>{writer.blocks(document.blocks, place)}</body>", writer.losses


def opening(href: str) -> str:
    """The tag that opens a link. Asana replaces the text of links to its own objects unless told to leave it."""
    dynamic = ' data-asana-dynamic="false"' if href.startswith(_OBJECTS) else ""
    return f'<a href="{escape(href)}"{dynamic}>'


def text(characters: str) -> str:
    """Characters as they stand in XML between tags."""
    return escape(characters, quote=False)


def mention(gid: str, name: str) -> str:
    """The tag that calls somebody. Asana goes by the gid, and fills in the name and where it leads."""
    return f'<a data-asana-gid="{gid}" data-asana-type="user">@{text(name)}</a>'


class _Writer:
    def __init__(self) -> None:
        self.losses = Losses()

    def blocks(self, blocks: Blocks, place: Place) -> str:
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

    def _allowed(self, blocks: Blocks, place: Place) -> Iterator[Block]:
        """The blocks, with paragraphs that spell those that may not stand here."""
        for block in blocks:
            if isinstance(block, Paragraph):
                yield Paragraph(guard(block.content, place.signs))
            elif isinstance(block, place.blocks) and not _is_untold(block):
                yield block
            else:
                yield spelled(block)

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph():
                return self._line(block.content)
            case Heading(level=level):
                return f"<h{level}>{self._line(block.content)}</h{level}>"
            case CodeBlock():
                return f"<pre>{text(_code(block))}</pre>"
            case Rule():
                return "<hr/>"
            case Quote():
                return f"<blockquote>{self.blocks(block.blocks, QUOTE)}</blockquote>"
            case Callout():
                return self._block(labelled(block))
            case Bullets():
                return f"<ul>{self._items(block.items)}</ul>"
            case Numbers():
                return f"<ol>{self._items(block.items)}</ol>"
            case Table():
                return self._table(block)

    def _unsaid(self, condition: bool, what: str) -> None:
        if condition:
            self.losses.add(what)

    def _items(self, items: tuple[Item, ...]) -> str:
        return "".join(f"<li>{self.blocks(boxed(item).blocks, ITEM)}</li>" for item in items)

    def _table(self, table: Table) -> str:
        self._unsaid(any(column != Align.LEFT for column in table.columns), "the alignment of columns")
        rows = ("".join(f"<td>{self._line(cell)}</td>" for cell in row) for row in (table.head, *table.rows))
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"

    def _line(self, line: Line) -> str:
        return "".join(map(self._bit, nest(tuple(map(self._sayable, line)))))

    def _sayable(self, piece: Inline) -> Inline:
        """The piece with nothing that a link cannot do here."""
        if isinstance(piece, Image):
            piece = self._pictured(piece)
        if isinstance(piece, Mention) and not piece.id.isdecimal():
            self.losses.add("a mention")
            return Text(f"@{piece.name}", piece.styles)
        if isinstance(piece, Break | Mention) or piece.link is None:
            return piece
        if piece.link.title:
            self.losses.add("the title of a link")
            piece = replace(piece, link=Link(piece.link.href))
        if piece.link and (not piece.link.href or is_person(piece.link)):
            self.losses.add("a link to nowhere")
            return replace(piece, link=None)
        return piece if piece.text else replace(piece, text=JOINER)

    def _pictured(self, image: Image) -> Text:
        self._unsaid(bool(image.title), "the title of an image")
        if (sign := pictured(replace(image, title=""))) and not is_person(sign.link):
            return sign
        self.losses.add("an image")
        return Text(image.alt or image.src, image.styles, image.link or Link(image.src))

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
            case Mention():
                return mention(bit.id, bit.name)
            case Text() | Image():
                return text(bit.text if isinstance(bit, Text) else bit.alt)


def _is_untold(block: Block) -> bool:
    """Whether the tag for such a block would not say all of it."""
    match block:
        case Heading(level=level):
            return level > _LOWEST_HEADING
        case Numbers(start=start):
            return start != 1
        case _:
            return False


def _code(block: CodeBlock) -> str:
    """The code; as it is in Markdown, fence and all, where its language is named, or it looks like that."""
    return fenced(block) if block.info or read_fence(block.text) else block.text


def _tag(mark: Style | Link) -> str:
    return "a" if isinstance(mark, Link) else _TAGS[mark]
