"""Commands as people and scripts give them: in this process, or where that is not enough in one of their own."""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import forked
import planted
import requests
from states import lay_out
from typer.main import get_command
from typer.testing import CliRunner

from pmsync.cli.app import app
from pmsync.sandbox.server import Running

FIGURES = {
    "run", "status", "items", "created", "updated", "writes", "requests", "conflicts", "quarantined", "errors",
}  # fmt: skip
"""What every JSON document of a pass has, also one that failed."""

VARIABLES = {
    "TRELLO_KEY": planted.KEY,
    "TRELLO_TOKEN": planted.TOKENS["trello"],
    "JIRA_EMAIL": planted.EMAIL,
    "JIRA_TOKEN": planted.TOKENS["jira"],
    "ASANA_TOKEN": planted.TOKENS["asana"],
}
CONNECTIONS = {"product": "trello", "engineering": "jira", "delivery": "asana"}
PYTHON = [sys.executable, "-X", "utf8", "-m", "pmsync"]

_CONFIG = """\
version: 1
connections:
  product:
    connector: trello
    url: {trello}
    credentials: {{key: "${{TRELLO_KEY}}", token: "${{TRELLO_TOKEN}}"}}
    scope: {{board: Roadmap}}
  engineering:
    connector: jira
    url: {jira}
    credentials: {{email: "${{JIRA_EMAIL}}", token: "${{JIRA_TOKEN}}"}}
    scope: {{project: ENG}}
  delivery:
    connector: asana
    url: {asana}
    credentials: {{token: "${{ASANA_TOKEN}}"}}
    scope: {{project: Launch}}
syncs:
  roadmap:
    members:
      product: {{role: product}}
      engineering: {{role: engineering}}
      delivery: {{role: delivery}}
    create:
      product: [engineering, delivery]
      engineering: [product, delivery]
      delivery: [product, engineering]
    backfill: true
    limits: {{creates: {creates}}}
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it has to be."""
        return json.loads(self.out)


class Desk:
    """A folder with a config for the sandboxes, and commands given in it."""

    def __init__(self, folder: Path, bases: Mapping[str, str]) -> None:
        self.folder = folder
        self.bases = bases
        self.config = folder / "config.yaml"
        self.environ = dict(VARIABLES)

    def write(self, *, creates: int = 500, bases: Mapping[str, str] | None = None, more: str = "") -> None:
        """Write the config; `bases` where a tool is to be elsewhere. There is a state beside it that has its tables."""
        text = _CONFIG.format(**{**self.bases, **(bases or {})}, creates=creates)
        self.config.write_text(text + more, encoding="utf-8")
        lay_out(self.folder / "pmsync.db")

    def run(self, *arguments: str, width: int = 100, typed: str | None = None, config: bool = True) -> Ran:
        """Run a command in this process. What pmsync did not mean to raise is raised."""
        environ = {**self.environ, "COLUMNS": str(width), "PMSYNC_CONFIG": str(self.config) if config else None}
        with CliRunner().isolation(input=typed, env=environ) as (out, err, _):
            code = _called(arguments)
            return Ran(code, _text(out.getvalue()), _text(err.getvalue()))

    def start(self, *arguments: str, cwd: Path | None = None) -> forked.Forked:
        """Start a command in a process of its own."""
        return forked.start_read(arguments, cwd=cwd or self.folder, environ={**os.environ, **self.environ})

    def process(self, *arguments: str, cwd: Path | None = None) -> Ran:
        """Run a command in a process of its own."""
        started = self.start(*arguments, cwd=cwd)
        out, err = started.communicate(timeout=100)
        return Ran(started.wait(), out, err)


def _called(arguments: Sequence[str]) -> int:
    """The code that a command ends with."""
    try:
        _commands()(args=list(arguments), prog_name="pmsync")
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _text(printed: bytes) -> str:
    return printed.decode().replace("\r\n", "\n")


@cache
def _commands() -> Callable[..., object]:
    """All commands. To put them together takes longer than some of them."""
    return get_command(app)


def reset(running: Running, seed: str) -> None:
    """All sandboxes as they begin, without faults, counting from nothing."""
    for base in running.bases.values():
        requests.post(f"{base}/_sandbox/reset", json={"seed": seed}, timeout=10).raise_for_status()


def faults(base: str, **body: Any) -> None:
    """Switch a sandbox's faults on."""
    requests.post(f"{base}/_sandbox/faults", json=body, timeout=10).raise_for_status()


def writes(bases: Mapping[str, str]) -> int:
    """How many requests changed anything in any tool since the reset, by the tools' own count."""
    return sum(int(requests.get(f"{base}/_sandbox/requests", timeout=10).json()["writes"]) for base in bases.values())


def total(base: str) -> int:
    """How many requests a tool has had since the reset."""
    return int(requests.get(f"{base}/_sandbox/requests", timeout=10).json()["total"])


def unescaped(text: str) -> bool:
    """Whether a text has control characters that a terminal would obey."""
    return re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text) is not None
