"""What people are told of: what is amiss, or was until lately, and what is on its way to them.

Any process may look and any may send; what two do at once, one of them does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, update

from pmsync.model.fields import Json
from pmsync.store import tables
from pmsync.store.database import Database
from pmsync.store.shape import Shape, given


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is amiss, or was. `what` is how it was when it began."""

    key: str
    what: Json
    since: datetime
    told_at: datetime | None = None
    """When it was told last that it is amiss. None: nobody knows of it, or it was told since that it is well."""
    well_since: datetime | None = None
    """None while it is amiss."""
    cleared_at: datetime | None = None
    """When it was told last that it is well."""
    flaps: bool = False
    """Whether it was amiss again soon after it had been well."""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that one channel is to be told."""

    id: int
    channel: str
    document: Json
    made_at: datetime
    due: datetime
    """Not to be sent before: it was tried in vain, or somebody is at it."""


_ALERT: Final = Shape(tables.alerts, Alert)
_NOTICE: Final = Shape(tables.notices, Notice)
_alert: Final = tables.alerts.c
_notice: Final = tables.notices.c

_THIS: Final = (_alert.key == given("key")) & (_alert.version == given("seen"))
_CHANGE: Final = (
    update(tables.alerts)
    .where(_THIS)
    .values({name: given(name) for name in (*_alert.keys(),) if name != "key"})
    .returning(_alert.key)
)
_FORGET: Final = delete(tables.alerts).where(_THIS).returning(_alert.key)
_ADD: Final = insert(tables.notices)
_HEAD: Final = (
    select(*_NOTICE.columns).where(_notice.channel == given("channel")).order_by(_notice.id).limit(1)
)  # fmt: skip
_TAKE: Final = (
    update(tables.notices)
    .where(_notice.id == given("id"), _notice.due == given("seen"))
    .values(due=given("due"))
    .returning(_notice.id)
)
_PUT_OFF: Final = update(tables.notices).where(_notice.id == given("id")).values(due=given("due"))
_DROP: Final = delete(tables.notices).where(_notice.id == given("id"))


class Notices:
    """The alerts of a state, and the notices that are on their way."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def alerts(self) -> Mapping[str, Alert]:
        """All, by key."""
        return {one.key: one for one in _ALERT.records(self._database.select(_ALERT.chosen()))}

    def change(self, before: Alert | None, after: Alert | None) -> bool:
        """Keep what became of an alert; None is none. False where somebody else did since it was read."""
        with self._database.writing("alert"):
            if before is None:
                return after is not None and self._database.insert_new(tables.alerts, _ALERT.rows([after])[0])
            seen = {"key": before.key, "seen": before.version}
            if after is None:
                return bool(self._database.run(_FORGET, **seen))
            row = {**_ALERT.rows([after])[0], **seen, "version": before.version + 1}
            return bool(self._database.run(_CHANGE, **row))

    def send(self, channels: Sequence[str], document: Json, now: datetime) -> None:
        """Have each channel told."""
        rows = [{"channel": one, "document": document, "made_at": now, "due": now} for one in channels]
        with self._database.writing("notice"):
            self._database.run_each(_ADD, rows)

    def take(self, channel: str, now: datetime, until: datetime) -> Notice | None:
        """The next one for a channel, if it may be sent now: nobody else is given it until then.

        They are sent in the order in which they came, so that nothing is told to be well before it is told to be amiss.
        """
        found = _NOTICE.records(self._database.select(_HEAD, channel=channel))
        if not found or found[0].due > now:
            return None
        notice = found[0]
        with self._database.writing("notice"):
            mine = self._database.run(_TAKE, id=notice.id, seen=notice.due, due=until)
        return notice if mine else None

    def put_off(self, notice: Notice, until: datetime) -> None:
        """It could not be sent, and is to be tried again then."""
        with self._database.writing("notice"):
            self._database.run(_PUT_OFF, id=notice.id, due=until)

    def drop(self, notice: Notice) -> None:
        """It was sent, or never will be."""
        with self._database.writing("notice"):
            self._database.run(_DROP, id=notice.id)
