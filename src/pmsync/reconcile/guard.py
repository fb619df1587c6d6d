"""Whether to begin at all: a pass that would do more than its limits stops before the first write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PERCENT_FROM = 11
"""With fewer items than this a percentage says nothing: one of two is 50 %."""

EMPTIED_FROM = 3
"""A side that held at least so many items and now shows none has been emptied, or is not being shown to us."""


_MEANT = "look at `pmsync plan`, and raise the limit in the config if it is meant"
_EMPTIED = (
    "look whether pmsync's account still sees them; if they are gone for good, take the connection out of the sync"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """An absolute number, or a percentage of the items known."""

    number: int
    percent: bool = False

    def allows(self, count: int, known: int) -> bool:
        """Whether so many are within the limit, of so many known."""
        if not self.percent:
            return count <= self.number
        return known < PERCENT_FROM or count * 100 <= self.number * known

    def __str__(self) -> str:
        return f"{self.number}%" if self.percent else str(self.number)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one pass may do."""

    deletes: Limit = Limit(5)
    creates: Limit = Limit(50)
    changes: Limit = Limit(50, percent=True)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one pass would do. `present` and `linked` are per connection that was listed whole."""

    known: int
    creates: int = 0
    changes: int = 0
    deletes: int = 0
    linked: Mapping[str, int] = field(default_factory=dict)
    present: Mapping[str, int] = field(default_factory=dict)


def objections(tally: Tally, limits: Limits) -> Sequence[str]:
    """Why the pass must not begin, each with what to do about it; nothing if it may."""
    found = []
    for name, count, limit in (
        ("create", tally.creates, limits.creates),
        ("change", tally.changes, limits.changes),
        ("delete", tally.deletes, limits.deletes),
    ):
        if not limit.allows(count, tally.known):
            found.append(f"it would {name} {count} items, and limits.{name}s is {limit}: {_MEANT}")
    for connection, linked in tally.linked.items():
        if linked >= EMPTIED_FROM and not tally.present.get(connection, 0):
            found.append(f"{connection} shows none of the {linked} items that it had: {_EMPTIED}")
    return found
