"""Asana's formatted texts: the XML of `html_notes`. pmsync's marker is no part of them."""

from pmsync.model.fields import Json
from pmsync.text.dialect import Read, Written
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync_asana.xml_canonical import canonical
from pmsync_asana.xml_read import read
from pmsync_asana.xml_write import write


class XmlDialect:
    """Rich texts of tasks. No notes are `<body></body>`; None is taken for that."""

    def read(self, document: Json) -> Read:
        tree, losses = read(_text(document))
        return Read(render(tree), str(losses))

    def write(self, markdown: str, document: Json = None) -> Written:
        wanted = parse(markdown)
        if document is not None and read(_text(document))[0] == wanted:
            return Written(document)
        written, losses = write(wanted)
        if not losses and read(written)[0] != wanted:
            losses.add("its exact formatting")
        return Written(canonical(written) if losses else written, str(losses))

    def canonical(self, document: Json) -> Json:
        return canonical(_text(document))


def _text(document: Json) -> str:
    return document if isinstance(document, str) else ""
