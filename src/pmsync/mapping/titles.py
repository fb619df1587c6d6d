"""The lens for titles: one line, cut where the tool has no room, and an edit of what is left applied to the whole."""

import unicodedata
from dataclasses import dataclass

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.model.fields import Json

ELLIPSIS = "…"
UNTITLED = "(untitled)"

_ANCHOR = 3
"""How many words before the cut make sure where the rest of the title belongs."""


@dataclass(frozen=True, slots=True)
class TitleLens:
    """Native and schema values are texts; they show the same if they do as one line.

    A longer title is shown up to the last word that fits, with an ellipsis. What is cut is a prefix of the title and
    longer than half the limit, which is how it is told from a short title that ends in three dots on purpose.
    """

    limit: int

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`. An edit of a cut title is read as an edit of the whole, as long as its dots stand."""
        if not isinstance(native, str):
            return Unmapped("the title is not a text")
        line = one_line(native)
        if not isinstance(current, str):
            return line
        if self._shows(line, current):
            return current
        return self._restore(line, one_line(current)) or line

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        if not isinstance(value, str):
            return Refusal("the title is not a text")
        line = one_line(value)
        if isinstance(native, str) and self._shows(one_line(native), value):
            return Shown(native, self._note(native, line))
        if not line:
            return Refusal("the title is empty", nearest=cut(UNTITLED, self.limit))
        shown = cut(line, self.limit)
        return Shown(shown, self._note(shown, line))

    def _shows(self, line: str, value: str) -> bool:
        whole = one_line(value)
        if line in (whole, cut(whole, self.limit)):
            return True
        return self._is_cut(line) and len(whole) >= len(line) and whole.startswith(line[:-1])

    def _is_cut(self, line: str) -> bool:
        return line.endswith(ELLIPSIS) and len(line) > self.limit // 2

    def _restore(self, line: str, whole: str) -> str | None:
        """The edited beginning with the rest of the whole title behind it; None where the rest has no place."""
        if not self._is_cut(line):
            return None
        stem = line[:-1]
        seam = " ".join(stem.split(" ")[-_ANCHOR:])
        if seam.strip() and whole.count(seam) == 1:
            rest = whole[whole.index(seam) + len(seam) :]
        elif len(whole) > self.limit and _akin(stem, whole):
            rest = whole[len(cut(whole, self.limit)) - 1 :]
        else:
            return None
        return one_line(stem + rest) if rest else None

    def _note(self, shown: str, whole: str) -> str:
        if len(one_line(shown)) >= len(whole):
            return ""
        return f"the title has {len(whole)} characters and is shown cut: the tool has room for {self.limit}"


def one_line(text: str) -> str:
    """The text as one line: line breaks, tabs and control characters are blanks, and blanks are single.

    A lone surrogate, which no tool's encoding can carry, becomes the replacement character.
    """
    if not text.isprintable():
        text = "".join(_printable(character) for character in text)
    return " ".join(text.split())


def cut(line: str, limit: int) -> str:
    """The line, or as many of its words as fit into `limit` characters with an ellipsis behind them.

    A single word that is longer than half the room is cut inside, but never between a character and its marks.
    """
    if len(line) <= limit:
        return line
    room = max(limit - 1, 0)
    blank = line.rfind(" ", 0, room + 1)
    end = blank if blank > limit // 2 else room
    while end > 1 and _joins(line, end):
        end -= 1
    return line[:end].rstrip() + ELLIPSIS if limit > 0 else ""


def _akin(stem: str, whole: str) -> bool:
    """Whether most of the words that are left come from the title: then the dots still stand for its rest."""
    left, known = stem.split(), set(whole.split())
    return 2 * sum(word in known for word in left) >= len(left)


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "\N{REPLACEMENT CHARACTER}" if category == "Cs" else character


def _joins(line: str, end: int) -> bool:
    """Whether the character at `end` belongs to the one before it."""
    here, before = line[end], line[end - 1]
    joiner = "\N{ZERO WIDTH JOINER}"
    return bool(unicodedata.combining(here)) or joiner in (here, before) or "\ufe00" <= here <= "\ufe0f" or (
        "\U0001f3fb" <= here <= "\U0001f3ff"
    )  # fmt: skip
