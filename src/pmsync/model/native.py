"""A replica as its tool shows it: neutral in structure, the tool's own in every value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pmsync.model.fields import Field, Json
from pmsync.model.part import mark_in


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a replica is. `id` is its identity and never changes; `key` and `url` are for people and may."""

    id: str
    key: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Marker:
    """What lets a create be recognised after a crash: the item, and the URL of the twin that it copies."""

    item: str
    twin: str = ""

    def link(self) -> str:
        """The marker as a URL, for tools whose only room for one is a link or a line of text."""
        return f"{self.twin}#pmsync={self.item}"

    @classmethod
    def from_link(cls, text: str) -> "Marker | None":
        """Read a marker back from what `link` wrote; None for any other text, and for the mark of a comment or file."""
        twin, hash_, item = text.strip().rpartition("#pmsync=")
        return cls(item, twin) if hash_ and item and " " not in item and mark_in(text.strip()) is None else None


@dataclass(frozen=True, slots=True)
class Native:
    """One work item as its tool shows it.

    `fields` holds the fields that this tool, in this project, has: an absent key means that it has no such field,
    which is never a deletion. Each connector brings values to one canonical form, so that two natives show the
    same thing exactly when their values are equal. The values:

    title        str
    description  the tool's own document: a Markdown string (Trello), an ADF document (Jira), XML (Asana);
                 never with pmsync's marker in it
    status       {"place": id of the status, list or section}; with "completed": bool where the tool has that flag;
                 that flag alone for what is in no place and is only ticked off (the lines of checklists)
    priority, type   id of a term of the vocabulary, or None
    assignees    list of member ids, in the tool's order
    labels       list of label names, without doubles, sorted; unnamed labels are not in it
    start, due   date `2026-05-11` or UTC instant `2026-05-11T15:00:00.000Z`, or None
    estimate     float or None
    parent       id of the parent in this tool, or None
    release      list of names, without doubles, sorted
    sprint       its name, or None
    time_spent   float, hours, or None
    links        list of `blocks:<id in this tool>`, without doubles, sorted: each link at the item from which it leads
    custom:...   the fields that `Opening.custom` asks for, as their `CustomKind` says
    """

    ref: Ref
    fields: Mapping[Field, Json]
    created_at: datetime
    updated_at: datetime
    creator: str | None = None
    marker: Marker | None = None
    archived: bool = False
    admitted: bool = True
    """Whether it passes the connection's filter (project, board, `jql`). A linked item that stops to is unlinked."""
    links: tuple[str, ...] = field(default=())
    """URLs that the item carries beside its description (attachments), for recognising a twin named by hand."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be created: native values, and the marker that must go in with the same call where possible."""

    fields: Mapping[Field, Json]
    marker: Marker


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one field, from the tool's own history. `before` and `after` are native values of the field.

    For sets the event carries the whole set where the tool's history does; where the history tells only of one member
    added or removed, `before` and `after` hold the lists `[]`/`[x]`.
    """

    at: datetime
    actor: str | None
    field: Field
    before: Json
    after: Json
