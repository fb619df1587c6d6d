"""Figures for Prometheus. All begin with `pmsync_`; labels are names out of the config, and words out of the code."""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from pmsync import __version__
from pmsync.errors import PmsyncError
from pmsync.jobs.service import Service
from pmsync.jobs.work import Ended
from pmsync.store.records import ItemState
from pmsync.sync.report import Report
from pmsync.web.health import Look, Standing

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

_FAILED: Final = "failed"
"""The status of a run that could not begin, or had to be broken off."""
_LATENCY: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_PASS: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_ACKNOWLEDGED: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one process. What it is told of may come from any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        at = self._registry
        self._created = Counter("pmsync_items_created", "Items made in a tool.", ["sync"], registry=at)
        self._updated = Counter("pmsync_items_updated", "Items written to in a tool.", ["sync"], registry=at)
        self._conflicts = Counter("pmsync_conflicts", "Edits that could not both hold.", ["sync"], registry=at)
        self._writes = Counter("pmsync_writes", "Writes to a tool.", ["connection"], registry=at)
        self._errors = Counter("pmsync_errors", "What went wrong in runs.", ["connection", "kind"], registry=at)
        self._looks = Counter("pmsync_looks", "Looks at single items.", ["sync", "status"], registry=at)
        self._passes = Histogram(
            "pmsync_pass_seconds", "Passes, and how long they took.", ["sync", "status"], registry=at, buckets=_PASS
        )
        self._latency = Histogram(
            "pmsync_change_to_write_seconds",
            "From what a tool said of an item to the end of the look that wrote to others.",
            ["sync"],
            registry=at,
            buckets=_LATENCY,
        )
        self._deliveries = Counter(
            "pmsync_webhook_deliveries", "Requests at the receiver.", ["connection", "outcome"], registry=at
        )
        self._acknowledged = Histogram(
            "pmsync_webhook_seconds", "From a delivery to its answer.", registry=at, buckets=_ACKNOWLEDGED
        )
        self._standing = _Standing()
        at.register(self._standing)
        ProcessCollector(namespace="pmsync", registry=at)

    def done(self, ended: Ended) -> None:
        """Take the figures of a run."""
        sync, report = ended.topic.sync, ended.report
        status = report.status.value if report else _FAILED
        if ended.is_pass:
            self._passes.labels(sync, status).observe(ended.seconds)
        else:
            self._looks.labels(sync, status).inc()
        if ended.error is not None:
            self._errors.labels(ended.error.connection, ended.error.kind).inc()
        if report is not None:
            self._take(sync, report)
            if report.total("writes") and not ended.is_pass:
                self._latency.labels(sync).observe(max(0.0, (ended.at - ended.since).total_seconds()))

    def delivery(self, connection: str, outcome: str, seconds: float) -> None:
        """Something came for a connection ("" for one that there is not), and was answered in so many seconds."""
        self._deliveries.labels(connection, outcome).inc()
        self._acknowledged.observe(seconds)

    def watch(self, service: Service) -> None:
        """Tell of this service too, whenever the figures are asked for."""
        self._standing.service = service

    def expose(self, found: Look) -> bytes:
        """All of it as Prometheus reads it, with what a look has just shown."""
        self._standing.found = found
        return generate_latest(self._registry)

    def _take(self, sync: str, report: Report) -> None:
        self._created.labels(sync).inc(report.total("created"))
        self._updated.labels(sync).inc(report.total("updated"))
        self._conflicts.labels(sync).inc(report.total("conflicts"))
        for connection, number in report.written.items():
            self._writes.labels(connection).inc(number)
        for error in report.errors:
            self._errors.labels(error["connection"], error["kind"]).inc()


class _Standing(Collector):
    """How the service is when the figures are asked for."""

    service: Service | None = None
    found: Look | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of it."""
        yield _gauge("pmsync_build_info", "What runs here.", ["version"], [((__version__,), 1)])
        if self.found is not None:
            yield from _of_the_look(self.found)
        if self.service is not None:
            yield from _of_the_connections(self.service)
            yield _of_the_alerts(self.service)
            yield from _of_the_syncs(self.service)


def _of_the_look(found: Look) -> Iterator[Metric]:
    yield _gauge("pmsync_ready", "1 while the service does its work.", [], [((), found.ready)])
    yield _gauge("pmsync_state_up", "1 while the state answers.", [], [((), found.reachable)])
    if not found.reachable:
        return
    yield _gauge("pmsync_queue_depth", "What waits to be looked at, or is being.", [], [((), found.waiting)])
    yield _gauge("pmsync_queue_oldest_seconds", "How long the oldest has waited.", [], [((), found.oldest_seconds)])

    def each(name: str, help_: str, values: Iterable[tuple[Standing, float | None]]) -> Metric:
        told = [((one.name,), value) for one, value in values if value is not None]
        return _gauge(name, help_, ["connection"], told)

    all_ = found.connections
    yield each("pmsync_lag_seconds", "Since a tool was read last, to the end.", ((one, one.lag) for one in all_))
    yield each("pmsync_resting", "1 while a tool is left alone.", ((one, bool(one.resting)) for one in all_))
    yield each(
        "pmsync_webhook_last_delivery_timestamp_seconds",
        "When a connection's webhook was heard of last.",
        ((one, one.delivered_at.timestamp() if one.delivered_at else None) for one in all_),
    )
    yield each(
        "pmsync_webhook_trouble",
        "1 while something is amiss with a connection's webhook.",
        ((one, bool(one.webhook_trouble)) for one in all_ if one.receives),
    )


def _of_the_connections(service: Service) -> Iterator[Metric]:
    waits = service.resident.waits()
    yield _counter("pmsync_requests", "Requests to a tool.", service.resident.requests())
    yield _counter(
        "pmsync_rate_limit_waits",
        "How often a tool's limit had to be waited for.",
        {name: waited[0] for name, waited in waits.items()},
    )
    yield _counter(
        "pmsync_rate_limit_wait_seconds",
        "How long a tool's limits were waited for.",
        {name: waited[1] for name, waited in waits.items()},
    )


def _of_the_alerts(service: Service) -> Metric:
    counted = service.herald.counts() if service.herald else {}
    family = CounterMetricFamily("pmsync_alerts", "Alerts, and what became of them.", labels=["status", "outcome"])
    for told, number in counted.items():
        family.add_metric(list(told), number)
    return family


def _of_the_syncs(service: Service) -> Iterator[Metric]:
    try:
        counts = {name: service.store.counts(name) for name in service.config.syncs}
    except PmsyncError:
        return  # The look has told that the state does not answer.
    items = [((sync, state.value), one.items.get(state, 0)) for sync, one in counts.items() for state in ItemState]
    yield _gauge("pmsync_items", "Items in the state.", ["sync", "state"], items)
    for name, help_, figures in (
        ("pmsync_quarantined", "What is set aside.", {sync: one.quarantined for sync, one in counts.items()}),
        ("pmsync_conflicts_open", "Conflicts undecided.", {sync: one.open_conflicts for sync, one in counts.items()}),
        ("pmsync_candidates_held", "What waits for `match`.", {sync: one.held for sync, one in counts.items()}),
    ):
        yield _gauge(name, help_, ["sync"], [((sync,), value) for sync, value in figures.items()])


def _gauge(
    name: str, help_: str, labels: list[str], values: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_, labels=labels)
    for told, value in values:
        family.add_metric(list(told), float(value))
    return family


def _counter(name: str, help_: str, values: dict[str, int] | dict[str, float]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, help_, labels=["connection"])
    for connection, value in values.items():
        family.add_metric([connection], float(value))
    return family
