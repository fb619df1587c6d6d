"""The slow world: the real connectors and the vendors' clients over the three sandboxes, in this process."""

import json
import pickle
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inprocess import Call, Hooks, Reply, Unreachable
from tests.simulation.accounts import Accounts
from tests.simulation.chance import Swarm
from tests.simulation.chronicle import Chronicle
from tests.simulation.grounds import CONNECTIONS, NAMES, Grounds, grounds
from tests.simulation.ledger import Ledger
from tests.simulation.listings import Listings
from tests.simulation.talk import Talk
from tests.simulation.wishes import Wishes
from tests.simulation.world import Refused, Watcher

from pmsync.errors import TransientError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.sandbox.faults import Kind


class StackWorld:
    """See `World`."""

    def __init__(self, swarm: Swarm, rng: random.Random, folder: Path) -> None:
        self._grounds: Grounds = grounds(folder)
        self._up = self._grounds.up
        self._grounds.begin(swarm)
        self.clock = self._up.clock
        self.ledger = Ledger()
        self.talk: Talk | None = None
        self.connections: Sequence[str] = tuple(CONNECTIONS)
        self.us: Mapping[str, str] = self._grounds.us
        self.config = self._grounds.config(swarm)
        self.plain = False
        self.history: Mapping[str, frozenset[Field]] = {
            name: one.capabilities.history for name, one in self._grounds.observers.items()
        }
        self._accounts = Accounts(self._grounds)
        self._chronicle = Chronicle(self.ledger, self._accounts, self._grounds.calling)
        self._wishes = Wishes(swarm, rng, self._grounds)
        self._rng = rng
        self._watcher: Watcher | None = None
        self._locked: set[str] = set()
        self._listings = Listings(self._accounts, self.clock)
        self._up.hooks = _Between(self)

    def watch(self, watcher: Watcher | None) -> None:
        """See `World`."""
        self._watcher = watcher

    def objects(self, connection: str) -> Mapping[str, Native]:
        """See `World`."""
        return self._accounts.now(connection)

    def choices(self, connection: str, identity: str, name: Field) -> Sequence[Json]:
        """See `World`."""
        now = self.objects(connection)[identity]
        if name not in now.fields or identity in self._grounds.veils[connection].hidden():
            return ()
        with self._up.aside():
            values = self._wishes.values(connection, now, name, self._hands(connection))
        return [value for value in values if value != now.fields[name]]

    def create(self, connection: str, title: str) -> str:
        """See `World`."""
        made: list[str] = []
        with self._done(connection):
            made.append(self._hands(connection).create(title))
        return made[0]

    def edit(self, connection: str, identity: str, name: Field, value: Json) -> None:
        """See `World`."""
        with self._done(connection):
            self._hands(connection).edit(self._seen(connection, identity), name, value)

    def copy(self, connection: str, identity: str) -> None:
        """See `World`."""
        with self._done(connection):
            self._hands(connection).copy(self._seen(connection, identity))

    def archive(self, connection: str, identity: str) -> None:
        """See `World`."""
        with self._done(connection):
            self._hands(connection).archive(self._seen(connection, identity))

    def delete(self, connection: str, identity: str) -> None:
        """See `World`."""
        with self._done(connection):
            self._hands(connection).delete(self._seen(connection, identity))

    def leave(self, connection: str, identity: str) -> None:
        """See `World`."""
        with self._done(connection):
            self._hands(connection).leave(self._seen(connection, identity))

    def hide(self, connection: str, identity: str, *, hidden: bool) -> None:
        """See `World`."""
        veil = self._grounds.veils[connection]
        (veil.hide if hidden else veil.show)(identity)

    def lock_out(self, connection: str, *, out: bool) -> None:
        """See `World`."""
        (self._locked.add if out else self._locked.discard)(connection)

    def skip_a_row(self, connection: str, identity: str) -> None:
        """See `World`."""
        self._listings.pass_over(connection, identity)

    def grow_stale(self, connection: str, seconds: float) -> None:
        """See `World`."""
        self._listings.grow_stale(connection, seconds)

    def keep(self) -> bytes:
        """See `World`."""
        known = self._accounts.known, self._listings.past
        kept = self._grounds.held(), known, self.ledger.entries, self.clock.monotonic()
        return pickle.dumps(kept, pickle.HIGHEST_PROTOCOL)

    def lay(self, kept: bytes) -> None:
        """See `World`."""
        held, known, self.ledger.entries, elapsed = pickle.loads(kept)
        self._accounts.known, self._listings.past = known
        self._grounds.hold(held)
        self.clock.advance(elapsed)

    def mend(self) -> None:
        """See `World`."""
        self._locked.clear()
        self._listings.mend()
        for veil in self._grounds.veils.values():
            for identity in veil.hidden():
                veil.show(identity)

    def close(self) -> None:
        """See `World`. The sandboxes stay up for the next one."""
        self._up.hooks = Hooks()
        self.mend()

    @contextmanager
    def _done(self, connection: str) -> Iterator[None]:
        """Something that a person does, whether all of it succeeds or not."""
        self._accounts.now(connection)
        try:
            with self._up.aside():
                yield
        except AssertionError as error:
            raise Refused(str(error)) from None
        finally:
            self._chronicle.record(connection, ours=False)

    def _hands(self, connection: str) -> Any:
        return self._grounds.hands(connection, self._rng.choice(NAMES))

    def _seen(self, connection: str, identity: str) -> Native:
        now = self.objects(connection).get(identity)
        if now is None or identity in self._grounds.veils[connection].hidden():
            raise Refused("it is out of sight")
        return now

    # --- what happens between pmsync and the tools ----------------------------------------------------------------

    def arriving(self, call: Call) -> Reply | None:
        """A request of pmsync's is about to arrive."""
        connection = self._grounds.connection(call.tool)
        trouble = self._trouble(connection, call, self._told(lambda one: one.before))
        if trouble is not None:
            return self._failing(call, trouble)
        if connection in self._locked:
            return _turned_away(call.tool)
        self._accounts.now(connection)
        return None

    def answered(self, call: Call, reply: Reply) -> Reply:
        """A request of pmsync's took effect."""
        connection = self._grounds.connection(call.tool)
        if call.is_write and reply.status < 400:
            self._chronicle.record(connection, ours=True)
        reply = self._listings.shown(connection, call, reply)
        trouble = self._trouble(connection, call, self._told(lambda one: one.after))
        return reply if trouble is None else self._spoilt(call, reply)

    def _told(self, which: Callable[[Watcher], Callable[..., None]]) -> Callable[..., None]:
        return which(self._watcher) if self._watcher is not None else lambda *args, **more: None

    def _trouble(self, connection: str, call: Call, tell: Callable[..., None]) -> TransientError | None:
        try:
            with self._up.watched():
                tell(connection, self._grounds.calling.name or call.route, writes=call.is_write)
        except TransientError as error:
            return error
        return None

    def _failing(self, call: Call, trouble: TransientError) -> Reply:
        """A failure without an effect, of the kind that was asked for, or of any."""
        if trouble.after is not None:
            return self._grounds.failure(call.tool, Kind.TOO_MANY, trouble.after)
        kind = self._rng.randrange(4)
        if kind == 0:
            return self._grounds.failure(call.tool, Kind.ERROR, None)
        if kind == 1:
            raise Unreachable("nobody is there")
        raise self._broken_off(call, late=kind == 2)

    def _spoilt(self, call: Call, reply: Reply) -> Reply:
        """An answer that is lost, or of no use."""
        kind = self._rng.randrange(5)
        if kind == 0:
            return self._grounds.failure(call.tool, Kind.ERROR, None)
        if kind == 1:
            return reply.holding(b"<html>confused</html>")
        if kind == 2:
            return reply.holding(reply.body[:-1], cut=True)
        raise self._broken_off(call, late=kind == 3)

    def _broken_off(self, call: Call, *, late: bool) -> OSError:
        if not late:
            return ConnectionResetError("reset")
        self.clock.advance(call.timeout or 30.0)
        return TimeoutError("timed out")


class _Between(Hooks):
    """Lets the world have its say about each request."""

    def __init__(self, world: StackWorld) -> None:
        self._world = world

    def before(self, call: Call) -> Reply | None:
        """See `Hooks`."""
        return self._world.arriving(call)

    def after(self, call: Call, reply: Reply) -> Reply:
        """See `Hooks`."""
        return self._world.answered(call, reply)


def _turned_away(tool: str) -> Reply:
    """The tool's word for credentials that do not count."""
    if tool == "trello":
        return Reply(401, (("Content-Type", "text/plain"),), b"invalid token")
    told = {"jira": {"errorMessages": ["You are not signed in."]}, "asana": {"errors": [{"message": "Not Authorized"}]}}
    return Reply(401, (("Content-Type", "application/json"),), json.dumps(told[tool]).encode())
