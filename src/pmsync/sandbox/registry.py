"""Finding emulators: the entry points of the group `pmsync.sandboxes`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from typing import cast

from pmsync.sandbox.app import Emulator

GROUP = "pmsync.sandboxes"

Build = Callable[[Callable[[], datetime], Mapping[str, str]], Emulator]
"""Makes an emulator from the tool's clock and options (Jira: `{"product": "cloud" | "data-center"}`)."""


def names() -> tuple[str, ...]:
    """The tools that can be emulated, in alphabetical order."""
    return tuple(sorted(_points().names))


def build(name: str, clock: Callable[[], datetime], options: Mapping[str, str]) -> Emulator:
    """The emulator of that tool. Raises KeyError if there is none."""
    for point in _points():
        if point.name == name:
            return cast("Build", point.load())(clock, options)
    raise KeyError(name)


@cache
def _points() -> EntryPoints:
    """What is installed: a look into every package, so it is taken once in a process."""
    return entry_points(group=GROUP)
