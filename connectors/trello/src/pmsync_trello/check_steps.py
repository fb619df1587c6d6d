"""What to do so that a card's checklists become what they are to be, with as few requests as that takes. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final

from pmsync.errors import RejectedError
from pmsync_trello.described import Checklist, Task, bare, in_order

MOST_LINES: Final = 200
MOST_LISTS: Final = 500
LONGEST: Final = 16_384
"""What Trello has room for: lines of a checklist, checklists of a card, characters of a name."""
STEP: Final = 16_384.0
_ALIKE: Final = 0.5

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class There:
    """A checklist as it is, or a line of one."""

    id: str
    name: str
    pos: float
    done: bool = False
    owner: str = ""
    """The checklist that a line is in."""
    lines: tuple["There", ...] = ()


@dataclass(slots=True)
class Line:
    """A line to be. `body` is what differs of the one that is there; of a new one, all of it."""

    body: dict[str, Any]
    id: str = ""
    moves: bool = False
    """Whether it comes from another checklist."""


@dataclass(slots=True)
class List:
    """A checklist to be, with those of its lines for which there is something to do."""

    body: dict[str, Any]
    id: str = ""
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Steps:
    """All that there is to do. A line that moves to another checklist has to be there before its old one is deleted."""

    lists: tuple[List, ...]
    gone_lines: tuple[str, ...]
    gone_lists: tuple[str, ...]


def there_of(told: Iterable[Record]) -> list[There]:
    """A card's checklists as its JSON tells them, from top to bottom."""
    return [
        There(
            one["id"],
            bare(one["name"]),
            float(one["pos"]),
            lines=tuple(
                There(line["id"], bare(line["name"]), float(line["pos"]), line["state"] == "complete", one["id"])
                for line in in_order(one["checkItems"])
            ),
        )
        for one in in_order(told)
    ]


def admit(wanted: Sequence[Checklist]) -> None:
    """Raises RejectedError for what Trello has no room for, before anything of it is written."""
    if len(wanted) > MOST_LISTS:
        raise RejectedError(f"the description has {len(wanted)} checklists, a card has room for {MOST_LISTS}")
    for one in wanted:
        if len(one.tasks) > MOST_LINES:
            raise RejectedError(
                f"the checklist {one.name[:40]!r} has {len(one.tasks)} items, Trello has room for {MOST_LINES}"
            )
        if max(map(len, (one.name, *(task.name for task in one.tasks)))) > LONGEST:
            raise RejectedError(f"in the checklist {one.name[:40]!r} a name has more than {LONGEST} characters")


def steps(there: Sequence[There], wanted: Sequence[Checklist]) -> Steps:
    """How to get from what is there to what is wanted."""
    lists = _matched_lists(there, wanted)
    lines = _matched_lines(there, wanted, lists)
    made: list[List] = []
    spots = places([lists[n].pos if n in lists else None for n in range(len(wanted))])
    for number, (one, spot) in enumerate(zip(wanted, spots, strict=True)):
        known = lists.get(number)
        body = _body(name=(known and known.name, one.name), pos=(None, spot))
        todo = List(body, known.id if known else "", _lines(one, [*lines[number]], known))
        if todo.body or todo.lines:
            made.append(todo)
    staying = {line.id for row in lines for line in row if line}
    kept = {one.id for one in lists.values()}
    gone = [one for one in there if one.id not in kept]
    return Steps(
        tuple(made),
        tuple(line.id for one in there if one.id in kept for line in one.lines if line.id not in staying),
        tuple(one.id for one in gone),
    )


def _lines(wanted: Checklist, found: Sequence[There | None], home: There | None) -> list[Line]:
    here = [line.pos if line and home and line.owner == home.id else None for line in found]
    todo: list[Line] = []
    for task, line, spot in zip(wanted.tasks, found, places(here), strict=True):
        if line is None:
            todo.append(Line({"name": task.name, "pos": spot, "checked": task.done}))
            continue
        state = {True: "complete", False: "incomplete"}
        body = _body(name=(line.name, task.name), state=(state[line.done], state[task.done]), pos=(None, spot))
        if body:
            todo.append(Line(body, line.id, moves=home is None or line.owner != home.id))
    return todo


def _body(**pairs: tuple[Any, Any]) -> dict[str, Any]:
    """What is to be other than it is. There is nothing to say of what is None."""
    return {key: now for key, (was, now) in pairs.items() if now is not None and now != was}


