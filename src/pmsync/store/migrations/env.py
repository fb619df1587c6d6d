"""Runs the migrations on the connection that the state was opened with, in its transaction."""

from alembic import context

from pmsync.store.migrate import VERSION_TABLE
from pmsync.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
