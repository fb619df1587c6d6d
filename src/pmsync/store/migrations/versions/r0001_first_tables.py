"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Create the tables of the state."""
    _create_progress()
    _create_items()
    _create_unlinked()
    _create_journal()
    _create_reports()


def _create_progress() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "syncs",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("setup_at", INSTANT, nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("pass_number", sa.Integer(), nullable=False),
        sa.Column("deep_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_syncs"),
    )
    op.create_table(
        "readings",
        sa.Column("sync", sa.String(length=255), nullable=False),
        sa.Column("connection", sa.String(length=255), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("deep_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("sync", "connection", name="pk_readings"),
    )
    op.create_table(
        "connections",
        sa.Column("connection", sa.String(length=255), nullable=False),
        sa.Column("vocabulary", sa.Text(), nullable=True),
        sa.Column("vocabulary_at", INSTANT, nullable=True),
        sa.Column("memo", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("connection", name="pk_connections"),
    )


def _create_items() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("sync", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("revs", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("quarantine", sa.Text(), nullable=True),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
    )
    op.create_index("ix_items_sync_id", "items", ["sync", "id"])
    op.create_table(
        "replicas",
        sa.Column("item", sa.String(length=255), nullable=False),
        sa.Column("sync", sa.String(length=255), nullable=False),
        sa.Column("connection", sa.String(length=255), nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("native", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("seen_rev", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("remote_created_at", INSTANT, nullable=False),
        sa.Column("remote_updated_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("admitted", sa.Boolean(), nullable=False),
        sa.Column("missing_since", INSTANT, nullable=True),
        sa.Column("missing_pass", sa.Integer(), nullable=True),
        sa.Column("seen_pass", sa.Integer(), nullable=False),
        sa.Column("created_by_us", sa.Boolean(), nullable=False),
        sa.Column("dirty", sa.Boolean(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name="fk_replicas_item"),
        sa.PrimaryKeyConstraint("item", "connection", name="pk_replicas"),
        sa.UniqueConstraint("sync", "connection", "remote_id", name="uq_replicas_sync_connection_remote_id"),
    )
    op.create_index("ix_replicas_key", "replicas", ["key"])
    op.create_index("ix_replicas_sync_dirty_item", "replicas", ["sync", "dirty", "item"])
    op.create_index("ix_replicas_url", "replicas", ["url"])


def _create_unlinked() -> None:
    op.create_table(
        "former_replicas",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("item", sa.String(length=255), nullable=False),
        sa.Column("sync", sa.String(length=255), nullable=False),
        sa.Column("connection", sa.String(length=255), nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("native", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("unlinked_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_former_replicas"),
    )
    op.create_index("ix_former_replicas_item", "former_replicas", ["item"])
    op.create_index(
        "ix_former_replicas_sync_connection_remote_id", "former_replicas", ["sync", "connection", "remote_id"]
    )
    op.create_table(
        "candidates",
        sa.Column("sync", sa.String(length=255), nullable=False),
        sa.Column("connection", sa.String(length=255), nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        sa.Column("native", sa.Text(), nullable=False),
        sa.Column("first_seen_pass", sa.Integer(), nullable=False),
        sa.Column("seen_pass", sa.Integer(), nullable=False),
        sa.Column("held", sa.Text(), nullable=True),
        sa.Column("suggestion", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sync", "connection", "remote_id", name="pk_candidates"),
    )


def _create_journal() -> None:
    op.create_table(
        "intents",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("sync", sa.String(length=255), nullable=False),
        sa.Column("item", sa.String(length=255), nullable=False),
        sa.Column("connection", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("revs", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("run", sa.String(length=255), nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=True),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name="fk_intents_item"),
        sa.PrimaryKeyConstraint("id", name="pk_intents"),
        sa.UniqueConstraint("item", "connection", name="uq_intents_item_connection"),
    )
    op.create_index("ix_intents_sync_connection", "intents", ["sync", "connection"])
    op.create_table(
        "history",
        sa.Column("run", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.String(length=255), nullable=False),
        sa.Column("item", sa.String(length=255), nullable=True),
        sa.Column("connection", sa.String(length=255), nullable=True),
        sa.Column("remote_id", sa.String(length=255), nullable=True),
        sa.Column("field", sa.String(length=16), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
    )
    op.create_index("ix_history_item_id", "history", ["item", "id"])
    op.create_index("ix_history_run_id", "history", ["run", "id"])
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("sync", sa.String(length=255), nullable=False),
        sa.Column("command", sa.String(length=255), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("status", sa.String(length=255), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )


def _create_reports() -> None:
    op.create_table(
        "conflicts",
        sa.Column("run", sa.String(length=255), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("item", sa.String(length=255), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("winner", sa.Text(), nullable=True),
        sa.Column("policy", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conflicts"),
    )
    op.create_index("ix_conflicts_item_id", "conflicts", ["item", "id"])
    op.create_index("ix_conflicts_state_id", "conflicts", ["state", "id"])
    op.create_table(
        "notes",
        sa.Column("item", sa.String(length=255), nullable=False),
        sa.Column("connection", sa.String(length=255), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("first_run", sa.String(length=255), nullable=False),
        sa.Column("last_run", sa.String(length=255), nullable=False),
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name="fk_notes_item"),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_item", "notes", ["item"])
