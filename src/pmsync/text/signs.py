"""Signs for what a tool has no form for, which are read again as what they stand for."""

from dataclasses import replace

from pmsync.text.line import tidy_line
from pmsync.text.tidy import tidy
from pmsync.text.tree import Block, Document, Image, Inline, Item, Link, Paragraph, Text, lines
from pmsync.text.walk import map_blocks, map_pieces

_PICTURE = "🖼"
_BOXES = {True: "☑ ", False: "☐ "}
_SIGNS = (_PICTURE, "☑", "☐")


def boxed(item: Item) -> Item:
    """A task as an item that begins with a box; any other item as it is."""
    if item.done is None or not item.blocks or not isinstance(first := item.blocks[0], Paragraph):
        return item
    return Item((Paragraph(tidy_line((Text(_BOXES[item.done]), *first.content))), *item.blocks[1:]))


def pictured(image: Image) -> Text | None:
    """An image as a link to it; None where a link cannot say all of it."""
    if image.title or image.link or not image.src:
        return None
    return Text(f"{_PICTURE} {image.alt}".strip(), image.styles, Link(image.src))


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
    if not isinstance(piece, Text) or piece.link is None or not piece.text.startswith(_PICTURE):
        return piece
    alt = piece.text.removeprefix(_PICTURE).removeprefix("\ufe0f").strip()
    return Image(piece.link.href, alt, "", piece.styles) if not piece.link.title else piece


def _task(item: Item) -> Item:
    match item.blocks:
        case (Paragraph(content=(Text() as first, *rest)), *under) if first.text[:2] in _BOXES.values():
            done = first.text.startswith(_BOXES[True])
            return Item((Paragraph((replace(first, text=first.text[2:]), *rest)), *under), done)
        case _:
            return item
