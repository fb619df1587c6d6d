"""A document in Atlassian's format (ADF) as a tree, and what of it Markdown has no words for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from pmsync.model.fields import Json
from pmsync.text.characters import href
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
    Image,
    Inline,
    Item,
    Line,
    Link,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Style,
    Text,
    visible,
)
from pmsync_jira.adf_nodes import Node, attributes, children, kind, marks, number, word
from pmsync_jira.adf_table import read_table

_STYLES = {"strong": Style.STRONG, "em": Style.EMPHASIS, "strike": Style.STRIKE}
_OTHER_MARKS = {
    "underline": "underline",
    "textColor": "colours",
    "backgroundColor": "colours",
    "subsup": "subscript or superscript",
    "annotation": "an inline comment",
    "alignment": "alignment",
    "indentation": "indentation",
    "fontSize": "a text size",
    "border": "a border",
    "breakout": "",
    "fragment": "",
    "dataConsumer": "",
}
_OTHER_BLOCKS = {
    "layoutSection": "columns",
    "layoutColumn": "columns",
    "extension": "a macro",
    "bodiedExtension": "a macro",
    "syncBlock": "a synced block",
    "bodiedSyncBlock": "a synced block",
    "decisionItem": "a decision",
}
_CARDS = ("inlineCard", "blockCard", "embedCard")
_DEEPEST = 20


def read(document: Json) -> tuple[Document, Losses]:
    """The tree of a document in normal form, and what it does not say. Total: what is no ADF is read as well as may be.

    Not told as a loss, since no reader sees it: empty paragraphs, breaks at the edge of a paragraph, local ids, the
    widths of tables, and that an emoji was picked from a list.
    """
    reader = _Reader()
    if isinstance(document, str):
        reader.losses.add("a document in another format")
        return tidy(Document((Paragraph((Text(document),)),))), reader.losses
    return read_signs(Document(reader.blocks(children(document)))), reader.losses


class _Reader:
    def __init__(self) -> None:
        self.losses = Losses()
        self._depth = 0
        self._readers: Mapping[str, Callable[[Node], Iterator[Block]]] = {
            "paragraph": self._paragraph,
            "heading": self._heading,
            "codeBlock": self._code_block,
            "rule": lambda node: iter((Rule(),)),
            "blockquote": lambda node: iter((Quote(self.blocks(children(node))),)),
            "bulletList": lambda node: iter((Bullets(self._items(node)),)),
            "orderedList": lambda node: iter((Numbers(self._items(node), number(node, "order", 1)),)),
            "taskList": lambda node: iter((Bullets(tuple(self._tasks(node))),)),
            "decisionList": lambda node: iter((Bullets(self._items(node)),)),
            "table": lambda node: iter((read_table(node, self.line, self.blocks, self.losses),)),
            "panel": self._panel,
            "expand": self._expand,
            "nestedExpand": self._expand,
            "mediaSingle": self._media,
            "mediaGroup": self._media,
        }

    def blocks(self, nodes: Sequence[Node]) -> Blocks:
        self._depth += 1
        blocks = tuple(block for node in self._grouped(nodes) for block in self._block(node))
        self._depth -= 1
        if self._depth > _DEEPEST and blocks:
            self.losses.add("deep nesting")
            return (Paragraph((Text(visible(blocks)),)),)
        return blocks

    def _grouped(self, nodes: Sequence[Node]) -> Iterator[Node]:
        """The nodes, with text that stands where blocks should put into paragraphs."""
        loose: list[Json] = []
        for node in nodes:
            if kind(node) in ("text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard"):
                loose.append(dict(node))
                continue
            if loose:
                yield {"type": "paragraph", "content": loose}
                loose = []
            yield node
        if loose:
            yield {"type": "paragraph", "content": loose}

    def _block(self, node: Node) -> Iterator[Block]:
        self._unsaid_marks(node)
        if reader := self._readers.get(kind(node)):
            yield from reader(node)
        elif kind(node) in _CARDS:
            yield Paragraph(tuple(self._card(node)))
        else:
            self.losses.add(_OTHER_BLOCKS.get(kind(node), f"“{kind(node)}”"))
            if text := word(node, "text") or word(node, "title"):
                yield Paragraph((Text(text),))
            yield from self.blocks(children(node))

    def _unsaid_marks(self, node: Node) -> None:
        for mark in marks(node):
            if kind(mark) not in (*_STYLES, "code", "link"):
                self._unsaid(kind(mark))

    def _unsaid(self, mark: str) -> None:
        if what := _OTHER_MARKS.get(mark, f"“{mark}”"):
            self.losses.add(what)

    def _paragraph(self, node: Node) -> Iterator[Block]:
        yield Paragraph(self.line(children(node)))

    def _heading(self, node: Node) -> Iterator[Block]:
        content = self.line(children(node))
        if any(isinstance(piece, Break) for piece in content[:-1]):
            self.losses.add("a line break in a heading")
        yield Heading(number(node, "level", 1), content)

    def _code_block(self, node: Node) -> Iterator[Block]:
        yield CodeBlock("".join(_string(child, "text") for child in children(node)), word(node, "language"))

    def _items(self, node: Node) -> tuple[Item, ...]:
        return tuple(Item(self.blocks(children(item))) for item in self._grouped(children(node)))

    def _tasks(self, node: Node) -> Iterator[Item]:
        """The tasks of a list, each with the lists that follow it."""
        item: Item | None = None
        for child in children(node):
            if kind(child) == "taskList":
                under = Bullets(tuple(self._tasks(child)))
                item = Item((*item.blocks, under), item.done) if item else Item((under,))
                continue
            if item:
                yield item
            item = self._task(child)
        if item:
            yield item

    def _task(self, node: Node) -> Item:
        blocks = self.blocks(children(node))
        if not visible(tidy(Document(blocks)).blocks).strip():
            self.losses.add("an empty task")
        return Item(blocks, word(node, "state") == "DONE")

    def _panel(self, node: Node) -> Iterator[Block]:
        self.losses.add("a panel")
        title = word(node, "panelIconText") or word(node, "panelType").capitalize() or "Panel"
        yield Quote((_bold(title), *self.blocks(children(node))))

    def _expand(self, node: Node) -> Iterator[Block]:
        self.losses.add("an expandable section")
        title = word(node, "title")
        yield Quote((*((_bold(title),) if title else ()), *self.blocks(children(node))))

    def _media(self, node: Node) -> Iterator[Block]:
        caption: Line = ()
        pictures: list[Image | Text] = []
        for child in children(node):
            if kind(child) == "caption":
                caption = self.line(children(child))
            else:
                pictures.append(self._picture(child))
        title = "".join(piece.text for piece in caption if isinstance(piece, Text))
        plain = all(isinstance(piece, Text) and not piece.styles and not piece.link for piece in caption)
        match pictures:
            case [Image(title="") as image] if plain:
                yield Paragraph((Image(image.src, image.alt, title, image.styles, image.link),))
            case _:
                if caption:
                    self.losses.add("a caption")
                yield from (Paragraph((picture,)) for picture in pictures)
                yield Paragraph(caption)

    def _picture(self, node: Node) -> Image | Text:
        self._unsaid_marks(node)
        link = self._link(node)
        source = href(word(node, "url")) if word(node, "type") == "external" else None
        if source:
            return Image(source, word(node, "alt"), "", PLAIN, link)
        self.losses.add("an attachment")
        return Text(f"[{word(node, 'alt') or 'attachment'}]", link=link)

    def line(self, nodes: Sequence[Node]) -> Line:
        """Inline nodes, not yet in normal form."""
        return tuple(piece for node in nodes for piece in self._inline(node))

    def _inline(self, node: Node) -> Iterator[Inline]:
        if kind(node) in _CARDS:
            yield from self._card(node)
            return
        if kind(node) == "text" and not _string(node, "text"):
            return
        self._unsaid_marks(node)
        link = self._link(node)
        styles = frozenset(_STYLES[kind(mark)] for mark in marks(node) if kind(mark) in _STYLES)
        match kind(node):
            case "text" | "emoji":
                text = _string(node, "text") if kind(node) == "text" else self._emoji(node)
                code = any(kind(mark) == "code" for mark in marks(node))
                yield Code(text, styles, link) if code else Text(text, styles, link)
            case "hardBreak":
                yield Break()
            case _:
                yield Text(self._other(node), styles, link)
                yield from self.line(children(node))

    def _link(self, node: Node) -> Link | None:
        for mark in marks(node):
            if kind(mark) == "link":
                target = href(word(mark, "href"))
                if target is None:
                    self.losses.add("a link that Markdown does not follow")
                return Link(target, word(mark, "title")) if target else None
        return None

    def _emoji(self, node: Node) -> str:
        text = word(node, "text")
        if not text or text.startswith(":"):
            self.losses.add("a custom emoji")
        return text or word(node, "shortName")

    def _other(self, node: Node) -> str:
        """An inline node that Markdown has no word for, as text."""
        match kind(node):
            case "mention":
                self.losses.add("a mention")
                return "@" + (word(node, "text") or word(node, "id")).removeprefix("@")
            case "date":
                self.losses.add("a date")
                return _date(word(node, "timestamp"))
            case "status":
                self.losses.add("a status")
                return f"[{word(node, 'text')}]"
            case "placeholder":
                self.losses.add("a placeholder")
                return word(node, "text")
            case "mediaInline":
                self.losses.add("an attachment")
                return f"[{word(node, 'alt') or 'attachment'}]"
            case "inlineExtension":
                self.losses.add("a macro")
                return word(node, "text") or f"[{word(node, 'extensionKey')}]"
            case other:
                self.losses.add(f"“{other}”")
                return _string(node, "text") or word(node, "text")

    def _card(self, node: Node) -> Iterator[Inline]:
        self.losses.add("a smart link")
        data = attributes(node).get("data")
        url = word(node, "url") or (str(data.get("url", "")) if isinstance(data, Mapping) else "")
        target = href(url)
        yield Text(url or "[link]", link=Link(target) if target else None)


def _bold(text: str) -> Paragraph:
    return Paragraph((Text(text, frozenset({Style.STRONG})),))


def _string(node: Node, key: str) -> str:
    value = node.get(key)
    return value if isinstance(value, str) else ""


def _date(timestamp: str) -> str:
    """Milliseconds since 1970, at midnight UTC of the day that is meant."""
    try:
        return datetime.fromtimestamp(int(timestamp) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return timestamp
