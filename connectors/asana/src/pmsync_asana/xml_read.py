"""Asana's rich text as a tree, and what of it Markdown has no words for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree

from pmsync.text.characters import href, legal
from pmsync.text.fence import read_fence
from pmsync.text.line import tidy_line
from pmsync.text.loss import Losses
from pmsync.text.signs import read_signs
from pmsync.text.tidy import tidy
from pmsync.text.tree import (
    PLAIN,
    Block,
    Blocks,
    Break,
    Bullets,
    Code,
    CodeBlock,
    Document,
    Heading,
    Inline,
    Item,
    Line,
    Link,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Style,
    Table,
    Text,
)
from pmsync.text.walk import map_blocks

_STYLES = {"strong": Style.STRONG, "b": Style.STRONG, "em": Style.EMPHASIS, "i": Style.EMPHASIS, "s": Style.STRIKE}
_BLOCKS = frozenset({"h1", "h2", "ul", "ol", "pre", "blockquote", "hr", "table"})
_LOWER_HEADING = re.compile(r"(#{3,6})(?: +|$)")
_NAMED_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]*;")


def root_of(document: str) -> ElementTree.Element | None:
    """The `<body>` of a rich text; None for what is no XML. Entities of its own are not expanded: it is then none."""
    source = legal(document)
    if "<!" in source or "<?" in source:
        return None
    try:
        return ElementTree.fromstring(_NAMED_ENTITY.sub(lambda match: unescape(match[0]), source))  # noqa: S314
    except ElementTree.ParseError:
        return None


def read(document: str) -> tuple[Document, Losses]:
    """The tree of a rich text in normal form, and what it does not say. What is no XML is read as plain text."""
    reader = _Reader()
    root = root_of(document) if document.strip() else ElementTree.Element("body")
    if root is None:
        reader.losses.add("a text that is not well-formed")
        return tidy(Document((Paragraph((Text(document),)),))), reader.losses
    tree = read_signs(Document(reader.blocks(root)))
    blocks = map_blocks(tree.blocks, _lower_heading, lambda item: item)
    return tree if blocks == tree.blocks else tidy(Document(blocks)), reader.losses


class _Reader:
    def __init__(self) -> None:
        self.losses = Losses()

    def blocks(self, element: ElementTree.Element) -> Blocks:
        """What an element holds: blocks, and paragraphs of the text between them."""
        blocks: list[Block] = []
        text: list[Inline] = [Text(element.text or "")]
        for child in element:
            if child.tag in _BLOCKS:
                blocks += [Paragraph(tuple(text)), *self._block(child)]
                text = []
            else:
                text += self._inline(child, PLAIN, None)
            text.append(Text(child.tail or ""))
        return (*blocks, Paragraph(tuple(text)))

    def _block(self, element: ElementTree.Element) -> Iterator[Block]:
        match element.tag:
            case "h1" | "h2":
                yield Heading(int(element.tag[1]), self._line(element))
            case "ul":
                yield Bullets(tuple(self._items(element)))
            case "ol":
                yield Numbers(tuple(self._items(element)))
            case "pre":
                text = self._code(element)
                yield read_fence(text) or CodeBlock(text)
            case "blockquote":
                yield Quote(self.blocks(element))
            case "table":
                yield from self._table(element)
            case _:
                yield Rule()

    def _items(self, element: ElementTree.Element) -> Iterator[Item]:
        """The items of a list. A list that stands between items belongs to the one before it."""
        item: Item | None = None
        for child in element:
            if child.tag in ("ul", "ol"):
                item = Item((*(item.blocks if item else ()), *self._block(child)))
                continue
            if item:
                yield item
            item = Item(self.blocks(child))
        if item:
            yield item

    def _code(self, element: ElementTree.Element) -> str:
        if len(element):
            self.losses.add("formatted code")
        return "".join(element.itertext())

    def _table(self, element: ElementTree.Element) -> Iterator[Block]:
        """The table. Asana's have no headers: the first row takes that place."""
        rows = [[self._cell(cell) for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]
        if rows:
            yield Table((), tuple(rows[0]), tuple(map(tuple, rows[1:])))

    def _cell(self, cell: ElementTree.Element) -> Line:
        line = tidy_line(self._line(cell))
        if any(child.tag in _BLOCKS for child in cell.iter()) or any(not isinstance(p, Text | Code) for p in line):
            self.losses.add("lists or lines in a table")
        return line

    def _line(self, element: ElementTree.Element) -> Line:
        return tuple(self._content(element, PLAIN, None))

    def _content(self, element: ElementTree.Element, styles: frozenset[Style], link: Link | None) -> Iterator[Inline]:
        yield Text(element.text or "", styles, link)
        for child in element:
            yield from self._inline(child, styles, link)
            yield Text(child.tail or "", styles, link)

    def _inline(self, element: ElementTree.Element, styles: frozenset[Style], link: Link | None) -> Iterator[Inline]:
        tag = element.tag
        if tag == "code":
            text = self._code(element)
            yield Code(text, styles, link)
        elif tag == "img":
            self.losses.add("an image")
            yield Text(f"[{element.get('alt') or 'image'}]", styles, link)
        elif tag == "a":
            yield from self._content(element, styles, self._link(element))
        else:
            if tag not in _STYLES:
                self.losses.add("underline" if tag == "u" else f"<{tag}>")
            inner = styles | {_STYLES[tag]} if tag in _STYLES else styles
            yield from self._content(element, inner, link)

    def _link(self, element: ElementTree.Element) -> Link | None:
        if is_mention(element):
            self.losses.add("a mention")
        url = element.get("href")
        target = href(url) if url else None
        if url and target is None:
            self.losses.add("a link that Markdown does not follow")
        return Link(target) if target else None


def _lower_heading(block: Block) -> Block:
    """A heading for a line that looks like one in Markdown, for Asana has just two levels of its own."""
    match block:
        case Paragraph(content=(Text(link=None) as first, *rest)) if found := _LOWER_HEADING.match(first.text):
            if any(isinstance(piece, Break) for piece in rest):
                return block
            return Heading(len(found[1]), (replace(first, text=first.text[found.end() :]), *rest))
        case _:
            return block


def is_mention(element: ElementTree.Element) -> bool:
    """Whether a link shows the name of what it leads to, whatever text it was given."""
    return "data-asana-gid" in element.keys() and element.get("data-asana-dynamic") != "false"  # noqa: SIM118
