"""What a set-up has to find out over a tool's API before there is a config: its places, its names, its people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pmsync.connector.api import Account, Opening, Place, Plugin, Settings
from pmsync.connector.pacing import Clock
from pmsync.errors import ConfigError, Problem
from pmsync.mapping.spec import fold
from pmsync.model.capabilities import Capabilities
from pmsync.model.fields import Json
from pmsync.model.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What there is behind one connection."""

    account: Account
    vocabulary: Vocabulary
    capabilities: Capabilities


class _Nowhere:
    """Places problems of a section that is in no file yet (`pmsync.connector.api.Where`)."""

    def problem(self, path: Sequence[str], message: str) -> Problem:
        return Problem("", 0, ".".join(path), message)


def problems(plugin: Plugin, section: Mapping[str, Json]) -> dict[str, str]:
    """What is wrong with a connection's section, by key (`credentials.token`). Empty if nothing is."""
    found = plugin.parse(section, _Nowhere())
    return {one.key: one.message for one in found} if isinstance(found, tuple) else {}


def places(plugin: Plugin, name: str, section: Mapping[str, Json], clock: Clock) -> Sequence[Place]:
    """The boards or projects that the credentials can see. The section needs no scope yet."""
    return plugin.places(_settings(plugin, name, section), Opening(name, clock=clock))


def chosen(name: str, wanted: str, offered: Sequence[Place]) -> Place:
    """The place of that id, key or name. Raises ConfigError where there is none, or more than one of that name."""
    for fits in (
        [one for one in offered if wanted in (one.id, one.key)],
        [one for one in offered if one.name == wanted],
        [one for one in offered if fold(wanted) in (fold(one.name), fold(one.key))],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            ids = ", ".join(one.key or one.id for one in fits)
            raise ConfigError(f"{name}: {len(fits)} are called {wanted!r}; name one by its id: {ids}")
    there = ", ".join(f"{one.name} ({one.key or one.id})" for one in offered)
    raise ConfigError(f"{name}: the credentials see nothing called {wanted!r}; they see {there or 'nothing at all'}")


def survey(plugin: Plugin, name: str, section: Mapping[str, Json], clock: Clock) -> Surveyed:
    """Sign in, and read all names of the place that the section's scope names. Nothing is written there."""
    connector = plugin.open(_settings(plugin, name, section), Opening(name, clock=clock))
    try:
        return Surveyed(connector.check(), connector.vocabulary(), connector.capabilities)
    finally:
        connector.close()


def _settings(plugin: Plugin, name: str, section: Mapping[str, Json]) -> Settings:
    settings = plugin.parse(section, _Nowhere())
    if isinstance(settings, tuple):
        raise ConfigError(problems=[Problem("", 0, f"{name}.{one.key}", one.message) for one in settings])
    return settings
