"""How a tool writes formatted text: the lens between its documents and canonical Markdown."""

from dataclasses import dataclass
from typing import Protocol

from pmsync.model.fields import Json


@dataclass(frozen=True, slots=True)
class Written:
    """A document in a tool's own form. `loss` says what of the Markdown it could not say ("" if nothing)."""

    document: Json
    loss: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A tool's document as canonical Markdown. `loss` says what Markdown cannot say of it ("" if nothing):
    then the Markdown is good to show and must not replace the document, nor travel as if it were all of it."""

    markdown: str
    loss: str = ""


class Dialect(Protocol):
    """Laws, for every document d and canonical Markdown m, where neither direction reports a loss:

    read(write(m, d).document).markdown == m          what was put is what is seen
    write(read(d).markdown, d).document == d          nothing changed, nothing written
    canonical(canonical(d)) == canonical(d)
    """

    def read(self, document: Json) -> Read:
        """The document in canonical Markdown. None (no document) reads as ""."""
        ...

    def write(self, markdown: str, document: Json = None) -> Written:
        """The Markdown as a document. `document` is the one it is to replace: kept as it is where it says the same."""
        ...

    def canonical(self, document: Json) -> Json:
        """The document in the form in which two that show the same are equal."""
        ...
