"""The stage's own process: sets scenes, forks a play for each request, tells what came of it. Started by `killable`."""

import gc
import json
import mmap
import os
import selectors
import shutil
import signal
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from killable import Strike
from postgres import await_departure
from scenes import SCENES, Commands, Scene
from served import HurriedClock, Served
from sqlalchemy import Engine, event
from trio import NAME, TOOLS, Trio
from typer.main import get_command

import pmsync.cli.app
import pmsync.connector.pacing
import pmsync.store.database
from pmsync.model.fields import Field
from pmsync.sandbox.faults import Dropped
from pmsync.store import open_store

_MOST_PASSES = 6

_STATE = "PMSYNC_STATE"


_LATER = ("alembic.command", "pmsync.store.migrations.versions.r0001_first_tables", "sqlalchemy.dialects.postgresql")
"""What is imported when it is needed; here once, before anything is forked."""

_PMSYNC = get_command(pmsync.cli.app.app)
"""The command line, which is else put together by each process."""


class SharedClock(HurriedClock):
    """A hurried clock that processes have in common, from the fork until one of them sets it apart."""

    def __init__(self) -> None:
        self._cell = mmap.mmap(-1, 8)
        super().__init__()

    @property
    def _ahead(self) -> float:
        return float(struct.unpack("d", self._cell[:8])[0])

    @_ahead.setter
    def _ahead(self, seconds: float) -> None:
        self._cell[:8] = struct.pack("d", seconds)

    def set_apart(self) -> None:
        """Go on by itself, with the processes that are forked from now on."""
        now = self._ahead
        self._cell = mmap.mmap(-1, 8)
        self._ahead = now


class Runner:
    """A process that runs commands in processes of its own, so that they are forked from where no thread is."""

    def __init__(self, clock: SharedClock) -> None:
        self._clock = clock
        self._victim = mmap.mmap(-1, 8)
        asked, self._asking = os.pipe()
        self._told, telling = os.pipe()
        if not os.fork():
            os.close(self._asking)
            with os.fdopen(asked) as requests, os.fdopen(telling, "w") as answers:
                self._serve(requests, answers)
            os._exit(0)
        os.close(asked)
        os.close(telling)
        self._requests = os.fdopen(self._asking, "w")
        self._answers = os.fdopen(self._told)

    def run(self, commands: Sequence[Sequence[str]], folder: Path, strike: Strike) -> dict[str, Any]:
        """Run commands one after the other; how they ended, and how long it took."""
        self._requests.write(json.dumps([commands, str(folder), asdict(strike)]) + "\n")
        self._requests.flush()
        told: dict[str, Any] = json.loads(self._answers.readline())
        return told

    def kill(self) -> None:
        """Kill what runs."""
        os.kill(int.from_bytes(self._victim[:8], "little"), signal.SIGKILL)

    def _serve(self, requests: Any, answers: Any) -> None:
        for line in requests:
            commands, folder, strike = json.loads(line)
            ending, ended = os.pipe()
            began = time.monotonic()
            child = os.fork()
            if not child:
                os.close(ending)
                self._victim[:8] = os.getpid().to_bytes(8, "little")
                _run(commands, Path(folder), Strike(**strike), self._clock)
            os.close(ended)
            if strike["seconds"]:
                _kill_after(strike["seconds"], child, ending)
            _, status = os.waitpid(child, 0)
            os.close(ending)
            told = {"code": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - began}
            answers.write(json.dumps(told) + "\n")
            answers.flush()


def _kill_after(seconds: float, child: int, ending: int) -> None:
    with selectors.DefaultSelector() as waiting:
        waiting.register(ending, selectors.EVENT_READ)
        # Readable as soon as the child has ended, and with it the other end of the pipe.
        if not waiting.select(seconds):
            os.kill(child, signal.SIGKILL)


