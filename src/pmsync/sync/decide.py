"""From the state to decisions: what each item that has news should show, and where it still has to be made."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from pmsync.mapping.lens import Refusal
from pmsync.mapping.links import LinksLens
from pmsync.model.fields import Field, Json
from pmsync.reconcile.item import decide
from pmsync.reconcile.plan import Decision, Note, Write
from pmsync.reconcile.policy import UNDONE
from pmsync.reconcile.state import Direction, ItemState, ReplicaState, Setting
from pmsync.store.records import Bundle, Conflict, ConflictState, Former, Item, Replica
from pmsync.store.records import ItemState as Life
from pmsync.store.records import ReplicaState as Presence
from pmsync.sync.flapping import calm
from pmsync.sync.holds import still_held
from pmsync.sync.members import Bench, Member
from pmsync.sync.quarantine import isolated
from pmsync.sync.takeout import put_away


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to become of one item in this pass."""

    bundle: Bundle
    decision: Decision
    stored: Bundle
    """The item as the state had it when this was decided: where it has another one since, this is not to be kept."""
    creates: tuple[str, ...] = ()
    """The connections in which it is to be made."""
    waiting: frozenset[str] = frozenset()
    """Members that cannot be worked with now; the item stays one to reconcile until they can."""
    orphan: bool = False
    """Whether its parent is not everywhere yet where it is itself; it is decided again until it is."""

    @property
    def item(self) -> str:
        """The item's id."""
        return self.bundle.item.id

    @property
    def title(self) -> str:
        """The title that it will have."""
        decided = self.decision.fields.get(Field.TITLE)
        value = decided.value if decided else self.bundle.item.values.get(Field.TITLE)
        return value if isinstance(value, str) else ""

    def replica(self, connection: str) -> Replica | None:
        """The item's replica in a connection."""
        return self.bundle.replica(connection)

    def value(self, name: Field) -> Json:
        """The value that the item will have."""
        decided = self.decision.fields.get(name)
        return decided.value if decided else self.bundle.item.values.get(name)

    @property
    def parting(self) -> bool:
        """Whether a replica has left and stays with the item until a person has decided; until then it is told."""
        return any(departed(one) for one in self.bundle.replicas)

    @property
    def news(self) -> bool:
        """Whether the item itself changes. What was decided before and has not arrived everywhere yet is no news."""
        revs = self.bundle.item.revs
        return any(decided.revision != revs.get(name) for name, decided in self.decision.fields.items())

    @property
    def acts(self) -> bool:
        """Whether anything would be sent to a tool, or told to a person."""
        return bool(self.decision.writes or self.creates or self.decision.conflicts)


def decide_all(bench: Bench, *, only: frozenset[str] | None = None) -> Iterator[Planned]:
    """Decide every item that has something to reconcile, or only these."""
    store = bench.store
    chunks = store.items.dirty(bench.sync.name) if only is None else iter([store.items.load(only)])
    for bundles in chunks:
        yield from decide_these(bench, bundles)


def decide_these(bench: Bench, bundles: Sequence[Bundle]) -> Iterator[Planned]:
    """Decide those of these items that live."""
    live = [one for one in bundles if one.item.state is Life.LIVE and one.item.quarantine is None]
    return _plan_all(bench, live)


def decide_every(bench: Bench) -> Iterator[Planned]:
    """Decide every live item, whether it has news or not."""
    for bundles in bench.store.items.every(bench.sync.name, state=Life.LIVE, quarantined=False):
        yield from _plan_all(bench, bundles)


def _plan_all(bench: Bench, bundles: Sequence[Bundle]) -> Iterator[Planned]:
    ids = [one.item.id for one in bundles]
    open_: dict[str, list[Conflict]] = {}
    for conflict in bench.store.reports.conflicts(items=ids, state=ConflictState.OPEN) if ids else ():
        open_.setdefault(conflict.item, []).append(conflict)
    left: dict[str, list[Former]] = {}
    for former in bench.store.replicas.former(bench.sync.name, items=ids) if ids else ():
        left.setdefault(former.item, []).append(former)
    plans: list[Planned] = []
    for bundle in bundles:
        with isolated(bench, bundle.item.id):
            plans.append(_plan(bench, bundle, open_.get(bundle.item.id, ()), left.get(bundle.item.id, ())))
    calmed = calm(bench, [(one.bundle, one.decision) for one in plans])
    yield from (replace(one, decision=calmed.get(one.item, one.decision)) for one in plans)


