"""The Trello emulator. Key `sandbox`, token `sandbox-NAME`, secret `sandbox-secret`."""

from collections.abc import Callable, Mapping
from datetime import datetime

from pmsync_trello.sandbox.emulator import Trello


def build(clock: Callable[[], datetime], options: Mapping[str, str]) -> Trello:
    """A Trello with nothing in it but the seed `empty`. It takes no options."""
    return Trello(clock)


__all__ = ["build"]
