"""Where the demo happens: the sandboxes, a folder for an hour, and a config that brings them together."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from pmsync.cli.demo.story import BOARD, CONNECTIONS, LAUNCH, PROJECT
from pmsync.sandbox.server import HOST, Running

_CONFIG = """\
# Three sandboxes on this machine, as `pmsync demo` set them up. Their credentials are no secrets.
version: 1
state: sqlite:///pmsync.db
connections:
  product:
    connector: trello
    url: {trello}
    credentials: {{key: sandbox, token: sandbox-pmsync}}
    scope: {{board: {board}}}
    mapping: trello-kanban
  engineering:
    connector: jira
    url: {jira}
    credentials: {{email: pmsync@example.com, token: sandbox-pmsync}}
    scope: {{project: {project}}}
    mapping: jira-software
  delivery:
    connector: asana
    url: {asana}
    credentials: {{token: sandbox-pmsync}}
    scope: {{project: {launch}}}
    mapping: asana-sections
syncs:
  tally:
    members:
      product: {{role: product}}
      engineering: {{role: engineering}}
      delivery: {{role: delivery}}
    create:                       # a new item appears in the other two tools, wherever it was made
      product: [engineering, delivery]
      engineering: [product, delivery]
      delivery: [product, engineering]
    backfill: true                # and so does what was there before
    backlinks:                    # issues and tasks lead to their twins; cards too, once this line is gone: but Trello
      product: false              # takes 100 requests in ten seconds, and the demo would wait for that
    limits: {{creates: 200}}
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The sandboxes, up, and the config that points to them."""

    config: Path
    bases: Mapping[str, str]
    """By connection."""

    def asked(self) -> dict[str, tuple[int, int]]:
        """By connection: how many requests its tool has had so far, and how many of them changed anything."""
        found = {}
        with requests.Session() as session:
            session.trust_env = False
            for connection, base in self.bases.items():
                counts = session.get(f"{base}/_sandbox/requests", timeout=10).json()
                found[connection] = (int(counts["total"]), int(counts["writes"]))
        return found


@contextmanager
def raised() -> Iterator[Stage]:
    """Start the sandboxes with the demo's backlog on free ports; take all down and away at the end."""
    with (
        _no_proxy(HOST),
        tempfile.TemporaryDirectory(prefix="pmsync-demo-") as folder,
        Running(0, seed="demo") as running,
    ):
        config = Path(folder, "config.yaml")
        config.write_text(
            _CONFIG.format(**running.bases, board=BOARD, project=PROJECT, launch=LAUNCH), encoding="utf-8"
        )
        yield Stage(config, {connection: running.bases[tool] for connection, tool in CONNECTIONS.items()})


@contextmanager
def _no_proxy(host: str) -> Iterator[None]:
    """No proxy that the environment names leads to this machine."""
    kept = {name: os.environ.get(name) for name in ("no_proxy", "NO_PROXY")}
    told = [one for one in {*kept.values()} if one]
    os.environ.update(dict.fromkeys(kept, ",".join([*told, host])))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
