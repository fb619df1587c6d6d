"""How a run begins: items brought into every tool, laid out once in each process and copied from then on."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from tests.simulation.chance import Swarm, draw
from tests.simulation.engine import Engine, Memory
from tests.simulation.world import World

Make = Callable[[Swarm, random.Random, Path], World]
Laid = tuple[bytes, Memory]
"""What the tools have, and what pmsync knows of it."""


def apart(many: int, world: World) -> None:
    """The same titles everywhere, which do not know of one another."""
    for number in range(many):
        for connection in world.connections:
            world.create(connection, f"item{number}")


def together(firsts: Sequence[int], world: World, engine: Engine) -> None:
    """Each item made in one tool (a place among the connections), and brought to the others."""
    for number, first in enumerate(firsts):
        world.create(world.connections[first], f"item{number}")
    for _ in range(2):
        world.clock.advance(300)
        engine.run()


@lru_cache(256)
def laid(firsts: Sequence[int], make: Make, folder: Path, *, custom: bool = False) -> Laid:
    """What comes of that, whatever is to happen there later. Not while another world of the process is in use."""
    usual = replace(draw(random.Random(0)), lag=0.0, consistent=True, items=len(firsts), populated=True, custom=custom)
    world = make(usual, random.Random(len(firsts)), folder)
    try:
        engine = Engine(world, lambda label: None)
        together(firsts, world, engine)
        return world.keep(), engine.memory()
    finally:
        world.close()


def forget() -> None:
    """Lay out anew what is asked for from now on: pmsync is another one."""
    laid.cache_clear()
