"""Each module has three sandboxes of its own; each test begins with them empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from inprocess import InProcess
from served import Sandboxes, Served
from trio import Trio, trios


@pytest.fixture(scope="module")
def nearby() -> Iterator[Sandboxes]:
    """Three sandboxes without sockets, in virtual time."""
    with InProcess() as up:
        yield up


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Three sandboxes over real HTTP, in hurried time: for what sockets, proxies and other processes do."""
    with Served() as up:
        yield up


@pytest.fixture
def trio(nearby: Sandboxes, tmp_path: Path) -> Iterator[Trio]:
    """Three empty tools, and pmsync set up to create everything everywhere."""
    yield from trios(tmp_path, nearby)
