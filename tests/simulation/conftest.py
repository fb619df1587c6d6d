"""What a run leaves in the process is taken back."""

from collections.abc import Iterator

import pytest

from pmsync.connector import registry


@pytest.fixture(autouse=True)
def withdrawn() -> Iterator[None]:
    """Connectors that a world offered are not there for other tests."""
    yield
    registry.withdraw("memory")
