"""Whether what is put away is put away for a reason, and whole: nothing that lives, and never one twin alone."""

from collections import Counter
from collections.abc import Iterator

from tests.simulation.ledger import End
from tests.simulation.scene import Object, Scene

from pmsync.config.settings import OnDelete
from pmsync.store.records import ItemState


def ended(scene: Scene) -> Iterator[str]:
    """S9: nothing is put away whose twin was not, and never with an edit that nobody had dealt with."""
    sync = next(iter(scene.world.config.syncs.values()))
    births = Counter((one.connection, one.item) for one in scene.world.ledger.births() if one.ours)
    markers = {(one.connection, one.identity): one.item for one in scene.world.ledger.births() if one.ours}
    ends = [one for one in scene.world.ledger.ends() if one.ours]
    # One that was taken out again may have been put away once more, by anybody.
    last = {(one.connection, one.identity): one for one in scene.world.ledger.ends()}
    for end in ends:
        key = (end.connection, end.identity)
        item = markers.get(key, "")
        if not end.deleted and (births[end.connection, item] > 1 or _replaced(scene, end, item)):
            continue  # One of two copies that we had made of one item, or it has one that somebody made.
        owners = scene.owners.get(key, frozenset())
        evidence = any(scene.owners.get(one, frozenset()) & owners for one in _departed(scene, end.number))
        if sync.on_delete not in (OnDelete.ARCHIVE, OnDelete.DELETE) or not evidence:
            yield f"S9 {end.connection} {end.identity} was put away, and no person had put its twin away"
        elif end is last[key] and not end.clean and (key not in scene.objects or scene.objects[key].archived):
            yield f"S9 {end.connection} {end.identity} was put away with an edit that nobody had dealt with"


def _replaced(scene: Scene, end: End, item: str) -> bool:
    """Whether something else there was joined to its item: by a state that had forgotten our copy, or while the create
    of our copy had no answer, so that it has never been the item's."""
    key = (end.connection, end.identity)
    others = [one for one, owners in scene.owners.items() if one[0] == key[0] and one != key and item in owners]
    forgotten = scene.world.ledger.restored and any(one in scene.linked for one in others)
    return forgotten or (end.stray and bool(others))


def half_ended(scene: Scene) -> Iterator[str]:
    """S9: what a person put away has its twins put away, or is told: it is not let go of alone.

    Where nothing came back into sight, and no state forgot anything, that is: an item may go on living then.
    """
    ledger = scene.world.ledger
    sync = next(iter(scene.world.config.syncs.values()))
    if sync.on_delete not in (OnDelete.ARCHIVE, OnDelete.DELETE) or ledger.hidden or ledger.restored:
        return
    alive = {bundle.item.id for bundle in scene.bundles if bundle.item.state is ItemState.LIVE and bundle.replicas}
    ended = {(one.connection, one.identity) for one in ledger.ends() if not one.ours}
    for one in scene.former:
        if (one.connection, one.remote_id) in ended and one.item in alive and one.reason in ("archived", "deleted"):
            yield f"S9 {one.connection} {one.remote_id} was {one.reason}, and {one.item} lives on without a word"


def _departed(scene: Scene, before: int) -> Iterator[Object]:
    """What a person had put away by then, or what was asked for in vain in two passes: deleted, or hidden from us,
    which cannot be told apart (and comes back with its twins)."""
    ledger = scene.world.ledger
    for end in ledger.ends():
        if not end.ours and end.number < before and not (end.deleted and ledger.missed is not None):
            yield end.connection, end.identity
    if ledger.missed is None:
        yield from ledger.hidden
    else:
        yield from (one for one, passes in ledger.missed.items() if len(passes) > 1)
