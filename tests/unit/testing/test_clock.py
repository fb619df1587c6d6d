"""Virtual time."""

from datetime import timedelta

import pytest

from pmsync.testing.clock import START, VirtualClock


def test_it_stands_still_until_somebody_waits() -> None:
    clock = VirtualClock()
    assert clock.now() == clock.now() == START
    clock.sleep(1.5)
    clock.advance(60)
    assert clock.now() == START + timedelta(seconds=61.5)
    assert clock.monotonic() == 61.5
    assert clock.slept == [1.5]


def test_it_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="back"):
        VirtualClock().advance(-1)
