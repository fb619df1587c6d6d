"""What a process keeps from one run to the next: a connection's waits are counted, and are still waited for."""

from pmsync.sync.resident import Paced
from pmsync.testing.clock import VirtualClock


def test_only_what_a_limit_asks_for_is_counted() -> None:
    clock = VirtualClock()
    paced = Paced(clock)
    paced.sleep(5.0)
    paced.pace(2.0)
    paced.pace(1.5)
    assert (paced.waits, paced.seconds) == (2, 3.5)
    assert clock.monotonic() == paced.monotonic() == 8.5
    assert paced.now() == clock.now()
