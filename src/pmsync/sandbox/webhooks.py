"""Outgoing webhooks of an emulator: queued under its lock, sent outside it, with the faults that were asked for."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

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
    """The queue. Nothing is sent until `flush`, which a running server's own thread does, soon after each answer."""

    clock: Callable[[], datetime]
    faults: Faults = field(default_factory=Faults)
    outside: Callable[[], AbstractContextManager[None]] = nullcontext
    """Lets go of the sandbox's lock for a while."""
    inside: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Takes the sandbox's lock for a while: an emulator is told of a delivery's outcome under it."""
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
                self._queue.insert(place, replace(delivery))

    def clear(self) -> None:
        """Forget what waits."""
        with self._lock:
            self._queue.clear()

    def handshake(
        self, method: str, url: str, headers: Mapping[str, str], *, timeout: float = 10.0
    ) -> requests.Response | None:
        """Call a receiver at once, for tools that ask it before they answer a new webhook's creation.

        The sandbox's lock is free meanwhile, so that the receiver may call the tool in turn: what the emulator read
        before may have changed after. None if no answer came.
        """
        with self.outside():
            return _call(method, url, headers, timeout)

    def pending(self) -> int:
        """How many deliveries wait, retries among them."""
        with self._lock:
            return len(self._queue)

    def flush(self, *, parallel: bool = False) -> None:
        """Send what is due. Called from several threads; each delivery is taken by one.

        `parallel`: receivers do not wait for one another, though each still gets its deliveries in order.
        """
        due = self._take()
        by_url: dict[str, list[Delivery]] = {}
        for delivery in due:
            by_url.setdefault(delivery.url, []).append(delivery)
        if parallel and len(by_url) > 1:
            with ThreadPoolExecutor(min(len(by_url), 8), thread_name_prefix="webhook") as pool:
                for _ in pool.map(self._deliver, by_url.values()):
                    pass
        else:
            self._deliver(due)

    def _deliver(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            status = self._send(delivery)
            with self.inside():
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
        response = _call("POST", delivery.url, headers, delivery.timeout, delivery.body)
        return None if response is None else response.status_code


def _call(
    method: str, url: str, headers: Mapping[str, str], timeout: float, body: bytes | None = None
) -> requests.Response | None:
    with requests.Session() as session:
        # A proxy of the surroundings is not on the way to a receiver beside us, and a redirect is no acceptance.
        session.trust_env = False
        try:
            return session.request(method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False)
        except requests.RequestException:
            return None
