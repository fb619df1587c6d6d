"""Real processes killed with SIGKILL in the middle of a command, as cheaply as a fork.

A stage is a process of its own. It sets a scene once, with the three sandboxes as real servers, and then plays it as
often as it is asked to: each time a fork of it goes on from the same moment, so that nothing has to be set up again and
nothing of one play is left for the next. In a play the scene's commands run in one more process, which is killed where
the play says, once or several times in a row; then they run again, until the tools agree; and all that can be seen
is told.

    pytest ── stage ─┬─ play (the tools, and what comes after the kill) ── runner ─┬─ the commands, killed
                     └─ the next play …                                           └─ the commands again
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from users import Shown


@dataclass(frozen=True, slots=True)
class Strike:
    """When a process is killed: around a commit, around a request, or after a time. Nothing said: never."""

    boundary: str = ""
    """`before <label>` or `after <label>` of a commit."""
    route: str = ""
    """`<tool> <route>` of a request."""
    late: bool = False
    """The request takes effect first, and only its answer is lost."""
    occurrence: int = 1
    """The how-manieth of such moments it is."""
    seconds: float = 0.0

    def __str__(self) -> str:
        moment = self.boundary or (f"{'after' if self.late else 'before'} {self.route}" if self.route else "")
        return f"{moment} #{self.occurrence}" if moment else f"after {self.seconds:.4f} s"


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a play."""

    codes: list[int]
    """How each process that was to be killed ended: its exit code, or the signal as a negative number."""
    again: int
    """The exit code of the commands when they were run again."""
    boundaries: list[str]
    """The commits that those processes came to, `before` and `after` each, in order."""
    routes: list[str]
    """The requests that they sent, in order."""
    seconds: float
    """How long the first of them lived."""
    shown: dict[str, list[Shown]]
    """What all tools show in the end."""
    agrees: bool
    passes: int
    """How many more passes it took until they agreed."""
    quiet: list[int]
    """How much each of the passes after that wrote."""
    intents: int
    """Writes that nobody knows the outcome of."""
    told: list[list[str]]
    """The conflicts that are recorded: the item's title, the field, how it was settled."""
    audited: list[list[str]]
    """The same, by the audit log, without titles."""
    modes: dict[str, str] = field(default_factory=dict)
    """The mode of each file that pmsync left, right after the kill."""
    printed: str = ""

    @property
    def code(self) -> int:
        """How the first process ended."""
        return self.codes[0]


class Stage:
    """A stage, seen from the test. A context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(Path(__file__).with_name("stage.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def set(self, scene: str, folder: Path, state: str = "") -> None:
        """Set a scene, with its files in `folder`, and its state there too or, if that is said, at `state`."""
        self._ask(do="set", scene=scene, folder=str(folder), state=state)

    def play(self, folder: Path, strikes: Sequence[Strike], *, state: str = "", quiet: int = 0) -> Played:
        """Play the scene that is set, its files copied to `folder`, and at the end so many `quiet` passes more.

        The commands run once for each of the strikes, one after the other, and once more at last.
        """
        aimed = [asdict(one) for one in strikes]
        told = self._ask(do="play", folder=str(folder), strikes=aimed, state=state, quiet=quiet)
        shown = {tool: [_shown(one) for one in items] for tool, items in told.pop("shown").items()}
        return Played(shown=shown, **told)

    def close(self) -> None:
        """End the stage."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        environ = {name: value for name, value in os.environ.items() if name.startswith("PMSYNC_")}
        assert not environ.keys() & {"PMSYNC_STATE", "PMSYNC_CONFIG"}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the stage ended"
        told: dict[str, Any] = json.loads(line)
        assert "failure" not in told, told["failure"]
        return told


def _shown(told: Mapping[str, Any]) -> Shown:
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in told.items()}
    return Shown(**values)
