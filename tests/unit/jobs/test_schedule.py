"""What is due without anybody saying so: once each time, whoever looks, and at once after a stop."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection
from states import lay_out

from pmsync.connector.pacing import Clock
from pmsync.jobs.engine import open_engine
from pmsync.jobs.schedule import Schedule
from pmsync.store.inbox import Inbox


class Stopped(Clock):
    """A clock that is put forward by hand."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Stopped:
    return Stopped(datetime.fromisoformat("2026-11-22T12:00:00+00:00"))


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    lay_out(tmp_path / "pmsync.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'pmsync.db'}")
    yield Inbox(engine)
    engine.dispose()


class Jobs:
    """The jobs that were made."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []

    def __call__(self, at: Connection, topic: str, generation: int) -> None:
        if (topic, generation) not in self.made:
            self.made.append((topic, generation))


def _schedule(inbox: Inbox, jobs: Jobs, clock: Clock, tidied: list[str]) -> Schedule:
    return Schedule(inbox, jobs, {"roadmap": 300.0}, clock, also={"count": (3600.0, lambda: tidied.append("once"))})


def _looked_at(inbox: Inbox, jobs: Jobs) -> None:
    inbox.claim(*jobs.made[-1])
    inbox.finish(*jobs.made[-1])


def test_a_pass_is_due_once_each_time_whoever_looks(inbox: Inbox, clock: Stopped) -> None:
    jobs, tidied = Jobs(), list[str]()
    processes = [_schedule(inbox, jobs, clock, tidied) for _ in range(3)]
    for second in range(0, 900, 60):
        clock.at += timedelta(seconds=60)
        for one in processes:
            one.tick()
            one.tick()
        if second % 300 == 0:
            _looked_at(inbox, jobs)
    assert [topic for topic, _ in jobs.made] == ["roadmap"] * len(jobs.made)
    assert 3 <= len(jobs.made) <= 4
    assert tidied == ["once"]


def test_what_fell_due_during_a_stop_is_due_at_once_and_only_once(inbox: Inbox, clock: Stopped) -> None:
    jobs, tidied = Jobs(), list[str]()
    _schedule(inbox, jobs, clock, tidied).tick()
    _looked_at(inbox, jobs)
    clock.at += timedelta(hours=5)
    after = _schedule(inbox, jobs, clock, tidied)
    after.tick()
    after.tick()
    assert len(jobs.made) == 2


def test_processes_begin_with_a_pass_and_those_that_begin_together_with_one(inbox: Inbox, clock: Stopped) -> None:
    jobs, tidied = Jobs(), list[str]()
    first = [_schedule(inbox, jobs, clock, tidied) for _ in range(3)]
    for one in first:
        one.start()
        one.stop()
    assert len({generation for _, generation in jobs.made}) == 1
    _looked_at(inbox, jobs)
    clock.at += timedelta(seconds=90)
    again = _schedule(inbox, jobs, clock, tidied)
    again.start()
    again.stop()
    assert len({generation for _, generation in jobs.made}) == 2


def test_what_lost_its_job_is_given_another(inbox: Inbox, clock: Stopped) -> None:
    jobs, tidied = Jobs(), list[str]()
    schedule = _schedule(inbox, jobs, clock, tidied)
    schedule.tick()
    lost = jobs.made[-1]
    clock.at += timedelta(hours=1)
    jobs.made.clear()
    schedule.tick()
    assert any(topic == lost[0] and generation > lost[1] for topic, generation in jobs.made)
