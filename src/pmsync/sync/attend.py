"""What a tool hinted at, looked at: an item brought in step, as far as that tool spoke of it, beside any pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.pacing import Clock
from pmsync.store.store import Store
from pmsync.sync.decide import decide_all
from pmsync.sync.focus import meet, read_item
from pmsync.sync.members import Bench
from pmsync.sync.progress import Silent
from pmsync.sync.report import Report
from pmsync.sync.resident import Resident
from pmsync.sync.run import Pass
from pmsync.sync.workplace import Options, at_work, enter

_COMMAND = "webhook"


@dataclass(frozen=True, slots=True)
class Attention:
    """What a process needs to look at things."""

    config: Config
    store: Store
    clock: Clock
    resident: Resident

    def item(self, sync: SyncConfig, item: str, connections: frozenset[str]) -> Report:
        """Look at an item where these connections say that something happened, and bring all its replicas in step.

        The others are taken to be as they were seen last: each is read again right before it is written to. What is
        found to be as it was writes nothing, and makes no entry in the list of runs. Raises LockedError where somebody
        else stays at work on it, GuardError where nothing may be written just now.
        """
        with self._at_work(sync) as (bench, work, report):
            self._attend(bench, work, item, connections, report)
            return report

    def stranger(self, sync: SyncConfig, connection: str, remote_id: str) -> Report:
        """Look at something that was no item's when the hint came. Raises as `item`.

        What left, or what the config makes no item of, is let be: a pass tells it.
        """
        with self._at_work(sync) as (bench, work, report):
            member = bench.members[connection]
            if member.usable:
                item = meet(bench, member, remote_id, work)
                if item is not None:
                    self._attend(bench, work, item, frozenset(), report)
            return report

    def _attend(self, bench: Bench, work: Pass, item: str, connections: frozenset[str], report: Report) -> None:
        with bench.alone_with([item]):
            work.settle(item)
            read_item(bench, item, work.number, report, only=connections)
            plans = list(decide_all(bench, only=frozenset({item})))
            work.parts.read_item(item, connections or None)
            hanging = work.parts.plan_item(item, {one.item: one.creates for one in plans})
            if hanging or any(one.acts or one.news for one in plans) or work.pointing.waiting(item):
                enter(bench.store, bench.sync.name, report, _COMMAND, self.clock.now())
            work.execute(plans, item=item, parts=hanging)

    @contextmanager
    def _at_work(self, sync: SyncConfig) -> Iterator[tuple[Bench, Pass, Report]]:
        options = Options(command=_COMMAND)
        with at_work(
            self.config, sync, self.store, options, self.clock, beside=True, sparing=True, resident=self.resident
        ) as (bench, audit, report):
            work = Pass(bench, audit, options, report, Silent())
            work.begin_on_items(beside=True)
            yield bench, work, report
