"""Keeping inside Jira's rate limits: those that are documented, and what its headers say."""

from collections.abc import Mapping

from pmsync.connector.pacing import Budget, Clock, Pacer
from pmsync.errors import TransientError
from pmsync_jira.answers import wait_asked

_BURSTS = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
"""Requests a second that Jira Cloud lets one tenant send to an endpoint, by verb: the documented defaults."""

_NEAR = 0.8
_PER_ISSUE = "jira-per-issue-on-write"


class Limits:
    """The limits of one connection, shared by its threads."""

    def __init__(
        self, clock: Clock, *, patience: float, connection: str, budget: Budget | None = None, account: str = ""
    ) -> None:
        self._clock = clock
        self._patience = patience
        self._connection = connection
        self._pacers = {
            verb: Pacer(burst, 1.0, clock, budget=budget, name=f"jira {account} {verb}")
            for verb, burst in _BURSTS.items()
        }
        self._near: set[str] = set()
        self._blocked = 0.0

    def wait(self, verb: str) -> None:
        """Wait for a place; while a pause lasts that was longer than the connection's patience, say so instead."""
        left = self._blocked - self._clock.monotonic()
        if left > 0:
            raise TransientError("Jira asked for a pause that is not over", after=left, connection=self._connection)
        self._pacers[verb].wait()

    def heed(self, verb: str, headers: Mapping[str, str], status: int) -> None:
        """Take Jira's word about its limits: slower near one, and a pause where one is used up.

        A burst limit pauses its verb; a quota, or a limit that Jira does not name, everything; that of a single issue
        nothing else.
        """
        near = headers.get("X-RateLimit-NearLimit", "").lower() == "true"
        if near != (verb in self._near):
            (self._near.add if near else self._near.discard)(verb)
            self._pacers[verb].allow(int(_BURSTS[verb] * (_NEAR if near else 1)))
        reason = headers.get("RateLimit-Reason", "")
        asked = wait_asked(headers, self._clock.now())
        if asked is None and headers.get("X-RateLimit-Interval-Seconds", "").isdigit():
            asked = float(headers["X-RateLimit-Interval-Seconds"])
        used_up = status == 429 or headers.get("X-RateLimit-Remaining") == "0"
        if reason == _PER_ISSUE or not used_up or not asked:
            return
        if asked > self._patience:
            self._blocked = max(self._blocked, self._clock.monotonic() + asked)
            return
        for paused in [verb] if "burst" in reason else _BURSTS:
            self._pacers[paused].pause(asked)
