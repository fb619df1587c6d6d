"""Many runs, over several processes; those that fail are made smaller, told, and kept to be run again for ever."""

import multiprocessing
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.simulation.mutants import CANARY, MUTANTS
from tests.simulation.play import Run, play
from tests.simulation.shrinking import shrink

KEPT = Path(__file__).with_name("seeds.txt")
"""Seeds that failed once, one a line: `depth seed  # what was wrong`."""

TWICE = 20
"""Every so many seeds one is run twice, and must take the same course."""

DEPTHS = ("engine", "stack")


@dataclass(slots=True)
class Tally:
    """What a campaign came to."""

    runs: int = 0
    points: int = 0
    seconds: float = 0.0
    quiet: Counter[int] = field(default_factory=Counter)
    failed: dict[int, str] = field(default_factory=dict)


def player(depth: str) -> Callable[[int, frozenset[int]], Run]:
    """How a seed is played at a depth."""
    if depth == "engine":
        return play
    from tests.simulation.stacked import play_stack

    return play_stack


def check(seed: int, depth: str = "engine") -> Run:
    """Play a seed, some of them twice. What goes wrong in the playing itself is wrong too."""
    playing = player(depth)
    try:
        run = playing(seed, frozenset())
        if seed % TWICE == 0 and playing(seed, frozenset()).trace != run.trace:
            run.wrong.append("S14 the same seed took another course the second time")
    except Exception as error:  # noqa: BLE001 - a run that breaks is a finding
        told = "".join(traceback.format_exception(error)[-3:])
        return Run(seed, wrong=[f"broken {type(error).__name__}: {error}\n{told}"])
    return run


def campaign(seeds: Iterable[int], *, depth: str = "engine", workers: int = 1, mutant: str = "") -> Iterator[Run]:
    """Play the seeds, in no particular order where there are several workers."""
    task = partial(_check, depth=depth, mutant=mutant)
    if workers == 1:
        yield from map(task, seeds)
        return
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap_unordered(task, seeds, chunksize=8)


def _check(seed: int, depth: str, mutant: str) -> Run:
    if not mutant:
        return check(seed, depth)
    with MUTANTS[mutant].applied():
        return check(seed, depth)


def found(mutant: str, seeds: int, depth: str = "engine") -> int | None:
    """After how many seeds a broken engine is found; None if it is not within so many."""
    with MUTANTS[mutant].applied():
        return next((seed + 1 for seed in range(seeds) if check(seed, depth).wrong), None)


def canary(depth: str = "engine") -> int | None:
    """After how many seeds the canary is found. Every run that means anything begins with this."""
    return found(CANARY, 100, depth)


def count(runs: Iterable[Run]) -> Tally:
    """Sum up."""
    tally, began = Tally(), time.monotonic()
    for run in runs:
        tally.runs += 1
        tally.points += run.points
        tally.quiet[run.quiet] += 1
        if run.wrong:
            tally.failed[run.seed] = run.wrong[0]
    tally.seconds = time.monotonic() - began
    return tally


def explain(seed: int, depth: str = "engine") -> str:
    """The story of a failing seed, made as short as possible."""
    try:
        run, _ = shrink(seed, player(depth))
    except Exception as error:  # noqa: BLE001 - a run that breaks cannot be made smaller
        return "".join(traceback.format_exception(error))
    happened = "\n".join(f"    {what}" for _, what in run.fired)
    wrong = "\n".join(f"  {one}" for one in run.wrong)
    return f"seed {seed} at depth {depth}:\n{wrong}\n  what happened:\n{happened}"


def kept(depth: str) -> list[int]:
    """The seeds that failed once."""
    lines = (line.split("#")[0].split() for line in KEPT.read_text(encoding="utf-8").splitlines())
    return [int(line[1]) for line in lines if line and line[0] == depth]


def keep(depth: str, seed: int, what: str) -> None:
    """Have a seed run again for ever."""
    if seed not in kept(depth):
        first = what.splitlines()[0][:120]
        with KEPT.open("a", encoding="utf-8") as file:
            file.write(f"{depth} {seed}  # {first}\n")
