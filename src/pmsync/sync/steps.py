"""A plan as people and files see it: one step for each thing that would be sent, in the words of its tool."""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pmsync.config.settings import OnDelete
from pmsync.model.fields import Field, Json
from pmsync.reconcile.plan import Conflict
from pmsync.sync.comeback import Comeback
from pmsync.sync.decide import Planned, draft_fields
from pmsync.sync.depart import Departure
from pmsync.sync.link import Link
from pmsync.sync.members import Bench

PARTS = frozenset({"comment", "edit comment", "remove comment", "attach", "attach again", "detach", "point"})
"""The kinds of step that change what hangs on an item."""

SENDING = frozenset({"create", "update", "archive", "delete", "restore"}) | PARTS
"""The kinds of step that change anything in a tool."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be done. Two steps are the same if they do the same to the same object, seen in the same state.

    `before` and `after` are native values; `says` is how the two read in the tool's own words. `field` is empty for
    what concerns a whole item.
    """

    kind: str  # "create" | "update" | "archive" | "delete" | "restore" | "unlink" | "link" | "conflict" | "ask"
    item: str
    connection: str
    title: str
    ref: str = ""
    """The object's key or URL, for people."""
    field: str = ""
    before: Json = None
    after: Json = None
    says: tuple[str, str] = ("", "")
    because: str = ""
    """The connection whose edit this carries, or why."""
    note: str = ""
    detail: Mapping[str, Json] = dataclasses.field(default_factory=dict)

    @property
    def sends(self) -> bool:
        """Whether it changes anything in a tool."""
        return self.kind in SENDING

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two steps the same."""
        return identity_of(self.as_json())

    def as_json(self) -> dict[str, Json]:
        """For `--json` and plan files."""
        return {
            "kind": self.kind,
            "item": self.item,
            "connection": self.connection,
            "title": self.title,
            "ref": self.ref,
            "field": self.field,
            "before": self.before,
            "after": self.after,
            "says": list(self.says),
            "because": self.because,
            "note": self.note,
            **({"detail": dict(self.detail)} if self.detail else {}),
        }


def identity_of(step: Mapping[str, Json]) -> tuple[str, ...]:
    """What makes two steps the same, from a step as JSON; nothing for a step that sends nothing.

    Raises KeyError for what is no step.
    """
    if step["kind"] not in SENDING:
        return ()
    words = [str(step[key]) for key in ("kind", "item", "connection", "field")]
    values = [json.dumps(step[key], sort_keys=True) for key in ("before", "after")]
    return (*words, *values)


def steps(
    bench: Bench,
    links: Sequence[Link],
    departures: Sequence[Departure],
    plans: Iterable[Planned],
    returning: Sequence[Comeback] = (),
) -> list[Step]:
    """Everything that a pass would do, links and departures first."""
    found = [
        Step("link", one.item, one.connection, one.title, one.key, because=one.why) for one in links if one.why != "new"
    ]
    for departure in departures:
        found += _departing(departure)
    found += [
        Step("restore", one.item, one.former.connection, one.title, one.former.key, because=one.why)
        for one in returning
    ]
    for planned in plans:
        found += _of_item(bench, planned)
    return found


def _departing(departure: Departure) -> list[Step]:
    left = departure.replica
    why = f"{departure.why} in {left.connection}"
    if departure.action is OnDelete.ASK:
        return [Step("ask", left.item, left.connection, departure.title, left.key, because=why)]
    found = [Step("unlink", left.item, left.connection, departure.title, left.key, because=why)]
    if departure.ends:
        found += [
            Step(departure.action.value, one.item, one.connection, departure.title, one.key, because=why)
            for one in departure.others
        ]
    return found


def _of_item(bench: Bench, planned: Planned) -> list[Step]:
    found = []
    for connection in planned.creates:
        member = bench.members[connection]
        fields: dict[str, Json] = {one.value: value for one, value in draft_fields(bench, member, planned).items()}
        said = {
            one: member.bound.native_name(Field(one), value) if member.bound else "" for one, value in fields.items()
        }
        origin = next((one.connection for one in planned.bundle.replicas), "")
        found.append(
            Step("create", planned.item, connection, planned.title, after=fields, because=origin, detail=dict(said))
        )
    for write in planned.decision.writes:
        member, replica = bench.members[write.connection], planned.replica(write.connection)
        for name, change in write.changes.items():
            words = [
                member.bound.native_name(name, value) if member.bound else "" for value in (change.before, change.after)
            ]
            step = Step(
                kind="update",
                item=planned.item,
                connection=write.connection,
                title=planned.title,
                ref=replica.key if replica else "",
                field=name.value,
                before=change.before,
                after=change.after,
                says=(words[0], words[1]),
                because=change.source,
                note=change.note,
            )
            found.append(step)
    return found + [_of_conflict(planned, conflict) for conflict in planned.decision.conflicts]


def _of_conflict(planned: Planned, conflict: Conflict) -> Step:
    claims: Json = [{"connection": one.connection, "value": one.value} for one in conflict.claims]
    return Step(
        kind="conflict",
        item=planned.item,
        connection=conflict.winner.connection if conflict.winner else "",
        title=planned.title,
        field=conflict.field.value,
        after=conflict.winner.value if conflict.winner else None,
        because=conflict.policy,
        detail={"claims": claims},
    )
