"""What is measured of one piece of work, in a process of its own so that its peak memory is its own."""

import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `peak` is by how much the resident set of the process grew at the most, in MiB."""

    what: str
    items: int
    wall: float
    cpu: float
    peak: float
    requests: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    def row(self) -> tuple[str, ...]:
        """As a row of the table."""
        asked = ", ".join(f"{name} {count}" for name, count in self.requests.items())
        return (
            self.what, f"{self.items:,}", f"{self.wall:.2f}", f"{self.cpu:.2f}", f"{self.peak:.0f}", asked, self.note,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Done:
    """What a piece of work tells of itself."""

    requests: Mapping[str, int] = field(default_factory=dict)
    note: str = ""


def measure(what: str, items: int, work: Callable[[], Done]) -> Figure:
    """Do the work in a new process, and measure it there."""
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_work, args=(theirs, work))
    process.start()
    wall, cpu, peak, done = ours.recv()
    process.join()
    return Figure(what, items, wall, cpu, peak, done.requests, done.note)


def _work(pipe: Connection, work: Callable[[], Done]) -> None:
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, spent = time.perf_counter(), time.process_time()
    done = work()
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) / 1024
    pipe.send((time.perf_counter() - began, time.process_time() - spent, peak, done))
    pipe.close()
