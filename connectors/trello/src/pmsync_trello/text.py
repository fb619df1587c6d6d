"""Trello's formatted texts: Markdown, as its editor writes it and as pmsync does."""

from dataclasses import replace

from pmsync.model.fields import Json
from pmsync.text.dialect import Read, Written
from pmsync.text.lens import put
from pmsync.text.markdown import MarkdownLanguage
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync.text.tidy import tidy
from pmsync.text.tree import Blocks, Break, Document, Inline, Mention, lines
from pmsync.text.walk import map_pieces

_CARDS = ("smartCard-inline", "smartCard-block", "smartCard-embed")
"""Titles that Trello's editor gives to links whose page it shows a summary of, `[url](url "smartCard-inline")`."""


class MarkdownDialect:
    """Markdown strings. No description is ""; None is taken for that."""

    handles = True

    def read(self, document: Json) -> Read:
        return Read(render(Document(_shown(parse(_text(document)).blocks))))

    def write(self, markdown: str, document: Json = None) -> Written:
        wanted = parse(markdown)
        text = _text(document)
        return Written(put(MarkdownLanguage(_shown), wanted, text)[0] if text else render(wanted))

    def canonical(self, document: Json) -> Json:
        """The text itself: Trello keeps what it is given, and every card is listed in every pass, so this is quick.

        Two texts that read alike may differ here; they are read, and found alike, only where they changed.
        """
        return document.replace("\r\n", "\n") if isinstance(document, str) else ""


def _text(document: Json) -> str:
    return document if isinstance(document, str) else ""


def _shown(blocks: Blocks) -> Blocks:
    """The blocks without the titles of cards."""
    tree = Document(blocks)
    if not any(_is_card(piece) for line in lines(blocks) for piece in line):
        return blocks
    return tidy(map_pieces(tree, _plain_link)).blocks


def _is_card(piece: Inline) -> bool:
    return not isinstance(piece, Break | Mention) and piece.link is not None and piece.link.title in _CARDS


def _plain_link(piece: Inline) -> Inline:
    """The piece without the title of a card: how its link is shown is up to who reads it."""
    if isinstance(piece, Break | Mention) or piece.link is None or piece.link.title not in _CARDS:
        return piece
    return replace(piece, link=replace(piece.link, title=""))
