"""From what is known of the parts of items to what is to be done, and how that reads in a plan."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pmsync.errors import PmsyncError
from pmsync.model.fields import Field, Json
from pmsync.model.part import PartKind
from pmsync.reconcile.part_state import Mirror, PartDeed
from pmsync.reconcile.parts import PartAct, decide_parts
from pmsync.store.parts import Hanging
from pmsync.store.records import Bundle, ItemState
from pmsync.store.shape import slices
from pmsync.sync.members import Bench
from pmsync.sync.parts.places import places
from pmsync.sync.parts.plainly import name_of
from pmsync.sync.parts.wording import Wording
from pmsync.sync.steps import Step

_KINDS: Mapping[tuple[PartKind, PartDeed], str] = {
    (PartKind.COMMENT, PartDeed.MAKE): "comment",
    (PartKind.COMMENT, PartDeed.EDIT): "edit comment",
    (PartKind.COMMENT, PartDeed.REMOVE): "remove comment",
    (PartKind.COMMENT, PartDeed.PAIR): "link",
    (PartKind.COMMENT, PartDeed.UNMAKE): "remove comment",
    (PartKind.COMMENT, PartDeed.REMAKE): "comment",
    (PartKind.ATTACHMENT, PartDeed.MAKE): "attach",
    (PartKind.ATTACHMENT, PartDeed.EDIT): "attach again",
    (PartKind.ATTACHMENT, PartDeed.REMOVE): "detach",
    (PartKind.ATTACHMENT, PartDeed.PAIR): "link",
    (PartKind.ATTACHMENT, PartDeed.UNMAKE): "detach",
    (PartKind.ATTACHMENT, PartDeed.REMAKE): "attach",
}


@dataclass(frozen=True, slots=True)
class PartPlan:
    """What is to be done to the parts of one item."""

    bundle: Bundle
    hanging: Hanging
    acts: tuple[PartAct, ...]

    @property
    def item(self) -> str:
        """The item's id."""
        return self.bundle.item.id

    @property
    def title(self) -> str:
        """Its title, for people."""
        return str(self.bundle.item.values.get(Field.TITLE) or "")

    def mirror(self, act: PartAct) -> Mirror | None:
        """What there is already of what an act is about."""
        wanted = (act.part.id, act.connection)
        return next((one for one in self.hanging.mirrors if (one.part, one.connection) == wanted), None)


def decide_open(bench: Bench, creating: Mapping[str, Collection[str]] | None = None) -> Iterator[PartPlan]:
    """The plans of all items about whose parts there may be something to do. `creating`: where items are about to be
    made in this pass."""
    yield from decide_these(bench, bench.store.parts.open(bench.sync.name), creating or {})


def decide_these(
    bench: Bench, items: Collection[str], creating: Mapping[str, Collection[str]] | None = None
) -> Iterator[PartPlan]:
    """The plans of these items, where there is anything in them."""
    for ids in slices(sorted(items), 500):
        bundles = bench.store.items.load(ids)
        hanging = bench.store.parts.load([one.item.id for one in bundles])
        for bundle in bundles:
            if bundle.item.state is ItemState.LIVE and bundle.item.quarantine is None:
                plan = plan_of(bench, bundle, hanging[bundle.item.id], (creating or {}).get(bundle.item.id, ()))
                if plan.acts:
                    yield plan


def plan_of(bench: Bench, bundle: Bundle, hanging: Hanging, creating: Collection[str] = ()) -> PartPlan:
    """What is to be done about one item. What was sent without an answer waits until its list was read."""
    found = places(bench, bundle, hanging, creating)
    acts = decide_parts(hanging.parts, hanging.mirrors, found, backfill=bench.sync.backfill)
    under_way = {(one.part, one.connection) for one in hanging.intents}
    return PartPlan(bundle, hanging, tuple(one for one in acts if (one.part.id, one.connection) not in under_way))


def part_steps(bench: Bench, wording: Wording, plans: Sequence[PartPlan]) -> list[Step]:
    """How the plans read."""
    return [_step(bench, wording, plan, act) for plan in plans for act in plan.acts]


def _step(bench: Bench, wording: Wording, plan: PartPlan, act: PartAct) -> Step:
    replica, mirror = plan.bundle.replica(act.connection), plan.mirror(act)
    shown = mirror.shown if mirror and act.native_id is not None else None
    before, after = _said(bench, wording, act.connection, act.part.kind, shown), None
    note = act.why
    if act.body is not None:
        after = _said(bench, wording, act.connection, act.part.kind, act.body)
    elif act.deed in (PartDeed.MAKE, PartDeed.EDIT):
        after, note = _wanted(bench, wording, act, mirror)
    return Step(
        kind=_KINDS[act.part.kind, act.deed],
        item=plan.item,
        connection=act.connection,
        title=plan.title,
        ref=replica.key if replica else "",
        field=act.part.id,
        before=before,
        after=after,
        says=(name_of(act.part.kind, before), name_of(act.part.kind, after)),
        because="" if act.undoing else act.part.connection,
        note=note,
    )


def _said(
    bench: Bench, wording: Wording, connection: str, kind: PartKind, value: Mapping[str, Json] | None
) -> str | None:
    return wording.said(bench.members[connection], kind, value) if value else None


def _wanted(bench: Bench, wording: Wording, act: PartAct, mirror: Mirror | None) -> tuple[str | None, str]:
    origin, target = bench.members[act.part.connection], bench.members[act.connection]
    try:
        if act.part.kind is PartKind.COMMENT:
            worded = wording.comment(origin, act.part, target, mirror.shown if mirror else None)
            return worded.markdown, worded.note
    except PmsyncError as error:
        return None, error.message
    return wording.said(origin, act.part.kind, act.part.value), ""
