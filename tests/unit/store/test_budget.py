"""What processes may ask of a tool together: no more in any window than its limit, and the urgent first."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from pmsync.connector.pacing import Clock, Pacer
from pmsync.store.budget import SharedBudget, joined_budget, open_budget
from pmsync.store.store import Store

LIMIT, WINDOW = 100, 10.0


class Virtual(Clock):
    """A time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def now(self) -> datetime:
        return datetime.fromisoformat("2026-11-22T00:00:00+00:00") + timedelta(seconds=self.at)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def clock() -> Virtual:
    return Virtual()


@pytest.fixture
def file(tmp_path: object) -> str:
    return f"sqlite:///{tmp_path}/pmsync.db"


def _open(file: str, clock: Clock, many: int) -> Iterator[SharedBudget]:
    for _ in range(many):
        yield open_budget(file, clock)


def _most_in_a_window(starts: list[float], window: float = WINDOW) -> int:
    return max(sum(begin <= one < begin + window for one in starts) for begin in starts)


def test_several_processes_keep_inside_one_limit_in_every_window(file: str, clock: Virtual) -> None:
    drawn = random.Random(7)
    fleet = list(_open(file, clock, 4))
    starts: list[float] = []
    while len(starts) < 600:
        waits = []
        for one in drawn.sample(fleet, len(fleet)):
            wait = one.ask("trello", LIMIT, WINDOW)
            if not wait:
                starts.append(clock.at)
            waits.append(wait)
        if all(waits):
            clock.sleep(min(waits))
    assert _most_in_a_window(starts) <= LIMIT + len(fleet) * 5, "no more than was granted and not yet used"
    assert 600 / (starts[-1] - starts[0]) >= 0.7 * LIMIT / WINDOW, "and not much less than it"
    for one in fleet:
        one.close()


def test_accounts_are_apart(file: str, clock: Virtual) -> None:
    [one] = _open(file, clock, 1)
    while not one.ask("trello", LIMIT, WINDOW):
        pass
    assert one.ask("asana", LIMIT, WINDOW) == 0
    one.close()


def test_what_is_urgent_finds_room_where_a_pass_has_to_wait(file: str, clock: Virtual) -> None:
    calm, urgent = open_budget(file, clock, urgent=False), open_budget(file, clock, urgent=True)
    while not calm.ask("trello", LIMIT, WINDOW):
        pass
    assert sum(not urgent.ask("trello", LIMIT, WINDOW) for _ in range(10)) == 10
    calm.close()
    urgent.close()


def test_a_pause_is_everybodys(file: str, clock: Virtual) -> None:
    one, other = _open(file, clock, 2)
    one.pause("trello", 30.0)
    wait = other.ask("trello", LIMIT, WINDOW)
    assert 25 < wait < 31
    clock.sleep(wait)
    assert other.ask("trello", LIMIT, WINDOW) == 0
    one.close()
    other.close()


def test_what_was_granted_and_not_used_is_given_up(file: str, clock: Virtual) -> None:
    [one] = _open(file, clock, 1)
    assert one.ask("trello", LIMIT, WINDOW) == 0
    clock.sleep(2)
    starts = 0
    while not one.ask("trello", LIMIT, WINDOW):
        starts += 1
    assert starts <= LIMIT // 4
    one.close()


def test_pacers_of_several_processes_wait_for_one_another(file: str, clock: Virtual) -> None:
    budgets = list(_open(file, clock, 3))
    pacers = [Pacer(LIMIT, WINDOW, clock, budget=one, name="trello") for one in budgets]
    starts = []
    for number in range(300):
        pacers[number % 3].wait()
        starts.append(clock.at)
    assert _most_in_a_window(starts) <= LIMIT + 15
    for one in budgets:
        one.close()


def test_threads_on_a_real_database_are_granted_no_more_than_the_limit(url: str, store: Store) -> None:
    budgets = [open_budget(url, Clock()) for _ in range(3)]

    def ask(number: int) -> int:
        return not budgets[number % 3].ask("jira GET", 40, 3600.0)

    with ThreadPoolExecutor(6) as pool:
        granted = sum(pool.map(ask, range(120)))
    assert 10 <= granted <= 10 + 1, "a quarter of the limit at once, and what an hour's window earns meanwhile"
    for one in budgets:
        one.close()


def test_a_run_by_itself_joins_only_where_somebody_else_may_be_at_work(file: str, clock: Virtual) -> None:
    assert joined_budget(file, clock) is None
    open_budget(file, clock).close()
    joined = joined_budget(file, clock)
    assert joined is not None
    joined.close()
