"""A document in Atlassian's format (ADF) as a tree that shows all that is seen of it: one block for each of its nodes.

What Markdown has no form for is shown in words and signs. Not shown is what no reader sees: empty paragraphs, breaks
at the edge of a paragraph, local ids, the widths of tables, and that an emoji was picked from a list.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from pmsync.model.fields import Json
from pmsync.text.characters import JOINER
from pmsync.text.signs import PICTURE, read_signs
from pmsync.text.spelled import read_spelled
from pmsync.text.tidy import tidy
from pmsync.text.tree import (
    Block,
    Blocks,
    Break,
    Bullets,
    Callout,
    CalloutKind,
    CodeBlock,
    Document,
    Heading,
    Image,
    Inline,
    Item,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Text,
    lines,
    visible,
)
from pmsync.text.walk import map_pieces
from pmsync_jira.adf_inline import CARDS, LineReader
from pmsync_jira.adf_nodes import Node, children, grouped, kind, number, word
from pmsync_jira.adf_places import Place, expand, hide
from pmsync_jira.adf_table import read_table

_PANELS = {
    "info": CalloutKind.NOTE,
    "note": CalloutKind.IMPORTANT,
    "success": CalloutKind.TIP,
    "tip": CalloutKind.TIP,
    "warning": CalloutKind.WARNING,
    "error": CalloutKind.CAUTION,
}
_DEEPEST = 20


def read(document: Json) -> tuple[Document, str]:
    """The tree of a document in normal form, and why it is not understood ("" if it is): then it is read as text."""
    if isinstance(document, str):
        return tidy(Document((Paragraph((Text(document),)),))), "a document in another format"
    return Document(tuple(block for node in grouped(children(document)) for block in shown(node))), ""


def shown(node: Node) -> Blocks:
    """What a node of a document's top level shows, in normal form. It does not hang on its neighbours."""
    told = json.dumps(node)
    if (known := _known.get(told)) is None:
        known = _revealed(read_signs(Document(_Reader().blocks([node], Place.ROOT)))).blocks
        if len(_known) >= _REMEMBERED:
            _known.clear()
        _known[told] = known
    return known


_REMEMBERED = 2_000
_known: dict[str, Blocks] = {}
"""Nodes as JSON with what they show: each is read to verify that it was written, when it comes back, and when one of
its neighbours is edited."""


_LINES = LineReader()


