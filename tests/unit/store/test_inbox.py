"""What tools said happened: kept with its job or not at all, once however often it is said, until it was looked at."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from pmsync.jobs.engine import open_engine
from pmsync.store.inbox import RETENTION, Inbox, Topic
from pmsync.store.store import Store

ITEM = Topic("roadmap", item="i1")


class Jobs:
    """The jobs that were made, where their transaction was committed."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []
        self.broken = False

    def __call__(self, at: Connection, topic: str, generation: int) -> None:
        if self.broken:
            raise ZeroDivisionError
        if (topic, generation) not in self.made:
            self.made.append((topic, generation))


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture
def inbox(url: str, store: Store) -> Iterator[Inbox]:
    engine = open_engine(url)
    yield Inbox(engine)
    engine.dispose()


def _generation(jobs: Jobs) -> int:
    return jobs.made[-1][1]


def test_what_is_said_several_times_before_anybody_looks_is_one_job(inbox: Inbox, jobs: Jobs, now: datetime) -> None:
    for number in range(3):
        assert inbox.receive("product", [ITEM], now + timedelta(seconds=number), jobs, delivery=f"d{number}")
    assert jobs.made == [("roadmap/i1", _generation(jobs))]
    claim = inbox.claim("roadmap/i1", _generation(jobs))
    assert claim is not None
    assert claim.topic == ITEM
    assert claim.connections == {"product"}
    assert claim.since == now, "it has waited since it was said first"


def test_an_item_of_which_two_tools_speak_is_one_job_that_knows_both(inbox: Inbox, jobs: Jobs, now: datetime) -> None:
    inbox.receive("product", [ITEM], now, jobs)
    inbox.receive("engineering", [ITEM], now, jobs)
    claim = inbox.claim("roadmap/i1", _generation(jobs))
    assert claim is not None
    assert claim.connections == {"product", "engineering"}


def test_what_is_said_while_somebody_looks_is_looked_at_again(inbox: Inbox, jobs: Jobs, now: datetime) -> None:
    inbox.receive("product", [ITEM], now, jobs)
    first = _generation(jobs)
    assert inbox.claim("roadmap/i1", first) is not None
    inbox.receive("product", [ITEM], now, jobs)
    second = _generation(jobs)
    assert second > first
    inbox.finish("roadmap/i1", first)
    assert inbox.waiting()[0] == 1
    assert inbox.claim("roadmap/i1", first) is None, "there is nothing left of the first"
    assert inbox.claim("roadmap/i1", second) is not None
    inbox.finish("roadmap/i1", second)
    assert inbox.waiting() == (0, None)


def test_a_job_that_died_finds_again_what_it_had_claimed(inbox: Inbox, jobs: Jobs, now: datetime) -> None:
    inbox.receive("product", [ITEM], now, jobs)
    first = inbox.claim("roadmap/i1", _generation(jobs))
    assert inbox.claim("roadmap/i1", _generation(jobs)) == first


def test_a_repeated_delivery_is_not_taken_again(inbox: Inbox, jobs: Jobs, now: datetime) -> None:
    assert inbox.receive("product", [ITEM], now, jobs, delivery="d")
    inbox.claim("roadmap/i1", _generation(jobs))
    inbox.finish("roadmap/i1", _generation(jobs))
    assert not inbox.receive("product", [ITEM], now, jobs, delivery="d")
    assert inbox.waiting()[0] == 0
    assert inbox.receive("engineering", [ITEM], now, jobs, delivery="d"), "another tool's ids are its own"


def test_nothing_is_kept_without_its_job(inbox: Inbox, jobs: Jobs, now: datetime) -> None:
    jobs.broken = True
    with pytest.raises(ZeroDivisionError):
        inbox.receive("product", [ITEM], now, jobs, delivery="d")
    assert inbox.waiting()[0] == 0
    jobs.broken = False
    assert inbox.receive("product", [ITEM], now, jobs, delivery="d"), "the tool may say it again"


def test_objects_of_no_item_are_topics_of_their_own(inbox: Inbox) -> None:
    found = inbox.topics("product", ["c1"], ["roadmap", "other"])
    assert frozenset().union(*found.values()) == {
        Topic("roadmap", connection="product", remote_id="c1"),
        Topic("other", connection="product", remote_id="c1"),
    }


def test_what_lost_its_job_gets_another(inbox: Inbox, jobs: Jobs, now: datetime) -> None:
    inbox.receive("product", [ITEM], now, jobs)
    assert inbox.stuck(now) == []
    later = now + timedelta(hours=1)
    [(name, generation)] = inbox.stuck(later)
    assert (name, generation) == jobs.made[-1]
    inbox.reopen(name, later, jobs)
    assert len(jobs.made) == 2
    assert inbox.claim(*jobs.made[-1]) is not None


def test_what_is_long_past_is_forgotten_and_its_jobs_ids_never_come_again(
    inbox: Inbox, jobs: Jobs, now: datetime
) -> None:
    inbox.receive("product", [ITEM], now, jobs, delivery="d")
    inbox.receive("product", [Topic("roadmap", item="i2")], now, jobs)
    inbox.claim(*jobs.made[0])
    inbox.finish(*jobs.made[0])
    later = now + RETENTION + timedelta(seconds=1)
    inbox.purge(later)
    assert inbox.waiting()[0] == 1, "what waits stays"
    assert inbox.receive("product", [ITEM], later, jobs, delivery="d")
    assert len({generation for topic, generation in jobs.made if topic == "roadmap/i1"}) == 2
