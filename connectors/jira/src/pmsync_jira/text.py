"""Jira's formatted texts: Atlassian's document format in the cloud, wiki markup in Data Center."""

from pmsync.model.fields import Json
from pmsync.text.dialect import Read, Written
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync_jira import adf_canonical, adf_read, adf_write


class AdfDialect:
    """ADF documents, as Jira Cloud's API of version 3 has them. No description is None."""

    def read(self, document: Json) -> Read:
        tree, losses = adf_read.read(document)
        return Read(render(tree), str(losses))

    def write(self, markdown: str, document: Json = None) -> Written:
        wanted = parse(markdown)
        if document is not None and adf_read.read(document)[0] == wanted:
            return Written(document)
        written, losses = adf_write.write(wanted)
        if not losses and adf_read.read(written)[0] != wanted:
            losses.add("its exact formatting")
        return Written(written, str(losses))

    def canonical(self, document: Json) -> Json:
        return adf_canonical.canonical(document)
