"""Undoing in a world in memory: the words that its tests are told with."""

from memories import Memories

from pmsync.model.fields import Field, Json
from pmsync.sync.undo import Asked, Undo, plan_undo, run_undo

WHO = "olga"


def plan(world: Memories, run: str, item: str | None = None) -> Undo:
    """What it would do."""
    return plan_undo(world.config, world.plan_of, world.store, Asked(run, WHO, item), world.clock)


def undo(world: Memories, run: str, item: str | None = None) -> Undo:
    """A minute later."""
    world.clock.advance(60)
    return run_undo(world.config, world.plan_of, world.store, Asked(run, WHO, item), world.clock)


def renamed(world: Memories, title: str = "Pay by Visa") -> tuple[dict[str, str], str]:
    """An item that a run renamed everywhere, after somebody did in the product's tool; its ids, and the run."""
    ids = world.begin()
    world.product.edit(ids["product"], title=title)
    return ids, world.sync().run


def titles(world: Memories) -> list[Json]:
    """What the tools call the first item of each."""
    return list(world.show(Field.TITLE).values())


def reasons(found: Undo) -> set[str]:
    """Why things are left alone."""
    return {one.reason for one in found.reverse.spared}


def shown(world: Memories) -> dict[str, list[tuple[Json, bool]]]:
    return {
        name: [(one.fields[Field.TITLE], one.archived) for one in items] for name, items in world.everything().items()
    }
