"""Every error, named by its remedy: what the person, or the engine, does next.

    PmsyncError
      ConfigError        edit a file (every problem at once, each with file, line and key)
      AuthError          renew a token, or grant it a right
      TransientError     wait, then the same call may succeed
        UnknownOutcomeError   the same, but the write may already have taken effect
      StaleError         the world moved: read again, decide again
      RejectedError      skip this item (or this field of it) and report
      FatalError         stop this side
      GuardError         a pass would do more than its limits allow: look, then raise the limit
      LockedError        another pass is at work: try again when it is done
      StateError         the state cannot be used: free the disk, fix the rights, or install the newer pmsync

The first argument is a sentence for a person. `connection`, `item` and `field` say where, as far as known.
No error carries a credential: connectors redact before they raise.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class PmsyncError(Exception):
    """What every error here is. Caught at the command line and shown without a traceback."""

    kind = "error"

    def __init__(self, message: str, *, connection: str = "", item: str = "", field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.connection = connection
        self.item = item
        self.field = field

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in a file. `line` counts from 1; 0 is unknown. `key` is a dotted path."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(PmsyncError):
    """A file of the user's says something that cannot be. Carries all its problems, not just the first."""

    kind = "config"

    def __init__(self, message: str = "", problems: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        lines = [message] if message else []
        super().__init__("\n".join([*lines, *(str(problem) for problem in self.problems)]))


class AuthError(PmsyncError):
    """A tool refuses the credentials, or they lack a right."""

    kind = "auth"


class TransientError(PmsyncError):
    """The tool could not serve the call now. `after`: seconds to wait as the tool asked, None if it did not."""

    kind = "transient"

    def __init__(
        self,
        message: str,
        *,
        after: float | None = None,
        connection: str = "",
        item: str = "",
        field: str = "",
    ) -> None:
        super().__init__(message, connection=connection, item=item, field=field)
        self.after = after


class UnknownOutcomeError(TransientError):
    """A write was sent and its answer never came, or was no answer: it may or may not have taken effect."""

    kind = "unknown-outcome"


class StaleError(PmsyncError):
    """What was decided on is no longer what the tool shows."""

    kind = "stale"


class RejectedError(PmsyncError):
    """The tool, or the mapping, cannot take this item or field as it is; the others go on."""

    kind = "rejected"


class FatalError(PmsyncError):
    """This connection cannot be worked with in this pass: project gone, answers that make no sense."""

    kind = "fatal"


class GuardError(PmsyncError):
    """The pass was stopped before its first write, because it would change more than its limits."""

    kind = "guard"


class LockedError(PmsyncError):
    """Another pmsync holds the lock on this state."""

    kind = "locked"


class StateError(PmsyncError):
    """The state cannot be opened or written."""

    kind = "state"
