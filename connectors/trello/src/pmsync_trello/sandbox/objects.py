"""What a board is made of. Mutable records, held by `World`; they refer to one another directly."""

from dataclasses import dataclass, field
from typing import Any

CUSTOM_FIELDS = "56d5e249a98895a9797bebb9"
"""The Power-Up that gives boards custom fields."""

STEP: float = 16384
"""The distance that Trello leaves between two neighbours' positions."""


@dataclass(slots=True)
class Member:
    """An account."""

    id: str
    username: str
    full_name: str
    email: str

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.full_name.split()[:4]).upper()


@dataclass(slots=True)
class Membership:
    """That someone is on a board. `kind`: admin, normal or observer."""

    id: str
    member: Member
    kind: str


@dataclass(slots=True)
class Label:
    """A label of a board; its name may be empty, its colour None, and another may have the same name."""

    id: str
    board: "Board"
    name: str
    color: str | None


@dataclass(slots=True)
class BoardList:
    """A column. `low` and `high` are the outermost positions that its cards ever had."""

    id: str
    board: "Board"
    name: str
    pos: float
    closed: bool = False
    subscribed: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(slots=True)
class CheckItem:
    """One line of a checklist."""

    id: str
    checklist: "Checklist"
    name: str
    pos: float
    state: str = "incomplete"
    due: str | None = None
    member: str | None = None


@dataclass(slots=True)
class Checklist:
    """A checklist of a card."""

    id: str
    card: "Card"
    name: str
    pos: float
    items: dict[str, CheckItem] = field(default_factory=dict)


@dataclass(slots=True)
class Attachment:
    """A link, or an uploaded file, on a card."""

    id: str
    name: str
    url: str
    date: str
    member: str
    pos: float
    mime: str = ""
    size: int | None = None
    upload: bool = False
    file: str | None = None
    content: bytes = b""


@dataclass(slots=True)
class Option:
    """One choice of a custom field of type list."""

    id: str
    text: str
    color: str
    pos: float


@dataclass(slots=True)
class CustomField:
    """A board's own field. `kind`: list, text, number, date or checkbox."""

    id: str
    board: "Board"
    name: str
    kind: str
    pos: float
    card_front: bool = True
    options: dict[str, Option] = field(default_factory=dict)


@dataclass(slots=True)
class FieldItem:
    """A custom field's value on a card: the id of an option, or an object of one string."""

    id: str
    field: CustomField
    option: str | None = None
    value: dict[str, str] | None = None


@dataclass(slots=True)
class Card:
    """A card. `labels` and `members` are ids, in the order in which they were added."""

    id: str
    short_link: str
    number: int
    board: "Board"
    column: BoardList
    name: str
    desc: str
    pos: float
    active_at: str
    due: str | None = None
    start: str | None = None
    due_complete: bool = False
    due_reminder: int | None = None
    closed: bool = False
    subscribed: bool = False
    labels: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    checklists: dict[str, Checklist] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    field_items: dict[str, FieldItem] = field(default_factory=dict)
    actions: list["Action"] = field(default_factory=list)
    comments: int = 0


@dataclass(slots=True)
class Action:
    """One entry of a board's history. `data` is as Trello shows it."""

    id: str
    type: str
    date: str
    creator: Member
    data: dict[str, Any]
    board: "Board"
    card: str | None = None


@dataclass(slots=True)
class Board:
    """A board and all that is on it; every collection is in order of creation, keyed by id."""

    id: str
    short_link: str
    name: str
    active_at: str
    creator: Member
    desc: str = ""
    closed: bool = False
    permission: str = "org"
    memberships: dict[str, Membership] = field(default_factory=dict)
    """Keyed by the member's id."""
    lists: dict[str, BoardList] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    custom_fields: dict[str, CustomField] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    plugins: list[str] = field(default_factory=lambda: [CUSTOM_FIELDS])
    """The Power-Ups that are switched on, by their ids."""
    numbers: int = 0
    """The last `idShort` given."""

    @property
    def own_fields(self) -> list[CustomField]:
        """Its custom fields; none without the Power-Up, though they come back with it."""
        return [*self.custom_fields.values()] if CUSTOM_FIELDS in self.plugins else []


@dataclass(slots=True)
class Webhook:
    """A registered receiver, owned by a token."""

    id: str
    token: str
    description: str
    model: str
    url: str
    active: bool = True
    failures: int = 0
    failing_since: str | None = None
