"""The links by which items lead people to their twins in other tools."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the table. No link was made yet, so that the next pass makes them."""
    op.create_table(
        "twin_links",
        _name("item"),
        _name("connection"),
        _name("twin"),
        _name("sync"),
        _name("remote_id"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("item", "connection", "twin", name="pk_twin_links"),
    )
    op.create_index("ix_twin_links_sync_state", "twin_links", ["sync", "state"])


def _name(column: str) -> sa.Column[str]:
    return sa.Column(column, sa.String(length=255), nullable=False)
