"""Names of fields may be long: those of custom fields are their people's."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Widen what holds the name of a field. On SQLite it holds texts of any length as it is."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in ("history", "conflicts", "notes"):
        op.alter_column(table, "field", type_=sa.String(length=255))
