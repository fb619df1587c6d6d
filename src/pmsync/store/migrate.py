"""Bringing the schema of a state up to date, and refusing one that a newer pmsync wrote."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from pmsync.errors import StateError
from pmsync.store import dialect
from pmsync.store.tables import metadata

HEAD: Final = "0006"
"""The newest revision in `migrations/versions`. Known here so that a state that is up to date opens without Alembic."""

VERSION_TABLE: Final = "pmsync_revision"


def bring_up_to_date(engine: Engine) -> None:
    """Run the migrations that the state lacks, all or none. Raises StateError where it is not ours, or newer."""
    try:
        with engine.connect() as connection:
            if _revision(connection) == HEAD:
                return
        with engine.connect() as connection:
            dialect.begin_writing(connection)
            dialect.lock_schema(connection)
            # Looked at again under the lock: another process may have been faster.
            revision = _revision(connection)
            if revision == HEAD:
                return
            _upgrade(connection, revision)
            connection.commit()
    except DBAPIError as error:
        raise dialect.translate(error) from error


def _revision(connection: Connection) -> str | None:
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in names:
        ours = sorted(names & set(metadata.tables))
        if ours:
            raise StateError(
                f"The database that `state` names is another program's, with a table {ours[0]}: give pmsync its own"
            )
        return None
    rows: Sequence[Any] = (
        connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalars().all()
    )
    return str(rows[0]) if rows else None


def _upgrade(connection: Connection, revision: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "pmsync.store:migrations")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise StateError(
            f"The state was written by a newer pmsync (revision {revision}): install that version, or restore a backup"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
