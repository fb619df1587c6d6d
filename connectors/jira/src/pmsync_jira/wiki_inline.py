"""Inline content as wiki markup: read again as it is written, and with more care where it reads differently."""

import re
from dataclasses import replace
from enum import IntEnum

from pmsync.text.characters import JOINER
from pmsync.text.line import tidy_line
from pmsync.text.links import is_bare
from pmsync.text.loss import Losses
from pmsync.text.mentions import is_person
from pmsync.text.nest import Bit, Close, Open, nest
from pmsync.text.signs import pictured
from pmsync.text.tree import Break, Code, Image, Inline, Line, Link, Mention, Style, Text
from pmsync_jira.wiki_line import BARE, EMOTICONS, read_line

_MARKS = {Style.STRONG: "*", Style.EMPHASIS: "_", Style.STRIKE: "-"}
_MACROS = ("code", "noformat", "quote", "panel", "color", "info", "note", "tip", "warning")
_FACES = "|".join(re.escape(face) for face in EMOTICONS)
_PERSON = re.compile(r"[\w.@+:-]+")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BACKSLASH = re.compile(r"\\(?=[^\w\s]|_|$)")
# A mark between two letters or two blanks is none.
_SPECIAL = re.compile(
    r"((?<=[^\W_])[*_+^~-](?=[^\W_])|(?<!\S)[*_+^~-](?!\S))"
    rf"|[\[\]{{}}|*_+^~-]|!(?=\S)|\?(?=\?)|{_FACES}"
)
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


class _Care(IntEnum):
    """How much is escaped."""

    LEAST = 0
    BRACES = 1
    ENTITIES = 2


def write_line(line: Line, losses: Losses) -> str:
    """A line without breaks as markup. What begins it is not yet escaped."""
    written, care = "", _Care.LEAST
    for care in _Care:
        sayable = tuple(_sayable(piece, care, Losses()) for piece in line)
        written = _write(sayable, care)
        if tidy_line(read_line(written, Losses())) == tidy_line(sayable):
            break
    for piece in line:
        _sayable(piece, care, losses)
    return written


def hidden(text: str) -> str:
    """The text with its first character as an entity."""
    return f"&#{ord(text[0])};{text[1:]}"


def _sayable(piece: Inline, care: _Care, losses: Losses) -> Inline:
    """The piece with nothing that markup cannot say."""
    if isinstance(piece, Mention) and not _PERSON.fullmatch(piece.id):
        losses.add("a mention")
        return Text(f"@{piece.name}", piece.styles)
    if isinstance(piece, Mention):
        return Mention(piece.id, piece.id, piece.styles)
    if isinstance(piece, Image) and (care or piece.link or not BARE.fullmatch(piece.src)):
        piece = _linked(piece, losses)
    if isinstance(piece, Break | Image) or piece.link is None:
        return piece
    if not piece.link.href or is_person(piece.link):
        losses.add("a link to nowhere")
        return replace(piece, link=None)
    return piece if piece.text else replace(piece, text=JOINER)


def _linked(image: Image, losses: Losses) -> Text:
    """An image as a link to it."""
    if (sign := pictured(image)) and not is_person(sign.link):
        return sign
    losses.add("an image")
    return Text(image.alt or image.src, image.styles, image.link or Link(image.src))


def _write(line: Line, care: _Care) -> str:
    bits = list(nest(line))
    braced = _braced(bits) if care == _Care.LEAST else set(range(len(bits)))
    out: list[str] = []
    position = 0
    while position < len(bits):
        bit = bits[position]
        if isinstance(bit, Open) and isinstance(bit.mark, Link) and _is_bare(bits, position, bit.mark):
            out.append(bit.mark.href)
            position += 3
            continue
        out.append(_bit(bit, care, braced=position in braced))
        position += 1
    return "".join(out)


def _is_bare(bits: list[Bit], position: int, link: Link) -> bool:
    """Whether the link can be written as its address alone."""
    inner = bits[position + 1]
    after = bits[position + 3] if position + 3 < len(bits) else Text(" ")
    return (
        isinstance(inner, Text)
        and not link.title
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
    return isinstance(bit, Text) and bit.text != "" and bit.text[end].isalnum()


def _bit(bit: Bit, care: _Care, *, braced: bool) -> str:
    match bit:
        case Open(mark=Link()):
            return "["
        case Close(mark=Link() as link):
            title = f"|{_entities(link.title)}" if link.title else ""
            return f"|{_address(link.href)}{title}]"
        case Open(mark=Style() as style) | Close(mark=Style() as style):
            return f"{{{_MARKS[style]}}}" if braced else _MARKS[style]
        case Code(text=text):
            return f"{{{{{hidden(text) if text in _MACROS else _escape(text, care)}}}}}"
        case Text(text=text):
            return _escape(text, care)
        case Mention(id=person):
            return f"[~{person}]"
        case Image():
            settings = ((name, value) for name, value in (("alt", bit.alt), ("title", bit.title)) if value)
            shape = ",".join(f'{name}="{_entities(value)}"' for name, value in settings)
            return f"!{bit.src}|{shape}!" if shape else f"!{bit.src}!"
        case _:
            return ""


def _address(href: str) -> str:
    return href.replace("|", "%7C").replace("]", "%5D").replace("[", "%5B").replace("{", "%7B").replace("}", "%7D")


def _entities(text: str) -> str:
    return _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", text)


def _escape(text: str, care: _Care) -> str:
    """The text so that it is read as itself, wherever in a line it stands."""
    if care == _Care.ENTITIES:
        return _entities(text)
    text = _BACKSLASH.sub("&#92;", _ENTITY.sub("&amp;", text))
    return _SPECIAL.sub(lambda match: match[1] or f"\\{match[0]}", text)
