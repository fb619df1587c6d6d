"""Finding connectors: the entry points of the group `pmsync.connectors`, each imported when it is asked for."""

from functools import cache
from importlib.metadata import entry_points
from typing import cast

from pmsync.connector.api import Plugin

GROUP = "pmsync.connectors"


def names() -> tuple[str, ...]:
    """The kinds of tool that are installed, in alphabetical order. Imports none of them."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


@cache
def plugin(name: str) -> Plugin:
    """The connector of that name. Raises KeyError, with the installed names, if there is none."""
    for point in entry_points(group=GROUP):
        if point.name == name:
            return cast("Plugin", point.load())
    raise KeyError(f"no connector {name!r}; installed: {', '.join(names()) or 'none'}")