class _Reader:
    def __init__(self) -> None:
        self._depth = 0

    def blocks(self, nodes: Sequence[Node], place: Place) -> Blocks:
        """The nodes in a place as blocks, not in normal form."""
        self._depth += 1
        blocks = tuple(block for node in grouped(nodes) for block in self._block(node, place))
        self._depth -= 1
        if self._depth > _DEEPEST and blocks:
            return (Paragraph((Text(visible(tidy(Document(blocks)).blocks)),)),)
        return blocks

    def _block(self, node: Node, place: Place) -> Blocks:
        if kind(node) == "paragraph":
            line = _LINES.line(children(node))
            return read_spelled(line, place.signs) if place.signs else (Paragraph(line),)
        if read_node := _READERS.get(kind(node)):
            return (read_node(self, node),)
        return self._other(node)

    def _other(self, node: Node) -> Blocks:
        """A node that Markdown has no word for, as one block: what is in it, and else what it is called."""
        said = word(node, "text") or word(node, "title")
        within = self.blocks(children(node), Place.ROOT)
        if not said and not within:
            said = f"[{word(node, 'extensionKey') or kind(node)}]"
        told = (Paragraph((Text(said),)), *within) if said else within
        return told if len(told) == 1 else (Quote(told),)

    def heading(self, node: Node) -> Block:
        return Heading(number(node, "level", 1), _LINES.line(children(node)))

    def items(self, node: Node) -> tuple[Item, ...]:
        return tuple(Item(self.blocks(children(item), Place.ITEM)) for item in grouped(children(node)))

    def tasks(self, node: Node) -> Iterator[Item]:
        """The tasks of a list, each with the lists that follow it."""
        item: Item | None = None
        for child in children(node):
            if kind(child) == "taskList":
                under = Bullets(tuple(self.tasks(child)))
                item = Item((*item.blocks, under), item.done) if item else Item((under,))
                continue
            if item:
                yield item
            item = self._task(child)
        if item:
            yield item

    def _task(self, node: Node) -> Item:
        return Item(self.blocks(children(node), Place.ROOT), word(node, "state") == "DONE")

    def panel(self, node: Node) -> Block:
        blocks = self.blocks(children(node), Place.PANEL)
        return Callout(_PANELS.get(word(node, "panelType"), CalloutKind.NOTE), blocks)

    def expandable(self, node: Node, place: Place) -> Block:
        return expand(word(node, "title"), self.blocks(children(node), place))

    def columns(self, node: Node) -> Block:
        """Columns side by side, one below the other with rules between them."""
        shown: list[Block] = []
        for column in children(node):
            shown += [Rule()] if shown else []
            shown += self.blocks(children(column), Place.ROOT)
        return Quote(tuple(shown))

    def media(self, node: Node) -> Block:
        """Pictures and files, one in a line, and what stands below them. A plain caption is a picture's title."""
        caption = _LINES.line(
            [part for child in children(node) if kind(child) == "caption" for part in children(child)]
        )
        found = [child for child in children(node) if kind(child) != "caption"]
        shown = [piece for child in found for piece in _LINES.line([child])]
        plain = all(isinstance(piece, Text) and not piece.styles and not piece.link for piece in caption)
        match shown:
            case [Image(title="") as image] if plain:
                title = "".join(piece.text for piece in caption if isinstance(piece, Text))
                return Paragraph((Image(image.src, image.alt, title, link=image.link),))
            case _:
                pieces: list[Inline] = []
                for piece in shown:
                    pieces += [Break(), piece] if pieces else [piece]
                return Paragraph((*pieces, Break(), *caption))


_READERS: Mapping[str, Callable[[_Reader, Node], Block]] = {
    "heading": _Reader.heading,
    "codeBlock": lambda _, node: _code_block(node),
    "rule": lambda *_: Rule(),
    "blockquote": lambda reader, node: hide(Quote(reader.blocks(children(node), Place.QUOTE))),
    "bulletList": lambda reader, node: Bullets(reader.items(node)),
    "decisionList": lambda reader, node: Bullets(reader.items(node)),
    "orderedList": lambda reader, node: Numbers(reader.items(node), number(node, "order", 1)),
    "taskList": lambda reader, node: Bullets(tuple(reader.tasks(node))),
    "table": lambda reader, node: read_table(node, lambda cell: reader.blocks(cell, Place.ROOT)),
    "panel": _Reader.panel,
    "expand": lambda reader, node: reader.expandable(node, Place.EXPAND),
    "nestedExpand": lambda reader, node: reader.expandable(node, Place.NESTED),
    "mediaSingle": _Reader.media,
    "mediaGroup": _Reader.media,
    "layoutSection": _Reader.columns,
} | dict.fromkeys(CARDS, lambda _, node: Paragraph(_LINES.line([node])))


def _code_block(node: Node) -> Block:
    texts = (child.get("text") for child in children(node))
    return CodeBlock("".join(text for text in texts if isinstance(text, str)), word(node, "language"))


def _revealed(document: Document) -> Document:
    """The document without the joiners before pictures that are just text."""
    pieces = (piece for line in lines(document.blocks) for piece in line)
    if not any(isinstance(piece, Text) and piece.text.startswith(JOINER) for piece in pieces):
        return document
    return tidy(map_pieces(document, _revealed_picture))


def _revealed_picture(piece: Inline) -> Inline:
    if isinstance(piece, Text) and piece.link and piece.text.lstrip(JOINER).startswith(PICTURE):
        return Text(piece.text.removeprefix(JOINER), piece.styles, piece.link)
    return piece
