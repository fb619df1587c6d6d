"""Whether the service does its work: said without a token, in words, and in figures with one."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from answering import Answering
from planted import found_in
from prometheus_client.parser import text_string_to_metric_families

from pmsync.errors import TransientError
from pmsync.jobs.service import Service
from pmsync.jobs.work import Ended
from pmsync.store.hooks import Hook
from pmsync.store.inbox import Topic
from pmsync.store.records import Reading
from pmsync.sync.report import Report
from pmsync.sync.webhooks import webhook_trouble
from pmsync.web import app
from pmsync.web.health import unreachable
from pmsync.web.metrics import Metrics

MEMBERS = ("product", "engineering", "delivery")
CARD = "5f0c1a2b3d4e5f6071829301"
ACTION = "60a1b2c3d4e5f60718293a00"


def _read(service: Service, ago: timedelta) -> None:
    """Have every member read so long ago."""
    at = service.clock.now() - ago
    service.store.progress.put_reading(*(Reading("roadmap", name, read_at=at) for name in MEMBERS))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look is good for nobody but who asked for it."""
    monkeypatch.setattr(app, "_FRESH", 0.0)


def _figures(serving: Answering) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = serving.ask("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    return _parsed(answer.text)


def _parsed(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Figures by their name and what they are of, in alphabetical order."""
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


# --- ready ----------------------------------------------------------------------------------------------------------


def test_with_every_tool_read_lately_it_is_ready(serving: Answering) -> None:
    _read(serving.service, timedelta(minutes=2))
    answer = serving.ask("/readyz", token="")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["ready"], told["problems"], told["state"]) == (True, [], "ok")
    assert sorted(told["connections"]) == sorted((*MEMBERS, "aside"))
    product = told["connections"]["product"]
    assert 119 < product["lag_seconds"] < 600
    assert datetime.fromisoformat(product["last_success"]) < datetime.fromisoformat(told["at"])


def test_a_tool_that_was_not_read_for_three_periods_is_named(serving: Answering) -> None:
    _read(serving.service, timedelta(hours=3, minutes=30))
    answer = serving.ask("/readyz", token="")
    assert answer.status_code == 503
    problems = answer.json()["problems"]
    assert len(problems) == len(MEMBERS)
    assert problems[0].startswith("product was read last 3:3")
    assert found_in(answer.content) == []


def test_two_periods_are_none_too_many(serving: Answering) -> None:
    _read(serving.service, timedelta(hours=2, minutes=50))
    assert serving.ask("/readyz", token="").status_code == 200


def test_why_a_tool_is_left_alone_is_said(serving: Answering) -> None:
    _read(serving.service, timedelta(hours=4))
    error = TransientError("the tool is having a rest", after=600)
    serving.service.resident.tried("engineering", None)
    serving.service.resident.tried("engineering", error)
    told = serving.ask("/readyz", token="").json()
    assert "the tool is having a rest" in told["connections"]["engineering"]["resting"]
    assert any("engineering" in one and "the tool is having a rest" in one for one in told["problems"])
    assert _figures(serving)["pmsync_resting", ("engineering",)] == 1
    serving.service.resident.tried("engineering", None)


def test_how_the_webhooks_are_is_said(serving: Answering) -> None:
    store, now = serving.service.store, serving.service.clock.now()
    store.hooks.put(Hook("product", "", "https://sync.example.com", "7", installed_at=now, delivered_at=now))
    store.progress.put_fact(webhook_trouble("product"), "was switched off by its tool")
    told = serving.ask("/readyz", token="").json()["connections"]
    assert told["product"]["webhook"] == {
        "registered": True, "last_delivery": now.isoformat(), "trouble": "was switched off by its tool",
    }  # fmt: skip
    assert told["engineering"]["webhook"] == {"registered": False, "last_delivery": None, "trouble": None}
    assert told["aside"]["webhook"] is None
    figures = _figures(serving)
    assert figures["pmsync_webhook_trouble", ("product",)] == 1
    assert figures["pmsync_webhook_trouble", ("engineering",)] == 0
    assert figures["pmsync_webhook_last_delivery_timestamp_seconds", ("product",)] == pytest.approx(now.timestamp())


def test_what_waits_is_counted(serving: Answering) -> None:
    serving.tell_of_card(CARD, ACTION)
    told = serving.ask("/readyz", token="").json()["queue"]
    assert told["waiting"] >= 1
    assert told["oldest_seconds"] >= 0
    figures = _figures(serving)
    assert figures["pmsync_queue_depth", ()] >= 1


def test_looks_are_shared(serving: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_FRESH", 3600.0)
    first = serving.ask("/readyz", token="").json()["at"]
    assert all(serving.ask("/readyz", token="").json()["at"] == first for _ in range(5))


# --- a state that is gone -------------------------------------------------------------------------------------------


@pytest.fixture
def without_state(serving: Answering) -> Iterator[Answering]:
    with serving._engine.begin() as at:
        at.exec_driver_sql("ALTER TABLE readings RENAME TO gone")
    try:
        yield serving
    finally:
        with serving._engine.begin() as at:
            at.exec_driver_sql("ALTER TABLE gone RENAME TO readings")


def test_what_is_said_while_the_state_takes_nothing_is_to_be_said_again(serving: Answering) -> None:
    before = serving.kept()
    with serving._engine.begin() as at:
        at.exec_driver_sql("CREATE TRIGGER full BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'full'); END")
    try:
        answer = serving.tell_of_card(CARD, ACTION[:-1] + "9")
    finally:
        with serving._engine.begin() as at:
            at.exec_driver_sql("DROP TRIGGER full")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert serving.kept() == before
    assert serving.tell_of_card(CARD, ACTION[:-1] + "9").status_code == 200
    assert ("product", ACTION[:-1] + "9") in serving.kept()["deliveries"]


def test_a_state_that_does_not_answer_is_no_readiness_and_no_crash(without_state: Answering) -> None:
    answer = without_state.ask("/readyz", token="")
    assert answer.status_code == 503
    assert answer.json()["state"] == "unreachable"
    assert answer.json()["problems"] == ["the state does not answer: look at its disk, or at its server"]
    figures = _figures(without_state)
    assert figures["pmsync_state_up", ()] == 0
    assert figures["pmsync_ready", ()] == 0
    assert without_state.ask("/healthz", token="").json() == {"status": "ok"}


# --- figures --------------------------------------------------------------------------------------------------------


def test_deliveries_are_counted_by_what_became_of_them(serving: Answering) -> None:
    def counted(outcome: str) -> float:
        return _figures(serving).get(("pmsync_webhook_deliveries_total", tuple(sorted(("product", outcome)))), 0.0)

    before = {outcome: counted(outcome) for outcome in ("taken", "repeated", "forged")}
    serving.tell_of_card(CARD, ACTION[:-1] + "1")
    serving.tell_of_card(CARD, ACTION[:-1] + "1")
    serving.tell("product", b"{}")
    assert {outcome: counted(outcome) - before[outcome] for outcome in before} == dict.fromkeys(before, 1.0)


def test_no_name_that_somebody_makes_up_becomes_a_label(serving: Answering) -> None:
    for number in range(20):
        serving.tell(f"made-up-{number}", b"{}")
    text = serving.ask("/metrics").text
    assert "made-up" not in text
    assert 'pmsync_webhook_deliveries_total{connection="",outcome="refused"}' in text


def test_every_figure_is_pmsync_s_and_says_what_it_is(serving: Answering) -> None:
    for family in text_string_to_metric_families(serving.ask("/metrics").text):
        assert family.name.startswith("pmsync_")
        assert family.documentation


def _ended(report: Report | None, *, item: str | None = None, error: TransientError | None = None) -> Ended:
    now = datetime.fromisoformat("2026-11-22T12:00:00+00:00")
    return Ended(Topic("roadmap", item), now - timedelta(seconds=0.4), now, 7.0, report, error)


def test_runs_are_counted() -> None:
    metrics = Metrics()
    report = Report("run")
    for _ in range(3):
        report.wrote("product")
    report.count("created", 2)
    report.count("updated")
    report.count("conflicts")
    report.fail(TransientError("no"), connection="engineering")
    metrics.done(_ended(report))
    metrics.done(_ended(report, item="01K"))
    metrics.done(_ended(Report("idle"), item="01K"))
    metrics.done(_ended(None, error=TransientError("down", connection="delivery")))
    figures = _parsed(metrics.expose(unreachable(datetime.fromisoformat("2026-11-22T12:00:00+00:00"))).decode())
    assert figures["pmsync_writes_total", ("product",)] == 6
    assert figures["pmsync_items_created_total", ("roadmap",)] == 4
    assert figures["pmsync_items_updated_total", ("roadmap",)] == 2
    assert figures["pmsync_conflicts_total", ("roadmap",)] == 2
    assert figures["pmsync_errors_total", ("engineering", "transient")] == 2
    assert figures["pmsync_errors_total", ("delivery", "transient")] == 1
    assert figures["pmsync_pass_seconds_count", ("partial", "roadmap")] == 1
    assert figures["pmsync_pass_seconds_sum", ("partial", "roadmap")] == 7
    assert figures["pmsync_pass_seconds_count", ("failed", "roadmap")] == 1
    assert figures["pmsync_looks_total", ("ok", "roadmap")] == 1
    assert figures["pmsync_looks_total", ("partial", "roadmap")] == 1
    assert figures["pmsync_change_to_write_seconds_count", ("roadmap",)] == 1
    assert figures["pmsync_change_to_write_seconds_sum", ("roadmap",)] == pytest.approx(0.4)


def test_requests_are_counted_by_connection(serving: Answering) -> None:
    figures = _figures(serving)
    assert {labels for name, labels in figures if name == "pmsync_requests_total"} <= {(one,) for one in MEMBERS}
