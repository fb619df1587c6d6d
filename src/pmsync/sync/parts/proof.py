"""What a verification finds in comments and attachments: what a pass would do, and what is left as it is on purpose."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pmsync.model.fields import Field
from pmsync.reconcile.part_state import STANDING, Kept, Mirror, MirrorState, PartState
from pmsync.store.parts import Hanging
from pmsync.store.records import Bundle, ItemState
from pmsync.store.shape import slices
from pmsync.sync.members import Bench
from pmsync.sync.parts.deciding import PartPlan, plan_of
from pmsync.sync.parts.places import kinds_of, stays
from pmsync.sync.parts.rows import UNDONE
from pmsync.sync.parts.wording import Wording


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A mirror that is not what its original is, or is not there, and stays so."""

    item: str
    title: str
    connection: str
    kind: str
    reason: str


def differing(bench: Bench) -> list[PartPlan]:
    """What it would take to make the tools agree, of items that are compared at all. What lacks in a list is not proved
    to be gone by one look, but it lacks."""
    found = []
    for ids in slices(bench.store.parts.open(bench.sync.name), 500):
        hanging = bench.store.parts.load(ids)
        for bundle in bench.store.items.load(ids):
            if bundle.item.state is ItemState.LIVE and bundle.item.quarantine is None:
                plan = plan_of(bench, bundle, _as_seen(hanging[bundle.item.id]))
                found += [plan] if plan.acts else []
    return found


def _as_seen(hanging: Hanging) -> Hanging:
    return replace(
        hanging,
        parts=tuple(
            replace(one, state=PartState.GONE) if one.state is PartState.MISSING else one for one in hanging.parts
        ),
    )


def left_alone(bench: Bench) -> Iterator[LeftAlone]:
    """The mirrors that are otherwise on purpose, of all items."""
    wording = Wording(bench)
    for bundles in bench.store.items.every(bench.sync.name, state=ItemState.LIVE):
        known = bench.store.parts.load([one.item.id for one in bundles])
        for bundle in bundles:
            yield from _of_item(bench, wording, bundle, known[bundle.item.id])


def _of_item(bench: Bench, wording: Wording, bundle: Bundle, hanging: Hanging) -> Iterator[LeftAlone]:
    parts = {one.id: one for one in hanging.parts}
    title = str(bundle.item.values.get(Field.TITLE) or "")
    for mirror in hanging.mirrors:
        part, replica = parts.get(mirror.part), bundle.replica(mirror.connection)
        member = bench.members.get(mirror.connection)
        if part is None or replica is None or not stays(replica) or member is None or not member.usable:
            continue
        reason = _reason(bench, wording, part, mirror) if mirror.kind in kinds_of(bench, member) else ""
        if reason:
            yield LeftAlone(bundle.item.id, title, mirror.connection, mirror.kind.value, reason)


def _reason(bench: Bench, wording: Wording, part: Kept, mirror: Mirror) -> str:
    whose = f"of {part.author_name or 'somebody'} in {part.connection}"
    if mirror.state is MirrorState.KEPT and part.state is PartState.GONE:
        return f"made again by an undo, though the original {whose} was deleted"
    if part.hidden or part.state is not PartState.LIVE:
        return ""
    if mirror.state is MirrorState.REFUSED:
        return mirror.note
    if mirror.state is MirrorState.REMOVED:
        return f"taken away {'by an undo' if mirror.note == UNDONE else 'by somebody'}: it was one {whose}"
    if mirror.state not in STANDING or mirror.rev < part.rev:
        return ""
    if not wording.same(bench.members[mirror.connection], mirror.kind, mirror.shown, mirror.base):
        return f"edited there by somebody: it is one {whose}"
    return f"as it was before, by an undo: it is one {whose}" if mirror.note == UNDONE else ""
