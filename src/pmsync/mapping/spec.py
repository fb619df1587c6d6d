"""What a mapping says: how one tool's words relate to the shared schema. Data, bound to no project yet."""

from collections import abc
from dataclasses import dataclass, field
from enum import StrEnum

from pmsync.model.fields import Field, Json, StatusCategory, in_order


class Other(StrEnum):
    """What a list, section or status is that the mapping does not name. Its items are left where they are."""

    COLLECTION = "collection"
    """A place of its own that says nothing of the status."""
    IGNORE = "ignore"
    """Nothing."""
    REPORT = "report"
    """Something to be told about: the mapping may lack it."""


class EstimateUnit(StrEnum):
    """What one unit of an estimate is."""

    POINTS = "points"
    HOURS = "hours"


class Checklists(StrEnum):
    """What the checklists of an item are."""

    IGNORE = "ignore"
    """The item's own business."""
    ITEMS = "items"
    """Each of their lines is an item, whose parent it is."""
    DESCRIPTION = "description"
    """Task lists at the end of its description."""


class Subtasks(StrEnum):
    """What the subtasks of an item are, where a tool has them beside its own list."""

    IGNORE = "ignore"
    ITEMS = "items"


@dataclass(frozen=True, slots=True)
class Place:
    """What one native status shows.

    It is read as the first of `shows`. For the others it stands in: it shows them too, unless another place of the
    same project shows them as its own. `category` is that of the first.
    """

    shows: tuple[str, ...]
    category: StatusCategory
    completed: bool = False
    """Whether the items in it are ticked as completed, in tools that have such a tick beside the place."""


@dataclass(frozen=True, slots=True)
class Custom:
    """What one of the tool's custom fields shows."""

    shows: Field
    create: bool = False
    """Whether an option that the tool lacks is made there."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """One kind of tool, one way of working. Keys are the tool's names; their order is the order of preference."""

    connector: str
    statuses: abc.Mapping[str, Place] = field(default_factory=dict)
    completed: str | None = None
    """The schema status that an item ticked as completed reads as, wherever it is."""
    other: Other = Other.REPORT
    priorities: abc.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    types: abc.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    create_labels: bool = True
    """Whether a label that the tool lacks is made there."""
    estimate: EstimateUnit = EstimateUnit.POINTS
    custom: abc.Mapping[str, Custom] = field(default_factory=dict)
    """The tool's custom fields that are kept in step, by the tool's names."""
    nested: bool = False
    """Whether what is nested in the tool's items (checklists, subtasks) is items too."""
    in_text: bool = False
    """Whether the checklists of the tool's items are shown in their descriptions."""
    defaults: abc.Mapping[str, Json] = field(default_factory=dict)
    """What the tool requires on create or on a transition, by the tool's names."""

    def category(self, status: str) -> StatusCategory | None:
        """The category of a schema status: as the place that is read as it says, else as a place that stands in."""
        for place in self.statuses.values():
            if place.shows[0] == status:
                return place.category
        for place in self.statuses.values():
            if status in place.shows:
                return place.category
        return None


def union_statuses(mappings: abc.Iterable[Mapping]) -> dict[str, StatusCategory]:
    """The statuses that items have where these mappings meet, by category and then as listed.

    A status takes the category of the first mapping that reads a place as it; one that is only ever stood in for takes
    the category of the place that does.
    """
    listed = list(mappings)
    own: dict[str, StatusCategory] = {}
    lent: dict[str, StatusCategory] = {}
    for mapping in listed:
        for place in mapping.statuses.values():
            own.setdefault(place.shows[0], place.category)
            for status in place.shows[1:]:
                lent.setdefault(status, place.category)
    found = own | {status: category for status, category in lent.items() if status not in own}
    order = list(StatusCategory)
    return dict(sorted(found.items(), key=lambda pair: order.index(pair[1])))


def shown_fields(mappings: abc.Iterable[Mapping]) -> list[Field]:
    """The fields that items can have where these mappings meet."""
    custom = {said.shows for mapping in mappings for said in mapping.custom.values()}
    return in_order(custom.union(Field.standard()))


def disagreements(mappings: abc.Mapping[str, Mapping]) -> tuple[str, ...]:
    """What mappings that are to meet, by name, cannot both mean; a sentence each."""
    found: list[str] = []
    spelled: dict[str, tuple[str, str]] = {}
    for name, mapping in mappings.items():
        for status in dict.fromkeys(status for place in mapping.statuses.values() for status in place.shows):
            first, spelling = spelled.setdefault(fold(status), (name, status))
            if spelling != status:
                found.append(f"status {status!r} of {name} is spelled {spelling!r} in {first}")
    called: dict[str, tuple[str, Field]] = {}
    for name, mapping in mappings.items():
        for shown in [said.shows for said in mapping.custom.values()]:
            first, known = called.setdefault(fold(shown), (name, shown))
            if known is not shown:
                found.append(
                    f"custom field {shown.custom_name!r} of {name} is spelled {known.custom_name!r} in {first}"
                )
    units = {mapping.estimate: name for name, mapping in mappings.items()}
    if len(units) > 1:
        said = " and ".join(f"{unit.value} in {name}" for unit, name in units.items())
        found.append(f"estimates are in {said}: they cannot be exchanged")
    return tuple(found)


def fold(name: str) -> str:
    """The form in which two spellings of one name are equal: without regard to case and to the width of blanks."""
    return " ".join(name.split()).casefold()
