"""The fields that pmsync keeps in step, and the values that they take in the shared schema."""

from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""A value that survives a round trip through JSON. Native and schema values alike are of this type."""


class Field(StrEnum):
    """One synchronised field. Its schema value, as JSON:

    title        str, one line
    description  str, Markdown in the canonical form of `pmsync.text`
    status       str, the name of a status of the mapping
    priority     str, a `Priority`, or None where the item has none
    type         str, an `ItemType`
    assignees    list[str], person ids, in order, without doubles
    labels       list[str], in order, without doubles
    start, due   str, a date `2026-05-11` or an instant in UTC `2026-05-11T15:00:00.000Z`; None
    estimate     float, in the unit of the mapping (story points, unless it says hours); None
    parent       str, the pmsync id of the parent item; None
    """

    TITLE = "title"
    DESCRIPTION = "description"
    STATUS = "status"
    PRIORITY = "priority"
    TYPE = "type"
    ASSIGNEES = "assignees"
    LABELS = "labels"
    START = "start"
    DUE = "due"
    ESTIMATE = "estimate"
    PARENT = "parent"


SET_FIELDS = frozenset({Field.ASSIGNEES, Field.LABELS})
"""Fields merged by what was added and removed, never by value."""

TEXT_FIELDS = frozenset({Field.DESCRIPTION})
"""Fields whose two edits may be merged as text."""


class StatusCategory(StrEnum):
    """What a status means, whatever it is called."""

    BACKLOG = "BACKLOG"
    TODO = "TODO"
    IN_PROGRESS = "IN_PROGRESS"
    ON_HOLD = "ON_HOLD"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class Priority(StrEnum):
    """How urgent an item is, most urgent first."""

    URGENT = "URGENT"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    NONE = "NONE"


class ItemType(StrEnum):
    """What kind of work an item is, largest first."""

    INITIATIVE = "INITIATIVE"
    EPIC = "EPIC"
    STORY = "STORY"
    TASK = "TASK"
    BUG = "BUG"
    SUBTASK = "SUBTASK"


class Role(StrEnum):
    """What a member of a sync is for; gives each field its default owner."""

    PRODUCT = "product"
    ENGINEERING = "engineering"
    DELIVERY = "delivery"


DEFAULT_OWNER = {
    Field.TITLE: Role.PRODUCT,
    Field.DESCRIPTION: Role.PRODUCT,
    Field.PRIORITY: Role.PRODUCT,
    Field.DUE: Role.PRODUCT,
    Field.LABELS: Role.PRODUCT,
    Field.TYPE: Role.ENGINEERING,
    Field.STATUS: Role.ENGINEERING,
    Field.ASSIGNEES: Role.ENGINEERING,
    Field.ESTIMATE: Role.ENGINEERING,
    Field.START: Role.ENGINEERING,
    Field.PARENT: Role.ENGINEERING,
}
"""Whose value stands when a conflict has to be settled and the config names no owner."""
