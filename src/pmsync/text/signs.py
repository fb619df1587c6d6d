"""Signs for what a tool has no form for, which are read again as what they stand for."""

from dataclasses import replace

from pmsync.text.characters import JOINER
from pmsync.text.line import tidy_line
from pmsync.text.tidy import tidy
from pmsync.text.tree import (
    Block,
    Blocks,
    Callout,
    CalloutKind,
    Document,
    Image,
    Inline,
    Item,
    Link,
    Paragraph,
    Quote,
    Style,
    Text,
    lines,
)
from pmsync.text.walk import map_blocks, map_pieces

PICTURE = "🖼"
BOXES = {True: "☑ ", False: "☐ "}
_LABELS = {
    CalloutKind.NOTE: "ℹ️",
    CalloutKind.TIP: "💡",
    CalloutKind.IMPORTANT: "❗",
    CalloutKind.WARNING: "⚠️",
    CalloutKind.CAUTION: "🛑",
}
_BOXED = tuple(BOXES.values())
_SIGNS = (PICTURE, "☑", "☐", JOINER)


def boxed(item: Item) -> Item:
    """A task as an item that begins with a box. What only looks like that has a joiner before it."""
    if not item.blocks or not isinstance(first := item.blocks[0], Paragraph):
        return item
    if item.done is None and not _looks_boxed(first):
        return item
    sign = JOINER if item.done is None else BOXES[item.done]
    return Item((Paragraph(tidy_line((Text(sign), *first.content))), *item.blocks[1:]))


def _looks_boxed(paragraph: Paragraph) -> bool:
    """Whether it begins with a box, or with joiners before one."""
    match paragraph.content:
        case (Text(text=text), *_):
            return text.lstrip(JOINER).startswith(_BOXED)
        case _:
            return False


def pictured(image: Image) -> Text | None:
    """An image as a link to it; None where a link cannot say all of it."""
    if image.link or not image.src:
        return None
    return Text(f"{PICTURE} {image.alt}".strip(), image.styles, Link(image.src, image.title))


def _label(kind: CalloutKind) -> Text:
    return Text(f"{_LABELS[kind]} {kind.label}", frozenset({Style.STRONG}))


def labelled(callout: Callout) -> Quote:
    """A callout as a quote that begins with what it is for."""
    return Quote((Paragraph((_label(callout.kind),)), *callout.blocks))


def read_labels(blocks: Blocks) -> Blocks:
    """The blocks with callouts for the quotes that begin as those do."""
    return tuple(_callout(block) for block in blocks)


def _callout(block: Block) -> Block:
    match block:
        case Quote(blocks=(Paragraph(content=(Text() as first,)), *rest)):
            kind = next((kind for kind in CalloutKind if first == _label(kind)), None)
            return Callout(kind, tuple(rest)) if kind and rest else block
        case _:
            return block


def read_signs(document: Document) -> Document:
    """The document with tasks and images for their signs, in normal form."""
    normal = tidy(document)
    if not any(isinstance(piece, Text) and piece.text[:1] in _SIGNS for line in lines(normal.blocks) for piece in line):
        return normal
    shown = map_pieces(normal, _image)
    return tidy(Document(map_blocks(shown.blocks, _same, _task)))


def _same(block: Block) -> Block:
    return block


def _image(piece: Inline) -> Inline:
    if not isinstance(piece, Text) or piece.link is None or not piece.text.startswith(PICTURE):
        return piece
    alt = piece.text.removeprefix(PICTURE).removeprefix("\ufe0f").strip()
    return Image(piece.link.href, alt, piece.link.title, piece.styles)


def _task(item: Item) -> Item:
    match item:
        case Item(blocks=(Paragraph(content=(Text(text=text) as first, *rest)) as said, *under), done=None):
            if text == JOINER and _looks_boxed(Paragraph(tuple(rest))):
                return Item((Paragraph(tuple(rest)), *under))
            if not _looks_boxed(said):
                return item
            hidden = text.startswith(JOINER)
            bare = replace(first, text=text[len(JOINER) if hidden else len(BOXES[True]) :])
            return Item((Paragraph((bare, *rest)), *under), None if hidden else text.startswith(BOXES[True]))
        case _:
            return item
