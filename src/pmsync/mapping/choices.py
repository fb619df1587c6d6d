"""Lenses for what a custom field holds by name: one of its options, or a set of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.mapping.spec import fold
from pmsync.mapping.titles import one_line
from pmsync.model.fields import Json
from pmsync.model.vocabulary import CustomField


@dataclass(frozen=True, slots=True)
class Options:
    """The names that a field takes. Two spellings that differ in case or in the width of blanks are one name."""

    what: str
    """What the field is called, for people."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The tool's own spelling of each name that can be written, by its folded form."""
    any: bool = False
    """Whether other names may be written too: they are made, or need no making."""
    limit: int | None = None
    """How many characters a name has at the most."""

    def spelled(self, name: str) -> str | None:
        """The name as the tool would show it; None where it cannot."""
        known = self.names.get(fold(name))
        if known is not None:
            return known
        line = one_line(name)
        return line if self.any and line and (self.limit is None or len(line) <= self.limit) else None

    def lacks(self, name: str) -> str:
        """Why a name cannot be shown, and what to do about it."""
        if self.any:
            return f"{self.what} has no room for {one_line(name)!r}"
        return (
            f"{self.what} has no option {one_line(name)!r}: add it in the tool, or let the mapping have it made "
            "(`options: {create: true}`)"
        )


def options_of(custom: CustomField, *, create: bool, free: bool = False) -> Options:
    """The options of a field, open ones alone; of two that are spelled alike the first is written."""
    names: dict[str, str] = {}
    for term in custom.options:
        if term.open:
            names.setdefault(fold(term.name), term.name)
    return Options(custom.name, names, create or custom.free or free, custom.limit)


def lacking(telling: Iterable[Options], taking: Options) -> list[str]:
    """The names that some of these fields have and that cannot be shown in another, as they are spelled there."""
    names: dict[str, str] = {}
    for options in telling:
        for folded, name in options.names.items():
            names.setdefault(folded, name)
    return [name for name in names.values() if taking.spelled(name) is None]


@dataclass(frozen=True, slots=True)
class SelectLens:
    """One option by its name, or None. An option that is spelled otherwise elsewhere is the same option."""

    options: Options

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        if _blank(native):
            return current if _blank(current) else None
        if not isinstance(native, str):
            return Unmapped(f"{native!r} is not an option of {self.options.what}")
        return current if isinstance(current, str) and fold(current) == fold(native) else native

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        if _blank(value):
            return Shown(native if _blank(native) else None)
        if not isinstance(value, str):
            return Refusal(f"{value!r} is not an option of {self.options.what}")
        if isinstance(native, str) and fold(native) == fold(value):
            return Shown(native)
        name = self.options.spelled(value)
        return Refusal(self.options.lacks(value)) if name is None else Shown(name)


@dataclass(frozen=True, slots=True)
class NamesLens:
    """A set of names: a list, or, where `single`, one name or None.

    `get` answers only what this tool shows, as `current` spells it: see `pmsync.mapping.sets`.
    """

    options: Options
    single: bool = False

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        present, known = _names(native), _names(current)
        if {fold(one) for one in present} == {fold(one) for one in known}:
            return [*known]
        spelled: dict[str, list[str]] = {}
        for one in known:
            spelled.setdefault(fold(one), []).append(one)
        read = [said for one in present for said in spelled.get(fold(one), [one])]
        return [*dict.fromkeys(read)]

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        present, wanted = _names(native), {fold(one): one for one in reversed(_names(value))}
        kept = [one for one in present if fold(one) in wanted]
        held = {fold(one) for one in kept}
        ways = {one: self.options.spelled(one) for key, one in wanted.items() if key not in held}
        added = sorted(name for name in ways.values() if name is not None)
        shown = (kept or added)[:1] if self.single else sorted([*kept, *added])
        note = self._note([one for one, name in ways.items() if name is None], shown, wanted)
        if sorted(present) == sorted(shown) and (self.single or isinstance(native, list)):
            return Shown(native, note)
        if self.single:
            return Shown(shown[0] if shown else None, note)
        return Shown([*shown], note)

    def _note(self, lacking: Sequence[str], shown: Sequence[str], wanted: Mapping[str, str]) -> str:
        if lacking:
            return "; ".join(self.options.lacks(one) for one in sorted(lacking))
        held = {fold(one) for one in shown}
        left = sorted(one for key, one in wanted.items() if key not in held)
        return f"not shown: {', '.join(left)}; {self.options.what} holds one only" if left else ""


def _blank(value: Json) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _names(value: Json) -> list[str]:
    """The names in a value; of one that is no list, itself."""
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, str) and not _blank(one)]
