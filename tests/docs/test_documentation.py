"""The documentation tells of everything that there is, and of nothing that there is not."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from documents import PARTS, ROOT, pages, written

from pmsync.cli.app import app
from pmsync.cli.session import Exit
from pmsync.config import schema
from pmsync.connector import registry
from pmsync.errors import PmsyncError
from pmsync.model.capabilities import Capabilities

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
ALL = {page: page.read_text(encoding="utf-8") for page in pages()}
OUT_OF_PLACE = re.compile(r"/work/|\bTODO:|\bFIXME\b|(?i:\bissue #\d+)")


def _commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in sorted(getattr(group, "commands", {}).items()):
        yield f"{above}{name}", command
        yield from _commands(command, f"{above}{name} ")


COMMANDS = dict(_commands(typer.main.get_command(app)))


def _keys(part: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting of the schema with its default, `NAME` for what is named by the user."""
    for key, said in part.get("properties", {}).items():
        path = f"{above}{key}"
        yield path, said.get("default")
        yield from _within(said, path)


def _within(said: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    target = _resolved(said)
    if "properties" in target:
        yield from _keys(target, f"{path}.")
    named = target.get("additionalProperties")
    if isinstance(named, dict):
        yield from _within(named, f"{path}.NAME")


def _resolved(said: Mapping[str, Any]) -> Mapping[str, Any]:
    for choice in [said, *said.get("anyOf", ())]:
        if "$ref" in choice:
            found: Mapping[str, Any] = _SCHEMA["$defs"][choice["$ref"].rpartition("/")[2]]
            return found
    return said


_SCHEMA: Mapping[str, Any] = schema()
KEYS = dict(_keys(_SCHEMA))


def _rows(text: str) -> dict[str, list[str]]:
    """The rows of all tables whose first cell is one name in backticks."""
    rows = re.findall(r"^\| `([^`]+)` \|(.*)\|$", text, re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in rows}


@pytest.mark.parametrize("part", PARTS)
def test_what_is_written_by_program_is_up_to_date(part: str) -> None:
    now, made = written(part)
    assert now == made, f"run: .venv/bin/python tests/support/documents.py, which writes {PARTS[part][0]}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    first, _, rest = command.partition(" ")
    assert re.search(rf"^\| `{first}[ `]", README, re.MULTILINE), f"README.md has no row for {first}"
    if rest:
        assert any(f"pmsync {command}" in text for text in ALL.values()), f"nothing shows `pmsync {command}`"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str) -> None:
    told = " ".join(ALL.values())
    options = [name for one in COMMANDS[command].params for name in one.opts if name.startswith("--")]
    assert not [name for name in options if name != "--help" and not re.search(rf"{name}\b", told)]


def test_no_command_is_shown_that_is_not_there() -> None:
    shown = {word for text in ALL.values() for word in re.findall(r"`pmsync ([a-z][a-z-]*)", text)}
    rows = {name.split()[0] for name in _rows(README.partition("## Commands")[2].partition("exit code")[0])}
    assert shown | rows <= set(COMMANDS) | {"serve"}


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_documented_with_its_default(key: str) -> None:
    rows = _rows(SETTINGS)
    assert key in rows, f"docs/configuration.md has no row for {key}"
    default = KEYS[key]
    if isinstance(default, str | int) and default != "":
        told = str(default).lower() if isinstance(default, bool) else str(default)
        assert rows[key][-1] == f"`{told}`"


def test_no_setting_is_documented_that_is_not_there() -> None:
    settings = SETTINGS.partition("## Settings")[2].partition("\n## ")[0]
    assert set(_rows(settings)) == set(KEYS)


def test_every_installed_connector_is_documented() -> None:
    index = (ROOT / "connectors" / "README.md").read_text(encoding="utf-8")
    for name in registry.names():
        assert f"connectors/{name}/README.md" in README
        assert f"]({name}/README.md)" in index
        told = (ROOT / "connectors" / name / "README.md").read_text(encoding="utf-8")
        missing = [word for word in registry.plugin(name).credentials if word not in told]
        assert not missing, f"connectors/{name}/README.md does not say what {missing} is"