def _plan(bench: Bench, bundle: Bundle, waits: Sequence[Conflict], formers: Sequence[Former]) -> Planned:
    """Plan for one item. `waits` are its open conflicts, `formers` what was unlinked from it: it is not made again
    there, but what is to come out of an archive is waited for."""
    left = {one.connection for one in formers}
    returning = {one.connection for one in put_away(bundle, formers, bench.clock.now())} & bench.members.keys()
    pending = {intent.connection for intent in bundle.intents}
    linked = {one.connection: one for one in bundle.replicas if _stays(one)}
    present = [
        _replica_state(member, linked[member.name])
        for member in bench.members.values()
        if member.usable and member.name in linked and member.name not in pending
    ]
    seen = {one.connection for one in present}
    absent = {one.connection for one in bundle.replicas if one.connection in bench.members and _may_return(one)} - seen
    complete, stored = not absent, bundle
    undone = frozenset(one.field for one in waits if one.policy == UNDONE)
    held = frozenset(one.field for one in waits if one.policy != UNDONE)
    if not complete and _untrusted(bundle):
        unseen = frozenset(one.connection for one in bundle.replicas)
        return Planned(bundle, Decision(bundle.item.id, {}, held=held | undone), stored, waiting=unseen)
    rebase = bundle.item.rebase
    if rebase:
        bundle = replace(bundle, item=_afresh(bundle.item, held | undone))
    settled = settings(bundle.item)
    state = ItemState(bundle.item.id, settled, tuple(present), held, complete, undone, rebase=rebase)
    decision = decide(state, bench.policies, bench.clock.now())
    there = {one.connection for one in bundle.replicas}
    targets = _targets(bench, bundle) - there - pending - left
    creates = tuple(name for name in bench.members if name in targets and bench.members[name].usable)
    waiting = frozenset((set(linked) | targets | (absent if decision.waits else set()) | returning)
                        - seen - set(creates))  # fmt: skip
    decision = _without_held(bundle, decision)
    if not _titled(bundle.item, decision):
        creates = ()
    creates = _worth_trying(bundle, decision, creates)
    return Planned(bundle, decision, stored, creates, waiting, _orphan(bench, bundle, decision))


def _titled(item: Item, decision: Decision) -> bool:
    """Whether it has a title, without which nothing is made of it: a person may have to settle which it is."""
    decided = decision.fields.get(Field.TITLE)
    return bool(decided.value if decided else item.values.get(Field.TITLE))


def _untrusted(bundle: Bundle) -> bool:
    """Whether nothing is known of what a replica showed before: then nothing is decided by part of the evidence."""
    return bundle.item.rebase or any(_stays(one) and not one.base for one in bundle.replicas)


def _afresh(item: Item, held: Set[Field]) -> Item:
    """The item without the values that cannot be trusted; those that wait for a person stay until they are settled."""
    return replace(
        item,
        values={name: value for name, value in item.values.items() if name in held},
        revs={name: number for name, number in item.revs.items() if name in held},
        sources={name: told for name, told in item.sources.items() if name in held},
        rebase=False,
    )


def _orphan(bench: Bench, bundle: Bundle, decision: Decision) -> bool:
    """Whether its parent, or what a link of it leads to, is not in every tool yet."""
    parent, links = (
        decided.value if (decided := decision.fields.get(name)) else bundle.item.values.get(name)
        for name in (Field.PARENT, Field.LINKS)
    )
    if parent is not None:
        lenses = [member.lenses[Field.PARENT] for member in bench.usable if Field.PARENT in member.lenses]
        if any(isinstance(lens.put(parent, None), Refusal) for lens in lenses):
            return True
    if not links:
        return False
    linking = [member.lenses.get(Field.LINKS) for member in bench.usable]
    return any(isinstance(lens, LinksLens) and lens.unfinished(links) for lens in linking)


