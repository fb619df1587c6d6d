"""An object whose create was never answered: what of it we had not come to do yet, and what somebody did meanwhile."""

from collections.abc import Sequence
from datetime import timedelta

from pmsync.errors import UnknownOutcomeError
from pmsync.mapping.lens import Refusal
from pmsync.model.fields import Field, Json
from pmsync.model.native import Event, Native
from pmsync.reconcile.voice import members
from pmsync.store.records import Intent, Item
from pmsync.sync.journal import Journal, replica_of
from pmsync.sync.members import Bench, Member

MARGIN = timedelta(minutes=5)
"""How far a tool's clock may be behind ours when what it did lately is looked for."""


def adopt(bench: Bench, member: Member, journal: Journal, intent: Intent, native: Native) -> None:
    """Make it the item's replica. What it does not show as it should is written again by the next decision.

    Unless its history tells of somebody's edit, or there is no history that could: then it is an edit, or may be one.

    Raises UnknownOutcomeError where it is out of sight just when its history is asked for.
    """
    bundle = bench.store.items.get(intent.item)
    if bundle is None:
        journal.forget(intent)
        return
    base, seen = _shown(member, bundle.item, intent, native)
    open_ = {name for name in native.fields if name in member.lenses and name not in base}
    if open_ & member.connector.capabilities.history:
        # Another create may have made it before, which was looked for in vain.
        look = member.connector.inspect(native.ref, min(intent.created_at, native.created_at) - MARGIN)
        if look.native is None:
            # No history to be seen is not a history without edits.
            raise UnknownOutcomeError("what was made is not to be seen now: the next pass looks again")
        for name in open_ & member.connector.capabilities.history:
            edits = [event for event in look.events if event.field == name and event.actor != member.account]
            base[name] = _made(native.fields[name], edits)
            if edits and edits[0].before == intent.body.get(name, edits):
                seen[name] = intent.revs.get(name, 0)
    journal.keep(member, [replica_of(intent, native, base, seen)], [intent])


def _made(shown: Json, edits: Sequence[Event]) -> Json:
    """What was made, before others edited it.

    That need not be what this create was sent: it may have been made by one before, of which only now is known that it
    arrived. Of a set the history may tell member by member.
    """
    if not edits:
        return shown
    if not isinstance(shown, list):
        return edits[0].before
    made = dict.fromkeys(members(shown))
    for event in reversed(edits):
        before, after = members(event.before), members(event.after)
        back = [one for one in before if one not in after]
        made = dict.fromkeys([one for one in made if one in before or one not in after] + back)
    return [*made]


def _shown(member: Member, item: Item, intent: Intent, native: Native) -> tuple[dict[Field, Json], dict[Field, int]]:
    """What of the object is as it was sent or as it should be: its values, and the revisions that they are."""
    base: dict[Field, Json] = {}
    seen: dict[Field, int] = {}
    for name, value in native.fields.items():
        if name in member.lenses and name in intent.body and intent.body[name] == value:
            # As it was sent, whatever the item came to be since.
            base[name], seen[name] = value, intent.revs.get(name, 0)
            continue
        if name not in member.lenses or name not in item.values:
            continue
        wanted = member.lenses[name].put(item.values[name], value)
        if not isinstance(wanted, Refusal) and wanted.native == value:
            base[name], seen[name] = value, intent.revs.get(name, 0)
    return base, seen
