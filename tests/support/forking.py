"""The process that `forked` has all others forked from: imports what pmsync does, and does nothing itself."""

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import pmsync.cli

_EARLY: Final = (
    "alembic.command",
    "pmsync.cli.app",
    "pmsync.cli.logs",
    "pmsync.jobs.service",
    "pmsync.sandbox.server",
    "pmsync.store.migrations",
    "pmsync.sync.run",
    "pmsync.sync.verify",
    "pmsync.web.server",
    "pmsync_asana.connector",
    "pmsync_asana.webhook",
    "pmsync_jira.connector",
    "pmsync_jira.webhook",
    "pmsync_trello.connector",
    "pmsync_trello.webhook",
    "sqlalchemy.dialects.postgresql.psycopg",
)
"""What commands import when they need it."""


class Forking:
    """Takes requests, and tells of the ends."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(line, selectors.EVENT_READ)
        self._living: dict[int, int] = {}
        """The ids of what was forked, by what becomes readable when that has ended."""

    def serve(self) -> dict[str, Any] | None:
        """Serve until nobody asks any more: then None. In each new process: what it was started with."""
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj is not self._line:
                    self._bury(key.fd)
                    continue
                asked, streams, _, _ = socket.recv_fds(self._line, 1 << 20, 3)
                if not asked:
                    for pid in self._living.values():
                        os.kill(pid, signal.SIGKILL)
                    return None
                found = self._fork(json.loads(asked), streams)
                if found is not None:
                    return found

    def _fork(self, asked: dict[str, Any], streams: list[int]) -> dict[str, Any] | None:
        assert threading.active_count() == 1
        ending, ended = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(ending)
            # The other end stays open, and with this process it closes.
            self._leave()
            _become(asked, streams)
            return asked
        for one in (ended, *streams):
            os.close(one)
        self._living[ending] = pid
        self._waiting.register(ending, selectors.EVENT_READ)
        self._tell(pid=pid)
        return None

    def _leave(self) -> None:
        self._waiting.close()
        self._line.close()
        for one in self._living:
            os.close(one)

    def _bury(self, ending: int) -> None:
        self._waiting.unregister(ending)
        os.close(ending)
        pid = self._living.pop(ending)
        _, status = os.waitpid(pid, 0)
        self._tell(ended=pid, code=os.waitstatus_to_exitcode(status))

    def _tell(self, **told: int) -> None:
        self._line.send(json.dumps(told).encode())


def _become(asked: Mapping[str, Any], streams: list[int]) -> None:
    """Be a process as a shell would start it."""
    os.setsid()
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    time.tzset()
    for number, one in enumerate(streams):
        os.dup2(one, number)
        os.close(one)
    # Made anew: those that there are know of what was there before whether it can be rewound.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115


def main() -> None:
    """Import all, and fork what is asked for, which then runs as `pmsync` does."""
    for name in _EARLY:
        importlib.import_module(name)
    # What is there by now stays: no child copies it only to find that out.
    gc.freeze()
    # An interrupt of the tests is not for this one: it ends when they do.
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked = Forking(socket.socket(fileno=int(sys.argv[1]))).serve()
    if asked is None:
        return
    signal.signal(signal.SIGINT, interrupted)
    sys.argv = ["pmsync", *asked["words"]]
    if asked["code"]:
        exec(compile(asked["code"], "<code>", "exec"), {"__name__": "__main__"})
    else:
        pmsync.cli.main()


if __name__ == "__main__":
    main()
