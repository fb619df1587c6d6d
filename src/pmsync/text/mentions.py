"""Mentions of people, which canonical Markdown writes as links: `[@Ada Lovelace](person:ada)`."""

from collections.abc import Sequence
from urllib.parse import quote, unquote

from pmsync.text.characters import BLANK, one_line
from pmsync.text.tree import Break, Inline, Link, Mention, Text

_SCHEME = "person:"


def address(mention: Mention) -> str:
    """What the link of a mention leads to."""
    return _SCHEME + quote(mention.id, safe="")


def is_person(link: Link | None) -> bool:
    return link is not None and link.href.startswith(_SCHEME)


def tidy_mention(mention: Mention) -> Mention | Text:
    """The mention in normal form. One of nobody is a text."""
    name, person = (one_line(part).strip(BLANK) for part in (mention.name, mention.id))
    return Mention(person, name or person, mention.styles) if person else Text(f"@{name}", mention.styles)


def mentioned(content: Sequence[Inline]) -> Mention | None:
    """All that one link shows as a mention; None if it is another link."""
    first = content[0] if content else None
    if not isinstance(first, Text) or first.link is None or first.link.title or not is_person(first.link):
        return None
    if not all(isinstance(piece, Text) and piece.styles == first.styles for piece in content):
        return None
    text = "".join(piece.text for piece in content if isinstance(piece, Text))
    name = text.removeprefix("@")
    person = one_line(unquote(first.link.href.removeprefix(_SCHEME))).strip(BLANK)
    if not person or not name.strip(BLANK) or text == name or name != one_line(name).strip(BLANK):
        return None
    return Mention(person, name, first.styles)


def read_mentions(line: Sequence[Inline]) -> list[Inline]:
    """A line whose equal neighbours are one piece, with mentions for the links that are written as such."""
    return [_mention(line, place) or piece for place, piece in enumerate(line)]


def _mention(line: Sequence[Inline], place: int) -> Mention | None:
    if (mention := mentioned(line[place : place + 1])) is None:
        return None
    link, before, after = (
        next((piece.link for piece in pieces if not isinstance(piece, Break)), None)
        for pieces in (line[place:], reversed(line[:place]), line[place + 1 :])
    )
    return None if link in (before, after) else mention
