"""Carrying out an undo: holds first, then writes, removals and returns, each read again before and settled after."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial

from pmsync.connector.crew import gather
from pmsync.errors import PmsyncError, RejectedError, StateError
from pmsync.mapping.lens import Unmapped
from pmsync.model.fields import Field, in_order
from pmsync.model.native import Native, Ref
from pmsync.reconcile.plan import Claim, Conflict
from pmsync.reconcile.policy import UNDONE
from pmsync.store.records import Bundle, ConflictState, IntentKind, Replica, Seen
from pmsync.sync.authors import name_authors
from pmsync.sync.decide import Planned
from pmsync.sync.desk import Desk, Outcomes
from pmsync.sync.journal import Journal
from pmsync.sync.members import Bench, Member
from pmsync.sync.observe import digest
from pmsync.sync.parts.taking_back import TakingBack
from pmsync.sync.progress import Progress
from pmsync.sync.report import Report
from pmsync.sync.reverse import Removal, Return, Reverse
from pmsync.sync.takeout import WORDS, bring_back, intent_of, take_out
from pmsync.sync.updating import update

_KINDS = {"archive": IntentKind.ARCHIVE, "delete": IntentKind.DELETE}


class Retreat:
    """Takes back what a run did."""

    def __init__(
        self, bench: Bench, taking: TakingBack, journal: Journal, report: Report, progress: Progress, undone: str
    ) -> None:
        self._bench = bench
        self._taking = taking
        self._journal = journal
        self._report = report
        self._progress = progress
        self._undone = undone
        self._outcomes = Outcomes()

    def carry_out(self, found: Reverse, who: str) -> Outcomes:
        """Do it, as far as the tools let us. What failed, and what moved meanwhile, is in the outcomes."""
        self._outcomes = Outcomes()
        self._hold(found.plans, who)
        self._progress.stage("writing", len(found.steps))
        came = self._taking.carry_out(found.parts)
        self._progress.advance(sum(len(one.steps) for one in found.parts))
        self._outcomes.failures |= came.errors
        self._outcomes.again |= came.again
        members = self._bench.usable
        futures = gather([partial(self._serve, member, found) for member in members], len(members), "undo")
        errors = [error for future in futures if (error := future.exception()) is not None]
        for error in sorted(errors, key=lambda one: not isinstance(one, StateError)):
            raise error
        self._bench.store.replicas.mark_dirty(self._bench.sync.name, list(found.items))
        return self._outcomes

    def _serve(self, member: Member, found: Reverse) -> None:
        desk = Desk(self._bench, member, self._journal, self._outcomes, self._report, self._progress)
        writes = [(one, write) for one in found.plans for write in one.decision.writes]
        update(desk, [(one, write) for one, write in writes if write.connection == member.name])
        for removal in found.removals:
            if removal.replica.connection == member.name and member.down is None:
                self._guarded(desk, removal.replica.item, partial(self._remove, desk, removal))
        for back in found.returns:
            if back.connection == member.name and member.down is None:
                self._guarded(desk, back.item, partial(self._return, member, back))

    def _guarded(self, desk: Desk, item: str, act: "partial[None]") -> None:
        try:
            act()
        except StateError:
            raise
        except RejectedError as error:
            self._outcomes.refused(item, desk.member.name, error)
        except PmsyncError as error:
            desk.fail(item, error)
        desk.progress.advance(1)

    # --- holding --------------------------------------------------------------------------------------------------

    def _hold(self, plans: Sequence[Planned], who: str) -> None:
        """Before the first write: keep the fields from being done again, and count every tool as knowing."""
        open_ = self._bench.store.reports.conflicts(items=[one.item for one in plans], state=ConflictState.OPEN)
        held = {(one.item, one.field) for one in open_ if one.policy == UNDONE}
        replicas: list[Replica] = []
        holding: list[Planned] = []
        for planned in plans:
            names = {name for write in planned.decision.writes for name in write.changes}
            replicas += _knowing(planned.bundle, names)
            fresh = [name for name in in_order(names) if (planned.item, name) not in held]
            told = tuple(self._conflict(planned, name, who) for name in fresh)
            holding.append(replace(planned, decision=replace(planned.decision, conflicts=told)))
        if plans:
            named = name_authors(self._bench, holding)
            self._journal.hold(replicas, [one for planned in named for one in planned.decision.conflicts])

    def _conflict(self, planned: Planned, name: Field, who: str) -> Conflict:
        """Both values: what the run had carried over, where it still stands, and what was there before."""
        written = {write.connection: write.changes[name] for write in planned.decision.writes if name in write.changes}
        claims = []
        for replica in planned.bundle.replicas:
            member = self._bench.members.get(replica.connection)
            if member is None or name not in member.lenses or name not in replica.native:
                continue
            back = written.get(replica.connection)
            native = back.after if back else replica.native[name]
            value = member.lenses[name].get(native, planned.bundle.item.values.get(name))
            at = self._bench.clock.now() if back else replica.remote_updated_at
            unmapped = isinstance(value, Unmapped)
            shown = None if isinstance(value, Unmapped) else value
            actor = who if back else None
            claims.append(Claim(replica.connection, shown, native, at, unmapped=unmapped, actor=actor))
        return Conflict(planned.item, name, tuple(claims), None, UNDONE, note=f"run {self._undone} undone by {who}")

    # --- whole replicas -------------------------------------------------------------------------------------------

    def _remove(self, desk: Desk, removal: Removal) -> None:
        member, replica = desk.member, removal.replica
        native = member.connector.fetch([replica.remote_id]).found.get(replica.remote_id)
        if native is None:
            raise RejectedError("it is not there any more, or not for us", connection=member.name, item=replica.item)
        if digest(native) != replica.digest:
            self._moved(member, native)
            return
        kind = _KINDS.get(removal.action)
        if kind is None:
            self._leave(member, replica, native, "")
            return
        store = self._bench.store
        intent = intent_of(replica, kind, self._journal.run, self._bench.clock.now(), {"undone": self._undone})
        store.journal.intend([intent])
        ref = Ref(replica.remote_id, replica.key, replica.url)
        try:
            if kind is IntentKind.ARCHIVE:
                member.connector.archive(ref)
            else:
                member.connector.delete(ref)
        except RejectedError as error:
            self._leave(member, replica, native, error.message)
        except PmsyncError:
            store.journal.doubt([intent.id])
            raise
        else:
            take_out(self._bench, replica, WORDS[kind], self._journal.run, self._undone)
            self._count(WORDS[kind], member)

    def _moved(self, member: Member, native: Native) -> None:
        store, sync = self._bench.store, self._bench.sync.name
        number = store.progress.sync(sync).pass_number
        store.replicas.observe(sync, member.name, [Seen(native, digest(native), dirty=True)], number)
        known = store.replicas.known(sync, member.name, [native.ref.id])
        for one in known.values():
            self._outcomes.stale(one.item)

    def _leave(self, member: Member, replica: Replica, native: Native, reason: str) -> None:
        """Unlink it, and let it stay in its tool."""
        take_out(self._bench, replica, "unlinked", self._journal.run, self._undone, native)
        self._report.count("unlinked")
        why = f"{reason}; " if reason else ""
        message = f"{why}it stays in {member.name} and is no longer kept in step; `pmsync match` lists it"
        self._report.warn(message, connection=member.name, item=replica.item)

    def _return(self, member: Member, back: Return) -> None:
        word = "returned"
        if back.action == "restore":
            member.connector.restore(back.native.ref)
            word = "restored"
        native = member.connector.fetch([back.native.ref.id]).found.get(back.native.ref.id)
        if native is None or native.archived:
            raise RejectedError("it could not be brought back", connection=member.name, item=back.item)
        note = f"run {self._undone} undone"
        bring_back(self._bench, back.item, member.name, native, word, self._journal.run, note)
        if back.action == "restore":
            self._count(word, member)

    def _count(self, word: str, member: Member) -> None:
        self._report.count(word)
        self._report.wrote(member.name)


def _knowing(bundle: Bundle, names: Collection[Field]) -> Iterator[Replica]:
    """The replicas, known to show the item's present revisions of these fields."""
    for replica in bundle.replicas:
        seen = {name: number for name, number in bundle.item.revs.items() if name in names and name in replica.native}
        yield replace(replica, seen_rev={**replica.seen_rev, **seen})
