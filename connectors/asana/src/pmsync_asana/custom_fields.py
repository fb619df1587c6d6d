"""Asana's custom fields: which a project has, and their values as natives and back. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import CustomField, CustomKind, Term
from pmsync_asana.moments import when

Record = Mapping[str, Any]

DEFINITION: Final = ",".join(
    f"custom_field_settings.custom_field.{name}"
    for name in (
        "name", "resource_subtype", "enum_options.name", "enum_options.enabled", "precision", "format",
        "is_formula_field", "is_value_read_only", "representation_type",
    )
)  # fmt: skip
"""What is asked of a project's custom fields."""

_KINDS: Final = {
    "text": CustomKind.TEXT,
    "number": CustomKind.NUMBER,
    "enum": CustomKind.SELECT,
    "multi_enum": CustomKind.MULTI,
    "date": CustomKind.DATE,
    "people": CustomKind.PERSON,
}
"""By what Asana calls them. It has none for a tick; references to other objects are left alone."""
_ASKED: Final = {
    CustomKind.TEXT: "custom_fields.text_value",
    CustomKind.NUMBER: "custom_fields.number_value",
    CustomKind.SELECT: "custom_fields.enum_value.name",
    CustomKind.MULTI: "custom_fields.multi_enum_values.name",
    CustomKind.DATE: "custom_fields.date_value",
    CustomKind.PERSON: "custom_fields.people_value",
}
_COMPUTED: Final = ("formula", "custom_id")
_BY_NAME: Final = (
    (Field.PRIORITY, CustomKind.SELECT, ("priority",)),
    (Field.ESTIMATE, CustomKind.NUMBER, ("estimate", "story points", "points")),
)
"""The standard fields that a custom field of such a name shows where the mapping says nothing."""
_LONGEST_TEXT: Final = 1024
_MINUTES: Final = 60


def definitions(project: Record) -> tuple[CustomField, ...]:
    """The custom fields of a project that was read with `DEFINITION`."""
    settings = (setting.get("custom_field") or {} for setting in project.get("custom_field_settings") or ())
    return tuple(_definition(one) for one in settings if one.get("resource_subtype") in _KINDS)


def _definition(told: Record) -> CustomField:
    kind = _KINDS[told["resource_subtype"]]
    computed = told.get("is_formula_field") or told.get("representation_type") in _COMPUTED
    counted = kind is CustomKind.NUMBER and not _timed(told)
    return CustomField(
        id=str(told["gid"]),
        name=str(told.get("name") or ""),
        kind=kind,
        options=tuple(
            Term(id=str(option["gid"]), name=option.get("name") or "", open=bool(option.get("enabled", True)))
            for option in told.get("enum_options") or ()
        ),
        writable=not (computed or told.get("is_value_read_only")),
        dates=DateKind.BOTH,
        precision=told.get("precision") if counted else None,
        limit=_LONGEST_TEXT if kind is CustomKind.TEXT else None,
    )


def minutes(project: Record) -> frozenset[str]:
    """The gids of the numbers that are durations: Asana has them in minutes, and they are shown in hours."""
    settings = (setting.get("custom_field") or {} for setting in project.get("custom_field_settings") or ())
    return frozenset(str(one["gid"]) for one in settings if _timed(one))


def _timed(told: Record) -> bool:
    return told.get("resource_subtype") == "number" and told.get("format") == "duration"


def held(customs: Iterable[CustomField], asked: Mapping[str, Field]) -> dict[Field, CustomField]:
    """The custom fields that are kept in step, by what they show: those that the mapping names, and by their names the
    priority and the estimate."""
    known = list(customs)
    found = {shown: custom for name, shown in asked.items() if (custom := _called(known, name)) is not None}
    for shown, kind, names in _BY_NAME:
        fitting = [one for one in known if one.kind is kind and one.writable]
        named = (one for name in names for one in fitting if _folded(one.name) == name)
        usual = next(named, None)
        if usual is not None:
            found.setdefault(shown, usual)
    return found


def _called(customs: Iterable[CustomField], name: str) -> CustomField | None:
    known = list(customs)
    exact = (one for one in known if one.name == name)
    alike = (one for one in known if _folded(one.name) == _folded(name))
    return next(exact, None) or next(alike, None)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def asked(customs: Iterable[CustomField]) -> list[str]:
    """What has to be asked of a task to read these."""
    return sorted({_ASKED[one.kind] for one in customs})


def values(task: Record, held: Mapping[Field, CustomField], minutes: frozenset[str]) -> dict[Field, Json]:
    """What a task has in these."""
    told = {str(one["gid"]): one for one in task.get("custom_fields") or ()}
    return {
        shown: _value(told.get(custom.id) or {}, custom, shown, custom.id in minutes) for shown, custom in held.items()
    }


def _value(told: Record, custom: CustomField, shown: Field, timed: bool) -> Json:
    match custom.kind:
        case CustomKind.SELECT:
            return option(told.get("enum_value"), shown)
        case CustomKind.MULTI:
            return names(told.get("multi_enum_values"))
        case CustomKind.DATE:
            date = told.get("date_value") or {}
            return when(date.get("date"), date.get("date_time"))
        case CustomKind.PERSON:
            return gids(told.get("people_value"))
        case CustomKind.NUMBER:
            return number(told.get("number_value"), timed)
        case _:
            return told.get("text_value") or None


def option(told: Record | None, shown: Field) -> Json:
    """An option: of the priority its gid, else its name."""
    chosen = told or {}
    return (str(chosen["gid"]) if shown is Field.PRIORITY else chosen.get("name")) if chosen.get("gid") else None


def names(told: Iterable[Record] | None) -> list[Json]:
    """The names of several options, in their one order."""
    return list[Json](sorted({str(one["name"]) for one in told or () if one.get("name")}))


def gids(told: Iterable[Record] | None) -> list[Json]:
    """People."""
    return [str(one["gid"]) for one in told or ()]


def number(told: Any, timed: bool) -> Json:
    """A number; a duration in hours."""
    return None if told is None else float(told) / _MINUTES if timed else float(told)


def written(value: Json, custom: CustomField, timed: bool) -> Any:
    """A native value as Asana takes it, but for options, which it takes by their gids: see `Options`."""
    if custom.kind is CustomKind.DATE and isinstance(value, str):
        return {"date_time" if "T" in value else "date": value}
    if timed and isinstance(value, int | float):
        return round(value * _MINUTES)
    return value


def with_gids(value: Json, shown: Field, custom: CustomField, gid: Callable[[str], str]) -> Json:
    """A native value with the gids of its options in place of their names."""
    if shown is Field.PRIORITY or custom.kind not in (CustomKind.SELECT, CustomKind.MULTI):
        return value
    if isinstance(value, list):
        return [gid(str(one)) for one in value]
    return gid(value) if isinstance(value, str) and value else None
