"""Is this state the one that wrote last? If not, it was restored, lost or copied, or another pmsync is at work.

A fence is put up before the first write of a pass: in the audit log, and, where the last one is not fresh, in each tool
that has a place for one. What is found there by the next pass that writes is compared with the state:

* the state's own fence, or an older one of its own: all is well;
* a newer one of its own: the state was restored from a backup;
* another installation's, which used this very place or has not written for a long time: that one's state was lost;
* another installation's that is alive, or a newer one of our own that was put up from another place: somebody else is
  at work, and this pass stops before its first write.

After a restored or lost state nothing that is remembered of values is trusted: all items are compared afresh. There is
no way to put a fence up only if nobody else did meanwhile, so it is read again where that could be: the loser stops.
"""

import hashlib
import json
import platform
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from urllib.parse import urlsplit, urlunsplit

from pmsync.errors import GuardError, PmsyncError
from pmsync.model.fence import Fence
from pmsync.store.audit import AuditLog
from pmsync.sync.members import Bench, Member
from pmsync.sync.report import Report

ALIVE = timedelta(days=7)
"""How long an installation that has written nothing is taken to be at work still: quiet weeks are rare."""

FRESH = timedelta(hours=1)
"""How long a fence in a tool is left as it is: writing it costs a request. The audit log has one of every pass."""

_KIND = "fence"


class Standing(Enum):
    """What a fence says of the state that meets it."""

    SOUND = "sound"
    REWOUND = "rewound"
    """The state is older than the fence, or new: what it remembers, or does not, is not the last word."""
    TAKEN = "taken"
    """Somebody else is at work."""


@dataclass(frozen=True, slots=True)
class Self:
    """What a state knows of itself."""

    instance: str
    epoch: int
    place: str
    inherited: dict[str, int]
    """The installations that it has taken over from, and the last epoch of each."""
    predecessor: str = ""
    """The installation that used this very place before, by the audit log."""


def judge(fence: Fence, own: Self, now: datetime, alive: timedelta = ALIVE) -> Standing:
    """Compare a fence with a state."""
    dead = now - fence.written_at > alive
    if fence.instance == own.instance:
        if fence.epoch <= own.epoch:
            return Standing.SOUND
        return Standing.REWOUND if dead or fence.place == own.place else Standing.TAKEN
    if fence.epoch <= own.inherited.get(fence.instance, -1):
        return Standing.SOUND
    return Standing.REWOUND if dead or fence.instance == own.predecessor else Standing.TAKEN


def place_of(state: str) -> str:
    """Where a state is, as a digest: its URL without credentials; for a file, on this machine."""
    parts = urlsplit(state)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    machine = platform.node() if parts.scheme == "sqlite" else ""
    return hashlib.blake2b(f"{machine}\n{bare}".encode(), digest_size=8).hexdigest()


def rebased(sync: str) -> str:
    """The fact that says when the state was last found to have forgotten something."""
    return f"rebased {sync}"


