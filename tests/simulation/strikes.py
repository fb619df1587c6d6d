"""One blow at one place: the same scenario again and again, struck once at each call and each commit.

A scenario is rounds of edits by people, each followed by passes until nothing is written. Struck or not, it must come
to the same end: what every tool shows, object for object (their ids do not depend on when they were made).
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Ending:
    """What a scenario came to."""

    picture: Picture
    points: tuple[str, ...]
    wrong: tuple[str, ...]
    struck: bool


class Striker:
    """Counts calls and commits, and strikes at one of them. See `Watcher`."""

    def __init__(self, world: World, at: int, blow: Blow) -> None:
        self.points: list[str] = []
        self.struck = False
        self._world = world
        self._at = at
        self._blow = blow
        self._dead = False
        self._broken = ""

    def before(self, connection: str, call: str, *, writes: bool) -> None:
        """See `Watcher`."""
        here = self._point(f"{connection}.{call}")
        if self._broken == f"{connection}.{call}":
            raise TransientError("it still does not get through")
        if not here:
            return
        match self._blow:
            case Blow.CRASH:
                self._die()
            case Blow.BEFORE:
                self.struck = True
                raise TransientError("it does not get through")
            case Blow.LIMIT:
                self.struck = True
                raise TransientError("too many requests", after=30.0)
            case Blow.TRUNCATED if call == "changes":
                self.struck, self._broken = True, f"{connection}.{call}"
                raise TransientError("the listing breaks off")
            case Blow.STALE if call == "changes":
                self.struck = True
                self._world.grow_stale(connection, 60.0)
            case Blow.SKIPPED if call == "changes":
                objects = sorted(self._world.objects(connection))
                if objects:
                    self.struck = True
                    self._world.skip_a_row(connection, objects[self._at % len(objects)])
            case _:
                pass

    def after(self, connection: str, call: str, *, writes: bool) -> None:
        """See `Watcher`."""
        if self._point(f"{connection}.{call} done") and self._blow is Blow.CRASH:
            self._die()
        elif len(self.points) - 1 == self._at and self._blow is Blow.AFTER:
            self.struck = True
            raise TransientError("the answer is lost")

    def boundary(self, label: str) -> None:
        """A commit is about to be made, or was."""
        if self._point(label) and self._blow is Blow.CRASH:
            self._die()

    def recover(self) -> None:
        """The process starts again; the tool answers again."""
        self._dead, self._broken = False, ""

    def _point(self, name: str) -> bool:
        if self._dead:
            raise Crash
        self.points.append(name)
        return len(self.points) - 1 == self._at

    def _die(self) -> None:
        self.struck = self._dead = True
        raise Crash


def run(seed: int, at: int = -1, blow: Blow = Blow.CRASH) -> Ending:
    """The scenario of a seed, struck at the call or commit of that number; not at all, if there is none such."""
    rng = random.Random(seed)
    swarm = _calm(draw(rng))
    world = MemoryWorld(swarm, random.Random(seed + 1), folder())
    striker = Striker(world, at, blow)
    engine = Engine(world, striker.boundary)
    wrong: list[str] = []
    for number in range(swarm.items):
        world.create(rng.choice(world.connections), f"item{number}")
    world.watch(striker)
    for number in range(ROUNDS + 1):
        if number:
            _edit(random.Random(seed * 31 + number), swarm, world, ends=ends(seed))
        wrong += _settle(world, engine, striker)
    wrong += judge(world, engine)
    return Ending(_picture(world), tuple(striker.points), tuple(wrong), striker.struck)


def ends(seed: int) -> bool:
    """Whether people delete and archive in the scenario of a seed.

    Then it is struck by crashes only: a tool that is out of reach for a pass may have its edits later than a deletion.
    """
    return seed % 2 == 0


def blows(seed: int, points: Sequence[str], kinds: Sequence[Blow]) -> Iterator[tuple[int, Blow]]:
    """All the ways in which the scenario of a seed, which has these points, can be struck."""
    for number, point in enumerate(points):
        for blow in kinds:
            if blow is Blow.CRASH or (not ends(seed) and _fits(blow, point)):
                yield number, blow


def differs(seed: int, at: int, blow: Blow, whole: Callable[[int], Ending]) -> str:
    """What is different when the scenario is struck there, or wrong; nothing if all is well."""
    wanted, ending = whole(seed), run(seed, at, blow)
    if ending.wrong:
        return f"seed {seed}, {blow} at {at} ({wanted.points[at]}): {ending.wrong[0]}"
    for connection, objects in wanted.picture.items():
        shown = ending.picture[connection]
        if shown != objects:
            names = [one for one in {**objects, **shown} if objects.get(one) != shown.get(one)]
            told = "; ".join(f"{one}: {objects.get(one)} became {shown.get(one)}" for one in names)
            return f"seed {seed}, {blow} at {at} ({wanted.points[at]}): {connection} {told}"
    return ""


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


def _settle(world: World, engine: Engine, striker: Striker) -> list[str]:
    """Passes until one writes nothing, and another after it."""
    still = 0
    for _ in range(PASSES):
        world.clock.advance(400)
        written = world.ledger.writes()
        whole = engine.run() is not None
        striker.recover()
        still = still + 1 if whole and world.ledger.writes() == written else 0
        if still == 2:
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
