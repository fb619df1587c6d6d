"""How long commands take that find nothing to do, each a process as cron starts it: mostly to be imported."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.first_sync import CONFIG
from benchmarks.sandboxes import sandboxes

_COMMANDS = (["--help"], ["sync"], ["plan", "--json"], ["board"])
_TIMES = 9


def run() -> list[Figure]:
    """Each command, on a state that is in step with three empty tools: the median of several runs."""
    with sandboxes() as bases, tempfile.TemporaryDirectory(prefix="pmsync-bench-") as folder:
        (Path(folder) / "config.yaml").write_text(CONFIG.format(**bases), encoding="utf-8")
        first = _timed(["sync"], folder)
        rounds = [[_timed(one, folder) for one in _COMMANDS] for _ in range(_TIMES)]
    figures = [Figure("start: sync, the first on a new state", 0, *first, 0.0)]
    for command, taken in zip(_COMMANDS, zip(*rounds, strict=True), strict=True):
        wall, cpu = (median(part) for part in zip(*taken, strict=True))
        note = f"the quickest of {_TIMES}: {min(spent for _, spent in taken):.2f} s CPU"
        figures.append(Figure(f"start: {' '.join(command)}", 0, wall, cpu, 0.0, {}, note))
    return figures


def _timed(words: Sequence[str], folder: str) -> tuple[float, float]:
    """The seconds that a command took, and those of processor time."""
    # As installed: what was compiled once is not compiled again.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pmsync", *words]
    subprocess.run(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, spent
