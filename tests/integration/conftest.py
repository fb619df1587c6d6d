"""Each module has three sandboxes of its own; each test begins with them empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Served
from trio import Trio, trios


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Three sandboxes in hurried time."""
    with Served() as up:
        yield up


@pytest.fixture
def trio(served: Served, tmp_path: Path) -> Iterator[Trio]:
    """Three empty tools, and pmsync set up to create everything everywhere."""
    yield from trios(tmp_path, served)
