"""What the state remembers, as values: one record type per table, its fields named and ordered like the columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pmsync.model.fields import Field, Json
from pmsync.model.native import Native


class ItemState(StrEnum):
    """Where an item is in its life."""

    LIVE = "live"
    DYING = "dying"
    """Its deletion is decided and under way in one tool after the other."""
    DEAD = "dead"
    UNLINKED = "unlinked"
    """pmsync no longer looks after it; its replicas live on, each for itself."""


class ReplicaState(StrEnum):
    """What is known of a replica's existence. One that was unlinked is a `Former`, not a replica."""

    LINKED = "linked"
    MISSING = "missing"
    """Not there, or not for us, when it was last looked for; nothing is proved yet."""
    GONE = "gone"


class IntentKind(StrEnum):
    """What is about to be done to a tool."""

    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    DELETE = "delete"
    RESTORE = "restore"


class IntentState(StrEnum):
    """How far an intent is known to have come. A settled one is no longer there."""

    OPEN = "open"
    UNKNOWN = "unknown"
    """It was sent, and no answer came: it may have taken effect."""
    ASLEEP = "asleep"
    """The same, and what it was sent to is gone, or hidden from us: it is found out if that shows again."""


class ConflictState(StrEnum):
    """Whether a conflict still wants a decision."""

    SETTLED = "settled"
    """By policy."""
    OPEN = "open"
    RESOLVED = "resolved"
    """By a person."""


@dataclass(frozen=True, slots=True)
class SyncState:
    """How far a sync has come. `fingerprint` is that of the mappings that were accepted last."""

    name: str
    setup_at: datetime | None = None
    """When its first executing pass began."""
    fingerprint: str | None = None
    pass_number: int = 0
    deep_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Up to where one member of a sync has been read."""

    sync: str
    connection: str
    cursor: Json = None
    read_at: datetime | None = None
    deep_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConnectionMemory:
    """What is known of a connection beside its items: its names, what its connector learned, who we are there."""

    connection: str
    vocabulary: Json = None
    vocabulary_at: datetime | None = None
    memo: Json = None
    account: Json = None


@dataclass(frozen=True, slots=True)
class Item:
    """An item in the shared schema, with the revision of each of its values."""

    id: str
    sync: str
    state: ItemState
    values: Mapping[Field, Json]
    revs: Mapping[Field, int]
    origin: str
    """The connection in which it was first seen."""
    created_at: datetime
    updated_at: datetime
    quarantine: str | None = None
    """Why it is set aside, if it is."""
    wanted: bool = False
    """Whether it is to be made in the tools that lack it, however old it is."""
    sources: Mapping[Field, Json] = field(default_factory=dict)
    """Whose edit each value was, and when it was seen: `{"by": connection, "at": ISO 8601}`."""
    refused: Mapping[str, Json] = field(default_factory=dict)
    """Connections that would not take it, each with the reason and the revisions that were tried."""
    rebase: bool = False
    """Whether nothing that is known of its values can be trusted, so that they are to be compared afresh."""


@dataclass(frozen=True, slots=True)
class Replica:
    """One tool's copy of an item: as it was last seen, and as it was last acknowledged."""

    item: str
    sync: str
    connection: str
    remote_id: str
    key: str
    url: str
    native: Mapping[Field, Json]
    """The fields as last seen."""
    base: Mapping[Field, Json]
    """The native value of each field that pmsync acknowledged last; an absent field has no trusted base."""
    seen_rev: Mapping[Field, int]
    """The revision of the item's field that this replica is known to show."""
    digest: str
    """Of what was last seen; what makes it is the caller's choice."""
    remote_created_at: datetime
    remote_updated_at: datetime
    state: ReplicaState = ReplicaState.LINKED
    archived: bool = False
    admitted: bool = True
    missing_since: datetime | None = None
    missing_pass: int | None = None
    seen_pass: int = 0
    created_by_us: bool = False
    dirty: bool = True
    """Whether there is something to reconcile."""
    held: Mapping[Field, Json] = field(default_factory=dict)
    """Fields that are not written for now: `{"before", "after", "reason"}` of the change that was refused."""


