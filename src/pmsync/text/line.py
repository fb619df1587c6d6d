"""The normal form of inline content: two lines that show the same are equal, and Markdown can say each of them."""

from collections.abc import Iterable, Sequence

from pmsync.text.characters import BLANK, clean, one_line
from pmsync.text.links import cut_links, may_hold_links
from pmsync.text.mentions import is_person, read_mentions, tidy_mention
from pmsync.text.tree import PLAIN, Break, Code, Image, Inline, Line, Link, Mention, Style, Text


def unbroken(content: Iterable[Inline]) -> Line:
    """Inline content in normal form, with spaces for its breaks."""
    line = tidy_line(content)
    if not any(isinstance(piece, Break) for piece in line):
        return line
    return tidy_line(Text(" ") if isinstance(piece, Break) else piece for piece in line)


def tidy_line(content: Iterable[Inline]) -> Line:
    """Inline content in normal form. Idempotent.

    No blanks at either end of a line or of a mark; nothing in two pieces that could be one; no marks on nothing; URLs
    in plain text are links.
    """
    given = tuple(content)
    if (known := _tidied.get(given)) is None:
        known = _tidy(given)
        if len(_tidied) >= _REMEMBERED:
            _tidied.clear()
        _tidied[given] = _tidied[known] = known
    return known


_REMEMBERED = 10_000
_tidied: dict[Line, Line] = {}
"""Lines in normal form: one text is brought to it many times on its way, from reading to verifying what was written."""


def _tidy(content: Line) -> Line:
    match content:
        case (Text(link=None) as only,) if not only.styles and not may_hold_links(only):
            return _tidy_plain(only)
        case _:
            return _tidy_marked(content)


def _tidy_plain(piece: Text) -> Line:
    """A single text without marks, of which most lines consist."""
    lines = [line.strip(BLANK) for line in clean(piece.text).split("\n")]
    if len(lines) > 1:
        return _tidy_marked((piece,))
    if lines[0] == piece.text:
        return (piece,) if piece.text else ()
    return (Text(lines[0]),) if lines[0] else ()


def _tidy_marked(content: Line) -> Line:
    pieces = _merge([part for piece in content for part in _parts(piece)])
    if any(map(may_hold_links, pieces)):
        pieces = _merge([part for piece in pieces for part in cut_links(piece)])
    if any(_has_loose_marks(pieces, place) for place in range(len(pieces))):
        pieces = _merge(_trim_marks(pieces))
        if any(map(_is_empty, pieces)):  # found to be one just now: the blanks beside it have another neighbour
            pieces = _merge(_trim_marks(pieces))
    trimmed = _trim_lines(pieces)
    merged = _merge(trimmed) if len(trimmed) < len(pieces) else trimmed
    return tuple(read_mentions(merged) if any(is_person(_link_of(piece)) for piece in merged) else merged)


def _parts(piece: Inline) -> Iterable[Inline]:
    """The piece in clean characters, with breaks for newlines."""
    match piece:
        case Text(text=text) if text and "\n" not in (cleaned := clean(text)):
            yield piece if cleaned is text and _is_clean(piece) else Text(cleaned, piece.styles, _link(piece.link))
        case Text():
            yield from _text_parts(piece)
        case Code():
            if piece.text:
                yield Code(one_line(piece.text), piece.styles, _link(piece.link))
        case Image():
            alt, title = one_line(piece.alt).strip(), one_line(piece.title)
            yield Image(piece.src, alt, title, piece.styles, _link(piece.link))
        case Mention():
            yield tidy_mention(piece)
        case Break():
            yield piece


def _text_parts(piece: Text) -> Iterable[Inline]:
    for number, part in enumerate(clean(piece.text).split("\n")):
        if number:
            yield Break()
        if part or (piece.link and not piece.text):
            yield Text(part, piece.styles if part else PLAIN, _link(piece.link))


def _is_clean(piece: Text) -> bool:
    return piece.link is None or not piece.link.title


def _link(link: Link | None) -> Link | None:
    return Link(link.href, one_line(link.title)) if link and link.title else link


def _merge(line: list[Inline]) -> list[Inline]:
    """Neighbours of the same kind and marks in one; an empty text only where it is all of its link."""
    if len(line) == 1 and not _is_empty(line[0]):
        return line
    merged: list[Inline] = []
    for piece in line:
        if not merged:
            merged.append(piece)
        elif joined := _joined(merged[-1], piece):
            merged[-1] = joined
        else:
            merged.append(piece)
    idle = next((place for place, piece in enumerate(merged) if _is_empty(piece) and _is_idle(merged, place)), None)
    return merged if idle is None else _merge([*merged[:idle], *merged[idle + 1 :]])


