"""Three tools in memory, and pmsync between them: a world whose passes cost milliseconds.

All three have the same places and all fields; `poor` tools have one assignee. What happens in the middle of a pass is
told to `before` and `after`, lists of hooks that are given `<connection>.<call>`.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pmsync.config.settings import Config, ConnectionConfig, MemberConfig, Polling, SyncConfig
from pmsync.connector import registry
from pmsync.connector.crew import alone
from pmsync.mapping.parse import parse
from pmsync.mapping.spec import Mapping as Spec
from pmsync.model.capabilities import Capabilities, DateKind
from pmsync.model.fields import Field, Json, Role
from pmsync.model.native import Native
from pmsync.reconcile.guard import Limit, Limits
from pmsync.store import open_store
from pmsync.store.records import Conflict, ConflictState
from pmsync.store.store import Store
from pmsync.sync.report import Report
from pmsync.sync.run import plan_sync, run_sync
from pmsync.sync.steps import Step
from pmsync.sync.verify import Verification, verify_sync
from pmsync.sync.workplace import Options
from pmsync.testing.builders import vocabulary
from pmsync.testing.clock import VirtualClock
from pmsync.testing.memory import MemoryPlugin, MemorySettings
from pmsync.testing.tool import MemoryTool

ROLES = {"product": Role.PRODUCT, "engineering": Role.ENGINEERING, "delivery": Role.DELIVERY}
NAME = "roadmap"
DONE: Json = {"place": "done"}
DOING: Json = {"place": "doing"}
PEOPLE = ("ada", "grace", "linus", "robot", "pmsync")
FIELDS = frozenset(
    {Field.TITLE, Field.DESCRIPTION, Field.STATUS, Field.PRIORITY, Field.ASSIGNEES, Field.LABELS, Field.DUE}
)
_STATUSES = {
    "Backlog": "BACKLOG", "To Do": "TODO", "Doing": "IN_PROGRESS", "Review": "IN_PROGRESS", "Done": "DONE",
}  # fmt: skip


def _mapping() -> Spec:
    document: dict[str, Json] = {
        "connector": "memory",
        "statuses": {name: {"status": name, "category": category} for name, category in _STATUSES.items()},
        "priorities": {"Urgent": "URGENT", "High": "HIGH", "Medium": "MEDIUM", "Low": "LOW"},
        "labels": {"create": True},
    }
    read = parse(document)
    assert isinstance(read, Spec), read
    return read


class Memories:
    """The world. `sync` is what is unusual in the sync's config."""

    def __init__(self, folder: Path, *, history: frozenset[Field] = FIELDS, **sync: Any) -> None:
        self.clock = VirtualClock()
        self.before: list[Callable[[str], None]] = []
        self.after: list[Callable[[str], None]] = []
        names = vocabulary(fields=FIELDS, people=PEOPLE)
        able = Capabilities(
            fields=FIELDS, due=DateKind.BOTH, fetch_batch=10, labels_need_creating=False, history=history
        )
        single = Capabilities(
            fields=FIELDS, due=DateKind.BOTH, fetch_batch=10, labels_need_creating=False, history=history,
            single_assignee=True,
        )  # fmt: skip
        self.product = MemoryTool(self.clock, names=names, capabilities=able)
        self.engineering = MemoryTool(self.clock, names=names, capabilities=single)
        self.delivery = MemoryTool(self.clock, names=names, capabilities=able)
        self.tools = {"product": self.product, "engineering": self.engineering, "delivery": self.delivery}
        plugin: Any = MemoryPlugin(self.tools, before_io=self._before, after_io=self._after)
        registry.offer(plugin)
        self.folder = folder
        self.config = self._config(sync)
        self.store: Store = open_store("sqlite://", now=self.clock.now())

    # --- pmsync ------------------------------------------------------------------------------------------------

    def configure(self, **sync: Any) -> None:
        """Have the sync's config otherwise."""
        self.config = self._config(sync)

    @property
    def plan_of(self) -> SyncConfig:
        """The one sync."""
        return self.config.syncs[NAME]

    def sync(self, **options: Any) -> Report:
        """One pass, and a minute."""
        self.clock.advance(60)
        with alone():
            return run_sync(self.config, self.plan_of, self.store, Options(**options), self.clock)[0]

    def plan(self, **options: Any) -> Sequence[Step]:
        """What a pass would do."""
        return plan_sync(self.config, self.plan_of, self.store, Options(**options), self.clock)[1].steps

    def verify(self) -> Verification:
        """Read everything, and compare."""
        return verify_sync(self.config, self.plan_of, self.store, self.clock)

    def settle(self, passes: int = 6, *, deep: bool = False) -> Report:
        """Passes until one writes nothing."""
        for number in range(passes):
            report = self.sync(deep=deep and number == 0)
            if not report.total("writes"):
                return report
        raise AssertionError(f"not quiet after {passes} passes: {report.as_json()}")

    def conflicts(self, state: ConflictState | None = None) -> list[Conflict]:
        """What is recorded."""
        return self.store.reports.conflicts(sync=NAME, state=state)

    # --- the tools ---------------------------------------------------------------------------------------------

    def begin(self, **fields: Any) -> dict[str, str]:
        """An item in all tools; its ids by connection."""
        self.product.add(**{"title": "Pay by card", **fields})
        self.settle()
        (item,) = next(iter(self.store.items.every(NAME)))
        return {replica.connection: replica.remote_id for replica in item.replicas}

    def show(self, field: Field) -> dict[str, Json]:
        """What the tools show of the first item of each."""
        return {name: tool.items()[0].fields[field] for name, tool in self.tools.items()}

    def everything(self) -> Mapping[str, list[Native]]:
        """All items of all tools."""
        return {name: tool.items() for name, tool in self.tools.items()}

    def close(self) -> None:
        """Close the state, and take the tools back."""
        self.store.close()
        registry.withdraw("memory")

    def _before(self, name: str) -> None:
        for hook in list(self.before):
            hook(name)

    def _after(self, name: str) -> None:
        for hook in list(self.after):
            hook(name)

    def _config(self, sync: Mapping[str, Any]) -> Config:
        many = Limit(100_000)
        usual: dict[str, Any] = {
            "members": {name: MemberConfig(role) for name, role in ROLES.items()},
            "create": {name: tuple(other for other in ROLES if other != name) for name in ROLES},
            "backfill": True,
            "limits": Limits(many, many, many),
        }
        spec = _mapping()
        return Config(
            path=self.folder / "config.yaml",
            state="sqlite://",
            audit=self.folder / "audit.jsonl",
            zone=ZoneInfo("UTC"),
            polling=Polling(),
            connections={
                name: ConnectionConfig(name, "memory", {}, MemorySettings(name), spec, name) for name in ROLES
            },
            people={},
            syncs={NAME: SyncConfig(NAME, **{**usual, **sync})},
        )


class Robot:
    """An automation: whenever pmsync has written to one of these tools, it sets the field back there."""

    def __init__(self, world: Memories, values: dict[str, Json], field: Field = Field.STATUS) -> None:
        self.world = world
        self.values = values
        self.field = field
        self.written = 0
        self.on = True
        world.after.append(self._after)

    def _after(self, name: str) -> None:
        connection, _, call = name.partition(".")
        if not self.on or call != "update" or connection not in self.values:
            return
        tool = self.world.tools[connection]
        if tool.items()[0].fields[self.field] != self.values[connection]:
            self.written += 1
            self.world.clock.advance(1)
            tool.edit("1", by="robot", **{self.field.value: self.values[connection]})
