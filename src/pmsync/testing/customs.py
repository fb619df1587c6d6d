"""The custom fields of a tool in memory: what they hold, what they refuse, and the names that a mapping gives them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event, Native
from pmsync.model.vocabulary import CustomField, CustomKind, Term, Vocabulary
from pmsync.testing.builders import slug

_LISTS = (CustomKind.MULTI, CustomKind.PERSON)


def own_name(custom: CustomField) -> Field:
    """Where the tool itself keeps a custom field's values: under its own name for it."""
    return custom.shows or Field.custom(custom.name)


def custom_called(names: Vocabulary, field: Field) -> CustomField | None:
    """The custom field that the tool keeps there."""
    return next((one for one in names.custom if own_name(one) is field), None)


def blank_customs(names: Vocabulary) -> dict[Field, Json]:
    """What an item has in them when it is new."""
    found: dict[Field, Json] = {}
    for one in names.custom:
        blank: Json = False if one.kind is CustomKind.CHECKBOX else None
        found[own_name(one)] = [] if one.kind in _LISTS else blank
    return found


def custom_refusal(custom: CustomField, names: Vocabulary, value: Json) -> str | None:
    """Why the tool does not take a value of a custom field; None where it does."""
    if custom.kind is CustomKind.CHECKBOX:
        return None if isinstance(value, bool) else "a tick is true or false"
    listed = value if isinstance(value, list) else [value]
    if isinstance(value, list) != (custom.kind in _LISTS):
        return f"{custom.name} takes {'a list' if custom.kind in _LISTS else 'one value'}"
    if custom.kind is CustomKind.NUMBER:
        fits = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        return None if fits else f"{custom.name} is a number"
    texts = [one for one in listed if one is not None]
    if not all(isinstance(one, str) and one for one in texts):
        return f"{custom.name} is a text"
    if custom.kind is CustomKind.PERSON and (custom.single and len(texts) > 1):
        return f"{custom.name} holds one person"
    known: set[str] | None = None
    if custom.kind is CustomKind.PERSON:
        known = {member.id for member in names.members if member.active}
    elif custom.kind in (CustomKind.SELECT, CustomKind.MULTI) and not custom.free:
        known = {option.name for option in custom.options if option.open}
    strange = [one for one in texts if known is not None and one not in known]
    return f"{custom.name} has no {strange[0]!r}" if strange else None


def with_options(names: Vocabulary, field: Field, value: Json) -> Vocabulary:
    """The vocabulary with the options that a value needs and that are not there."""
    custom = custom_called(names, field)
    if custom is None or custom.kind not in (CustomKind.SELECT, CustomKind.MULTI) or custom.free:
        return names
    known = {option.name for option in custom.options}
    wanted = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    fresh = tuple(Term(id=slug(one), name=one) for one in wanted if one not in known)
    if not fresh:
        return names
    grown = custom.model_copy(update={"options": (*custom.options, *fresh)})
    return names.model_copy(update={"custom": tuple(grown if one is custom else one for one in names.custom)})


@dataclass(frozen=True, slots=True)
class Naming:
    """Between the tool's own names for its custom fields and the fields that a mapping has them show."""

    shown: Mapping[Field, Field | None]
    """By the tool's own: None where nobody asked for it."""
    own: Mapping[Field, Field]

    def native(self, native: Native) -> Native:
        """An item as the connection tells it."""
        if not self.shown:
            return native
        told = ((self.shown.get(name, name), value) for name, value in native.fields.items())
        return replace(native, fields={name: value for name, value in told if name is not None})

    def events(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """A history as the connection tells it."""
        named = ((event, self.shown.get(event.field, event.field)) for event in events)
        return tuple(replace(event, field=name) for event, name in named if name is not None)

    def fields(self, fields: Mapping[Field, Json]) -> dict[Field, Json]:
        """Values under the tool's own names."""
        return {self.own.get(name, name): value for name, value in fields.items()}


def naming(names: Vocabulary, asked: Mapping[str, Field]) -> Naming:
    """The naming for what a mapping asked for."""
    folded = {name.casefold(): field for name, field in asked.items()}
    shown = {own_name(one): folded.get(one.name.casefold(), one.shows) for one in names.custom}
    return Naming(shown, {field: own for own, field in shown.items() if field is not None})
