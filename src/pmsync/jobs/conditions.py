"""What is amiss at the moment, as far as the state shows: so all processes of an installation see the same."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pmsync.config.settings import Config, SyncConfig
from pmsync.errors import (
    AuthError,
    ConfigError,
    FatalError,
    GuardError,
    PmsyncError,
    TransientError,
    UnknownOutcomeError,
)
from pmsync.jobs.alerts import Condition, Kind, Severity
from pmsync.jobs.work import Ended
from pmsync.reconcile.policy import FLAPPING
from pmsync.store.inbox import Inbox
from pmsync.store.records import ConflictState, ItemState, Run
from pmsync.store.store import Store
from pmsync.sync.report import Status
from pmsync.sync.resident import cause
from pmsync.sync.webhooks import webhook_trouble

PERIODS: Final = 3
"""How many periods of polling may pass without a tool having been read."""

_STUCK: Final = timedelta(minutes=15)
"""How long something may wait to be looked at at the least before that is amiss."""

_PASSES: Final = ("serve", "sync")
"""The commands that read all that changed."""
_OF_A_TOOL: Final = (AuthError.kind, TransientError.kind, UnknownOutcomeError.kind, FatalError.kind)
"""The errors that are of a tool as a whole."""

_REMEDIES: Final = {
    AuthError.kind: "renew the token, or check what it may do: `pmsync check`",
    FatalError.kind: "look at the project and at what the account may see: `pmsync check`",
}
_WAIT: Final = "see whether it can be reached; it is tried again by itself"


@dataclass(frozen=True, slots=True)
class Observer:
    """Looks at the state of an installation. `began`: since when this process has been at work."""

    config: Config
    store: Store
    inbox: Inbox
    began: datetime

    def conditions(self, now: datetime, known: Collection[str]) -> dict[str, Condition]:
        """All that is amiss, by key. `known`: what was amiss before. Raises StateError, LockedError."""
        found: dict[str, Condition] = {}
        for sync in self.config.syncs.values():
            run = self.store.reports.last_run(sync.name, _PASSES)
            for one in (*self._of_the_pass(sync, run), *self._aside(sync), *self._failing(sync, run)):
                found.setdefault(one.key, one)
        for one in (*self._stale(now, known), *self._webhooks(), *self._queue(now, known)):
            found.setdefault(one.key, one)
        return found

    def _failing(self, sync: SyncConfig, run: Run | None) -> Iterator[Condition]:
        for error in _errors(run):
            name, kind = error["connection"], error["kind"]
            if name in sync.members and not error["item"] and kind in _OF_A_TOOL:
                yield Condition(
                    _of(name), Kind.CONNECTION, cause(error["message"]), _REMEDIES.get(kind, _WAIT), connection=name
                )

    def _of_the_pass(self, sync: SyncConfig, run: Run | None) -> Iterator[Condition]:
        broken = _broken(self.store.progress.fact(broken_pass(sync.name)))
        if broken is not None and (run is None or run.finished_at is None or run.finished_at <= broken.at):
            yield Condition(f"pass {sync.name}", Kind.PASS, broken.message, broken.remedy, sync=sync.name)
        if run is None or run.status != Status.STOPPED:
            return
        guard = next((error["message"] for error in _errors(run) if error["kind"] == GuardError.kind), None)
        if guard is not None:
            yield Condition(
                f"guard {sync.name}", Kind.GUARD, guard, "look at `pmsync plan`, and see what it says",
                sync=sync.name, since=run.started_at, at_once=True,
            )  # fmt: skip
            return
        # What stopped it was told last. What is told of an item may have words of its in it.
        why = [error["message"] for error in _errors(run) if not error["item"]]
        told = f"the last pass did not end: {cause(why[-1]) if why else 'it was stopped'}"
        yield Condition(f"pass {sync.name}", Kind.PASS, told, "see the log, and `pmsync check`", sync=sync.name)

    def _aside(self, sync: SyncConfig) -> Iterator[Condition]:
        for bundles in self.store.items.every(sync.name, state=ItemState.LIVE, quarantined=True):
            for bundle in bundles:
                item = bundle.item.id
                told = f"an item is set aside, the others go on: {bundle.item.quarantine}"
                remedy = f"`pmsync conflicts list` has it; mend the cause, then `pmsync conflicts release {item}`"
                yield Condition(
                    f"aside {sync.name} {item}", Kind.ASIDE, told, remedy, Severity.WARNING,
                    sync=sync.name, item=item, at_once=True,
                )  # fmt: skip
        for one in self.store.reports.conflicts(sync=sync.name, state=ConflictState.OPEN):
            if one.policy == FLAPPING:
                told = f"somebody undoes each write to the {one.field} of an item, so it is set aside"
                remedy = f"`pmsync conflicts show {one.id}` has both; end it, then `pmsync conflicts release {one.id}`"
                yield Condition(
                    f"aside {sync.name} {one.item} {one.field}", Kind.ASIDE, told, remedy, Severity.WARNING,
                    sync=sync.name, item=one.item, at_once=True,
                )  # fmt: skip

    def _stale(self, now: datetime, known: Collection[str]) -> Iterator[Condition]:
        longest = timedelta(seconds=PERIODS * self.config.polling.every)
        for name in self.config.connections:
            syncs = [one.name for one in self.config.syncs.values() if name in one.members]
            read = [self.store.progress.reading(sync, name).read_at for sync in syncs]
            last = max((one for one in read if one is not None), default=None)
            if not syncs or not self._overdue(_of(name), last or self.began, longest, now, known):
                continue
            told = f"not read since {last:%Y-%m-%d %H:%M} UTC" if last else "not read yet"
            remedy = "see the log and `pmsync check`; is a pass at work, or the service without a free slot?"
            yield Condition(_of(name), Kind.STALE, told, remedy, connection=name, since=last or self.began)

    def _queue(self, now: datetime, known: Collection[str]) -> Iterator[Condition]:
        waiting, oldest = self.inbox.waiting()
        if oldest is not None and self._overdue("queue", oldest, _STUCK, now, known):
            told = f"of {waiting} that wait to be looked at, one has since {oldest:%Y-%m-%d %H:%M} UTC"
            remedy = (
                "see `/readyz`: is a tool down, or are the limits too small for what happens? More `pmsync worker`?"
            )
            yield Condition("queue", Kind.QUEUE, told, remedy, since=oldest)

    def _overdue(self, key: str, since: datetime, longest: timedelta, now: datetime, known: Collection[str]) -> bool:
        """Whether it has lasted too long. What began while nobody was at work is given as long again, once."""
        return now - since > longest and (key in known or now - self.began > longest)

    def _webhooks(self) -> Iterator[Condition]:
        for name, connection in self.config.connections.items():
            trouble = self.store.progress.fact(webhook_trouble(name)) if connection.settings.webhook_url else None
            if trouble:
                told, _, remedy = trouble.partition(": ")
                yield Condition(
                    f"webhook {name}", Kind.WEBHOOK, f"its webhook {told}", remedy or "see `pmsync webhooks list`",
                    Severity.WARNING, connection=name,
                )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Broken:
    """How a pass ended that has no entry, or none that says so."""

    at: datetime
    message: str
    remedy: str

    def as_text(self) -> str:
        """For the state."""
        return json.dumps({"at": self.at.isoformat(), "message": self.message, "remedy": self.remedy})


def broke(ended: Ended) -> Broken | None:
    """How a pass that ended without a report did; None for one that has a report, or found another at work."""
    error = ended.error
    if ended.report is not None or not ended.is_pass:
        return None
    if error is None:
        told = "the last pass broke off over a mistake of pmsync's"
        return Broken(ended.at, told, "see the log, and please report it")
    remedy = "mend what it names" if isinstance(error, ConfigError) else "see the log, and `pmsync check`"
    return Broken(ended.at, f"the last pass did not end: {_first_line(error)}", remedy)


def broken_pass(sync: str) -> str:
    """The fact that says how a sync's pass broke off last."""
    return f"broken pass {sync}"


def _broken(kept: str | None) -> Broken | None:
    if not kept:
        return None
    said = json.loads(kept)
    return Broken(datetime.fromisoformat(said["at"]), said["message"], said["remedy"])


def _errors(run: Run | None) -> list[dict[str, str]]:
    summary: Any = run.summary if run is not None else None
    found = summary.get("errors") if isinstance(summary, dict) else None
    return [{**_EMPTY, **one} for one in found] if isinstance(found, list) else []


_EMPTY: Final = {"item": "", "connection": "", "kind": "", "message": ""}


def _first_line(error: PmsyncError) -> str:
    return error.message.partition("\n")[0]


def _of(connection: str) -> str:
    """One key for all that keeps a tool from being read, so that it is one alert."""
    return f"connection {connection}"
