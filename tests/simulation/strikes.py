"""One blow at one place: the same scenario struck once at each call and each commit, and compared with itself.

A scenario is rounds of edits by people, each followed by passes until nothing is written. Struck or not, it must come
to the same end: what every tool shows, object for object (their ids do not depend on when they were made).

It is played once. Where it is to be struck, the process branches: the branch is struck and goes on, then the scenario
does, as if nothing had been.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tests.simulation.branches import Branches
from tests.simulation.chance import FIELDS, Swarm, draw
from tests.simulation.engine import Engine
from tests.simulation.memory import MemoryWorld
from tests.simulation.oracles import judge
from tests.simulation.play import folder
from tests.simulation.world import Crash, Refused, World

from pmsync.config.settings import OnDelete
from pmsync.errors import TransientError
from pmsync.model.fields import Field, Json

ROUNDS = 2
PASSES = 8

_KEPT = (
    'SELECT id, state, "values", revs, origin, quarantine, wanted, refused, rebase FROM items ORDER BY id',
    """SELECT item, connection, remote_id, native, base, seen_rev, state, archived, admitted, missing_since IS NULL,
    created_by_us, dirty, held FROM replicas ORDER BY item, connection""",
    "SELECT item, connection, remote_id, native, base, reason FROM former_replicas ORDER BY item, connection",
    "SELECT connection, remote_id, native, held, decision FROM candidates ORDER BY connection, remote_id",
    "SELECT item, connection, kind, body FROM intents ORDER BY item, connection",
    "SELECT item, field, winner, policy, state FROM conflicts ORDER BY item, field, id",
)
"""All of the state by which later passes decide, without times and the names of runs: a blow may delay."""


class Blow(StrEnum):
    """What strikes."""

    CRASH = "crash"
    BEFORE = "before"
    """The call does not get through."""
    AFTER = "after"
    """It takes effect, and the answer is lost."""
    LIMIT = "429"
    STALE = "stale list"
    """The listing is as it was a minute ago."""
    TRUNCATED = "truncated page"
    """A listing ends after its first page, every time that it is tried again."""
    SKIPPED = "skipped row"


FAULTS = tuple(blow for blow in Blow if blow is not Blow.CRASH)

Picture = Mapping[str, Mapping[str, tuple[bool, Mapping[Field, Json]]]]
"""What every tool shows, by connection and id: whether it is put away, and its fields."""

Aim = Callable[[str], Iterable[Blow]]
"""Asked at each point in turn, by its name: what strikes there."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a scenario is once a round is settled."""

    number: int
    picture: Picture
    kept: tuple[tuple[object, ...], ...]
    """What the state holds."""
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Struck:
    """A blow, and where the scenario was with it at the end."""

    at: int
    point: str
    blow: Blow
    mark: Mark

    def __str__(self) -> str:
        return f"{self.blow} at {self.at} ({self.point})"


@dataclass(frozen=True, slots=True)
class Played:
    """What a scenario came to: without a blow, round by round; and with each of those that it was to be struck by."""

    marks: tuple[Mark, ...]
    struck: tuple[Struck, ...]


class Striker:
    """Counts calls and commits, and strikes at some of them, each time in a branch. See `Watcher`."""

    def __init__(self, world: World, aim: Aim, branches: Branches) -> None:
        self.struck: list[Struck] = []
        self._world = world
        self._aim = aim
        self._branches = branches
        self._count = 0
        self._dead = False
        self._broken = ""

    def before(self, connection: str, call: str, *, writes: bool) -> None:
        """See `Watcher`."""
        blow = self._point(f"{connection}.{call}")
        if self._broken == f"{connection}.{call}":
            raise TransientError("it still does not get through")
        match blow:
            case Blow.CRASH:
                self._die()
            case Blow.BEFORE:
                raise TransientError("it does not get through")
            case Blow.LIMIT:
                raise TransientError("too many requests", after=30.0)
            case Blow.TRUNCATED:
                self._broken = f"{connection}.{call}"
                raise TransientError("the listing breaks off")
            case Blow.STALE:
                self._world.grow_stale(connection, 60.0)
            case Blow.SKIPPED:
                objects = sorted(self._world.objects(connection))
                if objects:
                    self._world.skip_a_row(connection, objects[self._count % len(objects)])
            case _:
                pass

    def after(self, connection: str, call: str, *, writes: bool) -> None:
        """See `Watcher`."""
        blow = self._point(f"{connection}.{call} done")
        if blow is Blow.CRASH:
            self._die()
        if blow is Blow.AFTER:
            raise TransientError("the answer is lost")

    def boundary(self, label: str) -> None:
        """A commit is about to be made, or was."""
        if self._point(label) is Blow.CRASH:
            self._die()

    def recover(self) -> None:
        """The process starts again; the tool answers again."""
        self._dead, self._broken = False, ""

    def _point(self, name: str) -> Blow | None:
        """What strikes here, if this is where it does."""
        if self._dead:
            raise Crash
        self._count += 1
        # A branch was struck already.
        for blow in () if self._branches.inside else tuple(self._aim(name)):
            if not self._struck(name, blow):
                return blow
        return None

    def _struck(self, name: str, blow: Blow) -> bool:
        """Have a branch be struck. Whether it has been: in the branch it is about to be."""
        audit = self._world.config.audit
        length = audit.stat().st_size if audit.exists() else None
        mark = self._branches.branch()
        if mark is None:
            return False
        if length is None:
            audit.unlink(missing_ok=True)
        else:
            os.truncate(audit, length)
        self.struck.append(Struck(self._count - 1, name, blow, mark))
        return True

    def _die(self) -> None:
        self._dead = True
        raise Crash


