"""What a pass works with: each member of the sync, opened, with its names read and its mapping bound to them."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from pmsync.config.settings import Config, ConnectionConfig, MemberConfig, SyncConfig
from pmsync.connector.api import Connector, Opening
from pmsync.connector.pacing import Clock
from pmsync.connector.registry import plugin
from pmsync.errors import LockedError, PmsyncError
from pmsync.mapping.bind import Bound
from pmsync.mapping.lens import Lens
from pmsync.mapping.people import People
from pmsync.mapping.spec import shown_fields
from pmsync.mapping.values import Kinship
from pmsync.model.fields import Field
from pmsync.model.native import Native
from pmsync.model.vocabulary import Vocabulary
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.state import Direction
from pmsync.store.budget import SharedBudget, joined_budget
from pmsync.store.records import ConnectionMemory
from pmsync.store.store import Store
from pmsync.sync.binding import Tongue, binding_of, vocabulary_from
from pmsync.sync.resident import Resident

_PATIENCE = 10.0
"""How many seconds a person is let wait for an item that somebody else of those at work on the state has."""


def _kinship(store: Store, sync: str, connection: str) -> Kinship:
    """Which item a native id belongs to, and the other way round, in one connection."""

    def item_of(native: str) -> str | None:
        return elsewhere(connection, native)

    def native_of(item: str) -> str | None:
        return store.replicas.remote_ids(connection, [item]).get(item)

    def elsewhere(other: str, native: str) -> str | None:
        known = store.replicas.known(sync, other, [native]).get(native)
        return known.item if known else None

    return Kinship(item_of, native_of, elsewhere)


@dataclass(slots=True)
class Member:
    """One member at work. `down` is why it can no longer be worked with in this pass, if so."""

    name: str
    config: MemberConfig
    connection: ConnectionConfig
    connector: Connector
    directions: Mapping[Field, Direction]
    memory: ConnectionMemory
    """What the state knows of the connection."""
    account: str = ""
    vocabulary: Vocabulary | None = None
    bound: Bound | None = None
    renewed: bool = False
    """Whether its vocabulary was read in this pass."""
    down: PmsyncError | None = None
    sent_before: int = 0
    """How many requests the connection had sent when this run began."""

    @property
    def requests(self) -> int:
        """How many requests this run has sent; in a process with several at once, theirs among them."""
        return self.connector.requests() - self.sent_before

    @property
    def usable(self) -> bool:
        """Whether it can be worked with."""
        return self.down is None and self.bound is not None

    @property
    def lenses(self) -> Mapping[Field, Lens]:
        """The lens of each field that it has."""
        return self.bound.lenses if self.bound else {}

    def idle(self, bound: Bound) -> frozenset[Field]:
        """The fields that can only be read there, and are only to be written there."""
        return frozenset(name for name in bound.read_only if self.directions.get(name) is Direction.IN)

    def person(self, identity: str | None) -> str | None:
        """The name of an account in this tool; its id where the tool lists nobody of that id."""
        people = self.vocabulary.members if self.vocabulary else ()
        return next((one.name for one in people if one.id == identity and one.name), identity)


@dataclass(slots=True)
class Bench:
    """All members of one sync, and what they share. A context manager: leaving it closes the connections."""

    config: Config
    sync: SyncConfig
    store: Store
    clock: Clock
    members: dict[str, Member]
    policies: Mapping[Field, Policy]
    people: People = field(default_factory=People)
    aside: dict[str, str] = field(default_factory=dict)
    """Items that were set aside in this run, each with the reason."""
    resident: Resident | None = None
    """Whose connections these are, where they stay open."""
    budget: SharedBudget | None = None
    """What is shared with other processes, where these connections are closed with the bench."""
    _mine: set[str] = field(default_factory=set)
    """What this run has to itself."""

    @property
    def usable(self) -> Sequence[Member]:
        """The members that can be worked with."""
        return [member for member in self.members.values() if member.usable]

    @contextmanager
    def working_on(self, items: Collection[str]) -> Iterator[frozenset[str]]:
        """Have items to oneself inside; gives those that nobody else of those at work on the state has just now."""
        with self.store.leases.held(set(items) - self._mine) as taken:
            self._mine |= taken
            try:
                yield frozenset(self._mine.intersection(items))
            finally:
                self._mine -= taken

    @contextmanager
    def alone_with(self, items: Collection[str]) -> Iterator[None]:
        """Have all of these items to oneself inside. Waits a little; raises LockedError where somebody else stays."""
        until = self.clock.monotonic() + _PATIENCE
        while True:
            with self.working_on(items) as mine:
                if mine >= set(items):
                    yield
                    return
            if self.clock.monotonic() >= until:
                busy = ", ".join(sorted(set(items) - mine)[:5])
                raise LockedError(f"Another pmsync is at work on {busy}: try again when it is done")
            self.clock.sleep(_PATIENCE / 50)

    def learn(self, *, renew: bool = False) -> None:
        """Know every member's names and account: from the state, or from the tool where the state lacks them.

        A member that cannot be asked is taken down; the others go on.
        """
        for member in self.members.values():
            if member.down is not None:
                self._recall(member)
                continue
            try:
                self._introduce(member, renew=renew)
            except PmsyncError as error:
                member.down = error
                self._recall(member)
        self.bind()

    def know(self, member: Member, natives: Iterable[Native]) -> None:
        """Read a member's names again where items use some that they lack: once a pass, and not for names that even the
        tool's own list lacks (someone who left), which are remembered."""
        if member.bound is None or member.renewed:
            return
        known, fact = member.bound, f"nameless {member.name}"
        unknown = frozenset().union(*(known.unknown(native) for native in natives))
        if not unknown:
            return
        nameless = frozenset((self.store.progress.fact(fact) or "").split())
        if unknown <= nameless:
            return
        member.renewed = True
        self._read_names(member)
        self.bind()
        self.store.progress.put_fact(fact, " ".join(sorted(nameless | unknown)))

    def bind(self) -> None:
        """Relate every member's mapping to its names, and its people to everybody else's."""
        tongues = {
            name: Tongue(one.connection.mapping, one.vocabulary, one.connector.capabilities, one.connector.dialect)
            for name, one in self.members.items()
            if one.vocabulary is not None
        }
        mappings = [member.connection.mapping for member in self.members.values()]
        binding = binding_of(self.sync.name, self.config.people, self.config.zone, mappings, tongues)
        self.people = binding.people
        for name, bound in binding.bounds.items():
            member = self.members[name]
            idle = member.idle(bound)
            member.bound = bound.among(_kinship(self.store, self.sync.name, name)).without(idle)
            member.directions = {**member.directions, **dict.fromkeys(bound.read_only - idle, Direction.OUT)}

    def close(self) -> None:
        """Keep what the connectors learned, and close them unless they stay open."""
        for member in self.members.values():
            try:
                memo = member.connector.memo()
                if memo != member.memory.memo:
                    self.store.progress.put_memo(member.name, memo)
            finally:
                if self.resident is None:
                    member.connector.close()
                else:
                    self.resident.tried(member.name, member.down)
        if self.budget is not None:
            self.budget.close()

    def _introduce(self, member: Member, *, renew: bool) -> None:
        account = member.memory.account
        if renew or not isinstance(account, dict):
            found = member.connector.check()
            account = {"id": found.id, "name": found.name, "url": found.url, "product": found.product}
            if account != member.memory.account:
                self.store.progress.put_account(member.name, account)
                member.memory = replace(member.memory, account=account)
        member.account = str(account.get("id", ""))
        if renew or member.memory.vocabulary is None:
            self._read_names(member)
        elif member.vocabulary is None:
            member.vocabulary = vocabulary_from(member.name, member.memory.vocabulary)

    def _recall(self, member: Member) -> None:
        """Know of a member that cannot be asked what was known: what it had is still to be compared with."""
        if member.vocabulary is None and member.memory.vocabulary is not None:
            member.vocabulary = vocabulary_from(member.name, member.memory.vocabulary)

    def _read_names(self, member: Member) -> None:
        kept, now = member.connector.vocabulary().model_dump(mode="json"), self.clock.now()
        member.vocabulary = vocabulary_from(member.name, kept)
        if kept != member.memory.vocabulary:
            # What could not be shown for want of a name may have it now.
            told = self.store.reports.notes(sync=self.sync.name) if member.memory.vocabulary is not None else ()
            self.store.replicas.mark_dirty(self.sync.name, {one.item for one in told if one.connection == member.name})
            self.store.progress.put_vocabulary(member.name, kept, now)
            member.memory = replace(member.memory, vocabulary=kept, vocabulary_at=now)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_bench(
    config: Config,
    sync: SyncConfig,
    store: Store,
    clock: Clock,
    resident: Resident | None = None,
    *,
    urgent: bool = False,
) -> Bench:
    """Open the sync's connections, or take those that are open. Sends nothing yet.

    `urgent`: goes before passes where a tool's limit has to be shared.
    """
    members = {}
    budget = joined_budget(config.state, clock) if resident is None else None
    memories = store.progress.connections(sync.members)
    fields = shown_fields(config.connections[name].mapping for name in sync.members)
    for name, member in sync.members.items():
        connection = config.connections[name]
        opening = Opening(
            connection=name,
            defaults=connection.mapping.defaults,
            # Its own to change; quicker by far than `deepcopy`.
            memo=json.loads(json.dumps(memories[name].memo)),
            clock=clock,
            instance=store.instance,
            overlap=config.polling.overlap,
            create_labels=connection.mapping.create_labels,
            custom={native: said.shows for native, said in connection.mapping.custom.items()},
            nested=connection.mapping.nested,
            in_text=connection.mapping.in_text,
            budget=budget,
        )
        if resident is None:
            connector = plugin(connection.connector).open(connection.settings, opening)
        else:
            connector = resident.connect(connection, opening, urgent=urgent)
        directions = {one: sync.direction(name, one) for one in fields}
        members[name] = Member(
            name, member, connection, connector, directions, memories[name],
            down=resident.down(name) if resident else None, sent_before=connector.requests(),
        )  # fmt: skip
    policies = {one: sync.policy(one) for one in fields}
    return Bench(config, sync, store, clock, members, policies, resident=resident, budget=budget)
