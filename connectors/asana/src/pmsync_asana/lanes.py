"""How many writes may be under way at once: Asana allows fifteen a token, and counts each action of a batch."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Lanes:
    """A semaphore of which one may take several places at a time, all or none."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._places = places
        self._changed = threading.Condition()

    @contextmanager
    def take(self, count: int) -> Iterator[None]:
        """Hold so many places, or all there are if that is fewer."""
        wanted = min(count, self._places)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= wanted)
            self._free -= wanted
        try:
            yield
        finally:
            with self._changed:
                self._free += wanted
                self._changed.notify_all()
