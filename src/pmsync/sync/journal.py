"""Keeping what was decided and what was done: in the state in one transaction, and in the audit log beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pmsync.connector.api import Created
from pmsync.errors import StateError
from pmsync.mapping.lens import Unmapped
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native, Ref
from pmsync.reconcile.plan import Change, Claim, Conflict, Decision
from pmsync.reconcile.policy import FLAPPING
from pmsync.reconcile.settle import Lost, Settlement
from pmsync.store import records
from pmsync.store.audit import AuditLog
from pmsync.store.records import ConflictState, Intent, Item, Replica
from pmsync.sync.decide import Planned
from pmsync.sync.flapping import AGREED
from pmsync.sync.holds import held_after, held_after_create, hold_of, without_walks
from pmsync.sync.members import Bench, Member
from pmsync.sync.observe import digest

_CHUNK = 200


class Journal:
    """Writes one run's decisions and deeds into the state and the audit log."""

    def __init__(self, bench: Bench, run: str, audit: AuditLog) -> None:
        self._bench = bench
        self._store = bench.store
        self._audit = audit
        self.run = run

    def decided(self, plans: Sequence[Planned]) -> list[Planned]:
        """Commit decisions before the first of their writes is sent. Gives them back with the state as it is then.

        Those of items that somebody else has dealt with since are left out: they are to be decided again.
        """
        committed: list[Planned] = []
        for start in range(0, len(plans), _CHUNK):
            now = self._bench.clock.now()
            with self._store.transaction("decided"):
                still = self._store.items.unchanged([one.stored for one in plans[start : start + _CHUNK]])
                before = [one for one in plans[start : start + _CHUNK] if one.item in still]
                chunk = [_committed(one, now) for one in before]
                self._store.items.put(one.bundle.item for one in chunk)
                self._store.items.put_replicas(replica for one in chunk for replica in one.bundle.replicas)
                self._store.journal.record(row for one in before for row in self._observed(one, now))
                self.released(chunk)
                self.conflicts([conflict for one in chunk for conflict in one.decision.conflicts], now)
                self._store.reports.replace_notes(self.run, {one.item: _notes(one.decision) for one in chunk})
            self._audit.sync()
            committed += chunk
        return committed

    def hold(self, replicas: Sequence[Replica], conflicts: Sequence[Conflict]) -> None:
        """Commit what an undo holds, before the first of its writes is sent."""
        with self._store.transaction("undo decided"):
            self._store.items.put_replicas(replicas)
            self.conflicts(conflicts, self._bench.clock.now())
        self._audit.sync()

    def conflicts(self, conflicts: Sequence[Conflict], now: datetime) -> None:
        """Record conflicts, in both places."""
        rows = [_conflict_row(one, self.run, now) for one in conflicts]
        for row in self._store.reports.add_conflicts(rows):
            self._audit.append(
                "conflict", now, run=self.run, item=row.item, field=row.field.value, values=row.values,
                winner=row.winner, policy=row.policy, number=row.id, note=row.note,
            )  # fmt: skip

    def created(self, member: Member, made: Sequence[tuple[Intent, Created]]) -> list[Replica]:
        """Creates succeeded: their replicas, with what the tool would not take held."""
        items = self._store.items.alone([intent.item for intent, _ in made])
        replicas: list[Replica] = []
        for intent, created in made:
            if created.native is not None and intent.item in items:
                replicas.append(_new_replica(member, items[intent.item], intent, created.native, created))
        return self.keep(member, replicas, [intent for intent, _ in made])

    def keep(self, member: Member, replicas: list[Replica], intents: Sequence[Intent]) -> list[Replica]:
        """Keep the replicas that creates came to, and settle the creates.

        An item that was joined with another object there meanwhile stays with that, and what we made is one too many.
        """
        now = self._bench.clock.now()
        sent = {intent.item: intent.run for intent in intents}
        with self._store.transaction("created"):
            there = self._store.replicas.remote_ids(member.name, [one.item for one in replicas])
            replicas = [one for one in replicas if there.get(one.item, one.remote_id) == one.remote_id]
            rows = [
                records.Change(sent[one.item], now, "created", one.item, member.name, one.remote_id, note=one.key)
                for one in replicas
            ]
            self._store.candidates.drop(self._bench.sync.name, member.name, [one.remote_id for one in replicas])
            self._store.items.put_replicas(replicas)
            self._store.journal.record(rows)
            self._store.journal.settle([intent.id for intent in intents])
        told: list[tuple[str, datetime, dict[str, Json]]] = [
            ("created", now, {"run": sent[one.item], "item": one.item, "connection": member.name,
                              "remote_id": one.remote_id, "key": one.key})
            for one in replicas
        ]  # fmt: skip
        self._audit.extend(told)
        return replicas

    def refused_create(self, intent: Intent, reason: str) -> None:
        """A tool would not take the item: not tried again until its values change."""
        with self._store.transaction("refused"):
            item = self._item(intent.item)
            revs: Json = {name.value: number for name, number in item.revs.items()}
            refused: dict[str, Json] = {**item.refused, intent.connection: {"revs": revs, "reason": reason}}
            self._store.items.put([replace(item, refused=refused)])
            self._store.journal.settle([intent.id])

    def written(
        self,
        member: Member,
        replica: Replica,
        changes: Mapping[Field, Change],
        shown: Native,
        settlement: Settlement,
        refused: Mapping[Field, str],
        intent: Intent,
        walks: Mapping[Field, Json] | None = None,
    ) -> bool:
        """An update arrived. True if the replica shows something that nobody has dealt with yet.

        It stays to be reconciled until all is done that was decided about its item: see `clean`. Of `walks` see
        `cut_short`.
        """
        now = self._bench.clock.now()
        base = {**replica.base, **settlement.bases}
        arrived = [name for name in settlement.bases if name not in settlement.partway]
        seen = {**replica.seen_rev, **{name: changes[name].revision for name in arrived}}
        item = self._item(replica.item)
        held = held_after(member, item, replica, changes, settlement, refused) | dict(walks or {})
        left = (shown.archived, shown.admitted) != (replica.archived, replica.admitted)
        news = left or any(name in member.lenses and value != base.get(name) for name, value in shown.fields.items())
        after = replace(
            replica, native=dict(shown.fields), base=base, seen_rev=seen, held=held, digest=digest(shown),
            key=shown.ref.key or replica.key, url=shown.ref.url or replica.url, remote_updated_at=shown.updated_at,
            archived=shown.archived, admitted=shown.admitted, dirty=replica.dirty or news,
        )  # fmt: skip
        rows = [
            records.Change(intent.run, now, "write", replica.item, member.name, replica.remote_id, name,
                           changes[name].before, settlement.bases[name], changes[name].source)
            for name in settlement.bases
        ]  # fmt: skip
        with self._store.transaction("written"):
            kept = self._unless_disturbed(replica, after)
            self._store.items.put_replicas([kept])
            self._store.journal.record(rows)
            self.conflicts([_covered(member, item, name, changes[name], lost)
                            for name, lost in settlement.covered.items()], now)  # fmt: skip
            self._store.journal.settle([intent.id])
        for row in rows:
            self._audit.append("write", now, run=row.run, item=row.item, connection=row.connection,
                               remote_id=row.remote_id, field=str(row.field), before=row.before, after=row.after,
                               source=row.actor)  # fmt: skip
        return news or kept is not after

    def recovered(
        self,
        member: Member,
        intent: Intent,
        changes: Mapping[Field, Change],
        shown: Native,
        settlement: Settlement,
        walks: Mapping[Field, Json],
    ) -> None:
        """What became of an update whose answer never came. The item is decided again."""
        bundle = self._store.items.get(intent.item)
        replica = bundle.replica(member.name) if bundle else None
        if replica is None:
            self.forget(intent)
            return
        with self._store.transaction("recovered"):
            self.written(member, replica, changes, shown, settlement, {}, intent, walks)
            self._store.replicas.mark_dirty(intent.sync, [intent.item])

    def put_away(self, item: str, connection: str, ref: Ref, why: str) -> None:
        """An object that is no item's replica was put away."""
        now, sync = self._bench.clock.now(), self._bench.sync.name
        change = records.Change(self.run, now, "archived", item, connection, ref.id, note=why)
        with self._store.transaction("put away"):
            self._store.journal.record([change])
            self._store.candidates.drop(sync, connection, [ref.id])
        self._audit.append("archived", now, run=self.run, item=item, connection=connection, remote_id=ref.id,
                           key=ref.key, note=why)  # fmt: skip

    def forget(self, intent: Intent) -> None:
        """What the intent was about is not there any more."""
        self._store.journal.settle([intent.id])

    def rejected(self, member: Member, replica: Replica, changes: Mapping[Field, Change], reason: str) -> None:
        """A tool would take nothing of an update: not sent again until something differs."""
        held: dict[Field, Json] = {
            **replica.held,
            **{name: hold_of(change, reason) for name, change in changes.items()},
        }
        self._store.items.put_replicas([replace(replica, held=held)])
        self._audit.append("rejected", self._bench.clock.now(), run=self.run, item=replica.item,
                           connection=member.name, fields=[name.value for name in changes], reason=reason)  # fmt: skip

    def clean(self, replicas: Sequence[Replica]) -> None:
        """Nothing is left to do about these, unless somebody has seen something new of them meanwhile."""
        if replicas:
            self._store.replicas.mark_clean(replicas)

    def _unless_disturbed(self, replica: Replica, after: Replica) -> Replica:
        """What to keep of a replica that was just written. Where somebody else saw it meanwhile, it is looked at again,
        and what they saw stands if it is the newer."""
        known = self._store.replicas.known(replica.sync, replica.connection, [replica.remote_id])
        there = known.get(replica.remote_id)
        if there is None or there.digest == replica.digest:
            return after
        if there.remote_updated_at <= after.remote_updated_at:
            return replace(after, dirty=True)
        bundle = self._store.items.get(replica.item)
        now = bundle.replica(replica.connection) if bundle else None
        return after if now is None else replace(now, base=after.base, seen_rev=after.seen_rev, held=after.held)

    def _item(self, identity: str) -> Item:
        item = self._store.items.alone([identity]).get(identity)
        if item is None:
            raise StateError(f"item {identity} is not in the state any more: another process changed it")
        return item

    def _observed(self, planned: Planned, now: datetime) -> Iterable[records.Change]:
        """What people changed, as far as the readings tell: the first acknowledgement of a field is no change."""
        for replica in planned.bundle.replicas:
            for name, decided in planned.decision.fields.items():
                raw = decided.bases.get(replica.connection)
                if name in replica.base and replica.connection in decided.bases and raw != replica.base[name]:
                    yield records.Change(self.run, now, "observed", planned.item, replica.connection,
                                         replica.remote_id, name, replica.base[name], raw)  # fmt: skip

    def released(self, plans: Sequence[Planned]) -> None:
        """Close the open conflicts of fields that the tools have come to agree on, or that were edited once undone."""
        ids = [one.item for one in plans]
        now_held = {one.item: one.decision.held for one in plans}
        written = {(write.item, name) for one in plans for write in one.decision.writes for name in write.changes}
        for conflict in self._store.reports.conflicts(items=ids, state=ConflictState.OPEN):
            if conflict.field not in now_held[conflict.item]:
                edited = (conflict.item, conflict.field) in written
                note = "an edit made after it stands" if edited else "the tools agree by now"
                self._store.reports.close_conflict(conflict.id, ConflictState.RESOLVED, None, note)
                if conflict.policy == FLAPPING:
                    agreed = records.Change(self.run, self._bench.clock.now(), AGREED, conflict.item,
                                            field=conflict.field)  # fmt: skip
                    self._store.journal.record([agreed])


