"""The names a tool uses in one project: its statuses, priorities, types, people and labels."""

from pydantic import BaseModel, ConfigDict

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
    """The fields that items of this project really have."""
