"""Retrying, once and in one place: only what may be sent twice, only as long as the tool's own word allows."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from pmsync.connector.pacing import Clock
from pmsync.errors import TransientError

T = TypeVar("T")

_ATTEMPTS = 6
_BOUND = wait_exponential(multiplier=0.25, max=20)


def retry_reads(call: Callable[[], T], *, clock: Clock, patience: float) -> T:
    """Make a call that changes nothing until it succeeds, or has failed six times, or asks for more than `patience`.

    Waits as long as the tool asked (`TransientError.after`), else a random time that doubles (full jitter). Whatever is
    not a `TransientError` is raised at once. Never give it a create.
    """
    try:
        return call()
    except TransientError as error:
        # Nearly every call succeeds at once, and needs none of what follows.
        failed: list[TransientError] = [error]

    def again() -> T:
        if failed:
            raise failed.pop()
        return call()

    def worth_it(error: BaseException) -> bool:
        return isinstance(error, TransientError) and (error.after is None or error.after <= patience)

    asked: float | None = None

    def delay(state: RetryCallState) -> float:
        nonlocal asked
        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, TransientError) else None
        return clock.jitter(_BOUND(state)) if asked is None else asked

    def rest(seconds: float) -> None:
        (clock.sleep if asked is None else clock.pace)(seconds)

    attempts = Retrying(
        retry=retry_if_exception(worth_it),
        wait=delay,
        stop=stop_after_attempt(_ATTEMPTS),
        sleep=rest,
        reraise=True,
    )
    return attempts(again)
