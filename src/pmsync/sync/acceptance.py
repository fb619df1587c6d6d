"""Whether what decides how values are translated is what was accepted last: a change is shown before it is acted on."""

from functools import cached_property

from pmsync.errors import GuardError
from pmsync.mapping.bind import fingerprint
from pmsync.sync.members import Bench

_CHANGED = (
    "the mapping, the people or the zone changed since the last pass: look at `pmsync plan`, "
    "then run `pmsync sync --accept-mapping`"
)


class Acceptance:
    """The members' mappings, the people and the zone, against those `accepted`: None before the first pass."""

    def __init__(self, bench: Bench, accepted: str | None, *, now: bool) -> None:
        """`now`: this run accepts them as they are."""
        self._bench = bench
        self._accepted = accepted
        self._now = now

    @cached_property
    def fingerprint(self) -> str:
        """What they come to."""
        config, members = self._bench.config, self._bench.members.values()
        found = [fingerprint(member.connection.mapping, config.people, config.zone.key) for member in members]
        return "/".join(one[:16] for one in found)

    @property
    def changed(self) -> bool:
        """Whether they are no longer what was accepted."""
        return self._accepted is not None and self._accepted != self.fingerprint

    def objections(self) -> list[str]:
        """Why a pass may not begin with them, and what to do about it."""
        return [_CHANGED] if self.changed and not self._now else []

    def refuse(self) -> None:
        """Raises GuardError where they changed: a run over single items accepts nothing."""
        if self.changed:
            raise GuardError(f"Stopped before the first write: {_CHANGED}")
