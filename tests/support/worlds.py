"""Small worlds for deciding: three tools with lossy vocabularies over four statuses, and a way to play passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pmsync.mapping.lens import Lens, Refusal, Shown, Unmapped
from pmsync.model.fields import Field, Json
from pmsync.reconcile.item import decide
from pmsync.reconcile.plan import Conflict, Decision
from pmsync.reconcile.policy import Policy
from pmsync.reconcile.state import ItemState, ReplicaState, Setting

NOW = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Table:
    """A lens given as a table: what each native value shows, its first reading first."""

    shows: Mapping[str, tuple[str, ...]]

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """The reading."""
        shown = self.shows.get(str(native), ())
        if not shown:
            return Unmapped(f"{native} is not mapped")
        return current if current in shown else shown[0]

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """The nearest."""
        shown = self.shows.get(str(native), ()) if native is not None else ()
        if native is not None and (not shown or value in shown):
            return Shown(native) if shown else Refusal("not mapped")
        ways = [one for one, values in self.shows.items() if values[:1] == (value,)]
        ways += [one for one, values in self.shows.items() if value in values]
        return Shown(ways[0]) if ways else Refusal(f"no way to show {value}")


@dataclass(frozen=True, slots=True)
class Letters:
    """A lens for sets: every member is a letter, and some letters this tool cannot hold."""

    forbidden: frozenset[str] = frozenset()

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """All of them."""
        return native

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """What can be held."""
        wanted = [one for one in value if one not in self.forbidden] if isinstance(value, list) else []
        if isinstance(native, list) and set(native) == set(wanted):
            return Shown(native)
        return Shown([*sorted(str(one) for one in wanted)])


FINE = Table({"todo": ("To Do",), "doing": ("In Progress",), "review": ("In Review",), "done": ("Done",)})
COARSE = Table({"open": ("To Do",), "busy": ("In Progress", "In Review"), "closed": ("Done",), "parked": ()})
DEEP = Table(
    {
        "backlog": ("To Do",),
        "selected": ("To Do",),
        "progress": ("In Progress",),
        "review": ("In Review",),
        "done": ("Done",),
    }
)
STATUSES = ("To Do", "In Progress", "In Review", "Done")


@dataclass
class World:
    """Tools that show one field of one item, and what pmsync remembers of it. `play` runs a pass."""

    name: Field
    lenses: Mapping[str, Lens]
    raws: dict[str, Json]
    bases: dict[str, Json]
    seen: dict[str, int]
    setting: Setting | None = None
    policy: Policy = field(default_factory=Policy)
    held: frozenset[Field] = frozenset()
    conflicts: list[Conflict] = field(default_factory=list)

    def decide(self, present: Sequence[str] | None = None) -> Decision:
        """Decide, with these tools in sight."""
        replicas = tuple(
            ReplicaState(
                connection,
                {self.name: self.raws[connection]},
                {self.name: self.bases[connection]} if connection in self.bases else {},
                {self.name: self.seen.get(connection, 0)},
                {self.name: lens},
                NOW,
            )
            for connection, lens in self.lenses.items()
            if present is None or connection in present
        )
        settings = {self.name: self.setting} if self.setting else {}
        return decide(ItemState("item", settings, replicas, self.held), {self.name: self.policy}, NOW)

    def play(self, present: Sequence[str] | None = None, reached: Sequence[str] | None = None) -> Decision:
        """A pass: decide, remember, and write to the tools that can be reached."""
        decision = self.decide(present)
        self.conflicts += decision.conflicts
        self.held = decision.held
        decided = decision.fields.get(self.name)
        if decided is not None:
            self.setting = Setting(decided.value, decided.revision, decided.source, decided.at)
            self.bases.update(decided.bases)
            self.seen.update(decided.seen)
        for write in decision.writes:
            if reached is None or write.connection in reached:
                change = write.changes[self.name]
                self.raws[write.connection] = self.bases[write.connection] = change.after
                self.seen[write.connection] = change.revision
        return decision

    def shows(self, connection: str, value: Json) -> bool:
        """Whether a tool shows a schema value."""
        shown = self.lenses[connection].put(value, self.raws[connection])
        return isinstance(shown, Shown) and shown.native == self.raws[connection]

    def copy(self) -> "World":
        """The same world again."""
        return replace(
            self, raws=dict(self.raws), bases=dict(self.bases), seen=dict(self.seen), conflicts=list(self.conflicts)
        )
