"""Where runs over the real connectors are played: the sandboxes, up once for all runs, and who is at work in them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from inprocess import InProcess, Reply
from tests.simulation.calling import Calling, Told
from tests.simulation.chance import Swarm
from tests.simulation.hands import AsanaHands, Hands, JiraHands, TrelloHands
from tests.simulation.holdings import put, taken
from tests.simulation.veil import Veil
from users import AsanaUser, JiraUser, TrelloUser

from pmsync.config import load
from pmsync.config.settings import Config, FieldConfig
from pmsync.connector import registry
from pmsync.connector.api import Connector, Opening, Plugin
from pmsync.connector.crew import alone
from pmsync.model.fields import SET_FIELDS, Field, Json
from pmsync.sandbox.faults import Kind
from pmsync.testing.clock import VirtualClock
from pmsync_asana.sandbox.emulator import AsanaEmulator
from pmsync_asana.sandbox.records import CustomField

CONNECTIONS = {"product": "trello", "engineering": "jira", "delivery": "asana"}
"""The connections, and the tool of each."""
NAMES = ("ada", "grace", "linus")
_SYNC = "roadmap"


class Grounds:
    """The sandboxes with what is needed to work in them. What the tools hold begins anew with every run."""

    def __init__(self, folder: Path) -> None:
        self.up = InProcess()
        self.up.reset()
        self.calling = Calling()
        self._config = _configured(self.up, folder)
        for tool in self.up.bases:
            registry.offer(cast("Plugin", Told(registry.plugin(tool), self.up.bases[tool], self.calling)))
        with self.up.aside(), alone():
            self.observers = {name: self._observer(name) for name in CONNECTIONS}
            names = {name: one.vocabulary() for name, one in self.observers.items()}
            self.us = {name: one.check().id for name, one in self.observers.items()}
            self._users = {
                (tool, name): _user(tool, self.up.bases[tool], name) for tool in self.up.bases for name in NAMES
            }
        self.people: Mapping[str, Sequence[str]] = {
            name: [one.id for one in known.members if one.id != self.us[name]] for name, known in names.items()
        }
        self.priorities: Mapping[str, Sequence[Json]] = {
            name: [None, *(one.id for one in known.priorities)] for name, known in names.items()
        }

    def begin(self, swarm: Swarm) -> None:
        """Empty tools, at the beginning of time."""
        self.up.rewind()
        self.up.reset()
        self.veils = {name: Veil(self.emulator(name)) for name in CONNECTIONS}
        if swarm.lag:
            self.up.faults("jira", Kind.LAG.value, rate=0.5, lag=swarm.lag)
        self._hands: dict[tuple[str, str], Hands] = {}

    def held(self) -> bytes:
        """All that the tools have."""
        return taken([self.emulator(name) for name in CONNECTIONS])

    def hold(self, held: bytes) -> None:
        """Let the tools have what they had."""
        put([self.emulator(name) for name in CONNECTIONS], held)

    def config(self, swarm: Swarm) -> Config:
        """The config of a run."""
        sync = self._config.syncs[_SYNC]
        rules = (
            {name: FieldConfig(rule=swarm.rule) for name in Field.standard() if name not in SET_FIELDS}
            if swarm.rule
            else {}
        )
        # Links to twins cost a run half its time again, and are no edit of anybody's: a third of the runs has them.
        links = dict.fromkeys(sync.members, swarm.items % 3 == 0)
        sync = replace(sync, fields=rules, on_delete=swarm.on_delete, backlinks=links)
        return replace(self._config, syncs={_SYNC: sync})

    def emulator(self, connection: str) -> Any:
        """The emulator behind a connection."""
        return self.up.sandboxes[CONNECTIONS[connection]].emulator

    def connection(self, tool: str) -> str:
        """The connection to a tool."""
        return next(name for name, one in CONNECTIONS.items() if one == tool)

    def failure(self, tool: str, kind: Kind, after: float | None) -> Reply:
        """The tool's own 429 or 500."""
        told = self.up.sandboxes[tool].emulator.failure(kind, after)
        return Reply(told.status_code, tuple(told.headers.items()), told.get_data())

    def hands(self, connection: str, name: str) -> Hands:
        """Somebody at work in a tool."""
        if (connection, name) not in self._hands:
            user = self._users[CONNECTIONS[connection], name]
            self._hands[connection, name] = self._hired(connection, user)
        return self._hands[connection, name]

    def _hired(self, connection: str, user: Any) -> Hands:
        if isinstance(user, TrelloUser):
            return TrelloHands(user)
        if isinstance(user, JiraUser):
            return JiraHands(user)
        asana = self.emulator(connection)
        assert isinstance(asana, AsanaEmulator)
        fields = [
            one for one in asana.world.records.values() if isinstance(one, CustomField) and one.name == "Priority"
        ]
        return AsanaHands(user, fields[0].gid if fields else "")

    def _observer(self, name: str) -> Connector:
        section = self._config.connections[name]
        # A clock of its own: nobody is to wait because of a look behind the scenes.
        return registry._installed(section.connector).open(section.settings, Opening(name, clock=VirtualClock()))


@cache
def grounds(folder: Path) -> Grounds:
    """The one ground of this process; `folder` is where configs and audit logs go."""
    return Grounds(folder)


def _user(tool: str, base: str, name: str) -> TrelloUser | JiraUser | AsanaUser:
    return {"trello": TrelloUser, "jira": JiraUser, "asana": AsanaUser}[tool](base, name)  # type: ignore[return-value]


def _configured(up: InProcess, folder: Path) -> Config:
    credentials = {
        "trello": {"key": "sandbox", "token": "sandbox-pmsync"},
        "jira": {"email": "pmsync@example.com", "token": "sandbox-pmsync"},
        "asana": {"token": "sandbox-pmsync"},
    }
    scopes = {"trello": {"board": "Roadmap"}, "jira": {"project": "ENG"}, "asana": {"project": "Launch"}}
    mappings = {"trello": "trello-kanban", "jira": "jira-software", "asana": "asana-sections"}
    document = {
        "version": 1,
        "state": "sqlite:///unused.db",
        "audit": "audit.jsonl",
        "connections": {
            name: {
                "connector": tool,
                "url": up.bases[tool],
                "credentials": credentials[tool],
                "scope": scopes[tool],
                "mapping": mappings[tool],
            }
            for name, tool in CONNECTIONS.items()
        },
        "syncs": {
            _SYNC: {
                "members": {name: {"role": name} for name in CONNECTIONS},
                "create": {name: [other for other in CONNECTIONS if other != name] for name in CONNECTIONS},
                "backfill": True,
                "limits": {"creates": 5000, "changes": 100_000, "deletes": 5000},
            }
        },
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(path, {})
