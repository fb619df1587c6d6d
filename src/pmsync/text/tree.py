"""The tree of a formatted text: what CommonMark and GitHub's extensions can say, and nothing of how it is written.

Inline content is a flat sequence of pieces, each with its marks, for the order in which marks are nested says nothing.
A newline within a paragraph is a line break, as the tools that people type these texts into show it. Whether a list is
tight or loose, which character a bullet is, and whether a link was given by reference are not part of the tree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias


class Style(StrEnum):
    """A mark that pieces of text can have. The order is that in which they open where that is free."""

    STRONG = "strong"
    EMPHASIS = "emphasis"
    STRIKE = "strike"


@dataclass(frozen=True, slots=True)
class Link:
    """Where a piece of text leads. `href` is percent-encoded."""

    href: str
    title: str = ""


PLAIN: frozenset[Style] = frozenset()


@dataclass(frozen=True, slots=True)
class Text:
    """A run of characters. Empty only where it is all that a link shows."""

    text: str
    styles: frozenset[Style] = PLAIN
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """Code within a line."""

    text: str
    styles: frozenset[Style] = PLAIN
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """`alt` is what to read where it cannot be seen. An image within a link has that in `link`."""

    src: str
    alt: str = ""
    title: str = ""
    styles: frozenset[Style] = PLAIN
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """A line break. It takes on the marks that the pieces on both sides share. Two in a row part paragraphs."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A person who is called. `id` is the tool's own of them, or pmsync's; `name` is shown with an "@" before it.

    It leads nowhere else, so that a link around it ends before it.
    """

    id: str
    name: str
    styles: frozenset[Style] = PLAIN
    link: ClassVar[None] = None


Inline: TypeAlias = Text | Code | Image | Break | Mention
Line: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    content: Line


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` is 1 to 6. No breaks in its content."""

    level: int
    content: Line


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """`info` is the language, perhaps with more words after it. `text` has no newline at its end."""

    text: str
    info: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    pass


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: "tuple[Block, ...]"


class CalloutKind(StrEnum):
    """What a callout is for, as GitHub names it."""

    NOTE = "NOTE"
    TIP = "TIP"
    IMPORTANT = "IMPORTANT"
    WARNING = "WARNING"
    CAUTION = "CAUTION"

    @property
    def label(self) -> str:
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class Callout:
    """A box that stands out from the text, GitHub's alert. In normal form it holds something, and nothing holds it."""

    kind: CalloutKind
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True, slots=True)
class Item:
    """`done` is None where the item is no task."""

    blocks: "tuple[Block, ...]"
    done: bool | None = None


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    items: tuple[Item, ...]
    start: int = 1


class Align(StrEnum):
    """How a column is set. To the left is the default, and said by nothing."""

    LEFT = ""
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Table:
    """`head` has as many cells as `columns` and every row. A head of empty cells means that there is none.

    Cells have no breaks in them.
    """

    columns: tuple[Align, ...]
    head: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...] = ()


Block: TypeAlias = Paragraph | Heading | CodeBlock | Rule | Quote | Callout | Bullets | Numbers | Table
Blocks: TypeAlias = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    blocks: Blocks = ()


def lines(blocks: Blocks) -> Iterator[Line]:
    """All inline content, in reading order. Code blocks come as one piece of code."""
    for block in blocks:
        match block:
            case Paragraph() | Heading():
                yield block.content
            case CodeBlock():
                yield (Code(block.text),)
            case Quote() | Callout():
                yield from lines(block.blocks)
            case Bullets() | Numbers():
                for item in block.items:
                    yield from lines(item.blocks)
            case Table():
                yield from block.head
                for row in block.rows:
                    yield from row
            case Rule():
                pass


def visible(blocks: Blocks) -> str:
    """What a reader sees of it, without marks: lines end in a newline; links show their text, images what is read."""
    return "".join("".join(shown(piece) for piece in line) + "\n" for line in lines(blocks))


def shown(piece: Inline) -> str:
    """The characters of one piece."""
    match piece:
        case Text() | Code():
            return piece.text
        case Image():
            return piece.alt
        case Mention():
            return f"@{piece.name}"
        case Break():
            return "\n"
