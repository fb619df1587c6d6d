"""What a config file may say, section by section: the shape that is checked first, and that the JSON Schema shows."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict

from pmsync.config.hanging import (
    MEDIA,
    SIZE,
    Attaching,
    Attachments,
    Backlinks,
    Comments,
    attachments,
    backlinks,
    comments,
)
from pmsync.config.quantities import (
    CUSTOM_FIELD,
    DURATION,
    LIMIT,
    Preference,
    duration,
    hook_url,
    item_field,
    limit,
    mail_address,
    preference,
)
from pmsync.config.settings import OnDelete, Security
from pmsync.model.fields import Field as ItemField
from pmsync.model.fields import Role
from pmsync.reconcile.guard import Limit
from pmsync.reconcile.state import Direction


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _handle(value: object) -> object:
    """Ids of some tools are numbers, which people write without quotes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_TEXTS: JsonDict = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_NAME: JsonDict = {"type": "string"}

Duration: TypeAlias = Annotated[
    float, BeforeValidator(duration), WithJsonSchema({"type": "string", "pattern": DURATION, "examples": ["5m"]})
]
LimitValue: TypeAlias = Annotated[
    Limit,
    BeforeValidator(limit),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": LIMIT}]}),
]
ConflictValue: TypeAlias = Annotated[
    Preference,
    BeforeValidator(preference),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["owner", "newest", "merge", "manual"]},
                {"type": "string", "pattern": r"^prefer\s*:\s*\S+$"},
                {
                    "type": "object",
                    "properties": {"prefer": _NAME},
                    "required": ["prefer"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
FieldKey: TypeAlias = Annotated[
    ItemField,
    BeforeValidator(item_field),
    WithJsonSchema({"type": "string", "anyOf": [{"enum": [*ItemField.standard()]}, {"pattern": CUSTOM_FIELD}]}),
]
Names: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_listed), WithJsonSchema(_TEXTS)]
Address: TypeAlias = Annotated[str, AfterValidator(mail_address)]
Addresses: TypeAlias = Annotated[
    tuple[Address, ...], BeforeValidator(_listed), Field(min_length=1), WithJsonSchema(_TEXTS)
]
_WAY: JsonDict = {"enum": ["in", "out", "both", "off"]}
CommentsValue: TypeAlias = Annotated[
    Comments,
    BeforeValidator(comments),
    WithJsonSchema({"anyOf": [{"enum": ["both", "off"]}, {"type": "object", "additionalProperties": _WAY}]}),
]
_CARRY: JsonDict = {
    "anyOf": [
        {"enum": ["link", "copy", "off"]},
        {
            "type": "object",
            "properties": {
                "copy": {
                    "type": "object",
                    "properties": {
                        "limit": {"type": "string", "pattern": SIZE},
                        "types": {
                            "anyOf": [
                                {"type": "string", "pattern": MEDIA},
                                {"type": "array", "items": {"type": "string", "pattern": MEDIA}},
                            ]
                        },
                    },
                    "additionalProperties": False,
                }
            },
            "required": ["copy"],
            "additionalProperties": False,
        },
    ]
}
BacklinksValue: TypeAlias = Annotated[
    Backlinks,
    BeforeValidator(backlinks),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1},
            ]
        }
    ),
]
AttachmentsValue: TypeAlias = Annotated[
    Attachments,
    BeforeValidator(attachments),
    WithJsonSchema({"anyOf": [_CARRY, {"type": "object", "additionalProperties": _CARRY}]}),
]
Handle: TypeAlias = Annotated[str, BeforeValidator(_handle), WithJsonSchema({"type": ["string", "integer"]})]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ConnectionSection(BaseModel):
    """One account and scope in one tool. What is within `credentials` and `scope` is the connector's to say."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        json_schema_extra={
            "properties": {
                "connector": {"type": "string", "description": "The kind of tool: jira, trello, asana."},
                "mapping": {"type": "string", "description": "A shipped mapping, or the path of one of yours."},
                "url": {"type": "string", "description": "Where the tool is, if not where it always is."},
                "credentials": {"type": "object", "description": "Keys and tokens; better as ${NAME}."},
                "scope": {"type": "object", "description": "The board or project, and a filter if any."},
                "webhook": {
                    "type": "object",
                    "description": "The public base of `pmsync serve`, and the secret or secrets that sign.",
                    "properties": {
                        "url": {"type": "string"},
                        "secret": _TEXTS,
                        "reinstall": {
                            "type": "boolean",
                            "description": "Register a webhook anew that is gone, switched off or silent.",
                        },
                    },
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
    )

    connector: str
    mapping: str | None = None


class MemberSection(_Section):
    """A connection's part in a sync."""

    role: Role | None = Field(
        default=None,
        description="What this side is for; gives fields their default owner. Default: the name, if it is a role.",
    )
    direction: Direction = Field(
        default=Direction.BOTH, description="in: pmsync only writes there; out: it only reads there; both."
    )


