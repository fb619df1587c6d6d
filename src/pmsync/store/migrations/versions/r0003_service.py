"""What a service keeps: what tools said happened until it was looked at, the webhooks that they say it by, and what
people were told is amiss."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _create_inbox()
    _create_hooks()
    op.create_table(
        "budgets",
        _name("name"),
        sa.Column("due", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_budgets"),
    )
    _create_alerts()


def _name(column: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(column, sa.String(length=255), nullable=nullable)


def _create_inbox() -> None:
    op.create_table(
        "deliveries",
        _name("connection"),
        _name("delivery"),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("connection", "delivery", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["received_at"])
    op.create_table(
        "topics",
        _name("topic"),
        _name("sync"),
        _name("item", nullable=True),
        _name("connection", nullable=True),
        _name("remote_id", nullable=True),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("touched_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("topic", name="pk_topics"),
    )
    op.create_index("ix_topics_touched_at", "topics", ["touched_at"])
    op.create_table(
        "hints",
        _name("topic"),
        _name("connection"),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("topic", "connection", name="pk_hints"),
        sa.ForeignKeyConstraint(["topic"], ["topics.topic"], name="fk_hints_topic"),
    )
    op.create_index("ix_hints_received_at", "hints", ["received_at"])


def _create_hooks() -> None:
    op.create_table(
        "hooks",
        _name("connection"),
        _name("token"),
        sa.Column("url", sa.Text(), nullable=False),
        _name("remote_id", nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("expected_until", INSTANT, nullable=True),
        sa.Column("installed_at", INSTANT, nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("connection", "token", name="pk_hooks"),
    )


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        _name("key"),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("well_since", INSTANT, nullable=True),
        sa.Column("cleared_at", INSTANT, nullable=True),
        sa.Column("flaps", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alerts"),
    )
    op.create_table(
        "notices",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        _name("channel"),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
