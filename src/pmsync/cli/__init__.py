"""The command line: the one place that wires everything. Commands import what is heavy when they run, not before."""

import gc
import io
import sys
from typing import Final

_ALLOCATIONS: Final = 50_000
"""How many more objects there have to be before it is looked for garbage. By default (700) it is looked 250 times while
a command is being imported, which makes none: a tenth of the time that it takes to begin."""


def main() -> None:
    """Run `pmsync`."""
    gc.set_threshold(_ALLOCATIONS)
    from pmsync.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal's encoding lacks is shown by its number; a title never ends a command.
            stream.reconfigure(errors="backslashreplace")
    app()