def _run(commands: Sequence[Sequence[str]], folder: Path, strike: Strike, clock: SharedClock) -> None:
    """Be a process that runs these commands as a shell would, and is killed at that commit. Never returns."""
    code = 70
    try:
        os.chdir(folder)
        printed = os.open(folder / "printed.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        pmsync.connector.pacing.Clock = lambda: clock  # type: ignore[assignment,misc]
        _watch_commits(folder, strike)
        code = max(_command(one, folder) for one in commands)
    except BaseException:  # noqa: BLE001 - whatever it is, it is told
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _command(words: Sequence[str], folder: Path) -> int:
    os.environ["PMSYNC_CONFIG"] = str(folder / "config.yaml")
    try:
        _PMSYNC(list(words), prog_name="pmsync")
    except SystemExit as done:
        sys.stdout.flush()
        return done.code if isinstance(done.code, int) else 0
    return 0


def _watch_commits(folder: Path, strike: Strike) -> None:
    """Write down every commit of this process, and die at one of them."""
    log = os.open(folder / "boundaries.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    seen: Counter[str] = Counter()
    named = False

    def reach(boundary: str) -> None:
        seen[boundary] += 1
        os.write(log, f"{boundary}\n".encode())
        if boundary == strike.boundary and seen[boundary] == strike.occurrence:
            os.kill(os.getpid(), signal.SIGKILL)

    def tell(_database: object, boundary: str) -> None:
        nonlocal named
        named = boundary.startswith("before ")
        reach(boundary)

    def commit(_connection: object) -> None:
        if not named:
            reach("before schema")

    pmsync.store.database.Database._tell = tell  # type: ignore[assignment]
    event.listen(Engine, "commit", commit)


class Play:
    """One play of a scene, in a fork of the stage."""

    def __init__(
        self, trio: Trio, scene: Scene, commands: Commands, clock: SharedClock, asked: Mapping[str, Any]
    ) -> None:
        self._trio = trio
        self._commands = commands
        self._scene = scene
        self._strikes = [Strike(**one) for one in asked["strikes"]]
        self._strike = Strike()
        self._quiet = int(asked["quiet"])
        self._routes: list[str] = []
        clock.set_apart()
        folder = Path(asked["folder"])
        shutil.copytree(trio.folder, folder, dirs_exist_ok=True)
        trio.folder = folder
        if asked["state"]:
            os.environ[_STATE] = asked["state"]
        self._runner = Runner(clock)
        assert isinstance(trio.served, Served)
        trio.served.go_on()

    def play(self) -> dict[str, Any]:
        """The kills, the commands again, and passes until the tools agree."""
        trio, scene, runner = self._trio, self._scene, self._runner
        if scene.faults is not None:
            scene.faults(trio)
        self._listen()
        ended: list[dict[str, Any]] = []
        for strike in self._strikes:
            if ended:
                trio.wait(scene.pause)
            self._strike = strike
            ended.append(runner.run(self._commands, trio.folder, strike))
            if _STATE in os.environ:
                await_departure(os.environ[_STATE])
        modes = {one.name: oct(one.stat().st_mode & 0o777) for one in trio.folder.glob("pmsync*")}
        boundaries = (trio.folder / "boundaries.txt").read_text().splitlines()
        routes = list(self._routes)
        for tool in TOOLS:
            trio.served.calm(tool)
        if scene.meanwhile is not None:
            scene.meanwhile(trio)
        trio.wait(scene.pause)
        again = runner.run(self._commands, trio.folder, Strike())
        self._reopen()
        passes, agrees = self._settle()
        return {
            "codes": [one["code"] for one in ended], "again": again["code"], "seconds": ended[0]["seconds"],
            "boundaries": boundaries, "routes": routes, "modes": modes, "agrees": agrees, "passes": passes,
            "quiet": [self._pass(deep=bool(number)) for number in range(self._quiet)],
            "shown": {tool: [asdict(one) for one in items] for tool, items in trio.everything().items()},
            "intents": trio.store.counts(NAME).intents, "told": self._conflicts(), "audited": self._audited(),
            "printed": (trio.folder / "printed.txt").read_text(errors="replace"),
        }  # fmt: skip

    def _reopen(self) -> None:
        """Open the state, with the config that is there already: to read it takes longer than a pass."""
        trio = self._trio
        state = os.environ.get(_STATE) or f"sqlite:///{trio.folder / 'pmsync.db'}"
        trio.config = replace(trio.config, state=state, audit=trio.folder / trio.config.audit.name)
        trio.store = open_store(state)

    def _settle(self) -> tuple[int, bool]:
        for number in range(_MOST_PASSES):
            if self._trio.verify().agrees:
                return number, True
            self._pass(deep=True)
        return _MOST_PASSES, self._trio.verify().agrees

    def _pass(self, *, deep: bool) -> int:
        """One more pass; how much it wrote."""
        before = self._trio.writes()
        self._trio.wait(self._scene.pause)
        self._trio.sync(deep=deep)
        return self._trio.writes() - before

    def _listen(self) -> None:
        for tool in TOOLS:
            sandbox = self._trio.sandbox(tool)
            sandbox.arrived = lambda route, tool=tool: self._request(f"{tool} {route}", late=False)
            sandbox.answered = lambda route, tool=tool: self._request(f"{tool} {route}", late=True)

    def _request(self, route: str, *, late: bool) -> None:
        strike = self._strike
        if not late:
            self._routes.append(route)
        if route == strike.route and late == strike.late and self._routes.count(route) == strike.occurrence:
            self._runner.kill()
            if not late:
                raise Dropped

    def _conflicts(self) -> list[list[str]]:
        store, told = self._trio.store, []
        for one in store.reports.conflicts(sync=NAME):
            bundle = store.items.get(one.item)
            title = bundle.item.values.get(Field.TITLE) if bundle else ""
            told.append([str(title), one.field.value, one.policy, one.state.value])
        return sorted(told)

    def _audited(self) -> list[list[str]]:
        lines = [json.loads(line) for line in self._trio.config.audit.read_text(encoding="utf-8").splitlines()]
        return sorted([str(one["field"]), str(one["policy"])] for one in lines if one["kind"] == "conflict")


class Host:
    """The stage: what stays while plays come and go."""

    def __init__(self) -> None:
        for name in (*_LATER, *(f"pmsync_{tool}.connector" for tool in TOOLS)):
            import_module(name)
        self._clock = SharedClock()
        self._served = Served(clock=self._clock)
        self._served.halt()
        self._trio: Trio | None = None
        self._scene: Scene | None = None
        self._commands: Commands = ()

    def set(self, asked: Mapping[str, Any]) -> None:
        """Set a scene."""
        self._served.go_on()
        os.environ.pop(_STATE, None)
        if asked["state"]:
            os.environ[_STATE] = asked["state"]
        trio = self._trio = Trio(self._served, Path(asked["folder"]))
        scene = self._scene = SCENES[asked["scene"]]
        self._commands = scene.prepare(trio)
        trio.close()
        trio.wait(120)
        if scene.fresh:
            for file in trio.folder.glob("pmsync*"):
                file.unlink()
        self._served.halt()

    def play(self, asked: Mapping[str, Any]) -> None:
        """Have a play, in a process of its own, which tells what came of it."""
        assert self._trio is not None
        assert self._scene is not None
        # What is there by now stays: no child copies it only to find that out.
        gc.freeze()
        child = os.fork()
        if not child:
            _answer(lambda: Play(self._trio, self._scene, self._commands, self._clock, asked).play())
            os._exit(0)
        os.waitpid(child, 0)


def _answer(act: Any) -> None:
    try:
        told = act() or {}
    except BaseException:  # noqa: BLE001 - whatever it is, it is told
        told = {"failure": traceback.format_exc()}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do what is asked, line by line."""
    host = Host()
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "set":
            _answer(lambda asked=asked: host.set(asked))
        else:
            host.play(asked)


if __name__ == "__main__":
    main()
