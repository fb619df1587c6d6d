"""The clients over the sandboxes in process: what the network does to them is what a real one would."""

from collections.abc import Iterator
from typing import Any

import pytest
from inprocess import Call, Hooks, InProcess, Reply, Unreachable

from pmsync.connector import registry
from pmsync.connector.api import Connector, Opening
from pmsync.connector.crew import alone
from pmsync.errors import PmsyncError, TransientError, UnknownOutcomeError
from pmsync.model.fields import Field
from pmsync.model.native import Draft, Marker, Ref
from pmsync.sync.setup import problems
from pmsync.testing.clock import VirtualClock

TOOLS = {
    "trello": ({"key": "sandbox", "token": "sandbox-pmsync"}, {"board": "Roadmap"}),
    "jira": ({"email": "pmsync@example.com", "token": "sandbox-pmsync"}, {"project": "ENG"}),
    "asana": ({"token": "sandbox-pmsync"}, {"project": "Launch"}),
}


class Gone(BaseException):
    """The process ends."""


class Trouble(Hooks):
    """Raises once, before or after the next write."""

    def __init__(self) -> None:
        self.before_it: BaseException | None = None
        self.after_it: BaseException | None = None
        self.calls: list[str] = []

    def before(self, call: Call) -> Reply | None:
        self.calls.append(call.route)
        if call.is_write and self.before_it is not None:
            error, self.before_it = self.before_it, None
            raise error
        return None

    def after(self, call: Call, reply: Reply) -> Reply:
        if call.is_write and self.after_it is not None:
            error, self.after_it = self.after_it, None
            raise error
        return reply


@pytest.fixture(scope="module")
def up() -> Iterator[InProcess]:
    """The sandboxes."""
    with InProcess() as running:
        yield running


@pytest.fixture(params=sorted(TOOLS))
def open_(request: pytest.FixtureRequest, up: InProcess) -> Iterator[tuple[Connector, Trouble, str]]:
    """A connection to one tool, what goes wrong with it, and the tool."""
    tool: str = request.param
    up.reset()
    up.hooks = trouble = Trouble()
    credentials, scope = TOOLS[tool]
    section: dict[str, Any] = {"connector": tool, "url": up.bases[tool], "credentials": credentials, "scope": scope}
    plugin = registry.plugin(tool)
    assert not problems(plugin, section)
    with alone():
        settings = plugin.parse(section, None)  # type: ignore[arg-type]
        assert not isinstance(settings, tuple)
        connector = plugin.open(settings, Opening(tool, clock=up.clock))
        connector.vocabulary()
        yield connector, trouble, tool
        connector.close()


def _make(connector: Connector) -> PmsyncError | None:
    return connector.create([Draft({Field.TITLE: "Pay by card"}, Marker("item"))])[0].error


def _there(up: InProcess, tool: str) -> int:
    return len(up.state(tool))


def test_no_connection_at_all_means_that_nothing_was_made(up: InProcess, open_: tuple[Connector, Trouble, str]) -> None:
    connector, trouble, tool = open_
    trouble.before_it = Unreachable("nobody there")
    error = _make(connector)
    assert type(error) is TransientError
    assert _there(up, tool) == 0


@pytest.mark.parametrize("kind", [ConnectionResetError, TimeoutError])
@pytest.mark.parametrize("late", [False, True])
def test_a_broken_connection_means_that_nobody_knows(
    up: InProcess, open_: tuple[Connector, Trouble, str], kind: type[OSError], late: bool
) -> None:
    connector, trouble, tool = open_
    setattr(trouble, "after_it" if late else "before_it", kind("broken"))
    assert isinstance(_make(connector), UnknownOutcomeError)
    assert _there(up, tool) == late


@pytest.mark.parametrize("late", [False, True])
def test_the_end_of_the_process_passes_through_everything(
    up: InProcess, open_: tuple[Connector, Trouble, str], late: bool
) -> None:
    connector, trouble, tool = open_
    setattr(trouble, "after_it" if late else "before_it", Gone())
    with pytest.raises(Gone):
        _make(connector)
    assert _there(up, tool) == late


def test_aside_nothing_is_counted_told_or_waited_for(up: InProcess, open_: tuple[Connector, Trouble, str]) -> None:
    connector, trouble, tool = open_
    assert _make(connector) is None
    counts, calls, now = up.counts(tool), list(trouble.calls), up.clock.now()
    with up.aside():
        for _ in range(3):
            connector.fetch([_id(up, tool)])
    assert (up.counts(tool), trouble.calls, up.clock.now()) == (counts, calls, now)


def test_a_request_takes_its_time(up: InProcess, open_: tuple[Connector, Trouble, str]) -> None:
    connector, _, tool = open_
    _make(connector)
    clock = up.clock
    assert isinstance(clock, VirtualClock)
    before = clock.now()
    connector.inspect(Ref(_id(up, tool)), before)
    assert clock.now() > before


def _id(up: InProcess, tool: str) -> str:
    first = up.state(tool)[0]
    return str(first.get("gid") or first["id"])
