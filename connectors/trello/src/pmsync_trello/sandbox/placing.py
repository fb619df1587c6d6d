"""Where a card or list goes among its neighbours."""

from collections.abc import Iterable

from pmsync_trello.sandbox.call import Call, invalid
from pmsync_trello.sandbox.objects import STEP, BoardList


def place(call: Call, column: BoardList, default: str = "bottom") -> float:
    """The position in a list that the call asks for: `top`, `bottom` or a number. The list takes note of it."""
    low, high = column.low, column.high
    asked = call.params.get("pos")
    position = _position(default if asked in (None, "") else asked, low, high)
    column.low = position if low is None else min(low, position)
    column.high = position if high is None else max(high, position)
    return position


def among(call: Call, neighbours: Iterable[float], default: str) -> float:
    """The position that the call asks for among others."""
    positions = sorted(neighbours)
    low, high = (positions[0], positions[-1]) if positions else (None, None)
    asked = call.params.get("pos")
    return _position(default if asked in (None, "") else asked, low, high)


def _position(asked: object, low: float | None, high: float | None) -> float:
    if asked == "top":
        return STEP if low is None else low / 2
    if asked == "bottom":
        return STEP if high is None else high + STEP
    try:
        position = float(asked) if isinstance(asked, str | int | float) and not isinstance(asked, bool) else -1.0
    except ValueError:
        position = -1.0
    if not 0 <= position < float("inf"):
        raise invalid("pos")
    return int(position) if position == int(position) else position