def _new_replica(member: Member, item: Item, intent: Intent, native: Native, created: Created) -> Replica:
    held, seen = held_after_create(member, item, intent, native, created)
    base = {name: value for name, value in native.fields.items() if name in member.lenses}
    return replace(replica_of(intent, native, base, seen), dirty=bool(created.unfinished), held=held)


def replica_of(intent: Intent, native: Native, base: Mapping[Field, Json], seen: Mapping[Field, int]) -> Replica:
    """The replica that a create came to, with what is acknowledged of it."""
    return Replica(
        item=intent.item,
        sync=intent.sync,
        connection=intent.connection,
        remote_id=native.ref.id,
        key=native.ref.key,
        url=native.ref.url,
        native=dict(native.fields),
        base=base,
        seen_rev=seen,
        digest=digest(native),
        remote_created_at=native.created_at,
        remote_updated_at=native.updated_at,
        archived=native.archived,
        admitted=native.admitted,
        created_by_us=True,
    )


def _committed(planned: Planned, now: datetime) -> Planned:
    replicas = tuple(_replicas_after(planned))
    return replace(planned, bundle=replace(planned.bundle, item=_item_after(planned, now), replicas=replicas))


def _item_after(planned: Planned, now: datetime) -> Item:
    item, fields = planned.bundle.item, planned.decision.fields
    changed = any(decided.revision != item.revs.get(name) for name, decided in fields.items())
    sources: dict[Field, Json] = dict(item.sources)
    for name, decided in fields.items():
        if decided.revision != item.revs.get(name):
            sources[name] = {"by": decided.source, "at": decided.at.isoformat() if decided.at else None}
    return replace(
        item,
        values={**item.values, **{name: decided.value for name, decided in fields.items()}},
        revs={**item.revs, **{name: decided.revision for name, decided in fields.items()}},
        sources=sources,
        updated_at=now if changed else item.updated_at,
    )


