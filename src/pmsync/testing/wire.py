"""The line between the reference connector and its tool in memory: where calls are counted, struck and refused."""

from collections.abc import Callable

from pmsync.connector.api import Opening
from pmsync.errors import AuthError, FatalError, TransientError, UnknownOutcomeError
from pmsync.testing.tool import MemoryTool

Hook = Callable[[str], None]
"""Given `<connection>.<call>`: `engineering.update`, `engineering.changes`."""

_ATTEMPTS = 6


def nothing(name: str) -> None:
    """The hook that does nothing."""


class Wire:
    """The calls of one connection, as one of the tool's members."""

    def __init__(self, tool: MemoryTool, user: str, opening: Opening, before_io: Hook, after_io: Hook) -> None:
        self.requests = 0
        """How many calls were made."""
        self._tool = tool
        self._user = user
        self._opening = opening
        self._before_io = before_io
        self._after_io = after_io

    def enter(self, call: str) -> None:
        """A call arrives. Raises what the hook raises, AuthError and FatalError."""
        self.requests += 1
        self._before_io(self._name(call))
        if not self._user or self._user in self._tool.revoked:
            raise AuthError("the credentials are not good", connection=self._opening.connection)
        if call != "check" and self._user not in {member.username for member in self._tool.names.members}:
            raise FatalError("there is no such project for us", connection=self._opening.connection)

    def leave(self, call: str) -> None:
        """Its answer is on the way. Raises what the hook raises."""
        self._after_io(self._name(call))

    def read(self, call: str) -> None:
        """Try until it succeeds, six times at the most, without drawing lots: the same run waits the same."""
        for attempt in range(_ATTEMPTS):
            try:
                self.enter(call)
                self.leave(call)
                return
            except TransientError as error:
                wait = 2.0**attempt if error.after is None else error.after
                if attempt == _ATTEMPTS - 1 or wait > self._opening.patience:
                    raise
                self._opening.clock.sleep(wait)

    def write(self, call: str, effect: Callable[[], None]) -> None:
        """Once. Raises UnknownOutcomeError where it took effect and the answer is lost."""
        self.enter(call)
        effect()
        try:
            self.leave(call)
        except TransientError as error:
            raise self.unknown(error) from error

    def unknown(self, error: TransientError) -> UnknownOutcomeError:
        """What the loss of an answer is to the caller."""
        return UnknownOutcomeError(error.message, after=error.after, connection=self._opening.connection)

    def _name(self, call: str) -> str:
        return f"{self._opening.connection}.{call}"
