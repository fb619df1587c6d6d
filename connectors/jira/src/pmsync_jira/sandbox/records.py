"""What the emulated site keeps: issues, and what hangs on them."""

from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Text = dict[str, Any] | str | None
"""Formatted text: a document as v3 takes it, or markup as v2 takes it, kept as it was sent."""


INTERNAL = "sd.public.comment"
"""The property of a comment by which a service desk tells the team's notes from what customers read."""


@dataclass(frozen=True, slots=True)
class Change:
    """One item of a changelog entry. `name` is what history calls the field; `id` is empty where it has none."""

    name: str
    id: str
    custom: bool
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an issue's changelog."""

    id: int
    author: str
    created: datetime
    changes: tuple[Change, ...]
    metadata: dict[str, Any] | None = None


@dataclass(slots=True)
class Comment:
    """A comment. `author` and `editor` are account names."""

    id: int
    author: str
    body: Text
    created: datetime
    updated: datetime
    editor: str
    properties: list[dict[str, Any]] = field(default_factory=list)
    visibility: dict[str, Any] | None = None

    @property
    def internal(self) -> bool:
        """Whether customers of a service desk do not see it: a property of the comment says so."""
        return any(
            entry["key"] == INTERNAL and isinstance(entry["value"], dict) and entry["value"].get("internal") is True
            for entry in self.properties
        )


@dataclass(slots=True)
class Worklog:
    """Time that somebody logged."""

    id: int
    author: str
    comment: Text
    seconds: int
    started: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file."""

    id: int
    issue: int
    author: str
    filename: str
    mime: str
    content: bytes
    created: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two issues. It leads from `inward`, which blocks `outward`, say; the names are the API's."""

    id: int
    type: str
    inward: int
    outward: int


@dataclass(frozen=True, slots=True)
class Version:
    """A release of the project."""

    id: int
    name: str
    archived: bool = False
    released: bool = False


@dataclass(frozen=True, slots=True)
class Sprint:
    """A sprint; its state is `future`, `active` or `closed`."""

    id: int
    name: str
    state: str = "active"


@dataclass(frozen=True, slots=True)
class Hook:
    """A registered webhook. `owner` is the administrator who did it; `changed` is in milliseconds."""

    id: int
    owner: str
    name: str = ""
    url: str = ""
    events: list[str] = field(default_factory=list)
    filter: str = ""
    exclude_body: bool = False
    secret: str = ""
    enabled: bool = True
    changed: int = 0


@dataclass(slots=True)
class Issue:
    """An issue. People are account names; other references are ids."""

    id: int
    key: str
    type: str
    status: str
    summary: str
    creator: str
    reporter: str | None
    created: datetime
    updated: datetime
    status_since: datetime
    description: Text = None
    priority: str = "3"
    labels: tuple[str, ...] = ()
    assignee: str | None = None
    due: str | None = None
    start: str | None = None
    points: float | None = None
    parent: int | None = None
    resolution: str | None = None
    resolved: datetime | None = None
    estimate: int | None = None
    remaining: int | None = None
    archived: datetime | None = None
    archiver: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    attachments: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    versions: tuple[int, ...] = ()
    """The releases that it is meant for."""
    sprints: tuple[int, ...] = ()
    custom: dict[str, Any] = field(default_factory=dict)
    """Values of custom fields, by their ids."""
    remote_links: dict[int, dict[str, Any]] = field(default_factory=dict)
    history: list[Entry] = field(default_factory=list)

    def snapshot(self) -> "Issue":
        """The issue as it is now, untouched by later changes."""
        other = copy(self)
        other.properties = dict(self.properties)
        other.custom = dict(self.custom)
        other.comments = [copy(comment) for comment in self.comments]
        other.worklogs = list(self.worklogs)
        other.attachments = list(self.attachments)
        other.links = list(self.links)
        other.remote_links = dict(self.remote_links)
        other.history = list(self.history)
        return other


def stamp(moment: datetime) -> str:
    """A moment as Jira writes it: milliseconds, and an offset without a colon."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def millis(moment: datetime) -> int:
    """A moment in milliseconds since the epoch."""
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
