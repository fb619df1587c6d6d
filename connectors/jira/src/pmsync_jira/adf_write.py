"""A tree as a document in Atlassian's format (ADF), valid by its official schema (@atlaskit/adf-schema, full.json)."""

from enum import Enum
from uuid import UUID, uuid5

from pmsync.model.fields import Json
from pmsync.text.loss import Losses
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

MARK_ORDER = ("code", "link", "em", "strong", "textColor", "backgroundColor", "strike", "subsup", "underline")
"""The editor refuses a code mark after a link mark; the schema does not care."""
_STYLES = {Style.STRONG: "strong", Style.EMPHASIS: "em", Style.STRIKE: "strike"}
_ALIGNMENTS = {Align.CENTER: "center", Align.RIGHT: "end"}
_NAMES = {Heading: "a heading", Rule: "a rule", Quote: "a quote", Callout: "a callout", Table: "a table"}
_TASKS = UUID("6f5a1e0e-9d53-4a55-8a3b-1f0d9f7c2b11")


class _Place(Enum):
    """Where a block stands decides what it may be."""

    ROOT = ""
    ITEM = "a list"
    QUOTE = "a quote"


def local_id(number: int) -> str:
    """The identity of the n-th task or task list of a document: any will do, but no two may share one."""
    return str(uuid5(_TASKS, str(number)))


def write(document: Document) -> tuple[Json, Losses]:
    """The document in ADF, and what of the tree it does not say. None where the tree is empty.

    What ADF has no node for is told in plainer ones, with all its text.
    """
    writer = _Writer()
    content = writer.blocks(document.blocks, _Place.ROOT)
    return ({"type": "doc", "version": 1, "content": content} if content else None), writer.losses


class _Writer:
    def __init__(self) -> None:
        self.losses = Losses()
        self._tasks = 0

    def blocks(self, blocks: Blocks, place: _Place) -> list[Json]:
        return [node for block in blocks for node in self._block(block, place)]

    def _block(self, block: Block, place: _Place) -> list[Json]:
        match block:
            case Paragraph():
                node = self._picture(block) or self._paragraph(block.content)
                return [node] if node != _paragraph([]) else []
            case CodeBlock():
                return [_code_block(block)]
            case Bullets() if place != _Place.QUOTE and _is_task_list(block):
                return [self._task_list(block)]
            case Bullets():
                return [_node("bulletList", self._items(block.items))]
            case Numbers():
                items = self._items(block.items)
                return [_node("orderedList", items, {"order": block.start} if block.start != 1 else {})]
            case _ if place == _Place.ROOT:
                return [self._root_only(block)]
            case _:
                return self._plainer(block, place)

    def _root_only(self, block: Heading | Rule | Quote | Callout | Table) -> Json:
        match block:
            case Heading():
                return _node("heading", self._line(block.content), {"level": block.level})
            case Rule():
                return {"type": "rule"}
            case Quote():
                return _node("blockquote", self.blocks(block.blocks, _Place.QUOTE) or [_paragraph([])])
            case Callout():
                self.losses.add("a callout")
                return self._root_only(titled(block))
            case Table():
                return self._table(block)

    def _plainer(self, block: Heading | Rule | Quote | Callout | Table, place: _Place) -> list[Json]:
        """What may not stand here, in paragraphs."""
        self.losses.add(f"{_NAMES[type(block)]} in {place.value}")
        if isinstance(block, Quote):
            return self.blocks(block.blocks, place)
        return [self._paragraph(paragraph.content) for paragraph in paragraphs(block)]

    def _paragraph(self, content: Line) -> Json:
        return _paragraph(self._line(content))

    def _picture(self, block: Paragraph) -> Json:
        """The paragraph as a picture, if it is nothing else. Its title is the caption."""
        if len(block.content) != 1 or not isinstance(image := block.content[0], Image) or not image.src:
            return None
        attributes: dict[str, Json] = {"type": "external", "url": image.src}
        if image.alt:
            attributes["alt"] = image.alt
        media: dict[str, Json] = {"type": "media", "attrs": attributes}
        if image.link and image.link.href:
            media["marks"] = [_link_mark(image.link)]
        if image.styles or (image.link and not image.link.href):
            self.losses.add("marks on an image")
        caption = [_node("caption", [{"type": "text", "text": image.title}])] if image.title else []
        return _node("mediaSingle", [media, *caption], {"layout": "center"})

    def _items(self, items: tuple[Item, ...]) -> list[Json]:
        return [_node("listItem", self._item(item)) for item in items]

    def _item(self, item: Item) -> list[Json]:
        blocks = boxed(item).blocks
        content = self.blocks(blocks, _Place.ITEM)
        # The editor wants an item to begin with something other than a list.
        begins_with_list = not blocks or isinstance(blocks[0], Bullets | Numbers)
        return [_paragraph([]), *content] if begins_with_list else content or [_paragraph([])]

    def _task_list(self, block: Bullets) -> Json:
        """Tasks hold no blocks: the tasks under one follow it as a list of their own."""
        identity = self._next_id()
        content: list[Json] = []
        for item in block.items:
            line, *under = item.blocks
            text = self._line(line.content) if isinstance(line, Paragraph) else []
            state = "DONE" if item.done else "TODO"
            content.append(_node("taskItem", text, {"localId": self._next_id(), "state": state}))
            content += [self._task_list(inner) for inner in under if isinstance(inner, Bullets)]
        return _node("taskList", content, {"localId": identity})

    def _next_id(self) -> str:
        self._tasks += 1
        return local_id(self._tasks)

    def _table(self, table: Table) -> Json:
        rows = [self._row(table.head, table.columns, "tableHeader")] if any(table.head) or not table.rows else []
        rows += [self._row(row, table.columns, "tableCell") for row in table.rows]
        return _node("table", rows)

    def _row(self, cells: tuple[Line, ...], columns: tuple[Align, ...], kind: str) -> Json:
        content: list[Json] = []
        for cell, align in zip(cells, columns, strict=True):
            paragraph = _paragraph(self._line(cell))
            if align in _ALIGNMENTS:
                paragraph["marks"] = [{"type": "alignment", "attrs": {"align": _ALIGNMENTS[align]}}]
            content.append(_node(kind, [paragraph]))
        return _node("tableRow", content)

    def _line(self, line: Line) -> list[Json]:
        if not all(map(shown_text, line)):
            self.losses.add("a link to nowhere")
        return [self._piece(piece) for piece in line if shown_text(piece)]

    def _piece(self, piece: Inline) -> Json:
        match piece:
            case Break():
                return {"type": "hardBreak"}
            case Image():
                if sign := pictured(piece):
                    return _text(sign.text, sign.styles, sign.link)
                self.losses.add("an image within text")
                return _text(shown_text(piece), piece.styles, piece.link or Link(piece.src, piece.title))
            case Mention():
                self.losses.add("a mention")
                return _text(shown(piece), piece.styles, None)
            case Code():
                # It has the styles of its neighbours, and gets them back from those when it is read.
                return _text(piece.text, frozenset(), self._link(piece), code=True)
            case Text():
                if not piece.text:
                    self.losses.add("a link without text")
                return _text(shown_text(piece), piece.styles, self._link(piece))

    def _link(self, piece: Text | Code) -> Link | None:
        if piece.link and not piece.link.href:
            self.losses.add("a link to nowhere")
            return None
        return piece.link


