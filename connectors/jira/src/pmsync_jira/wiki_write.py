"""A tree as wiki markup, as Jira Data Center renders it.

Escaped is what either of Atlassian's two parsers might take for markup. A newline is a line break; marks end with the
line.
"""

import re
from collections.abc import Iterator
from enum import Enum
from itertools import groupby

from pmsync.text.links import is_bare
from pmsync.text.loss import Losses
from pmsync.text.nest import Bit, Close, Open, nest
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
)

_MARKS = {Style.STRONG: "*", Style.EMPHASIS: "_", Style.STRIKE: "-"}
BARE = re.compile(r"https?://(?:[^\s|\]\[{}!*\\()&]|&(?!\#|amp;))*[\w/=%-]")
"""An address that is a link as it stands."""
_MACROS = ("code", "noformat", "quote", "panel", "color", "info", "note", "tip", "warning")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]+")
_ABSOLUTE = re.compile(r"(?:https?|ftp|mailto|file|tel):", re.IGNORECASE)
_FACES = r":[)(DPp]|;\)|\((?:[yni/x!+?*-]|on|off|\*[rgby]|flag|flagoff)\)"
_FORCED_BREAK = r" \\ "
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BACKSLASH = re.compile(r"\\(?=[^\w\s]|_|$)")
# A mark between two letters or two blanks is none.
_SPECIAL = re.compile(
    r"((?<=[^\W_])[*_+^~-](?=[^\W_])|(?<!\S)[*_+^~-](?!\S))"
    rf"|[\[\]{{}}|*_+^~-]|!(?=\S)|\?(?=\?)|{_FACES}"
)
_BLOCK = re.compile(r"[#*-]+(?:\s|$)|-{3,}|\|")
_WORD_BLOCK = re.compile(r"h[1-6]\.|bq\.")


class _Place(Enum):
    """Where a block stands decides what it may be."""

    ROOT = ""
    ITEM = "a list"
    QUOTE = "a quote"


_NAMES = {
    Paragraph: "more than one paragraph",
    Heading: "a heading",
    CodeBlock: "a code block",
    Rule: "a rule",
    Quote: "a quote",
    Callout: "a callout",
    Table: "a table",
}


def write(document: Document) -> tuple[str, Losses]:
    """The document as wiki markup, and what of the tree it does not say: that is told in plainer words."""
    writer = _Writer()
    return writer.blocks(document.blocks, _Place.ROOT), writer.losses


class _Writer:
    def __init__(self) -> None:
        self.losses = Losses()

    def blocks(self, blocks: Blocks, place: _Place) -> str:
        return "\n\n".join(text for block in blocks if (text := self._block(block, place)))

    def _block(self, block: Block, place: _Place) -> str:
        match block:
            case Paragraph():
                return self._lines(block.content)
            case Heading():
                return f"h{block.level}. {self._line(block.content)}"
            case CodeBlock():
                return self._code(block)
            case Rule():
                return "----"
            case Callout():
                self.losses.add("a callout")
                return self._block(titled(block), place)
            case Quote() if place == _Place.QUOTE:
                self.losses.add("a quote in a quote")
                return self.blocks(block.blocks, place)
            case Quote():
                return f"{{quote}}\n{self.blocks(block.blocks, _Place.QUOTE)}\n{{quote}}"
            case Bullets() | Numbers():
                return "\n".join(self._list(block, ""))
            case Table():
                return self._table(block)

    def _code(self, block: CodeBlock) -> str:
        """Code in a macro of a name that it does not mention."""
        macro = "code" if block.info else "noformat"
        if block.info and not _LANGUAGE.fullmatch(block.info):
            self.losses.add("the language of code")
            macro = "noformat"
        if f"{{{macro}}}" in block.text:
            macro = "noformat" if macro == "code" else "code"
            if block.info:
                self.losses.add("the language of code")
        if f"{{{macro}" in block.text:
            self.losses.add("code that mentions code macros")
        head = f"{{{macro}:{block.info}}}" if macro == "code" and block.info else f"{{{macro}}}"
        return f"{head}\n{block.text}\n{{{macro}}}"

    def _list(self, block: Bullets | Numbers, above: str) -> Iterator[str]:
        """One line for each item: the markers of all lists that it is in, then its text."""
        if isinstance(block, Numbers) and block.start != 1:
            self.losses.add("the first number of a list")
        markers = above + ("*" if isinstance(block, Bullets) else "#")
        for item in map(boxed, block.items):
            lines, under = self._item(item)
            yield f"{markers} {_FORCED_BREAK.join(lines)}".rstrip()
            for inner in under:
                yield from self._list(inner, markers)

    def _item(self, item: Item) -> tuple[list[str], list[Bullets | Numbers]]:
        """What an item says, line by line, and the lists under it."""
        lines: list[str] = []
        under: list[Bullets | Numbers] = []
        for number, block in enumerate(item.blocks):
            if isinstance(block, Bullets | Numbers):
                under.append(block)
                continue
            if number or not isinstance(block, Paragraph):
                self.losses.add(f"{_NAMES[type(block)]} in a list")
            for paragraph in paragraphs(block):
                lines += self._split(paragraph.content)
        return lines, under

    def _table(self, table: Table) -> str:
        if any(column != Align.LEFT for column in table.columns):
            self.losses.add("the alignment of columns")
        rows = [self._row(table.head, "||")] if any(table.head) or not table.rows else []
        return "\n".join([*rows, *(self._row(row, "|") for row in table.rows)])

    def _row(self, cells: tuple[Line, ...], bar: str) -> str:
        return bar + bar.join(self._cell(cell) for cell in cells) + bar

    def _cell(self, cell: Line) -> str:
        return self._line(cell).replace("\\|", "&#124;") or " "

    def _lines(self, content: Line) -> str:
        return "\n".join(map(_start, self._split(content)))

    def _split(self, content: Line) -> list[str]:
        parts = [
            tuple(part)
            for is_break, part in groupby(content, key=lambda piece: isinstance(piece, Break))
            if not is_break
        ]
        return [self._line(part) for part in parts]

    def _line(self, line: Line) -> str:
        return write_line(tuple(map(self._sayable, line)))

    def _sayable(self, piece: Inline) -> Inline:
        """The piece with nothing that markup cannot say."""
        if isinstance(piece, Image) and (sign := pictured(piece)):
            piece = sign
        elif isinstance(piece, Image):
            self.losses.add("an image")
            piece = Text(piece.alt or piece.src, piece.styles, piece.link or Link(piece.src))
        if isinstance(piece, Mention):
            self.losses.add("a mention")
            return Text(f"@{piece.name}", piece.styles)
        if isinstance(piece, Break) or piece.link is None:
            return piece
        return self._linked(piece, piece.link)

    def _linked(self, piece: Text | Code, link: Link) -> Inline:
        if link.title:
            self.losses.add("the title of a link")
        if not piece.text:
            self.losses.add("a link without text")
        if not _ABSOLUTE.match(link.href):
            self.losses.add("a link that is no full address")
        text = piece.text or link.href
        return type(piece)(text, piece.styles, Link(link.href))


