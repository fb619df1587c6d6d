"""Who is told what a state shows to be amiss: once, whatever the number of processes, and until it has arrived."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from answering import barred_config
from sqlalchemy import Engine
from states import lay_out

from pmsync.config.settings import Alerts, Config
from pmsync.errors import AuthError, ConfigError, GuardError, LockedError, PmsyncError, RejectedError, TransientError
from pmsync.jobs.conditions import Observer
from pmsync.jobs.engine import open_engine
from pmsync.jobs.herald import Herald, unsent
from pmsync.jobs.work import Ended
from pmsync.model.fields import Field
from pmsync.reconcile.policy import FLAPPING
from pmsync.store import Item, ItemState, Store, open_store
from pmsync.store.hooks import Hook
from pmsync.store.inbox import Inbox, Topic
from pmsync.store.records import Conflict, ConflictState, Reading, Run
from pmsync.sync.report import Report
from pmsync.sync.webhooks import webhook_trouble
from pmsync.testing.clock import VirtualClock

MINUTE = 60.0
MEMBERS = ("product", "engineering", "delivery")
TITLE = "zq7 title of an item"


class _CutShort(BaseException):
    """The process ends here."""


class Ears:
    """A channel that keeps what it is told; `errors` come first."""

    def __init__(self) -> None:
        self.documents: list[Mapping[str, str]] = []
        self.numbers: list[str] = []
        self.errors: list[PmsyncError] = []

    def send(self, document: Mapping[str, str], number: str, at: datetime) -> None:
        self.numbers.append(number)
        if self.errors:
            raise self.errors.pop(0)
        self.documents.append(document)

    def told(self) -> list[tuple[str, str]]:
        return [(one["status"], one["kind"]) for one in self.documents]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    found = barred_config(tmp_path, "http://127.0.0.1:9")
    lay_out(tmp_path / "pmsync.db")
    return replace(found, state=f"sqlite:///{tmp_path / 'pmsync.db'}", alerts=Alerts("http://localhost:9/zq7"))


@pytest.fixture
def store(config: Config, clock: VirtualClock) -> Iterator[Store]:
    with open_store(config.state, now=clock.now()) as opened:
        opened.progress.put_reading(*(Reading("roadmap", name, read_at=clock.now()) for name in MEMBERS))
        yield opened


@pytest.fixture
def engine(config: Config, store: Store) -> Iterator[Engine]:
    engine = open_engine(config.state)
    yield engine
    engine.dispose()


class Fleet:
    """Processes of one installation, and the one that they tell."""

    def __init__(self, config: Config, store: Store, engine: Engine, clock: VirtualClock, many: int = 1) -> None:
        self.store = store
        self.clock = clock
        self.config = config
        self.ears = Ears()
        self.inbox = Inbox(engine)
        self.heralds: list[Herald] = []
        for _ in range(many):
            self.start()

    def start(self) -> None:
        by = {"alerts.url": self.ears}
        self.heralds.append(Herald(self.config, self.store, self.inbox, self.clock, by=by))

    def see(self, *, wait: float = 0.0) -> None:
        """All look and send, some time later, in which every tool is read each minute."""
        until = self.clock.monotonic() + wait
        while True:
            step = min(MINUTE, until - self.clock.monotonic())
            self.clock.advance(step)
            self.read(*MEMBERS)
            for one in self.heralds:
                one.look()
            for one in self.heralds:
                one.deliver()
            if self.clock.monotonic() >= until:
                return

    def read(self, *names: str) -> None:
        self.store.progress.put_reading(*(Reading("roadmap", name, read_at=self.clock.now()) for name in names))

    def passed(self, error: PmsyncError | None = None, *, connection: str = "", stop: bool = False) -> None:
        """A pass ended, perhaps so."""
        report = Report(f"run-{self.clock.monotonic()}-{len(self.store.reports.runs())}")
        if error is not None and stop:
            report.stop(error)
        elif error is not None:
            report.lose(connection, error)
        now = self.clock.now()
        self.store.reports.begin_run(Run(report.run, "roadmap", "serve", now))
        self.store.reports.end_run(report.run, now, report.status.value, report.as_json())


@pytest.fixture
def fleet(config: Config, store: Store, engine: Engine, clock: VirtualClock) -> Fleet:
    return Fleet(config, store, engine, clock)


def test_a_tool_that_refuses_us_is_told_once_and_when_it_is_well_again(fleet: Fleet) -> None:
    fleet.passed(AuthError("the token is refused", connection="engineering"), connection="engineering")
    fleet.see(wait=14 * MINUTE)
    assert fleet.ears.documents == []
    fleet.passed(AuthError("is left alone for 61 s more: the token is refused"), connection="engineering")
    fleet.see(wait=5 * MINUTE)
    (document,) = fleet.ears.documents
    assert document["message"] == "the token is refused"
    assert document["remedy"].startswith("renew the token")
    assert document["instance"] == fleet.store.instance
    fleet.see(wait=120 * MINUTE)
    fleet.passed()
    fleet.see()
    fleet.see(wait=120 * MINUTE)
    assert fleet.ears.told() == [("raised", "connection"), ("cleared", "connection")]


def test_processes_tell_once_together_and_a_new_one_tells_nothing_again(
    config: Config, store: Store, engine: Engine, clock: VirtualClock
) -> None:
    fleet = Fleet(config, store, engine, clock, many=4)
    fleet.passed(TransientError("no answer", connection="engineering"), connection="engineering")
    fleet.see(wait=20 * MINUTE)
    fleet.start()
    fleet.see(wait=20 * MINUTE)
    assert fleet.ears.told() == [("raised", "connection")]
    fleet.passed()
    fleet.see()
    assert fleet.ears.told() == [("raised", "connection"), ("cleared", "connection")]
    assert sum(one.counts().get(("raised", "sent"), 0) for one in fleet.heralds) == 1


def test_of_two_that_saw_the_same_one_tells(fleet: Fleet) -> None:
    fleet.passed(GuardError("Stopped before the first write: too many creates"), stop=True)
    notices = fleet.store.notices
    seen = Observer(fleet.config, fleet.store, fleet.inbox, fleet.clock.now()).conditions(fleet.clock.now(), ())
    before = notices.alerts()
    fleet.see()
    alert = notices.alerts()[next(iter(seen))]
    assert before == {}
    assert not notices.change(None, alert), "somebody was quicker"
    assert not notices.change(replace(alert, version=alert.version - 1), None)
    assert notices.change(alert, replace(alert, flaps=True))
    assert not notices.change(alert, None)


def test_a_guard_s_stop_is_told_at_once(fleet: Fleet) -> None:
    fleet.passed(GuardError("Stopped before the first write: it would create 60 items"), stop=True)
    fleet.see()
    assert fleet.ears.told() == [("raised", "guard")]
    assert fleet.ears.documents[0]["sync"] == "roadmap"
    assert "60 items" in fleet.ears.documents[0]["text"]
    fleet.passed()
    fleet.see()
    assert fleet.ears.told()[1:] == [("cleared", "guard")]


def _item(fleet: Fleet, item: str, quarantine: str | None) -> None:
    now, values = fleet.clock.now(), {Field.TITLE: TITLE}
    fleet.store.items.put(
        [Item(item, "roadmap", ItemState.LIVE, values, {Field.TITLE: 1}, "product", now, now, quarantine)]
    )


def test_what_is_set_aside_is_told_at_once_by_its_id_alone(fleet: Fleet) -> None:
    _item(fleet, "01K", "pmsync failed over it (KeyError in decide, line 7 of item.py)")
    (conflict,) = fleet.store.reports.add_conflicts(
        [Conflict("run", fleet.clock.now(), "01K", Field.STATUS, [TITLE], None, FLAPPING, ConflictState.OPEN)]
    )
    fleet.see()
    assert fleet.ears.told() == [("raised", "aside")] * 2
    assert {one["item"] for one in fleet.ears.documents} == {"01K"}
    assert any("KeyError" in one["message"] for one in fleet.ears.documents)
    assert any(f"conflicts release {conflict.id}" in one["remedy"] for one in fleet.ears.documents)
    assert TITLE not in str(fleet.ears.documents)
    _item(fleet, "01K", None)
    fleet.store.reports.close_conflict(conflict.id, ConflictState.RESOLVED, None)
    fleet.see()
    assert fleet.ears.told()[2:] == [("cleared", "aside")] * 2


def test_a_tool_that_is_read_no_more_is_told(fleet: Fleet) -> None:
    every = fleet.config.polling.every
    fleet.clock.advance(3.1 * every)
    for one in fleet.heralds:
        fleet.read("product", "engineering")
        one.look()
        one.deliver()
    assert fleet.ears.told() == [("raised", "stale")]
    assert fleet.ears.documents[0]["connection"] == "delivery"
    fleet.passed(TransientError("no answer"), connection="delivery")
    fleet.see()
    assert fleet.ears.told() == [("raised", "stale")], "that its reason is known now does not make it well"
    fleet.passed()
    fleet.see()
    assert fleet.ears.told() == [("raised", "stale"), ("cleared", "stale")]


def test_after_a_night_s_rest_nothing_is_amiss_before_the_first_pass_could_end(fleet: Fleet) -> None:
    fleet.passed(TransientError("no answer"), connection="delivery")
    fleet.see(wait=MINUTE)
    fleet.clock.advance(12 * 3600)
    fleet.heralds.clear()
    fleet.start()
    fleet.heralds[0].look()
    fleet.passed()
    fleet.see(wait=MINUTE)
    assert fleet.ears.documents == []


def test_webhooks_and_what_waits_are_told(fleet: Fleet) -> None:
    fleet.store.hooks.put(Hook("product", "", "https://sync.example.com", "7"))
    fleet.store.progress.put_fact(webhook_trouble("product"), "is not registered: run `pmsync webhooks install`")
    fleet.inbox.receive("", [Topic("roadmap", "01K")], fleet.clock.now(), lambda *_: None)
    fleet.see(wait=20 * MINUTE)
    told = {one["kind"]: one for one in fleet.ears.documents}
    assert set(told) == {"webhook", "queue"}
    assert told["webhook"]["message"] == "its webhook is not registered"
    assert told["webhook"]["remedy"] == "run `pmsync webhooks install`"
    assert told["queue"]["message"] == "of 1 that wait to be looked at, one has since 2026-05-11 09:00 UTC"
    fleet.store.progress.put_fact(webhook_trouble("product"), "")
    claim = fleet.inbox.claim("roadmap/01K", int(fleet.clock.now().timestamp() * 1000))
    assert claim is not None
    fleet.inbox.finish("roadmap/01K", int(fleet.clock.now().timestamp() * 1000))
    fleet.see()
    assert fleet.ears.told()[2:] == [("cleared", "queue"), ("cleared", "webhook")]


def _ended(fleet: Fleet, error: PmsyncError | None, report: Report | None = None) -> Ended:
    return Ended(Topic("roadmap"), fleet.clock.now(), fleet.clock.now(), 1.0, report, error)


def test_a_pass_that_does_not_begin_is_told_until_one_does(fleet: Fleet) -> None:
    fleet.heralds[0].heard(_ended(fleet, LockedError("another is at work")))
    fleet.see(wait=20 * MINUTE)
    assert fleet.ears.documents == []
    fleet.heralds[0].heard(_ended(fleet, ConfigError("the mapping\nsays `Doing` twice")))
    fleet.see(wait=20 * MINUTE)
    assert fleet.ears.documents[0]["message"] == "the last pass did not end: the mapping"
    fleet.passed()
    fleet.see()
    assert fleet.ears.told() == [("raised", "pass"), ("cleared", "pass")]
    fleet.clock.advance(7200)
    fleet.heralds[0].heard(_ended(fleet, None))
    fleet.see(wait=20 * MINUTE)
    assert "a mistake of pmsync's" in fleet.ears.documents[-1]["message"]


def test_what_cannot_be_sent_is_tried_three_times_then_later_and_in_order(fleet: Fleet) -> None:
    fleet.ears.errors = [TransientError("alerts.url answered 500") for _ in range(4)]
    fleet.passed(GuardError("Stopped"), stop=True)
    fleet.see()
    assert len(fleet.ears.numbers) == 3
    assert fleet.store.progress.fact(unsent("alerts.url")) == "alerts.url answered 500"
    assert fleet.heralds[0].counts() == {("raised", "failed"): 1}
    fleet.passed()
    fleet.see(wait=5 * MINUTE)
    assert len(fleet.ears.numbers) == 3, "what is well again is not told before what was amiss"
    fleet.see(wait=6 * MINUTE)
    assert fleet.ears.told() == [("raised", "guard"), ("cleared", "guard")]
    assert len(set(fleet.ears.numbers)) == 2
    assert fleet.store.progress.fact(unsent("alerts.url")) == ""
    assert fleet.heralds[0].counts()["cleared", "sent"] == 1


def test_what_dies_while_sending_is_sent_by_another_with_the_same_number(
    config: Config, store: Store, engine: Engine, clock: VirtualClock
) -> None:
    fleet = Fleet(config, store, engine, clock, many=2)
    fleet.passed(GuardError("Stopped"), stop=True)
    fleet.heralds[0].look()
    taken = store.notices.take("alerts.url", clock.now(), clock.now() + timedelta(minutes=5))
    assert taken is not None
    fleet.see(wait=4 * MINUTE)
    assert fleet.ears.numbers == [], "somebody is at it"
    fleet.see(wait=2 * MINUTE)
    assert fleet.ears.numbers == [f"{store.instance}-{taken.id}"]


@pytest.mark.parametrize(
    "moment", ["before alerts", "after alerts", "before notice", "after notice", "before alert", "after alert"]
)
@pytest.mark.parametrize("occurrence", [1, 2])
def test_what_was_cut_short_at_a_commit_is_told_by_the_next(fleet: Fleet, moment: str, occurrence: int) -> None:
    reached = []

    def strike(boundary: str) -> None:
        if boundary == moment:
            reached.append(boundary)
            if len(reached) == occurrence:
                raise _CutShort

    fleet.passed(GuardError("Stopped"), stop=True)
    fleet.store.on_commit = strike
    with suppress(_CutShort):
        fleet.see()
    fleet.store.on_commit = None
    fleet.heralds.clear()
    fleet.start()
    fleet.see(wait=10 * MINUTE)
    assert set(fleet.ears.told()) == {("raised", "guard")}
    assert len(set(fleet.ears.numbers)) == 1, "sent twice it has one number"


def test_what_is_refused_for_what_it_says_stands_in_nobody_s_way(fleet: Fleet) -> None:
    fleet.ears.errors = [RejectedError("alerts.url answered 400")]
    fleet.passed(GuardError("Stopped"), stop=True)
    fleet.see()
    fleet.passed()
    fleet.see()
    assert fleet.ears.told() == [("cleared", "guard")]
    assert fleet.heralds[0].counts()["raised", "lost"] == 1


def test_what_is_a_day_old_is_news_no_more(fleet: Fleet) -> None:
    fleet.ears.errors = [TransientError("alerts.url answered 500") for _ in range(1000)]
    fleet.passed(GuardError("Stopped"), stop=True)
    fleet.see()
    fleet.passed()
    fleet.clock.advance(25 * 3600)
    fleet.ears.errors.clear()
    fleet.see(wait=MINUTE)
    assert fleet.ears.told() == [("cleared", "guard")]
    assert fleet.heralds[0].counts()["raised", "lost"] == 1


def test_nothing_secret_is_logged(fleet: Fleet, caplog: pytest.LogCaptureFixture) -> None:
    secret = fleet.config.alerts.url
    fleet.ears.errors = [RejectedError("alerts.url answered 400")]
    fleet.passed(GuardError(f"Stopped over {secret}"), stop=True)
    fleet.see()
    fleet.start()
    assert "could not be sent" in caplog.text
    assert secret not in caplog.text
