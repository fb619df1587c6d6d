"""One run: people, faults and crashes drawn from a seed; then quiet; then judgement."""

import atexit
import hashlib
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.simulation.beginnings import Make, apart, laid
from tests.simulation.chance import CUSTOM, Swarm, draw, with_custom_fields
from tests.simulation.engine import Engine
from tests.simulation.memory import MemoryWorld
from tests.simulation.oracles import judge
from tests.simulation.talk import Talk
from tests.simulation.world import Crash, Refused, World

from pmsync.errors import PmsyncError, TransientError
from pmsync.model.fields import Field

QUIET_PASSES = 7
_DELAYS = (1.0, 5.0, 20.0, 200.0)
_SET_BACK = 0.8
"""How likely an automation that fights with pmsync changes back what was written."""


@dataclass(slots=True)
class Run:
    """What one run came to. It failed where `wrong` says so."""

    seed: int
    swarm: Swarm | None = None
    wrong: list[str] = field(default_factory=list)
    fired: list[tuple[int, str]] = field(default_factory=list)
    """What was made to happen, each with the number of the decision."""
    points: int = 0
    quiet: int = 0
    """After how many passes without edits and faults nothing was written any more."""
    trace: str = ""
    """A digest of every call and every commit, and of all that was done."""


def folder() -> Path:
    """Where the runs of this process keep their audit log: in memory, where there is such a place."""
    return _folder_of(os.getpid())


@cache
def _folder_of(process: int) -> Path:
    shared = Path("/dev/shm")
    parent = shared if shared.is_dir() else None
    made = tempfile.mkdtemp(prefix=f"pmsync-simulation-{process}-", dir=parent)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