def _is_idle(line: Sequence[Inline], place: int) -> bool:
    """Whether an empty text says nothing, since it has no link, or shares that of a neighbour."""
    link = _link_of(line[place])
    if link is None:
        return True
    before = next((piece for piece in reversed(line[:place]) if not isinstance(piece, Break)), None)
    after = next((piece for piece in line[place + 1 :] if not isinstance(piece, Break)), None)
    return link in (_link_of(before), _link_of(after))


def _joined(one: Inline, other: Inline) -> Inline | None:
    """Both as one piece; None if they differ in kind or marks."""
    if (
        isinstance(one, Break | Image | Mention)
        or isinstance(other, Break | Image | Mention)
        or type(one) is not type(other)
    ):
        return None
    same = one.styles == other.styles and one.link == other.link
    return type(one)(one.text + other.text, one.styles, one.link) if same else None


def _is_empty(piece: Inline) -> bool:
    return isinstance(piece, Text) and not piece.text


def _link_of(piece: Inline | None) -> Link | None:
    return None if piece is None or isinstance(piece, Break) else piece.link


def is_blank(piece: Inline) -> bool:
    """Whether the piece is a text without ink."""
    return isinstance(piece, Text) and bool(piece.text) and not piece.text.strip(BLANK)


def _has_loose_marks(line: Sequence[Inline], place: int) -> bool:
    """Whether the piece has blanks at an edge that may not have the marks that they should."""
    piece = line[place]
    if not isinstance(piece, Text) or not piece.text:
        return False
    if piece.styles or piece.link:
        return piece.text[0] in BLANK or piece.text[-1] in BLANK
    return is_blank(piece)


def _trim_marks(line: Sequence[Inline]) -> list[Inline]:
    """Blanks with the marks that the words on both sides of them share: Markdown takes `** a**` for no mark at all."""
    pieces = [part for piece in line for part in cut_blanks(piece)]
    before = _nearest(pieces)
    after = _nearest(pieces[::-1])[::-1]
    trimmed: list[Inline] = []
    for piece, (left, left_link), (right, right_link) in zip(pieces, before, after, strict=True):
        if isinstance(piece, Text) and is_blank(piece):
            if piece.link and piece.link not in (left_link, right_link):
                trimmed.append(Text("", link=piece.link))
            trimmed.append(
                Text(piece.text, left & right, piece.link if piece.link == left_link == right_link else None)
            )
        else:
            trimmed.append(piece)
    return trimmed


def cut_blanks(piece: Inline) -> Iterable[Inline]:
    """A text as the blanks before it, its ink, and the blanks after it."""
    if not isinstance(piece, Text) or not piece.text or is_blank(piece):
        yield piece
        return
    body = piece.text.lstrip(BLANK)
    ink = body.rstrip(BLANK)
    if len(ink) == len(piece.text):
        yield piece
        return
    for text in (piece.text[: len(piece.text) - len(body)], ink, body[len(ink) :]):
        if text:
            yield Text(text, piece.styles, piece.link)


_Marks = tuple[frozenset[Style], Link | None]


def _nearest(pieces: Sequence[Inline]) -> list[_Marks]:
    """For each piece, the styles of the words last before it, and the link of the last ink."""
    styles, link = PLAIN, None
    found: list[_Marks] = []
    for piece in pieces:
        found.append((styles, link))
        if isinstance(piece, Break) or is_blank(piece):
            continue
        styles, link = piece.styles, piece.link
    return found


def _trim_lines(line: Sequence[Inline]) -> list[Inline]:
    """No blanks at the edges of lines, no breaks at the edges of the whole."""
    trimmed: list[Inline] = []
    for number, piece in enumerate(line):
        if not isinstance(piece, Text) or not piece.text:
            trimmed.append(piece)
            continue
        text = piece.text
        if number == 0 or isinstance(line[number - 1], Break):
            text = text.lstrip(BLANK)
        if number == len(line) - 1 or isinstance(line[number + 1], Break):
            text = text.rstrip(BLANK)
        if text:
            trimmed.append(piece if text is piece.text else Text(text, piece.styles, piece.link))
    while trimmed and isinstance(trimmed[-1], Break):
        trimmed.pop()
    start = next((n for n, piece in enumerate(trimmed) if not isinstance(piece, Break)), 0)
    return trimmed[start:]
