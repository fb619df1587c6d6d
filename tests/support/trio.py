"""Three tools, three users at work in them, and pmsync between them: a small world, over real HTTP or in process.

`Trio` is what most scenarios are told with: `trio.trello.create("Pay by card")`, `trio.settle()`, `trio.shown("jira")`.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import planted
import yaml
from served import AimedSandbox, Sandboxes
from states import lay_out
from users import AsanaUser, JiraUser, Shown, TrelloUser, User, read_asana, read_jira, read_trello

from pmsync.config import load
from pmsync.config.settings import Config, SyncConfig
from pmsync.store import open_store
from pmsync.store.store import Store
from pmsync.sync.focus import reconcile_item
from pmsync.sync.report import Report
from pmsync.sync.run import plan_sync, run_sync
from pmsync.sync.steps import Step
from pmsync.sync.verify import Verification, verify_sync
from pmsync.sync.workplace import Options
from pmsync_asana.sandbox.emulator import AsanaEmulator
from pmsync_jira.sandbox.emulator import JiraEmulator

CONNECTIONS = {"trello": "product", "jira": "engineering", "asana": "delivery"}
"""The connection of each tool."""
TOOLS = tuple(CONNECTIONS)
EVERYWHERE = {one: [other for other in CONNECTIONS.values() if other != one] for one in CONNECTIONS.values()}
"""What `create:` says where a new item of any tool goes to the other two."""
NAME = "roadmap"


class Trio:
    """The world. Reset and empty when made; `configure` says what pmsync is to do in it."""

    def __init__(self, served: Sandboxes, folder: Path, seed: str = "empty", **changes: Any) -> None:
        self.served = served
        self.folder = folder
        served.reset(seed)
        self.trello = TrelloUser(served.bases["trello"], "ada")
        self.jira = JiraUser(served.bases["jira"], "grace")
        self.asana = AsanaUser(served.bases["asana"], "linus")
        self.users: Mapping[str, User] = {"trello": self.trello, "jira": self.jira, "asana": self.asana}
        self.config: Config
        self.store: Store
        self._opened: Store | None = None
        self.configure(**changes)

    # --- pmsync ------------------------------------------------------------------------------------------------

    def configure(
        self,
        *,
        sync: Mapping[str, Any] | None = None,
        connections: Mapping[str, Mapping[str, Any]] | None = None,
        **top: Any,
    ) -> None:
        """Write the config anew, with these changes to what is usual, and open its state."""
        document = {
            "version": 1,
            "state": "sqlite:///pmsync.db",
            "connections": self._connections(connections or {}),
            "syncs": {NAME: {**_usual_sync(), **(sync or {})}},
            **top,
        }
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        self.reopen()

    def _connections(self, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        bases = self.served.bases
        usual: dict[str, dict[str, Any]] = {
            "product": {
                "connector": "trello",
                "url": bases["trello"],
                "credentials": {"key": planted.KEY, "token": planted.TOKENS["trello"]},
                "scope": {"board": "Roadmap"},
                "mapping": "trello-kanban",
            },
            "engineering": {
                "connector": "jira",
                "url": bases["jira"],
                "credentials": {"email": planted.EMAIL, "token": planted.TOKENS["jira"]},
                "scope": {"project": "ENG"},
                "mapping": "jira-software",
            },
            "delivery": {
                "connector": "asana",
                "url": bases["asana"],
                "credentials": {"token": planted.TOKENS["asana"]},
                "scope": {"project": "Launch"},
                "mapping": "asana-sections",
            },
        }
        return {name: {**section, **changes.get(name, {})} for name, section in usual.items()}

    def mapping(self, shipped: str, **changes: Any) -> str:
        """A copy of a shipped mapping beside the config, with these parts replaced; its path for the config."""
        source = Path(__file__).parents[2] / "mappings" / f"{shipped}.yaml"
        document = yaml.safe_load(source.read_text(encoding="utf-8")) | changes
        (self.folder / f"my-{shipped}.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        return f"my-{shipped}.yaml"

    def reopen(self) -> None:
        """Read the config again, and open the state again, as another process would."""
        self.shut()
        self.config = load(self.folder / "config.yaml", os.environ)
        own = self.folder / "pmsync.db"
        if self.config.state == f"sqlite:///{own}":
            lay_out(own)
        self.store = self._opened = open_store(self.config.state, now=self.served.clock.now())

    def shut(self) -> None:
        """Close the state."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def plan_of(self) -> SyncConfig:
        """The one sync of the config."""
        return self.config.syncs[NAME]

    def sync(self, **options: Any) -> Report:
        """One pass."""
        return run_sync(self.config, self.plan_of, self.store, Options(**options), self.served.clock)[0]

    def plan(self, **options: Any) -> list[Step]:
        """What a pass would do."""
        return list(plan_sync(self.config, self.plan_of, self.store, Options(**options), self.served.clock)[1].steps)

    def verify(self) -> Verification:
        """Read everything again, and compare."""
        return verify_sync(self.config, self.plan_of, self.store, self.served.clock)

    def reconcile(self, reference: str) -> Report:
        """One item."""
        return reconcile_item(self.config, self.plan_of, self.store, reference, self.served.clock)[0]

    def settle(self, passes: int = 4, *, deep: bool = False) -> Report:
        """Passes until one has nothing to write; its report. Fails where that takes more than `passes`."""
        written = []
        for number in range(passes + 1):
            before = self.writes()
            report = self.sync(deep=deep and number == 0)
            written.append(self.writes() - before)
            if not written[-1]:
                return report
        raise AssertionError(f"not quiet after {passes} passes: {written} writes, {report.as_json()}")

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.served.clock.sleep(seconds)

    # --- the tools ---------------------------------------------------------------------------------------------

    def sandbox(self, tool: str) -> AimedSandbox:
        """A tool's sandbox."""
        return self.served.sandboxes[tool]

    def shown(self, tool: str) -> dict[str, Shown]:
        """What all items of a tool show, by id; people by name, as far as the tool's state tells."""
        state = self.served.state(tool)
        match tool:
            case "trello":
                return read_trello(state, self.trello.lists)
            case "jira":
                return read_jira(state, self._archived())
            case _:
                return read_asana(state, self._stories())

    def _stories(self) -> dict[str, list[str]]:
        emulator = self.sandbox("asana").emulator
        assert isinstance(emulator, AsanaEmulator)
        tasks = emulator.world.tasks.values()
        return {
            one.gid: [story.text for story in one.stories if story.type == "comment" and not story.trashed]
            for one in tasks
        }

    def _archived(self) -> set[str]:
        emulator = self.sandbox("jira").emulator
        assert isinstance(emulator, JiraEmulator)
        return {str(issue.id) for issue in emulator.site.issues.values() if issue.archived}

    def find(self, tool: str, title: str) -> str:
        """The id of the one item of that title."""
        ids = [id_ for id_, one in self.shown(tool).items() if one.title == title]
        assert len(ids) == 1, f"{tool} has {len(ids)} items called {title!r}: {self.titles(tool)}"
        return ids[0]

    def item(self, tool: str, title: str) -> Shown:
        """The one item of that title."""
        return self.shown(tool)[self.find(tool, title)]

    def titles(self, tool: str) -> list[str]:
        """All titles of items that are not archived, in alphabetical order."""
        return sorted(one.title for one in self.shown(tool).values() if not one.archived)

    def everything(self) -> dict[str, list[Shown]]:
        """Everything that all tools show, in an order that depends on nothing but that."""
        return {tool: sorted(self.shown(tool).values(), key=repr) for tool in TOOLS}

    def writes(self) -> int:
        """How many requests changed anything in any tool since the reset."""
        return sum(self.served.writes(tool) for tool in TOOLS)

    def asked(self) -> dict[str, dict[str, int]]:
        """The requests since the reset, by tool and route."""
        return {tool: self.served.counts(tool) for tool in TOOLS}

    def close(self) -> None:
        """Give everything back; the sandboxes stay up."""
        self.shut()
        for user in (self.trello, self.jira, self.asana):
            user.close()
        for tool in TOOLS:
            self.served.calm(tool)