class Scheduler:
    """Decides at every call and every commit what happens there. See `Watcher`."""

    def __init__(self, seed: int, skip: frozenset[int]) -> None:
        self.rng = random.Random(seed)
        self.swarm = draw(self.rng)
        if random.Random(f"fields {seed}").random() < CUSTOM:
            self.swarm = with_custom_fields(self.swarm)
        self.fired: list[tuple[int, str]] = []
        self.steps: list[str] = []
        self.calm = True
        self.world: World
        self._skip = skip
        self._number = 0
        self._seed = seed
        self._dead = False
        self._down = ""
        self.reconcile: Callable[[str], None] = lambda reference: None
        """Bring one item in step, now."""
        self._talkative = random.Random(f"talk {seed}").choice((0.0, 0.0, 0.3, 0.6, 0.9))
        self._beside = random.Random(f"beside {seed}").choice((0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.2))
        self._busy = False

    def before(self, connection: str, call: str, *, writes: bool) -> None:
        """See `Watcher`."""
        self._point(f"{connection}.{call}")
        if self.calm:
            return
        swarm, hot = self.swarm, 4.0 if call == self.swarm.hot_call else 1.0
        if self.fires(swarm.during * (2.0 if writes else 1.0)):
            self.act()
        self.work_beside()
        if self.fires(swarm.fault * swarm.faults["wait"]):
            self._happen("time passes")
            self.world.clock.advance(self._own().choice(_DELAYS))
        if self.fires(swarm.fault * swarm.faults["before"] * hot):
            self._happen(f"{connection}.{call} does not get through")
            raise TransientError("a fault was drawn", after=self._own().choice((None, 1.0)))
        if self.fires(swarm.crash * hot):
            self._die(f"before {connection}.{call}")

    def after(self, connection: str, call: str, *, writes: bool) -> None:
        """See `Watcher`."""
        self._point(f"{connection}.{call} done")
        if self.calm:
            return
        swarm, hot = self.swarm, 4.0 if call == self.swarm.hot_call else 1.0
        if self.fires(swarm.fault * swarm.faults["after"] * hot):
            self._happen(f"the answer of {connection}.{call} is lost")
            self._follow(connection)
            raise TransientError("the answer was lost")
        if self.fires(swarm.crash * hot * (2.0 if writes else 1.0)):
            self._die(f"after {connection}.{call}")
        if swarm.fighting and writes and call == "update" and self.fires(_SET_BACK):
            self._set_back(connection)
        if self.fires(swarm.during):
            self.act()
        self.work_beside()

    def _set_back(self, connection: str) -> None:
        """An automation changes back what pmsync just wrote."""
        ours = [one for one in self.world.ledger.edits() if one.ours]
        if ours and ours[-1].connection == connection:
            edit = ours[-1]
            self._happen(f"set {connection} {edit.identity} {edit.name} back to {edit.before!r}")
            try:
                self.world.edit(connection, edit.identity, edit.name, edit.before)
            except Refused:
                self._happen("(which the tool does not allow)")

    def work_beside(self) -> None:
        """Another thread of pmsync's may work on one item in the middle of a pass, from start to end."""
        if not self._beside or self._busy or not self.fires(self._beside):
            return
        own = self._own()
        objects = list(self.world.objects(own.choice(self.world.connections)))
        if objects:
            reference = own.choice(objects)
            self._happen(f"beside it, {reference} is reconciled")
            self._busy = True
            try:
                self.reconcile(reference)
            finally:
                self._busy = False

    def _follow(self, connection: str) -> None:
        """What people do who do not know that an answer was lost; or the tool is down from then on."""
        for _ in range(2):
            if self.fires(self.swarm.aftermath):
                own = self._own()
                where = own.choice(self.world.connections)
                objects = list(self.world.objects(where))
                if objects:
                    self._try(own, "edit", where, objects[-1])
        if self.fires(self.swarm.aftermath / 2):
            self._down = connection
            self._happen(f"{connection} goes down")
            self.world.lock_out(connection, out=True)

    def weather(self, *, restored: bool) -> None:
        """Which tool is down for a whole pass: the one that was, one that is to be, or none."""
        if self._down:
            self.world.lock_out(self._down, out=False)
            if not self.fires(0.5):
                self._down = ""
        if restored and self.fires(self.swarm.down):
            worked = [one.connection for one in self.world.ledger.edits() if not one.ours]
            self._down = worked[-1] if worked else ""
        if self._down:
            self._happen(f"{self._down} is down")
            self.world.lock_out(self._down, out=True)

    def boundary(self, label: str) -> None:
        """A commit is about to be made, or was."""
        self._point(label)
        if not self.calm:
            when, _, name = label.partition(" ")
            hot = 4.0 if name == self.swarm.hot_boundary else 1.0
            if self.fires(self.swarm.crash * 0.5 * hot):
                self._die(f"{when} the commit of {name}")

    def revive(self) -> None:
        """Start the process again."""
        self._dead = False

    def fires(self, likelihood: float) -> bool:
        """Whether the next thing that may happen does."""
        self._number += 1
        return self.rng.random() < likelihood and self._number not in self._skip

    def act(self) -> None:
        """Somebody does something somewhere."""
        own, swarm, world = self._own(), self.swarm, self.world
        kind = own.choices(list(swarm.acts), list(swarm.acts.values()))[0]
        connection = own.choice(world.connections)
        if world.talk is not None and self._talkative and own.random() < self._talkative:
            self._talk(own, world.talk, connection)
            return
        objects = [one for one, native in world.objects(connection).items() if not native.archived]
        try:
            if kind == "create":
                title = own.choice(("Pay", "Refund")) if swarm.tiny else f"new{self._number}"
                self._happen(f"create {title!r} in {connection}")
                world.create(connection, title)
            elif objects:
                hot = own.random() < swarm.hot_item
                self._try(own, kind, connection, objects[-swarm.newest] if hot else own.choice(objects))
        except Refused:
            self._happen("(which the tool does not allow)")

    def _talk(self, own: random.Random, talk: Talk, connection: str) -> None:
        """Somebody says something about an item, or meddles with what was said."""
        objects = list(self.world.objects(connection))
        if objects:
            # By its time of change an item tells that something was said: no tool's clock stands still meanwhile.
            self.world.clock.advance(0.001)
            what = talk.act(own, connection, own.choice(objects))
            if what:
                self._happen(what)

    def _try(self, own: random.Random, kind: str, connection: str, identity: str) -> None:
        try:
            self._act_on(own, kind, connection, identity)
        except Refused:
            self._happen("(which the tool does not allow)")

    def _act_on(self, own: random.Random, kind: str, connection: str, identity: str) -> None:
        world = self.world
        match kind:
            case "edit":
                names = list(self.swarm.fields)
                name = own.choices(names, [self.swarm.fields[one] for one in names])[0]
                choices = world.choices(connection, identity, name)
                if choices:
                    value = own.choice(choices)
                    self._happen(f"edit {connection} {identity} {name} to {value!r}")
                    world.edit(connection, identity, Field(name), value)
            case "hide":
                hidden = own.random() < 0.5
                self._happen(f"{'hide' if hidden else 'show'} {connection} {identity}")
                world.hide(connection, identity, hidden=hidden)
                world.ledger.hidden.add((connection, identity))
                world.ledger.base(connection, identity)
            case "lock out":
                out = own.random() < 0.5
                self._happen(f"lock {connection} {'out' if out else 'in again'}")
                world.lock_out(connection, out=out)
            case "skip a row":
                self._happen(f"pass over {connection} {identity}")
                world.skip_a_row(connection, identity)
            case _:
                self._happen(f"{kind} {connection} {identity}")
                {"copy": world.copy, "archive": world.archive, "delete": world.delete, "leave": world.leave}[kind](
                    connection, identity
                )

    def _own(self) -> random.Random:
        """Chance for one decision alone, so that leaving another out changes nothing in it."""
        return random.Random(self._seed * 1_000_003 + self._number)

    def _point(self, name: str) -> None:
        if self._dead:
            raise Crash
        self.steps.append(name)

    def _happen(self, what: str) -> None:
        self.fired.append((self._number, what))
        self.steps.append(what)

    def _die(self, where: str) -> None:
        self._happen(f"crash {where}")
        self._dead = True
        raise Crash


