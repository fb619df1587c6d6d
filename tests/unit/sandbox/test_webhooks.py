"""Webhooks of a sandbox, sent to receivers that really listen."""

from typing import TYPE_CHECKING

import pytest

from pmsync.sandbox.app import Sandbox
from pmsync.sandbox.faults import Faults
from pmsync.sandbox.webhooks import Deliveries, Delivery
from pmsync.testing.clock import VirtualClock

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Lab, Receiver


def test_a_webhook_is_sent_soon_after_the_answer(lab: "Lab", receivers: list["Receiver"]) -> None:
    lab.notebook.listeners = [receivers[0].url]
    lab.ask("POST", "/notes", "a")
    lab.ask("POST", "/notes", "b")
    assert receivers[0].wait(2) == ["a", "b"]


def test_a_slow_receiver_delays_neither_answers_nor_other_receivers(lab: "Lab", receivers: list["Receiver"]) -> None:
    slow, quick = receivers
    slow.gate.clear()
    lab.notebook.listeners = [slow.url, quick.url]
    assert lab.ask("POST", "/notes", "a") == (200, ["a"])
    slow.wait()
    assert quick.wait() == ["a"]
    assert lab.ask("GET", "/notes")[0] == 200


def test_a_fault_that_loses_the_answer_does_not_lose_the_webhook(lab: "Lab", receivers: list["Receiver"]) -> None:
    lab.notebook.listeners = [receivers[0].url]
    lab.faults("truncated")
    with pytest.raises(Exception, match=r"Incomplete|Unterminated|delimiter|Expecting"):
        lab.ask("POST", "/notes", "a")
    assert receivers[0].wait() == ["a"]


@pytest.fixture
def deliveries(clock: VirtualClock) -> Deliveries:
    """A queue that is flushed by hand."""
    return Deliveries(clock=clock.now)


def test_what_is_not_accepted_is_tried_again_when_the_tool_would(
    deliveries: Deliveries, clock: VirtualClock, receivers: list["Receiver"]
) -> None:
    receiver = receivers[0]
    receiver.status = 503
    outcomes: list[int | None] = []
    deliveries.add(Delivery(receiver.url, b'"a"', {}, (30.0, 60.0), done=outcomes.append))
    deliveries.flush()
    deliveries.flush()
    assert outcomes == [503]
    clock.advance(29)
    deliveries.flush()
    assert outcomes == [503]
    clock.advance(1)
    deliveries.flush()
    clock.advance(60)
    receiver.status = 200
    deliveries.flush()
    assert outcomes == [503, 503, 200]
    assert deliveries.pending() == 0


def test_after_the_last_retry_it_is_given_up(deliveries: Deliveries, clock: VirtualClock) -> None:
    outcomes: list[int | None] = []
    deliveries.add(Delivery("http://127.0.0.1:9/nobody", b"{}", {}, (30.0,), done=outcomes.append))
    for _ in range(4):
        deliveries.flush()
        clock.advance(60)
    assert outcomes == [None, None]
    assert deliveries.pending() == 0


def test_a_redirect_is_no_acceptance(deliveries: Deliveries, receivers: list["Receiver"]) -> None:
    receivers[0].status = 302
    outcomes: list[int | None] = []
    deliveries.add(Delivery(receivers[0].url, b'"a"', {}, done=outcomes.append))
    deliveries.flush()
    assert outcomes == [302]
    assert len(receivers[0].bodies) == 1


def test_they_come_twice_or_in_another_order_where_such_faults_strike(
    deliveries: Deliveries, receivers: list["Receiver"]
) -> None:
    receiver = receivers[0]
    deliveries.faults = Faults.of({"rate": 1, "kinds": ["duplicate-webhook"]})
    deliveries.add(Delivery(receiver.url, b'"a"', {}))
    deliveries.flush()
    assert receiver.bodies == ["a", "a"]
    deliveries.faults = Faults.of({"rate": 1, "kinds": ["reorder-webhook"]})
    deliveries.add(Delivery(receiver.url, b'"b"', {}))
    deliveries.add(Delivery(receiver.url, b'"c"', {}))
    deliveries.flush()
    assert receiver.bodies == ["a", "a", "c", "b"]


def test_a_reset_forgets_what_waits(lab: "Lab", clock: VirtualClock) -> None:
    sandbox = Sandbox(lab.notebook, clock=clock.now, sleep=clock.sleep)
    sandbox.deliveries.add(Delivery("http://127.0.0.1:9/nobody", b"{}", {}))
    lab.served.sandbox.deliveries.add(
        Delivery("http://127.0.0.1:9/nobody", b"{}", {}, due=clock.now().replace(year=2100))
    )
    assert lab.served.sandbox.deliveries.pending() == 1
    lab.ask("POST", "/_sandbox/reset")
    assert lab.served.sandbox.deliveries.pending() == 0


def test_in_process_they_are_sent_before_the_answer_is_given(
    deliveries: Deliveries, clock: VirtualClock, receivers: list["Receiver"], lab: "Lab"
) -> None:
    sandbox = Sandbox(lab.notebook, clock=clock.now, sleep=clock.sleep)
    sandbox.deliveries.add(Delivery(receivers[0].url, b'"a"', {}))
    sandbox.deliver()
    assert receivers[0].bodies == ["a"]