def test_every_field_exit_code_and_capability_is_documented() -> None:
    had = frozenset[str]().union(*(registry.plugin(name).capabilities.fields for name in registry.names()))
    assert not [field for field in had if field.replace("_", " ") not in README]
    assert not [code for code in Exit if f"| {code.value} |" not in README]
    told = (ROOT / "docs" / "writing-a-connector.md").read_text(encoding="utf-8")
    assert not [name for name in Capabilities.__dataclass_fields__ if f"`{name}`" not in told]


def test_every_kind_of_error_is_documented() -> None:
    told = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert not [one.kind for one in PmsyncError.__subclasses__() if f"`{one.kind}`" not in told]


def test_the_example_config_is_mentioned_and_has_every_setting() -> None:
    assert "(config.example.yaml)" in README
    example = yaml.safe_load((ROOT / "config.example.yaml").read_text(encoding="utf-8"))
    assert set(example) == {key for key in KEYS if "." not in key}


def test_every_dependency_has_its_line_and_no_other_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = (ROOT / "docs" / "adr" / "0003-dependencies.md").read_text(encoding="utf-8")
    wanted = {re.split(r"[<>=~! ]", entry)[0] for entry in project["dependencies"]}
    assert set(_rows(told)) == wanted


def test_files_and_tests_that_are_named_are_there() -> None:
    for page, text in ALL.items():
        for path, name in re.findall(r"`((?:tests|connectors|src|docs)/[\w/.-]+\.\w+)(?:::(\w+))?`", text):
            assert (ROOT / path).is_file(), f"{page.name} names {path}"
            assert not name or f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{page.name} names {name}"


def test_the_naive_engines_of_the_subtle_cases_are_there_and_are_played() -> None:
    table = (
        (ROOT / "docs" / "testing.md").read_text(encoding="utf-8").partition("## Subtle cases")[2].partition("\n## ")[0]
    )
    rows = re.findall(r"^\| .* \| `([\w/.]+)::(\w+)` \| (.*)\|$", table, re.MULTILINE)
    assert rows
    played = {(path, name): (ROOT / path).read_text(encoding="utf-8") for path, name, _ in rows}
    for path, name, naive in rows:
        for mutant in re.findall(r"`([^`]+)`", naive):
            found = re.search(
                rf'{name},[^()]*?"{mutant}"|{name},[^()]*\)\s+naive_engine_fails\(\w+, "{mutant}"', played[path, name]
            )
            assert found, f"{name} is not played on {mutant}"


def _anchors(text: str) -> set[str]:
    """The anchors that a page's headings get where Markdown is shown."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", ALL[page], flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(there.read_text(encoding="utf-8")), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_reads_well(page: Path) -> None:
    text = ALL[page]
    assert text.startswith("# "), "a page begins with its title"
    assert text.endswith("\n")
    assert not OUT_OF_PLACE.search(text)
    assert text.count("```") % 2 == 0


def test_quality_says_why_where_something_is_not_done() -> None:
    for name in registry.names():
        rules = yaml.safe_load((ROOT / "connectors" / name / "quality.yaml").read_text(encoding="utf-8"))["rules"]
        assert all(rule["status"] in ("done", "todo", "exempt") for rule in rules.values())
        silent = [one for one, rule in rules.items() if rule["status"] != "done" and not _reason(rule)]
        assert not silent, f"{name}: {silent}"


def _reason(rule: Mapping[str, str]) -> str:
    return rule.get("reason") or rule.get("comment") or ""


def test_every_make_target_and_every_folder_of_tests_is_explained_to_contributors() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets
    assert not [target for target in targets if f"`make {target}`" not in told]
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("test_*.py")}
    assert not [folder for folder in folders if f"`tests/{folder}" not in told]
