"""Asana's formatted texts: the XML of `html_notes` and `html_text`. pmsync's marker is no part of them."""

from pmsync.model.fields import Json
from pmsync.text.dialect import Read, Written
from pmsync.text.lens import put
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync.text.tree import Document
from pmsync_asana.xml_canonical import canonical
from pmsync_asana.xml_lens import XmlLanguage
from pmsync_asana.xml_read import BROKEN, read, root_of
from pmsync_asana.xml_write import COMMENT, TASK, Place, write

EXACT = "its exact formatting"


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
        if not source.strip():
            return self._fresh(wanted)
        if root_of(source) is None:
            return Written(document) if read(source, self.place)[0] == wanted else self._fresh(wanted)
        written, exact = put(XmlLanguage(self.place), wanted, source)
        loss = "" if exact else str(write(wanted, self.place)[1]) or EXACT
        return Written(document if written == source else canonical(written), loss)

    def _fresh(self, wanted: Document) -> Written:
        written, losses = write(wanted, self.place)
        exact = read(written, self.place)[0] == wanted
        return Written(canonical(written), "" if exact else str(losses) or EXACT)

    def canonical(self, document: Json) -> Json:
        return canonical(_text(document))


class CommentDialect(XmlDialect):
    """Rich texts of comments, which have no headings, rules, tables and images."""

    place = COMMENT


def _text(document: Json) -> str:
    return document if isinstance(document, str) else ""


def _broken(source: str) -> str:
    return BROKEN if source.strip() else ""
