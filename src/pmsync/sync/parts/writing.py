"""Carrying parts to the other tools: an intent before each write, one call that is never repeated, and what came of it.

What is sent without an answer is not sent again: the list is read first, where a mirror tells by its mark what it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from pmsync.connector.crew import results
from pmsync.errors import AuthError, FatalError, PmsyncError, RejectedError, StaleError, UnknownOutcomeError
from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind
from pmsync.reconcile.part_state import Mirror, MirrorState, PartDeed, PartState
from pmsync.reconcile.parts import PartAct
from pmsync.store.audit import AuditLog
from pmsync.store.parts import PartIntent, unread
from pmsync.store.records import Change, Replica
from pmsync.sync.members import Bench, Member
from pmsync.sync.parts import rows
from pmsync.sync.parts.attaching import attach, body_of
from pmsync.sync.parts.deciding import PartPlan
from pmsync.sync.parts.places import partaking
from pmsync.sync.parts.seeing import Seeing
from pmsync.sync.parts.wording import Wording, parts_of
from pmsync.sync.quarantine import isolated
from pmsync.sync.report import Report

_TAKING = (PartDeed.REMOVE, PartDeed.UNMAKE)
Replan = Callable[[PartPlan], PartPlan]
"""From a plan to that of its item as it is known by now."""


@dataclass(slots=True)
class Came:
    """What came of a round."""

    again: set[str] = field(default_factory=set)
    """Items to read and decide again."""
    errors: dict[tuple[str, str], PmsyncError] = field(default_factory=dict)
    """What failed in a way that may heal, by item and connection."""


class Writing:
    """One run's writes to parts."""

    def __init__(
        self, bench: Bench, wording: Wording, seeing: Seeing, audit: AuditLog, report: Report, who: str = ""
    ) -> None:
        """`who`: the person who wants what is done, if it is not for an edit of somebody's."""
        self._bench = bench
        self._wording = wording
        self._seeing = seeing
        self._audit = audit
        self._report = report
        self._who = who

    def carry_out(self, plan: PartPlan, came: Came, replan: Replan) -> None:
        """Do what is to be done to the parts of one item, of which nobody else is at work on. Tools side by side."""
        members = [one for one in partaking(self._bench) if any(act.connection == one.name for act in plan.acts)]
        tasks = [partial(self._serve, one, plan, came, replan) for one in members]
        results(tasks, len(tasks), "write-parts")

    def _serve(self, member: Member, plan: PartPlan, came: Came, replan: Replan) -> None:
        with isolated(self._bench, plan.item):
            acts = [act for act in plan.acts if act.connection == member.name]
            if any(act.native_id is not None and act.deed is not PartDeed.PAIR for act in acts):
                acts, plan = self._looked_at(member, plan, acts, replan)
            for act in acts:
                if member.down is not None or not self._one(member, plan, act, came):
                    break

    def _looked_at(
        self, member: Member, plan: PartPlan, acts: list[PartAct], replan: Replan
    ) -> tuple[list[PartAct], PartPlan]:
        """What is there is read right before it is written over: somebody may have edited it."""
        replica = plan.bundle.replica(member.name)
        if replica is None:
            return [], plan
        self._seeing.read([unread(replica)])
        now = replan(replace(plan, hanging=self._bench.store.parts.load([plan.item])[plan.item]))
        wanted = {(act.deed, act.part.id) for act in acts}
        still = [act for act in now.acts if act.connection == member.name and (act.deed, act.part.id) in wanted]
        return still, now

    def _one(self, member: Member, plan: PartPlan, act: PartAct, came: Came) -> bool:
        """One act. False where there is no point in going on with this tool and item now."""
        replica = plan.bundle.replica(member.name)
        if replica is None:
            return False
        if act.deed is PartDeed.PAIR:
            self._pair(plan, act)
            return True
        try:
            body = self._body(member, plan, act)
        except RejectedError as error:
            self._refused(plan, act, error)
            return True
        if act.deed is PartDeed.EDIT and body == self._shown(plan, act):
            # It says that already.
            self._bench.store.parts.put_mirrors([replace(self._blank(plan, act), native_id=act.native_id, base=body,
                                                         shown=body)])  # fmt: skip
            return True
        intent = PartIntent(act.part.id, member.name, plan.item, self._bench.sync.name, act.deed, act.native_id, body,
                            act.part.rev, self._bench.clock.now(), self._report.run)  # fmt: skip
        self._bench.store.parts.intend(intent)
        try:
            part = self._send(member, replica, act, body)
        except RejectedError as error:
            self._refused(plan, act, error)
            return True
        except UnknownOutcomeError as error:
            self._bench.store.parts.read_again(plan.item, member.name)
            self._failed(member, plan, error, came)
            return False
        except PmsyncError as error:
            if not _halfway(act):
                # It did not take effect.
                self._bench.store.parts.settle(act.part.id, member.name)
            self._failed(member, plan, error, came)
            return False
        self._keep(member, plan, replica, act, part)
        if part is None and act.deed is PartDeed.EDIT:
            came.again.add(plan.item)
        return True

    def _failed(self, member: Member, plan: PartPlan, error: PmsyncError, came: Came) -> None:
        came.errors[plan.item, member.name] = error
        came.again.add(plan.item)
        if isinstance(error, StaleError):
            self._bench.store.parts.read_again(plan.item, member.name)
        if isinstance(error, (AuthError, FatalError)):
            member.down = member.down or error
            self._report.lose(member.name, error)

    @staticmethod
    def _shown(plan: PartPlan, act: PartAct) -> dict[str, Json] | None:
        mirror = plan.mirror(act)
        return dict(mirror.shown) if mirror is not None and mirror.shown is not None and act.native_id else None

    def _body(self, member: Member, plan: PartPlan, act: PartAct) -> dict[str, Json] | None:
        """What is sent, and what of it the tool cannot show is told."""
        if act.deed in _TAKING:
            return None
        if act.body is not None:
            return dict(act.body)
        mirror, origin = plan.mirror(act), self._bench.members[act.part.connection]
        if act.part.kind is PartKind.ATTACHMENT:
            return body_of(self._bench, act.part, member)
        worded = self._wording.comment(origin, act.part, member, mirror.shown if mirror and act.native_id else None)
        if worded.note:
            self._report.warn(worded.note, connection=member.name, item=plan.item, about=act.part.kind.value)
        return {"text": worded.document}

    def _send(self, member: Member, replica: Replica, act: PartAct, body: dict[str, Json] | None) -> Part | None:
        parts = parts_of(member)
        ref = Ref(replica.remote_id, replica.key, replica.url)
        if act.deed in _TAKING or (act.native_id and act.part.kind is PartKind.ATTACHMENT):
            # No tool changes an attachment: it is taken away, and made anew.
            parts.remove(ref, act.part.kind, act.native_id or "")
            if act.deed is not PartDeed.REMAKE:
                return None
        if act.part.kind is PartKind.ATTACHMENT:
            return attach(self._bench.members[act.part.connection], act.part, member, ref, body or {})
        document = body["text"] if body else None
        if act.deed is PartDeed.EDIT:
            return parts.edit(ref, act.native_id or "", document)
        return parts.comment(ref, document)

    # --- what came of it ------------------------------------------------------------------------------------------

    def _keep(self, member: Member, plan: PartPlan, replica: Replica, act: PartAct, part: Part | None) -> None:
        now, before = self._bench.clock.now(), plan.mirror(act)
        shown = self._shown(plan, act)
        if before is not None and shown is not None and before.base is not None and shown != dict(before.base):
            message = "somebody had edited the mirror that was just brought up to date: their text is in the history"
            self._report.warn(message, connection=member.name, item=plan.item, about=act.part.kind.value)
        value: dict[str, Json] | None = dict(part.value) if part is not None else None
        note = rows.UNDONE if act.undoing else ""
        if part is None:
            base = self._blank(plan, act) if before is None else before
            state = MirrorState.REMOVED if act.deed is PartDeed.UNMAKE else MirrorState.WITHDRAWN
            mirror = replace(base, state=state, rev=act.part.rev, note=note)
        else:
            kept = act.deed is PartDeed.REMAKE and act.part.state is PartState.GONE
            mirror = replace(self._blank(plan, act), native_id=part.id, base=value, shown=value, note=note,
                             state=MirrorState.KEPT if kept else MirrorState.SHOWN)  # fmt: skip
        kind = rows.wrote(act.part.kind, act.deed)
        row = Change(
            self._report.run, now, kind, plan.item, member.name, replica.remote_id, before=shown, after=value,
            actor=self._who or act.part.connection, note=act.part.id,
        )  # fmt: skip
        with self._bench.store.transaction("part written"):
            self._bench.store.parts.put_mirrors([mirror])
            self._bench.store.journal.record([row])
            self._bench.store.parts.settle(act.part.id, member.name)
        self._audit.append(kind, now, run=row.run, item=row.item, connection=row.connection, remote_id=row.remote_id,
                           part=act.part.id, before=row.before, after=row.after, source=row.actor)  # fmt: skip
        self._report.wrote(member.name)
        self._report.count("comments" if act.part.kind is PartKind.COMMENT else "attachments")

    def _refused(self, plan: PartPlan, act: PartAct, error: RejectedError) -> None:
        """The tool, or what it can show, would not have it: told once, and not tried again until it changes."""
        if act.undoing:
            if not _halfway(act):
                self._bench.store.parts.settle(act.part.id, act.connection)
            self._report.fail(error, connection=act.connection, item=plan.item)
            return
        before = plan.mirror(act)
        kept = self._blank(plan, act) if before is None else before
        state = MirrorState.REFUSED if kept.native_id is None else kept.state
        with self._bench.store.transaction("part refused"):
            self._bench.store.parts.put_mirrors([replace(kept, rev=act.part.rev, state=state, note=error.message)])
            self._bench.store.parts.settle(act.part.id, act.connection)
        self._report.fail(error, connection=act.connection, item=plan.item)

    def _pair(self, plan: PartPlan, act: PartAct) -> None:
        """Two parts that people made with the same text are one from now on."""
        other = next(one for one in plan.hanging.parts if one.id == act.other)
        mirror = replace(self._blank(plan, act), native_id=act.native_id, base=other.value, shown=other.value,
                         state=MirrorState.PAIRED)  # fmt: skip
        row = Change(self._report.run, self._bench.clock.now(), f"{act.part.kind.value} linked", plan.item,
                     act.connection, note=f"{act.part.id} {act.other}")  # fmt: skip
        with self._bench.store.transaction("parts linked"):
            self._bench.store.parts.put_mirrors([mirror])
            self._bench.store.parts.put([replace(other, twin=act.part.id)])
            self._bench.store.journal.record([row])

    def _blank(self, plan: PartPlan, act: PartAct) -> Mirror:
        return Mirror(act.part.id, act.connection, plan.item, self._bench.sync.name, act.part.kind, None, None, None,
                      act.part.rev)  # fmt: skip


def _halfway(act: PartAct) -> bool:
    """Whether a part of it may be done where it failed: the list tells, when it is read next."""
    return act.deed is PartDeed.REMAKE and act.native_id is not None