def _replicas_after(planned: Planned) -> Iterable[Replica]:
    """The replicas with what is now acknowledged. They stay to be reconciled until their writes have arrived."""
    writing = {write.connection: write.changes.keys() for write in planned.decision.writes}
    unfinished = bool(planned.creates or planned.waiting or planned.orphan or planned.parting)
    for replica in planned.bundle.replicas:
        base, seen, over = dict(replica.base), dict(replica.seen_rev), set[Field]()
        for name, decided in planned.decision.fields.items():
            if replica.connection in decided.bases:
                base[name] = decided.bases[replica.connection]
            if replica.connection in decided.seen:
                seen[name] = decided.seen[replica.connection]
                over.add(name)
        over.difference_update(writing.get(replica.connection, ()))
        yield replace(
            replica, base=base, seen_rev=seen, dirty=unfinished or replica.connection in writing,
            held=without_walks(replica.held, over),
        )  # fmt: skip


def _notes(decision: Decision) -> list[records.Note]:
    return [records.Note(one.item, one.connection, one.field, one.message) for one in decision.notes]


def _conflict_row(conflict: Conflict, run: str, now: datetime) -> records.Conflict:
    return records.Conflict(
        run=run,
        at=now,
        item=conflict.item,
        field=conflict.field,
        values=[_claim(one) for one in conflict.claims],
        winner=_claim(conflict.winner) if conflict.winner else None,
        policy=conflict.policy,
        state=ConflictState.SETTLED if conflict.winner else ConflictState.OPEN,
        note=conflict.note,
    )


def _claim(claim: Claim) -> Json:
    return {
        "connection": claim.connection,
        "value": claim.value,
        "native": claim.native,
        "at": claim.at.isoformat() if claim.at else None,
        "pending": claim.pending,
        "unmapped": claim.unmapped,
        "actor": claim.actor,
    }


def _covered(member: Member, item: Item, name: Field, change: Change, lost: Lost) -> Conflict:
    """A write of ours covered an edit: what it covered, and the item's value, which stands."""
    value = member.lenses[name].get(lost.value, None)
    told = item.sources.get(name)
    source = change.source or (str(told.get("by") or "") if isinstance(told, dict) else "")
    theirs = Claim(
        member.name, None if isinstance(value, Unmapped) else value, lost.value, lost.at,
        unmapped=isinstance(value, Unmapped), actor=member.person(lost.actor),
    )  # fmt: skip
    ours = Claim(source, item.values.get(name), change.after)
    return Conflict(item.id, name, (theirs, ours), ours, "written over before it could be read")
