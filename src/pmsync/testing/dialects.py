"""How texts of tools in memory are written: as pmsync writes them, or without what a poorer tool has no form for."""

from dataclasses import replace

from pmsync.model.fields import Json
from pmsync.text import canonical, parse, render
from pmsync.text.dialect import Read, Written
from pmsync.text.lens import put
from pmsync.text.markdown import MarkdownLanguage
from pmsync.text.tidy import tidy
from pmsync.text.tree import Blocks, Break, Document, Inline, Style
from pmsync.text.walk import map_pieces


class PlainMarkdown:
    """The dialect of a tool whose texts are Markdown as pmsync writes it."""

    handles = False

    def read(self, document: Json) -> Read:
        """The text, in canonical form."""
        return Read(canonical(str(document or "")))

    def write(self, markdown: str, document: Json = None) -> Written:
        """The text; `document` as it is where it says the same."""
        same = document is not None and self.canonical(document) == markdown
        return Written(document if same else markdown)

    def canonical(self, document: Json) -> Json:
        """The text in canonical form."""
        return canonical(str(document or ""))


class Unmarked(PlainMarkdown):
    """The dialect of a tool that shows no bold words: whatever is written, they are like any others there."""

    def read(self, document: Json) -> Read:
        """The text as it is shown."""
        return Read(render(Document(_bare(parse(str(document or "")).blocks))))

    def write(self, markdown: str, document: Json = None) -> Written:
        """The text without such marks, be it in what is there already."""
        wanted = parse(markdown)
        bare = Document(_bare(wanted.blocks))
        text = str(document or "")
        written = put(MarkdownLanguage(_bare), bare, text)[0] if text else render(bare)
        return Written(written, "" if bare == wanted else "bold words")


def _bare(blocks: Blocks) -> Blocks:
    return tidy(map_pieces(Document(blocks), _unmarked)).blocks


def _unmarked(piece: Inline) -> Inline:
    return piece if isinstance(piece, Break) else replace(piece, styles=piece.styles - {Style.STRONG})
