"""Replicas that left: archived, out of the filter, or not found in two passes. What becomes of their twins is policy.

A missing item is not a deleted item. It is looked for again in a later pass, with "who am I" and the container asked
first; and whatever leaves a filter is unlinked, never closed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pmsync.config.settings import OnDelete
from pmsync.errors import AuthError, FatalError, PmsyncError
from pmsync.mapping.lens import Unmapped
from pmsync.model.fields import Field
from pmsync.reconcile.state import Direction
from pmsync.reconcile.voice import empty
from pmsync.store.records import Bundle, IntentKind, Replica, ReplicaState, Seen
from pmsync.store.records import ItemState as Life
from pmsync.sync.decide import departed
from pmsync.sync.members import Bench, Member
from pmsync.sync.observe import digest
from pmsync.sync.report import Report
from pmsync.sync.takeout import told


@dataclass(frozen=True, slots=True)
class Departure:
    """A replica that left, and what is to be done to the item's others: `unlink`, `archive`, `delete` or `ask`."""

    bundle: Bundle
    replica: Replica
    why: str
    action: OnDelete
    others: Sequence[Replica] = ()
    """The replicas that are still there."""

    @property
    def title(self) -> str:
        """The item's title."""
        value = self.bundle.item.values.get(Field.TITLE)
        return value if isinstance(value, str) else ""

    @property
    def ends(self) -> bool:
        """Whether the item's other replicas go with it."""
        return self.action in (OnDelete.ARCHIVE, OnDelete.DELETE)


def departures(bench: Bench, bundles: Sequence[Bundle]) -> list[Departure]:
    """The replicas of these items that have left for certain: see `look_again`."""
    return [
        one
        for bundle in bundles
        if bundle.item.state in (Life.LIVE, Life.DYING)
        for one in departures_of(bench, bundle)
    ]


@dataclass(frozen=True, slots=True)
class Parting:
    """A replica that left, and why: a person may have to say what becomes of its twins."""

    item: str
    title: str
    connection: str
    ref: str
    why: str


def parted(bundle: Bundle) -> list[Parting]:
    """The replicas of an item that are deleted or put away, and still a part of it."""
    title = str(bundle.item.values.get(Field.TITLE) or "")
    found = []
    for one in bundle.replicas:
        if departed(one):
            why = "deleted" if one.state is ReplicaState.GONE else "archived"
            found.append(Parting(bundle.item.id, title, one.connection, one.key or one.url, why))
    return found


def departures_of(bench: Bench, bundle: Bundle) -> list[Departure]:
    """The replicas of one item that have left for certain."""
    if bundle.item.quarantine is not None:
        return []
    found = _under_way(bundle) if bundle.item.state is Life.DYING else _of(bench, bundle)
    others = [one for one in bundle.replicas if one.connection in bench.sync.members and _here(one)]
    return [replace(one, others=[other for other in others if other is not one.replica]) for one in found]


def _here(replica: Replica) -> bool:
    """Whether it is there, and neither put away nor out of the filter: those have left without us."""
    return replica.state is ReplicaState.LINKED and not replica.archived and replica.admitted


def _under_way(bundle: Bundle) -> Iterator[Departure]:
    """What is left to be done of an ending that was cut short: as it was decided, whatever the policy is by now."""
    left = next((one for one in bundle.replicas if departed(one)), None)
    if left is not None:
        ends = [one for one in bundle.intents if told(one, "ending")]
        why = told(ends[0], "ending") if ends else "deleted" if left.state is ReplicaState.GONE else "archived"
        delete = any(one.kind is IntentKind.DELETE for one in ends)
        yield Departure(bundle, left, why, OnDelete.DELETE if delete else OnDelete.ARCHIVE)


def _of(bench: Bench, bundle: Bundle) -> Iterator[Departure]:
    sync = bench.sync
    unsettled = {one.connection for one in bundle.unsettled}
    for replica in bundle.replicas:
        if replica.connection not in sync.members or replica.connection in unsettled:
            continue
        if replica.state is ReplicaState.GONE:
            yield Departure(bundle, replica, "deleted", _action(bench, bundle, replica))
        elif not replica.admitted:
            yield Departure(bundle, replica, "left the filter", OnDelete.UNLINK)
        elif replica.archived:
            action = _action(bench, bundle, replica)
            gentle = OnDelete.ARCHIVE if action is OnDelete.DELETE else action
            yield Departure(bundle, replica, "archived", gentle)


def _action(bench: Bench, bundle: Bundle, replica: Replica) -> OnDelete:
    """The policy, unless somebody edited a twin in the meantime: an edit elsewhere holds the deletion."""
    policy = bench.sync.on_delete
    if policy in (OnDelete.UNLINK, OnDelete.ASK):
        return policy
    edited = any(_edited(bench, one) for one in bundle.replicas if one is not replica)
    pending = any(
        replica.seen_rev.get(name, 0) < number for name, number in bundle.item.revs.items() if name in replica.native
    )
    return OnDelete.ASK if edited or pending else policy


def _edited(bench: Bench, replica: Replica) -> bool:
    """Whether it shows anything that nobody has dealt with. A field that was empty everywhere has never been
    acknowledged: what it says now was put there since."""
    base, member = replica.base, bench.members.get(replica.connection)
    if any(base[name] != value for name, value in replica.native.items() if name in base):
        return True
    lenses = member.lenses if member is not None and base else {}
    return any(
        not isinstance(said := lens.get(replica.native[name], None), Unmapped) and not empty(said)
        for name, lens in lenses.items()
        if member is not None
        and name in replica.native
        and name not in base
        and member.directions[name] is not Direction.IN
    )


def look_again(bench: Bench, pass_number: int, report: Report) -> None:
    """A second look, in a later pass, at what was missing: only then, and only if we are who we were, is it gone."""
    lost = bench.store.replicas.missing(bench.sync.name)
    for member in bench.usable if lost else ():
        missing = [one for one in lost if one.connection == member.name]
        before = [one for one in missing if (one.missing_pass or 0) < pass_number]
        if before:
            _confirm(bench, member, before, pass_number, report)
        for one in missing:
            if one not in before:
                message = "it is not there any more, or not for us: the next pass looks again"
                report.warn(message, connection=member.name, item=one.item)


def _confirm(bench: Bench, member: Member, replicas: Sequence[Replica], pass_number: int, report: Report) -> None:
    store, sync = bench.store, bench.sync.name
    try:
        account = member.connector.check()
        member.connector.vocabulary()
        if account.id != member.account or any(one.severity == "error" for one in account.findings):
            report.warn(
                "what is missing may be hidden from us: the account or its rights changed", connection=member.name
            )
            return
        fetched = member.connector.fetch([one.remote_id for one in replicas])
        if fetched.missing:
            # Once more behind it: rights that were lost in between would look like a deletion too.
            again = member.connector.check()
            member.connector.vocabulary()
            if again.id != account.id or any(one.severity == "error" for one in again.findings):
                report.warn("what is missing may be hidden from us: our rights changed", connection=member.name)
                return
    except (AuthError, FatalError) as error:
        member.down = error
        report.lose(member.name, error)
        return
    except PmsyncError as error:
        report.fail(error, connection=member.name)
        return
    back = [Seen(native, digest(native), dirty=True) for native in fetched.found.values()]
    store.replicas.observe(sync, member.name, back, pass_number)
    store.items.put_replicas(
        replace(one, state=ReplicaState.GONE, dirty=True) for one in replicas if one.remote_id in fetched.missing
    )
