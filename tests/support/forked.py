"""Processes of pmsync's that begin at once: forked from one that has imported already what they would spend seconds on.

The one that they come from has one thread and has opened nothing. Apart from what is imported they are as a shell would
start them: a session, a working directory, variables and streams of their own, signals as at the beginning, and the
interpreter's own end. What is about the start itself is tested by `python -m pmsync`.

    pytest ── forking ─┬─ pmsync serve
                       └─ pmsync worker …
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

_ENDS: Final = 60.0
"""Seconds that the one process that all are forked from takes to end, at the most."""


class Forked:
    """A process, with what tests use of `subprocess.Popen`."""

    def __init__(self, kin: "_Kin", pid: int, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        self.pid = pid
        self.returncode: int | None = None
        """Its exit code, or the signal that ended it as a negative number."""
        self.stdin: IO[str] | None = None
        self.stdout = out
        self.stderr = err
        self._kin = kin

    def poll(self) -> int | None:
        """Its exit code if it has ended."""
        if self.returncode is None:
            self.returncode = self._kin.ended(self.pid, 0.0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for it to end."""
        if self.returncode is None:
            self.returncode = self._kin.ended(self.pid, timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("pmsync", timeout or 0.0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a power failure would."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """End what it is told, read all that it still prints, and wait for it to end."""
        if self.stdin is not None:
            self.stdin.close()
        with ThreadPoolExecutor(2) as reading:
            streams = [reading.submit(_rest, one) for one in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            out, err = (one.result() for one in streams)
        return out, err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.kill()
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait(_ENDS)


def _rest(stream: IO[str] | None) -> str:
    if stream is None or stream.closed:
        return ""
    with stream:
        return stream.read()


def start(words: Sequence[str], log: IO[Any], *, cwd: Path | None = None) -> Forked:
    """Start `pmsync`, with what it prints in a file."""
    kin = _kin()
    with Path(os.devnull).open() as nothing:
        streams = [nothing.fileno(), log.fileno(), log.fileno()]
        return Forked(kin, kin.fork(list(words), "", cwd or Path.cwd(), os.environ, streams))


def start_read(words: Sequence[str], *, cwd: Path, environ: Mapping[str, str]) -> Forked:
    """Start `pmsync`, with what it prints to be read here."""
    with Path(os.devnull).open() as nothing:
        return _start_read(list(words), "", cwd, environ, nothing.fileno())


def start_code(code: str, *arguments: str) -> Forked:
    """Start a program of Python's, as `python -c` does: what it is told is written, and what it prints read here."""
    told, telling = os.pipe()
    with os.fdopen(told) as hearing:
        started = _start_read(list(arguments), code, Path.cwd(), os.environ, hearing.fileno())
    started.stdin = os.fdopen(telling, "w", encoding="utf-8")
    return started


def _start_read(words: list[str], code: str, cwd: Path, environ: Mapping[str, str], told: int) -> Forked:
    kin = _kin()
    (out, printing), (err, warning) = os.pipe(), os.pipe()
    try:
        pid = kin.fork(words, code, cwd, environ, [told, printing, warning])
    finally:
        os.close(printing)
        os.close(warning)
    return Forked(kin, pid, os.fdopen(out, encoding="utf-8"), os.fdopen(err, encoding="utf-8"))


class _Kin:
    """The process that all are forked from, which alone is told when one has ended."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            script = str(Path(__file__).with_name("forking.py"))
            # Without the folder of the script among those that are imported from: a shell's has none of its own.
            command = [sys.executable, "-P", "-W", "ignore", "-X", "utf8", script, str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
        self._codes: dict[int, int] = {}

    def fork(self, words: list[str], code: str, cwd: Path, environ: Mapping[str, str], streams: Sequence[int]) -> int:
        """The id of a new process that runs `pmsync` with these words, or this code; and has these standard streams."""
        asked = json.dumps({"words": words, "code": code, "cwd": str(cwd), "environ": dict(environ)}).encode()
        socket.send_fds(self._line, [asked], streams)
        while "pid" not in (told := self._told()):
            pass
        return int(told["pid"])

    def ended(self, pid: int, timeout: float | None) -> int | None:
        """The exit code of a process, once it has ended; None if that takes longer."""
        until = None if timeout is None else time.monotonic() + timeout
        while pid not in self._codes:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._line], [], [], left)[0]:
                return None
            self._told()
        return self._codes.pop(pid)

    def end(self) -> None:
        """End the process, and whatever was forked from it and is left."""
        self._line.close()
        self._process.wait(_ENDS)

    def _told(self) -> dict[str, int]:
        line = self._line.recv(65_536)
        assert line, "the process ended that all are forked from"
        told: dict[str, int] = json.loads(line)
        if "ended" in told:
            self._codes[told["ended"]] = told["code"]
        return told


@cache
def _kin() -> _Kin:
    kin = _Kin()
    atexit.register(kin.end)
    return kin
