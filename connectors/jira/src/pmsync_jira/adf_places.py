"""What may stand where in ADF, and the signs that stand for what may not: one account for reading and for writing."""

from dataclasses import replace
from enum import Enum

from pmsync.text.characters import JOINER
from pmsync.text.spelled import Sign, Signs
from pmsync.text.tree import (
    Block,
    Blocks,
    Callout,
    CalloutKind,
    Heading,
    Line,
    Paragraph,
    Quote,
    Rule,
    Style,
    Table,
    Text,
)

_STRONG = frozenset({Style.STRONG})
_ARROW = "▸"
_MARKS = {f"[!{kind}]": kind for kind in CalloutKind}


class Place(Enum):
    """Where a block stands decides what it may be. The value is what a reader would call the place."""

    ROOT = ""
    EXPAND = "an expandable section"
    NESTED = "an expandable section within another"
    PANEL = "a panel"
    ITEM = "a list"
    QUOTE = "a quote"

    def holds(self, block: Block) -> bool:
        """Whether the block may stand here."""
        return not isinstance(block, _LACKING[self])

    @property
    def signs(self) -> Signs:
        """The signs that are read here: those of blocks that may not stand here themselves."""
        return _SIGNS[self]


_LACKING: dict[Place, tuple[type[Block], ...]] = {
    Place.ROOT: (),
    Place.EXPAND: (),
    Place.NESTED: (Table,),
    Place.PANEL: (Quote, Callout, Table),
    Place.ITEM: (Heading, Rule, Quote, Callout, Table),
    Place.QUOTE: (Heading, Rule, Quote, Callout, Table),
}
_SIGN_OF = {Heading: Sign.HEADING, Rule: Sign.RULE, Quote: Sign.QUOTE, Table: Sign.TABLE}
_SIGNS: dict[Place, Signs] = {
    place: frozenset(_SIGN_OF[lacking] for lacking in lacked if lacking in _SIGN_OF)
    for place, lacked in _LACKING.items()
}


def expand(title: str, blocks: Blocks) -> Quote:
    """An expandable section as Markdown shows it: a quote below its title."""
    return Quote((Paragraph((Text(f"{_ARROW} {title}".strip(), _STRONG),)), *blocks))


def read_expand(quote: Quote) -> tuple[str, Blocks] | None:
    """The title and the content of the section that a quote shows; None for any other quote."""
    match quote.blocks:
        case (Paragraph(content=content), *rest):
            title = _strong(content)
            shown = title == _ARROW or title.startswith(f"{_ARROW} ")
            return (title.removeprefix(_ARROW).strip(), tuple(rest)) if shown else None
        case _:
            return None


def _strong(line: Line) -> str:
    """The text of a line that is strong, and nothing else, all along."""
    texts = [piece.text for piece in line if isinstance(piece, Text) and piece.styles == _STRONG]
    return "".join(texts) if len(texts) == len(line) else ""


def read_callout(quote: Quote) -> Callout | None:
    """The callout that a quote stands for, where it is within something else, or empty."""
    match quote.blocks:
        case (Paragraph(content=(Text(text=text),)), *_) if text in _MARKS:
            return Callout(_MARKS[text], quote.blocks[1:])
        case _:
            return None


def hide(quote: Quote) -> Quote:
    """A quote that is just that, though it looks like an expandable section or a callout."""
    if read_expand(quote) is None and read_callout(quote) is None:
        return quote
    return Quote((_prefixed(quote.blocks[0], JOINER), *quote.blocks[1:]))


def reveal(quote: Quote) -> Quote:
    """The quote without what `hide` put before it."""
    match quote.blocks:
        case (Paragraph(content=(Text(text=text) as first, *rest)), *more) if text.startswith(JOINER):
            bare = Quote((Paragraph((replace(first, text=text.removeprefix(JOINER)), *rest)), *more))
            return bare if hide(bare) != bare else quote
        case _:
            return quote


def _prefixed(block: Block, sign: str) -> Block:
    match block:
        case Paragraph(content=(Text() as first, *rest)):
            return Paragraph((replace(first, text=sign + first.text), *rest))
        case _:
            return block
