"""What there is at the end of a run, in the tools and in what pmsync knows, laid out for judgement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.simulation.engine import Engine
from tests.simulation.world import World

from pmsync.mapping.lens import Lens
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.store.records import Bundle, ConflictState, Former, ItemState
from pmsync.sync.members import open_bench

Object = tuple[str, str]
"""A connection, and an id in it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is there at the end."""

    world: World
    bundles: Sequence[Bundle]
    objects: Mapping[Object, Native]
    owners: Mapping[Object, frozenset[str]]
    """The items that an object belongs to, or did once."""
    left: frozenset[Object]
    """Objects that were unlinked."""
    unlinked: frozenset[tuple[str, str]]
    """Items, and the connections in which they were unlinked."""
    waiting: Mapping[Object, str]
    """Strangers, and why they wait."""
    undecided: frozenset[tuple[str, Field]]
    """Items, and fields of theirs with an open conflict."""
    conflicts: Sequence[tuple[int, dict[str, Json]]]
    lenses: Mapping[str, Mapping[Field, Lens]]
    archives: frozenset[str]
    """The connections whose tools have an archive."""
    former: Sequence[Former]

    @property
    def linked(self) -> dict[Object, Bundle]:
        """The live item of each object that is linked to one."""
        return {
            (one.connection, one.remote_id): bundle
            for bundle in self.bundles
            if bundle.item.state is ItemState.LIVE
            for one in bundle.replicas
        }


def survey(world: World, engine: Engine) -> Scene:
    """Look at everything, unwatched."""
    world.watch(None)
    engine.store.on_commit = None
    store, config = engine.store, world.config
    sync = next(iter(config.syncs.values()))
    bundles = [bundle for chunk in store.items.every(sync.name) for bundle in chunk]
    former = list(store.replicas.former(sync.name, items=[one.item.id for one in bundles]))
    owners: defaultdict[Object, set[str]] = defaultdict(set)
    for bundle in bundles:
        for one in bundle.replicas:
            owners[one.connection, one.remote_id].add(bundle.item.id)
    for gone in former:
        owners[gone.connection, gone.remote_id].add(gone.item)
    for key, known in engine.owners.items():
        owners[key] |= known
    for birth in world.ledger.births():
        if birth.ours:
            owners[birth.connection, birth.identity].add(birth.item)
    with open_bench(config, sync, store, world.clock) as bench:
        bench.learn()
        lenses = {name: member.lenses for name, member in bench.members.items()}
        archives = {name for name, member in bench.members.items() if member.connector.capabilities.archives}
    return Scene(
        world,
        bundles,
        {(name, one): native for name in world.connections for one, native in world.objects(name).items()},
        {key: frozenset(items) for key, items in owners.items()},
        frozenset((one.connection, one.remote_id) for one in former),
        frozenset((one.item, one.connection) for one in former),
        {
            (name, one.remote_id): one.held or one.decision or ""
            for name in world.connections
            for chunk in store.candidates.every(sync.name, name)
            for one in chunk
        },
        frozenset((one.item, one.field) for one in store.reports.conflicts(state=ConflictState.OPEN)),
        engine.conflicts(),
        lenses,
        frozenset(archives),
        former,
    )
