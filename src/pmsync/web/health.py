"""Whether the service does its work: when each tool was read last, what waits, and what is amiss, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pmsync.errors import PmsyncError
from pmsync.jobs.conditions import PERIODS
from pmsync.jobs.herald import unsent
from pmsync.jobs.notify import channels
from pmsync.jobs.service import Service
from pmsync.sync.webhooks import webhook_trouble


@dataclass(frozen=True, slots=True)
class Standing:
    """How one connection is."""

    name: str
    in_a_sync: bool
    last_success: datetime | None = None
    """When it was read last, to the end."""
    lag: float | None = None
    """Seconds since then."""
    resting: str = ""
    """Why its tool is left alone just now, if it is."""
    receives: bool = False
    """Whether webhooks are configured."""
    registered: bool = False
    """Whether one was registered from here."""
    delivered_at: datetime | None = None
    webhook_trouble: str = ""
    """What was amiss with the webhook when it was looked at last."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the service was at one moment."""

    at: datetime
    reachable: bool
    """Whether the state answers."""
    connections: tuple[Standing, ...] = ()
    waiting: int = 0
    """How many things wait to be looked at, or are being looked at."""
    oldest: datetime | None = None
    problems: tuple[str, ...] = field(default=())
    """Why the service is not ready, if it is not."""
    notes: tuple[str, ...] = ()
    """What else is to be known."""

    @property
    def ready(self) -> bool:
        """Whether it does its work."""
        return not self.problems

    @property
    def oldest_seconds(self) -> float:
        """How long the oldest of what waits has waited."""
        return max(0.0, (self.at - self.oldest).total_seconds()) if self.oldest else 0.0

    def as_json(self) -> dict[str, object]:
        """What `/readyz` says."""
        return {
            "ready": self.ready,
            "problems": list(self.problems),
            "notes": list(self.notes),
            "at": self.at.isoformat(),
            "state": "ok" if self.reachable else "unreachable",
            "queue": {"waiting": self.waiting, "oldest": _told(self.oldest), "oldest_seconds": self.oldest_seconds},
            "connections": {one.name: _connection(one) for one in self.connections},
        }


def look(service: Service) -> Look:
    """See how the service is. Asks the state, and no tool."""
    now = service.clock.now()
    try:
        connections = tuple(_standing(service, name, now) for name in service.config.connections)
        waiting, oldest = service.inbox.waiting()
        notes = tuple(_notes(service))
    except PmsyncError:
        return unreachable(now)
    problems = [_stale(one, service.config.polling.every) for one in connections]
    return Look(now, True, connections, waiting, oldest, tuple(one for one in problems if one), notes)


def unreachable(now: datetime) -> Look:
    """How it is when nobody can tell."""
    return Look(now, False, problems=("the state does not answer: look at its disk, or at its server",))


def _notes(service: Service) -> Iterator[str]:
    for channel in channels(service.config.alerts):
        why = service.store.progress.fact(unsent(channel))
        if why:
            yield f"the last alert could not be sent: {why}"


def _standing(service: Service, name: str, now: datetime) -> Standing:
    connection = service.config.connections[name]
    syncs = [one.name for one in service.config.syncs.values() if name in one.members]
    read = [service.store.progress.reading(sync, name).read_at for sync in syncs]
    last = max((one for one in read if one is not None), default=None)
    resting = service.resident.down(name)
    receives = bool(connection.settings.webhook_url)
    hooks = service.store.hooks.all(name) if receives else ()
    return Standing(
        name,
        in_a_sync=bool(syncs),
        last_success=last,
        lag=None if last is None else max(0.0, (now - last).total_seconds()),
        resting=resting.message if resting else "",
        receives=receives,
        registered=any(one.remote_id for one in hooks),
        delivered_at=max((one.delivered_at for one in hooks if one.delivered_at), default=None),
        webhook_trouble=(service.store.progress.fact(webhook_trouble(name)) or "") if receives else "",
    )


def _stale(one: Standing, every: float) -> str:
    """Why a connection keeps the service from being ready; "" where it does not."""
    why = f": it {one.resting}" if one.resting else ""
    if not one.in_a_sync:
        return ""
    if one.lag is None:
        return f"{one.name} has not been read yet{why}"
    if one.lag > PERIODS * every:
        return f"{one.name} was read last {timedelta(seconds=int(one.lag))} ago{why}"
    return ""


def _connection(one: Standing) -> dict[str, object]:
    webhook = {
        "registered": one.registered,
        "last_delivery": _told(one.delivered_at),
        "trouble": one.webhook_trouble or None,
    }
    return {
        "last_success": _told(one.last_success),
        "lag_seconds": one.lag,
        "resting": one.resting or None,
        "webhook": webhook if one.receives else None,
    }


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
