"""Items that have to be decided afresh though nothing of theirs moved: what they name has come to be."""

import json
from collections import defaultdict
from collections.abc import Iterable

from pmsync.mapping.links import outside, outside_targets
from pmsync.model.fields import Field
from pmsync.sync.link import Link
from pmsync.sync.members import Bench


def wake_linking(bench: Bench, found: Iterable[Link]) -> None:
    """Those whose links lead to objects that became part of an item in this pass: now their links can be shown."""
    joined: defaultdict[str, set[str]] = defaultdict(set)
    for one in found:
        if Field.LINKS in bench.members[one.connection].lenses:
            joined[one.connection].add(one.remote_id)
    store, sync = bench.store, bench.sync.name
    woken = {
        item.id
        for connection, ids in joined.items()
        for item in store.items.saying(sync, json.dumps(outside(connection))[1:-1])
        if ids.intersection(outside_targets(item.values.get(Field.LINKS), connection))
    }
    if woken:
        store.replicas.mark_dirty(sync, woken)
