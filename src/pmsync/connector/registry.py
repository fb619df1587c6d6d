"""Finding connectors: the entry points of the group `pmsync.connectors`, each imported when it is asked for."""

from functools import cache
from importlib.metadata import EntryPoints, entry_points
from typing import cast

from pmsync.connector.api import Plugin

GROUP = "pmsync.connectors"

_OFFERED: dict[str, Plugin] = {}


def offer(plugin: Plugin) -> None:
    """Make a connector known that no installed package names: one made by the program that runs pmsync.

    It goes before an installed one of the same name, and takes the place of one that was offered before.
    """
    _OFFERED[plugin.name] = plugin


def withdraw(name: str) -> None:
    """Take back what was offered."""
    _OFFERED.pop(name, None)


def names() -> tuple[str, ...]:
    """The kinds of tool that are installed or offered, in alphabetical order. Imports none of them."""
    return tuple(sorted(_points().names | _OFFERED.keys()))


def plugin(name: str) -> Plugin:
    """The connector of that name. Raises KeyError, with the installed names, if there is none."""
    return _OFFERED.get(name) or _installed(name)


@cache
def _installed(name: str) -> Plugin:
    for point in _points():
        if point.name == name:
            return cast("Plugin", point.load())
    raise KeyError(f"no connector {name!r}; installed: {', '.join(names()) or 'none'}")


@cache
def _points() -> EntryPoints:
    """What is installed: a look into every package, so it is taken once in a process."""
    return entry_points(group=GROUP)