def write_line(line: Line) -> str:
    """Inline content without breaks as markup."""
    bits = list(nest(line))
    braced = _braced(bits)
    out: list[str] = []
    position = 0
    while position < len(bits):
        bit = bits[position]
        if isinstance(bit, Open) and isinstance(bit.mark, Link) and _is_bare(bits, position, bit.mark):
            out.append(bit.mark.href)
            position += 3
            continue
        out.append(_bit(bit, braced=position in braced))
        position += 1
    return "".join(out)


def _is_bare(bits: list[Bit], position: int, link: Link) -> bool:
    """Whether the link can be written as its address alone."""
    inner = bits[position + 1]
    after = bits[position + 3] if position + 3 < len(bits) else Text(" ")
    return (
        isinstance(inner, Text)
        and inner.text == link.href
        and bits[position + 2] == Close(link)
        and is_bare(inner.text)
        and BARE.fullmatch(inner.text) is not None
        and (isinstance(after, Text) and after.text[:1] == " ")
    )


def _braced(bits: list[Bit]) -> set[int]:
    """The places of marks that touch a letter on their outer side: such a pair is only one in braces."""
    braced: set[int] = set()
    opened: list[int] = []
    for place, bit in enumerate(bits):
        if isinstance(bit, Open):
            opened.append(place)
        elif isinstance(bit, Close):
            start = opened.pop()
            if _is_hard(bits, start - 1, -1) or _is_hard(bits, place + 1, 0):
                braced |= {start, place}
    return braced


def _is_hard(bits: list[Bit], place: int, end: int) -> bool:
    """Whether the piece at a place shows a letter or digit at its end."""
    bit = bits[place] if 0 <= place < len(bits) else None
    return isinstance(bit, Text) and bit.text[end].isalnum()


def _bit(bit: Bit, *, braced: bool) -> str:
    match bit:
        case Open(mark=Link()):
            return "["
        case Close(mark=Link() as link):
            return f"|{_address(link.href)}]"
        case Open(mark=Style() as style) | Close(mark=Style() as style):
            return f"{{{_MARKS[style]}}}" if braced else _MARKS[style]
        case Code(text=text):
            return f"{{{{{_hidden(text) if text in _MACROS else escape(text)}}}}}"
        case Text(text=text):
            return escape(text)
        case _:
            return ""


def _hidden(text: str) -> str:
    return f"&#{ord(text[0])};{text[1:]}"


def _address(href: str) -> str:
    return href.replace("|", "%7C").replace("]", "%5D").replace("[", "%5B").replace("{", "%7B").replace("}", "%7D")


def escape(text: str) -> str:
    """The text so that it is read as itself, wherever in a line it stands."""
    text = _BACKSLASH.sub("&#92;", _ENTITY.sub("&amp;", text))
    return _SPECIAL.sub(lambda match: match[1] or f"\\{match[0]}", text)


def _start(line: str) -> str:
    """The line so that it does not begin a block."""
    if _WORD_BLOCK.match(line):
        return _hidden(line)
    return f"\\{line}" if _BLOCK.match(line) else line
