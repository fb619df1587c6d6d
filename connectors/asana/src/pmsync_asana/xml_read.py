"""Asana's rich text as a tree that shows all that is seen of it, and what of it Markdown has no words for."""

import re
from collections.abc import Iterator
from html import unescape
from xml.etree import ElementTree

from pmsync.text.characters import JOINER, href, legal
from pmsync.text.fence import read_fence
from pmsync.text.line import tidy_line
from pmsync.text.loss import Losses
from pmsync.text.signs import read_labels, read_signs
from pmsync.text.spelled import Signs, read_spelled
from pmsync.text.tidy import tidy
from pmsync.text.tree import (
    PLAIN,
    Block,
    Blocks,
    Bullets,
    Code,
    CodeBlock,
    Document,
    Heading,
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
from pmsync_asana.xml_write import ITEM, QUOTE, TASK, Place

_STYLES = {"strong": Style.STRONG, "b": Style.STRONG, "em": Style.EMPHASIS, "i": Style.EMPHASIS, "s": Style.STRIKE}
BLOCKS = frozenset({"h1", "h2", "ul", "ol", "pre", "blockquote", "hr", "table", "img", "object"})
_PICTURE = "🖼"
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


def read(document: str, place: Place = TASK) -> tuple[Document, Losses]:
    """The tree of a rich text in normal form, and what it shows but does not say. What is no XML is plain text."""
    reader = _Reader()
    root = root_of(document) if document.strip() else ElementTree.Element("body")
    if root is None:
        reader.unsaid.add(BROKEN)
        return tidy(Document((Paragraph((Text(document),)),))), reader.unsaid
    tree = read_signs(Document(reader.blocks(root, place.signs)))
    return Document(read_labels(tree.blocks)), reader.unsaid


BROKEN = "a text that is not well-formed"


class _Reader:
    def __init__(self) -> None:
        self.unsaid = Losses()

    def blocks(self, element: ElementTree.Element, signs: Signs) -> Blocks:
        """What an element holds: blocks, and paragraphs of the text between them."""
        blocks: list[Block] = []
        text: list[Inline] = [Text(element.text or "")]
        for child in element:
            if child.tag in BLOCKS:
                blocks += [*read_spelled(tuple(text), signs), *self._block(child, signs)]
                text = []
            else:
                text += self._inline(child, PLAIN, None)
            text.append(Text(child.tail or ""))
        return (*blocks, *read_spelled(tuple(text), signs))

    def _block(self, element: ElementTree.Element, signs: Signs) -> Iterator[Block]:
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
                yield Quote(self.blocks(element, QUOTE.signs))
            case "table":
                yield from self._table(element)
            case "hr":
                yield Rule()
            case "object":
                self.unsaid.add("an embedded page")
                yield from self.blocks(element, signs)
            case _:
                yield Paragraph(tuple(self._inline(element, PLAIN, None)))

    def _items(self, element: ElementTree.Element) -> Iterator[Item]:
        """The items of a list. A list that stands between items belongs to the one before it."""
        item: Item | None = None
        for child in element:
            if child.tag in ("ul", "ol"):
                item = Item((*(item.blocks if item else ()), *self._block(child, ITEM.signs)))
                continue
            if item:
                yield item
            item = Item(self.blocks(child, ITEM.signs))
        if item:
            yield item

    def _code(self, element: ElementTree.Element) -> str:
        if len(element):
            self.unsaid.add("formatted code")
        return "".join(element.itertext())

    def _table(self, element: ElementTree.Element) -> Iterator[Block]:
        """The table. Asana's have no headers: the first row takes that place."""
        rows = [[self._cell(cell) for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]
        if rows:
            yield Table((), tuple(rows[0]), tuple(map(tuple, rows[1:])))

    def _cell(self, cell: ElementTree.Element) -> Line:
        line = tidy_line(self._line(cell))
        if any(child.tag in BLOCKS for child in cell.iter()) or any(not isinstance(p, Text | Code) for p in line):
            self.unsaid.add("lists or lines in a table")
        return line

    def _line(self, element: ElementTree.Element) -> Line:
        return tuple(self._content(element, PLAIN, None))

    def _content(self, element: ElementTree.Element, styles: frozenset[Style], link: Link | None) -> Iterator[Inline]:
        text = element.text or ""
        yield Text("" if link and text == JOINER else text, styles, link)
        for child in element:
            yield from self._inline(child, styles, link)
            yield Text(child.tail or "", styles, link)

    def _inline(self, element: ElementTree.Element, styles: frozenset[Style], link: Link | None) -> Iterator[Inline]:
        tag = element.tag
        if tag == "code":
            text = self._code(element)
            yield Code(text, styles, link)
        elif tag == "img":
            self.unsaid.add("an image")
            yield Text(f"{_PICTURE} {element.get('alt') or 'image'}", styles, link)
        elif is_mention(element):
            yield from self._mention(element, styles)
        elif tag == "a":
            yield from self._content(element, styles, self._link(element))
        else:
            if tag not in _STYLES:
                self.unsaid.add("underline" if tag == "u" else f"<{tag}>")
            inner = styles | {_STYLES[tag]} if tag in _STYLES else styles
            yield from self._content(element, inner, link)

    def _mention(self, element: ElementTree.Element, styles: frozenset[Style]) -> Iterator[Inline]:
        """A person who is called, or a link to something else that shows its name."""
        self.unsaid.add("a mention")
        if element.get("data-asana-type") == "user":
            yield Mention(element.get("data-asana-gid", ""), "".join(element.itertext()).removeprefix("@"), styles)
        else:
            yield from self._content(element, styles, self._link(element))

    def _link(self, element: ElementTree.Element) -> Link | None:
        url = element.get("href")
        target = href(url) if url else None
        if url and target is None:
            self.unsaid.add("a link that Markdown does not follow")
        return Link(target) if target else None


def is_mention(element: ElementTree.Element) -> bool:
    """Whether a link shows the name of what it leads to, whatever text it was given."""
    return element.tag == "a" and "data-asana-gid" in element.keys() and element.get("data-asana-dynamic") != "false"  # noqa: SIM118
