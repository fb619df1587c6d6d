"""Taking on what arrives: kept together, answered once it is kept, refused where it cannot be."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

import pytest

from pmsync.errors import LockedError, StateError
from pmsync.jobs.intake import Intake

LONG = 60.0


class Shelf:
    """Keeps what is brought, once it may."""

    def __init__(self) -> None:
        self.kept: list[Sequence[str]] = []
        self.asked: list[Sequence[str]] = []
        self.may = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.spoiled: dict[str, Exception] = {}

    def keep(self, brought: Sequence[str]) -> Sequence[bool]:
        self.asked.append(brought)
        self.begun.release()
        assert self.may.acquire(timeout=LONG)
        for one in brought:
            if one in self.spoiled:
                raise self.spoiled[one]
        before = {one for kept in self.kept for one in kept}
        self.kept.append(brought)
        return [one not in before for one in brought]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def intake(shelf: Shelf) -> Iterator[Intake[str]]:
    intake = Intake(shelf.keep, together=3, waiting=5)
    intake.start()
    yield intake
    shelf.may.release(1000)
    intake.stop()


def _gathered(intake: Intake[str], shelf: Shelf, *names: str) -> list[Future[bool]]:
    """Bring these while a first one is being kept."""
    first = intake.bring("first")
    assert shelf.begun.acquire(timeout=LONG)
    return [first, *(intake.bring(name) for name in names)]


def test_what_comes_while_something_is_kept_is_kept_together_next(intake: Intake[str], shelf: Shelf) -> None:
    answers = _gathered(intake, shelf, "a", "b", "c", "d", "first")
    shelf.may.release(1000)
    assert [one.result(LONG) for one in answers] == [True, True, True, True, True, False]
    assert shelf.kept == [["first"], ["a", "b", "c"], ["d", "first"]]


def test_nobody_is_answered_before_what_they_brought_is_kept(intake: Intake[str], shelf: Shelf) -> None:
    first, second = _gathered(intake, shelf, "a")
    shelf.may.release()
    assert first.result(LONG)
    assert shelf.begun.acquire(timeout=LONG)
    assert not second.done()
    shelf.may.release()
    assert second.result(LONG)


def test_what_cannot_be_kept_spoils_nothing_beside_it(intake: Intake[str], shelf: Shelf) -> None:
    shelf.spoiled["b"] = StateError("no room for b")
    answers = _gathered(intake, shelf, "a", "b", "c")
    shelf.may.release(1000)
    assert [answers[at].result(LONG) for at in (0, 1, 3)] == [True, True, True]
    with pytest.raises(StateError, match="no room for b"):
        answers[2].result(LONG)


def test_behind_a_lock_nobody_waits_once_for_each(intake: Intake[str], shelf: Shelf) -> None:
    shelf.spoiled["b"] = LockedError("somebody else writes")
    answers = _gathered(intake, shelf, "a", "b")
    shelf.may.release(1000)
    for answer in answers[1:]:
        with pytest.raises(LockedError, match="somebody else writes"):
            answer.result(LONG)
    assert shelf.asked == [["first"], ["a", "b"]]


def test_more_than_can_be_kept_soon_is_refused(intake: Intake[str], shelf: Shelf) -> None:
    answers = _gathered(intake, shelf, *"abcde")
    with pytest.raises(LockedError):
        intake.bring("f")
    shelf.may.release(1000)
    assert all(one.result(LONG) for one in answers)


def test_what_nobody_waits_for_any_more_is_not_kept(intake: Intake[str], shelf: Shelf) -> None:
    first, gone, last = _gathered(intake, shelf, "gone", "last")
    assert gone.cancel()
    shelf.may.release(1000)
    assert first.result(LONG)
    assert last.result(LONG)
    assert shelf.kept == [["first"], ["last"]]


def test_a_stop_keeps_what_was_brought_and_takes_nothing_more(intake: Intake[str], shelf: Shelf) -> None:
    answers = _gathered(intake, shelf, "a", "b")
    shelf.may.release(1000)
    intake.stop()
    assert all(one.done() and one.result() for one in answers)
    with pytest.raises(LockedError):
        intake.bring("c")
