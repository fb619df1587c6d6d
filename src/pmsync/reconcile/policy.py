"""Who wins when two replicas changed one field in ways that cannot both hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pmsync.model.fields import Json

CLOCK_MARGIN = timedelta(seconds=120)
"""Two edits nearer than this have no order: tools' clocks differ, and some tell time to the minute."""

UNDONE = "undone"
"""The policy of a conflict that keeps what was undone from being done again, until somebody edits the field."""

FLAPPING = "flapping"
"""The policy of a conflict that keeps a field aside which is written and changed back again and again."""


class Rule(StrEnum):
    """How a conflict is settled."""

    OWNER = "owner"
    NEWEST = "newest"
    MERGE = "merge"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rule for one field. `owners` are connections in the order in which they are preferred."""

    rule: Rule = Rule.OWNER
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contender:
    """A value that lays claim to a field: a replica's edit, or the item's own value not yet shown everywhere."""

    connection: str
    value: Json
    native: Json
    at: datetime | None = None
    pending: bool = False
    """True for the item's own value, which `connection` gave it in an earlier pass."""


def choose(policy: Policy, contenders: Sequence[Contender], order: Sequence[str]) -> tuple[Contender, str]:
    """The winner among at least two contenders, and the word for why."""
    if policy.rule is Rule.NEWEST:
        latest = _newest(contenders)
        if latest is not None:
            return latest, "newest"
    for owner in policy.owners:
        for contender in contenders:
            if contender.connection == owner:
                return contender, "owner"
    ranked = sorted(contenders, key=lambda one: (_rank(order, one.connection), one.pending))
    return ranked[0], "order of the members"


def _newest(contenders: Sequence[Contender]) -> Contender | None:
    """The latest contender, if every other value is older by more than the clocks' margin."""
    timed = [(one.at, one) for one in contenders if one.at is not None]
    if len(timed) < len(contenders):
        return None
    at, last = max(timed, key=lambda pair: pair[0])
    return last if all(at - other > CLOCK_MARGIN for other, one in timed if one.value != last.value) else None


def _rank(order: Sequence[str], connection: str) -> int:
    return order.index(connection) if connection in order else len(order)
