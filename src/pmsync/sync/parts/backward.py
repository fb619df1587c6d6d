"""Planning the reverse of what a run did to comments and attachments: what can be put back, and what stays, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from pmsync.model.part import PartKind
from pmsync.reconcile.part_state import STANDING, Kept, Mirror, MirrorState, PartDeed, PartState
from pmsync.reconcile.parts import PartAct
from pmsync.store.parts import Hanging
from pmsync.store.records import Bundle
from pmsync.sync.members import Bench
from pmsync.sync.parts.attaching import is_file
from pmsync.sync.parts.past import MirrorDeed
from pmsync.sync.parts.places import places
from pmsync.sync.parts.wording import Wording

_COPY = "a copy of a file that is gone: it cannot be brought back"


@dataclass(frozen=True, slots=True)
class Back:
    """The reverse of one deed: an act, or the reason why there is none; neither where nothing is left to do."""

    deed: MirrorDeed
    act: PartAct | None = None
    reason: str = ""


def backward(
    bench: Bench, wording: Wording, bundle: Bundle, hanging: Hanging, deeds: Sequence[MirrorDeed]
) -> list[Back]:
    """The reverse of what a run did to what hangs on one item, as its lists show it now."""
    planner = _Backward(bench, wording, bundle, hanging)
    return [planner.back(deed) for deed in deeds]


class _Backward:
    """The reverses of one item in the making."""

    def __init__(self, bench: Bench, wording: Wording, bundle: Bundle, hanging: Hanging) -> None:
        self._bench = bench
        self._wording = wording
        self._bundle = bundle
        self._hanging = hanging
        self._takes = {one.connection: one.takes for one in places(bench, bundle, hanging)}

    def back(self, deed: MirrorDeed) -> Back:
        """The reverse of one deed."""
        part = next((one for one in self._hanging.parts if one.id == deed.part), None)
        wanted = (deed.part, deed.connection)
        mirror = next((one for one in self._hanging.mirrors if (one.part, one.connection) == wanted), None)
        reason = deed.spared or self._unfit(deed)
        if reason or part is None or mirror is None:
            return Back(deed, reason=reason or "what it was the mirror of is not known any more")
        if deed.after is None:
            return self._bring_back(deed, part, mirror)
        if mirror.state not in STANDING:
            return Back(deed, reason=f"taken away in {deed.connection} since")
        return self._put_back(deed, part, mirror)

    def _unfit(self, deed: MirrorDeed) -> str:
        member = self._bench.members.get(deed.connection)
        if member is None:
            return f"{deed.connection} is no member of the sync any more"
        if not member.usable:
            return f"{deed.connection} cannot be worked with now"
        replica = self._bundle.replica(deed.connection)
        if replica is None or replica.remote_id != deed.remote_id:
            return "no longer part of the item"
        if replica.archived:
            return f"archived in {deed.connection} since"
        if deed.kind not in self._takes.get(deed.connection, ()):
            return f"pmsync writes no {deed.kind.value}s in {deed.connection} now"
        if any((one.part, one.connection) == (deed.part, deed.connection) for one in self._hanging.intents):
            return "its last write is not confirmed yet: the next pass looks again"
        return ""

    def _put_back(self, deed: MirrorDeed, part: Kept, mirror: Mirror) -> Back:
        """What was made is taken away; what was edited gets the text that it had."""
        member = self._bench.members[deed.connection]
        if deed.before is not None and self._wording.same(member, deed.kind, mirror.shown, deed.before):
            return Back(deed)
        if not self._wording.same(member, deed.kind, mirror.shown, deed.after):
            return Back(deed, reason=f"edited in {deed.connection} since")
        if mirror.rev < part.rev and part.state is not PartState.GONE:
            return Back(deed, reason=f"edited in {part.connection} since")
        if deed.before is None:
            return Back(deed, PartAct(PartDeed.UNMAKE, part, deed.connection, mirror.native_id))
        if part.state is PartState.GONE and mirror.state is not MirrorState.KEPT:
            return Back(deed, reason=f"taken away in {part.connection} since")
        if is_file(deed.before):
            return Back(deed, reason=_COPY)
        kind = PartDeed.REMAKE if deed.kind is PartKind.ATTACHMENT else PartDeed.EDIT
        return Back(deed, PartAct(kind, part, deed.connection, mirror.native_id, body=deed.before))

    def _bring_back(self, deed: MirrorDeed, part: Kept, mirror: Mirror) -> Back:
        """What was taken away is made again: from what is still there of it, else as it was."""
        if mirror.state in STANDING:
            return Back(deed)
        if part.hidden:
            return Back(deed, reason=f"what it was the mirror of is not for everybody in {part.connection}")
        if part.state is PartState.LIVE and mirror.state is MirrorState.WITHDRAWN:
            return Back(deed, reason=f"it is there again in {part.connection}: the next sync brings it")
        if part.state is PartState.LIVE and part.connection not in self._takes:
            return Back(deed, reason=f"{part.connection}, where it comes from, cannot be worked with now")
        if part.state is PartState.LIVE:
            return Back(deed, PartAct(PartDeed.MAKE, part, deed.connection))
        if is_file(deed.before):
            return Back(deed, reason=_COPY)
        return Back(deed, PartAct(PartDeed.REMAKE, part, deed.connection, body=deed.before))
