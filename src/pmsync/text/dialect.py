"""How a tool writes formatted text: the lens between its documents and canonical Markdown."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pmsync.model.fields import Json


@dataclass(frozen=True, slots=True)
class Written:
    """A document in a tool's own form. `loss` says what of the Markdown it has no form for ("" if nothing): that is
    written as what comes nearest to it, with all its text."""

    document: Json
    loss: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A tool's document as canonical Markdown, with all that a reader sees of it.

    What Markdown has no form for is shown in words or signs. `loss` says why the document could not be understood (""
    if it could): then the Markdown must not replace it, nor travel as if it were all of it.
    """

    markdown: str
    loss: str = ""


class Dialect(Protocol):
    """Laws, for every document d that is understood and canonical Markdown m. What is shown of m is

    flat(m) = read(write(m).document).markdown

    and for that

    flat(flat(m)) == flat(m)                            the nearest is its own nearest
    read(write(m, d).document).markdown == flat(m)      what was put is what is seen, or more exactly
    write(read(d).markdown, d).document == d            nothing changed, nothing written
    write(flat(m), d).document == d  if d shows that    nor where it shows all that the tool can of it
    canonical(canonical(d)) == canonical(d)

    Mentions hold the ids of the tool's members.
    """

    @property
    def handles(self) -> bool:
        """Whether people are mentioned by `@username` in plain text: then the Markdown has it so, too."""
        ...

    def read(self, document: Json) -> Read:
        """The document in canonical Markdown. None (no document) reads as ""."""
        ...

    def write(self, markdown: str, document: Json = None) -> Written:
        """The Markdown as a document. `document` is the one that it is an edit of: only what was edited changes in it,
        and all else keeps the form that it has there."""
        ...

    def canonical(self, document: Json) -> Json:
        """The document in the form in which two that show the same are equal, as far as that takes nothing from it."""
        ...


@runtime_checkable
class Measured(Protocol):
    """A dialect of whose documents not all is in the place that has so much room and no more."""

    def size(self, document: Json) -> int:
        """What a document counts against the tool's limit."""
        ...
