"""The tables of the state. What must never be twice is a constraint here, not only a habit of the code."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from pmsync.store.columns import ByField, FieldName, Instant, JsonText, NativeJson, Words, word_column
from pmsync.store.records import ConflictState, IntentKind, IntentState, ItemState, ReplicaState

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _name(column: str, **options: Any) -> Column[str]:
    """An identifier: of ours, of a tool's, or out of the config."""
    return Column(column, String(255), **{"nullable": False, **options})


def _serial() -> Column[int]:
    """A number that the database counts up. SQLite does so only in a column declared INTEGER."""
    return Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True)


meta = Table(
    "meta",
    metadata,
    _name("key", primary_key=True),
    Column("value", Text, nullable=False),
)

syncs = Table(
    "syncs",
    metadata,
    _name("name", primary_key=True),
    Column("setup_at", Instant),
    Column("fingerprint", Text),
    Column("pass_number", Integer, nullable=False),
    Column("deep_at", Instant),
)

readings = Table(
    "readings",
    metadata,
    _name("sync", primary_key=True),
    _name("connection", primary_key=True),
    Column("cursor", JsonText),
    Column("read_at", Instant),
    Column("deep_at", Instant),
)

connections = Table(
    "connections",
    metadata,
    _name("connection", primary_key=True),
    Column("vocabulary", JsonText),
    Column("vocabulary_at", Instant),
    Column("memo", JsonText),
    Column("account", JsonText),
)

items = Table(
    "items",
    metadata,
    _name("id", primary_key=True),
    _name("sync"),
    Column("state", word_column(ItemState), nullable=False),
    Column("values", ByField, nullable=False),
    Column("revs", ByField, nullable=False),
    _name("origin"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("quarantine", Words),
    Column("wanted", Boolean, nullable=False),
    Column("sources", ByField, nullable=False),
    Column("refused", JsonText, nullable=False),
    Column("rebase", Boolean, nullable=False),
    Index(None, "sync", "id"),
)

replicas = Table(
    "replicas",
    metadata,
    Column("item", String(255), ForeignKey("items.id"), primary_key=True),
    _name("sync"),
    _name("connection", primary_key=True),
    _name("remote_id"),
    Column("key", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("native", ByField, nullable=False),
    Column("base", ByField, nullable=False),
    Column("seen_rev", ByField, nullable=False),
    Column("digest", Text, nullable=False),
    Column("remote_created_at", Instant, nullable=False),
    Column("remote_updated_at", Instant, nullable=False),
    Column("state", word_column(ReplicaState), nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("admitted", Boolean, nullable=False),
    Column("missing_since", Instant),
    Column("missing_pass", Integer),
    Column("seen_pass", Integer, nullable=False),
    Column("created_by_us", Boolean, nullable=False),
    Column("dirty", Boolean, nullable=False),
    Column("held", ByField, nullable=False),
    UniqueConstraint("sync", "connection", "remote_id"),
    Index(None, "sync", "dirty", "item"),
    Index(None, "key"),
    Index(None, "url"),
)

former_replicas = Table(
    "former_replicas",
    metadata,
    _serial(),
    _name("item"),
    _name("sync"),
    _name("connection"),
    _name("remote_id"),
    Column("key", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("native", ByField, nullable=False),
    Column("base", ByField, nullable=False),
    Column("unlinked_at", Instant, nullable=False),
    Column("reason", Words, nullable=False),
    Index(None, "sync", "connection", "remote_id"),
    Index(None, "item"),
)

candidates = Table(
    "candidates",
    metadata,
    _name("sync", primary_key=True),
    _name("connection", primary_key=True),
    _name("remote_id", primary_key=True),
    Column("native", NativeJson, nullable=False),
    Column("first_seen_pass", Integer, nullable=False),
    Column("seen_pass", Integer, nullable=False),
    Column("held", Words),
    Column("suggestion", JsonText),
    Column("decision", Words),
)

intents = Table(
    "intents",
    metadata,
    _name("id", primary_key=True),
    _name("sync"),
    Column("item", String(255), ForeignKey("items.id"), nullable=False),
    _name("connection"),
    Column("kind", word_column(IntentKind), nullable=False),
    Column("body", ByField, nullable=False),
    Column("revs", ByField, nullable=False),
    Column("created_at", Instant, nullable=False),
    _name("run"),
    _name("remote_id", nullable=True),
    Column("context", JsonText),
    Column("state", word_column(IntentState), nullable=False),
    UniqueConstraint("item", "connection"),
    Index(None, "sync", "connection"),
)

history = Table(
    "history",
    metadata,
    _name("run"),
    Column("at", Instant, nullable=False),
    _name("kind"),
    _name("item", nullable=True),
    _name("connection", nullable=True),
    _name("remote_id", nullable=True),
    Column("field", FieldName),
    Column("before", JsonText),
    Column("after", JsonText),
    Column("actor", Words),
    Column("note", Words, nullable=False),
    _serial(),
    Index(None, "item", "id"),
    Index(None, "run", "id"),
)

conflicts = Table(
    "conflicts",
    metadata,
    _name("run"),
    Column("at", Instant, nullable=False),
    _name("item"),
    Column("field", FieldName, nullable=False),
    Column("values", JsonText, nullable=False),
    Column("winner", JsonText),
    _name("policy"),
    Column("state", word_column(ConflictState), nullable=False),
    Column("note", Words, nullable=False),
    _serial(),
    Index(None, "item", "id"),
    Index(None, "state", "id"),
)

runs = Table(
    "runs",
    metadata,
    _name("id", primary_key=True),
    _name("sync"),
    _name("command"),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    _name("status", nullable=True),
    Column("summary", JsonText),
)

notes = Table(
    "notes",
    metadata,
    Column("item", String(255), ForeignKey("items.id"), nullable=False),
    _name("connection"),
    Column("field", FieldName),
    Column("message", Words, nullable=False),
    _name("first_run"),
    _name("last_run"),
    _serial(),
    Index(None, "item"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _name("connection", primary_key=True),
    _name("delivery", primary_key=True),
    Column("received_at", Instant, nullable=False),
    Index(None, "received_at"),
)

topics = Table(
    "topics",
    metadata,
    _name("topic", primary_key=True),
    _name("sync"),
    _name("item", nullable=True),
    _name("connection", nullable=True),
    _name("remote_id", nullable=True),
    Column("generation", BigInteger, nullable=False),
    Column("touched_at", Instant, nullable=False),
    Index(None, "touched_at"),
)

hints = Table(
    "hints",
    metadata,
    Column("topic", String(255), ForeignKey("topics.topic"), primary_key=True),
    _name("connection", primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    Index(None, "received_at"),
)

budgets = Table(
    "budgets",
    metadata,
    _name("name", primary_key=True),
    Column("due", Double, nullable=False),
)

hooks = Table(
    "hooks",
    metadata,
    _name("connection", primary_key=True),
    _name("token", primary_key=True),
    Column("url", Words, nullable=False),
    _name("remote_id", nullable=True),
    Column("secret", Text),
    Column("expected_until", Instant),
    Column("installed_at", Instant),
    Column("delivered_at", Instant),
)

alerts = Table(
    "alerts",
    metadata,
    _name("key", primary_key=True),
    Column("what", JsonText, nullable=False),
    Column("since", Instant, nullable=False),
    Column("told_at", Instant),
    Column("well_since", Instant),
    Column("cleared_at", Instant),
    Column("flaps", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    _serial(),
    _name("channel"),
    Column("document", JsonText, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("due", Instant, nullable=False),
)
