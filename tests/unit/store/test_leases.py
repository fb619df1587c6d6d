"""Leases: an item is worked on by one at a time, whoever dies."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import forked
import pytest
from postgres import await_departure, connections

from pmsync.store import open_store

HOLD = """
import sys
from pmsync.store import open_store
with open_store(sys.argv[1]) as store, store.leases.held(sys.argv[2:]) as mine:
    print(*sorted(mine), flush=True)
    sys.stdin.read()
"""


@contextmanager
def _another_process(url: str, *wanted: str) -> Iterator[tuple[forked.Forked, list[str]]]:
    """A process that asks for leases, and holds what it gets."""
    with forked.start_code(HOLD, url, *wanted) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()
        process.communicate()


def test_another_process_gets_what_is_free(url: str) -> None:
    with open_store(url) as store, store.leases.held(["a", "b"]) as mine:
        assert mine == {"a", "b"}
        with _another_process(url, "b", "c") as (_, theirs):
            assert theirs == ["c"]
            assert store.leases.take(["c", "d"]) == {"d"}


def test_what_is_given_back_is_free(url: str) -> None:
    with open_store(url) as store:
        store.leases.take(["a", "b"])
        store.leases.give_back(["a"])
        with _another_process(url, "a", "b") as (_, theirs):
            assert theirs == ["a"]
        store.leases.give_back(["b"])
        assert store.leases.take(["a", "b"]) == {"a", "b"}
        store.leases.give_back(["a", "b"])


def test_the_last_that_is_given_back_is_free_at_once(url: str) -> None:
    with open_store(url) as one, open_store(url) as two, two.leases.held(["b"]):
        for _ in range(10):
            with one.leases.held(["a"]) as mine:
                assert mine == {"a"}
            with two.leases.held(["a"]) as theirs:
                assert theirs == {"a"}


def test_a_killed_process_has_none_any_more(url: str) -> None:
    with open_store(url) as store, store.leases.held(["b"]):
        ours = connections(url)
        with _another_process(url, "a") as (process, theirs):
            assert theirs == ["a"]
            assert not store.leases.take(["a"])
            os.kill(process.pid, signal.SIGKILL)
            process.wait(30)
            await_departure(url, left=ours)
            assert store.leases.take(["a"]) == {"a"}
        store.leases.give_back(["a"])


def test_two_in_one_process_exclude_one_another_and_give_back_only_what_they_took(url: str) -> None:
    with open_store(url) as one, open_store(url) as two:
        with one.leases.held(["a"]):
            with two.leases.held(["a", "b"]) as theirs:
                assert theirs == {"b"}
            with two.leases.held(["a"]) as theirs:
                assert not theirs
        with two.leases.held(["a"]) as theirs:
            assert theirs == {"a"}


def test_leases_on_a_state_in_memory_are_its_own() -> None:
    with (
        open_store("sqlite://") as one,
        open_store("sqlite://") as two,
        one.leases.held(["a"]),
        one.leases.held(["a"]) as again,
        two.leases.held(["a"]) as other,
    ):
        assert not again
        assert other == {"a"}


def test_an_error_gives_them_back(url: str) -> None:
    with open_store(url) as store:
        with pytest.raises(ZeroDivisionError), store.leases.held(["a"]):
            raise ZeroDivisionError
        assert store.leases.take(["a"]) == {"a"}
        store.leases.give_back(["a"])
