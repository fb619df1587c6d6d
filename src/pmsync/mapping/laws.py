"""The lens laws, checked for every pair: a mapping that breaks one is refused with the very pair that breaks it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

from pmsync.mapping.lens import Lens, Refusal, Unmapped
from pmsync.mapping.spec import Mapping as Spec
from pmsync.mapping.spec import fold
from pmsync.mapping.status import StatusLens, status_lens
from pmsync.mapping.terms import TermLens, term_lens
from pmsync.model.fields import Field, Json, Priority
from pmsync.model.vocabulary import Term

Natives: TypeAlias = Sequence[tuple[str, Json]]
"""Native values, each with its name for people."""


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

    Tried on a tool that has all the names, and on tools that have one each: a value is written as a name only where
    the tool lacks those before it. Names that differ in case alone are one name there: a tool's name is recognised
    whatever its case.
    """
    for places, priorities, types in _tools(spec):
        priority = term_lens(Field.PRIORITY, spec.priorities, priorities)
        type_ = term_lens(Field.TYPE, spec.types, types)
        for flagged in (False, True):
            witness = bound_break(status_lens(spec, places, flagged), priority, type_)
            if witness is not None:
                return replace(witness, path=_path(spec, witness.field, witness.value))
    return None


def bound_break(status: StatusLens, priority: TermLens, type_: TermLens) -> Witness | None:
    """The first pair that breaks a law in lenses that are bound to a project's terms; None if they keep them all."""
    places: list[Json] = [{"place": place} for place in status.names]
    if status.flagged:
        places = [{"place": place, "completed": ticked} for place in status.names for ticked in (False, True)]
    natives = [(_ticked(status, native), native) for native in places]
    none: list[tuple[str, Json]] = [("none", None)]
    return (
        break_of(Field.STATUS, status, natives, list(status.categories))
        or break_of(Field.PRIORITY, priority, none + _natives(priority), _values(priority))
        or break_of(Field.TYPE, type_, _natives(type_), _values(type_))
    )


def break_of(field: Field, lens: Lens, natives: Natives, values: Sequence[Json]) -> Witness | None:
    """The first pair that breaks a law, of all pairs of these native values, and schema values."""
    for (name, native), value in product(natives, values):
        reading = lens.get(native, value)
        if isinstance(reading, Unmapped):
            continue
        written = lens.put(value, native)
        if isinstance(written, Refusal):
            continue
        shown = lens.get(written.native, value)
        if shown != value:
            where = _name(natives, written.native)
            message = f"{_said(value)} put where {name!r} is shown becomes {where!r}, which reads as {_said(shown)}"
            return Witness(field, "PutGet", name, _word(value), message)
        again = lens.put(value, written.native)
        if isinstance(again, Refusal) or again.native != written.native:
            where = _name(natives, written.native)
            message = f"{where!r} shows {_said(value)}, and yet is written anew"
            return Witness(field, "GetPut", where, _word(value), message)
        stays = lens.put(reading, native)
        if isinstance(stays, Refusal) or stays.native != native:
            message = f"{name!r} reads as {_said(reading)}, and yet is written anew to show it"
            return Witness(field, "GetPut", name, _word(reading), message)
    return None


def _tools(spec: Spec) -> Iterable[tuple[list[Term], list[Term], list[Term]]]:
    places, priorities, types = _terms(spec.statuses), _terms(spec.priorities), _terms(spec.types)
    yield places, priorities, types
    yield from (([Term(id=name, name=name)], [], []) for name in spec.statuses)
    yield from (([], [Term(id=name, name=name)], []) for name in spec.priorities)
    yield from (([], [], [Term(id=name, name=name)]) for name in spec.types)


def _natives(lens: TermLens) -> list[tuple[str, Json]]:
    return [(name, term) for term, name in lens.names.items()]


def _values(lens: TermLens) -> list[Json]:
    return [
        *dict.fromkeys((*lens.relation.ways, *(value for shown in lens.relation.shown.values() for value in shown)))
    ]


def _ticked(lens: StatusLens, native: Json) -> str:
    """A native status in words that say of every tick whether it is there."""
    name = lens.names[str(native["place"])] if isinstance(native, dict) else ""
    if not lens.flagged or not isinstance(native, dict):
        return name
    return f"{name}, {'ticked' if native['completed'] else 'not ticked'}"


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


def _name(natives: Natives, native: Json) -> str:
    return next((name for name, known in natives if known == native), str(native))


def _said(value: Json | Unmapped) -> str:
    return "nothing" if isinstance(value, Unmapped) else repr(_word(value))


def _word(value: Json) -> str:
    """A schema value as mappings write it."""
    return Priority.NONE.value if value is None else str(value)
