"""One blow at one place: the same scenario struck once at each call and each commit, and compared with itself.

A scenario is rounds of edits by people, each followed by passes until nothing is written. Struck or not, it must come
to the same end: what every tool shows, object for object (their ids do not depend on when they were made).

It is played once. Before each of its passes all is kept as it is then: for each blow that is to strike in the pass, it
is brought back to that moment, struck and played on; then the scenario goes on, as if nothing had been.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tests.simulation.chance import FIELDS, Swarm, draw
from tests.simulation.engine import Engine
from tests.simulation.memory import MemoryWorld
from tests.simulation.moments import Moment
from tests.simulation.oracles import judge
from tests.simulation.play import folder
from tests.simulation.world import Crash, Refused, World

from pmsync.config.settings import OnDelete
from pmsync.errors import TransientError
from pmsync.model.fields import Field, Json

ROUNDS = 2
PASSES = 8
_RESTLESS = f"not quiet after {PASSES} passes"

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
class Due:
    """A point, by its number and name, and what is to strike there."""

    at: int
    point: str
    blow: Blow


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
    """Counts calls and commits, says which of them are to be struck, and strikes at one. See `Watcher`."""

    def __init__(self, world: World, aim: Aim) -> None:
        self.due: list[Due] = []
        """What the pass that is under way, or was, is to be struck by."""
        self._world = world
        self._aim = aim
        self._count = 0
        self._strike: Due | None = None
        self._scouting = True
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

    def scout(self, at: int) -> None:
        """The next passes are not struck; their points count from here on, and those that are to be struck are due."""
        self.due = []
        self._count, self._strike, self._scouting = at, None, True

    def arm(self, at: int, due: Due) -> None:
        """The next pass, whose points count from here on, is struck so; and nothing after that."""
        self._count, self._strike, self._scouting = at, due, False

    @property
    def count(self) -> int:
        """How many points there have been."""
        return self._count

    @property
    def is_spent(self) -> bool:
        """Whether what it was armed with has struck."""
        return self._strike is None

    def _point(self, name: str) -> Blow | None:
        """What strikes here, if this is where it does."""
        if self._dead:
            raise Crash
        at = self._count
        self._count += 1
        if self._scouting:
            self.due += [Due(at, name, blow) for blow in self._aim(name)]
        elif self._strike is not None and self._strike.at == at:
            assert self._strike.point == name, f"another course: {name}, not {self._strike}"
            blow, self._strike = self._strike.blow, None
            return blow
        return None

    def _die(self) -> None:
        self._dead = True
        raise Crash


class Scenario:
    """The scenario of a seed, in the one course that it takes unless it is struck."""

    def __init__(self, seed: int, aim: Aim, *, to_the_end: bool) -> None:
        rng = random.Random(seed)
        self._seed = seed
        self._to_the_end = to_the_end
        self._swarm = _calm(draw(rng))
        self._world = world = MemoryWorld(self._swarm, random.Random(seed + 1), folder())
        self._striker = Striker(world, aim)
        self._engine = Engine(world, self._striker.boundary)
        self._struck: list[Struck] = []
        for number in range(self._swarm.items):
            world.create(rng.choice(world.connections), f"item{number}")
        world.watch(self._striker)

    def play(self) -> Played:
        """Play it as it is, and each pass that is to be struck once more for each blow."""
        return Played(tuple(self._round(number) for number in range(ROUNDS + 1)), tuple(self._struck))

    def _round(self, number: int) -> Mark:
        self._edit(number)
        still = 0
        for passed in range(PASSES):
            self._world.clock.advance(400)
            still = still + 1 if self._pass(number, passed) else 0
            if still == 2:
                return self._mark(number, ())
        return self._mark(number, (_RESTLESS,))

    def _pass(self, number: int, passed: int) -> bool:
        """A pass that nothing strikes, after it was played with each blow. Whether it wrote nothing."""
        before, at = Moment(self._world, self._engine), self._striker.count
        self._striker.scout(at)
        quiet = self._run()
        if due := self._striker.due:
            after, reached = Moment(self._world, self._engine), self._striker.count
            for one in due:
                before.come_back()
                self._striker.arm(at, one)
                self._struck.append(Struck(one.at, one.point, one.blow, self._with_a_blow(number, passed)))
            after.come_back()
            self._striker.scout(reached)
        return quiet

    def _with_a_blow(self, number: int, passed: int) -> Mark:
        """Where it comes to: at the end, or where the round is settled that it strikes in."""
        self._run()
        assert self._striker.is_spent, "another course: the blow was not due any more"
        mark = self._settled(number, passed + 1)
        while self._to_the_end and mark.number < ROUNDS and not mark.wrong:
            self._edit(mark.number + 1)
            mark = self._settled(mark.number + 1, 0)
        return mark

    def _settled(self, number: int, passed: int) -> Mark:
        """More passes of a round, after so many, until some have written nothing. The one that was struck says nothing,
        quiet as it may be."""
        still = 0
        for _ in range(passed, PASSES):
            self._world.clock.advance(400)
            still = still + 1 if self._run() else 0
            if still == (2 if self._to_the_end else 1):
                return self._mark(number, (), last=not self._to_the_end)
        return self._mark(number, (_RESTLESS,), last=not self._to_the_end)

    def _run(self) -> bool:
        """A pass. Whether it wrote nothing."""
        written = self._world.ledger.writes()
        self._engine.run()
        self._striker.recover()
        return self._world.ledger.writes() == written

    def _edit(self, number: int) -> None:
        if number:
            _edit(random.Random(self._seed * 31 + number), self._swarm, self._world, ends=ends(self._seed))

    def _mark(self, number: int, wrong: tuple[str, ...], *, last: bool = False) -> Mark:
        kept = tuple(row for query in _KEPT for row in self._engine.ask(query))
        judged = judge(self._world, self._engine) if last or number == ROUNDS else ()
        return Mark(number, _picture(self._world), kept, (*wrong, *judged))


def play(seed: int, aim: Aim, *, to_the_end: bool) -> Played:
    """Play the scenario of a seed. What is struck is played to the end, or until the round is settled."""
    return Scenario(seed, aim, to_the_end=to_the_end).play()


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
