"""A mapping bound to one connection: its lenses, ready for use, and what is amiss between its words and the tool's."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pmsync.mapping.choices import NamesLens, Options
from pmsync.mapping.customs import Family, Own, custom_findings, custom_lens, families, fits, own_fields
from pmsync.mapping.dates import DateLens
from pmsync.mapping.descriptions import DescriptionLens
from pmsync.mapping.laws import Witness, bound_break
from pmsync.mapping.lens import Lens
from pmsync.mapping.links import LinksLens
from pmsync.mapping.people import Known, Roster
from pmsync.mapping.relation import Relation
from pmsync.mapping.sets import LabelsLens, PeopleLens
from pmsync.mapping.spec import Mapping as Spec
from pmsync.mapping.spec import Other
from pmsync.mapping.status import StatusLens, status_lens
from pmsync.mapping.terms import TermLens, term_lens
from pmsync.mapping.titles import TitleLens
from pmsync.mapping.values import Kinship, NumberLens, ParentLens, TextLens
from pmsync.model.capabilities import Capabilities
from pmsync.model.fields import Field, Json, Priority, StatusCategory
from pmsync.model.finding import Finding
from pmsync.model.native import Native
from pmsync.model.vocabulary import CustomKind, Term, Vocabulary
from pmsync.text.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Bound:
    """What a connection shows, in the words of the shared schema."""

    spec: Spec
    lenses: Mapping[Field, Lens]
    """For the fields that the connection's project has and the mapping speaks of."""
    status: StatusLens
    vocabulary: Vocabulary
    roster: Roster
    labels: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[Field, Own] = field(default_factory=dict)
    """The custom fields that show something here."""
    families: Mapping[Field, Family] = field(default_factory=dict)
    """What each of them is where the members of the sync meet."""
    read_only: frozenset[Field] = frozenset()
    """The fields that have a lens and cannot be written here."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is amiss between the mapping's words and the tool's. Found out anew each time: passes do not ask."""
        spec, vocabulary = self.spec, self.vocabulary
        priority = term_lens(Field.PRIORITY, spec.priorities, vocabulary.priorities)
        type_ = term_lens(Field.TYPE, spec.types, vocabulary.types)
        broken = _law_findings(bound_break(self.status, priority, type_))
        custom = custom_findings(spec, vocabulary, self.custom, self.families)
        return (*broken, *_findings(spec, vocabulary, self.status, priority, type_), *custom)

    def among(self, kinship: Kinship) -> "Bound":
        """The same, with the parents and the links that are known there."""
        lenses: dict[Field, Lens] = {}
        if Field.PARENT in self.lenses:
            lenses[Field.PARENT] = ParentLens(kinship)
        links = self.lenses.get(Field.LINKS)
        if isinstance(links, LinksLens):
            lenses[Field.LINKS] = replace(links, kinship=kinship)
        return replace(self, lenses={**self.lenses, **lenses}) if lenses else self

    def without(self, names: frozenset[Field]) -> "Bound":
        """The same, without these fields."""
        if not names:
            return self
        return replace(self, lenses={name: lens for name, lens in self.lenses.items() if name not in names})

    def status_category(self, status: str) -> StatusCategory | None:
        """What a schema status means."""
        return self.status.categories.get(status)

    def place_for(self, status: str) -> str:
        """The name of the place that a status is shown in here, `Done, ticked`; empty if it cannot be shown."""
        return self.native_name(Field.STATUS, self.status.native_for(status))

    def native_name(self, name: Field, native: Json) -> str:
        """A native value as a person of that tool would say it."""
        match name:
            case Field.STATUS:
                return self.status.name(native)
            case Field.PRIORITY | Field.TYPE:
                lens = self.lenses.get(name)
                known = lens.names if isinstance(lens, TermLens) else {}
                return known.get(native, native) if isinstance(native, str) else ""
            case _:
                if isinstance(native, list):
                    return ", ".join(self._member(one) for one in native)
                if native is None or isinstance(native, str):
                    return native or ""
                return json.dumps(native, ensure_ascii=False)

    def unknown(self, native: Native) -> frozenset[str]:
        """The ids in an item that the vocabulary does not have: places, priorities, types and people made since."""
        found = {native_id for native_id in _ids(native) if native_id not in self.labels}
        return frozenset(found.union(*(_strange(one, native.fields.get(name)) for name, one in self.custom.items())))

    def _member(self, member: Json) -> str:
        return self.labels.get(str(member), str(member))


