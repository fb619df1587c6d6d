"""A process that goes on twice from one moment: in a branch, which tells what came of it and ends; and then here."""

import gc
import os
import pickle
import signal
import traceback
import warnings
from types import TracebackType
from typing import Any, NoReturn, Self


class Branches:
    """Makes branches of this process, one after another, and none of a branch. A context manager around all of them.

    Whatever leaves the context in a branch ends it there: nothing of what surrounds it is ever done twice. What a
    branch has in memory is its own; its files are not.
    """

    def __init__(self) -> None:
        self._telling: int | None = None

    @property
    def inside(self) -> bool:
        """Whether this is a branch."""
        return self._telling is not None

    def branch(self) -> Any:
        """Answers None in a new branch; and here, once that has ended, what it told."""
        told, telling = os.pipe()
        with warnings.catch_warnings():
            # Other threads of the process, pytest-xdist's, hold nothing that a branch needs.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            os.close(told)
            # It does not live long enough to have to be tidy, which would copy much of the memory that it shares.
            gc.disable()
            self._telling = telling
            return None
        os.close(telling)
        return _awaited(child, told)

    def tell(self, told: object) -> NoReturn:
        """End this branch."""
        assert self._telling is not None
        with os.fdopen(self._telling, "wb") as pipe:
            pickle.dump(told, pipe, pickle.HIGHEST_PROTOCOL)
        os._exit(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.inside:
            self.tell(Broken("".join(traceback.format_exception(error)) if error else "it told nothing"))


class Broken(AssertionError):
    """A branch ended otherwise than it should have."""


def _awaited(child: int, told: int) -> Any:
    try:
        with os.fdopen(told, "rb") as pipe:
            answer = pipe.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    if not answer:
        raise Broken(f"a branch ended with {os.waitstatus_to_exitcode(status)}")
    came = pickle.loads(answer)
    if isinstance(came, Broken):
        raise came
    return came
