"""Outgoing webhooks of an emulator: queued under its lock, sent outside it, with the faults that were asked for."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import requests

from pmsync.sandbox.faults import Faults, Kind


@dataclass(slots=True)
class Delivery:
    """One POST to a receiver. `retries` are the waits, in seconds, that the tool leaves before trying again."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    retries: tuple[float, ...] = ()
    retry_headers: Callable[[int], Mapping[str, str]] = lambda attempt: {}
    done: Callable[[int | None], None] = lambda status: None
    """Told the status of every attempt (None: no answer)."""
    timeout: float = 10.0
    attempt: int = 0
    due: datetime | None = None


@dataclass(slots=True)
class Deliveries:
    """The queue. Nothing is sent until `flush`, which a running server calls after each answer and each second."""

    clock: Callable[[], datetime]
    faults: Faults = field(default_factory=Faults)
    outside: Callable[[], AbstractContextManager[None]] = nullcontext
    """Lets go of the sandbox's lock for a while."""
    _queue: list[Delivery] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, delivery: Delivery) -> None:
        """Queue a delivery for the next flush; twice, or before the one in front, where such a fault strikes."""
        with self._lock:
            delivery.due = delivery.due or self.clock()
            place = len(self._queue)
            if place and self.faults.happens(Kind.REORDER_WEBHOOK):
                place -= 1
            self._queue.insert(place, delivery)
            if self.faults.happens(Kind.DUPLICATE_WEBHOOK):
                self._queue.insert(place, delivery)

    def handshake(
        self, method: str, url: str, headers: Mapping[str, str], *, timeout: float = 10.0
    ) -> requests.Response | None:
        """Call a receiver at once, for tools that ask it before they answer a new webhook's creation.

        The sandbox's lock is free meanwhile, so that the receiver may call the tool in turn: what the emulator read
        before may have changed after. None if no answer came.
        """
        with self.outside():
            try:
                return requests.request(method, url, headers=headers, timeout=timeout)
            except requests.RequestException:
                return None

    def pending(self) -> int:
        """How many deliveries wait, retries among them."""
        with self._lock:
            return len(self._queue)

    def flush(self) -> None:
        """Send what is due. Called from several threads; each delivery is taken by one."""
        for delivery in self._take():
            status = self._send(delivery)
            delivery.done(status)
            answered = status is not None and 200 <= status < 300
            if not answered and delivery.attempt < len(delivery.retries):
                delivery.due = self.clock() + timedelta(seconds=delivery.retries[delivery.attempt])
                delivery.attempt += 1
                with self._lock:
                    self._queue.append(delivery)

    def _take(self) -> list[Delivery]:
        with self._lock:
            now = self.clock()
            due = [delivery for delivery in self._queue if delivery.due is None or delivery.due <= now]
            self._queue = [delivery for delivery in self._queue if delivery.due and delivery.due > now]
            return due

    @staticmethod
    def _send(delivery: Delivery) -> int | None:
        headers = {**delivery.headers, **delivery.retry_headers(delivery.attempt)}
        try:
            return requests.post(
                delivery.url, data=delivery.body, headers=headers, timeout=delivery.timeout
            ).status_code
        except requests.RequestException:
            return None
