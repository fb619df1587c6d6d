"""What is kept together, what is undone, and what a rehearsal leaves behind: nothing."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from pmsync.errors import RejectedError, StateError
from pmsync.store import Replica, Store, SyncState, open_store

Link = Callable[..., Replica]


def test_an_exception_undoes_the_whole_transaction(store: Store) -> None:
    with suppress(ZeroDivisionError), store.transaction("pass"):
        store.progress.put_sync(SyncState("roadmap", pass_number=1))
        store.progress.put_fact("epoch", "1")
        raise ZeroDivisionError
    assert store.progress.sync("roadmap").pass_number == 0
    assert store.progress.fact("epoch") is None


def test_an_inner_transaction_is_undone_with_the_outer_one(store: Store) -> None:
    with suppress(ZeroDivisionError), store.transaction("outer"):
        with store.transaction("inner"):
            store.progress.put_fact("epoch", "1")
        raise ZeroDivisionError
    assert store.progress.fact("epoch") is None


def test_a_failed_part_leaves_the_rest_of_the_transaction(store: Store) -> None:
    with store.transaction("outer"):
        store.progress.put_fact("before", "1")
        with suppress(ZeroDivisionError), store.transaction("part"):
            store.progress.put_fact("part", "1")
            raise ZeroDivisionError
        store.progress.put_fact("after", "1")
    assert [store.progress.fact(key) for key in ("before", "part", "after")] == ["1", None, "1"]


def test_a_broken_constraint_in_a_part_leaves_the_rest(store: Store, link: Link) -> None:
    link("i1", "r1")
    with store.transaction("outer"):
        store.progress.put_fact("before", "1")
        with pytest.raises(RejectedError), store.transaction("part"):
            link("i2", "r1")
        store.progress.put_fact("after", "1")
    assert store.progress.fact("before") == store.progress.fact("after") == "1"
    assert store.items.get("i2") is None


def test_a_swallowed_failure_keeps_nothing_of_the_transaction(store: Store, link: Link) -> None:
    taken = link("i1", "r1")
    link("i2", "r2")

    def swallow() -> None:
        with store.transaction("outer"):
            store.progress.put_fact("before", "1")
            with suppress(RejectedError):
                store.items.put_replicas([replace(taken, item="i2")])

    with pytest.raises(StateError, match="nothing of it is kept"):
        swallow()
    assert store.progress.fact("before") is None


def test_after_a_failed_write_the_transaction_takes_no_more(store: Store, link: Link) -> None:
    taken = link("i1", "r1")
    link("i2", "r2")

    def go_on() -> None:
        with store.transaction("outer"):
            with suppress(RejectedError):
                store.items.put_replicas([replace(taken, item="i2")])
            store.progress.put_fact("after", "1")
            pytest.fail("the write was taken")

    with pytest.raises(StateError):
        go_on()
    assert store.progress.fact("after") is None


def test_the_hook_is_called_around_the_outermost_commit_only(store: Store) -> None:
    told: list[str] = []
    store.on_commit = told.append
    with store.transaction("decision"):
        store.progress.put_fact("a", "1")
        with store.transaction("part"):
            store.progress.put_fact("b", "1")
        assert told == []
    assert told == ["before decision", "after decision"]


def test_a_write_by_itself_is_a_named_commit(store: Store) -> None:
    told: list[str] = []
    store.on_commit = told.append
    store.progress.put_fact("a", "1")
    assert told == ["before fact", "after fact"]


def test_an_undone_transaction_tells_the_hook_nothing(store: Store) -> None:
    told: list[str] = []
    store.on_commit = told.append
    with suppress(ZeroDivisionError), store.transaction("decision"):
        raise ZeroDivisionError
    assert told == []


def test_an_exception_from_the_hook_before_the_commit_undoes_it(store: Store) -> None:
    def stop(boundary: str) -> None:
        raise ZeroDivisionError(boundary)

    store.on_commit = stop
    with pytest.raises(ZeroDivisionError, match="before fact"):
        store.progress.put_fact("a", "1")
    store.on_commit = None
    assert store.progress.fact("a") is None


def test_a_rehearsal_is_seen_inside_and_leaves_nothing(store: Store, link: Link) -> None:
    link("i1", "r1")
    told: list[str] = []
    store.on_commit = told.append
    with store.rehearsal():
        link("i2", "r2")
        store.progress.put_fact("epoch", "2")
        assert store.counts("roadmap").replicas == {"board": 2}
    assert told == []
    assert store.counts("roadmap").replicas == {"board": 1}
    assert store.progress.fact("epoch") is None
    store.progress.put_fact("epoch", "3")
    assert store.progress.fact("epoch") == "3"


def test_a_failure_inside_a_rehearsal_undoes_its_own_part_only(store: Store, link: Link) -> None:
    with store.rehearsal():
        link("i1", "r1")
        with pytest.raises(RejectedError):
            link("i2", "r1")
        link("i3", "r3")
        assert store.counts("roadmap").replicas == {"board": 2}
    assert store.counts("roadmap").replicas == {}


def test_an_exception_that_leaves_a_rehearsal_ends_it(store: Store) -> None:
    with suppress(ZeroDivisionError), store.rehearsal():
        store.progress.put_fact("epoch", "1")
        raise ZeroDivisionError
    store.progress.put_fact("other", "1")
    assert [store.progress.fact(key) for key in ("epoch", "other")] == [None, "1"]


def test_other_threads_work_within_a_rehearsal(store: Store) -> None:
    with store.rehearsal():
        thread = threading.Thread(target=store.progress.put_fact, args=("epoch", "1"))
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
        assert store.progress.fact("epoch") == "1"
    assert store.progress.fact("epoch") is None


def test_a_rehearsal_cannot_begin_within_a_transaction(store: Store) -> None:
    with pytest.raises(StateError), store.transaction("outer"), store.rehearsal():
        pass


def test_other_processes_read_the_old_state_during_a_rehearsal(store: Store, url: str) -> None:
    store.progress.put_fact("epoch", "1")
    with open_store(url) as other, store.rehearsal():
        store.progress.put_fact("epoch", "2")
        assert other.progress.fact("epoch") == "1"


def test_other_processes_write_during_a_rehearsal(store: Store, url: str) -> None:
    store.progress.put_fact("epoch", "1")
    with open_store(url) as other, store.rehearsal():
        other.progress.put_fact("delivery", "2")
        store.progress.put_fact("epoch", "3")
        other.progress.put_fact("other", "4")
    assert [store.progress.fact(one) for one in ("epoch", "delivery", "other")] == ["1", "2", "4"]


def test_threads_take_turns_and_lose_nothing(store: Store) -> None:
    def count() -> None:
        for _ in range(20):
            with store.transaction("count"):
                store.progress.put_fact("n", str(int(store.progress.fact("n") or 0) + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert store.progress.fact("n") == "80"


def test_what_is_not_committed_when_the_store_closes_is_undone(store: Store, url: str) -> None:
    with suppress(StateError), store.transaction("open"):
        store.progress.put_fact("epoch", "1")
        store.close()
        store.progress.put_fact("epoch", "2")
    with open_store(url) as again:
        assert again.progress.fact("epoch") is None


def test_a_connection_that_is_kept_keeps_no_other_process_from_writing(url: str, store: Store) -> None:
    with store.kept(), open_store(url) as other:
        store.progress.put_fact("epoch", "1")
        assert store.progress.fact("epoch") == "1"
        other.progress.put_fact("epoch", "2")
        assert store.progress.fact("epoch") == "2"
        with store.rehearsal():
            store.progress.put_fact("epoch", "3")
        assert store.progress.fact("epoch") == "2"
    assert store.progress.fact("epoch") == "2"


def test_a_connection_that_is_kept_goes_on_after_a_write_that_failed(store: Store, link: Link) -> None:
    taken = link("i1", "r1")
    link("i2", "r2")
    with store.kept():
        with pytest.raises(RejectedError):
            store.items.put_replicas([replace(taken, item="i2"), replace(taken, item="i2", connection="project")])
        assert store.progress.fact("epoch") is None
        store.progress.put_fact("epoch", "2")
    assert store.progress.fact("epoch") == "2"
