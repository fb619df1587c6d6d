"""The names a tool uses in one project: its statuses, priorities, types, people, labels and custom fields."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, StatusCategory


class Term(BaseModel):
    """One name of a tool's. `id` is what native values hold; names need not be unique.

    `open` is false for what still exists but takes no new items (an archived list, a disabled option).
    `level` orders types by hierarchy where the tool does: a parent's is greater than its child's (Jira's
    hierarchyLevel: -1 subtask, 0 standard, 1 epic).
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    category: StatusCategory | None = None
    open: bool = True
    level: int | None = None


class Member(BaseModel):
    """A person as a tool knows them. `active` is false for someone who left, whom nothing can be assigned to."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    username: str = ""
    email: str = ""
    active: bool = True


class CustomKind(StrEnum):
    """What a custom field holds. Its native values, which hold names where the tool itself holds ids:

    text      str or None
    number    float or None
    date      as a native `due`, or None
    select    the name of an option, or None
    multi     list of names of options, without doubles, sorted
    person    list of member ids, in the tool's order
    checkbox  bool; what was never ticked is False
    """

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    SELECT = "select"
    MULTI = "multi"
    PERSON = "person"
    CHECKBOX = "checkbox"


class CustomField(BaseModel):
    """A field that the people of one project made for themselves, or that only this kind of tool has.

    An option's native value is its name: one that the tool lacks is written only where the mapping has the connector
    make it (`options: {create: true}`).
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    kind: CustomKind
    options: tuple[Term, ...] = ()
    """Of a select or a multi, in the tool's order."""
    free: bool = False
    """Whether any text is an option of it (Jira's labels)."""
    writable: bool = True
    shows: Field | None = None
    """The standard field that it is, whatever it is called and whether the mapping names it or not (Jira's fix versions
    are `release`)."""
    single: bool = False
    """Whether it holds one person only."""
    dates: DateKind = DateKind.DATE
    precision: int | None = None
    """How many digits behind the point a number has; None for any."""
    limit: int | None = None
    """How many characters a text has at the most."""
    lines: bool = False
    """Whether a text may have several lines."""


class Vocabulary(BaseModel):
    """All the names of one connection's project. Cached between passes, read again when an unknown id turns up."""

    model_config = ConfigDict(frozen=True)

    container: Term
    """The project or board itself."""
    url: str = ""
    statuses: tuple[Term, ...] = ()
    """In the tool's order: lists from left to right, the workflow's statuses, sections from the top."""
    completed: bool = False
    """Whether native statuses carry a "completed" flag of their own beside the place (Asana)."""
    priorities: tuple[Term, ...] = ()
    types: tuple[Term, ...] = ()
    labels: tuple[Term, ...] = ()
    """Empty where labels are free text (Jira)."""
    members: tuple[Member, ...] = ()
    fields: frozenset[Field] = frozenset()
    """The standard fields that items of this project really have."""
    custom: tuple[CustomField, ...] = ()
    """All its custom fields, whether the mapping names them or not: items have those that it names, and those that show
    a standard field in `fields`."""
