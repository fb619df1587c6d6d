"""What a person types as the value of a field, read as what the field holds."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from pmsync.mapping.customs import Family
from pmsync.model.fields import SET_FIELDS, TEXT_FIELDS, Field, Json

_STANDARD: Final[Mapping[Field, Family]] = {
    **dict.fromkeys(SET_FIELDS, Family.SET),
    **dict.fromkeys((Field.ESTIMATE, Field.TIME_SPENT), Family.NUMBER),
    **dict.fromkeys((Field.START, Field.DUE), Family.DATE),
}
_TICKS: Final = {
    **dict.fromkeys(("true", "yes", "on", "ticked", "1"), True),
    **dict.fromkeys(("false", "no", "off", "not ticked", "0", ""), False),
}


def read_typed(name: Field, family: Family | None, text: str, zone: ZoneInfo) -> Json:
    """The value that a text means; nothing clears the field. A set is words with commas between, or JSON.

    `family` is what a custom field holds; a time of day without an offset is one of `zone`. Raises ValueError, saying
    what is expected.
    """
    if name in TEXT_FIELDS or name is Field.TITLE:
        return text
    typed = text.strip()
    match _STANDARD.get(name) or family:
        case Family.SET | Family.PERSON:
            return _names(typed)
        case Family.NUMBER:
            return _number(name, typed)
        case Family.DATE:
            return _moment(name, typed, zone)
        case Family.CHECKBOX:
            if typed.casefold() not in _TICKS:
                raise ValueError(f"{_called(name)} is a tick: `true` or `false`, not {typed!r}")
            return _TICKS[typed.casefold()]
        case _:
            return text if typed else None


def _names(typed: str) -> list[Json]:
    if not typed.startswith("["):
        return [word for part in typed.split(",") if (word := part.strip())]
    try:
        listed = json.loads(typed)
    except ValueError as error:
        raise ValueError(f"the value is not JSON: {error}") from None
    if not all(isinstance(one, str) for one in listed):
        raise ValueError('a list has texts in it: ["one", "other"]')
    return [*listed]


def _number(name: Field, typed: str) -> float | None:
    if not typed:
        return None
    try:
        number = float(typed)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{_called(name)} is a number such as 2.5, not {typed!r}")
    return number


def _moment(name: Field, typed: str, zone: ZoneInfo) -> str | None:
    if not typed:
        return None
    try:
        if len(typed) == len("2026-05-11"):
            return date.fromisoformat(typed).isoformat()
        moment = datetime.fromisoformat(typed)
        known = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return known.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        told = f"{_called(name)} is a date, 2026-05-11, or a moment, 2026-05-11T15:00, not {typed!r}"
        raise ValueError(told) from None


def _called(name: Field) -> str:
    return name.custom_name or name.value