def play(seed: int, skip: frozenset[int] = frozenset(), make: Make = MemoryWorld) -> Run:
    """Play one seed in a world that is made for it, but for the decisions to leave out."""
    scheduler = Scheduler(seed, skip)
    swarm = scheduler.swarm
    firsts = tuple(scheduler.rng.randrange(3) for _ in range(swarm.items))
    kept = laid(firsts, make, folder(), custom=swarm.custom) if swarm.populated else None
    scheduler.world = world = make(swarm, random.Random(seed + 1), folder())
    engine = Engine(world, scheduler.boundary)
    scheduler.reconcile = engine.reconcile
    world.watch(scheduler)
    run = Run(seed, swarm, fired=scheduler.fired)
    if kept is not None:
        world.lay(kept[0])
        engine.remember(kept[1])
    else:
        apart(swarm.items, world)
    _chaos(scheduler, world, engine)
    run.quiet, run.wrong = _quiet(scheduler, world, engine)
    run.wrong += judge(world, engine)
    run.points = len(scheduler.steps)
    run.trace = _digest(scheduler.steps, world)
    world.close()
    return run


def _chaos(scheduler: Scheduler, world: World, engine: Engine) -> None:
    rng, swarm = scheduler.rng, scheduler.swarm
    scheduler.calm = False
    kept, at = engine.backup() if swarm.restore else b"", rng.randrange(swarm.passes)
    back = at + 1 if swarm.prompt else rng.randint(at, swarm.passes)
    for number in range(swarm.passes):
        for _ in range(8):
            if scheduler.fires(swarm.between / 8):
                scheduler.act()
        world.clock.advance(rng.choice(swarm.pauses))
        if swarm.restore and number == at:
            kept = engine.backup()
        if swarm.restore and number == back:
            scheduler.fired.append((0, "the state is restored from a backup"))
            engine.restore(kept)
        scheduler.fired.append((0, f"pass {number}"))
        scheduler.weather(restored=swarm.restore and number == back)
        engine.run(deep=rng.random() < 0.1)
        scheduler.revive()
    if swarm.restore and back == swarm.passes:
        scheduler.fired.append((0, "the state is restored from a backup"))
        engine.restore(kept)


def _quiet(scheduler: Scheduler, world: World, engine: Engine) -> tuple[int, list[str]]:
    """No edits, no faults, everything visible again. Answers after how many passes nothing is written any more."""
    scheduler.calm = True
    scheduler.fired.append((0, "quiet"))
    world.mend()
    still = 0
    for number in range(QUIET_PASSES + 2):
        world.clock.advance(scheduler.swarm.settling if number == 0 else 700)
        written = _written(world)
        report = engine.run()
        if report is not None and report.stopped_by is not None and _begin_anew(world, report.stopped_by):
            continue
        if report is None or report.stopped_by is not None or report.down:
            return number, [f"a pass in quiet does not work: {report and report.as_json()}"]
        still = still + 1 if _written(world) == written else 0
        if still == 2:
            return number - 1, []
    return QUIET_PASSES + 2, [f"not quiet after {QUIET_PASSES + 2} passes"]


def _written(world: World) -> int:
    """How often pmsync changed anything."""
    return world.ledger.writes() + (world.talk.writes if world.talk is not None else 0)


def _begin_anew(world: World, why: PmsyncError) -> bool:
    """Where pmsync will not go on because people emptied a tool, which it cannot tell from one that is not shown to it,
    they put something there again."""
    if "shows none of" not in why.message:
        return False
    listed = {
        name: [one for one in world.objects(name).values() if one.admitted and not one.archived]
        for name in world.connections
    }
    emptied = [name for name, natives in listed.items() if not natives]
    for name in emptied:
        world.create(name, "begun anew")
    return bool(emptied)


def _digest(steps: Sequence[str], world: World) -> str:
    told = hashlib.blake2b(digest_size=12)
    for step in steps:
        told.update(step.encode())
    for entry in world.ledger.entries:
        told.update(repr(entry).encode())
    return told.hexdigest()
