"""Requests start no faster than the tool allows."""

import threading

from pmsync.connector.pacing import Clock, Pacer
from pmsync.connector.retrying import retry_reads
from pmsync.errors import TransientError
from pmsync.testing.clock import VirtualClock


def test_as_many_as_the_limit_start_at_once() -> None:
    clock = VirtualClock()
    pacer = Pacer(3, 10.0, clock)
    assert [pacer.wait() for _ in range(3)] == [0.0, 0.0, 0.0]
    assert clock.slept == []


def test_the_next_starts_when_the_first_leaves_the_window() -> None:
    clock = VirtualClock()
    pacer = Pacer(2, 10.0, clock)
    pacer.wait()
    clock.advance(4.0)
    pacer.wait()
    assert pacer.wait() == 6.0
    assert pacer.wait() == 4.0
    assert clock.monotonic() == 14.0


def test_no_window_ever_holds_more_than_the_limit() -> None:
    clock = VirtualClock()
    pacer = Pacer(5, 1.0, clock)
    starts = []
    for number in range(40):
        clock.advance(0.03 * (number % 4))
        pacer.wait()
        starts.append(clock.monotonic())
    assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in zip(starts, starts[5:], strict=False))


def test_nothing_starts_before_a_pause_has_ended() -> None:
    clock = VirtualClock()
    pacer = Pacer(10, 10.0, clock)
    pacer.pause(30.0)
    pacer.pause(5.0)
    assert pacer.wait() == 30.0
    assert pacer.wait() == 0.0


def test_the_limit_that_a_tool_states_is_taken_over() -> None:
    clock = VirtualClock()
    pacer = Pacer(100, 60.0, clock)
    pacer.allow(1)
    assert pacer.wait() == 0.0
    assert pacer.wait() == 60.0
    pacer.allow(0)
    assert pacer.wait() == 60.0
    pacer.allow(5)
    assert pacer.wait() == 0.0


def test_threads_share_one_limit() -> None:
    clock = VirtualClock()
    pacer = Pacer(4, 1.0, clock)
    threads = [threading.Thread(target=lambda: [pacer.wait() for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.monotonic() >= 9.0


def test_real_time_passes_by_itself() -> None:
    clock = Clock()
    before = clock.monotonic()
    clock.sleep(0.0)
    assert clock.monotonic() >= before
    assert clock.now().utcoffset() is not None


def test_a_clock_is_told_which_waits_are_for_a_tool_s_limits() -> None:
    class Told(VirtualClock):
        paced = 0.0

        def pace(self, seconds: float) -> None:
            self.paced += seconds
            super().pace(seconds)

    clock = Told()
    pacer = Pacer(1, 10.0, clock)
    pacer.wait()
    pacer.wait()
    assert clock.paced == 10.0
    refused = [TransientError("too many", after=7.0), TransientError("it fell over")]

    def call() -> None:
        if refused:
            raise refused.pop(0)

    retry_reads(call, clock=clock, patience=60.0)
    assert clock.paced == 17.0
    assert len(clock.slept) == 3
