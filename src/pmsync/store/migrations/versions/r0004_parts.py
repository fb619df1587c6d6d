"""What hangs on items: comments and attachments, their mirrors in other tools, and the writes that are under way."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Create the tables. No list has been read yet, so that all are read by the next pass."""
    _create_parts()
    op.create_table(
        "mirrors",
        _name("part"),
        _name("connection"),
        _name("item"),
        _name("sync"),
        _word("kind"),
        _name("native_id", nullable=True),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        _word("state"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("part", "connection", name="pk_mirrors"),
    )
    op.create_index("ix_mirrors_item", "mirrors", ["item"])
    op.create_table(
        "part_lists",
        _name("item"),
        _name("connection"),
        _name("sync"),
        _name("remote_id"),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("item", "connection", name="pk_part_lists"),
    )
    op.create_index("ix_part_lists_sync_open", "part_lists", ["sync", "open"])
    op.create_table(
        "part_intents",
        _name("part"),
        _name("connection"),
        _name("item"),
        _name("sync"),
        _word("kind"),
        _name("native_id", nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        _name("run"),
        sa.PrimaryKeyConstraint("part", "connection", name="pk_part_intents"),
    )
    op.create_index("ix_part_intents_item", "part_intents", ["item"])


def _create_parts() -> None:
    op.create_table(
        "parts",
        _name("id"),
        _name("item"),
        _name("sync"),
        _name("connection"),
        _word("kind"),
        _name("native_id"),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        _name("author", nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("old", sa.Boolean(), nullable=False),
        _word("state"),
        sa.Column("missing_pass", sa.Integer(), nullable=True),
        _name("twin", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_parts"),
    )
    op.create_index("ix_parts_item", "parts", ["item"])
    op.create_index("ix_parts_sync_state", "parts", ["sync", "state"])


def _name(column: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(column, sa.String(length=255), nullable=nullable)


def _word(column: str) -> sa.Column[str]:
    return sa.Column(column, sa.String(length=16), nullable=False)
