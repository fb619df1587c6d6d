"""The webhooks that were registered for us, as far as the tools do not keep that for us: where they lead, what signs
them, and when they were last heard of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update

from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.shape import Shape, given

_at: Final = tables.hooks.c


@dataclass(frozen=True, slots=True)
class Hook:
    """One registration. `token` is the part of its address that tells it from others of its connection."""

    connection: str
    token: str
    url: str
    remote_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    """What its deliveries are signed with, sealed."""
    expected_until: datetime | None = None
    """Up to when the tool's handshake may come that brings the secret."""
    installed_at: datetime | None = None
    delivered_at: datetime | None = None


_HOOK: Final = Shape(tables.hooks, Hook)
_THIS: Final = (_at.connection == given("connection")) & (_at.token == given("token"))
_REPLICA: Final = tables.replicas.c
_LATEST: Final = (
    select(_REPLICA.remote_updated_at)
    .where(_REPLICA.connection == given("connection"))
    .order_by(_REPLICA.remote_updated_at.desc())
    .limit(1)
)
_TAKE: Final = (
    update(tables.hooks)
    .where(_THIS, _at.secret.is_(None), _at.expected_until >= given("now"))
    .values(secret=given("sealed"), expected_until=None)
    .returning(_at.token)
)
_DROP: Final = delete(tables.hooks).where(_THIS)


class Hooks:
    """The registrations of a state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, connection: str) -> Sequence[Hook]:
        """Those of a connection."""
        return list(_HOOK.records(self._database.select(_HOOK.chosen("connection"), connection=connection)))

    def get(self, connection: str, token: str) -> Hook | None:
        """The one with this token."""
        rows = self._database.select(_HOOK.chosen("connection", "token"), connection=connection, token=token)
        return next(iter(_HOOK.records(rows)), None)

    def latest_change(self, connection: str) -> datetime | None:
        """When something changed last in a connection, by its own clock, as far as it was read."""
        found = self._database.select(_LATEST, connection=connection)
        return found[0][0] if found else None

    def put(self, hook: Hook) -> None:
        """Keep one."""
        with self._database.writing("hook"):
            self._database.upsert(tables.hooks, _HOOK.rows([hook]))

    def shake(self, connection: str, token: str, sealed: str, now: datetime) -> bool:
        """Take the secret that a handshake brings, once, and only while one is expected; False otherwise."""
        with self._database.writing("handshake"):
            return bool(self._database.run(_TAKE, connection=connection, token=token, sealed=sealed, now=now))

    def drop(self, connection: str, token: str) -> None:
        """Forget one."""
        with self._database.writing("hook"):
            self._database.run(_DROP, connection=connection, token=token)
