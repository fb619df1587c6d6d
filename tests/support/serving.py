"""pmsync's service as people run it: real processes on loopback, told by webhooks of real sandboxes what happens."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import forked
import requests
from commands import Desk, Ran
from served import Served
from trio import CONNECTIONS, EVERYWHERE, Trio

from pmsync.connector.pacing import Clock
from pmsync.errors import LockedError
from pmsync.store import open_store
from pmsync.sync.verify import verify_sync
from pmsync.sync.webhooks import Registrar

Process: TypeAlias = "subprocess.Popen[bytes] | forked.Forked"

KEY = "zq3PzGkqk1uN0o8Qd7cV2g=="
PATIENCE = 90.0
"""Seconds after which something that should have happened never will; machines are sometimes ten times slower."""


class Serving:
    """A trio of tools and the processes that keep them in step. A context manager: leaving it ends them all."""

    def __init__(self, folder: Path, state: str = "", **changes: Any) -> None:
        self.served = Served(clock=Clock())
        self.port = _free_port()
        hook = {"url": f"http://127.0.0.1:{self.port}"}
        plain = {"key": "sandbox", "token": "sandbox-pmsync", "secret": "sandbox-secret"}
        top = {"polling": {"every": "1h"}, "secret_key": KEY, **({"state": state} if state else {}), **changes}
        self.trio = Trio(
            self.served,
            folder,
            sync={"create": EVERYWHERE, "backfill": True},
            connections={
                # The token is in the one address that lists webhooks, where a sandbox knows only its own.
                "product": {"credentials": plain, "webhook": hook},
                "engineering": {"webhook": {**hook, "secret": "a-secret-of-jiras"}},
                "delivery": {"webhook": hook},
            },
            **top,
        )
        self.folder = folder
        self._running: list[Process] = []

    def serve(self, *, by_shell: bool = False) -> Process:
        """Start `pmsync serve`, and wait until it answers."""
        process = self.start("serve", "--port", str(self.port), by_shell=by_shell)
        self.until(lambda: self._answers(process), "serve answers")
        return process

    def start(self, *words: str, by_shell: bool = False) -> Process:
        """Start a process of pmsync's that stays. `by_shell`: as a shell does, which takes seconds."""
        told = [*words, "--config", self._config]
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            process: Process = (
                subprocess.Popen([*_PMSYNC, *told], stdout=log, stderr=log) if by_shell else forked.start(told, log)
            )
        self._running.append(process)
        return process

    def run(self, *words: str) -> Any:
        """Run a command to its end, in this process, which is none of the service's: to start one takes longer than it
        works. Its document. It has to succeed, once the pass that is under way has ended."""
        done: list[Ran] = []

        def ended() -> bool:
            done[:] = [Desk(self.folder, {}).run(*words, "--json")]
            return done[0].code != _LOCKED

        self.until(ended, f"{words}: not locked")
        assert done[0].code == 0, (words, done[0], self.logs())
        return done[0].document

    def install(self) -> None:
        """Have all webhooks registered, without a process of its own for it."""
        with open_store(self.trio.config.state) as store:
            registrar = Registrar(self.trio.config, store, self.served.clock)
            assert [registrar.install(one).done for one in registrar.wanted()] == ["installed"] * 3

    def verify(self) -> None:
        """Read everything again: the tools agree, and reading wrote nothing."""
        writes = self.trio.writes()
        self.until(self._agrees, "the tools agree")
        assert self.trio.writes() == writes

    def _agrees(self) -> bool:
        """Whether they do. A pass that is under way, and a tool that is too busy to answer, are waited for."""
        with open_store(self.trio.config.state) as store:
            try:
                found = verify_sync(self.trio.config, self.trio.plan_of, store, self.served.clock)
            except LockedError:
                return False
        assert found.agrees or found.report.down, (found, self._shown(), self.logs())
        return found.agrees

    def logs(self) -> str:
        """The end of what the processes logged."""
        return "\n".join(f"{one.name}: {one.read_text()[-4000:]}" for one in sorted(self.folder.glob("*.log")))

    def kill(self, process: Process) -> None:
        """End a process as a power failure would."""
        process.kill()
        process.wait(30)

    def stop(self, process: Process) -> int:
        """End a process as an init system would; its exit code."""
        process.send_signal(signal.SIGTERM)
        return process.wait(60)

    def until(self, holds: Callable[[], bool], what: str) -> float:
        """Wait until something holds; the seconds that took."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < PATIENCE, f"{what}: never\n{self._shown()}\n{self.logs()}"
            time.sleep(0.1)
        return time.monotonic() - began

    def everywhere(self, *titles: str) -> bool:
        """Whether all tools have exactly items of these titles, each once."""
        return all(sorted(self.trio.titles(tool)) == sorted(titles) for tool in CONNECTIONS)

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says."""
        found: dict[str, Any] = requests.get(f"{self._base}/readyz", timeout=30).json()
        return found

    def idle(self) -> bool:
        """Whether nothing waits to be looked at."""
        return bool(self.ready()["queue"]["waiting"] == 0)

    def _shown(self) -> str:
        return "\n".join(f"{tool}: {sorted(self.trio.titles(tool))}" for tool in CONNECTIONS)

    def _answers(self, process: Process) -> bool:
        assert process.poll() is None, self.logs()
        try:
            return requests.get(f"{self._base}/healthz", timeout=30).ok
        except requests.ConnectionError:
            return False

    @property
    def _base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _config(self) -> str:
        return str(self.folder / "config.yaml")

    def __enter__(self) -> Self:
        self.trio.shut()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._running:
            if one.poll() is None:
                self.kill(one)
        self.trio.close()
        self.served.close()


_LOCKED = 6
"""The exit code of a command that another pass keeps out."""
_PMSYNC = (sys.executable, "-W", "ignore", "-m", "pmsync")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
