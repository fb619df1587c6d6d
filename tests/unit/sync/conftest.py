"""A world of three tools in memory for each test that wants one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from memories import Memories


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Memories]:
    """Three tools, and pmsync set up to create everything everywhere."""
    made = Memories(tmp_path)
    yield made
    made.close()
