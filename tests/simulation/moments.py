"""A moment of a run in memory, to which it can be brought back as often as one likes."""

import copy
import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any

from tests.simulation.engine import Engine
from tests.simulation.memory import MemoryWorld

_class = attrgetter("__class__")
_is_frozen = attrgetter("__dataclass_params__.frozen")


class Moment:
    """All that a world of tools in memory and the pmsync at work in it are, between two passes."""

    def __init__(self, world: MemoryWorld, engine: Engine) -> None:
        self._engine = engine
        self._memory = engine.memory()
        self._told = engine.store.on_commit
        self._reports = len(engine.reports)
        self._kept = [
            (one, {name: _copied(value) for name, value in _state(one, parts)}) for one, parts in _parts(world)
        ]

    def come_back(self) -> None:
        """Have all be as it was."""
        for one, state in self._kept:
            for name, value in state.items():
                setattr(one, name, _copied(value))
        self._engine.remember(self._memory)
        self._engine.store.on_commit = self._told
        del self._engine.reports[self._reports :]


def _parts(world: MemoryWorld) -> Iterator[tuple[object, frozenset[int]]]:
    """The objects that a world is made of, each with what has a place of its own here or never changes."""
    alone = (world.clock, world.ledger, *world.tools.values())
    parts = frozenset(map(id, (*alone, world.tools, world.config)))
    return ((one, parts) for one in (world, *alone))


def _state(one: object, parts: frozenset[int]) -> Iterator[tuple[str, Any]]:
    names = [field.name for field in fields(one)] if is_dataclass(one) else list(vars(one))
    values = ((name, getattr(one, name)) for name in names)
    return ((name, value) for name, value in values if id(value) not in parts)


def _copied(value: Any) -> Any:
    """The value apart from what may become of it: containers anew, and what never changes as it is."""
    match value:
        case dict():
            return {key: _copied(one) for key, one in value.items()}
        case list():
            return [_copied(one) for one in value]
        case set():
            return value.copy()
        case random.Random():
            return copy.copy(value)
        case _ if is_dataclass(value) and not _is_frozen(value):
            return _class(value)(**{one.name: _copied(getattr(value, one.name)) for one in fields(value)})
        case _:
            return value
