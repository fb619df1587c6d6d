"""The reference connector passes the contract, whatever its tool can do."""

from typing import cast

import pytest

from pmsync.connector.api import Connector, Plugin
from pmsync.model.fields import Field
from pmsync.model.vocabulary import CustomField, CustomKind
from pmsync.testing.builders import KANBAN, POOR, RICH, USUAL_FIELDS, terms, vocabulary
from pmsync.testing.clock import VirtualClock
from pmsync.testing.contract import ConnectorContract, Rig
from pmsync.testing.memory import MemoryConnector, MemoryPlugin, MemorySettings, MemoryTool
from pmsync.testing.rig import MemoryRig

OPTIONS = terms(("Red", "Blue"))
WORKFLOW = {
    "backlog": ("to-do",),
    "to-do": ("backlog", "doing"),
    "doing": ("to-do", "review"),
    "review": ("doing", "done"),
    "done": ("to-do",),
}


class TestARichTool(ConnectorContract):
    @pytest.fixture
    def rig(self) -> Rig:
        clock = VirtualClock()
        customs = tuple(CustomField(id=kind, name=kind.title(), kind=kind, options=OPTIONS) for kind in CustomKind)
        names = vocabulary(fields=USUAL_FIELDS | {Field.LINKS}).model_copy(update={"custom": customs})
        return MemoryRig(MemoryTool(clock, capabilities=RICH, names=names), clock)


class TestAPoorToolWithAWorkflow(ConnectorContract):
    @pytest.fixture
    def rig(self) -> Rig:
        clock = VirtualClock()
        return MemoryRig(MemoryTool(clock, capabilities=POOR, workflow=WORKFLOW), clock)


class TestAToolWithACompletedFlag(ConnectorContract):
    @pytest.fixture
    def rig(self) -> Rig:
        clock = VirtualClock()
        return MemoryRig(MemoryTool(clock, names=vocabulary(KANBAN, completed=True), page_size=7), clock)


def test_a_tool_in_memory_calls_nobody() -> None:
    tool = MemoryTool(VirtualClock())
    connector: Connector = MemoryConnector(tool)
    plugin, settings = cast("Plugin", MemoryPlugin({"roadmap": tool})), MemorySettings("roadmap")
    assert connector.webhooks is None
    assert plugin.receiver(settings) is None
    assert (settings.webhook_url, settings.webhook_reinstall) == ("", False)
