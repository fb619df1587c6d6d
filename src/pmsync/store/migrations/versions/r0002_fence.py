"""Items whose values are to be compared afresh."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column. What was known of items so far can be trusted."""
    op.add_column("items", sa.Column("rebase", sa.Boolean(), nullable=False, server_default=sa.false()))
