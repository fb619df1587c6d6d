"""How the connector to a tool in memory leads an item through its workflow."""

from collections.abc import Callable
from functools import partial

from pmsync.model.fields import Field, Json
from pmsync.model.native import Native, Ref
from pmsync.testing.tool import MemoryTool, Refused, place
from pmsync.testing.wire import Wire

_MOST_HOPS = 12


def walk(tool: MemoryTool, user: str, wire: Wire, goal: Json, now: Callable[[], Native]) -> str | None:
    """Walk to a status; from where somebody moved the item meanwhile, if so. What is said against it, if anything."""
    for _ in range(_MOST_HOPS):
        seen = now()
        start = place(seen.fields[Field.STATUS])
        way = tool.path(start, place(goal))
        if way is None or not isinstance(goal, dict):
            return f"the workflow does not lead from {start} to {place(goal)}"
        reasons: list[str] = []
        status = {**goal, "place": way[0] if way else start}
        wire.write("update", partial(_step, tool, user, seen.ref, status, reasons))
        if not reasons and len(way) < 2:
            return None
        if reasons and place(now().fields[Field.STATUS]) == start:
            return reasons[0]
    return "it does not stay where it is moved to"


def _step(tool: MemoryTool, user: str, ref: Ref, status: dict[str, Json], reasons: list[str]) -> None:
    try:
        tool.edit(ref.id, by=user, status=status)
    except Refused as refused:
        reasons.append(str(refused))
