"""Lenses for numbers, texts and ticks, and for the item that an item belongs to."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.mapping.titles import one_line
from pmsync.model.fields import Json


@dataclass(frozen=True, slots=True)
class NumberLens:
    """A number, or None."""

    what: str = "an estimate"
    precision: int | None = None
    """How many digits behind the point the tool shows; None for all. What is rounded shows all that it may be."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        if native is None:
            return None
        number, known = _number(native), _number(current)
        if number is None:
            return Unmapped(f"{native!r} is not {self.what}")
        return known if known is not None and self._shows(number, known) else number

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        number, present = _number(value), _number(native)
        if number is None:
            return Shown(None) if value is None else Refusal(f"{value!r} is not {self.what}")
        rounded = self._rounded(number)
        shown = native if present is not None and self._shows(present, number) else rounded
        return Shown(shown, "" if _number(shown) == number else f"{number} is shown rounded, as {shown}")

    def _shows(self, number: float, value: float) -> bool:
        return number in (value, self._rounded(value))

    def _rounded(self, number: float) -> float:
        return number if self.precision is None else round(number, self.precision)


@dataclass(frozen=True, slots=True)
class TextLens:
    """A text, or None, which an empty one shows too."""

    what: str
    limit: int | None = None
    lines: bool = False
    """Whether it may have several lines; else line breaks show as blanks."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        if native is not None and not isinstance(native, str):
            return Unmapped(f"{native!r} is not a text of {self.what}")
        said = self._plain(native)
        if (current is None or isinstance(current, str)) and self._plain(current) == said:
            return current
        return said or None

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        if value is not None and not isinstance(value, str):
            return Refusal(f"{value!r} is not a text")
        wanted = self._plain(value)
        if (native is None or isinstance(native, str)) and self._plain(native) == wanted:
            return Shown(native, self._note(value))
        if self.limit is not None and len(wanted) > self.limit:
            return Refusal(f"{self.what} has room for {self.limit} characters, and the text has {len(wanted)}")
        return Shown(wanted or None, self._note(value))

    def _plain(self, text: str | None) -> str:
        if text is None:
            return ""
        if not self.lines:
            return one_line(text)
        return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip("\n")

    def _note(self, value: str | None) -> str:
        if self.lines or value is None or "\n" not in value.strip():
            return ""
        return f"{self.what} has one line: line breaks are shown as blanks"


@dataclass(frozen=True, slots=True)
class CheckboxLens:
    """Ticked or not. What was never ticked, None, is not."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        return Unmapped(f"{native!r} is not a tick") if not isinstance(native, bool | None) else bool(native)

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        if not isinstance(value, bool | None):
            return Refusal(f"{value!r} is not a tick")
        return Shown(native if bool(native) == bool(value) else bool(value))


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class Kinship:
    """What is known of the items around: which item an id of this tool stands for, and which id an item has here."""

    item_of: Callable[[str], str | None]
    native_of: Callable[[str], str | None]
    elsewhere: Callable[[str, str], str | None] = lambda connection, native: None
    """Which item an id of another connection stands for."""


@dataclass(frozen=True, slots=True)
class ParentLens:
    """The parent. One that is no item of the sync is the tool's own business, and stays."""

    kinship: Kinship

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        if native is None:
            return None
        item = self.kinship.item_of(native) if isinstance(native, str) else None
        return Unmapped() if item is None else item

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        reading = self.get(native, None)
        if isinstance(reading, Unmapped):
            return Refusal("")
        if reading == value:
            return Shown(native)
        if value is None:
            return Shown(None)
        parent = self.kinship.native_of(value) if isinstance(value, str) else None
        return Refusal("its parent is not in this tool") if parent is None else Shown(parent)