def bind(
    spec: Spec,
    vocabulary: Vocabulary,
    capabilities: Capabilities,
    dialect: Dialect,
    people: Roster,
    zone: ZoneInfo,
    kinship: Kinship,
    statuses: Mapping[str, StatusCategory] | None = None,
    meant: Mapping[Field, Family] | None = None,
) -> Bound:
    """Bind a mapping that keeps the laws to what a connection has.

    `people` are those of this connection (`People.on`); `statuses` all that items can have (`union_statuses`), if more
    than this mapping's own; `meant` what custom fields are where it meets others (`families`).
    """
    status = status_lens(spec, vocabulary.statuses, vocabulary.completed, dict(statuses or {}))
    lenses = _standard(spec, vocabulary, capabilities, dialect, people, zone, kinship) | {Field.STATUS: status}
    unsaid = {
        name
        for name, rules in ((Field.STATUS, spec.statuses), (Field.PRIORITY, spec.priorities), (Field.TYPE, spec.types))
        if not rules
    }
    own = own_fields(spec, vocabulary)
    meant = families([own]) if meant is None else meant
    standard = [name for name in Field.standard() if name in vocabulary.fields and name not in unsaid]
    shown = {name: lenses[name] for name in standard}
    for name, one in own.items():
        shown.pop(name, None)
        if fits(one.custom, meant[name]):
            shown[name] = custom_lens(one, meant[name], people, zone)
    fixed = {name for name, one in own.items() if not one.custom.writable}
    return Bound(
        spec=spec,
        lenses=shown,
        status=status,
        vocabulary=vocabulary,
        roster=people,
        labels=_labels(vocabulary),
        custom=own,
        families=meant,
        read_only=frozenset(capabilities.read_only.difference(own).union(fixed).intersection(shown)),
    )


def _standard(
    spec: Spec,
    vocabulary: Vocabulary,
    capabilities: Capabilities,
    dialect: Dialect,
    people: Roster,
    zone: ZoneInfo,
    kinship: Kinship,
) -> dict[Field, Lens]:
    """The lenses of all standard fields but the status, as tools have them by themselves."""
    known = None
    if capabilities.labels_need_creating and not spec.create_labels:
        known = frozenset(label.name for label in vocabulary.labels)
    return {
        Field.TITLE: TitleLens(capabilities.title_limit),
        Field.DESCRIPTION: DescriptionLens(dialect, capabilities.description_limit, people),
        Field.PRIORITY: term_lens(Field.PRIORITY, spec.priorities, vocabulary.priorities),
        Field.TYPE: term_lens(Field.TYPE, spec.types, vocabulary.types),
        Field.ASSIGNEES: PeopleLens(people, capabilities.single_assignee),
        Field.LABELS: LabelsLens(capabilities.label_limit, capabilities.label_forbidden, known),
        Field.START: DateLens(capabilities.start, zone),
        Field.DUE: DateLens(capabilities.due, zone),
        Field.ESTIMATE: NumberLens(),
        Field.PARENT: ParentLens(kinship),
        Field.RELEASE: NamesLens(Options(Field.RELEASE.value, any=True)),
        Field.SPRINT: TextLens(Field.SPRINT.value),
        Field.TIME_SPENT: NumberLens("a number of hours"),
        Field.LINKS: LinksLens(kinship, capabilities.links, people.connection),
    }


def fingerprint(spec: Spec, people: Known, zone: str) -> str:
    """A hash of all that decides how values are translated: where it changed, a plan has to be shown first.

    `people` is the config's own list. The order of names counts, since it is the order of preference.
    """
    said: dict[str, object] = {
        "connector": spec.connector,
        "statuses": [
            [name, list(place.shows), place.category.value, place.completed] for name, place in spec.statuses.items()
        ],
        "completed": spec.completed,
        "other": spec.other.value,
        "priorities": [[name, list(shown)] for name, shown in spec.priorities.items()],
        "types": [[name, list(shown)] for name, shown in spec.types.items()],
        "labels": spec.create_labels,
        "estimate": spec.estimate.value,
        "custom": [[name, said.shows, said.create] for name, said in sorted(spec.custom.items())],
        "people": sorted([person, sorted(handles.items())] for person, handles in people.items()),
        "zone": zone,
    }
    if spec.nested:
        said["nested"] = True
    if spec.in_text:
        said["in_text"] = True
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _ids(native: Native) -> Iterator[str]:
    for name in (Field.PRIORITY, Field.TYPE):
        value = native.fields.get(name)
        if isinstance(value, str):
            yield value
    status = native.fields.get(Field.STATUS)
    if isinstance(status, dict) and isinstance(status.get("place"), str):
        yield str(status["place"])
    members = native.fields.get(Field.ASSIGNEES)
    if isinstance(members, list):
        yield from (str(member) for member in members)


