"""Our connectors pass the contract on the emulators of their tools.

Their clients run as they are down to the connection: over HTTP for one of them, without sockets for the others.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from inprocess import InProcess
from users import AsanaUser, TrelloUser

from pmsync.connector.api import Connector, Opening
from pmsync.connector.registry import plugin
from pmsync.errors import Problem
from pmsync.model.fields import Json
from pmsync.sandbox.server import Running
from pmsync.testing.clock import VirtualClock
from pmsync.testing.contract import ConnectorContract, Rig
from pmsync.testing.contract.customizing import CustomFieldsContract
from pmsync.testing.rig import SandboxRig

Section = Mapping[str, Json]


class Nowhere:
    """The place of a section that is in no file."""

    def problem(self, path: object, message: str) -> Problem:
        return Problem("test", 0, str(path), message)


@dataclass(frozen=True)
class Stage:
    """Where the sandboxes are, and the clock that they go by."""

    bases: Mapping[str, str]
    clock: VirtualClock

    def rig(self, tool: str, section: Callable[[str], Section], defaults: Section) -> SandboxRig:
        """A rig over one of them."""

        def connect(user: str, opening: Opening) -> Connector:
            kind = plugin(tool)
            settings = kind.parse({"url": self.bases[tool], **section(user)}, Nowhere())
            assert not isinstance(settings, tuple), settings
            return kind.open(settings, opening)

        secrets = ["sandbox-pmsync", "sandbox-secret"]
        return SandboxRig(self.bases[tool], self.clock, connect, secrets=secrets, defaults=defaults)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Stage]:
    with InProcess(latency=0) as near:
        yield Stage(near.bases, near.clock)


@pytest.fixture(scope="module")
def data_center() -> Iterator[Stage]:
    clock = VirtualClock()
    with Running(0, options={"jira": {"product": "data-center"}}, clock=clock.now, sleep=clock.sleep) as running:
        yield Stage(running.bases, clock)


def opened(rig: SandboxRig) -> Iterator[Rig]:
    yield rig
    rig.close()


class TestAsana(ConnectorContract):
    @pytest.fixture
    def rig(self, cloud: Stage) -> Iterator[Rig]:
        def section(user: str) -> Section:
            return {"credentials": {"token": f"sandbox-{user}"}, "scope": {"project": "Launch"}}

        yield from opened(cloud.rig("asana", section, {}))


class TestJiraCloud(ConnectorContract):
    @pytest.fixture
    def rig(self, cloud: Stage) -> Iterator[Rig]:
        def section(user: str) -> Section:
            credentials: Json = {"email": f"{user}@example.com", "token": f"sandbox-{user}"}
            return {"credentials": credentials, "scope": {"project": "ENG"}}

        yield from opened(cloud.rig("jira", section, {"issuetype": "Task", "resolution": "Done"}))


class TestJiraDataCenter(ConnectorContract):
    @pytest.fixture
    def rig(self, data_center: Stage) -> Iterator[Rig]:
        def section(user: str) -> Section:
            return {"credentials": {"token": f"sandbox-{user}"}, "scope": {"project": "ENG"}}

        yield from opened(data_center.rig("jira", section, {"issuetype": "Task", "resolution": "Done"}))


class TestAsanasCustomFields(CustomFieldsContract):
    @pytest.fixture
    def rig(self, cloud: Stage) -> Iterator[Rig]:
        def section(user: str) -> Section:
            return {"credentials": {"token": f"sandbox-{user}"}, "scope": {"project": "Launch"}}

        rig = cloud.rig("asana", section, {})
        ada = AsanaUser(cloud.bases["asana"], "ada")
        options = {"enum_options": [{"name": name} for name in ("Red", "Blue")]}
        kinds: dict[str, dict[str, Any]] = {
            "text": {},
            "number": {"precision": 1},
            "date": {},
            "enum": options,
            "multi_enum": options,
        }
        for kind, more in ({**kinds, "people": {}}).items():
            said = {"name": f"A {kind}", "resource_subtype": kind, "workspace": ada.workspace, **more}
            made = ada.call("POST", "/custom_fields", {"data": said})["data"]["gid"]
            setting = {"data": {"custom_field": made}}
            ada.call("POST", f"/projects/{ada.project}/addCustomFieldSetting", setting)
        ada.close()
        yield from opened(rig)


class TestTrellosCustomFields(CustomFieldsContract):
    @pytest.fixture
    def rig(self, cloud: Stage) -> Iterator[Rig]:
        def section(user: str) -> Section:
            credentials: Json = {"key": "sandbox", "token": f"sandbox-{user}", "secret": "sandbox-secret"}
            return {"credentials": credentials, "scope": {"board": "Roadmap"}}

        rig = cloud.rig("trello", section, {})
        ada = TrelloUser(cloud.bases["trello"], "ada")
        for kind in ("text", "number", "date", "checkbox", "list"):
            said = {"idModel": ada.board, "modelType": "board", "name": f"A {kind}", "type": kind, "pos": "bottom"}
            options = [{"value": {"text": name}, "pos": "bottom"} for name in ("Red", "Blue")]
            ada.call("POST", "/customFields", {**said, "options": options} if kind == "list" else said)
        ada.close()
        yield from opened(rig)


class TestTrello(ConnectorContract):
    @pytest.fixture
    def rig(self, cloud: Stage) -> Iterator[Rig]:
        def section(user: str) -> Section:
            credentials: Json = {"key": "sandbox", "token": f"sandbox-{user}", "secret": "sandbox-secret"}
            return {"credentials": credentials, "scope": {"board": "Roadmap"}}

        yield from opened(cloud.rig("trello", section, {}))
