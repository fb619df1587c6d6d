"""An item in the shared schema, as it is shown and exported: the superset of what the tools normalise to."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from pmsync.model.fields import Json, LinkKind, StatusCategory


class Status(BaseModel):
    """A status by its name in the mappings, and what it means."""

    model_config = ConfigDict(frozen=True)

    name: str
    category: StatusCategory | None = None


class Place(BaseModel):
    """One tool's replica of an item: where it is, and the tool's own words for the values that were mapped."""

    model_config = ConfigDict(frozen=True)

    connection: str
    id: str
    key: str = ""
    url: str = ""
    original_status: str = ""
    original_priority: str = ""
    original_type: str = ""
    updated_at: datetime | None = None
    missing: bool = False


class Link(BaseModel):
    """What an item does to another one, which is given by its pmsync id."""

    model_config = ConfigDict(frozen=True)

    kind: LinkKind
    item: str


class Item(BaseModel):
    """One work item. A value is None, or empty, where no tool has said anything of it.

    `start` and `due` are dates (`2026-05-11`) or instants in UTC (`2026-05-11T15:00:00.000Z`); `description` is
    Markdown; people are given by name; `parent` is a pmsync id; `time_spent` is in hours; `custom` has the custom
    fields by their names in the mappings.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    title: str = ""
    description: str = ""
    status: Status | None = None
    priority: str | None = None
    type: str | None = None
    assignees: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    start: str | None = None
    due: str | None = None
    estimate: float | None = None
    parent: str | None = None
    release: tuple[str, ...] = ()
    sprint: str | None = None
    time_spent: float | None = None
    links: tuple[Link, ...] = ()
    custom: dict[str, Any] = {}
    created_at: datetime | None = None
    updated_at: datetime | None = None
    comments: int = 0
    """How many there are, in all tools together, each counted once; what is not for everybody is not counted."""
    attachments: int = 0
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()

    def place(self, connection: str) -> Place | None:
        """Its replica in a connection."""
        return next((one for one in self.places if one.connection == connection), None)

    def row(self) -> dict[str, Json]:
        """All of it as JSON."""
        document: dict[str, Json] = self.model_dump(mode="json")
        return document
