"""Which tools have an item, and what of its comments and attachments goes where."""

from collections.abc import Collection, Sequence

from pmsync.model.part import PartKind
from pmsync.reconcile.part_state import Place
from pmsync.reconcile.state import Direction
from pmsync.store.parts import Hanging
from pmsync.store.records import Bundle, Replica, ReplicaState
from pmsync.sync.members import Bench, Member

_GIVES = (Direction.OUT, Direction.BOTH)
_TAKES = (Direction.IN, Direction.BOTH)


def kinds_of(bench: Bench, member: Member) -> frozenset[PartKind]:
    """The kinds of parts that travel to or from a member at all."""
    parts = member.connector.parts
    if parts is None:
        return frozenset()
    return frozenset(kind for kind in parts.kinds if bench.sync.travels(member.name, kind) is not None)


def partaking(bench: Bench) -> list[Member]:
    """The members that can be worked with, and of which anything travels."""
    return [member for member in bench.usable if kinds_of(bench, member)]


def stays(replica: Replica) -> bool:
    """Whether what hangs on a replica counts."""
    return replica.state is ReplicaState.LINKED and not replica.archived and replica.admitted


def places(bench: Bench, bundle: Bundle, hanging: Hanging, creating: Collection[str] = ()) -> Sequence[Place]:
    """The tools that have the item, or where it is about to be made, in the order of the members."""
    found = []
    for member in partaking(bench):
        replica = bundle.replica(member.name)
        there = replica is not None and stays(replica)
        if not there and member.name not in creating:
            continue
        listed = hanging.read(member.name)
        directions = {kind: bench.sync.travels(member.name, kind) for kind in kinds_of(bench, member)}
        found.append(
            Place(
                member.name,
                made_by_us=replica is None or replica.created_by_us,
                account=member.account,
                since=listed.since if listed else None,
                gives=frozenset(kind for kind, direction in directions.items() if direction in _GIVES),
                takes=frozenset(kind for kind, direction in directions.items() if direction in _TAKES),
            )
        )
    return found
