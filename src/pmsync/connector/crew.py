"""Several calls under way at once, or, where the same run must take the same course every time, one after another."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_ALONE: ContextVar[bool] = ContextVar("alone", default=False)


@contextmanager
def alone() -> Iterator[None]:
    """Have everything inside done by the calling thread, in the order in which it is asked for. For simulations."""
    token = _ALONE.set(True)
    try:
        yield
    finally:
        _ALONE.reset(token)


def gather(tasks: Sequence[Callable[[], T]], workers: int, name: str) -> list[Future[T]]:
    """Do the tasks, at most `workers` at once, and wait for all of them. A task's error is in its future.

    What is no `Exception` (the process is to end) goes through at once where they are done one after another.
    """
    if _ALONE.get() or workers <= 1 or len(tasks) <= 1:
        return [_done(task) for task in tasks]
    with ThreadPoolExecutor(min(workers, len(tasks)), thread_name_prefix=name) as pool:
        return [pool.submit(task) for task in tasks]


def results(tasks: Sequence[Callable[[], T]], workers: int, name: str) -> list[T]:
    """Do the tasks as `gather` does. Raises the first one's error once all have ended."""
    return [future.result() for future in gather(tasks, workers, name)]


def _done(task: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()
    try:
        future.set_result(task())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the result is asked for
        future.set_exception(error)
    return future


def pool(workers: int, name: str) -> Executor:
    """Hands for calls side by side, for as long as a connection is open; within `alone` those of the caller."""
    return _Caller() if _ALONE.get() else ThreadPoolExecutor(workers, thread_name_prefix=name)


class _Caller(Executor):
    """Does each task when it is handed in."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do it now."""
        return _done(lambda: fn(*args, **kwargs))