def _strange(own: Own, value: Json) -> Iterator[str]:
    """Names in a value that the field's options do not have, in a form that has no blanks."""
    known = {option.name for option in own.custom.options}
    if own.custom.kind in (CustomKind.SELECT, CustomKind.MULTI) and known and not own.custom.free:
        named = value if isinstance(value, list) else [value]
        yield from (quote(f"{own.custom.id}={one}") for one in named if isinstance(one, str) and one not in known)


def _labels(vocabulary: Vocabulary) -> dict[str, str]:
    """What each id is called."""
    terms = (*vocabulary.statuses, *vocabulary.priorities, *vocabulary.types)
    return {term.id: term.name for term in terms} | {member.id: member.name for member in vocabulary.members}


def _law_findings(witness: Witness | None) -> Iterator[Finding]:
    if witness is not None:
        message = f"the mapping breaks a law here ({witness.law}): {witness.message}"
        yield Finding("error", message, "give the places of the tool names that differ in more than their case")


def _findings(
    spec: Spec, vocabulary: Vocabulary, status: StatusLens, priority: TermLens, type_: TermLens
) -> Iterator[Finding]:
    if Field.STATUS in vocabulary.fields:
        yield from _status_findings(spec, vocabulary, status)
    priorities = [value.value for value in Priority if value is not Priority.NONE]
    if Field.PRIORITY in vocabulary.fields:
        yield from _term_findings("priority", priority.relation, vocabulary.priorities, priorities)
    if Field.TYPE in vocabulary.fields:
        yield from _term_findings("type", type_.relation, vocabulary.types, ())
    for name, count in Counter(label.name for label in vocabulary.labels).items():
        if name and count > 1:
            remedy = "give them different names, or delete all but one"
            yield Finding("warning", f"{count} labels are called {name!r}: the first is used", remedy)


def _status_findings(spec: Spec, vocabulary: Vocabulary, status: StatusLens) -> Iterator[Finding]:
    if not spec.statuses:
        yield Finding("warning", "the mapping names no status: statuses stay as they are", "add `statuses:`")
        return
    for value in status.categories:
        if status.native_for(value) is None:
            message = f"status {value!r} cannot be shown: no place here is mapped to it"
            yield Finding("error", message, f"add {value!r} to the list of the place that comes nearest to it")
        elif status.relation.nearest(value):
            yield Finding(
                "info", f"status {value!r} is shown as {status.name(status.native_for(value))!r}, the nearest"
            )
    severity = {Other.REPORT: "warning", Other.COLLECTION: "info", Other.IGNORE: ""}[spec.other]
    for place in status.relation.unmapped:
        if severity:
            message = f"{place.name!r} is not in the mapping: the items in it stay there, and have no status"
            yield Finding(severity, message, f"add {place.name!r} under `statuses:`")
    yield from _lacking("statuses", status.relation)
    yield from _twins("places", vocabulary.statuses)


def _term_findings(
    kind: str, relation: Relation[str | None], terms: Sequence[Term], wanted: Sequence[str]
) -> Iterator[Finding]:
    if not relation.rules:
        yield Finding("info", f"no {kind} of the tool is in the mapping: the field is left alone")
        return
    for term in relation.unmapped:
        message = f"{kind} {term.name!r} is not in the mapping: it is left as it is"
        yield Finding("warning", message, f"add {term.name!r} to the mapping")
    for value in wanted:
        if value not in relation.ways:
            message = f"{kind} {value} cannot be shown here"
            yield Finding("warning", message, f"add {value} to the list of the {kind} that comes nearest to it")
    yield from _lacking(f"{kind} names", relation)


def _lacking(kind: str, relation: Relation[str] | Relation[str | None]) -> Iterator[Finding]:
    if relation.unbound:
        names = ", ".join(repr(name) for name in relation.unbound)
        yield Finding("info", f"{kind} of the mapping that the tool does not have: {names}")


def _twins(kind: str, terms: Sequence[Term]) -> Iterator[Finding]:
    for name, count in Counter(term.name for term in terms if term.open).items():
        if count > 1:
            message = f"{count} {kind} are called {name!r}: all are read alike, the first is written"
            yield Finding("info", message)
