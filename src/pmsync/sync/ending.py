"""Ending an item: its twins are put away in all tools, each looked at right before, whatever cuts it short.

That is one act in several tools. So all of it is intended before the first call, and the item is dying until the last:
whatever the policy is by then, the next pass goes on with it, unless somebody worked on what is left.
"""

from collections.abc import Sequence
from dataclasses import replace

from pmsync.config.settings import OnDelete
from pmsync.errors import AuthError, FatalError, PmsyncError, RejectedError, StateError
from pmsync.model.native import Ref
from pmsync.store.records import Bundle, Intent, IntentKind, Replica, ReplicaState, Seen
from pmsync.store.records import ItemState as Life
from pmsync.sync.decide import departed
from pmsync.sync.depart import Departure
from pmsync.sync.members import Bench, Member
from pmsync.sync.observe import digest
from pmsync.sync.report import Report
from pmsync.sync.takeout import LEFT, PUT_AWAY, WORDS, alive, covered, intent_of, part, told

_KINDS = {OnDelete.ARCHIVE: IntentKind.ARCHIVE, OnDelete.DELETE: IntentKind.DELETE}


def depart(bench: Bench, found: Sequence[Departure], run: str, report: Report) -> None:
    """Carry the departures out."""
    ended: set[str] = set()
    for departure in found:
        if departure.replica.item in ended:
            # Its other replicas went with it.
            continue
        if departure.ends:
            ended.add(departure.replica.item)
        match departure.action:
            case OnDelete.ASK:
                message = f"{departure.why} in {departure.replica.connection}: its twins wait for your decision"
                report.warn(message, connection=departure.replica.connection, item=departure.bundle.item.id)
            case OnDelete.UNLINK:
                _unlink(bench, departure, run, report)
            case OnDelete.ARCHIVE | OnDelete.DELETE:
                _end(bench, departure, run, report)


def _unlink(bench: Bench, departure: Departure, run: str, report: Report) -> None:
    store, replica = bench.store, departure.replica
    with store.transaction("unlinked"):
        part(bench, replica, "unlinked", run, departure.why, departure.why)
        left = store.items.get(replica.item)
        if left is not None and not left.replicas:
            store.items.put([replace(left.item, state=Life.UNLINKED)])
    report.count("unlinked")


def _end(bench: Bench, departure: Departure, run: str, report: Report) -> None:
    """End an item. What moved since it was decided leaves all to the next pass."""
    if not _ready(bench, departure, report):
        return
    _begin(bench, departure, run)
    for number, replica in enumerate(departure.others):
        member = bench.members[replica.connection]
        if number and not _as_decided(bench, member, replica, report):
            return
        if not _remove(bench, member, replica, departure, run, report):
            return
    _conclude(bench, departure, run, report)


def go_on(bench: Bench, bundles: Sequence[Bundle]) -> Sequence[Bundle]:
    """Give those items their life back whose ending, cut short, must not go on. Gives all of them, as they are then."""
    stopped = [one.item.id for one in bundles if one.item.state is Life.DYING and not _goes_on(bench, one)]
    for item in stopped:
        _let_live(bench, item)
    return bench.store.items.load([one.item.id for one in bundles]) if stopped else bundles


def _goes_on(bench: Bench, bundle: Bundle) -> bool:
    if not any(departed(one) for one in bundle.replicas):
        return False
    intents = {one.connection: one for one in bundle.intents}
    for replica in bundle.replicas:
        if replica.connection not in bench.sync.members or departed(replica) or not replica.admitted:
            continue
        intent = intents.get(replica.connection)
        if intent is None or told(intent, "digest") != replica.digest:
            return False
    return True


def _let_live(bench: Bench, item: str) -> None:
    """What is not known of a tool that cannot be asked stays open, and is settled when it can be."""
    store = bench.store
    bundle = store.items.get(item)
    if bundle is None:
        return
    usable = {one.name for one in bench.usable}
    with store.transaction("goes on living"):
        store.items.put([alive(bundle.item)])
        store.journal.settle([one.id for one in bundle.intents if one.connection in usable and told(one, "ending")])
        store.replicas.mark_dirty(bundle.item.sync, [item])


def _ready(bench: Bench, departure: Departure, report: Report) -> bool:
    """Whether everything is to be seen, and as it was when it was decided. What goes first is read last, with nothing
    in between."""
    bundle, first = departure.bundle, departure.others[0] if departure.others else None
    if any(not told(one, "ending") for one in bundle.unsettled):
        return False
    for replica in sorted(bundle.replicas, key=lambda one: one is first):
        if replica.connection not in bench.sync.members:
            continue
        # Also what had left as well: a late index may have shown it so.
        member = bench.members[replica.connection]
        if replica.state is ReplicaState.MISSING or not member.usable:
            message = f"{departure.why} in {departure.replica.connection}: its twins wait until all of them can be seen"
            report.warn(message, connection=member.name, item=replica.item)
            return False
        if not _as_decided(bench, member, replica, report):
            return False
    return True


