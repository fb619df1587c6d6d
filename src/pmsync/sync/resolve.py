"""What a person decides: which value of a conflict stands, and what a stranger is."""

from dataclasses import replace
from datetime import datetime

from pmsync.errors import RejectedError
from pmsync.model.fields import SET_FIELDS, Field, Json
from pmsync.store.records import Change, Conflict, ConflictState
from pmsync.store.store import Store


def resolve(store: Store, number: int, value: Json, *, run: str, now: datetime, who: str) -> Conflict:
    """Let `value` (in schema words) stand. It is written to the tools by the next pass. Raises RejectedError."""
    conflict = _open(store, number)
    bundle = store.items.get(conflict.item)
    if bundle is None:
        raise RejectedError(f"the item of conflict {number} is gone", item=conflict.item)
    item, name = bundle.item, conflict.field
    after = replace(
        item,
        values={**item.values, name: value},
        revs={**item.revs, name: item.revs.get(name, 0) + 1},
        sources={**item.sources, name: {"by": who, "at": now.isoformat()}},
        updated_at=now,
    )
    change = Change(run, now, "resolved", item.id, field=name, before=item.values.get(name), after=value, actor=who)
    with store.transaction("resolved"):
        store.items.put([after])
        store.journal.record([change])
        store.reports.close_conflict(number, ConflictState.RESOLVED, {"connection": who, "value": value})
        store.replicas.mark_dirty(item.sync, [item.id])
    return conflict


def value_of(store: Store, number: int, take: str) -> Json:
    """The value that a side of a conflict claims, or, for a set and `both`, all of them together."""
    conflict = _open(store, number)
    claims = conflict.values if isinstance(conflict.values, list) else []
    if take == "both":
        return _together(conflict.field, claims)
    for claim in claims:
        if isinstance(claim, dict) and claim.get("connection") == take:
            if claim.get("unmapped"):
                raise RejectedError(f"the mapping cannot say what {take} showed: give a value with --value")
            return claim.get("value")
    sides = ", ".join(str(claim.get("connection")) for claim in claims if isinstance(claim, dict))
    raise RejectedError(f"conflict {number} has no side {take!r}; it has {sides}")


def _together(name: Field, claims: list[Json]) -> Json:
    values = [claim.get("value") for claim in claims if isinstance(claim, dict)]
    if name in SET_FIELDS:
        return list(dict.fromkeys(one for value in values if isinstance(value, list) for one in value))
    if name is Field.DESCRIPTION:
        return "\n\n---\n\n".join(str(value) for value in values if value)
    raise RejectedError(f"two values of {name.value} cannot both stand: take one, or give another with --value")


def _open(store: Store, number: int) -> Conflict:
    conflict = store.reports.conflict(number)
    if conflict is None:
        raise RejectedError(f"there is no conflict {number}")
    return conflict
