"""Reading what a caller writes into a custom field, each type as it takes its values."""

from collections.abc import Callable
from datetime import date
from typing import Any

from pmsync_asana.sandbox.problems import bad
from pmsync_asana.sandbox.records import CustomField, EnumOption, Held, User
from pmsync_asana.sandbox.world import instant, moment

_LONGEST_TEXT = 1024


def custom_value(field: CustomField, value: Any, before: Held | None, person: Callable[[object], User]) -> Held | None:
    """A value, None where it is empty. Options that are switched off stay where they are, and are chosen nowhere else.

    Raises `Problem`.
    """
    name = f"custom_fields: {field.gid}"
    if value is None or value == []:
        return None
    match field.type:
        case "enum":
            return _option(field, value, [before] if isinstance(before, EnumOption) else [])
        case "multi_enum":
            kept = [one for one in before if isinstance(one, EnumOption)] if isinstance(before, list) else []
            return [_option(field, one, kept) for one in _listed(name, value)]
        case "people":
            return [person(one) for one in _listed(name, value)]
        case "date":
            return _date(name, value)
        case "number":
            return _number(name, value, field.precision)
        case _:
            if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
                raise bad(f"{name}: Must be a string of at most {_LONGEST_TEXT} characters")
            return value or None


def _option(field: CustomField, gid: object, before: list[EnumOption]) -> EnumOption:
    for option in field.options:
        if option.gid == gid and (option.enabled or option in before):
            return option
    raise bad(f"custom_fields: {field.gid}: Unknown enum option: {gid}")


def _listed(name: str, value: Any) -> list[Any]:
    if isinstance(value, str):
        return value.split(",")
    if not isinstance(value, list):
        raise bad(f"{name}: Not a list: {value}")
    return value


def _number(name: str, value: Any, precision: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise bad(f"{name}: Not a number: {value}")
    try:
        return round(float(value), precision)
    except ValueError:
        raise bad(f"{name}: Not a number: {value}") from None


def _date(name: str, value: Any) -> dict[str, str | None]:
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= {"date", "date_time"}:
        raise bad(f"{name}: Must be an object with either date or date_time")
    try:
        if "date" in value:
            return {"date": date.fromisoformat(str(value["date"])).isoformat(), "date_time": None}
        at = instant(moment(str(value["date_time"])))
        return {"date": at[:10], "date_time": at}
    except ValueError:
        raise bad(f"{name}: Not a date: {value}") from None
