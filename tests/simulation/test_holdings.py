"""What is laid out once and copied is what it was, to the last request that may still be made."""

import random
from dataclasses import replace

from tests.simulation.beginnings import together
from tests.simulation.chance import draw
from tests.simulation.engine import Engine
from tests.simulation.grounds import CONNECTIONS, grounds
from tests.simulation.play import folder
from tests.simulation.stack import StackWorld

_USUAL = replace(draw(random.Random(0)), lag=0.0, items=2, populated=True)


def _world() -> StackWorld:
    return StackWorld(_USUAL, random.Random(1), folder())


def _seen(world: StackWorld) -> list[object]:
    up = grounds(folder()).up
    return [*(up.state(tool) for tool in CONNECTIONS.values()), *(dict(world.objects(name)) for name in CONNECTIONS)]


def test_a_copied_world_shows_what_the_first_one_showed_and_goes_on_as_it_did() -> None:
    first = _world()
    engine = Engine(first, lambda label: None)
    together((0, 2), first, engine)
    kept, memory, before = first.keep(), engine.memory(), _seen(first)
    goes_on = _course(first, engine)
    first.close()
    for _ in range(2):
        copy = _world()
        other = Engine(copy, lambda label: None)
        copy.lay(kept)
        other.remember(memory)
        assert _seen(copy) == before
        assert _course(copy, other) == goes_on
        copy.close()


def _course(world: StackWorld, engine: Engine) -> list[object]:
    """What comes of an item that somebody makes in each tool."""
    world._rng.seed(7)
    made = [world.create(connection, f"new in {connection}") for connection in world.connections]
    world.clock.advance(300)
    report = engine.run()
    assert report is not None
    told = {name: value for name, value in report.as_json().items() if name != "run"}
    return [made, told, world.clock.now(), world.ledger.entries, *_seen(world)]
