"""Whether alerts arrive, as the service says it: a note, and figures; neither makes it less ready."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from answering import LONG, Answering, barred, barred_config
from planted import found_in
from receiving import Hook, hook
from served import HurriedClock

from pmsync.errors import GuardError
from pmsync.store.records import Reading, Run
from pmsync.sync.report import Report
from pmsync.web import app


@pytest.fixture(scope="module")
def heard() -> Iterator[Hook]:
    with hook("/services/zq7plantedAlertsPath60") as listening:
        listening.answers = [404] * 1000
        yield listening


@pytest.fixture(scope="module")
def serving(heard: Hook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    with barred() as url:
        config = barred_config(tmp_path_factory.mktemp("serving"), url, alerts={"url": heard.url, "after": "0s"})
        with Answering(config, HurriedClock()) as up:
            yield up


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look is good for nobody but who asked for it."""
    monkeypatch.setattr(app, "_FRESH", 0.0)


def test_an_alert_that_cannot_be_sent_is_a_note_and_a_figure(serving: Answering, heard: Hook) -> None:
    service, now = serving.service, serving.service.clock.now()
    assert service.herald is not None
    members = service.config.syncs["roadmap"].members
    service.store.progress.put_reading(*(Reading("roadmap", name, read_at=now) for name in members))
    report = Report("guarded")
    report.stop(GuardError("Stopped before the first write"))
    later = now + timedelta(hours=1)
    service.store.reports.begin_run(Run(report.run, "roadmap", "sync", later))
    service.store.reports.end_run(report.run, later, report.status.value, report.as_json())
    service.herald.wake()
    began = time.monotonic()
    while not (answer := serving.ask("/readyz", token="")).json()["notes"]:
        assert time.monotonic() - began < LONG
        time.sleep(0.05)
    assert answer.status_code == 200
    assert heard.got
    assert answer.json()["notes"] == ["the last alert could not be sent: alerts.url answered 404"]
    figures = serving.ask("/metrics")
    assert 'pmsync_alerts_total{outcome="failed",status="raised"} 1.0' in figures.text
    assert found_in(answer.content + figures.content) == []