def places(there: Sequence[float | None]) -> list[float | None]:
    """Where each of a row has to go so that it is in this order: None for what may stay where it is. `there` are the
    places that they have, None for what has none in this row."""
    kept = _rising(there)
    spots: list[float | None] = []
    last = 0.0
    for number, pos in enumerate(there):
        if number in kept and pos is not None and pos > last:
            spots.append(None)
            last = pos
            continue
        following = (there[one] for one in range(number + 1, len(there)) if one in kept)
        after = next((one for one in following if one is not None and one > last), None)
        spot = last + STEP if after is None else (last + after) / 2
        if after is not None and not last < spot < after:
            # No number is left between the two: what follows moves on.
            spot = last + STEP
        spots.append(spot)
        last = spot
    return spots


def _rising(there: Sequence[float | None]) -> set[int]:
    """The most of them that are in order already."""
    best: list[tuple[int, int]] = []
    for number, pos in enumerate(there):
        longest, before = 1, -1
        for earlier in range(number):
            other = there[earlier]
            if pos is not None and other is not None and other < pos and best[earlier][0] >= longest:
                longest, before = best[earlier][0] + 1, earlier
        best.append((0, -1) if pos is None else (longest, before))
    found: set[int] = set()
    at = max(range(len(best)), key=lambda one: best[one][0], default=-1)
    while at >= 0 and best[at][0]:
        found.add(at)
        at = best[at][1]
    return found


def _matched_lists(there: Sequence[There], wanted: Sequence[Checklist]) -> dict[int, There]:
    """Which checklist each wanted one is: that of its name, else that with most of its lines."""
    found = _same([one.name for one in there], [one.name for one in wanted])
    free = [one for one in range(len(there)) if one not in found.values()]
    for number, one in enumerate(wanted):
        names = {task.name for task in one.tasks}
        shared = {place: len(names & {line.name for line in there[place].lines}) for place in free}
        place = max(shared, key=lambda one: shared[one], default=-1)
        if number not in found and place >= 0 and shared[place]:
            found[number] = place
            free.remove(place)
    return {number: there[place] for number, place in found.items()}


def _matched_lines(
    there: Sequence[There], wanted: Sequence[Checklist], lists: Mapping[int, There]
) -> list[list[There | None]]:
    """Which line each wanted one is: of its name in its checklist, else of its name in another, else where it was."""
    rows: list[list[There | None]] = [[None] * len(one.tasks) for one in wanted]
    free = {line.id: line for one in there for line in one.lines}
    for number, home in lists.items():
        found = _same([line.name for line in home.lines], [task.name for task in wanted[number].tasks])
        for place, source in found.items():
            rows[number][place] = free.pop(home.lines[source].id)
    for number, one in enumerate(wanted):
        for place, task in enumerate(one.tasks):
            named = next((line for line in free.values() if line.name == task.name), None)
            if rows[number][place] is None and named is not None:
                rows[number][place] = free.pop(named.id)
    for number, home in lists.items():
        _rename(rows[number], wanted[number].tasks, home, free)
    return rows


def _same(there: Sequence[str], wanted: Sequence[str]) -> dict[int, int]:
    """Which of those there each wanted one is by its name: those in order first, then those that were moved."""
    found: dict[int, int] = {}
    for source, place, size in SequenceMatcher(None, there, wanted, autojunk=False).get_matching_blocks():
        found |= {place + offset: source + offset for offset in range(size)}
    free = [one for one in range(len(there)) if one not in found.values()]
    for place, name in enumerate(wanted):
        source = next((one for one in free if there[one] == name), -1)
        if place not in found and source >= 0:
            found[place] = source
            free.remove(source)
    return found


def _rename(row: list[There | None], tasks: Sequence[Task], home: There, free: dict[str, There]) -> None:
    """Pair what is new with what is gone and much alike, else with what was at its place: that was renamed."""
    for place, task in enumerate(tasks):
        likeness = {line.id: _likeness(line.name, task.name) for line in home.lines if line.id in free}
        best = max(likeness, key=lambda one: likeness[one], default="")
        if row[place] is None and best and likeness[best] >= _ALIKE:
            row[place] = free.pop(best)
    old = _gaps([None if line.id in free else line for line in home.lines])
    for before, targets in _gaps(row).items():
        sources = old.get(before, ())
        if len(sources) == len(targets):
            for source, target in zip(sources, targets, strict=True):
                row[target] = free.pop(home.lines[source].id)


def _gaps(row: Sequence[There | None]) -> dict[str, list[int]]:
    """The places that are empty, by the line that comes before them."""
    found: dict[str, list[int]] = {}
    before = ""
    for place, line in enumerate(row):
        if line is None:
            found.setdefault(before, []).append(place)
        else:
            before = line.id
    return found


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
