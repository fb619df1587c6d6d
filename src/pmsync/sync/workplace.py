"""What a run works in: the lock, the connections, the audit log, and its entry in the state."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.pacing import Clock
from pmsync.errors import PmsyncError
from pmsync.store.audit import AuditLog
from pmsync.store.lock import pass_lock
from pmsync.store.records import ItemState, Run
from pmsync.store.store import Store
from pmsync.sync.members import Bench, open_bench
from pmsync.sync.quarantine import tell_aside
from pmsync.sync.report import Report
from pmsync.sync.resident import Resident


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for beside the config."""

    deep: bool = False
    accept_mapping: bool = False
    only_steps: frozenset[tuple[str, ...]] | None = None
    """The identities of the steps that may be done (a plan that was reviewed); None for all."""
    command: str = "sync"


@contextmanager
def at_work(
    config: Config,
    sync: SyncConfig,
    store: Store,
    options: Options,
    clock: Clock,
    *,
    beside: bool = False,
    sparing: bool = False,
    resident: Resident | None = None,
) -> Iterator[tuple[Bench, AuditLog, Report]]:
    """The lock, the connections, the audit log and the run's entry in the state, all given back at the end.

    `beside`: without the lock, for work on items that it takes leases on, beside a pass. `sparing`: without the entry,
    which whoever has something to do makes by `enter`; most of what a service looks at turns out to be its own doing.
    """
    with ExitStack() as stack:
        if not beside:
            stack.enter_context(pass_lock(config.state, now=clock.now()))
        stack.enter_context(store.kept())
        audit = stack.enter_context(AuditLog(config.audit))
        report = Report(new_run(clock.now()))
        if not sparing:
            enter(store, sync.name, report, options.command, clock.now())
        bench = stack.enter_context(open_bench(config, sync, store, clock, resident, urgent=sparing))
        try:
            yield bench, audit, report
        except PmsyncError as error:
            report.stop(error)
            raise
        finally:
            if report.entered:
                take_figures(bench, report)
                store.reports.end_run(report.run, clock.now(), report.status.value, report.as_json())


def enter(store: Store, sync: str, report: Report, command: str, now: datetime) -> None:
    """Make the run's entry in the state, under which its writes are found again."""
    store.reports.begin_run(Run(report.run, sync, command, now))
    report.entered = True


def take_figures(bench: Bench, report: Report) -> None:
    tell_aside(bench, report)
    counts = bench.store.counts(bench.sync.name)
    report.items = counts.items.get(ItemState.LIVE, 0)
    report.held = counts.held
    report.requests = {name: member.requests for name, member in bench.members.items()}
    report.count("quarantined", counts.quarantined)


def new_run(now: datetime) -> str:
    """An id for a run: begins with the second in which it started (UTC), and no two are alike."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
