"""Asana's formatted texts: the XML of `html_notes` and `html_text`. pmsync's marker is no part of them."""

from pmsync.model.fields import Json
from pmsync.text.dialect import Read, Written
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync_asana.xml_canonical import canonical
from pmsync_asana.xml_read import read
from pmsync_asana.xml_write import COMMENT, TASK, Place, write


class XmlDialect:
    """Rich texts of tasks. No notes are `<body></body>`; None is taken for that."""

    handles = False

    place: Place = TASK

    def read(self, document: Json) -> Read:
        tree, unsaid = read(_text(document), self.place)
        return Read(render(tree), str(unsaid))

    def write(self, markdown: str, document: Json = None) -> Written:
        wanted = parse(markdown)
        if document is not None and read(_text(document), self.place)[0] == wanted:
            return Written(document)
        return self.cold(markdown)

    def cold(self, markdown: str) -> Written:
        """The Markdown as a document of its own. What Asana cannot say is the nearest that it can, and told."""
        wanted = parse(markdown)
        written, losses = write(wanted, self.place)
        if not losses and read(written, self.place)[0] != wanted:
            losses.add("its exact formatting")
        return Written(canonical(written, self.place) if losses else written, str(losses))

    def canonical(self, document: Json) -> Json:
        return canonical(_text(document), self.place)


class CommentDialect(XmlDialect):
    """Rich texts of comments, which have no headings, rules, tables and images."""

    place = COMMENT


def _text(document: Json) -> str:
    return document if isinstance(document, str) else ""
