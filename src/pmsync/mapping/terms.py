"""The lens for what a tool chooses from a list: priority and type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.mapping.relation import Relation, relate
from pmsync.model.fields import Field, Json, Priority
from pmsync.model.vocabulary import Term


@dataclass(frozen=True, slots=True)
class TermLens:
    """A priority or a type: native values are ids of terms.

    Where `empty` is true (priorities), the native None and the schema's None and `NONE` all say "none"; None is what
    is read. A term whose mapping lists `NONE` shows it too, and is what is written for it, so that a tool whose
    priority cannot be cleared has a place for it.
    """

    kind: str
    relation: Relation[str | None]
    names: Mapping[str, str]
    empty: bool = False

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        shown = self._shown(native)
        if shown:
            return current if _plain(current) in shown else shown[0]
        if not isinstance(native, str):
            return Unmapped()
        return Unmapped(f"{self.kind} {self.names.get(native, native)!r} is not in the mapping")

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        wanted = _plain(value)
        shown = self._shown(native)
        if wanted in shown:
            return Shown(native)
        if native is not None and not shown:
            reading = self.get(native, None)
            return Refusal(reading.reason if isinstance(reading, Unmapped) else "")
        way = self.relation.ways.get(wanted) if isinstance(wanted, str | None) else None
        if way is not None:
            stands_in = self.relation.nearest(wanted) if isinstance(wanted, str | None) else False
            name = self.names.get(way, way)
            return Shown(way, f"{self.kind} {value} is shown as {name!r}, the nearest here" if stands_in else "")
        if wanted is None and self.empty:
            return Shown(None)
        return Refusal(f"no {self.kind} here shows {value}")

    def _shown(self, native: Json) -> tuple[Json, ...]:
        if native is None:
            return (None,) if self.empty else ()
        return self.relation.shown.get(native, ()) if isinstance(native, str) else ()


def _plain(value: Json) -> Json:
    return None if value == Priority.NONE.value else value


def term_lens(field: Field, rules: Mapping[str, Sequence[str]], terms: Sequence[Term]) -> TermLens:
    """The lens of priorities or types over these terms."""
    empty = field is Field.PRIORITY
    plain = {
        name: tuple(None if empty and value == Priority.NONE.value else value for value in shown)
        for name, shown in rules.items()
    }
    return TermLens(field.value, relate(plain, terms), {term.id: term.name for term in terms}, empty)
