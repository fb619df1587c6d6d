"""Two vocabularies, one meaning: lenses between a tool's values and the shared schema, made from data. Pure."""

from pmsync.mapping.bind import Bound, bind, fingerprint
from pmsync.mapping.laws import Witness, broken
from pmsync.mapping.lens import Lens, Refusal, Shown, Unmapped
from pmsync.mapping.parse import Flaw, parse
from pmsync.mapping.people import Known, People, Roster, match
from pmsync.mapping.spec import Custom, EstimateUnit, Mapping, Other, Place, disagreements, union_statuses
from pmsync.mapping.values import Kinship

__all__ = [
    "Bound",
    "Custom",
    "EstimateUnit",
    "Flaw",
    "Kinship",
    "Known",
    "Lens",
    "Mapping",
    "Other",
    "People",
    "Place",
    "Refusal",
    "Roster",
    "Shown",
    "Unmapped",
    "Witness",
    "bind",
    "broken",
    "disagreements",
    "fingerprint",
    "match",
    "parse",
    "union_statuses",
]