def _as_decided(bench: Bench, member: Member, replica: Replica, report: Report) -> bool:
    """Read a replica by id. One that shows something else than it did is kept as it is now, and to be reconciled."""
    store, sync = bench.store, bench.sync.name
    number = store.progress.sync(sync).pass_number
    try:
        native = member.connector.fetch([replica.remote_id]).found.get(replica.remote_id)
    except PmsyncError as error:
        _fail(member, replica, error, report)
        return False
    if native is None:
        if replica.state is not ReplicaState.GONE:
            store.replicas.mark_missing(sync, member.name, [replica.remote_id], bench.clock.now(), number)
        return replica.state is ReplicaState.GONE
    if replica.state is not ReplicaState.GONE and digest(native) == replica.digest:
        return True
    store.replicas.observe(sync, member.name, [Seen(native, digest(native), dirty=True)], number)
    return False


def _fail(member: Member, replica: Replica, error: PmsyncError, report: Report) -> None:
    if isinstance(error, (AuthError, FatalError)):
        member.down = error
        report.lose(member.name, error)
    else:
        report.fail(error, connection=member.name, item=replica.item)


def _begin(bench: Bench, departure: Departure, run: str) -> None:
    """Intend all of it, before the first call."""
    store, now, bundle = bench.store, bench.clock.now(), departure.bundle
    kind = _KINDS[departure.action]
    open_ = {one.connection for one in bundle.intents}
    intents = [
        intent_of(one, kind, run, now, {"ending": departure.why, "digest": one.digest})
        for one in departure.others
        if one.connection not in open_
    ]
    with store.transaction("ending"):
        store.items.put([replace(bundle.item, state=Life.DYING)])
        store.journal.intend(intents)
        store.replicas.mark_dirty(bundle.item.sync, [bundle.item.id])


def _remove(bench: Bench, member: Member, replica: Replica, departure: Departure, run: str, report: Report) -> bool:
    ref, kind = Ref(replica.remote_id, replica.key, replica.url), _KINDS[departure.action]
    if kind is IntentKind.ARCHIVE and not member.connector.capabilities.archives:
        _leave(bench, replica, "this tool has no archive", departure, run, report)
        return True
    try:
        if kind is IntentKind.DELETE:
            member.connector.delete(ref)
        else:
            member.connector.archive(ref)
            if _taken_back(bench, member, replica, report):
                _let_live(bench, replica.item)
                return False
    except StateError:
        raise
    except RejectedError as error:
        _leave(bench, replica, error.message, departure, run, report)
        return True
    except PmsyncError as error:
        bench.store.journal.doubt([one.id for one in _intents(bench, replica)])
        _fail(member, replica, error, report)
        return False
    part(bench, replica, WORDS[kind], run, PUT_AWAY if kind is IntentKind.ARCHIVE else "deleted", departure.why)
    report.count(WORDS[kind])
    report.wrote(member.name)
    return True


def _taken_back(bench: Bench, member: Member, replica: Replica, report: Report) -> bool:
    """Look at it once more in the archive: what somebody edited right before is taken out again, and kept as it is.

    Nothing can be done in that moment but to look behind it: no tool archives only what is as it was.
    """
    store, sync, identity = bench.store, bench.sync.name, replica.remote_id
    native = member.connector.fetch([identity]).found.get(identity)
    if native is None or not covered(replica, native):
        return False
    try:
        member.connector.restore(native.ref)
    except RejectedError as error:
        message = f"edited in the moment before it was archived, and could not be taken out again: {error.message}"
        report.warn(message, connection=member.name, item=replica.item)
        return False
    native = member.connector.fetch([identity]).found.get(identity, replace(native, archived=False))
    number = store.progress.sync(sync).pass_number
    store.replicas.observe(sync, member.name, [Seen(native, digest(native), dirty=True)], number)
    return True


def _intents(bench: Bench, replica: Replica) -> Sequence[Intent]:
    return bench.store.journal.intents(replica.sync, connection=replica.connection, item=replica.item)


def _leave(bench: Bench, replica: Replica, why: str, departure: Departure, run: str, report: Report) -> None:
    part(bench, replica, "unlinked", run, LEFT, departure.why)
    report.count("unlinked")
    report.warn(f"{why}: left there, and no longer kept in step", connection=replica.connection, item=replica.item)


def _conclude(bench: Bench, departure: Departure, run: str, report: Report) -> None:
    """Let go of what is not there any more, or was put away or out of the filter without us."""
    store, item = bench.store, departure.bundle.item.id
    bundle = store.items.get(item)
    with store.transaction("ended"):
        for replica in bundle.replicas if bundle else ():
            why = _why(replica)
            part(bench, replica, "unlinked", run, why, why)
            report.count("unlinked")
        if bundle is not None:
            store.items.put([replace(bundle.item, state=Life.DEAD)])


def _why(replica: Replica) -> str:
    if replica.state is ReplicaState.GONE:
        return "deleted"
    if not replica.admitted:
        return "left the filter"
    return "archived" if replica.archived else "its tool is no member any more"
