"""Which of a project's terms show which schema values, and which of them is chosen on the way back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pmsync.mapping.spec import fold
from pmsync.model.vocabulary import Term

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Relation(Generic[V]):
    """Names bound to the terms of one project."""

    shown: Mapping[str, tuple[V, ...]]
    """By the id of a term: what it shows, the value that it is read as first."""
    ways: Mapping[V, str]
    """By schema value: the id of the term that is written for it."""
    rules: Mapping[str, str]
    """By the id of a term: the name in the mapping that it goes by."""
    unbound: tuple[str, ...] = ()
    """Names of the mapping that the project lacks, or has only where nothing can be written."""
    unmapped: tuple[Term, ...] = field(default=())
    """Terms that can be written and that the mapping does not name."""

    def nearest(self, value: V) -> bool:
        """Whether the term written for the value is read as another: it only stands in."""
        way = self.ways.get(value)
        return way is not None and self.shown[way][0] != value


def relate(rules: Mapping[str, Sequence[V]], terms: Sequence[Term]) -> Relation[V]:
    """Bind names to terms: each term goes by its exact name, else by its name whatever the case.

    A value is written as the first name that is read as it and has a term that takes items; else as the first that
    stands in for it. A name stands in for a value only where no other is written that is read as it.
    """
    spelled = _by_spelling(rules)
    named = {term.id: name for term in terms if (name := _rule(term.name, rules, spelled)) is not None}
    targets = {name: term for name in rules if (term := _target(name, terms)) is not None}
    own = {rules[name][0] for name in targets}
    shown = {
        term: (rules[name][0], *(value for value in rules[name][1:] if value not in own))
        for term, name in named.items()
    }
    ways: dict[V, str] = {}
    for name, term in targets.items():
        ways.setdefault(rules[name][0], term.id)
    for name, term in targets.items():
        for value in rules[name][1:]:
            ways.setdefault(value, term.id)
    return Relation(
        shown=shown,
        ways=ways,
        rules=named,
        unbound=tuple(name for name in rules if name not in targets),
        unmapped=tuple(term for term in terms if term.open and term.id not in named),
    )


def _by_spelling(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(fold(name), name)
    return found


def _rule(name: str, rules: Mapping[str, object], spelled: Mapping[str, str]) -> str | None:
    return name if name in rules else spelled.get(fold(name))


def _target(name: str, terms: Sequence[Term]) -> Term | None:
    """The term that is written for a name: the first open one of that name, exactly or else whatever the case."""
    exact = [term for term in terms if term.name == name and term.open]
    alike = [term for term in terms if fold(term.name) == fold(name) and term.open]
    return next(iter(exact or alike), None)
