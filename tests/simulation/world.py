"""What the simulation needs of a world: tools with people at work in them, told in the connectors' native values."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from tests.simulation.ledger import Ledger
from tests.simulation.talk import Talk

from pmsync.config.settings import Config
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.testing.clock import VirtualClock


class Crash(BaseException):
    """The process is gone, here and now. No `Exception`: nothing in the product may catch it."""


class Refused(Exception):
    """A tool did not let a person do what they wanted. Nothing happened."""


class Watcher(Protocol):
    """Told of every call to a tool, just before it arrives and just after it took effect. May raise: see `Fault`."""

    def before(self, connection: str, call: str, *, writes: bool) -> None:
        """A call is about to arrive. Raising here is a failure without an effect."""
        ...

    def after(self, connection: str, call: str, *, writes: bool) -> None:
        """A call took effect, and its answer is on the way. Raising here loses the answer."""
        ...


class World(Protocol):
    """Three tools. What people do in them never fails by a fault, costs nothing, and is in the ledger."""

    clock: VirtualClock
    config: Config
    ledger: Ledger

    @property
    def talk(self) -> Talk | None:
        """What people say about items, where that is played."""
        ...

    @property
    def connections(self) -> Sequence[str]:
        """The tools."""
        ...

    @property
    def us(self) -> Mapping[str, str]:
        """By connection: the id of pmsync's own account."""
        ...

    @property
    def history(self) -> Mapping[str, frozenset[Field]]:
        """By connection: the fields whose past the tool tells."""
        ...

    @property
    def plain(self) -> bool:
        """Whether the tools keep everything just as it is sent."""
        ...

    def watch(self, watcher: Watcher | None) -> None:
        """From now on tell this watcher of every call, or nobody."""
        ...

    def objects(self, connection: str) -> Mapping[str, Native]:
        """Everything that exists there, as it is now."""
        ...

    def choices(self, connection: str, identity: str, name: Field) -> Sequence[Json]:
        """Native values that a person could give the field now; none where there is nothing to choose."""
        ...

    def create(self, connection: str, title: str) -> str:
        """Somebody makes an item. Answers its id."""
        ...

    def edit(self, connection: str, identity: str, name: Field, value: Json) -> None:
        """Somebody changes a field. Raises Refused."""
        ...

    def copy(self, connection: str, identity: str) -> None:
        """Somebody copies an item, with everything on it. Raises Refused where the tool has no such thing."""
        ...

    def archive(self, connection: str, identity: str) -> None:
        """Somebody puts an item away. Raises Refused."""
        ...

    def delete(self, connection: str, identity: str) -> None:
        """Somebody deletes an item. Raises Refused."""
        ...

    def leave(self, connection: str, identity: str) -> None:
        """Somebody moves an item out of what pmsync may see to elsewhere. Raises Refused."""
        ...

    def hide(self, connection: str, identity: str, *, hidden: bool) -> None:
        """An item becomes invisible to pmsync (a security level, a private section), or visible again."""
        ...

    def lock_out(self, connection: str, *, out: bool) -> None:
        """pmsync's credentials no longer count there, or do again."""
        ...

    def skip_a_row(self, connection: str, identity: str) -> None:
        """The next listing passes over an item, as paging by offset does."""
        ...

    def grow_stale(self, connection: str, seconds: float) -> None:
        """The next listing is as it was so long ago."""
        ...

    def keep(self) -> bytes:
        """What is in the tools, the ledger and the clock, while nothing is out of the usual."""
        ...

    def lay(self, kept: bytes) -> None:
        """Have in the tools, the ledger and the clock what was kept in another world of the kind."""
        ...

    def mend(self) -> None:
        """Everything is visible again, and pmsync may come in everywhere."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...
