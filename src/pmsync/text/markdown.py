"""Markdown taken apart into blocks and words, and put together again: each block keeps the way it was written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pmsync.text.lens import Part, gap_between, run_on
from pmsync.text.parsing import spans
from pmsync.text.rendering import render
from pmsync.text.tree import Blocks, Document
from pmsync.text.weave import Token
from pmsync.text.words import words

View = Callable[[Blocks], Blocks]


def as_written(blocks: Blocks) -> Blocks:
    """What blocks show where they show just what they are."""
    return blocks


@dataclass(frozen=True, slots=True)
class MarkdownLanguage:
    """`view` is what a reader sees of blocks: less than is written, where a tool cannot show it all."""

    view: View = as_written

    def parts(self, document: str) -> list[Part[str]]:
        """The blocks of the text."""
        return [Part(source, self.view(blocks), gap) for source, gap, blocks in spans(document)]

    def join(self, parts: Sequence[Part[str]]) -> str:
        """The text, with a blank line between what was no neighbour before."""
        return run_on(parts, lambda one, other: gap_between(one, other, "\n\n"))

    def write(self, blocks: Blocks) -> str:
        """Canonical Markdown."""
        return render(Document(blocks))

    def valid(self, document: str) -> bool:
        """Every text is Markdown."""
        return isinstance(document, str)

    def tokens(self, part: str) -> list[Token]:
        """Its words."""
        return [Token(word) for word in words(part)]

    def build(self, tokens: Sequence[Token]) -> str | None:
        """The words in a row."""
        return "".join(str(token.key) for token in tokens)
