"""Passes of the engine over two tools in memory, so that what is measured is pmsync and its state, not a network."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.figures import Done, Figure, measure
from pmsync.config import Config, ConnectionConfig, MemberConfig, Polling, SyncConfig, load_mapping
from pmsync.model.fields import Field
from pmsync.reconcile.guard import Limit, Limits
from pmsync.store import AuditLog, ConnectionMemory, open_store
from pmsync.sync.decide import decide_every
from pmsync.sync.members import Bench, Member
from pmsync.sync.progress import Silent
from pmsync.sync.report import Report
from pmsync.sync.run import Pass
from pmsync.sync.workplace import Options, new_run
from pmsync.testing.clock import VirtualClock
from pmsync.testing.memory import MemoryConnector, MemorySettings
from pmsync.testing.tool import MemoryTool

_NAMES = ("left", "right")
_MAPPING = Path(__file__).parents[1] / "mappings" / "trello-kanban.yaml"
_PLACES = ("backlog", "to-do", "doing", "review", "done")


def run(sizes: Sequence[int]) -> list[Figure]:
    """For each size: the first pass, which makes every item in the other tool; a quiet one; a deep one; deciding."""
    figures: list[Figure] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="pmsync-bench-") as folder:
            figures += _Story(Path(folder), size).tell()
    return figures


class _Story:
    """One size, from the first pass on. Each step runs in a process of its own, on the state that the last one left."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self._clock = VirtualClock()
        self._tools = {name: MemoryTool(self._clock, page_size=100) for name in _NAMES}
        for number in range(size):
            self._tools["left"].add(
                title=f"Piece of work {number}",
                description=f"Some **text** about number {number}.",
                status={"place": _PLACES[number % len(_PLACES)]},
                labels=["red"] if number % 3 else [],
            )

    def tell(self) -> list[Figure]:
        """All steps. The first is also played here, so that the tools hold what the later ones read."""
        first = measure(
            "first pass: all made anew", self._size, lambda: self._pass(self._folder / "measured", deep=False)
        )
        state = self._folder / "state"
        self._pass(state, deep=False)
        self._clock.advance(3600)
        quiet = measure("quiet pass", self._size, lambda: self._pass(state, deep=False))
        deep = measure("deep pass, nothing changed", self._size, lambda: self._pass(state, deep=True))
        return [first, quiet, deep, measure("deciding every item", self._size, lambda: self._decide(state))]

    def _pass(self, folder: Path, *, deep: bool) -> Done:
        with self._bench(folder) as bench, AuditLog(folder / "audit.jsonl") as audit:
            report = Report(new_run(self._clock.now()))
            work = Pass(bench, audit, Options(deep=deep), report, Silent())
            work.begin()
            work.carry_out(work.prepare(rehearse=False))
            requests = {name: member.connector.requests() for name, member in bench.members.items()}
            return Done(requests, f"{report.total('created')} made, {len(report.errors)} errors")

    def _decide(self, folder: Path) -> Done:
        with self._bench(folder) as bench:
            bench.learn()
            began = time.perf_counter()
            count = sum(1 for _ in decide_every(bench))
            each = (time.perf_counter() - began) / max(1, count)
            return Done(note=f"{each * 1e6:.0f} µs an item, loading it included")

    def _bench(self, folder: Path) -> Bench:
        folder.mkdir(exist_ok=True)
        store = open_store(f"sqlite:///{folder / 'pmsync.db'}")
        mapping = load_mapping(_MAPPING)
        sync = SyncConfig(
            "bench",
            {name: MemberConfig() for name in _NAMES},
            create={"left": ("right",)},
            backfill=True,
            limits=Limits(creates=Limit(10**9)),
        )
        connections = {name: ConnectionConfig(name, "memory", {}, MemorySettings(name), mapping) for name in _NAMES}
        config = Config(
            path=folder / "config.yaml", state="sqlite://", audit=folder / "audit.jsonl", zone=ZoneInfo("UTC"),
            polling=Polling(), connections=connections, people={}, syncs={"bench": sync},
        )  # fmt: skip
        policies = {one: sync.policy(one) for one in Field.standard()}
        return Bench(config, sync, store, self._clock, self._members(sync, config), policies)

    def _members(self, sync: SyncConfig, config: Config) -> dict[str, Member]:
        found = {}
        for name, tool in self._tools.items():
            directions = {one: sync.direction(name, one) for one in Field.standard()}
            member, connection = sync.members[name], config.connections[name]
            found[name] = Member(name, member, connection, MemoryConnector(tool), directions, ConnectionMemory(name))
        return found
