"""Who made the edits of a conflict, and when: from the tools' own histories, as far as they tell."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from pmsync.connector.api import Inspection
from pmsync.errors import PmsyncError
from pmsync.model.native import Event, Ref
from pmsync.reconcile.plan import Claim, Conflict
from pmsync.sync.decide import Planned
from pmsync.sync.members import Bench, Member

_MOST: Final = 50
"""How many items are looked at for it in one round: a name is a courtesy, and each costs a request."""
_BACK: Final = timedelta(days=30)


def name_authors(bench: Bench, plans: Sequence[Planned]) -> list[Planned]:
    """The same plans, with the authors in their conflicts where a tool can tell them."""
    looks = _Looks(bench)
    return [looks.named(one) if one.decision.conflicts else one for one in plans]


class _Looks:
    """Looks into histories: once into that of each replica, and not into too many."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._left = _MOST
        self._seen: dict[tuple[str, str], Inspection | None] = {}

    def named(self, planned: Planned) -> Planned:
        conflicts = tuple(self._conflict(planned, one) for one in planned.decision.conflicts)
        return replace(planned, decision=replace(planned.decision, conflicts=conflicts))

    def _conflict(self, planned: Planned, conflict: Conflict) -> Conflict:
        claims = tuple(self._claim(planned, conflict, one) for one in conflict.claims)
        return replace(conflict, claims=claims)

    def _claim(self, planned: Planned, conflict: Conflict, claim: Claim) -> Claim:
        member, replica = self._bench.members.get(claim.connection), planned.replica(claim.connection)
        name = conflict.field
        if member is None or replica is None or claim.pending or claim.actor is not None:
            return claim
        # What was never acknowledged may be years old: a first pass over full tools must not ask about each.
        if name not in replica.base or name not in member.connector.capabilities.history:
            return claim
        look = self._look(member, planned.item, Ref(replica.remote_id, replica.key, replica.url))
        events = [one for one in look.events if one.field == name] if look else []
        a_set = isinstance(claim.native, list)
        event = next((one for one in reversed(events) if a_set or one.after == claim.native), None)
        return _told(member, claim, event)

    def _look(self, member: Member, item: str, ref: Ref) -> Inspection | None:
        key = (member.name, item)
        if key not in self._seen:
            self._seen[key] = None
            if self._left and member.usable:
                self._left -= 1
                try:
                    self._seen[key] = member.connector.inspect(ref, self._bench.clock.now() - _BACK)
                except PmsyncError:
                    # The conflict is recorded all the same; whoever is down is found out where it matters.
                    return None
        return self._seen[key]


def _told(member: Member, claim: Claim, event: Event | None) -> Claim:
    if event is None or event.actor == member.account:
        return claim
    return replace(claim, actor=member.person(event.actor), at=event.at)
