"""Writing to replicas in one tool: read again, write only what differs, look once afterwards.

No tool here has an If-Match. So an item is read just before it is written, and is left alone if it moved since it was
decided on; and afterwards its history tells whether an edit came in between and was covered.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from pmsync.connector.api import Inspection, Updated
from pmsync.connector.crew import results
from pmsync.errors import PmsyncError, RejectedError, StaleError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.reconcile.plan import Change, Write
from pmsync.reconcile.settle import settle_write
from pmsync.store.records import Intent, IntentKind, Replica, Seen
from pmsync.sync.decide import Planned
from pmsync.sync.desk import Desk
from pmsync.sync.holds import beginnings, context_of
from pmsync.sync.observe import digest
from pmsync.sync.quarantine import isolated

_CHUNK = 20
"""How many items are read again together before they are written: more would make the reading old."""


def update(desk: Desk, writes: Sequence[tuple[Planned, Write]]) -> None:
    """Carry out these writes. What fails is told to the desk's outcomes."""
    if writes:
        _Updater(desk).update(writes)


class _Updater:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bench = desk.bench
        self._member = desk.member

    def update(self, writes: Sequence[tuple[Planned, Write]]) -> None:
        capabilities = self._member.connector.capabilities
        size = max(1, min(_CHUNK, capabilities.fetch_batch))
        for start in range(0, len(writes), size):
            chunk = writes[start : start + size]
            if self._member.down is None:
                tasks = [partial(self._apart, *task) for task in self._read_again(chunk)]
                results(tasks, capabilities.concurrency, f"update-{self._member.name}")
            self._desk.progress.advance(len(chunk))

    def _read_again(self, chunk: Sequence[tuple[Planned, Write]]) -> list[tuple[Write, Replica, Native]]:
        """The writes whose items are as they were when it was decided."""
        replicas = {write.item: planned.replica(self._member.name) for planned, write in chunk}
        ids = [replica.remote_id for replica in replicas.values() if replica is not None]
        try:
            fetched = self._member.connector.fetch(ids)
        except PmsyncError as error:
            for _, write in chunk:
                self._desk.fail(write.item, error)
            return []
        ready = []
        for _, write in chunk:
            replica = replicas[write.item]
            native = fetched.found.get(replica.remote_id) if replica else None
            if replica is None or native is None:
                self._vanished(write, replica)
            elif self._moved(write, replica, native):
                self._stale(write.item, native)
            else:
                ready.append((write, replica, native))
        return ready

    def _vanished(self, write: Write, replica: Replica | None) -> None:
        store, sync = self._bench.store, self._bench.sync.name
        if replica is not None:
            number = store.progress.sync(sync).pass_number
            store.replicas.mark_missing(sync, self._member.name, [replica.remote_id], self._bench.clock.now(), number)
        message = "it is not there any more, or not for us; the next pass looks again"
        self._desk.outcomes.refused(write.item, self._member.name, RejectedError(message))

    def _moved(self, write: Write, replica: Replica, native: Native) -> bool:
        if native.archived != replica.archived or native.admitted != replica.admitted:
            return True
        return any(native.fields.get(name) != change.before for name, change in write.changes.items())

    def _stale(self, item: str, native: Native) -> None:
        store, sync = self._bench.store, self._bench.sync.name
        number = store.progress.sync(sync).pass_number
        store.replicas.observe(sync, self._member.name, [Seen(native, digest(native), dirty=True)], number)
        self._desk.outcomes.stale(item)

    def _apart(self, write: Write, replica: Replica, native: Native) -> None:
        with isolated(self._bench, write.item):
            self._one(write, replica, native)

    def _one(self, write: Write, replica: Replica, native: Native) -> None:
        intent = self._intent(write, replica, native)
        store = self._bench.store
        store.journal.intend([intent])
        try:
            updated = self._send(write, replica, native)
        except RejectedError as error:
            self._refuse(write, replica, native, intent, error)
        except PmsyncError as error:
            # Some of it may have taken effect: a workflow is walked step by step.
            store.journal.doubt([intent.id])
            if isinstance(error, StaleError):
                self._desk.outcomes.stale(write.item)
            else:
                self._desk.fail(write.item, error)
        else:
            self._settle(write, replica, native, updated, intent)

    def _send(self, write: Write, replica: Replica, native: Native) -> Updated:
        """Send it. A walk through a workflow that was cut short once, and is refused now, ends where it began."""
        patch = {name: change.after for name, change in write.changes.items()}
        began = beginnings(replica, write.changes)
        try:
            updated = self._member.connector.update(native.ref, patch, native)
        except RejectedError:
            self._go_back(native, began)
            raise
        self._go_back(native, {name: start for name, start in began.items() if name in updated.refused})
        return updated

    def _go_back(self, native: Native, began: Mapping[Field, Json]) -> None:
        """Have fields show again what they did before pmsync set out, if they still are where it came upon them."""
        there = self._member.connector.fetch([native.ref.id]).found.get(native.ref.id) if began else None
        patch = {
            name: start for name, start in began.items() if there and there.fields.get(name) == native.fields.get(name)
        }
        if there and patch:
            self._desk.report.wrote(self._member.name)
            # What does not lead back either is left where it is, and told with the refusal.
            with suppress(RejectedError):
                self._member.connector.update(native.ref, patch, there)

    def _intent(self, write: Write, replica: Replica, native: Native) -> Intent:
        return Intent(
            id=f"{self._desk.journal.run}/{write.item}/{self._member.name}",
            sync=self._bench.sync.name,
            item=write.item,
            connection=self._member.name,
            kind=IntentKind.UPDATE,
            body={name: change.after for name, change in write.changes.items()},
            revs={name: change.revision for name, change in write.changes.items()},
            created_at=self._bench.clock.now(),
            run=self._desk.journal.run,
            remote_id=replica.remote_id,
            context={
                "seen": {name.value: native.fields.get(name) for name in write.changes},
                "since": native.updated_at.isoformat(),
                **context_of(beginnings(replica, write.changes)),
            },
        )

    def _settle(self, write: Write, replica: Replica, seen: Native, updated: Updated, intent: Intent) -> None:
        store = self._bench.store
        try:
            look = self._look(seen, updated, write.changes)
        except PmsyncError as error:
            # What the write covered is found out when the tool's history can be asked.
            store.journal.doubt([intent.id])
            self._desk.fail(write.item, error)
            return
        # What is out of sight when it is looked at tells nothing, whatever the answer to the write was.
        shown = look.native if look else updated.native
        if shown is None:
            store.journal.doubt([intent.id])
            self._desk.outcomes.failed(
                write.item, self._member.name, UnknownOutcomeError("the write could not be confirmed")
            )
            return
        sent = {name: change.after for name, change in write.changes.items() if name in updated.applied}
        before = {name: change.before for name, change in write.changes.items()}
        events = look.events if look else ()
        settlement = settle_write(sent, before, shown.fields, events, self._member.account, updated.refused)
        news = self._desk.journal.written(
            self._member, replica, write.changes, shown, settlement, updated.refused, intent
        )
        for name, reason in updated.refused.items():
            self._desk.report.fail(
                RejectedError(f"{name.value}: {reason}"), connection=self._member.name, item=write.item
            )
        self._desk.report.count("conflicts", len(settlement.covered))
        if updated.applied:
            self._desk.report.count("updated")
            self._desk.report.wrote(self._member.name)
        if not news:
            self._desk.outcomes.shows(write.item, self._member.name, digest(shown))
        self._desk.outcomes.done(write.item, self._member.name, again=news)

    def _look(self, seen: Native, updated: Updated, changes: Mapping[Field, Change]) -> Inspection | None:
        """One look afterwards, unless the answer says it all and no history could say more."""
        told = self._member.connector.capabilities.history
        if updated.native is not None and not told & set(changes):
            return None
        return self._member.connector.inspect(seen.ref, seen.updated_at)

    def _refuse(self, write: Write, replica: Replica, seen: Native, intent: Intent, error: RejectedError) -> None:
        """The tool took nothing of it; but a walk that it stopped halfway has left the item somewhere."""
        journal, us = self._desk.journal, self._member.account
        self._desk.outcomes.refused(write.item, self._member.name, error)
        try:
            look = self._look(seen, Updated(None, frozenset()), write.changes)
        except PmsyncError as failure:
            self._desk.lose(failure)
            look = None
        if look is None or look.native is None:
            # Where it was left, and what that covered, is found out when it can be looked at.
            self._bench.store.journal.doubt([intent.id])
            return
        before = {name: change.before for name, change in write.changes.items()}
        settlement = settle_write({}, before, look.native.fields, look.events, us, write.changes)
        if settlement.partway or settlement.covered:
            refused = dict.fromkeys(write.changes, error.message)
            journal.written(self._member, replica, write.changes, look.native, settlement, refused, intent)
        else:
            self._bench.store.journal.settle([intent.id])
            journal.rejected(self._member, replica, write.changes, error.message)
