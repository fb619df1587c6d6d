"""Lenses for an estimate, and for the item that an item belongs to."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.model.fields import Json


@dataclass(frozen=True, slots=True)
class EstimateLens:
    """A number, or None."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        if native is None:
            return None
        number = _number(native)
        return Unmapped(f"{native!r} is not an estimate") if number is None else number

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        number = _number(value)
        if value is not None and number is None:
            return Refusal(f"{value!r} is not an estimate")
        same = native is not None and number is not None and _number(native) == number
        return Shown(native if same else number)


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
