"""Trello's formatted texts: Markdown, as its editor writes it and as pmsync does."""

from dataclasses import replace

from pmsync.model.fields import Json
from pmsync.text.dialect import Read, Written
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync.text.tree import Break, Inline
from pmsync.text.walk import map_pieces

_CARDS = ("smartCard-inline", "smartCard-block", "smartCard-embed")
"""Titles that Trello's editor gives to links whose page it shows a summary of, `[url](url "smartCard-inline")`."""


class MarkdownDialect:
    """Markdown strings. No description is ""; None is taken for that."""

    def read(self, document: Json) -> Read:
        return Read(self._read(document))

    def write(self, markdown: str, document: Json = None) -> Written:
        wanted = render(parse(markdown))
        if isinstance(document, str) and self._read(document) == wanted:
            return Written(document)
        return Written(wanted)

    def canonical(self, document: Json) -> Json:
        """The text itself: Trello keeps what it is given, and every card is listed in every pass, so this is quick.

        Two texts that read alike may differ here; they are read, and found alike, only where they changed.
        """
        return document.replace("\r\n", "\n") if isinstance(document, str) else ""

    def _read(self, document: Json) -> str:
        text = document if isinstance(document, str) else ""
        tree = parse(text)
        if any(card in text for card in _CARDS):
            tree = map_pieces(tree, _plain_link)
        return render(tree)


def _plain_link(piece: Inline) -> Inline:
    """The piece without the title of a card: how its link is shown is up to who reads it."""
    if isinstance(piece, Break) or piece.link is None or piece.link.title not in _CARDS:
        return piece
    return replace(piece, link=replace(piece.link, title=""))
