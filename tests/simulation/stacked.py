"""Runs over the real connectors and the sandboxes. `tests/support` has to be on the path."""

from tests.simulation.play import Run, play
from tests.simulation.stack import StackWorld


def play_stack(seed: int, skip: frozenset[int] = frozenset()) -> Run:
    """As `play`, at the depth of the whole stack."""
    return play(seed, skip, StackWorld)
