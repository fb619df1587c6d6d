"""Taking a replica out of its item: put away in its tool or left there, and what became of it after a crash."""

from dataclasses import replace
from datetime import datetime

from pmsync.model.native import Native
from pmsync.store.records import Change, Intent, IntentKind, Replica
from pmsync.store.records import ItemState as Life
from pmsync.sync.members import Bench, Member
from pmsync.sync.observe import matching_due

WORDS = {IntentKind.ARCHIVE: "archived", IntentKind.DELETE: "deleted"}


def intent_of(replica: Replica, kind: IntentKind, run: str, now: datetime, undone: str) -> Intent:
    """The intent to put a replica away. While it is open, nothing else is decided about the replica."""
    return Intent(
        id=f"{run}/{replica.item}/{replica.connection}",
        sync=replica.sync,
        item=replica.item,
        connection=replica.connection,
        kind=kind,
        body={},
        revs={},
        created_at=now,
        run=run,
        remote_id=replica.remote_id,
        context={"undone": undone},
    )


def take_out(bench: Bench, replica: Replica, word: str, run: str, undone: str, left: Native | None = None) -> None:
    """Unlink a replica. One that is still `left` in its tool is held, so that it is not linked again by itself."""
    store, now = bench.store, bench.clock.now()
    note = f"run {undone} undone"
    change = Change(run, now, word, replica.item, replica.connection, replica.remote_id, note=note)
    with store.transaction("taken out"):
        store.journal.record([change])
        store.replicas.unlink(replica.item, replica.connection, now, note)
        if left is not None:
            _keep_apart(bench, replica.connection, left, undone)
        store.journal.settle([f"{run}/{replica.item}/{replica.connection}"])
        bundle = store.items.get(replica.item)
        if bundle is not None and not bundle.replicas:
            store.items.put([replace(bundle.item, state=Life.UNLINKED)])


def _keep_apart(bench: Bench, connection: str, native: Native, undone: str) -> None:
    store, sync = bench.store, bench.sync.name
    number = store.progress.sync(sync).pass_number
    store.candidates.observe(sync, connection, [native], number)
    store.candidates.decide(sync, connection, native.ref.id, f"undone:{undone}")
    store.candidates.hold(sync, connection, {native.ref.id: (f"taken out of its item: run {undone} was undone", None)})


def bring_back(bench: Bench, item: str, connection: str, native: Native, word: str, run: str, note: str) -> None:
    """Let an object be linked to its item again, which may have ended: the next pass finds it by where it was."""
    store, sync, now = bench.store, bench.sync.name, bench.clock.now()
    number = store.progress.sync(sync).pass_number
    with store.transaction("brought back"):
        bundle = store.items.get(item)
        if bundle is not None and bundle.item.state is not Life.LIVE:
            store.items.put([replace(bundle.item, state=Life.LIVE)])
        store.candidates.observe(sync, connection, [native], number)
        store.candidates.decide(sync, connection, native.ref.id, None)
        store.progress.put_fact(matching_due(sync), "yes")
        store.journal.record([Change(run, now, word, item, connection, native.ref.id, note=note)])


def settle_removal(bench: Bench, member: Member, intent: Intent) -> None:
    """What became of a removal that was cut short: it is finished if it took effect, else forgotten."""
    store = bench.store
    bundle = store.items.get(intent.item)
    replica = next((one for one in bundle.replicas if one.connection == member.name), None) if bundle else None
    identity = intent.remote_id or ""
    native = member.connector.fetch([identity]).found.get(identity)
    context = intent.context if isinstance(intent.context, dict) else {}
    if replica is None or (native is not None and not native.archived):
        with store.transaction("not removed"):
            store.journal.settle([intent.id])
            store.replicas.mark_dirty(intent.sync, [intent.item])
        return
    take_out(bench, replica, WORDS[intent.kind], intent.run, str(context.get("undone", "")))
