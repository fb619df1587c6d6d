"""Jira's formatted texts: Atlassian's document format in the cloud, wiki markup in Data Center."""

from pmsync.model.fields import Json
from pmsync.text.characters import clean
from pmsync.text.dialect import Read, Written
from pmsync.text.lens import put
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync.text.tree import Inline, Mention
from pmsync.text.walk import map_pieces
from pmsync_jira import adf_canonical, adf_read, adf_write, wiki_read, wiki_write
from pmsync_jira.adf_lens import AdfLanguage
from pmsync_jira.wiki_lens import WikiLanguage

EXACT = "its exact formatting"


class AdfDialect:
    """ADF documents, as Jira Cloud's API of version 3 has them. No description is None."""

    handles = False

    def read(self, document: Json) -> Read:
        tree, losses = adf_read.read(document)
        return Read(render(tree), str(losses))

    def write(self, markdown: str, document: Json = None) -> Written:
        wanted = parse(markdown)
        if document is not None:
            written, exact = put(AdfLanguage(), wanted, document)
            return Written(written, "" if exact else str(adf_write.write(wanted)[1]) or EXACT)
        written, losses = adf_write.write(wanted)
        exact = adf_read.read(written)[0] == wanted
        return Written(written, "" if exact else str(losses) or EXACT)

    def canonical(self, document: Json) -> Json:
        return adf_canonical.canonical(document)


class WikiDialect:
    """Wiki markup, as Jira Data Center's API of version 2 has it. No description is None."""

    handles = False

    def read(self, document: Json) -> Read:
        return Read(render(wiki_read.read(_text(document))[0]))

    def write(self, markdown: str, document: Json = None) -> Written:
        wanted = map_pieces(parse(markdown), _called)
        if source := _text(document):
            written, exact = put(WikiLanguage(), wanted, source)
            return Written(written or None, "" if exact else str(wiki_write.write(wanted)[1]) or EXACT)
        written, losses = wiki_write.write(wanted)
        exact = wiki_read.read(written)[0] == wanted
        return Written(written or None, "" if exact else str(losses) or EXACT)

    def canonical(self, document: Json) -> Json:
        """The text with newlines for line ends, and no empty lines around it."""
        return clean(_text(document)).strip("\n") or None


def _called(piece: Inline) -> Inline:
    """The piece with what markup has in place of the name of somebody who is mentioned."""
    return Mention(piece.id, piece.id, piece.styles) if isinstance(piece, Mention) else piece


def _text(document: Json) -> str:
    return document if isinstance(document, str) else ""
