"""Lenses for sets: the people that an item is assigned to, and its labels.

For sets `get` answers only what this tool shows, even where the item has more that the tool cannot hold: a set is
merged by what was added and removed, and what cannot be shown was not removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.mapping.people import Roster
from pmsync.model.fields import Json


@dataclass(frozen=True, slots=True)
class PeopleLens:
    """Assignees. Members that no person is known for are the tool's own business, and stay."""

    roster: Roster
    single: bool = False

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        people = self._people(_texts(native))
        wanted = [self.roster.canonical(person) for person in _texts(current)]
        return _list(wanted if set(wanted) == set(people) and len(wanted) == len(people) else people)

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        wanted = list(dict.fromkeys(self.roster.canonical(person) for person in _texts(value)))
        present = _texts(native)
        kept = [member for member in present if self._kept(member, wanted)]
        shown = set(self._people(kept))
        missing = [person for person in wanted if person not in shown]
        known = [person for person in missing if self.roster.assignable(person) is not None]
        added = [member for person in known if (member := self.roster.assignable(person)) is not None]
        members = (kept or added)[:1] if self.single else kept + added
        note = self._note([person for person in missing if person not in known], wanted, members)
        return Shown(native if members == present and isinstance(native, list) else _list(members), note)

    def _kept(self, member: str, wanted: Sequence[str]) -> bool:
        person = self.roster.person(member)
        return person is None or person in wanted

    def _people(self, members: Sequence[str]) -> list[str]:
        found = [person for member in members if (person := self.roster.person(member)) is not None]
        return list(dict.fromkeys(found))

    def _note(self, unknown: Sequence[str], wanted: Sequence[str], members: Sequence[str]) -> str:
        if self.single:
            shown = self._people(members)
            left = [person for person in wanted if person not in shown]
            said = "holds one assignee only"
            if members and len(left) > len(unknown):
                return f"not shown as assigned: {self._names(left)}; the tool {said}"
        return f"not assigned, for they cannot be here: {self._names(unknown)}" if unknown else ""

    def _names(self, people: Sequence[str]) -> str:
        return ", ".join(self.roster.name(person) for person in people)


@dataclass(frozen=True, slots=True)
class LabelsLens:
    """Labels by name. Names that differ in case alone are different labels, as they are in every one of the tools."""

    limit: int
    forbidden: str = ""
    known: frozenset[str] | None = None
    """The only labels that there can be; None where any text may become one."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        labels = list(dict.fromkeys(_texts(native)))
        wanted = _texts(current)
        return _list(wanted if set(wanted) == set(labels) and len(wanted) == len(labels) else labels)

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`. What the tool shows already it can evidently hold."""
        present = _texts(native)
        wanted = set(_texts(value))
        reasons = {label: self._reason(label) for label in wanted if label not in present}
        shown = sorted(label for label in wanted if not reasons.get(label))
        told = sorted(f"{label!r} ({reason})" for label, reason in reasons.items() if reason)
        note = f"labels not shown: {', '.join(told)}" if told else ""
        same = set(shown) == set(present) and isinstance(native, list)
        return Shown(native if same else _list(shown), note)

    def _reason(self, label: str) -> str:
        """Why the tool cannot hold the label; empty if it can."""
        if not label.strip():
            return "empty"
        if len(label) > self.limit:
            return f"longer than {self.limit} characters"
        if any(character in self.forbidden for character in label):
            return "has a character that labels here cannot have"
        if self.known is not None and label not in self.known:
            return "not among the labels here, and the mapping creates none"
        return ""


def _texts(value: Json) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _list(values: Sequence[str]) -> Json:
    return [*values]