class Fencing:
    """One pass's dealings with fences."""

    def __init__(self, bench: Bench, audit: AuditLog, report: Report) -> None:
        self._bench = bench
        self._store = bench.store
        self._audit = audit
        self._report = report
        self._sync = bench.sync.name
        self._alive = max(ALIVE, 2 * timedelta(seconds=bench.config.polling.deep))
        self._place = place_of(bench.config.state)
        self._seen: dict[str, Fence | None] = {}
        self._claimed = False
        self.rewound: Fence | None = None
        """The fence that shows that the state was restored or lost, until `rebase` has dealt with it."""

    @cached_property
    def _logged(self) -> Fence | None:
        return Fence.from_json(self._audit.latest(_KIND, sync=self._sync))

    def recall(self, *, rehearse: bool = False) -> None:
        """Look into the audit log, which asks no tool. Raises GuardError where somebody else is at work.

        In a rehearsal, which writes nothing, that is only told.
        """
        if self._is_sure("recalled"):
            return
        if self._logged is not None:
            self._weigh(self._logged, "by the audit log", rehearse=rehearse)
        if self._bench.resident is not None and self.rewound is None:
            self._bench.resident.made_sure(self._fact("recalled"))

    def look(self, *, rehearse: bool = False) -> bool:
        """Look into the tools, once a pass, before it writes. True if the state turns out to be restored or lost.

        Raises GuardError as `recall`. A tool that cannot be asked is not worked with in this pass.
        """
        for member in self._places():
            if member.name not in self._seen:
                fence = self._ask(member)
                if fence is not None:
                    self._weigh(fence, f"to {member.name}", rehearse=rehearse)
        return self.rewound is not None

    def rebase(self) -> None:
        """Go on from the fence that was found: trust nothing of what is remembered of values."""
        fence = self.rewound
        if fence is None:
            return
        self._inherit([fence])
        self._report.warn(self._told(fence))
        self.rewound = None

    def claim(self) -> None:
        """Put the fence up, before the first write of a pass. Raises GuardError where somebody else is at work."""
        if self._claimed or self._is_sure("claimed"):
            return
        if self.look():
            self.rebase()
            raise GuardError(
                "Stopped before the first write: this state is older than what was written last, so all items are"
                " compared afresh: run `pmsync sync`"
            )
        own = self._own()
        fence = Fence(self._sync, own.instance, own.epoch + 1, self._bench.clock.now(), own.place)
        # Here first: a crash right after leaves a state that is newer than the fence, which is harmless.
        self._store.progress.put_fact(self._fact("epoch"), str(fence.epoch))
        told = fence.as_json()
        self._audit.append(_KIND, fence.written_at, **told)
        self._audit.sync()
        for member in self._places():
            self._put_up(member, fence)
        self._claimed = True
        if self._bench.resident is not None:
            self._bench.resident.made_sure(self._fact("claimed"))

    def take_over(self) -> list[Fence]:
        """Go on from whatever fence there is, by a person's will. Gives those that were not this state's own.

        Raises what a tool raises that cannot be asked.
        """
        found = [one for one in (self._logged, *(m.connector.read_fence(self._sync) for m in self._places())) if one]
        self._inherit(found)
        return [one for one in found if one.instance != self._store.instance]

    def _places(self) -> list[Member]:
        return [one for one in self._bench.usable if one.connector.capabilities.fence]

    def _weigh(self, fence: Fence, where: str, *, rehearse: bool) -> None:
        match judge(fence, self._own(), self._bench.clock.now(), self._alive):
            case Standing.REWOUND:
                if self.rewound is None or fence.epoch > self.rewound.epoch:
                    self.rewound = fence
            case Standing.TAKEN if rehearse:
                self._report.warn(f"the guard would stop this: {self._occupied(fence, where)}")
            case Standing.TAKEN:
                raise GuardError(f"Stopped before the first write: {self._occupied(fence, where)}")
            case Standing.SOUND:
                pass

    def _own(self) -> Self:
        last = self._logged
        facts = self._store.progress.facts(self._fact("inherited"), self._fact("epoch"))
        inherited = json.loads(facts.get(self._fact("inherited")) or "{}")
        return Self(
            instance=self._store.instance,
            epoch=int(facts.get(self._fact("epoch")) or 0),
            place=self._place,
            inherited={str(name): int(epoch) for name, epoch in inherited.items()},
            predecessor=last.instance if last is not None and last.place == self._place else "",
        )

    def _inherit(self, fences: list[Fence]) -> None:
        own = self._own()
        inherited = dict(own.inherited)
        for fence in fences:
            if fence.instance != own.instance:
                inherited[fence.instance] = max(fence.epoch, inherited.get(fence.instance, 0))
        epoch = max([own.epoch, *(fence.epoch for fence in fences)])
        with self._store.transaction("rebase"):
            self._store.progress.put_fact(self._fact("epoch"), str(epoch))
            self._store.progress.put_fact(self._fact("inherited"), json.dumps(inherited, sort_keys=True))
            now = self._bench.clock.now()
            self._store.progress.put_fact(rebased(self._sync), now.isoformat())
            self._store.replicas.distrust_all(self._sync, now)

    def _ask(self, member: Member) -> Fence | None:
        try:
            fence = member.connector.read_fence(self._sync)
        except PmsyncError as error:
            member.down = error
            self._report.lose(member.name, error)
            return None
        self._seen[member.name] = fence
        return fence

    def _put_up(self, member: Member, fence: Fence) -> None:
        before = self._seen.get(member.name)
        own = before is not None and (before.instance, before.place) == (fence.instance, fence.place)
        age = timedelta.max if before is None else fence.written_at - before.written_at
        if own and age < FRESH:
            return
        try:
            there = member.connector.write_fence(fence)
            # Whoever met a fence of ours stopped; only without one could two put theirs up at once.
            now = fence if not there or (own and age <= self._alive) else member.connector.read_fence(self._sync)
        except PmsyncError as error:
            member.down = error
            self._report.lose(member.name, error)
            return
        if now is not None and (now.instance, now.place) != (fence.instance, fence.place):
            raise GuardError(f"Stopped before the first write: {self._occupied(now, f'to {member.name}')}")

    def _is_sure(self, of: str) -> bool:
        resident = self._bench.resident
        return resident is not None and resident.is_sure(self._fact(of))

    def _fact(self, name: str) -> str:
        return f"{name} {self._sync}"

    def _told(self, fence: Fence) -> str:
        when = f"{fence.written_at:%Y-%m-%d %H:%M} UTC"
        if fence.instance == self._store.instance:
            what = f"this state is older than what was last written with it, on {when}: it was restored from a backup"
        else:
            what = f"this state did not write what was written last, on {when}: the one that did was lost or given up"
        return (
            f"{what}. What it remembers of the items is not relied on: all tools are compared afresh, and where they"
            " differ that is recorded as a conflict"
        )

    def _occupied(self, fence: Fence, where: str) -> str:
        when = f"{fence.written_at:%Y-%m-%d %H:%M} UTC"
        if fence.instance == self._store.instance:
            who = f"a copy of this state (instance {fence.instance}) is at work in another place"
        else:
            who = f"another pmsync (instance {fence.instance}; this is {self._store.instance}) is at work"
        return (
            f"{who} on the sync {self._sync!r}: it last wrote {where} on {when}. Two would undo each other's work: stop"
            " one of them. If the other one is gone for good, `pmsync rebuild` lets this one take over"
        )
