"""What is done to items as a whole: they end, they come back, and what was made twice is put away."""

from collections.abc import Sequence, Set

from pmsync.sync.comeback import Comeback, come_back
from pmsync.sync.depart import Departure, departures_of
from pmsync.sync.ending import depart
from pmsync.sync.heal import Double, heal
from pmsync.sync.journal import Journal
from pmsync.sync.members import Bench
from pmsync.sync.report import Report


def change_lives(
    bench: Bench,
    leaving: Sequence[Departure],
    returning: Sequence[Comeback],
    twice: Sequence[Double],
    journal: Journal,
    report: Report,
) -> None:
    """Carry it out. What somebody else is at work on, or was since it was decided, is left for the next pass."""
    acts: list[Departure | Comeback | Double] = [*leaving, *returning, *twice]
    with bench.working_on({one.bundle.item.id for one in acts}) as mine:
        same = bench.store.items.unchanged([one.bundle for one in acts])
        heal(bench, [one for one in twice if one.bundle.item.id in mine & same], journal, report)
        depart(bench, [one for one in leaving if _still_left(bench, one, mine, same)], report.run, report)
        come_back(bench, [one for one in returning if one.item in mine & same], report.run, report)


def _still_left(bench: Bench, departure: Departure, mine: Set[str], same: Set[str]) -> bool:
    item = departure.bundle.item.id
    if departure.ends or item in same:
        return item in mine & same
    # What was decided of its fields since says nothing of whether the replica is there.
    now = bench.store.items.get(item) if item in mine else None
    left = departures_of(bench, now) if now is not None else ()
    return any((one.replica.connection, one.why) == (departure.replica.connection, departure.why) for one in left)
