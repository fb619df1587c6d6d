"""Lists that came along with the changed items: which of them can stand for a reading of their own."""

from collections.abc import Mapping, Sequence

from pmsync.connector.parts import Along
from pmsync.model.part import Part
from pmsync.reconcile.part_state import Kept, Mirror, MirrorState, PartState
from pmsync.store.parts import Hanging, Unread
from pmsync.sync.members import Bench, Member
from pmsync.sync.parts.wording import parts_of


def along(bench: Bench, member: Member, lists: Sequence[Unread]) -> Mapping[str, Sequence[Part]]:
    """The parts of those of these lists that came along, by the item's id there. Their items are kept to oneself.

    They came before the items were: somebody else may have written to them since, with this same state. So only those
    are given of which the state knows the same, or less; what would be gone or changed has to be read.
    """
    parts = parts_of(member)
    if not isinstance(parts, Along):
        return {}
    found = parts.brought({one.remote_id: one.updated_at for one in lists})
    if not found:
        return {}
    mine = [one for one in lists if one.remote_id in found]
    known = bench.store.parts.load({one.item for one in mine})
    bundles = {one.item.id: one for one in bench.store.items.load([one.item for one in mine])}
    given = {}
    for one in mine:
        replica = bundles[one.item].replica(member.name) if one.item in bundles else None
        same = replica is not None and (replica.remote_id, replica.remote_updated_at) == (one.remote_id, one.updated_at)
        if same and _adds(known[one.item], member.name, found[one.remote_id]):
            given[one.remote_id] = found[one.remote_id]
    return given


def _adds(known: Hanging, connection: str, parts: Sequence[Part]) -> bool:
    """Whether a list shows all that is known of it as it is known, and at most something more."""
    shown = {(part.kind, part.id): part for part in parts}
    return (
        not any(one.connection == connection for one in known.intents)
        and all(_kept(one, shown.get((one.kind, one.native_id))) for one in known.parts if one.connection == connection)
        and all(
            _mirrored(one, shown.get((one.kind, one.native_id)))
            for one in known.mirrors
            if one.connection == connection and one.native_id is not None and one.state is not MirrorState.PAIRED
        )
    )


def _kept(kept: Kept, part: Part | None) -> bool:
    if kept.state is not PartState.LIVE or part is None:
        return part is None and kept.state is PartState.GONE
    return kept.hidden == part.hidden and (part.hidden or kept.value == part.value)


def _mirrored(mirror: Mirror, part: Part | None) -> bool:
    if mirror.state in (MirrorState.REMOVED, MirrorState.WITHDRAWN):
        return part is None
    return part is not None and mirror.shown == part.value
