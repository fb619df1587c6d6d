"""The first sync of many new Trello cards into Jira and Asana, over HTTP with latency, and what Asana would allow."""

import os
import tempfile
import time
from pathlib import Path

import requests

from benchmarks.figures import Done, Figure, measure
from benchmarks.sandboxes import sandboxes
from pmsync.config import load
from pmsync.connector.pacing import Clock
from pmsync.store import open_store
from pmsync.sync.run import run_sync
from pmsync.sync.workplace import Options

CONFIG = """
version: 1
connections:
  product: {{connector: trello, url: "{trello}", credentials: {{key: sandbox, token: sandbox-pmsync}},
             scope: {{board: Roadmap}}, mapping: trello-kanban}}
  engineering: {{connector: jira, url: "{jira}", credentials: {{email: pmsync@example.com, token: sandbox-pmsync}},
                 scope: {{project: ENG}}, mapping: jira-software}}
  delivery: {{connector: asana, url: "{asana}", credentials: {{token: sandbox-pmsync}}, scope: {{project: Launch}},
              mapping: asana-sections}}
syncs:
  all:
    members: {{product: {{role: product}}, engineering: {{role: engineering}}, delivery: {{role: delivery}}}}
    create: {{product: [engineering, delivery]}}
    backfill: true
    limits: {{creates: 100000}}
"""
_PEOPLE = ("ada", "grace", "linus")
_ASANA_AT_ONCE = 15
"""Writes that Asana lets be under way (its page on rate limits); each action of a batch is one."""


def run(cards: int, latency: float) -> list[Figure]:
    """`latency` in seconds, of every answer of every sandbox."""
    with sandboxes() as bases, tempfile.TemporaryDirectory(prefix="pmsync-bench-") as folder:
        _fill(bases["trello"], cards)
        for base in bases.values():
            requests.post(f"{base}/_sandbox/faults", json={"latency": latency}, timeout=10)
        config = Path(folder) / "config.yaml"
        config.write_text(CONFIG.format(**bases), encoding="utf-8")
        least = -(-cards // _ASANA_AT_ONCE) * latency
        figure = measure("first sync of new cards", cards, lambda: _sync(config, least))
        quiet = measure("and the pass after it", cards, lambda: _sync(config, 0.0))
        return [figure, quiet]


def _sync(config: Path, least: float) -> Done:
    loaded = load(config, os.environ)
    with open_store(loaded.state) as store:
        report, _ = run_sync(loaded, loaded.syncs["all"], store, Options(), Clock())
    allowed = f"; Asana's 15 writes at once allow {least:.1f} s" if least else ""
    return Done(report.requests, f"{report.total('created')} made, {len(report.errors)} errors{allowed}")


def _fill(base: str, cards: int) -> None:
    """Make the cards, as three people, as fast as Trello lets them."""
    session = requests.Session()
    board = ""
    made = 0
    while made < cards:
        name = _PEOPLE[made // 90 % len(_PEOPLE)]
        session.headers["Authorization"] = f'OAuth oauth_consumer_key="sandbox", oauth_token="sandbox-{name}"'
        board = board or session.get(f"{base}/1/members/me/boards", timeout=30).json()[0]["id"]
        first = session.get(f"{base}/1/boards/{board}/lists", timeout=30).json()
        body = {"idList": first[0]["id"] if isinstance(first, list) else "", "desc": "Some **text**"}
        for _ in range(90):
            answer = session.post(f"{base}/1/cards", json={**body, "name": f"Card {made}"}, timeout=30)
            if answer.status_code != requests.codes.ok or made >= cards:
                time.sleep(1.0 if made < cards else 0.0)
                break
            made += 1
