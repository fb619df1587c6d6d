"""Only what may be repeated is, and only as the tool asked."""

from collections.abc import Callable

import pytest

from pmsync.connector.retrying import retry_reads
from pmsync.errors import AuthError, FatalError, PmsyncError, RejectedError, StaleError, TransientError
from pmsync.testing.clock import VirtualClock


def failing(*errors: Exception) -> tuple[Callable[[], str], list[Exception]]:
    """A call that raises these, one after the other, and then succeeds; and those that it has not raised yet."""
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call, left


def test_a_call_that_succeeds_is_made_once() -> None:
    clock = VirtualClock()
    call, _ = failing()
    assert retry_reads(call, clock=clock, patience=60) == "done"
    assert clock.slept == []


def test_the_tools_own_waiting_time_is_kept_to_the_letter() -> None:
    clock = VirtualClock()
    call, _ = failing(TransientError("busy", after=17.0), TransientError("busy", after=0.5))
    assert retry_reads(call, clock=clock, patience=60) == "done"
    assert clock.slept == [17.0, 0.5]


def test_a_wait_beyond_patience_is_raised_and_not_slept() -> None:
    clock = VirtualClock()
    call, left = failing(TransientError("come back tomorrow", after=61.0), TransientError("busy"))
    with pytest.raises(TransientError, match="tomorrow") as caught:
        retry_reads(call, clock=clock, patience=60)
    assert caught.value.after == 61.0
    assert clock.slept == []
    assert len(left) == 1


def test_without_a_stated_wait_the_waits_are_random_and_their_bounds_double() -> None:
    bounds = (0.25, 0.5, 1.0, 2.0, 4.0)
    for _ in range(50):
        clock = VirtualClock()
        call, _ = failing(*(TransientError("again") for _ in bounds))
        assert retry_reads(call, clock=clock, patience=60) == "done"
        assert all(0.0 <= slept <= bound for slept, bound in zip(clock.slept, bounds, strict=True))


def test_after_six_attempts_the_last_error_is_raised() -> None:
    clock = VirtualClock()
    errors = [TransientError(f"attempt {number}", after=1.0) for number in range(1, 8)]
    call, left = failing(*errors)
    with pytest.raises(TransientError, match="attempt 6"):
        retry_reads(call, clock=clock, patience=60)
    assert len(left) == 1
    assert len(clock.slept) == 5


@pytest.mark.parametrize("kind", [AuthError, FatalError, RejectedError, StaleError])
def test_what_waiting_does_not_mend_is_raised_at_once(kind: type[PmsyncError]) -> None:
    clock = VirtualClock()
    call, left = failing(kind("no"), TransientError("never reached"))
    with pytest.raises(kind):
        retry_reads(call, clock=clock, patience=60)
    assert len(left) == 1
    assert clock.slept == []
