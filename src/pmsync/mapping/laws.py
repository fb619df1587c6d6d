"""The lens laws, checked for every pair: a mapping that breaks one is refused with the very pair that breaks it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from pmsync.mapping.lens import Lens, Refusal, Unmapped
from pmsync.mapping.spec import Mapping as Spec
from pmsync.mapping.spec import fold
from pmsync.mapping.status import status_lens
from pmsync.mapping.terms import term_lens
from pmsync.model.fields import Field, Json, Priority
from pmsync.model.vocabulary import Term


@dataclass(frozen=True, slots=True)
class Witness:
    """A native value and a schema value for which a law does not hold, and what happens, in words."""

    field: Field
    law: str
    native: str
    value: str
    message: str
    path: tuple[str, ...] = ()
    """Where in the mapping the schema value is given its place."""


def broken(spec: Spec) -> Witness | None:
    """The first pair that breaks a law in a mapping that is bound to nothing yet; None if it keeps them all.

    The tool is taken to have just the places and terms that the mapping names. Names that differ in case alone are one
    there, since a tool's name is recognised whatever its case.
    """
    for lens, field, natives, values in _finite(spec):
        witness = break_of(field, lens, natives, values)
        if witness is not None:
            return replace(witness, path=_path(spec, field, witness.value))
    return None


def break_of(field: Field, lens: Lens, natives: Mapping[str, Json], values: Sequence[Json]) -> Witness | None:
    """The first pair that breaks a law, of all pairs of these native values, each under its name, and schema values."""
    for (name, native), value in product(natives.items(), values):
        reading = lens.get(native, value)
        if isinstance(reading, Unmapped):
            continue
        written = lens.put(value, native)
        if isinstance(written, Refusal):
            continue
        shown = lens.get(written.native, value)
        if shown != value:
            where = _name(natives, written.native)
            message = f"{value!r} put where {name!r} is shown becomes {where!r}, which reads as {_said(shown)}"
            return Witness(field, "PutGet", name, str(value), message)
        again = lens.put(value, written.native)
        if isinstance(again, Refusal) or again.native != written.native:
            where = _name(natives, written.native)
            return Witness(field, "GetPut", where, str(value), f"{where!r} shows {value!r}, and yet is written anew")
        stays = lens.put(reading, native)
        if isinstance(stays, Refusal) or stays.native != native:
            message = f"{name!r} reads as {_said(reading)}, and yet is written anew to show it"
            return Witness(field, "GetPut", name, str(reading), message)
    return None


def _finite(spec: Spec) -> Iterable[tuple[Lens, Field, dict[str, Json], list[Json]]]:
    places = _terms(spec.statuses)
    statuses: list[Json] = [*dict.fromkeys(status for place in spec.statuses.values() for status in place.shows)]
    for flagged in (False, True):
        lens = status_lens(spec, places, flagged)
        yield lens, Field.STATUS, _native_statuses(places, flagged), statuses
    for field, rules in ((Field.PRIORITY, spec.priorities), (Field.TYPE, spec.types)):
        terms = _terms(rules)
        values: list[Json] = [*dict.fromkeys(value for shown in rules.values() for value in shown)]
        natives: dict[str, Json] = {term.name: term.id for term in terms}
        if field is Field.PRIORITY:
            natives["none"] = None
            values = [None if value == Priority.NONE.value else value for value in values]
        yield term_lens(field, rules, terms), field, natives, values


def _path(spec: Spec, field: Field, value: str) -> tuple[str, ...]:
    """The name that the value is written as: the first that is read as it, else the first that stands in for it."""
    section, rules = {
        Field.STATUS: ("statuses", {name: place.shows for name, place in spec.statuses.items()}),
        Field.PRIORITY: ("priorities", spec.priorities),
    }.get(field, ("types", spec.types))
    own = [name for name, shown in rules.items() if shown[0] == value]
    lent = [name for name, shown in rules.items() if value in shown]
    return (section, *(own or lent)[:1])


def _terms(names: Iterable[str]) -> list[Term]:
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(fold(name), name)
    return [Term(id=name, name=name) for name in spelled.values()]


def _native_statuses(places: Sequence[Term], flagged: bool) -> dict[str, Json]:
    if not flagged:
        return {place.name: {"place": place.id} for place in places}
    return {
        f"{place.name}, {'ticked' if ticked else 'not ticked'}": {"place": place.id, "completed": ticked}
        for place, ticked in product(places, (False, True))
    }


def _name(natives: Mapping[str, Json], native: Json) -> str:
    return next((name for name, known in natives.items() if known == native), str(native))


def _said(value: Json | Unmapped) -> str:
    return "nothing" if isinstance(value, Unmapped) else repr(value)
