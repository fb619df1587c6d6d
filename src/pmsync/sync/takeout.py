"""Taking a replica out of its item, or back into it: put away or left where it is, and what a crash left of that."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from pmsync.errors import PmsyncError, RejectedError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native, Ref
from pmsync.reconcile.settle import settle_write
from pmsync.store.records import Bundle, Change, Former, Intent, IntentKind, Item, Replica
from pmsync.store.records import ItemState as Life
from pmsync.sync.members import Bench, Member
from pmsync.sync.observe import digest, matching_due

WORDS = {IntentKind.ARCHIVE: "archived", IntentKind.DELETE: "deleted"}

PUT_AWAY = "put away with its twin"
"""Why a replica is a former one that pmsync archived when its item ended: it is taken out again if the item is back."""

LEFT = "left where it was when its item ended"
"""Why a replica is a former one that could not be put away: it is there, and comes back with its item only."""


def intent_of(replica: Replica, kind: IntentKind, run: str, now: datetime, context: Mapping[str, Json]) -> Intent:
    """The intent to put a replica away, or to take one out of the archive. While it is open, nothing else is decided
    about the replica."""
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
        context=dict(context),
    )


def told(intent: Intent, name: str) -> str:
    """A word of the intent's context; nothing where it has none such."""
    context = intent.context if isinstance(intent.context, dict) else {}
    return str(context.get(name) or "")


def take_out(bench: Bench, replica: Replica, word: str, run: str, undone: str, left: Native | None = None) -> None:
    """Unlink a replica. One that is still `left` in its tool is held, so that it is not linked again by itself."""
    store, now = bench.store, bench.clock.now()
    note = f"run {undone} undone"
    change = Change(run, now, word, replica.item, replica.connection, replica.remote_id, note=note)
    with store.transaction("taken out"):
        store.journal.record([change])
        store.replicas.unlink(replica.item, replica.connection, now, f"{word}: {note}")
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


def part(bench: Bench, replica: Replica, word: str, run: str, reason: str, note: str) -> None:
    """Unlink a replica whose item ends. `reason` is what is remembered of it, `note` what set the ending off."""
    store, now = bench.store, bench.clock.now()
    bundle = store.items.get(replica.item)
    intents = [one.id for one in bundle.intents if one.connection == replica.connection] if bundle else []
    with store.transaction("parted"):
        store.journal.record([Change(run, now, word, replica.item, replica.connection, replica.remote_id, note=note)])
        store.replicas.unlink(replica.item, replica.connection, now, reason)
        store.journal.settle(intents)


def covered(replica: Replica, native: Native) -> bool:
    """Whether somebody edited an object in the moment before it was put away, by what it shows in the archive."""
    return digest(replace(native, archived=replica.archived)) != replica.digest


def newly_linked(item: str, sync: str, connection: str, native: Native, pass_number: int, *, ours: bool) -> Replica:
    """A replica just linked: nothing of it is acknowledged yet."""
    return Replica(
        item=item,
        sync=sync,
        connection=connection,
        remote_id=native.ref.id,
        key=native.ref.key,
        url=native.ref.url,
        native=dict(native.fields),
        base={},
        seen_rev={},
        digest=digest(native),
        remote_created_at=native.created_at,
        remote_updated_at=native.updated_at,
        archived=native.archived,
        admitted=native.admitted,
        seen_pass=pass_number,
        created_by_us=ours,
    )


def link_again(bench: Bench, member: Member, item: str, native: Native, word: str, run: str, note: str) -> None:
    """Make an object that is out of the archive a replica of its item again, and settle the intent with it.

    What was acknowledged of it when it was put away still is: what it shows besides was edited since. If nothing was,
    all of the item is compared afresh.
    """
    store, sync, now = bench.store, bench.sync.name, bench.clock.now()
    number = store.progress.sync(sync).pass_number
    ours = native.marker is not None and native.creator == member.account
    bundle = store.items.get(item)
    intents = [one.id for one in bundle.intents if one.connection == member.name] if bundle else []
    replica = newly_linked(item, sync, member.name, native, number, ours=ours)
    base = base_when_it_left(bench, replica)
    with store.transaction("linked again"):
        store.candidates.drop(sync, member.name, [native.ref.id])
        store.items.put_replicas([replace(replica, base=base)])
        if base:
            store.replicas.mark_dirty(sync, [item])
        else:
            store.replicas.distrust(sync, [item])
        store.journal.record([Change(run, now, word, item, member.name, native.ref.id, note=note)])
        store.journal.settle(intents)


def base_when_it_left(bench: Bench, replica: Replica) -> Mapping[Field, Json]:
    """What was acknowledged of an object when it left the item that it comes back to; nothing where that is no more to
    be trusted than the rest of the item. What our last write made of it is, though nobody could confirm that before it
    left."""
    known = bench.store.replicas.former(
        replica.sync, connection=replica.connection, items=[replica.item], remote_ids=[replica.remote_id]
    )
    item = bench.store.items.alone([replica.item]).get(replica.item)
    if not known or item is None or item.rebase:
        return {}
    base = known[-1].base
    return {**base, **_still_ours(bench.members[replica.connection], replica, base)}


