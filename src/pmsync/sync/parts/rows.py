"""The lines of the history that tell of comments and attachments: how they are called, and what they say.

`note` begins with the part's id in all of them. pmsync's own writes are `made`, `edited` and `removed`; what people did
to a part where they made it is `changed` and `deleted`; what they did to a mirror of it is `mirror edited` and `mirror
removed`.
"""

from collections.abc import Mapping
from typing import Final

from pmsync.model.part import PREFIX, PartKind
from pmsync.reconcile.part_state import PartDeed
from pmsync.store.records import Change

CHANGED: Final = "changed"
DELETED: Final = "deleted"
MIRROR_EDITED: Final = "mirror edited"
MIRROR_REMOVED: Final = "mirror removed"
UNDONE: Final = "undone"
"""The note of a mirror that is as an undo left it."""

_DONE: Final[Mapping[PartDeed, str]] = {
    PartDeed.MAKE: "made",
    PartDeed.REMAKE: "made",
    PartDeed.EDIT: "edited",
    PartDeed.REMOVE: "removed",
    PartDeed.UNMAKE: "removed",
}
_WRITTEN: Final = {f"{kind.value} {word}": kind for kind in PartKind for word in _DONE.values()}
_PEOPLE: Final[Mapping[str, str]] = {
    MIRROR_EDITED: "edited",
    MIRROR_REMOVED: "taken away",
    **{f"{kind.value} {CHANGED}": "edited" for kind in PartKind},
    **{f"{kind.value} {DELETED}": "taken away" for kind in PartKind},
}


def wrote(kind: PartKind, deed: PartDeed) -> str:
    """How a write of ours is called."""
    return f"{kind.value} {_DONE[deed]}"


def written(row: Change) -> PartKind | None:
    """Of what kind the part is whose mirror pmsync wrote, if the line tells of that."""
    return _WRITTEN.get(row.kind) if row.note.startswith(PREFIX) else None


def about(row: Change) -> str | None:
    """The part that a line tells of, if it tells of one; of two that were joined the one whose mirror the other is."""
    return row.note.partition(" ")[0] if row.note.startswith(PREFIX) else None


def by_people(row: Change) -> str:
    """What people did, if the line tells of that: "edited" or "taken away"."""
    return _PEOPLE.get(row.kind, "")
