"""What is held of a replica: values that it does not show as it should, each with the reason; and where a walk through
a workflow began that was cut short, so that it goes back there if it is refused in the end."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from pmsync.connector.api import Created
from pmsync.mapping.lens import Refusal
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.reconcile.plan import Change
from pmsync.reconcile.settle import Settlement
from pmsync.store.records import Intent, Item, Replica
from pmsync.sync.members import Member

OWN_FORM = "the tool keeps it in a form of its own"

_BEGAN = "began"


def hold_of(change: Change, reason: str) -> Json:
    """What is kept of a refused change, so that it is not sent again until something differs."""
    return {"before": change.before, "after": change.after, "reason": reason}


def still_held(hold: Json, change: Change) -> str | None:
    """Why a change is not sent: it is the one that was refused. None if it is another."""
    if not isinstance(hold, dict) or hold.get("before") != change.before or hold.get("after") != change.after:
        return None
    return str(hold.get("reason", ""))


def held_after_create(
    member: Member, item: Item, intent: Intent, native: Native, created: Created
) -> tuple[dict[Field, Json], dict[Field, int]]:
    """What the new replica does not show as it should, with the reason; and the revisions that it does show."""
    held: dict[Field, Json] = {}
    seen: dict[Field, int] = {}
    for name, lens in member.lenses.items():
        if name not in native.fields or name not in item.values:
            continue
        now = native.fields[name]
        hold = _hold(member, item, name, now, created.notes.get(name) or OWN_FORM)
        if hold is not None and name in intent.body and name not in created.unfinished:
            held[name] = hold
        elif hold is None and not isinstance(lens.put(item.values[name], now), Refusal):
            seen[name] = intent.revs.get(name, 0)
    return held, seen


def held_after(
    member: Member,
    item: Item,
    replica: Replica,
    changes: Mapping[Field, Change],
    settlement: Settlement,
    refused: Mapping[Field, str],
) -> dict[Field, Json]:
    """What is held of a replica after an update: what was, but for what was written, what was refused, and what the
    tool keeps in a form of its own."""
    held: dict[Field, Json] = {name: hold for name, hold in replica.held.items() if name not in changes}
    for name, reason in refused.items():
        before = settlement.bases[name] if name in settlement.partway else changes[name].before
        held[name] = hold_of(replace(changes[name], before=before), reason)
    for name in settlement.altered:
        hold = _hold(member, item, name, settlement.bases[name], OWN_FORM)
        if hold is not None:
            held[name] = hold
    return held


def _hold(member: Member, item: Item, name: Field, shown: Json, reason: str) -> Json:
    """What to keep so that a value which the tool shows in its own way is not sent for ever; None if it is fine."""
    wanted = member.lenses[name].put(item.values.get(name), shown)
    if isinstance(wanted, Refusal) or wanted.native == shown:
        return None
    return {"before": shown, "after": wanted.native, "reason": reason}


def cut_short(intent: Intent, shown: Mapping[Field, Json], partway: Collection[Field]) -> dict[Field, Json]:
    """What to keep of walks that came to no end: where each began, for as long as the item stands where it was left.

    A walk that was begun anew on the way began where the first one did.
    """
    context = intent.context if isinstance(intent.context, dict) else {}
    seen, began = (one if isinstance(one := context.get(key), dict) else {} for key in ("seen", _BEGAN))
    kept: dict[Field, Json] = {}
    for name in intent.body.keys() & shown.keys():
        stays = name in partway or (name.value in began and shown[name] == seen.get(name.value))
        start = began.get(name.value, seen.get(name.value))
        if stays and start not in (None, shown[name]):
            kept[name] = {_BEGAN: start, "at": shown[name]}
    return kept


def beginnings(replica: Replica, changes: Mapping[Field, Change]) -> dict[Field, Json]:
    """Where walks began that these changes take up again."""
    found: dict[Field, Json] = {}
    for name, change in changes.items():
        hold = replica.held.get(name)
        if isinstance(hold, dict) and _BEGAN in hold and hold.get("at") == change.before:
            found[name] = hold[_BEGAN]
    return found


def context_of(began: Mapping[Field, Json]) -> dict[str, Json]:
    """What an intent has to say of the walks that it takes up again."""
    return {_BEGAN: {name.value: start for name, start in began.items()}} if began else {}


def without_walks(held: Mapping[Field, Json], over: Collection[Field]) -> dict[Field, Json]:
    """What is held, but for where walks began of which nothing is left to do."""
    return {
        name: hold for name, hold in held.items() if name not in over or not (isinstance(hold, dict) and _BEGAN in hold)
    }
