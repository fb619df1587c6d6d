"""Runs `pmsync sync` in processes that can be killed at any moment, without paying for an interpreter each time.

A nursery process imports everything once and then forks a child for each line that it is given. Nothing but this
module runs in it.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Nursery:
    """Makes children that run one pass each. A context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._read()

    def begin(self, config: Path, *, die_at_commit: int = 0) -> int:
        """Start a pass; its process id. With `die_at_commit` it kills itself around the n-th commit to its state."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"config": str(config), "die": die_at_commit}) + "\n")
        self._process.stdin.flush()
        return int(self._read()["pid"])

    def end(self) -> int:
        """Wait for the pass; the signal that ended it as a negative number, or its exit code."""
        return int(self._read()["code"])

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line: dict[str, Any] = json.loads(self._process.stdout.readline())
        return line

    def close(self) -> None:
        """End the nursery."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _pass(config: Path, die: int) -> int:
    from pmsync.config import load
    from pmsync.connector.pacing import Clock
    from pmsync.store import open_store
    from pmsync.sync.run import Options, run_sync

    loaded = load(config, os.environ)
    store = open_store(loaded.state)
    commits = 0

    def commit(label: str) -> None:
        nonlocal commits
        commits += 1
        if commits == die:
            os.kill(os.getpid(), signal.SIGKILL)

    if die:
        store.on_commit = commit
    code = 0
    for sync in loaded.syncs.values():
        report, _ = run_sync(loaded, sync, store, Options(), Clock())
        code = max(code, report.exit_code())
    store.close()
    return code


def _say(**line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _main() -> None:
    import pmsync.config
    import pmsync.store
    import pmsync.sync.run
    import pmsync_asana.connector
    import pmsync_jira.connector
    import pmsync_trello.connector

    _say(ready=[pmsync_asana.__name__, pmsync_jira.__name__, pmsync_trello.__name__, pmsync.sync.run.__name__])
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            code = 70
            try:
                code = _pass(Path(asked["config"]), asked["die"])
            finally:
                os._exit(code)
        _say(pid=child)
        _, status = os.waitpid(child, 0)
        _say(code=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    _main()
