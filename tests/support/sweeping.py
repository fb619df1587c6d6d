"""How often Python looks for garbage in circles: seldom, where thousands of short runs follow one another."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def seldom() -> Iterator[None]:
    """Spare what is loaded, and look through what is new only once there is much of it: that takes a fifth of a run."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
