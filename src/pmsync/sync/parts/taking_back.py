"""Taking back what a run did to comments and attachments: their lists read, the reverse planned, and carried out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pmsync.reconcile.part_state import PartState
from pmsync.store.audit import AuditLog
from pmsync.store.parts import Hanging, unread
from pmsync.store.records import Bundle, Change
from pmsync.sync.members import Bench
from pmsync.sync.parts.backward import Back, backward
from pmsync.sync.parts.deciding import PartPlan, part_steps
from pmsync.sync.parts.past import MirrorDeed, mirror_deeds
from pmsync.sync.parts.places import partaking, stays
from pmsync.sync.parts.seeing import Seeing
from pmsync.sync.parts.wording import Wording
from pmsync.sync.parts.writing import Came, Writing
from pmsync.sync.report import Report
from pmsync.sync.steps import Step


@dataclass(frozen=True, slots=True)
class PartsBack:
    """The reverse of what a run did to the parts of one item: what is to be done, each with its step, and what stays,
    each with the reason."""

    plan: PartPlan
    deeds: tuple[MirrorDeed, ...]
    steps: tuple[Step, ...]
    spared: tuple[Back, ...]

    def only(self, take: Callable[[Step], bool]) -> "PartsBack":
        """The same with those steps alone that are taken."""
        taken = [(act, step) for act, step in zip(self.plan.acts, self.steps, strict=True) if take(step)]
        plan = replace(self.plan, acts=tuple(act for act, _ in taken))
        return replace(self, plan=plan, steps=tuple(step for _, step in taken))


class TakingBack:
    """What one undo does about comments and attachments."""

    def __init__(self, bench: Bench, audit: AuditLog, report: Report, number: int, who: str) -> None:
        self._bench = bench
        self._wording = Wording(bench)
        self._seeing = Seeing(bench, self._wording, report, number, proves=False)
        self._writing = Writing(bench, self._wording, self._seeing, audit, report, who)

    def read(self, bundles: Sequence[Bundle]) -> None:
        """Read all lists of these items."""
        names = {member.name for member in partaking(self._bench)}
        self._seeing.read(
            [unread(one) for bundle in bundles for one in bundle.replicas if stays(one) and one.connection in names]
        )

    def reverse(
        self, run: str, bundle: Bundle, rows: Sequence[Change], reversed_by: Mapping[str, str], leaving: Collection[str]
    ) -> PartsBack:
        """Plan the reverse of what the run did to what hangs on an item. Tools that it is `leaving` are left out: what
        hangs there goes with it."""
        done = tuple(one for one in mirror_deeds(run, rows, reversed_by) if one.connection not in leaving)
        hanging = self._hanging(bundle.item.id)
        plan, spared = self._plan(PartPlan(bundle, hanging, ()), done)
        return PartsBack(plan, done, tuple(part_steps(self._bench, self._wording, [plan])), spared)

    def commented(self, item: str, connection: str) -> bool:
        """Whether somebody made something there that hangs on the item."""
        parts = self._hanging(item).parts
        return any(one.connection == connection and one.state is not PartState.GONE for one in parts)

    def carry_out(self, found: Sequence[PartsBack]) -> Came:
        """Do it. Each list is read again before anything in it is written over."""
        came = Came()
        for back in found:
            self._writing.carry_out(back.plan, came, partial(self._again, back.deeds))
        return came

    def _again(self, deeds: Sequence[MirrorDeed], plan: PartPlan) -> PartPlan:
        return self._plan(plan, deeds)[0]

    def _plan(self, plan: PartPlan, deeds: Sequence[MirrorDeed]) -> tuple[PartPlan, tuple[Back, ...]]:
        backs = backward(self._bench, self._wording, plan.bundle, plan.hanging, deeds)
        acts = tuple(one.act for one in backs if one.act is not None)
        return replace(plan, acts=acts), tuple(one for one in backs if one.reason)

    def _hanging(self, item: str) -> Hanging:
        return self._bench.store.parts.load([item])[item]