class FieldSection(_Section):
    """What is different for one field."""

    owner: str | None = Field(default=None, description="The connection or role whose value stands in a conflict.")
    conflict: ConflictValue | None = Field(default=None, description="How a conflict is settled.")
    direction: dict[str, Direction] = Field(
        default_factory=dict, description="Which way the field travels, per member where it differs."
    )


class LimitsSection(_Section):
    """What one pass may do at the most; beyond it, it stops before the first write."""

    deletes: LimitValue = Field(
        default=Limit(5), description="Items deleted or archived.", json_schema_extra={"default": 5}
    )
    creates: LimitValue = Field(default=Limit(50), description="Items created.", json_schema_extra={"default": 50})
    changes: LimitValue = Field(
        default=Limit(50, percent=True), description="Items changed.", json_schema_extra={"default": "50%"}
    )


class SyncSection(_Section):
    """Connections that share their items."""

    members: dict[str, MemberSection | None] = Field(
        description="The connections that share items, by name; their order settles ties."
    )
    create: dict[str, Names] = Field(
        default_factory=dict, description="Where an item that is new in a connection is created. Default: nowhere."
    )
    backfill: bool = Field(default=False, description="Whether items older than the set-up are created elsewhere too.")
    fields: dict[FieldKey, FieldSection] = Field(
        default_factory=dict, description="What is different for single fields."
    )
    on_delete: OnDelete = Field(
        default=OnDelete.UNLINK, description="What becomes of an item's twins when it is deleted."
    )
    limits: LimitsSection = Field(default_factory=LimitsSection, description="What one pass may do at the most.")
    comments: CommentsValue = Field(
        default=Direction.BOTH,
        description="Whether comments travel: both or off; or for single members in, out, both, off.",
    )
    attachments: AttachmentsValue = Field(
        default_factory=Attaching,
        description="How attachments travel: link, copy (with a limit and types) or off; or that for single members.",
        json_schema_extra={"default": "link"},
    )
    backlinks: BacklinksValue = Field(
        default=True, description="Whether items lead people to their twins; or that for single members."
    )


class PollingSection(_Section):
    """How often `pmsync serve` looks by itself, and how far back."""

    every: Duration = Field(
        default=300.0, description="How often what changed is read.", json_schema_extra={"default": "5m"}
    )
    deep: Duration = Field(
        default=86400.0, description="How often everything is read.", json_schema_extra={"default": "24h"}
    )
    overlap: Duration = Field(
        default=600.0, description="How far a reading goes back behind the last.", json_schema_extra={"default": "10m"}
    )


class ServeSection(_Section):
    """The web view and the receiver of webhooks."""

    admin_token: str | None = Field(
        default=None, description="What opens the parts of the web view that change things."
    )


class EmailSection(_Section):
    """Alerts by mail."""

    to: Addresses = Field(description="Who gets them: an address, or a list.")
    sender: Address = Field(alias="from", description="The address that they come from.")
    server: str = Field(min_length=1, description="The mail server that takes them.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    user: str | None = Field(default=None, description="Who we are there, if it wants to know.")
    password: str | None = Field(default=None, description="The user's password.")
    security: Security = Field(
        default=Security.STARTTLS, description="starttls, tls, or none, which is for a server on this machine only."
    )


class AlertsSection(_Section):
    """Who is told when something is amiss, and when it is well again."""

    url: Annotated[str, AfterValidator(hook_url)] | None = Field(
        default=None, description="An address to post to: Slack's, Mattermost's, Teams', or your own."
    )
    secret: str | None = Field(default=None, description="Signs what is posted.")
    email: EmailSection | None = Field(default=None, description="By mail.")
    after: Duration = Field(
        default=900.0,
        description="How long something has to be amiss before it is told.",
        json_schema_extra={"default": "15m"},
    )


class Document(_Section):
    """A pmsync config. `${NAME}` and `${NAME:-default}` stand for environment variables in any value."""

    version: Literal[1] = Field(description="The version of this format.")
    state: str = Field(
        default="sqlite:///pmsync.db", description="Where pmsync keeps its memory: sqlite:///FILE or postgresql://…"
    )
    connections: dict[str, ConnectionSection] = Field(description="Accounts in tools, by names of your choice.")
    people: dict[str, dict[str, Handle]] = Field(
        default_factory=dict, description="Who is who, for those whom e-mail and full name cannot match."
    )
    syncs: dict[str, SyncSection] = Field(description="Sets of connections that share items, by names of your choice.")
    polling: PollingSection = Field(default_factory=PollingSection, description="When to look by itself.")
    audit: str = Field(
        default="pmsync-audit.jsonl", description="An append-only record that outlives a restored state."
    )
    zone: str = Field(default="UTC", description="The time zone in which a moment is on a day, as in Europe/Berlin.")
    serve: ServeSection = Field(default_factory=ServeSection, description="The web view and the receiver.")
    alerts: AlertsSection = Field(
        default_factory=AlertsSection, description="Who is told when something is amiss. Default: nobody."
    )
    secret_key: str | None = Field(
        default=None, description="Encrypts what must be stored, such as Asana's webhook secrets."
    )
