"""Taking on what arrives, much of it in one transaction: a commit takes longer than all that is in it.

Whoever brings something waits for the commit of it. While one is under way, what comes meanwhile gathers, and is the
next.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

from pmsync.errors import LockedError

T = TypeVar("T")

_TOGETHER: Final = 200
_WAITING: Final = 2000
"""How much may wait. Beyond, whoever brings more is to come again: they would not wait so long."""

log = logging.getLogger("pmsync.jobs")


class Intake(Generic[T]):
    """One thread that keeps what is brought."""

    def __init__(
        self, keep: Callable[[Sequence[T]], Sequence[bool]], *, together: int = _TOGETHER, waiting: int = _WAITING
    ) -> None:
        """`keep`: keeps all that it is given, or raises and keeps nothing; for each, whether it was new."""
        self._keep = keep
        self._together = together
        self._queue: queue.Queue[tuple[T, Future[bool]] | None] = queue.Queue(waiting)
        self._lock = threading.Lock()
        self._closed = True
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._closed = False
        self._thread.start()

    def stop(self) -> None:
        """End, when all that was brought is kept."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._queue.put(None)
        self._thread.join()

    def bring(self, one: T) -> Future[bool]:
        """Bring something. The answer comes when it is kept: whether it was new. Or it is why it could not be kept.

        Raises LockedError where too much waits already, or nothing is taken on any more.
        """
        answer: Future[bool] = Future()
        with self._lock:
            if self._closed:
                raise LockedError("The service is stopping")
            try:
                self._queue.put_nowait((one, answer))
            except queue.Full:
                raise LockedError("More arrives than can be kept just now") from None
        return answer

    def _run(self) -> None:
        open_ = True
        while open_:
            batch, open_ = self._gather()
            # Whoever no longer waits for an answer brings it again.
            batch = [(one, answer) for one, answer in batch if answer.set_running_or_notify_cancel()]
            if batch:
                self._take(batch)

    def _gather(self) -> tuple[list[tuple[T, Future[bool]]], bool]:
        """What waits, once there is something; and whether more may come."""
        batch: list[tuple[T, Future[bool]]] = []
        found = self._queue.get()
        while found is not None:
            batch.append(found)
            if len(batch) >= self._together:
                return batch, True
            try:
                found = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _take(self, batch: Sequence[tuple[T, Future[bool]]]) -> None:
        try:
            new = self._keep([one for one, _ in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the answer is asked for
            self._fail(batch, error)
            return
        for (_, answer), first in zip(batch, new, strict=True):
            answer.set_result(first)

    def _fail(self, batch: Sequence[tuple[T, Future[bool]]], error: Exception) -> None:
        if len(batch) == 1 or isinstance(error, LockedError):
            for _, answer in batch:
                answer.set_exception(error)
            return
        log.warning("%s deliveries could not be kept together, and are now kept one by one: %s", len(batch), error)
        for one in batch:
            self._take([one])
