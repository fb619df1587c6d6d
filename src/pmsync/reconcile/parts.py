"""What is to be done about the comments and attachments of one item: pure, from what is known to a list of acts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pmsync.model.fields import Json
from pmsync.model.part import PartKind
from pmsync.reconcile.part_state import STANDING, Kept, Mirror, MirrorState, PartDeed, PartState, Place

DELETED, HIDDEN, TWICE = "deleted", "no longer for everybody", "made twice"


@dataclass(frozen=True, slots=True)
class PartAct:
    """One thing to be done to the mirror of a part in a connection."""

    deed: PartDeed
    part: Kept
    connection: str
    native_id: str | None = None
    """The mirror's; with `PAIR` that of the part with the same text."""
    other: str = ""
    """With `PAIR`: the other part."""
    why: str = ""
    body: Mapping[str, Json] | None = None
    """What is sent, where that is what the mirror showed once and not what the part says now."""

    @property
    def undoing(self) -> bool:
        """Whether an undo wants it."""
        return self.body is not None or self.deed is PartDeed.UNMAKE

    @property
    def ends(self) -> bool:
        """Whether it takes away what somebody else took away first: what limits count."""
        return self.deed is PartDeed.REMOVE and self.why == DELETED


def decide_parts(
    parts: Sequence[Kept], mirrors: Sequence[Mirror], places: Sequence[Place], *, backfill: bool
) -> tuple[PartAct, ...]:
    """All there is to do, older parts before newer ones. `places` are in the order of the sync's members.

    A part travels to every tool that takes its kind. What was there before a tool's own item was joined with the others
    does not, unless `backfill`; then what both sides have with the same text is joined, and not doubled.
    """
    rank = {place.connection: number for number, place in enumerate(places)}
    known = {(mirror.part, mirror.connection): mirror for mirror in mirrors}
    origins = {place.connection: place for place in places}
    paired: set[str] = {one.id for one in parts if one.twin is not None}
    acts: list[PartAct] = []
    ordered = sorted(parts, key=lambda one: (one.made_at, rank.get(one.connection, len(rank)), one.native_id))
    for part in ordered:
        origin = origins.get(part.connection)
        if part.id in paired:
            continue
        for place in places:
            if place.connection == part.connection:
                continue
            mirror = known.get((part.id, place.connection))
            act = _act(part, origin, place, mirror, backfill=backfill)
            twin = _same(part, ordered, place, paired) if act and act.deed is PartDeed.MAKE else None
            if twin is not None:
                paired.add(twin.id)
                act = PartAct(PartDeed.PAIR, part, place.connection, twin.native_id, twin.id)
            if act is not None:
                acts.append(act)
    return tuple(acts)


def _act(part: Kept, origin: Place | None, place: Place, mirror: Mirror | None, *, backfill: bool) -> PartAct | None:
    if part.state is PartState.GONE or part.hidden:
        gone = part.state is PartState.GONE
        if mirror is not None and mirror.state in STANDING and not (gone and mirror.state is MirrorState.KEPT):
            why = HIDDEN if part.hidden and not gone else DELETED
            return PartAct(PartDeed.REMOVE, part, place.connection, mirror.native_id, why=why)
        return None
    if part.state is PartState.MISSING or origin is None:
        return None
    if part.kind not in origin.gives or part.kind not in place.takes:
        return None
    if mirror is None:
        return PartAct(PartDeed.MAKE, part, place.connection) if _travels(part, place, backfill=backfill) else None
    return _follow(part, place, mirror)


def _follow(part: Kept, place: Place, mirror: Mirror) -> PartAct | None:
    if mirror.state is MirrorState.WITHDRAWN:
        return PartAct(PartDeed.MAKE, part, place.connection)
    if mirror.rev >= part.rev or mirror.state not in (*STANDING, MirrorState.REFUSED):
        return None
    deed = PartDeed.EDIT if mirror.native_id is not None else PartDeed.MAKE
    return PartAct(deed, part, place.connection, mirror.native_id)


def _travels(part: Kept, place: Place, *, backfill: bool) -> bool:
    if place.made_by_us or backfill:
        return True
    return not part.old and (place.since is None or part.found_at >= place.since)


def _same(part: Kept, parts: Sequence[Kept], place: Place, paired: set[str]) -> Kept | None:
    """A part there that is the same: made by somebody before anybody's twin was known; or a copy of ours, which has no
    mark, and was forgotten."""
    before = part.old and not place.made_by_us
    copied = part.kind is PartKind.ATTACHMENT
    return next(
        (
            other
            for other in parts
            if other.connection == place.connection
            and other.kind is part.kind
            and other.digest == part.digest
            and ((before and other.old) or (copied and other.author == place.account and part.author != other.author))
            and other.state is PartState.LIVE
            and not other.hidden
            and other.id not in paired
        ),
        None,
    )


def ending(acts: Sequence[PartAct]) -> Iterator[str]:
    """The parts whose mirrors would be taken away because somebody deleted them."""
    yield from dict.fromkeys(act.part.id for act in acts if act.ends)