def since(before: Mapping[str, Mapping[str, int]], after: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """The requests between two readings of `Trio.asked`, without what was not asked at all."""
    return {
        tool: {route: count - before[tool].get(route, 0) for route, count in routes.items()
               if count > before[tool].get(route, 0)}
        for tool, routes in after.items()
    }  # fmt: skip


def assert_same(shown: Mapping[str, list[Shown]], wanted: Mapping[str, list[Shown]]) -> None:
    """Whether two readings of `Trio.everything` show the same; if not, all that differs."""
    told = []
    for tool, items in wanted.items():
        told += [f"{tool} shows  {one}" for one in shown[tool] if one not in items]
        told += [f"{tool} should {one}" for one in items if one not in shown[tool]]
    assert shown == wanted, "\n".join(told) or "something is there twice"


def _usual_sync() -> dict[str, Any]:
    return {
        "members": {one: {"role": one} for one in CONNECTIONS.values()},
        "create": EVERYWHERE,
        "backfill": True,
        # They cost each scenario two requests an item more; `test_backlinks` and `test_counts` have them.
        "backlinks": False,
        "limits": {"creates": 5000, "changes": "100%", "deletes": 100},
    }


def trios(folder: Path, served: Sandboxes, **changes: Any) -> Iterator[Trio]:
    """A world for the time of one test: the body of a fixture."""
    trio = Trio(served, folder, **changes)
    try:
        yield trio
    finally:
        trio.close()
