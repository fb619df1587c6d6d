"""The lines of cards' checklists as items whose parent the card is. Pure."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event, Native, Ref
from pmsync.model.vocabulary import Term
from pmsync_trello.moments import born, moment

Record = Mapping[str, Any]

CARD: Final = "card"
CHECK_ITEM: Final = "checkItem"
TYPES: Final = (Term(id=CARD, name="Card", level=0), Term(id=CHECK_ITEM, name="Checklist item", level=-1))
FIELDS: Final = frozenset({Field.TITLE, Field.STATUS, Field.TYPE, Field.PARENT})
"""What a checklist item has."""

TICKED: Final = "updateCheckItemStateOnCard"
HISTORY: Final = (
    TICKED, "createCheckItem", "updateCheckItem", "deleteCheckItem",
    "addChecklistToCard", "updateChecklist", "removeChecklistFromCard",
)  # fmt: skip
"""What a card's history tells of checklists and of their lines."""

_ID: Final = re.compile(r"([0-9a-f]{24})/([0-9a-f]{24})", re.IGNORECASE)
_URL: Final = re.compile(r"https?://trello\.com/c/([0-9A-Za-z]{8})\?checkItem=([0-9a-f]{24})", re.IGNORECASE)
_STEP: Final = 16_384
_BITS: Final = 31
_SURE: Final = 2.0**-20
"""How exactly a position's fraction is looked at: Trello keeps positions as floating-point numbers."""


def split(item_id: str) -> tuple[str, str] | None:
    """Card and line that an item's id names; None for the id of a card."""
    found = _ID.fullmatch(item_id)
    return (found[1].lower(), found[2].lower()) if found else None


def addressed(written: str) -> tuple[str, str] | None:
    """The card (id or short link) and the line that a person means by an id or an address; None for anything else."""
    found = _ID.fullmatch(written.strip()) or _URL.fullmatch(written.strip())
    return (found[1], found[2].lower()) if found else None


def natives(card: Record, shown: Native) -> Iterator[Native]:
    """The lines of a card as items, in the order in which they are seen. `shown` is the card as an item.

    Raises KeyError, TypeError or ValueError for what is no checklist.
    """
    for checklist in sorted(card.get("checklists") or (), key=_place):
        for item in sorted(checklist["checkItems"], key=_place):
            yield native(item, shown)


def native(item: Record, shown: Native) -> Native:
    """One line as an item."""
    id_ = str(item["id"])
    return Native(
        ref=_ref(shown.ref, id_),
        fields={
            Field.TITLE: str(item["name"]).replace("\x00", ""),
            Field.STATUS: {"completed": _complete(item["state"])},
            Field.TYPE: CHECK_ITEM,
            Field.PARENT: shown.ref.id,
        },
        created_at=born(id_),
        updated_at=max(shown.updated_at, born(id_)),
        archived=shown.archived,
        admitted=shown.admitted,
    )


def _ref(card: Ref, item: str) -> Ref:
    return Ref(f"{card.id}/{item}", f"{card.key}/{item[-6:]}", f"https://trello.com/c/{card.key}?checkItem={item}")


def _place(one: Record) -> tuple[float, str]:
    return float(one["pos"]), str(one["id"])


def _complete(state: Any) -> bool:
    if state not in ("complete", "incomplete"):
        raise ValueError("a checklist item has an unknown state")
    return bool(state == "complete")


def state(value: Json) -> str:
    """A native status as Trello's word for it."""
    return "complete" if isinstance(value, dict) and value.get("completed") is True else "incomplete"


def position(items: Sequence[Record], item: str) -> float:
    """A place at the end of a checklist, whose fraction says which item of pmsync's is put there: it comes with the
    request that makes the line, nobody sees it, and after a crash the line is found by it."""
    end = max((int(float(one["pos"])) for one in items), default=0)
    return end + _STEP + _fraction(item)


def made_for(line: Record, item: str) -> bool:
    """Whether a line was put there for that item, and has not been moved since."""
    place = float(line["pos"])
    return abs(place - int(place) - _fraction(item)) < _SURE


def _fraction(item: str) -> float:
    number = int.from_bytes(hashlib.blake2b(item.encode(), digest_size=4).digest(), "big") >> (32 - _BITS)
    return (number | 1) / 2.0**_BITS


def events(actions: Sequence[Record], item: str, since: datetime) -> Iterator[Event]:
    """What a card's history tells of a line since a moment, oldest first. `actions`: newest first."""
    for action in reversed(actions):
        line = (action.get("data") or {}).get("checkItem") or {}
        at = moment(action["date"])
        if action["type"] == TICKED and line.get("id") == item and at >= since:
            ticked = line.get("state") == "complete"
            before: Json = {"completed": not ticked}
            yield Event(at, action.get("idMemberCreator"), Field.STATUS, before, {"completed": ticked})
