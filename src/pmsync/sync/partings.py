"""Items that left one tool and wait for a person: listed, and decided."""

from collections.abc import Sequence
from dataclasses import replace

from pmsync.config.settings import Config, OnDelete, SyncConfig
from pmsync.connector.pacing import Clock
from pmsync.errors import RejectedError
from pmsync.store.records import Bundle, ItemState
from pmsync.store.store import Store
from pmsync.sync.depart import Departure, Parting, departures_of, parted
from pmsync.sync.focus import read_item
from pmsync.sync.members import Bench
from pmsync.sync.progress import Progress, Silent
from pmsync.sync.report import Report
from pmsync.sync.run import Pass
from pmsync.sync.steps import Step, steps
from pmsync.sync.workplace import Options, at_work


def waiting_partings(sync: SyncConfig, store: Store) -> list[Parting]:
    """The replicas that left while their twins wait, by what was seen last."""
    return [
        one
        for bundles in store.items.dirty(sync.name)
        for bundle in bundles
        if bundle.item.state is ItemState.LIVE and bundle.item.quarantine is None
        for one in parted(bundle)
    ]


def decide_parting(
    config: Config, sync: SyncConfig, store: Store, item: str, action: OnDelete, clock: Clock,
    progress: Progress | None = None,
) -> tuple[Report, Sequence[Step]]:  # fmt: skip
    """Have done to an item's twins what a person decided: a run of its own, over what the tools show now.

    Raises RejectedError where no replica of the item has left.
    """
    options = Options(command=f"conflicts resolve {item} --take {action.value}")
    with at_work(config, sync, store, options, clock) as (bench, audit, report):
        work = Pass(bench, audit, options, report, progress or Silent())
        work.begin_on_items()
        with bench.alone_with([item]):
            work.settle()
            read_item(bench, item, work.number, report)
            bundle = store.items.get(item)
            leaving = [replace(one, action=action) for one in _left(bench, bundle)]
            if not leaving:
                raise RejectedError("nothing of it waits for such a decision: it is in all its tools", item=item)
            planned = steps(bench, (), leaving[:1], ())
            work.part(leaving)
            return report, planned


def _left(bench: Bench, bundle: Bundle | None) -> list[Departure]:
    if bundle is None or bundle.item.state is not ItemState.LIVE:
        return []
    found = departures_of(bench, bundle)
    return [one for one in found if one.why != "left the filter"]
