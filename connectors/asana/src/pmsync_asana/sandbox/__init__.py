"""An emulator of Asana's HTTP API, for tests, for the demo, and for trying a configuration before one dares."""

from collections.abc import Callable, Mapping
from datetime import datetime

from pmsync_asana.sandbox.emulator import AsanaEmulator

__all__ = ["AsanaEmulator", "build"]


def build(clock: Callable[[], datetime], options: Mapping[str, str]) -> AsanaEmulator:
    """Make the emulator. Its project is `Launch`, in the workspace Acme."""
    return AsanaEmulator(clock, options)