def shown_text(piece: Inline) -> str:
    """What a piece shows in ADF, where no text is empty."""
    match piece:
        case Break() | Mention():
            return shown(piece)
        case Image():
            return piece.alt or piece.src
        case Text() | Code():
            return piece.text or (piece.link.href if piece.link else "")


def _is_task_list(block: Bullets) -> bool:
    return all(item.done is not None and _is_task(item) for item in block.items)


def _is_task(item: Item) -> bool:
    first, *rest = item.blocks
    return (
        isinstance(first, Paragraph)
        and (len(first.content) != 1 or not isinstance(first.content[0], Image))
        and len(rest) <= 1
        and all(isinstance(block, Bullets) and _is_task_list(block) for block in rest)
    )


def _code_block(block: CodeBlock) -> Json:
    content: list[Json] = [{"type": "text", "text": block.text}] if block.text else []
    return _node("codeBlock", content, {"language": block.info} if block.info else {})


def _paragraph(content: list[Json]) -> dict[str, Json]:
    return {"type": "paragraph", "content": content} if content else {"type": "paragraph"}


def _node(kind: str, content: list[Json], attributes: dict[str, Json] | None = None) -> Json:
    node: dict[str, Json] = {"type": kind}
    if attributes:
        node["attrs"] = attributes
    if content or kind not in ("heading", "codeBlock", "taskItem"):
        node["content"] = content
    return node


def _text(text: str, styles: frozenset[Style], link: Link | None, *, code: bool = False) -> Json:
    marks: list[Json] = [{"type": "code"}] if code else []
    if link and link.href:
        marks.append(_link_mark(link))
    names = {_STYLES[style] for style in styles}
    marks += [{"type": name} for name in MARK_ORDER if name in names]
    return {"type": "text", "text": text, "marks": marks} if marks else {"type": "text", "text": text}


def _link_mark(link: Link) -> Json:
    attributes: dict[str, Json] = {"href": link.href}
    if link.title:
        attributes["title"] = link.title
    return {"type": "link", "attrs": attributes}
