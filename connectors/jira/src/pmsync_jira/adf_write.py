"""A tree as a document in Atlassian's format (ADF), valid by its official schema (@atlaskit/adf-schema, full.json)."""

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeAlias
from uuid import UUID, uuid5

from pmsync.model.fields import Json
from pmsync.text.characters import JOINER
from pmsync.text.loss import Losses
from pmsync.text.signs import PICTURE, boxed, pictured
from pmsync.text.spelled import guard, spelled
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
    Break,
    Bullets,
    Callout,
    CalloutKind,
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
from pmsync_jira import adf_code
from pmsync_jira.adf_inline import LOZENGE
from pmsync_jira.adf_places import Place, read_callout, read_expand, reveal
from pmsync_jira.adf_table import cell_blocks

MARK_ORDER = ("code", "link", "em", "strong", "textColor", "backgroundColor", "strike", "subsup", "underline")
"""The editor refuses a code mark after a link mark; the schema does not care."""
_STYLES = {Style.STRONG: "strong", Style.EMPHASIS: "em", Style.STRIKE: "strike"}
_ALIGNMENTS = {Align.CENTER: "center", Align.RIGHT: "end"}
_PANELS = {
    CalloutKind.NOTE: "info",
    CalloutKind.TIP: "success",
    CalloutKind.IMPORTANT: "note",
    CalloutKind.WARNING: "warning",
    CalloutKind.CAUTION: "error",
}
_NAMES = {Heading: "a heading", Rule: "a rule", Quote: "a quote", Callout: "a callout", Table: "a table"}
_TASKS = UUID("6f5a1e0e-9d53-4a55-8a3b-1f0d9f7c2b11")


_Other: TypeAlias = Heading | CodeBlock | Rule | Quote | Callout | Bullets | Numbers | Table


def local_id(number: int) -> str:
    """The identity of the n-th task or task list of a document: any will do, but no two may share one."""
    return str(uuid5(_TASKS, str(number)))


def write(document: Document) -> tuple[Json, Losses]:
    """The document in ADF, and what of the tree it does not say. None where the tree is empty.

    What ADF has no node for is told in plainer ones, with all its text.
    """
    writer = _Writer()
    content = writer.blocks(document.blocks, Place.ROOT)
    return ({"type": "doc", "version": 1, "content": content} if content else None), writer.losses


class _Writer:
    def __init__(self) -> None:
        self.losses = Losses()
        self._tasks = 0

    def blocks(self, blocks: Blocks, place: Place) -> list[Json]:
        return [node for block in blocks for node in self._block(block, place)]

    def _block(self, block: Block, place: Place) -> list[Json]:
        if isinstance(block, Quote) and (section := self._section(block, place)):
            return [section]
        if not place.holds(block):
            self.losses.add(f"{_NAMES[type(block)]} in {place.value}")
            return [self._paragraph(spelled(block).content)]
        if isinstance(block, Paragraph):
            node = self._picture(block) or self._paragraph(guard(block.content, place.signs))
            return [node] if node != _paragraph([]) else []
        return [self._other(block, place)]

    def _section(self, quote: Quote, place: Place) -> Json:
        """A quote that stands for an expandable section, or for a callout within one, as that."""
        if place not in (Place.ROOT, Place.EXPAND):
            return None
        if found := read_expand(quote):
            title, blocks = found
            inner, kind = (Place.EXPAND, "expand") if place == Place.ROOT else (Place.NESTED, "nestedExpand")
            return _node(kind, self.blocks(blocks, inner) or [_paragraph([])], {"title": title})
        callout = read_callout(quote)
        return self._panel(callout) if callout and (place == Place.EXPAND or not callout.blocks) else None

    def _other(self, block: _Other, place: Place) -> Json:
        match block:
            case Heading():
                return _node("heading", self._line(block.content), {"level": block.level})
            case Rule():
                return {"type": "rule"}
            case Quote():
                return _node("blockquote", self.blocks(reveal(block).blocks, Place.QUOTE) or [_paragraph([])])
            case Callout():
                return self._panel(block)
            case Table():
                return self._table(block)
            case CodeBlock():
                return _code_block(block)
            case Bullets() if place != Place.QUOTE and _is_task_list(block):
                return self._task_list(block)
            case Bullets():
                return _node("bulletList", self._items(block.items))
            case Numbers():
                items = self._items(block.items)
                return _node("orderedList", items, {"order": block.start} if block.start != 1 else {})

    def _panel(self, callout: Callout) -> Json:
        content = self.blocks(callout.blocks, Place.PANEL) or [_paragraph([])]
        return _node("panel", content, {"panelType": _PANELS[callout.kind]})

    def _paragraph(self, content: Line) -> dict[str, Json]:
        return _paragraph(self._line(content))

    def _picture(self, block: Paragraph) -> Json:
        """The paragraph as a picture, if it is one, alone or above a caption. A title is a caption, too."""
        image, *below = block.content or (None,)
        if not isinstance(image, Image) or not image.src or (below and (image.title or not _is_caption(below))):
            return None
        attributes: dict[str, Json] = {"type": "external", "url": image.src}
        if image.alt:
            attributes["alt"] = image.alt
        media: dict[str, Json] = {"type": "media", "attrs": attributes}
        if image.link and image.link.href:
            media["marks"] = [_link_mark(image.link)]
        if image.styles or (image.link and not image.link.href):
            self.losses.add("marks on an image")
        line = self._line(tuple(below[1:])) or ([{"type": "text", "text": image.title}] if image.title else [])
        return _node("mediaSingle", [media, *([_node("caption", line)] if line else [])], {"layout": "center"})

    def _items(self, items: tuple[Item, ...]) -> list[Json]:
        return [_node("listItem", self._item(item)) for item in items]

    def _item(self, item: Item) -> list[Json]:
        blocks = boxed(item).blocks
        content = self.blocks(blocks, Place.ITEM)
        # The editor wants an item to begin with something other than a list.
        begins_with_list = not blocks or isinstance(blocks[0], Bullets | Numbers)
        return [_paragraph([]), *content] if begins_with_list else content or [_paragraph([])]

    def _task_list(self, block: Bullets) -> Json:
        """Tasks hold no blocks: the tasks under one follow it as a list of their own."""
        identity = self._next_id()
        content: list[Json] = []
        for item in block.items:
            text = [paragraph.content for paragraph in item.blocks if isinstance(paragraph, Paragraph)]
            attributes: dict[str, Json] = {"localId": self._next_id(), "state": "DONE" if item.done else "TODO"}
            content.append(_node("taskItem", self._line(_apart(text)), attributes))
            content += [self._task_list(inner) for inner in item.blocks if isinstance(inner, Bullets)]
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
            blocks = self.blocks(cell_blocks(cell), Place.ROOT) or [_paragraph([])]
            if align in _ALIGNMENTS and isinstance(blocks[0], dict) and blocks[0]["type"] == "paragraph":
                blocks[0]["marks"] = [{"type": "alignment", "attrs": {"align": _ALIGNMENTS[align]}}]
            content.append(_node(kind, blocks))
        return _node("tableRow", content)

    def _line(self, line: Line) -> list[Json]:
        nodes: list[Json] = []
        for piece in adf_code.told(line):
            for node in self._piece(piece):
                _append(nodes, node)
        return nodes

    def _piece(self, piece: Inline) -> list[dict[str, Json]]:
        match piece:
            case Break():
                return [{"type": "hardBreak"}]
            case Mention():
                if piece.styles:
                    self.losses.add("marks on a mention")
                return [{"type": "mention", "attrs": {"id": piece.id, "text": f"@{piece.name}"}}]
            case Image():
                return [self._image(piece)]
            case Code():
                return [_text(piece.text, frozenset(), self._link(piece), code=True)]
            case Text():
                return self._text(piece)

    def _image(self, image: Image) -> dict[str, Json]:
        """A picture within a line, for which there is no node, as a link to it. One that leads elsewhere has its own
        address in the title of that link."""
        if sign := pictured(image):
            return _text(sign.text, sign.styles, sign.link)
        link = image.link
        if image.src and link and link.href and not image.title and not link.title:
            return _text(image.alt or PICTURE, image.styles, Link(link.href, f"{PICTURE} {image.src}"))
        self.losses.add("an image within text")
        return _text(image.alt or JOINER, image.styles, link)

    def _text(self, piece: Text) -> list[dict[str, Json]]:
        if link := self._link(piece):
            hidden = JOINER if piece.text.lstrip(JOINER).startswith(PICTURE) else ""
            return [_text(f"{hidden}{piece.text}" or JOINER, piece.styles, link)]
        if not piece.text:
            self.losses.add("a link to nowhere")
        return [_status(text) if stands else _text(text, piece.styles, None) for stands, text in _spans(piece.text)]

    def _link(self, piece: Text | Code) -> Link | None:
        if piece.link and not piece.link.href:
            self.losses.add("a link to nowhere")
            return None
        return piece.link


