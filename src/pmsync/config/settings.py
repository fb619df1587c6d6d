"""A config that has been read and found right: every path absolute, every name known, every value typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from pmsync.config.hanging import Attaching
from pmsync.connector.api import Settings
from pmsync.mapping.people import Known
from pmsync.mapping.spec import Mapping as FieldMapping
from pmsync.model.fields import DEFAULT_OWNER, TEXT_FIELDS, Field, Json, Role
from pmsync.model.part import PartKind
from pmsync.reconcile.guard import Limits
from pmsync.reconcile.policy import Policy, Rule
from pmsync.reconcile.state import Direction


class Security(StrEnum):
    """What keeps a mail on its way to the server from being read."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class OnDelete(StrEnum):
    """What becomes of an item's twins when it is deleted in one tool."""

    UNLINK = "unlink"
    ARCHIVE = "archive"
    DELETE = "delete"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """One account and scope in one tool."""

    name: str
    connector: str
    section: Mapping[str, Json] = field(repr=False)
    """As the file has it, with variables filled in: it holds credentials."""
    settings: Settings = field(repr=False)
    """The section as the connector's plugin read it."""
    mapping: FieldMapping
    mapping_name: str = ""
    """The shipped name or the path, for people."""


@dataclass(frozen=True, slots=True)
class MemberConfig:
    """A connection's part in a sync."""

    role: Role | None = None
    direction: Direction = Direction.BOTH


@dataclass(frozen=True, slots=True)
class FieldConfig:
    """What is different for one field. `owner` and `prefer` name a connection or a role."""

    owner: str = ""
    rule: Rule | None = None
    prefer: str = ""
    direction: Mapping[str, Direction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SyncConfig:
    """Connections that share items. The order of `members` settles ties."""

    name: str
    members: Mapping[str, MemberConfig]
    create: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By connection: where an item that is new in it is created."""
    backfill: bool = False
    fields: Mapping[Field, FieldConfig] = field(default_factory=dict)
    on_delete: OnDelete = OnDelete.UNLINK
    limits: Limits = field(default_factory=Limits)
    comments: Mapping[str, Direction | None] = field(default_factory=dict)
    """Which way comments travel at a member, where that is not as all of it does; None: not at all."""
    attachments: Mapping[str, Attaching | None] = field(default_factory=dict)
    """How attachments come to a member, where they are not linked; None: they neither come nor go."""
    backlinks: Mapping[str, bool] = field(default_factory=dict)
    """Whether a member's items lead people to their twins, where that is said of it; else they do."""

    def owners(self, name: Field) -> tuple[str, ...]:
        """The connections that own a field: as configured, else those of the role that owns it by default."""
        owner = self.fields.get(name, _NO_FIELD).owner or DEFAULT_OWNER.get(name)
        return self.called(owner) if owner else ()

    def policy(self, name: Field) -> Policy:
        """How a conflict in a field is settled. Texts are merged where nothing else is said."""
        said = self.fields.get(name, _NO_FIELD)
        if said.prefer:
            return Policy(Rule.OWNER, self.called(said.prefer))
        default = Rule.MERGE if name in TEXT_FIELDS else Rule.OWNER
        return Policy(said.rule or default, self.owners(name))

    def direction(self, connection: str, name: Field) -> Direction:
        """Which way a field travels at a member: as the field says, else as the member does."""
        said = self.fields.get(name, _NO_FIELD).direction.get(connection)
        return self.members[connection].direction if said is None else said

    def travels(self, connection: str, kind: PartKind) -> Direction | None:
        """Which way parts of a kind travel at a member; None: not at all."""
        usual = self.members[connection].direction
        if kind is PartKind.COMMENT:
            return self.comments.get(connection, usual)
        return usual if self.attaching(connection) is not None else None

    def attaching(self, connection: str) -> Attaching | None:
        """How attachments of other tools come to a member; None: not at all."""
        return self.attachments.get(connection, _LINKED)

    def leads(self, connection: str) -> bool:
        """Whether a member's items lead people to their twins."""
        return self.backlinks.get(connection, True)

    def called(self, name: str) -> tuple[str, ...]:
        """The members that a name means: the connection so called, else all of that role."""
        if name in self.members:
            return (name,)
        return tuple(connection for connection, member in self.members.items() if member.role == name)


_NO_FIELD = FieldConfig()
_LINKED = Attaching()


@dataclass(frozen=True, slots=True)
class Polling:
    """Seconds between readings of what changed, between readings of everything, and that a reading goes back."""

    every: float = 300.0
    deep: float = 86400.0
    overlap: float = 600.0


@dataclass(frozen=True, slots=True)
class Serve:
    """What `pmsync serve` needs beside host and port."""

    admin_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """Where alerts are mailed to, and by which server."""

    to: tuple[str, ...]
    sender: str
    server: str
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    security: Security = Security.STARTTLS


@dataclass(frozen=True, slots=True)
class Alerts:
    """Who is told when something is amiss. With neither `url` nor `email`, nobody."""

    url: str = field(default="", repr=False)
    """An outgoing webhook. Whoever knows it can post there."""
    secret: str = field(default="", repr=False)
    """Signs what is posted; "" for no signature."""
    email: Mail | None = None
    after: float = 900.0
    """Seconds that something has to be amiss before it is told."""

    @property
    def wanted(self) -> bool:
        """Whether anybody is told."""
        return bool(self.url) or self.email is not None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a config file and its environment say."""

    path: Path
    state: str = field(repr=False)
    """A database URL; it may hold a password."""
    audit: Path
    zone: ZoneInfo
    polling: Polling
    connections: Mapping[str, ConnectionConfig]
    people: Known
    syncs: Mapping[str, SyncConfig]
    serve: Serve = field(default_factory=Serve)
    secret_key: str | None = field(default=None, repr=False)
    alerts: Alerts = field(default_factory=Alerts)