def play(seed: int, aim: Aim, *, to_the_end: bool) -> Played:
    """Play the scenario of a seed. What is struck is played to the end, or until the round is settled."""
    rng = random.Random(seed)
    swarm = _calm(draw(rng))
    world = MemoryWorld(swarm, random.Random(seed + 1), folder())
    with Branches() as branches:
        striker = Striker(world, aim, branches)
        engine = Engine(world, striker.boundary)
        for number in range(swarm.items):
            world.create(rng.choice(world.connections), f"item{number}")
        world.watch(striker)
        marks: list[Mark] = []
        for number in range(ROUNDS + 1):
            if number:
                _edit(random.Random(seed * 31 + number), swarm, world, ends=ends(seed))
            wrong = _settle(world, engine, striker, branches, 2 if to_the_end else 1)
            last = number == ROUNDS or (branches.inside and not to_the_end)
            picture, kept = _picture(world), tuple(row for query in _KEPT for row in engine.ask(query))
            marks.append(Mark(number, picture, kept, (*wrong, *(judge(world, engine) if last else ()))))
            if branches.inside and (last or wrong):
                branches.tell(marks[-1])
    return Played(tuple(marks), tuple(striker.struck))


def ends(seed: int) -> bool:
    """Whether people delete and archive in the scenario of a seed.

    Then it is struck by crashes only: a tool that is out of reach for a pass may have its edits later than a deletion.
    """
    return seed % 2 == 0


def every(seed: int, sparing: Mapping[Blow, int]) -> Aim:
    """Strikes by each of these kinds of blow, at every how-manieth point where it can; which of them, the seed says."""
    ways: Counter[Blow] = Counter()

    def aim(point: str) -> Iterator[Blow]:
        for blow, step in sparing.items():
            if blow is Blow.CRASH or (not ends(seed) and _fits(blow, point)):
                ways[blow] += 1
                if (ways[blow] + seed) % step == 0:
                    yield blow

    return aim


def only(at: int, blow: Blow) -> Aim:
    """Strikes once, at the point of that number."""
    count = 0

    def aim(point: str) -> Iterator[Blow]:
        nonlocal count
        count += 1
        if count - 1 == at:
            yield blow

    return aim


def differences(seed: int, aim: Aim, *, to_the_end: bool = False) -> list[str]:
    """Play the scenario of a seed, struck so; all that is wrong, or comes out otherwise with a blow than without.

    Where the round of the blow is settled, and tools and state are as without it, so is all that comes after: only what
    is not so is played on. `to_the_end` trusts nothing, and plays everything on.
    """
    played = play(seed, aim, to_the_end=to_the_end)
    found = [f"seed {seed}: {one}" for mark in played.marks for one in mark.wrong]
    for struck in played.struck:
        mark, usual = struck.mark, played.marks[struck.mark.number]
        if to_the_end:
            wrong = [*mark.wrong, *_compare(usual.picture, mark.picture)]
            found += [f"seed {seed}, {struck}: {one}" for one in wrong]
        elif mark.wrong or (mark.picture, mark.kept) != (usual.picture, usual.kept):
            found += differences(seed, only(struck.at, struck.blow), to_the_end=True)
    return found


def _compare(usual: Picture, picture: Picture) -> Iterator[str]:
    for connection, objects in usual.items():
        shown = picture[connection]
        for one in {**objects, **shown}:
            if objects.get(one) != shown.get(one):
                yield f"{connection} {one}: {objects.get(one)} became {shown.get(one)}"


def _fits(blow: Blow, point: str) -> bool:
    call, _, done = point.partition(" ")
    if "." not in call or call.startswith(("before", "after")):
        return False
    if blow is Blow.AFTER:
        return done == "done"
    return not done and (blow in (Blow.BEFORE, Blow.LIMIT) or call.endswith(".changes"))


def _calm(swarm: Swarm) -> Swarm:
    """The same, with nothing in it that depends on when a pass begins."""
    return replace(swarm, lag=0.0, consistent=True, on_delete=swarm.on_delete if swarm.tiny else OnDelete.UNLINK)


def _settle(world: World, engine: Engine, striker: Striker, branches: Branches, quiet: int) -> list[str]:
    """Passes until one writes nothing, and another after it; in a branch, until so many have written nothing."""
    still = 0
    for _ in range(PASSES):
        world.clock.advance(400)
        written, inside = world.ledger.writes(), branches.inside
        engine.run()
        striker.recover()
        # The pass that was struck says nothing, quiet as it may be.
        still = still + 1 if world.ledger.writes() == written and branches.inside == inside else 0
        if still == (quiet if inside else 2):
            return []
    return [f"not quiet after {PASSES} passes"]


def _edit(rng: random.Random, swarm: Swarm, world: World, *, ends: bool) -> None:
    """People at work on what people have made, and on its copies."""
    for _ in range(rng.randint(1, 5)):
        connection = rng.choice(world.connections)
        objects = sorted(one for one, native in world.objects(connection).items() if not native.archived)
        name, place, kind = rng.choice(FIELDS), rng.random(), rng.random()
        if not objects:
            continue
        identity = objects[int(place * len(objects))]
        try:
            if ends and kind < 0.06:
                world.delete(connection, identity)
            elif ends and kind < 0.12:
                world.archive(connection, identity)
            elif kind < 0.2:
                world.create(connection, f"made{int(place * 1000)}")
            elif choices := world.choices(connection, identity, name):
                world.edit(connection, identity, name, choices[int(place * 977) % len(choices)])
        except Refused:
            continue


def _picture(world: World) -> Picture:
    return {
        connection: {
            identity: (native.archived, dict(native.fields))
            for identity, native in sorted(world.objects(connection).items())
        }
        for connection in world.connections
    }
