"""A failing run made smaller: what need not happen for it to fail is left out."""

from collections.abc import Callable

from tests.simulation.play import Run

Player = Callable[[int, frozenset[int]], Run]


def shrink(seed: int, play: Player, *, tries: int = 150) -> tuple[Run, frozenset[int]]:
    """Leave out as much as can be with at most so many runs. Answers the smallest that fails the same way.

    The same way: the first thing wrong begins with the same letter of an invariant.
    """
    smallest, skip = play(seed, frozenset()), frozenset[int]()
    kind = _kind(smallest)
    pieces = 2
    while tries > 0:
        happened = sorted({number for number, _ in smallest.fired if number})
        size = max(1, len(happened) // pieces)
        for start in range(0, len(happened), size):
            tries -= 1
            tried = skip | set(happened[start : start + size])
            run = play(seed, tried)
            if run.wrong and _kind(run) == kind:
                smallest, skip, pieces = run, tried, max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces *= 2
    return smallest, skip


def _kind(run: Run) -> str:
    return run.wrong[0].split(" ", 1)[0] if run.wrong else ""
