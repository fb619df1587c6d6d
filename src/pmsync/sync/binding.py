"""Every member's mapping related to its names, once for as long as nothing of either changes: most passes find both as
the pass before in the same process left them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from pmsync.mapping.bind import Bound, bind
from pmsync.mapping.customs import families, own_fields
from pmsync.mapping.people import Known, People, match
from pmsync.mapping.spec import Mapping as Spec
from pmsync.mapping.spec import union_statuses
from pmsync.mapping.values import Kinship
from pmsync.model.capabilities import Capabilities
from pmsync.model.fields import Json
from pmsync.model.vocabulary import Vocabulary
from pmsync.text.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Tongue:
    """How one member speaks."""

    mapping: Spec
    vocabulary: Vocabulary
    capabilities: Capabilities
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Binding:
    """Who is who, and what each member shows; but for parents, which are other items."""

    people: People
    bounds: Mapping[str, Bound]


@dataclass(frozen=True, slots=True)
class _Terms:
    """All that a binding depends on. Two dialects of one kind do the same."""

    people: Known
    zone: ZoneInfo
    mappings: Sequence[Spec]
    tongues: Mapping[str, tuple[Spec, Vocabulary, Capabilities, type[Dialect]]]


_NO_KIN: Final = Kinship(lambda native: None, lambda item: None)

_last: Final[dict[str, tuple[_Terms, Binding]]] = {}
"""By sync: the binding that was made last, and what it was made from."""

_read: Final[dict[str, tuple[Json, Vocabulary]]] = {}
"""By connection: the names that were read from the state last, as JSON and as a vocabulary."""


def vocabulary_from(connection: str, kept: Json) -> Vocabulary:
    """The vocabulary that the state keeps; the very same one if it is as it was the last time."""
    last = _read.get(connection)
    if last is None or last[0] != kept:
        last = _read[connection] = (kept, Vocabulary.model_validate(kept))
    return last[1]


def binding_of(
    sync: str, people: Known, zone: ZoneInfo, mappings: Sequence[Spec], tongues: Mapping[str, Tongue]
) -> Binding:
    """Relate mappings, names and people. `mappings` are those of all members, known to speak yet or not."""
    said = {name: (one.mapping, one.vocabulary, one.capabilities, type(one.dialect)) for name, one in tongues.items()}
    terms = _Terms(people, zone, mappings, said)
    last = _last.get(sync)
    if last is None or last[0] != terms:
        last = _last[sync] = (terms, _bind(people, zone, mappings, tongues))
    return last[1]


def _bind(people: Known, zone: ZoneInfo, mappings: Sequence[Spec], tongues: Mapping[str, Tongue]) -> Binding:
    known = match(people, {name: one.vocabulary.members for name, one in tongues.items()})
    statuses = union_statuses(mappings)
    meant = families(own_fields(one.mapping, one.vocabulary) for one in tongues.values())
    return Binding(
        known,
        {
            name: bind(
                one.mapping,
                one.vocabulary,
                one.capabilities,
                one.dialect,
                known.on(name),
                zone,
                _NO_KIN,
                statuses,
                meant,
            )
            for name, one in tongues.items()
        },
    )
