"""Between the values of Trello's custom fields, which are all texts or ids of options, and native ones. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import CustomField, CustomKind, Term
from pmsync_trello.moments import instant

Record = Mapping[str, Any]

_KINDS: Final = {
    "text": CustomKind.TEXT,
    "number": CustomKind.NUMBER,
    "date": CustomKind.DATE,
    "checkbox": CustomKind.CHECKBOX,
    "list": CustomKind.SELECT,
}
"""By what Trello calls them. It has none that holds several options, and none for people."""


class StrangeOptionError(Exception):
    """A card has an option that the board had not when it was last read."""


def definitions(board: Record) -> tuple[CustomField, ...]:
    """The custom fields of a board. Raises KeyError or TypeError for what is no board."""
    return tuple(
        CustomField(
            id=one["id"],
            name=one["name"],
            kind=_KINDS[one["type"]],
            options=tuple(Term(id=option["id"], name=option["value"]["text"]) for option in one.get("options") or ()),
            dates=DateKind.INSTANT,
        )
        for one in board.get("customFields") or ()
        if one["type"] in _KINDS
    )


def called(customs: Iterable[CustomField], name: str) -> CustomField | None:
    """The custom field of that name: exactly, else whatever the case."""
    known = [*customs]
    exact = (one for one in known if one.name == name)
    alike = (one for one in known if _folded(one.name) == _folded(name))
    return next(exact, None) or next(alike, None)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def values(card: Record, held: Mapping[Field, CustomField]) -> dict[Field, Json]:
    """What a card has in these custom fields; what is not set is not in its JSON. Raises StrangeOptionError."""
    items = {item["idCustomField"]: item for item in card.get("customFieldItems") or ()}
    return {field: value(items.get(custom.id) or {}, custom, field) for field, custom in held.items()}


def readable(card: Record, held: Mapping[Field, CustomField]) -> dict[Field, CustomField]:
    """Those of the custom fields of which a card's value can be told."""
    found: dict[Field, CustomField] = {}
    for field, custom in held.items():
        try:
            values(card, {field: custom})
        except StrangeOptionError:
            continue
        found[field] = custom
    return found


def value(item: Record, custom: CustomField, field: Field) -> Json:
    """One value. Of the priority it is the id of the option, else its name. Raises StrangeOptionError."""
    if custom.kind is CustomKind.SELECT:
        option = item.get("idValue")
        return option if field is Field.PRIORITY or not option else _option(option, custom)
    written = item.get("value") or {}
    match custom.kind:
        case CustomKind.TEXT:
            return written.get("text") or None
        case CustomKind.NUMBER:
            return _number(written.get("number"))
        case CustomKind.DATE:
            return instant(written.get("date"))
        case _:
            return written.get("checked") == "true"


def _option(option: str, custom: CustomField) -> str:
    for one in custom.options:
        if one.id == option:
            return one.name
    raise StrangeOptionError


def _number(written: str | None) -> float | None:
    try:
        return float(written) if written else None
    except ValueError:
        return None


def body(value: Json, custom: CustomField) -> dict[str, Any]:
    """A native value as the custom field takes it, unless it is an option. Nothing, and no tick, clear it."""
    if value is None or value is False or value == "":
        return {"value": ""}
    match custom.kind:
        case CustomKind.NUMBER:
            return {"value": {"number": number_text(value)}}
        case CustomKind.DATE:
            return {"value": {"date": str(value)}}
        case CustomKind.CHECKBOX:
            return {"value": {"checked": "true"}}
        case _:
            return {"value": {"text": str(value)}}


def number_text(value: Json) -> str:
    """A number as a custom field takes it: `3`, not `3.0`."""
    try:
        return format(Decimal(str(value)).normalize(), "f")
    except InvalidOperation:
        return str(value)