def _append(nodes: list[Json], node: dict[str, Json]) -> None:
    """Add an inline node; a text goes on with the one before it, where the marks are the same."""
    last = nodes[-1] if nodes else None
    if isinstance(last, dict) and last["type"] == node["type"] == "text" and last.get("marks") == node.get("marks"):
        nodes[-1] = {**last, "text": f"{last['text']}{node['text']}"}
    else:
        nodes.append(node)


def _spans(text: str) -> Iterator[tuple[bool, str]]:
    """The text cut into what stands for a status and what is just text. No part is empty."""
    done = 0
    for match in LOZENGE.finditer(text) if "⟦" in text else ():
        if not match[1]:
            yield from _bare(text[done : match.start()])
            yield True, match[2]
            done = match.end()
    yield from _bare(text[done:])


def _bare(text: str) -> Iterator[tuple[bool, str]]:
    if text:
        yield False, LOZENGE.sub(lambda match: match[0].removeprefix(JOINER), text) if "⟦" in text else text


def _status(text: str) -> dict[str, Json]:
    return {"type": "status", "attrs": {"text": text, "color": "neutral"}}


def _is_caption(below: Sequence[Inline]) -> bool:
    """Whether this stands below a picture as its caption. One of plain words would be read as the picture's title."""
    first, *line = below
    plain = all(isinstance(piece, Text) and not piece.styles and not piece.link for piece in line)
    return isinstance(first, Break) and not plain and not any(isinstance(piece, Image) for piece in line)


def _is_task_list(block: Bullets) -> bool:
    """Whether all items are tasks. One that says nothing itself may be any."""
    return any(item.done is not None for item in block.items) and all(map(_is_task, block.items))


def _is_task(item: Item) -> bool:
    text = list(itertools.takewhile(lambda block: isinstance(block, Paragraph), item.blocks))
    under = item.blocks[len(text) :]
    return (
        (item.done is not None or not text)
        and len(under) <= 1
        and all(isinstance(block, Bullets) and _is_task_list(block) for block in under)
    )


def _apart(parts: Sequence[Line]) -> Line:
    """The lines with an empty one between them."""
    return tuple(piece for number, part in enumerate(parts) for piece in ((Break(), Break()) if number else ()) + part)


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


def _text(text: str, styles: frozenset[Style], link: Link | None, *, code: bool = False) -> dict[str, Json]:
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