def departed(replica: Replica) -> bool:
    """Whether it is deleted, or was put away in its tool."""
    put_away = replica.archived and replica.admitted and replica.state is Presence.LINKED
    return replica.state is Presence.GONE or put_away


def _stays(replica: Replica) -> bool:
    """Whether a replica takes part: one that is missing, put away or out of the filter has its own way of leaving."""
    return replica.state is Presence.LINKED and not replica.archived and replica.admitted


def _may_return(replica: Replica) -> bool:
    """Whether a replica that takes no part now may do so again without anybody's doing: it is only out of sight."""
    return replica.state is not Presence.GONE and not replica.archived and replica.admitted


def settings(item: Item) -> dict[Field, Setting]:
    """The item's present values, as deciding wants them."""
    found = {}
    for name, value in item.values.items():
        told = item.sources.get(name)
        source, at = (told.get("by"), told.get("at")) if isinstance(told, dict) else (None, None)
        found[name] = Setting(
            value,
            item.revs.get(name, 0),
            source if isinstance(source, str) else "",
            datetime.fromisoformat(at) if isinstance(at, str) else None,
        )
    return found


def _replica_state(member: Member, replica: Replica) -> ReplicaState:
    return ReplicaState(
        connection=member.name,
        native=replica.native,
        base=replica.base,
        seen=replica.seen_rev,
        lenses=member.lenses,
        updated_at=replica.remote_updated_at,
        directions=member.directions,
        read_only=member.bound.read_only if member.bound else frozenset(),
    )


def _targets(bench: Bench, bundle: Bundle) -> set[str]:
    """Where the item belongs by the config: where new items of the tools in which people made it go."""
    sync = bench.sync
    found: set[str] = set()
    for replica in bundle.replicas:
        if replica.created_by_us and replica.connection != bundle.item.origin:
            continue
        if sync.backfill or bundle.item.wanted:
            found.update(sync.create.get(replica.connection, ()))
    return found


def _without_held(bundle: Bundle, decision: Decision) -> Decision:
    """Leave out what a tool refused, or keeps in its own form, for as long as nothing has changed there since."""
    writes, notes = [], list(decision.notes)
    replicas = {one.connection: one for one in bundle.replicas}
    for write in decision.writes:
        held = replicas[write.connection].held
        changes = {}
        for name, change in write.changes.items():
            reason = still_held(held.get(name), change)
            if reason is None:
                changes[name] = change
            else:
                notes.append(Note(write.item, write.connection, name, reason))
        if changes:
            writes.append(Write(write.item, write.connection, changes))
    return replace(decision, writes=tuple(writes), notes=tuple(notes))


def draft_fields(bench: Bench, member: Member, planned: Planned) -> dict[Field, Json]:
    """The native values with which the item is to be made in a tool."""
    fields: dict[Field, Json] = {}
    for name, lens in member.lenses.items():
        value = planned.value(name)
        known = name in planned.decision.fields or name in planned.bundle.item.values
        if not known or member.directions[name] is Direction.OUT:
            continue
        shown = lens.put(value, None)
        native = shown.nearest if isinstance(shown, Refusal) else shown.native
        if native not in (None, [], ""):
            fields[name] = native
    return fields


def _worth_trying(bundle: Bundle, decision: Decision, creates: Sequence[str]) -> tuple[str, ...]:
    """Leave out the tools that refused this very item, until its values change."""
    revs: Json = revisions(bundle.item, decision)
    refused = bundle.item.refused
    return tuple(
        name for name in creates if not isinstance(told := refused.get(name), dict) or told.get("revs") != revs
    )


def revisions(item: Item, decision: Decision) -> dict[str, Json]:
    """The revision of each value that the item will have, by the field's name."""
    found: dict[str, Json] = {name.value: number for name, number in item.revs.items()}
    found.update((name.value, decided.revision) for name, decided in decision.fields.items())
    return found