@dataclass(frozen=True, slots=True)
class Known:
    """The little of a replica that tells whether a native just read is news."""

    remote_id: str
    item: str
    digest: str
    state: ReplicaState
    dirty: bool
    remote_updated_at: datetime
    seen_pass: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A native just read of a replica that is known."""

    native: Native
    digest: str
    dirty: bool
    """Whether it makes the item one to reconcile; a replica that is dirty already stays so."""


@dataclass(frozen=True, slots=True)
class Former:
    """A replica that was unlinked. Its object may be linked again, as the same item's or another's."""

    id: int
    item: str
    sync: str
    connection: str
    remote_id: str
    key: str
    url: str
    native: Mapping[Field, Json]
    base: Mapping[Field, Json]
    unlinked_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tool's object that belongs to no item yet."""

    sync: str
    connection: str
    remote_id: str
    native: Native
    first_seen_pass: int
    seen_pass: int
    held: str | None = None
    """Why it is neither linked nor copied, if that is so."""
    suggestion: Json = None
    """Which other candidates or items it may be the same as, and how likely."""
    decision: str | None = None
    """A person's: `join:<item>`, `create` or `ignore`."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A write, recorded before it is sent. One at a time for each item and connection; its body never changes."""

    id: str
    sync: str
    item: str
    connection: str
    kind: IntentKind
    body: Mapping[Field, Json]
    """The native values that are sent, field by field."""
    revs: Mapping[Field, int]
    """The item's revisions that the body shows."""
    created_at: datetime
    run: str
    remote_id: str | None = None
    """None for a create."""
    context: Json = None
    """What else settling it will need, as the engine likes it: what was seen before, the twin's URL."""
    state: IntentState = IntentState.OPEN


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history: what was seen to change, or was changed by us. Never altered. `id` grows; 0 is new."""

    run: str
    at: datetime
    kind: str
    """`write`, `observed`, `created`, `linked`, ..."""
    item: str | None = None
    connection: str | None = None
    remote_id: str | None = None
    field: Field | None = None
    before: Json = None
    after: Json = None
    actor: str | None = None
    note: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values that cannot both hold, each with where it came from. `id` 0 is new."""

    run: str
    at: datetime
    item: str
    field: Field
    values: Json
    """A list of `{"connection", "value" (schema), "native", "actor"?, "at"?}`."""
    winner: Json
    """The one of `values` that stands, or None while open."""
    policy: str
    state: ConflictState
    note: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command. Ids sort by time: `20261122T034700Z-abcd`."""

    id: str
    sync: str
    command: str
    started_at: datetime
    finished_at: datetime | None = None
    status: str | None = None
    summary: Json = None


@dataclass(frozen=True, slots=True)
class Note:
    """A finding about an item that still holds: a value that no mapping knows, a label that cannot be shown."""

    item: str
    connection: str
    field: Field | None
    message: str


@dataclass(frozen=True, slots=True)
class StandingNote:
    """A note, and the first and the last run that found it."""

    item: str
    connection: str
    field: Field | None
    message: str
    first_run: str
    last_run: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """An item with everything that reconciling it needs."""

    item: Item
    replicas: tuple[Replica, ...]
    intents: tuple[Intent, ...]

    def replica(self, connection: str) -> Replica | None:
        """Its replica in a connection, if it has one there."""
        return next((one for one in self.replicas if one.connection == connection), None)

    @property
    def unsettled(self) -> tuple[Intent, ...]:
        """Its intents, but for those of which nothing can be found out: what they were sent to is gone."""
        gone = {one.connection for one in self.replicas if one.state is ReplicaState.GONE}
        return tuple(one for one in self.intents if one.state is not IntentState.ASLEEP or one.connection not in gone)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of everything a sync has. Keys of `replicas` and `candidates` are connections."""

    items: Mapping[ItemState, int]
    replicas: Mapping[str, int]
    candidates: Mapping[str, int]
    dirty: int
    """Items that have something to reconcile."""
    missing: int
    """Replicas that were not found when they were last looked for."""
    quarantined: int
    """What is set aside: whole items, and fields that are fought over."""
    held: int
    """Candidates that wait for `match`."""
    intents: int
    """Writes that are not settled, but for those of which nothing can be found out."""
    open_conflicts: int
