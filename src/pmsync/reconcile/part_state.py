"""What is known of the comments and attachments of an item: each where somebody made it, and its mirrors elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from pmsync.model.fields import Json
from pmsync.model.part import PartKind


class PartState(StrEnum):
    """What is known of a part's existence, where somebody made it."""

    LIVE = "live"
    MISSING = "missing"
    """Not in the whole list, once: nothing is proved yet."""
    GONE = "gone"


class MirrorState(StrEnum):
    """What is known of a part's mirror in another tool."""

    SHOWN = "shown"
    REMOVED = "removed"
    """Somebody took it away: it is not made again."""
    WITHDRAWN = "withdrawn"
    """We took it away: what it mirrors is gone, or not for everybody."""
    REFUSED = "refused"
    """The tool would not take it: not tried again until what it mirrors changes."""
    PAIRED = "paired"
    """Somebody made it there too, with the same text: theirs, and never written."""
    KEPT = "kept"
    """An undo made it again though what it mirrors is gone: it stays, unless that shows again."""


STANDING: Final = frozenset({MirrorState.SHOWN, MirrorState.KEPT})
"""The states of a mirror of ours that is there."""


class PartDeed(StrEnum):
    """What is done to a mirror."""

    MAKE = "make"
    EDIT = "edit"
    REMOVE = "remove"
    PAIR = "pair"
    """Nothing is sent: two parts with the same text are one."""
    UNMAKE = "unmake"
    """An undo takes it away: it is not made again."""
    REMAKE = "remake"
    """An undo makes it again, as it was before."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A part where somebody made it, as it was seen last."""

    id: str
    item: str
    sync: str
    connection: str
    kind: PartKind
    native_id: str
    value: Mapping[str, Json] | None
    """See `PartKind`; None while it is hidden: what is not for everybody is not kept."""
    digest: str
    """Of what it shows, in words that do not depend on its tool."""
    author: str | None
    author_name: str
    url: str
    made_at: datetime
    found_at: datetime
    """When pmsync saw it first."""
    rev: int = 1
    """Grows with each change of what it shows."""
    hidden: bool = False
    old: bool = False
    """Whether it was there before its item was pmsync's to look after."""
    state: PartState = PartState.LIVE
    missing_pass: int | None = None
    twin: str | None = None
    """The part that it is the same as, in a tool where somebody made both: it does not travel by itself."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """What a part came to in another tool. `part` may be of an original that is not known, or no longer."""

    part: str
    connection: str
    item: str
    sync: str
    kind: PartKind
    native_id: str | None
    base: Mapping[str, Json] | None
    """As it was written, in the form that the tool gave it."""
    shown: Mapping[str, Json] | None
    """As it was seen last: another than `base` where somebody edited it."""
    rev: int
    """The revision of the part that it shows."""
    state: MirrorState = MirrorState.SHOWN
    note: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A tool that has the item, or is about to, and what of its parts travels."""

    connection: str
    made_by_us: bool
    """Whether we made the item there: then it gets all, also what is older."""
    account: str = ""
    """Who we are there."""
    since: datetime | None = None
    """When its list was first read; None if it was not."""
    gives: frozenset[PartKind] = field(default=frozenset())
    takes: frozenset[PartKind] = field(default=frozenset())
