"""Scenarios of subtle cases: whole stories that can be played on the engine as it is, and on one that is naive."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from keeping import Keeping
from memories import NAME, Memories
from tests.simulation.mutants import MUTANTS

from pmsync.errors import TransientError
from pmsync.mapping.parse import parse
from pmsync.mapping.spec import Mapping as Spec
from pmsync.model.fields import Field, Json
from pmsync.store.records import Bundle

Scenario = Callable[[Path], None]


@contextmanager
def memories(folder: Path, **options: Any) -> Iterator[Memories]:
    """Three tools in memory, put away at the end."""
    with closing(Memories(folder, **options)) as world:
        yield world


@contextmanager
def keeping(folder: Path, **options: Any) -> Iterator[Keeping]:
    """Three tools in memory, and a state that is a file."""
    with closing(Keeping(folder, **options)) as world:
        yield world


def naive_engine_fails(scenario: Scenario, mutant: str, folder: Path) -> None:
    """The scenario fails on an engine that is naive in this way, and by an assertion of its own."""
    with MUTANTS[mutant].applied(), pytest.raises(AssertionError) as failure:
        scenario(folder)
    where = Path(failure.traceback[-1].path).name
    assert where.startswith("test_subtle_"), f"it failed in {where}, before it came to that"


def speaks(world: Memories, connection: str, statuses: Mapping[str, Json]) -> None:
    """Give one tool a mapping of its own: place by place, the statuses that it shows and the category."""
    usual = world.config.connections
    read = parse({"connector": "memory", "statuses": dict(statuses), "labels": {"create": True}})
    assert isinstance(read, Spec), read
    mapping = replace(usual[connection].mapping, statuses=read.statuses)
    world.config = replace(world.config, connections={**usual, connection: replace(usual[connection], mapping=mapping)})


def once(hooks: list[Callable[[str], None]], call: str, act: Callable[[], None]) -> None:
    """Do this at the next such call, and never again."""

    def hook(name: str) -> None:
        if name == call:
            hooks.remove(hook)
            act()

    hooks.append(hook)


def lose_the_answer(world: Memories, call: str) -> None:
    """The next such call takes effect, and its answer never arrives."""
    once(world.after, call, _lost)


def _lost() -> None:
    raise TransientError("the connection was reset")


def claims(world: Memories, name: Field) -> list[set[object]]:
    """The native or schema values that took part in each conflict about a field, whichever is known."""
    return [
        {claim["value"] if claim["native"] is None else _plain(claim["native"]) for claim in one.values
         if isinstance(claim, dict)}
        for one in world.conflicts()
        if one.field is name and isinstance(one.values, list)
    ]  # fmt: skip


def _plain(native: Json) -> Json:
    return native["place"] if isinstance(native, dict) and "place" in native else native


def bundle(world: Memories) -> Bundle:
    """The only item."""
    (found,) = [one for chunk in world.store.items.every(NAME) for one in chunk]
    return found


def there(world: Memories) -> dict[str, int]:
    """How many items each tool shows that are not put away."""
    return {name: len([one for one in tool.items() if not one.archived]) for name, tool in world.tools.items()}
