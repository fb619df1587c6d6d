"""The fields that pmsync keeps in step, and the values that they take in the shared schema."""

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias, TypeVar

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

V = TypeVar("V")

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""A value that survives a round trip through JSON. Native and schema values alike are of this type."""


class Field(str):
    """One synchronised field, known by its name: one of the standard ones, or a custom field (`custom:Team`).

    There is one instance for each name, so fields may be compared with `is`. Their schema values, as JSON:

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
    release      list[str], names of the releases that the item is meant for, in order, without doubles
    sprint       str, the name of the sprint that it is in; None
    time_spent   float, hours; None
    links        list[str], `blocks:<pmsync id>`, in order, without doubles; the word is a `LinkKind`
    custom:...   by its kind (`CustomKind`): text and select str or None, number float or None, date as `due`, checkbox
                 bool, multi list[str] of options, person list[str] of person ids
    """

    __slots__ = ("value",)

    value: str
    """The name as a plain text."""

    TITLE: ClassVar["Field"]
    DESCRIPTION: ClassVar["Field"]
    STATUS: ClassVar["Field"]
    PRIORITY: ClassVar["Field"]
    TYPE: ClassVar["Field"]
    ASSIGNEES: ClassVar["Field"]
    LABELS: ClassVar["Field"]
    START: ClassVar["Field"]
    DUE: ClassVar["Field"]
    ESTIMATE: ClassVar["Field"]
    PARENT: ClassVar["Field"]
    RELEASE: ClassVar["Field"]
    SPRINT: ClassVar["Field"]
    TIME_SPENT: ClassVar["Field"]
    LINKS: ClassVar["Field"]

    def __new__(cls, name: str) -> "Field":
        """The field of that name. Raises ValueError for what is no field's name."""
        found = _KNOWN.get(name)
        if found is not None:
            return found
        if not (name.startswith(_CUSTOM) and name[len(_CUSTOM) :].strip()):
            raise ValueError(f"{name!r} is no field")
        return _field(cls, name)

    @classmethod
    def custom(cls, name: str) -> "Field":
        """The custom field of that name in the shared schema."""
        return cls(_CUSTOM + name)

    @staticmethod
    def standard() -> "tuple[Field, ...]":
        """The fields that are no custom fields, in the order in which an item is told."""
        return _STANDARD

    @property
    def custom_name(self) -> str:
        """The name of a custom field in the shared schema; "" for a standard field."""
        return self.value[len(_CUSTOM) :] if self.value.startswith(_CUSTOM) else ""

    def __reduce__(self) -> tuple[type["Field"], tuple[str]]:
        return Field, (self.value,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        # Pydantic asks for it, and so is there; `pmsync --help`, which has to say what roles there are, needs none.
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(
            cls, core_schema.str_schema(), serialization=core_schema.to_string_ser_schema()
        )


_CUSTOM: Final = "custom:"

_KNOWN: Final[dict[str, Field]] = {}
"""Every field that there has been so far, by its name."""


def _field(kind: type[Field], name: str) -> Field:
    made = str.__new__(kind, name)
    made.value = str(name)
    return _KNOWN.setdefault(made.value, made)


Field.TITLE = _field(Field, "title")
Field.DESCRIPTION = _field(Field, "description")
Field.STATUS = _field(Field, "status")
Field.PRIORITY = _field(Field, "priority")
Field.TYPE = _field(Field, "type")
Field.ASSIGNEES = _field(Field, "assignees")
Field.LABELS = _field(Field, "labels")
Field.START = _field(Field, "start")
Field.DUE = _field(Field, "due")
Field.ESTIMATE = _field(Field, "estimate")
Field.PARENT = _field(Field, "parent")
Field.RELEASE = _field(Field, "release")
Field.SPRINT = _field(Field, "sprint")
Field.TIME_SPENT = _field(Field, "time_spent")
Field.LINKS = _field(Field, "links")

_STANDARD: Final = tuple(_KNOWN.values())


def by_field(values: Mapping[str, V]) -> dict[Field, V]:
    """The same values by field, for what was stored by name. Raises ValueError where a name is no field's."""
    try:
        return {_KNOWN[name]: value for name, value in values.items()}
    except KeyError:
        return {Field(name): value for name, value in values.items()}


def in_order(names: Set[Field]) -> list[Field]:
    """These fields in the order in which an item is told: the standard ones, then custom fields by name."""
    found = [name for name in _STANDARD if name in names]
    return found if len(found) == len(names) else [*found, *sorted(names - set(found))]


SET_FIELDS: Final = frozenset({Field.ASSIGNEES, Field.LABELS, Field.RELEASE, Field.LINKS})
"""The standard fields merged by what was added and removed, never by value. See `is_set`."""

TEXT_FIELDS: Final = frozenset({Field.DESCRIPTION})
"""Fields whose two edits may be merged as text."""


def is_set(name: Field, value: object) -> bool:
    """Whether a field is merged by what was added and removed, given a value of it: of custom fields those are whose
    values are lists."""
    return name in SET_FIELDS or (isinstance(value, list) and bool(name.custom_name))


class LinkKind(StrEnum):
    """How an item is linked to another one, seen from the item that has the link."""

    BLOCKS = "blocks"
    RELATES = "relates"
    DUPLICATES = "duplicates"


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
    Field.RELEASE: Role.PRODUCT,
    Field.SPRINT: Role.ENGINEERING,
    Field.TIME_SPENT: Role.ENGINEERING,
    Field.LINKS: Role.ENGINEERING,
}
"""Whose value stands when a conflict has to be settled and the config names no owner. Custom fields have none."""
