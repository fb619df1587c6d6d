"""The part of a pass that looks after what hangs on items: read, decided, and carried out once the fields are."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pmsync.reconcile.parts import ending
from pmsync.store.audit import AuditLog
from pmsync.store.parts import unread
from pmsync.store.shape import slices
from pmsync.sync.members import Bench
from pmsync.sync.parts.behind import look_behind
from pmsync.sync.parts.deciding import PartPlan, decide_open, decide_these, part_steps, plan_of
from pmsync.sync.parts.places import kinds_of, partaking, stays
from pmsync.sync.parts.seeing import Seeing
from pmsync.sync.parts.surplus import step_of, take_away
from pmsync.sync.parts.wording import Wording
from pmsync.sync.parts.writing import Came, Writing
from pmsync.sync.report import Report
from pmsync.sync.steps import Step

_TOGETHER = 200
"""How many items are kept to oneself at a time."""
_ROUNDS = 3
"""How often what failed in a way that may heal is tried again."""


class PartsStage:
    """What one run does about comments and attachments."""

    def __init__(self, bench: Bench, audit: AuditLog, report: Report, number: int, *, beside: bool = False) -> None:
        """`beside`: not in a pass, which alone takes mirrors away whose originals were deleted, within its limits."""
        self._bench = bench
        self._store = bench.store
        self._report = report
        self._audit = audit
        self._beside = beside
        self._number = number
        self._wording = Wording(bench)
        self._seeing = Seeing(bench, self._wording, report, number, proves=not beside)
        self._writing = Writing(bench, self._wording, self._seeing, audit, report)

    def prepare(self, *, deep: bool, creating: Mapping[str, Collection[str]]) -> Sequence[PartPlan]:
        """Read what changed, and decide. `creating`: where items are about to be made."""
        if not partaking(self._bench):
            return ()
        self._heed_settings()
        self._seeing.read_due(every=deep)
        return list(decide_open(self._bench, creating))

    def steps(self, plans: Sequence[PartPlan]) -> list[Step]:
        """How the plans read."""
        twice = [step_of(self._bench, self._wording, one) for one in self._seeing.twice]
        return part_steps(self._bench, self._wording, plans) + twice

    @property
    def acts(self) -> bool:
        """Whether there is something to take away, whatever the plans say."""
        return bool(self._seeing.twice)

    def objections(self, plans: Sequence[PartPlan]) -> list[str]:
        """Why the pass must not begin: so many parts gone at once are more likely not shown to us."""
        gone = sum(1 for plan in plans for _ in ending(plan.acts)) + len(self._seeing.twice)
        limit = self._bench.sync.limits.deletes
        if not gone or limit.allows(gone, self._store.parts.count(self._bench.sync.name)):
            return []
        what = f"it would take away the mirrors of {gone} comments and attachments, and limits.deletes is {limit}"
        look = (
            "look whether pmsync's account still sees the originals, and raise the limit in the config if it is meant"
        )
        return [f"{what}: {look}"]

    def execute(self, allowed: frozenset[tuple[str, ...]] | None = None, *, item: str | None = None) -> None:
        """Do what is to be done, or only the steps of these identities; about all items, or one of them."""
        came = self._round([item] if item is not None else None, allowed)
        for _ in range(_ROUNDS):
            if not came.again:
                break
            self._read_again(came.again)
            came = self._round(came.again, allowed)
        for (about, connection), error in sorted(came.errors.items()):
            if connection not in self._report.down:
                self._report.fail(error, connection=connection, item=about)
        steps = ((one, step_of(self._bench, self._wording, one)) for one in self._seeing.twice)
        take_away(self._bench, [one for one, step in steps if allowed is None or step.identity in allowed],
                  self._audit, self._report)  # fmt: skip

    def look_behind(self, written: dict[str, set[str]]) -> None:
        """Read again what hangs on items to which links to twins were written, by connection."""
        look_behind(self._bench, self._seeing, written, self._number)

    def read_item(self, item: str, only: Collection[str] | None = None) -> None:
        """Read the item's lists, or those in `only` some connections, whether they are due or not."""
        bundle = self._store.items.get(item)
        replicas = bundle.replicas if bundle else ()
        self._seeing.read([unread(one) for one in replicas if stays(one) and (only is None or one.connection in only)])

    def plan_item(self, item: str, creating: Mapping[str, Collection[str]]) -> Sequence[PartPlan]:
        """What there is to do about one item."""
        plans = decide_these(self._bench, [item], creating)
        return [only for plan in plans if (only := self._only(plan, None)).acts]

    def _round(self, items: Collection[str] | None, allowed: frozenset[tuple[str, ...]] | None) -> Came:
        """One round over these items, or all about which there may be something to do."""
        came = Came()

        def again(plan: PartPlan) -> PartPlan:
            return self._only(plan_of(self._bench, plan.bundle, plan.hanging), allowed)

        looked_at = list(items) if items is not None else self._store.parts.open(self._bench.sync.name)
        for plan in decide_these(self._bench, looked_at):
            with self._bench.working_on([plan.item]) as mine:
                for fresh in decide_these(self._bench, mine):
                    self._writing.carry_out(self._only(fresh, allowed), came, again)
        for some in slices(looked_at, _TOGETHER):
            with self._bench.working_on(some) as mine:
                left = {plan.item for plan in decide_these(self._bench, mine)}
                self._store.parts.close([one for one in sorted(mine) if one not in left and not self._waits(one)])
        return came

    def _waits(self, item: str) -> bool:
        """Whether a tool that has the item cannot be worked with, or does not show it, just now: there may be something
        to do when it does."""
        bundle = self._store.items.get(item)
        return bundle is not None and any(
            not (stays(one) and self._bench.members[one.connection].usable)
            for one in bundle.replicas
            if self._travels(one.connection)
        )

    def _travels(self, connection: str) -> bool:
        member = self._bench.members.get(connection)
        return member is not None and bool(kinds_of(self._bench, member))

    def _only(self, plan: PartPlan, allowed: frozenset[tuple[str, ...]] | None) -> PartPlan:
        acts = [act for act in plan.acts if not (self._beside and act.ends)]
        if allowed is not None:
            agreed = [
                not step.sends or step.identity in allowed
                for step in part_steps(self._bench, self._wording, [replace(plan, acts=tuple(acts))])
            ]
            acts = [act for act, may in zip(acts, agreed, strict=True) if may]
        return replace(plan, acts=tuple(acts))

    def _read_again(self, items: Collection[str]) -> None:
        names = [member.name for member in partaking(self._bench)]
        due = self._store.parts.due(self._bench.sync.name, names)
        self._seeing.read([one for one in due if one.item in items])

    def _heed_settings(self) -> None:
        """Where other parts travel than before, everything is looked through."""
        sync = self._bench.sync
        said = {name: sorted(kinds_of(self._bench, one)) for name, one in self._bench.members.items()}
        told = json.dumps([said, {name: [sync.travels(name, kind) for kind in kinds] for name, kinds in said.items()},
                           sync.backfill], sort_keys=True)  # fmt: skip
        fact = f"parts {sync.name}"
        if self._store.progress.fact(fact) != told:
            self._store.parts.open_all(sync.name)
            self._store.progress.put_fact(fact, told)
