"""What a run leaves in the process is taken back, and garbage is seldom looked for."""

from collections.abc import Iterator

import pytest
from sweeping import seldom

from pmsync.connector import registry


@pytest.fixture(autouse=True)
def withdrawn() -> Iterator[None]:
    """Connectors that a world offered are not there for other tests."""
    yield
    registry.withdraw("memory")


@pytest.fixture(autouse=True)
def seldom_swept() -> Iterator[None]:
    """There are thousands of runs, and each leaves little."""
    with seldom():
        yield
