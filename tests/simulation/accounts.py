"""What there is in the real tools, read behind everybody's back and kept until something changes."""

from collections.abc import Mapping

from tests.simulation.grounds import Grounds
from tests.simulation.veil import identities

from pmsync.model.native import Native


class Accounts:
    """The natives of all items, by connection."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self.known: dict[str, dict[str, Native]] = {}
        """As they were when somebody last looked."""

    def now(self, connection: str) -> Mapping[str, Native]:
        """As they are, if nothing changed that `renew` was not called for."""
        return self.known[connection] if connection in self.known else self.renew(connection)

    def renew(self, connection: str) -> Mapping[str, Native]:
        """Read them again. What is hidden is as it was."""
        hidden = self._grounds.veils[connection].hidden()
        known = self.known.get(connection, {})
        with self._grounds.up.aside():
            ids = identities(self._grounds.emulator(connection))
            found = dict(self._grounds.observers[connection].fetch(ids).found) if ids else {}
        found |= {one: known[one] for one in hidden if one in known}
        self.known[connection] = dict(sorted(found.items(), key=lambda one: (one[1].created_at, one[0])))
        return self.known[connection]
