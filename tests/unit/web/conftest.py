"""Each module has a service of its own, whose tools let nobody in."""

from collections.abc import Iterator

import pytest
from answering import Answering, barred, barred_config


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    with barred() as url, Answering(barred_config(tmp_path_factory.mktemp("serving"), url)) as up:
        yield up


@pytest.fixture(autouse=True)
def alive(serving: Answering) -> Iterator[None]:
    """Whatever a test does, the service answers after it."""
    yield
    assert serving.ask("/healthz", token="").status_code == 200
