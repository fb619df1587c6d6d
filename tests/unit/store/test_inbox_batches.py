"""What several tools said at once, kept in one transaction: the same as if they had come one after another."""

import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from pmsync.jobs.engine import open_engine
from pmsync.store.hooks import Hook
from pmsync.store.inbox import Inbox, Topic, Word
from pmsync.store.store import Store

CONNECTIONS = ("product", "engineering", "delivery")


class Jobs:
    """The jobs that were made; each once."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, int], None] = {}
        self._lock = threading.Lock()

    def __call__(self, at: Connection, topic: str, generation: int) -> None:
        with self._lock:
            self.made.setdefault((topic, generation))

    def names(self) -> list[str]:
        return sorted(topic for topic, _ in self.made)

    def publish(self, more: "Jobs") -> None:
        """Let them be seen, as those of a transaction are once it is committed."""
        with self._lock:
            self.made.update(more.made)

    def take(self) -> tuple[str, int] | None:
        with self._lock:
            job = next(iter(self.made), None)
            if job is not None:
                del self.made[job]
            return job


@pytest.fixture
def inbox(url: str, store: Store) -> Iterator[Inbox]:
    engine = open_engine(url)
    yield Inbox(engine)
    engine.dispose()


def _words(drawn: random.Random, number: int) -> list[Word]:
    return [
        Word(
            drawn.choice(CONNECTIONS),
            frozenset(Topic("roadmap", f"i{drawn.randrange(12)}") for _ in range(drawn.randrange(4))),
            f"d{drawn.randrange(40)}" if drawn.random() < 0.8 else "",
        )
        for _ in range(number)
    ]


def _of(sync: str, word: Word) -> Word:
    """The same, said of another sync by another delivery."""
    topics = frozenset(Topic(sync, one.item) for one in word.topics)
    return Word(word.connection, topics, word.delivery and f"{sync} {word.delivery}")


@pytest.mark.parametrize("seed", range(4))
def test_together_is_as_one_after_another(inbox: Inbox, now: datetime, seed: int) -> None:
    drawn = random.Random(seed)
    single, together = Jobs(), Jobs()
    for round_ in range(6):
        at = now + timedelta(seconds=round_)
        words = _words(drawn, drawn.randrange(1, 30))
        one_by_one = [inbox.receive_all([_of("one", word)], at, single)[0] for word in words]
        assert inbox.receive_all([_of("all", word) for word in words], at, together) == one_by_one
        names = [name.partition("/")[2] for name in together.names()]
        assert names == [name.partition("/")[2] for name in single.names()]
        for name in drawn.sample(sorted(set(names)), len(set(names)) // 2):
            claims = [
                inbox.claim(*max(job for job in jobs.made if job[0] == f"{sync}/{name}"))
                for sync, jobs in (("one", single), ("all", together))
            ]
            told = [claim and (claim.connections, claim.since) for claim in claims]
            assert told[0] == told[1]


def test_a_delivery_that_comes_twice_at_once_is_taken_once(inbox: Inbox, now: datetime) -> None:
    jobs = Jobs()
    word = Word("product", frozenset({Topic("roadmap", "i1")}), "d1")
    other = Word("engineering", frozenset(), "d1")
    assert inbox.receive_all([word, word, other, word], now, jobs) == [True, False, True, False]
    assert jobs.names() == ["roadmap/i1"]


def test_what_is_said_of_very_many_at_once_is_all_kept(inbox: Inbox, now: datetime) -> None:
    jobs = Jobs()
    topics = frozenset(Topic("roadmap", f"i{number}") for number in range(1201))
    assert inbox.receive_all([Word("product", topics, f"d{one}") for one in range(2)], now, jobs) == [True, True]
    assert len(jobs.made) == 1201
    assert inbox.waiting() == (1201, now)


def test_each_webhook_that_something_came_by_was_heard_of(inbox: Inbox, store: Store, now: datetime) -> None:
    for token in ("a", "b", "c"):
        store.hooks.put(Hook("product", token, f"https://sync.example.com/{token}"))
    words = [Word("product", frozenset(), hook="a"), Word("product", frozenset(), hook="b")]
    inbox.receive_all(words, now, Jobs())
    heard = {one.token: one.delivered_at for one in store.hooks.all("product")}
    assert heard == {"a": now, "b": now, "c": None}


def test_nothing_that_is_said_while_others_look_is_overlooked(inbox: Inbox, now: datetime) -> None:
    """Four say things, each time as another connection; two look. In the end each was heard in each place."""
    jobs, over, lock = Jobs(), threading.Event(), threading.Lock()
    said: set[tuple[str, str]] = set()
    seen: set[tuple[str, str]] = set()

    def say(seed: int) -> None:
        drawn = random.Random(seed)
        for number in range(25):
            topics = frozenset(Topic("roadmap", f"i{drawn.randrange(8)}") for _ in range(3))
            word, mine = Word(f"{seed} {number}", topics), Jobs()
            inbox.receive_all([word], now, mine)
            with lock:
                said.update((one.name, word.connection) for one in topics)
            jobs.publish(mine)

    def look() -> None:
        while not over.is_set() or jobs.made:
            job = jobs.take()
            claim = inbox.claim(*job) if job else None
            if not job:
                over.wait(0.005)
            elif claim:
                with lock:
                    seen.update((job[0], connection) for connection in claim.connections)
                inbox.finish(*job)

    looking = [threading.Thread(target=look) for _ in range(2)]
    saying = [threading.Thread(target=say, args=(seed,)) for seed in range(4)]
    for one in (*looking, *saying):
        one.start()
    for one in saying:
        one.join()
    over.set()
    for one in looking:
        one.join()
    assert inbox.waiting()[0] == 0
    assert seen == said
