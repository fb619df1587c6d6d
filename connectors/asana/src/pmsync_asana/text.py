"""Asana's formatted texts: the XML of `html_notes` and `html_text`. pmsync's marker is no part of them."""

from pmsync.model.fields import Json
from pmsync.text.dialect import Read, Written
from pmsync.text.lens import put
from pmsync.text.loss import Losses
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync.text.tree import Document
from pmsync_asana.xml_canonical import canonical
from pmsync_asana.xml_lens import XmlLanguage
from pmsync_asana.xml_read import BROKEN, read, root_of
from pmsync_asana.xml_write import COMMENT, TASK, Place, write


class XmlDialect:
    """Rich texts of tasks. No notes are `<body></body>`; None is taken for that."""

    handles = False

    place: Place = TASK

    def read(self, document: Json) -> Read:
        source = _text(document)
        return Read(render(read(source, self.place)[0]), "" if root_of(source) is not None else _broken(source))

    def write(self, markdown: str, document: Json = None) -> Written:
        wanted = parse(markdown)
        source = _text(document)
        if document is not None and read(source, self.place)[0] == wanted:
            return Written(document)
        fresh, losses = write(wanted, self.place)
        written = put(XmlLanguage(self.place), wanted, source) if _is_text(source) else fresh
        if document is not None and written == source:
            return Written(document, _loss(wanted, written, self.place, losses))
        return Written(canonical(written), _loss(wanted, written, self.place, losses))

    def canonical(self, document: Json) -> Json:
        return canonical(_text(document))


class CommentDialect(XmlDialect):
    """Rich texts of comments, which have no headings, rules, tables and images."""

    place = COMMENT


def _text(document: Json) -> str:
    return document if isinstance(document, str) else ""


def _broken(source: str) -> str:
    return BROKEN if source.strip() else ""


def _is_text(source: str) -> bool:
    return bool(source.strip()) and root_of(source) is not None


def _loss(wanted: Document, written: str, place: Place, losses: Losses) -> str:
    """What the written text does not say; nothing where it says all, be it that it did so before."""
    return "" if read(written, place)[0] == wanted else str(losses) or "its exact formatting"
