"""Custom fields: which of a project's are kept in step, as what, and by which lens."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from pmsync.mapping.choices import NamesLens, SelectLens, options_of
from pmsync.mapping.dates import DateLens
from pmsync.mapping.lens import Lens
from pmsync.mapping.people import Roster
from pmsync.mapping.sets import PeopleLens
from pmsync.mapping.spec import Mapping as Spec
from pmsync.mapping.spec import fold
from pmsync.mapping.values import CheckboxLens, NumberLens, TextLens
from pmsync.model.fields import Field
from pmsync.model.finding import Finding
from pmsync.model.vocabulary import CustomField, CustomKind, Vocabulary


class Family(StrEnum):
    """Kinds of custom fields whose values can be exchanged; each in words for people."""

    TEXT = "a text or a choice"
    SET = "a set of names"
    NUMBER = "a number"
    DATE = "a date"
    PERSON = "people"
    CHECKBOX = "a tick"


@dataclass(frozen=True, slots=True)
class Own:
    """A custom field of one project that is kept in step."""

    custom: CustomField
    create: bool
    """Whether an option that it lacks is made."""


_NATURAL: Final = {
    CustomKind.TEXT: Family.TEXT,
    CustomKind.SELECT: Family.TEXT,
    CustomKind.MULTI: Family.SET,
    CustomKind.NUMBER: Family.NUMBER,
    CustomKind.DATE: Family.DATE,
    CustomKind.PERSON: Family.PERSON,
    CustomKind.CHECKBOX: Family.CHECKBOX,
}

_FIXED: Final = {
    Field.RELEASE: Family.SET,
    Field.SPRINT: Family.TEXT,
    Field.TIME_SPENT: Family.NUMBER,
    Field.ESTIMATE: Family.NUMBER,
    Field.START: Family.DATE,
    Field.DUE: Family.DATE,
}
"""What the standard fields are that a custom field may show."""


def own_fields(spec: Spec, vocabulary: Vocabulary) -> dict[Field, Own]:
    """The project's custom fields that show something, by what they show: what the mapping says goes first."""
    exact: dict[str, CustomField] = {}
    alike: dict[str, CustomField] = {}
    for custom in vocabulary.custom:
        exact.setdefault(custom.name, custom)
        alike.setdefault(fold(custom.name), custom)
    found: dict[Field, Own] = {}
    for name, said in spec.custom.items():
        custom_field = exact.get(name) or alike.get(fold(name))
        if custom_field is not None:
            found[said.shows] = Own(custom_field, said.create)
    for custom in vocabulary.custom:
        if custom.shows is not None and custom.shows in vocabulary.fields:
            found.setdefault(custom.shows, Own(custom, False))
    return found


def families(owned: Iterable[Mapping[Field, Own]]) -> dict[Field, Family]:
    """What each field is where these projects meet, the first of which that has it decides; but a set if any has it as
    one and the first as a choice."""
    found: dict[Field, Family] = {}
    for own in owned:
        for name, one in own.items():
            natural = _NATURAL[one.custom.kind]
            first = found.setdefault(name, _FIXED.get(name, natural))
            if first is Family.TEXT and natural is Family.SET and name not in _FIXED:
                found[name] = Family.SET
    return found


def fits(custom: CustomField, family: Family) -> bool:
    """Whether the field can be kept in step as that."""
    natural = _NATURAL[custom.kind]
    return natural is family or (natural is Family.TEXT and family is Family.SET)


def custom_lens(own: Own, family: Family, people: Roster, zone: ZoneInfo) -> Lens:
    """The lens of a field that fits."""
    custom = own.custom
    options = options_of(custom, create=own.create, free=custom.kind is CustomKind.TEXT)
    match family:
        case Family.SET:
            return NamesLens(options, single=custom.kind is not CustomKind.MULTI)
        case Family.NUMBER:
            return NumberLens(f"a number of {custom.name}", custom.precision)
        case Family.DATE:
            return DateLens(custom.dates, zone)
        case Family.PERSON:
            return PeopleLens(people, custom.single)
        case Family.CHECKBOX:
            return CheckboxLens()
        case Family.TEXT:
            if custom.kind is CustomKind.SELECT:
                return SelectLens(options)
            return TextLens(custom.name, custom.limit, custom.lines)


def custom_findings(
    spec: Spec, vocabulary: Vocabulary, own: Mapping[Field, Own], meant: Mapping[Field, Family]
) -> Iterator[Finding]:
    """What is amiss between the mapping's custom fields and the project's."""
    names = [fold(custom.name) for custom in vocabulary.custom]
    for name, said in spec.custom.items():
        count = names.count(fold(name))
        if not count:
            known = ", ".join(repr(custom.name) for custom in vocabulary.custom) or "none"
            yield Finding(
                "warning",
                f"there is no custom field {name!r} here: {_word(said.shows)} is not kept in step",
                f"make one, or name another under `custom:`; there are: {known}",
            )
        elif count > 1:
            message = f"{count} custom fields are called {name!r}: the first is used"
            yield Finding("warning", message, "give them different names")
    for shown, one in own.items():
        family = meant.get(shown, _NATURAL[one.custom.kind])
        if not fits(one.custom, family):
            here = f"{one.custom.name!r} is {_NATURAL[one.custom.kind].value} here"
            message = f"{here}, and {_word(shown)} is {family.value} elsewhere: it is not kept in step here"
            yield Finding("error", message, "name a field of that kind under `custom:`")


def _word(shown: Field) -> str:
    return repr(shown.custom_name) if shown.custom_name else shown.value
