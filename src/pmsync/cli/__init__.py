"""The command line: the one place that wires everything. Commands import what is heavy when they run, not before."""

import io
import sys


def main() -> None:
    """Run `pmsync`."""
    from pmsync.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal's encoding lacks is shown by its number; a title never ends a command.
            stream.reconfigure(errors="backslashreplace")
    app()
