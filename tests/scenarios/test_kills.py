"""`kill -9`, for real: at every named commit, at every kind of write to a tool, at any time; then all is made good.

The process that dies is pmsync's command line, the tools are real servers in another process, the state is on SQLite
and on PostgreSQL. A usual run strikes before and after each commit on SQLite, and before or after each on PostgreSQL,
one process after the other, so that what the next begins with was left by many; `make torture` strikes once a play, at
all occurrences, at every request, and at random times.
"""

import os
import random
import re
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from depth import QUICK
from killable import Played, Stage, Strike
from postgres import server
from scenes import ELSEWHERE, SCENES, WITHIN

SOURCE = Path(__file__).parents[2] / "src" / "pmsync"
DATABASES = ("sqlite", "postgresql")
STRUCK = [name for name, scene in SCENES.items() if scene.struck]
RANDOM_KILLS = 50
SPARING = {False: 12, True: 4} if QUICK else {False: 4, True: 2}
"""A usual run strikes before and after the effect of every how-manieth kind of write."""
ON_A_SERVER = ("unanswered", "talk") if QUICK else tuple(SCENES)
"""The scenes that a usual run plays on PostgreSQL too."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened


@dataclass
class Theatre:
    """One scene, set, with its state on one kind of database; and how it ends if nobody is killed."""

    stage: Stage
    folder: Path
    scene: str
    state: str = ""

    def __post_init__(self) -> None:
        (self.folder / "set").mkdir()
        self.stage.set(self.scene, self.folder / "set", self.state)
        self._number = 0

    @cached_property
    def unharmed(self) -> Played:
        """The play without a kill."""
        return self.play([Strike()], quiet=2)

    def play(self, strikes: Sequence[Strike], *, quiet: int = 0) -> Played:
        """Play it once, with these strikes one after the other."""
        self._number += 1
        folder = self.folder / f"play-{self._number}"
        if not self.state:
            return self.stage.play(folder, strikes, quiet=quiet)
        state = server().create("" if SCENES[self.scene].fresh else self.state)
        try:
            return self.stage.play(folder, strikes, state=state, quiet=quiet)
        finally:
            server().drop(state)

    def differences(self, strikes: Sequence[Strike], *, surely: bool, quiet: int = 0) -> list[str]:
        """Strike, each time from the beginning; what came out otherwise than unharmed. `surely`: each must hit."""
        found = []
        for strike in strikes:
            played = self.play([strike], quiet=quiet)
            different = _differences(played, self.unharmed, strike, surely=surely)
            found += [f"{strike}: {one}" for one in different]
        return found

    def in_a_row(self, strikes: Sequence[Strike]) -> list[str]:
        """Strike at one after the other, each time what began when the one before was dead; what came out otherwise.

        A strike that was not due any more, since what was left did not come there, is one of another row.
        """
        found, due = [], list(strikes)
        while due:
            played = self.play(due)
            found += [f"{len(due)} from {due[0]} on: {one}" for one in _unmended(played, self.unharmed)]
            missed = [one for one, code in zip(due, played.codes, strict=True) if code != -signal.SIGKILL]
            assert len(missed) < len(due), f"nothing comes to {due[0]} any more: {played.printed}"
            due = missed
        return found


def _differences(played: Played, unharmed: Played, strike: Strike, *, surely: bool) -> Iterator[str]:
    """What is different after one strike."""
    if played.code != -signal.SIGKILL and (surely or played.code != unharmed.code):
        yield f"ended with {played.code} at {played.boundaries[-1:]}:\n{played.printed}"
    if surely and strike.boundary and played.boundaries[-1] != strike.boundary:
        yield f"came as far as {played.boundaries[-1]}"
    yield from _unmended(played, unharmed)


def _unmended(played: Played, unharmed: Played) -> Iterator[str]:
    """What is not as it should be, however it was struck."""
    if played.again not in (0, 1) or "Traceback" in played.printed:
        yield f"the second time ended with {played.again}:\n{played.printed}"
    if open_ := {name: mode for name, mode in played.modes.items() if mode != "0o600"}:
        yield f"others can read {open_}"
    yield from _left(played, unharmed)


def _left(played: Played, unharmed: Played) -> Iterator[str]:
    """What is different in the end."""
    for tool, items in unharmed.shown.items():
        found, wanted = Counter(played.shown[tool]), Counter(items)
        yield from (f"{tool} shows  {one}" for one in (found - wanted).elements())
        yield from (f"{tool} should {one}" for one in (wanted - found).elements())
    if not played.agrees:
        yield f"the tools do not agree after {played.passes} passes"
    if any(played.quiet):
        yield f"passes that had nothing to do wrote {played.quiet}"
    if played.intents:
        yield f"{played.intents} writes are still open"
    if missing := [one for one in unharmed.told if one not in played.told]:
        yield f"conflicts are not recorded: {missing}; recorded are {played.told}"
    if Counter(map(tuple, unharmed.audited)) - Counter(map(tuple, played.audited)):
        yield f"the audit log lacks conflicts: {played.audited}, not {unharmed.audited}"


@pytest.fixture
def theatre(request: pytest.FixtureRequest, stage: Stage, tmp_path: Path) -> Iterator[Theatre]:
    """The scene and database that the test names."""
    scene, database = request.param
    if database == "sqlite":
        yield Theatre(stage, tmp_path, scene)
        return
    with server().database() as state:
        yield Theatre(stage, tmp_path, scene, state)


def _on(scenes: Sequence[str], databases: Sequence[str] = DATABASES) -> pytest.MarkDecorator:
    """Every one of these scenes on every one of these databases."""
    pairs = [
        (scene, database) for scene in scenes for database in databases if database == "sqlite" or scene in ON_A_SERVER
    ]
    return pytest.mark.parametrize(
        "theatre", pairs, indirect=True, ids=[f"{scene.replace(' ', '-')}-{where}" for scene, where in pairs]
    )


def _labels(boundaries: Sequence[str]) -> set[str]:
    return {one.partition(" ")[2] for one in boundaries}


def _in_turn(boundaries: Sequence[str]) -> list[str]:
    """Each commit once: the first before it, the next after it, and so on."""
    labels = dict.fromkeys(one.partition(" ")[2] for one in boundaries)
    due = {f"{('before', 'after')[number % 2]} {label}" for number, label in enumerate(labels)}
    return [one for one in boundaries if one in due]


def _writes(routes: Sequence[str]) -> list[str]:
    """The kinds of requests that change something, each once."""
    reads = re.compile(r"GET |bulkfetch|search")
    return [route for route in dict.fromkeys(routes) if not reads.search(route)]


def test_every_commit_that_has_a_name_is_struck_somewhere() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    named = set(re.findall(r"\b(?:transaction|writing)\(\s*\"([^\"]+)\"", code))
    assert len(named) > 20, "that is not how they are named any more"
    struck = [label for scene in SCENES.values() for label in scene.struck]
    assert len(struck) == len(set(struck)), "once is enough"
    missing = named - set(struck) - WITHIN.keys() - ELSEWHERE.keys()
    assert not missing, (
        f"no process is killed at {sorted(missing)}: add a scene that comes there, in tests/support/scenes.py"
    )
    assert set(struck) - named == {"schema"}, "the migrations, which SQLAlchemy commits"
    assert WITHIN.keys() | ELSEWHERE.keys() <= named
    for label, place in ELSEWHERE.items():
        assert f'"before {label}"' in (SOURCE.parents[1] / place).read_text(encoding="utf-8")


@pytest.mark.timeout(600)
@_on(STRUCK)
def test_processes_killed_at_every_commit_leave_nothing_to_mend(theatre: Theatre) -> None:
    unharmed, scene = theatre.unharmed, SCENES[theatre.scene]
    assert unharmed.agrees
    assert not any(unharmed.quiet), unharmed
    assert not unharmed.intents
    reached = _labels(unharmed.boundaries)
    assert scene.struck <= reached, "this scene does not come there any more"
    assert not reached & WITHIN.keys(), "these are commits by themselves by now: strike them"
    assert reached <= {label for one in SCENES.values() for label in one.struck}, "strike these too"
    boundaries = [one for one in dict.fromkeys(unharmed.boundaries) if _labels([one]) <= scene.struck]
    if theatre.state:  # A server's state costs twice as much.
        boundaries = _in_turn(boundaries)
    assert theatre.in_a_row([Strike(one) for one in boundaries]) == []


@pytest.mark.timeout(600)
@_on(["day"], ["sqlite"])
@pytest.mark.parametrize("late", [False, True], ids=["before its effect", "after its effect"])
def test_a_process_killed_at_a_write_to_a_tool_leaves_nothing_to_mend(theatre: Theatre, late: bool) -> None:
    """What arrived and was not answered is the harder case: of those that never arrived, fewer have to do."""
    routes = _writes(theatre.unharmed.routes)
    assert len(routes) > 8
    strikes = [Strike(route=route, late=late) for route in routes[:: SPARING[late]]]
    assert theatre.differences(strikes, surely=True) == []


@_on(["quick hands"], ["sqlite"])
def test_an_edit_of_an_item_whose_create_was_never_answered_is_not_overwritten(theatre: Theatre) -> None:
    """The issue is made, the process dies; before the next pass somebody moves and renames the new issue."""
    played = theatre.play([Strike(route="jira POST /rest/api/3/issue/bulk", late=True)], quiet=2)
    assert played.code == -signal.SIGKILL
    assert {tool: [one.title for one in items] for tool, items in played.shown.items()} == {
        "trello": ["Pay by any card"], "jira": ["Pay by any card"], "asana": ["Pay by any card"]
    }  # fmt: skip
    (issue,) = played.shown["jira"]
    told = {field for _, field, *_ in played.told}
    assert issue.place == "Selected for Development" or "status" in told
    assert played.agrees
    assert not any(played.quiet)


@pytest.mark.torture
@pytest.mark.timeout(7200)
@_on(STRUCK)
def test_a_process_killed_at_any_occurrence_of_a_boundary_leaves_nothing_to_mend(theatre: Theatre) -> None:
    strikes = [
        Strike(boundary, occurrence=number + 1)
        for boundary, count in sorted(Counter(theatre.unharmed.boundaries).items())
        for number in range(count)
    ]
    assert theatre.differences(strikes, surely=False, quiet=2) == []


@pytest.mark.torture
@pytest.mark.timeout(7200)
@_on(STRUCK)
@pytest.mark.parametrize("late", [False, True], ids=["before its effect", "after its effect"])
def test_a_process_killed_at_any_request_leaves_nothing_to_mend(theatre: Theatre, late: bool) -> None:
    strikes = [
        Strike(route=route, late=late, occurrence=number + 1)
        for route, count in sorted(Counter(theatre.unharmed.routes).items())
        for number in range(count)
    ]
    assert theatre.differences(strikes, surely=False, quiet=2) == []


@pytest.mark.torture
@pytest.mark.timeout(7200)
@_on(STRUCK)
def test_a_process_killed_at_any_time_leaves_nothing_to_mend(theatre: Theatre) -> None:
    """`PMSYNC_SEED` repeats the times of a run, as far as a machine keeps time."""
    seed = int(os.environ.get("PMSYNC_SEED") or random.randrange(2**32))
    print(f"PMSYNC_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    strikes = [Strike(seconds=chance.uniform(0.001, theatre.unharmed.seconds)) for _ in range(RANDOM_KILLS)]
    assert theatre.differences(strikes, surely=False, quiet=2) == []
