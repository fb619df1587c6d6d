"""A progress bar on standard error, for people: nothing is drawn where standard error is not a terminal."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """One bar, renewed for each stage. Told from several threads."""

    def __init__(self, shown: "Progress") -> None:
        self._shown = shown
        self._task: TaskID | None = None
        self._lock = threading.Lock()

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins."""
        with self._lock:
            if self._task is not None:
                self._shown.remove_task(self._task)
            self._task = self._shown.add_task(name, total=total)

    def advance(self, steps: int = 1) -> None:
        """So many steps are done."""
        with self._lock:
            if self._task is not None:
                self._shown.advance(self._task, steps)


@contextmanager
def progress() -> Iterator[Bar]:
    """Show how far a pass is, and clear that away at the end."""
    # With the first pass, which is seen: what only lists commands shows none.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        yield Bar(shown)
