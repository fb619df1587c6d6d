"""One item: every field settled by itself, and the writes gathered per replica."""

from collections.abc import Mapping
from datetime import datetime

from pmsync.model.fields import Field, in_order
from pmsync.reconcile.field import settle_field
from pmsync.reconcile.plan import Change, Conflict, Decided, Decision, Note, Write
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.state import ItemState

_STANDARD = Policy()


def decide(item: ItemState, policies: Mapping[Field, Policy], now: datetime) -> Decision:
    """Decide what each replica of the item should show. The same inputs give the same decision."""
    fields: dict[Field, Decided] = {}
    changes: dict[str, dict[Field, Change]] = {replica.connection: {} for replica in item.replicas}
    conflicts: list[Conflict] = []
    notes: list[Note] = []
    held: set[Field] = set()
    waits: set[Field] = set()
    for name in _concerned(item):
        outcome = settle_field(name, item, policies.get(name, _STANDARD), now)
        if outcome.decided is not None:
            fields[name] = outcome.decided
        for connection, change in outcome.changes.items():
            changes[connection][name] = change
        if outcome.conflict is not None:
            conflicts.append(outcome.conflict)
        if outcome.hold:
            held.add(name)
        if outcome.waits:
            waits.add(name)
        notes += outcome.notes
    writes = tuple(Write(item.id, connection, patch) for connection, patch in changes.items() if patch)
    return Decision(item.id, fields, writes, tuple(conflicts), tuple(notes), frozenset(held), frozenset(waits))


def _concerned(item: ItemState) -> list[Field]:
    """The fields that any replica has, or that are held, in the order of the schema."""
    had = item.held.union(item.undone, *(replica.native for replica in item.replicas))
    return in_order(had)
