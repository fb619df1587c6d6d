"""The forms that Jira puts before a create or a transition: their fields, and filling them from defaults. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pmsync.model.fields import Json

_MOST_CHOICES = 200
_LONG_TEXT = ("description", "environment")
_TEXTAREA = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"
_USERS = ("user",)
_NAMED = ("priority", "resolution", "version", "component", "issuetype", "status", "securitylevel", "project")


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of a form. `kind` and `items` are Jira's schema type and, for arrays, that of the members."""

    id: str
    name: str
    required: bool = False
    kind: str = "string"
    items: str = ""
    long: bool = False
    """Whether it takes formatted text."""
    choices: tuple[tuple[str, str], ...] = ()
    """The allowed values, (id, name); empty where any will do, or they are too many to keep."""


Screen = tuple[Slot, ...]


def screen_of(described: Iterable[tuple[str, Mapping[str, Any]]]) -> Screen:
    """Read a form from Jira's field descriptions (createmeta, or `transitions.fields`), given with their ids."""
    return tuple(_slot(id_, body) for id_, body in described)


def _slot(id_: str, body: Mapping[str, Any]) -> Slot:
    schema = body.get("schema") or {}
    allowed = body.get("allowedValues") or []
    choices = [
        (str(value["id"]), str(value.get("name") or value.get("value") or value["id"]))
        for value in allowed
        if isinstance(value, dict) and "id" in value
    ]
    return Slot(
        id=id_,
        name=str(body.get("name") or id_),
        required=bool(body.get("required")) and not body.get("hasDefaultValue"),
        kind=str(schema.get("type") or "string"),
        items=str(schema.get("items") or ""),
        long=schema.get("system") in _LONG_TEXT or schema.get("custom") == _TEXTAREA,
        choices=tuple(choices) if len(choices) <= _MOST_CHOICES else (),
    )


def slot_to_json(slot: Slot) -> Json:
    """The slot as `slot_from_json` reads it back."""
    choices: list[Json] = [[id_, name] for id_, name in slot.choices]
    return [slot.id, slot.name, slot.required, slot.kind, slot.items, slot.long, choices]


def slot_from_json(data: Any) -> Slot:
    """Read what `slot_to_json` wrote. Raises ValueError, TypeError or IndexError for anything else."""
    id_, name, required, kind, items, long, choices = data
    return Slot(
        str(id_),
        str(name),
        bool(required),
        str(kind),
        str(items),
        bool(long),
        tuple((str(i), str(n)) for i, n in choices),
    )


@dataclass(frozen=True, slots=True)
class Filling:
    """What the defaults put into a form, and the required fields that they have nothing (fitting) for."""

    values: Mapping[str, Json] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def fill(
    screen: Screen,
    defaults: Mapping[str, Json],
    *,
    given: Iterable[str] = (),
    also: Iterable[str] = (),
    text: Callable[[str], Json],
    cloud: bool,
) -> Filling:
    """Fill the required fields of a form, by field id or name (any case); those in `given` are filled already.

    `also` names fields to fill though they are not flagged as required: a validator asked for them. `text` makes the
    tool's document of a plain default.
    """
    wanted = {name.casefold(): value for name, value in defaults.items()}
    filled, asked = set(given), set(also)
    values: dict[str, Json] = {}
    missing: list[str] = []
    for slot in screen:
        if slot.id in filled or not (slot.required or slot.id in asked):
            continue
        default = wanted.get(slot.id.casefold(), wanted.get(slot.name.casefold()))
        value = None if default is None else _value(slot, default, text, cloud)
        if value is None:
            missing.append(slot.name)
        else:
            values[slot.id] = value
    return Filling(values, tuple(missing))


def _value(slot: Slot, default: Json, text: Callable[[str], Json], cloud: bool) -> Json:
    """The default in the shape that the field takes; None where it is none of the allowed values."""
    if slot.kind == "array":
        members = default if isinstance(default, list) else [default]
        values = [_single(slot, slot.items, member, cloud) for member in members]
        return None if None in values else values
    if slot.long and isinstance(default, str):
        return text(default)
    return _single(slot, slot.kind, default, cloud)


def _single(slot: Slot, kind: str, default: Json, cloud: bool) -> Json:
    if isinstance(default, dict | list):
        return default
    if slot.choices:
        said = str(default).casefold()
        by_id = [id_ for id_, name in slot.choices if id_ == str(default)]
        by_name = [id_ for id_, name in slot.choices if name.casefold() == said]
        found = (by_id or by_name)[:1]
        return {"id": found[0]} if found else None
    if kind in _USERS:
        return {"id": str(default)} if cloud else {"name": str(default)}
    if kind in _NAMED:
        return {"name": str(default)}
    if kind == "option":
        return {"value": str(default)}
    return default
