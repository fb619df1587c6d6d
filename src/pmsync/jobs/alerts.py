"""What becomes of what is seen to be amiss: when it is told, when it is told again, and when it is told to be well.

Pure: what is seen comes in, and what was told before; what is to be told, and to be remembered, comes out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pmsync.store.notices import Alert

AGAIN: Final = timedelta(hours=24)
"""How long what lasts is not told again."""

CALM: Final = timedelta(hours=1)
"""What is amiss again within so long of having been well comes and goes: it is well once it was so for as long."""


class Kind(StrEnum):
    """What can be amiss."""

    CONNECTION = "connection"
    """A tool refuses us, or cannot be reached."""
    STALE = "stale"
    """A tool was not read for long."""
    WEBHOOK = "webhook"
    GUARD = "guard"
    """The guard stopped a pass."""
    PASS = "pass"  # noqa: S105 - a pass over a sync
    """A pass cannot begin, or breaks off."""
    ASIDE = "aside"
    """An item or a field of one is set aside."""
    QUEUE = "queue"
    """What was heard of is not looked at."""
    TEST = "test"
    """Nothing is: it is tried whether alerts arrive."""


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Something is not kept in step."""
    WARNING = "warning"
    """It is, but late or not all of it."""
    INFO = "info"


class Status(StrEnum):
    """What is said of it."""

    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is seen to be amiss. `key`: the same whenever it is seen."""

    key: str
    kind: Kind
    message: str
    remedy: str
    severity: Severity = Severity.ERROR
    connection: str = ""
    sync: str = ""
    item: str = ""
    since: datetime | None = None
    """Since when, where that is known; else since it was first seen."""
    at_once: bool = False
    """Whether it is told without waiting whether it lasts."""

    def kept(self) -> dict[str, str]:
        """What is remembered of it, to be told again."""
        said = asdict(self)
        return {name: str(said[name]) for name in _KEPT}


_KEPT: Final = ("kind", "severity", "connection", "sync", "item", "message", "remedy")


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said of something now."""

    status: Status
    what: Mapping[str, str]
    since: datetime
    until: datetime | None = None
    """When it was well again, where it is."""
    again: bool = False
    """Whether it was said before, and lasts."""
    flaps: bool = False
    """Whether it comes and goes."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of one alert. None: it is forgotten."""

    before: Alert | None
    after: Alert | None
    told: Told | None = None


def turns(known: Mapping[str, Alert], seen: Mapping[str, Condition], now: datetime, after: timedelta) -> Iterator[Turn]:
    """What becomes of all that was known and all that is seen. `after`: how long something has to last to be told."""
    for key in sorted(known.keys() | seen.keys()):
        before, condition = known.get(key), seen.get(key)
        turn = _well(before, now) if condition is None else _amiss(before, condition, now, after)
        if turn is not None and turn.after != before:
            yield turn


def _amiss(before: Alert | None, seen: Condition, now: datetime, after: timedelta) -> Turn:
    if before is None:
        alert = Alert(seen.key, dict(seen.kept()), _since(seen, now))
    elif before.told_at is None and before.well_since is not None:
        alert = replace(before, what=dict(seen.kept()), since=_since(seen, now), well_since=None)
    else:
        alert = replace(before, well_since=None)
    if alert.told_at is not None:
        if now - alert.told_at < AGAIN:
            return Turn(before, alert)
        return Turn(before, replace(alert, told_at=now), _told(Status.RAISED, alert, again=True))
    if now - alert.since < (timedelta() if seen.at_once else after):
        return Turn(before, alert)
    alert = replace(alert, told_at=now, flaps=_soon(alert, now))
    return Turn(before, alert, _told(Status.RAISED, alert))


def _well(before: Alert | None, now: datetime) -> Turn | None:
    if before is None:
        return None
    if before.told_at is None:
        kept = replace(before, well_since=before.well_since or now) if _soon(before, now) else None
        return Turn(before, kept)
    alert = replace(before, well_since=before.well_since or now)
    if alert.well_since is None or now - alert.well_since < (CALM if alert.flaps else timedelta()):
        return Turn(before, alert)
    return Turn(before, replace(alert, told_at=None, cleared_at=now), _told(Status.CLEARED, alert))


def _since(seen: Condition, now: datetime) -> datetime:
    return min(seen.since or now, now)


def _soon(alert: Alert, now: datetime) -> bool:
    """Whether it was told lately that it is well."""
    return alert.cleared_at is not None and now - alert.cleared_at < CALM


def _told(status: Status, alert: Alert, *, again: bool = False) -> Told:
    until = alert.well_since if status is Status.CLEARED else None
    return Told(status, _what(alert.what), alert.since, until, again, alert.flaps)


def _what(kept: Any) -> Mapping[str, str]:
    """What was remembered; a state that another version wrote may lack some of it."""
    said = kept if isinstance(kept, dict) else {}
    return {name: str(said.get(name, "")) for name in _KEPT}
