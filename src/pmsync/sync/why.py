"""Why each field of an item has its value: whose edit it was, when, and which runs carried it to which tools."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime

from pmsync.config.settings import Config
from pmsync.connector.api import Inspection, Opening
from pmsync.connector.pacing import Clock
from pmsync.connector.registry import plugin
from pmsync.errors import PmsyncError
from pmsync.model.fields import Field, Json, in_order
from pmsync.model.native import Ref
from pmsync.model.vocabulary import Vocabulary
from pmsync.store.records import Bundle, Change, Conflict, ConflictState
from pmsync.store.store import Store
from pmsync.sync.past import reversals


@dataclass(frozen=True, slots=True)
class Carried:
    """A run brought a value to a tool. `undid`: the run that it undid thereby, if so."""

    connection: str
    run: str
    at: datetime
    kind: str
    """`write` or `created`."""
    before: Json = None
    after: Json = None
    undid: str | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """One field's value, and how it came to be."""

    field: Field
    value: Json
    by: str
    """The connection whose edit it was; empty where a person decided it in pmsync."""
    at: str | None
    """When, as far as known: ISO 8601."""
    actor: str | None = None
    seen_in: str | None = None
    """The run that saw the edit; None for what the item began with."""
    carried: tuple[Carried, ...] = ()
    conflict: Conflict | None = None
    """The latest conflict that this value came out of."""
    hold: Conflict | None = None
    """The open conflict for which the field is written nowhere."""


def explain(store: Store, bundle: Bundle, rows: Sequence[Change]) -> list[Why]:
    """Every field of an item, from the state alone. `rows` is the item's whole history, oldest first."""
    conflicts = store.reports.conflicts(items=[bundle.item.id])
    undid = reversals(store.reports.runs(sync=bundle.item.sync))
    names = in_order(bundle.item.values.keys())
    return [_why(bundle, name, rows, [one for one in conflicts if one.field is name], undid) for name in names]


def _why(
    bundle: Bundle, name: Field, rows: Sequence[Change], conflicts: Sequence[Conflict], undid: Mapping[str, str]
) -> Why:
    value, told = bundle.item.values[name], bundle.item.sources.get(name)
    source = told if isinstance(told, dict) else {}
    by, at = str(source.get("by") or ""), source.get("at")
    here = [row for row in rows if row.field is name]
    seen = _origin(here, by)
    person = seen is not None and seen.kind == "resolved"
    settled = [one for one in conflicts if one.state is not ConflictState.OPEN and _won(one, value)]
    return Why(
        field=name,
        value=value,
        by="" if person else by,
        at=at if isinstance(at, str) else None,
        actor=by if person else None,
        seen_in=seen.run if seen else None,
        carried=tuple(_carried(rows, name, seen.id if seen else 0, by, undid)),
        conflict=settled[-1] if settled else None,
        hold=next((one for one in conflicts if one.state is ConflictState.OPEN), None),
    )


def _origin(rows: Sequence[Change], by: str) -> Change | None:
    """The row that tells of the edit: seen in its tool, or decided by a person."""
    told = [row for row in rows if row.kind == "resolved" and row.actor == by]
    seen = [row for row in rows if row.kind == "observed" and row.connection == by]
    return max((*told[-1:], *seen[-1:]), key=lambda row: row.id, default=None)


def _won(conflict: Conflict, value: Json) -> bool:
    return isinstance(conflict.winner, dict) and conflict.winner.get("value") == value


def _carried(rows: Sequence[Change], name: Field, since: int, by: str, undid: Mapping[str, str]) -> Iterator[Carried]:
    """The last run that wrote the field in each tool since the edit; for a new item, the run that created it there."""
    last: dict[str, Change] = {}
    for row in rows:
        brought = row.kind == "created" or (row.kind == "write" and row.field is name)
        if brought and row.id > since and row.connection:
            last[row.connection] = row
    for connection, row in last.items():
        if connection != by or row.run in undid:
            yield Carried(connection, row.run, row.at, row.kind, row.before, row.after, undid.get(row.run))


def name_actors(config: Config, store: Store, bundle: Bundle, found: Sequence[Why], clock: Clock) -> list[Why]:
    """The same, with who made each edit, by the tools' own histories: one look at each tool that has one to tell of.

    A tool that cannot be asked now tells of nobody.
    """
    looks: dict[str, _Look | None] = {}
    named = []
    for why in found:
        if why.by and why.by not in looks:
            looks[why.by] = _look(config, store, bundle, why.by, clock)
        look = looks.get(why.by) if why.by else None
        named.append(replace(why, actor=look.actor(why.field)) if look else why)
    return named


@dataclass(frozen=True, slots=True)
class _Look:
    """What one tool tells of an item's past."""

    inspection: Inspection
    us: str
    names: Mapping[str, str]
    told: frozenset[Field]

    def actor(self, name: Field) -> str | None:
        """Who edited the field last, other than pmsync; who made the item, if nobody did."""
        native = self.inspection.native
        events = [one for one in self.inspection.events if one.field is name and one.actor != self.us]
        if name not in self.told or native is None:
            return None
        actor = events[-1].actor if events else native.creator
        return self.names.get(actor, actor) if actor and actor != self.us else None


def _look(config: Config, store: Store, bundle: Bundle, name: str, clock: Clock) -> _Look | None:
    replica = bundle.replica(name)
    connection = config.connections.get(name)
    if replica is None or connection is None:
        return None
    memory = store.progress.connection(name)
    account = memory.account.get("id") if isinstance(memory.account, dict) else None
    people = Vocabulary.model_validate(memory.vocabulary).members if memory.vocabulary is not None else ()
    opening = Opening(name, connection.mapping.defaults, memory.memo, clock, store.instance)
    try:
        with closing(plugin(connection.connector).open(connection.settings, opening)) as connector:
            seen = connector.inspect(Ref(replica.remote_id, replica.key, replica.url), replica.remote_created_at)
            told = connector.capabilities.history
    except PmsyncError:
        return None
    return _Look(seen, str(account or ""), {one.id: one.name for one in people if one.name}, told)
