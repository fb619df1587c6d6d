"""The parts of the documentation that are written by program: run this file to write them; a test compares them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from typer.testing import CliRunner

from pmsync.cli.app import app
from pmsync.connector import registry
from pmsync.connector.api import Plugin
from pmsync.model.capabilities import Capabilities
from pmsync.model.fields import Field, in_order

ROOT = Path(__file__).parents[2]


def help_block() -> str:
    """What `pmsync --help` prints."""
    result = CliRunner().invoke(app, ["--help"], prog_name="pmsync", env={"COLUMNS": "100", "TERMINAL_WIDTH": "100"})
    assert result.exit_code == 0, result.output
    return f"```\n$ pmsync --help\n{result.output.strip()}\n```"


def capability_table() -> str:
    """What each installed connector says that its tool can do."""
    plugins = [registry.plugin(name) for name in registry.names()]
    lines = [["", *(plugin.title for plugin in plugins)], ["---" for _ in range(len(plugins) + 1)]]
    lines += [[label, *(say(plugin) for plugin in plugins)] for label, say in _ROWS]
    had = frozenset[Field]().union(*(plugin.capabilities.fields for plugin in plugins))
    lines += [[field.value, *(_has(plugin.capabilities, field) for plugin in plugins)] for field in in_order(had)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _has(capabilities: Capabilities, field: Field) -> str:
    if field not in capabilities.fields:
        return "-"
    if field in capabilities.read_only:
        return "read only"
    return "yes" if field in capabilities.history else "yes, without history"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


_DATES = {"date": "date", "instant": "moment", "both": "date or moment"}

_ROWS: tuple[tuple[str, Callable[[Plugin], str]], ...] = (
    ("`connector`", lambda plugin: f"`{plugin.name}`"),
    ("credentials", lambda plugin: ", ".join(f"`{name}`" for name in plugin.credentials)),
    ("mapping if none is named", lambda plugin: f"`{plugin.default_mapping}`"),
    ("assignees", lambda plugin: "one" if plugin.capabilities.single_assignee else "several"),
    ("start is a", lambda plugin: _DATES[plugin.capabilities.start.value]),
    ("due is a", lambda plugin: _DATES[plugin.capabilities.due.value]),
    ("a start needs a due date", lambda plugin: _yes(plugin.capabilities.start_needs_due)),
    ("characters in a title", lambda plugin: f"{plugin.capabilities.title_limit:,}"),
    ("characters in a description", lambda plugin: f"{plugin.capabilities.description_limit:,}"),
    ("characters in a label", lambda plugin: f"{plugin.capabilities.label_limit:,}"),
    ("not in a label", lambda plugin: "blanks" if plugin.capabilities.label_forbidden else "-"),
    ("custom fields", lambda plugin: _yes(plugin.capabilities.custom)),
    ("a pass lists everything", lambda plugin: _yes(plugin.capabilities.whole_listing)),
    ("has an archive", lambda plugin: _yes(plugin.capabilities.archives)),
    ("can delete", lambda plugin: _yes(plugin.capabilities.deletes)),
)

PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "help": ("README.md", help_block),
    "capabilities": ("connectors/README.md", capability_table),
}
"""By the name in their marks: the file that they are in, and what writes them."""


def mark(name: str) -> re.Pattern[str]:
    """Matches the part between its marks."""
    return re.compile(rf"(<!-- begin: {name}\b[^>]*-->\n)(.*?)(<!-- end: {name} -->)", re.DOTALL)


def written(name: str) -> tuple[str, str]:
    """The file's text as it is, and as it is to be."""
    file, write = PARTS[name]
    text = (ROOT / file).read_text(encoding="utf-8")
    part = write()
    made, count = mark(name).subn(lambda found: f"{found[1]}{part}\n{found[3]}", text)
    assert count == 1, f"{file} has {count} parts called {name}"
    return text, made


def pages() -> Iterator[Path]:
    """Every page of the documentation."""
    yield from sorted(ROOT.glob("*.md"))
    for folder in ("docs", "connectors", "mappings"):
        yield from sorted((ROOT / folder).rglob("*.md"))


if __name__ == "__main__":
    for part, (page, _) in PARTS.items():
        (ROOT / page).write_text(written(part)[1], encoding="utf-8")
