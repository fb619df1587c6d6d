"""A request and its answer, freed from HTTP: what the handlers take and give, alone or within a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pmsync_asana.sandbox.problems import bad
from pmsync_asana.sandbox.records import User


@dataclass(slots=True)
class Upload:
    """A file of a multipart form."""

    name: str
    content: bytes


@dataclass(slots=True)
class Call:
    """One call. `path` is without the base; `gids` are what its variable parts hold; `fields` is `opt_fields`."""

    method: str
    path: str
    user: User
    query: Mapping[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    gids: Mapping[str, str] = field(default_factory=dict)
    file: Upload | None = None
    base: str = ""
    """The address that `next_page.uri` begins with."""

    def gid(self) -> str:
        """The only variable part of the path, or its first."""
        return next(iter(self.gids.values()))

    def flag(self, name: str) -> bool | None:
        """A boolean of the query, in any case (the vendor's client sends `True`); None if it is not there."""
        text = self.query.get(name)
        if text is None:
            return None
        if text.lower() in ("true", "1", ""):
            return True
        if text.lower() in ("false", "0"):
            return False
        raise bad(f"{name}: Not a boolean: {text}")


class Shape(Enum):
    """How much of a record an answer shows where the caller did not say."""

    FULL = "full"
    COMPACT = "compact"
    RAW = "raw"


@dataclass(slots=True)
class Answer:
    """What a handler answers. `extra` goes beside `data`; RAW data are JSON as they stand."""

    data: Any
    shape: Shape = Shape.FULL
    status: int = 200
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def full(record: Any) -> Answer:
    """One record."""
    return Answer(record)


def created(record: Any, path: str) -> Answer:
    """A new record, and where it is."""
    return Answer(record, status=201, headers={"Location": f"/api/1.0/{path}/{record.gid}"})


def nothing() -> Answer:
    """Done, and nothing to say."""
    return Answer({}, Shape.RAW)
