"""Every fault, at every route that a pass uses, in every tool: passes with faults, then without, end as if without.

Each route fails on its first use, and again on its first use after that has worked: once where a pass reads or creates
for the first time, once where it is in the middle of its work.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from depth import QUICK
from served import Sandboxes, Strike
from trio import TOOLS, Trio, assert_same, trios
from users import Shown

from pmsync.sandbox.faults import Kind

FAULTS = {
    "429 with Retry-After": Strike(Kind.TOO_MANY, retry_after=7.0),
    "429 without Retry-After": Strike(Kind.TOO_MANY, retry_after=None),
    "500 before the effect": Strike(Kind.ERROR),
    "500 after the effect": Strike(Kind.ERROR, late=True),
    "timeout before the effect": Strike(Kind.TIMEOUT),
    "timeout after the effect": Strike(Kind.TIMEOUT, late=True),
    "reset before the effect": Strike(Kind.RESET),
    "reset after the effect": Strike(Kind.RESET, late=True),
    "truncated answer": Strike(Kind.TRUNCATED, late=True),
    "garbage": Strike(Kind.GARBAGE, late=True),
}
PLAYED = [
    (fault, tool) for number, fault in enumerate(FAULTS) for tool in ((TOOLS[number % len(TOOLS)],) if QUICK else TOOLS)
]
"""Each fault in every tool, or in a hurry in one of them, by turns."""
_ANSWERED = {Kind.TOO_MANY, Kind.ERROR, Kind.GARBAGE}
"""The faults that are an answer like any other to a socket. All others are played over real ones."""
_STRUCK_USES = (1, 3)
"""Which uses of a route fail."""


class _Aim:
    """Strikes the uses of each route that are to fail, while it is switched on."""

    def __init__(self, strike: Strike) -> None:
        self.uses: Counter[str] = Counter()
        self.on = False
        self._strike = strike

    def __call__(self, route: str) -> Strike | None:
        if not self.on:
            return None
        self.uses[route] += 1
        return self._strike if self.uses[route] in _STRUCK_USES else None


def _morning(trio: Trio) -> None:
    for number in range(2):
        trio.trello.create(f"card {number}", "Doing", f"Text of card {number}.")
        trio.jira.create(f"issue {number}", "To Do", f"Text of issue {number}.")
        trio.asana.create(f"task {number}", "In Progress", f"Text of task {number}.")


def _noon(trio: Trio) -> None:
    trio.trello.rename(trio.find("trello", "card 0"), "card 0, renamed")
    trio.trello.label(trio.find("trello", "issue 0"), "from-trello")
    trio.trello.move(trio.find("trello", "task 0"), "Done")
    trio.jira.move(trio.find("jira", "issue 0"), "In Review")
    trio.jira.due(trio.find("jira", "card 0"), "2026-12-24")
    trio.jira.assign(trio.find("jira", "card 0"), "linus")
    trio.asana.describe(trio.find("asana", "task 0"), "Said anew in Asana.")
    trio.asana.label(trio.find("asana", "card 0"), "from-asana")
    trio.asana.complete(trio.find("asana", "card 1"))


def _day(trio: Trio, pass_: Callable[[], object]) -> None:
    _morning(trio)
    pass_()
    pass_()
    _noon(trio)
    pass_()
    trio.jira.rename(trio.find("jira", "issue 1"), "issue 1, renamed")
    pass_()


@cache
def _without(sandboxes: Sandboxes, folder: Path) -> tuple[dict[str, list[Shown]], dict[str, frozenset[str]]]:
    """The end of the day without faults, and the routes that its passes use."""
    folder.mkdir()
    trio = Trio(sandboxes, folder)
    used = {tool: _Aim(Strike(Kind.ERROR)) for tool in TOOLS}

    def listening() -> None:
        before = trio.asked()
        trio.sync()
        for tool, routes in trio.asked().items():
            used[tool].uses.update({route: n - before[tool].get(route, 0) for route, n in routes.items()})

    try:
        _day(trio, listening)
        trio.settle()
        return trio.everything(), {tool: frozenset(+aim.uses) for tool, aim in used.items()}
    finally:
        trio.close()


@pytest.fixture
def sandboxes(request: pytest.FixtureRequest, fault: str) -> Sandboxes:
    """What the fault is played on."""
    name = "nearby" if FAULTS[fault].kind in _ANSWERED else "served"
    found: Sandboxes = request.getfixturevalue(name)
    return found


@pytest.fixture
def undisturbed(
    sandboxes: Sandboxes, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, list[Shown]], dict[str, frozenset[str]]]:
    """What the day comes to if nothing goes wrong."""
    return _without(sandboxes, tmp_path_factory.getbasetemp() / f"undisturbed-{type(sandboxes).__name__}")


@pytest.fixture
def trio(sandboxes: Sandboxes, tmp_path: Path) -> Iterator[Trio]:
    """Three empty tools, and pmsync set up to create everything everywhere."""
    yield from trios(tmp_path, sandboxes)


@pytest.mark.parametrize(("fault", "tool"), PLAYED)
def test_a_day_with_faults_ends_like_a_day_without(
    undisturbed: tuple[dict[str, list[Shown]], dict[str, frozenset[str]]], trio: Trio, tool: str, fault: str
) -> None:
    aim = _Aim(FAULTS[fault])
    trio.sandbox(tool).aim = aim

    def struck() -> None:
        aim.on = True
        trio.sync()
        aim.on = False

    # The user's own requests are not struck: `_day` makes them between the passes.
    for phase in (_morning, _noon):
        phase(trio) if phase is _morning else _settled_then(trio, phase)
        struck()
        struck()
    trio.jira.rename(trio.find("jira", "issue 1"), "issue 1, renamed")
    struck()
    end, routes = undisturbed
    assert routes[tool] <= set(aim.uses), "the faults are to strike every route that a pass uses"
    trio.settle()
    assert_same(trio.everything(), end)
    verification = trio.verify()
    assert verification.agrees, (verification.differences, verification.missing)


def _settled_then(trio: Trio, phase: Callable[[Trio], None]) -> None:
    trio.settle()
    phase(trio)
