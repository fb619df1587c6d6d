"""A small config that is right, and a way to break it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from pmsync.config import Config, load
from pmsync.errors import ConfigError, Problem

RIGHT = """\
version: 1
connections:
  product:
    connector: trello
    url: http://127.0.0.1:8702
    credentials: {key: sandbox, token: sandbox-ada, secret: sandbox-secret}
    scope: {board: Roadmap}
    mapping: trello-kanban
  engineering:
    connector: jira
    url: http://127.0.0.1:8701
    credentials: {email: ada@example.com, token: "${JIRA_TOKEN}"}
    scope: {project: ENG}
    mapping: jira-software
syncs:
  roadmap:
    members:
      product: {role: product}
      engineering: {role: engineering}
    create: {product: [engineering]}
"""

Load: TypeAlias = Callable[..., Config]
Broken: TypeAlias = Callable[..., list[Problem]]

ENVIRON = {"JIRA_TOKEN": "jira-secret-token"}


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """Loads a config of this text: the right one unless another is given."""

    def make(text: str = RIGHT, environ: Mapping[str, str] = ENVIRON) -> Config:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, environ)

    return make


@pytest.fixture
def broken(loaded: Load) -> Broken:
    """The problems of a config in which each `old` is replaced by its `new`."""

    def make(*changes: tuple[str, str], environ: Mapping[str, str] = ENVIRON) -> list[Problem]:
        text = RIGHT
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        with pytest.raises(ConfigError) as caught:
            loaded(text, environ)
        return list(caught.value.problems)

    return make