def _still_ours(member: Member, replica: Replica, base: Mapping[Field, Json]) -> dict[Field, Json]:
    """What an object shows otherwise than it was known, and its history tells to be our own doing."""
    differ = {name for name in base if name in replica.native and replica.native[name] != base[name]}
    if not differ & member.connector.capabilities.history:
        return {}
    try:
        look = member.connector.inspect(Ref(replica.remote_id, replica.key, replica.url), replica.remote_created_at)
    except PmsyncError:
        # Then it is told as an edit: nothing is written over unrecorded.
        return {}
    shown, found = look.native.fields if look.native else {}, dict[Field, Json]()
    for name in differ:
        told = [event for event in look.events if event.field == name]
        now = {name: replica.native[name]}
        if not told or shown.get(name) != now[name]:
            continue
        if isinstance(replica.native[name], list):
            found |= settle_write(now, base, now, told, member.account).bases
        elif told[-1].actor == member.account:
            found |= now
    return found


def put_away(bundle: Bundle, formers: Iterable[Former], now: datetime) -> list[Former]:
    """The twins that pmsync archived when a living item had ended, and that are to be taken out again. `formers` are
    the item's, oldest first."""
    there = {one.connection for one in bundle.replicas} | {one.connection for one in bundle.intents}
    last = {one.connection: one for one in formers}
    return [
        one
        for name, one in last.items()
        if one.reason == PUT_AWAY and name not in there and not _stays(bundle.item, name, now)
    ]


def _stays(item: Item, connection: str, now: datetime) -> bool:
    hold = item.refused.get(connection)
    until = hold.get("until") if isinstance(hold, dict) and "restore" in hold else None
    return isinstance(until, str) and now >= datetime.fromisoformat(until)


def stay(bench: Bench, item: str, connection: str, reason: str, until: datetime) -> None:
    """Remember that a twin could not be taken out of the archive, and how long that is tried. Settles the intent."""
    store = bench.store
    bundle = store.items.get(item)
    if bundle is None:
        return
    known = bundle.item.refused.get(connection)
    if not (isinstance(known, dict) and "restore" in known and known.get("reason") == reason):
        hold: Json = {"restore": True, "reason": reason, "until": until.isoformat()}
        bundle = replace(bundle, item=replace(bundle.item, refused={**bundle.item.refused, connection: hold}))
    with store.transaction("stays"):
        store.items.put([bundle.item])
        store.journal.settle([one.id for one in bundle.intents if one.connection == connection])


def alive(item: Item) -> Item:
    """The item, living again, with nothing known of what stays in an archive."""
    tried = {name: hold for name, hold in item.refused.items() if not (isinstance(hold, dict) and "restore" in hold)}
    return replace(item, state=Life.LIVE, refused=tried)


def settle_removal(bench: Bench, member: Member, intent: Intent) -> None:
    """What became of a removal or a return that was cut short: it is finished if it took effect. If not it is
    forgotten, and decided afresh; but what ends with its item is left open, to be gone on with."""
    store = bench.store
    bundle = store.items.get(intent.item)
    replica = bundle.replica(member.name) if bundle else None
    identity = intent.remote_id or ""
    native = member.connector.fetch([identity]).found.get(identity)
    if intent.kind is IntentKind.RESTORE:
        _settle_return(bench, member, intent, native)
    elif replica is None or (native is not None and not native.archived):
        if replica is None or bundle is None or bundle.item.state is not Life.DYING:
            _forget(bench, intent)
    elif told(intent, "ending") and native is not None and covered(replica, native):
        try:
            # It is held by that edit, which the reading finds: the ending does not go on.
            member.connector.restore(native.ref)
        except RejectedError:
            part(bench, replica, "archived", intent.run, PUT_AWAY, told(intent, "ending"))
    elif told(intent, "ending"):
        done = native is not None or intent.kind is IntentKind.DELETE
        word = WORDS[intent.kind] if done else "unlinked"
        reason = PUT_AWAY if native is not None else "deleted"
        part(bench, replica, word, intent.run, reason, told(intent, "ending"))
    else:
        take_out(bench, replica, WORDS[intent.kind], intent.run, told(intent, "undone"))


def _settle_return(bench: Bench, member: Member, intent: Intent, native: Native | None) -> None:
    taken = bench.store.replicas.known(intent.sync, member.name, [intent.remote_id or ""])
    if native is None or native.archived or not native.admitted or taken:
        _forget(bench, intent)
    else:
        link_again(bench, member, intent.item, native, "restored", intent.run, told(intent, "back"))


def _forget(bench: Bench, intent: Intent) -> None:
    with bench.store.transaction("not removed"):
        bench.store.journal.settle([intent.id])
        bench.store.replicas.mark_dirty(intent.sync, [intent.item])


def reappearing(formers: Collection[Former]) -> bool:
    """Whether an item that ended is to go on when one of its objects is back: pmsync kept the others."""
    last = {(one.connection, one.remote_id): one for one in formers}
    return any(one.reason in (PUT_AWAY, LEFT) for one in last.values())
