"""The package that people install: what is in it, and that it runs where nothing but its dependencies is."""

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TOOLS = ("asana", "jira", "trello")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from these sources without asking the network for anything."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the wheel, what it depends on, and nothing of ours beside."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=True)
    made = folder / "bin" / "python"
    (site,) = (folder / "lib").glob("python*/site-packages")
    for one in _needed():
        for part in {Path(str(file)).parts[0] for file in one.files or ()} - {"..", "__pycache__"}:
            if not (site / part).exists():
                (site / part).symlink_to(Path(str(one.locate_file(part))))
    install = [sys.executable, "-m", "pip", "--python", str(made), "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    return made


def _needed() -> list[Distribution]:
    """The distributions that ours depends on, and theirs, as they are installed here."""
    found: dict[str, Distribution] = {}
    asked: set[tuple[str, str]] = set()
    waiting = list(PROJECT["dependencies"])
    while waiting:
        name, extras, marker = _requirement(waiting.pop())
        # One that several depend on may be wanted with an extra by only one of them.
        if (name, ",".join(sorted(extras))) in asked or "extra ==" in marker:
            continue
        asked.add((name, ",".join(sorted(extras))))
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        for required in found[name].requires or ():
            inner, _, condition = required.partition(";")
            wanted = re.search(r"""extra == ['"]([^'"]+)['"]""", condition)
            if wanted is None:
                waiting.append(required)
            elif wanted[1] in extras:
                waiting.append(inner)
    return list(found.values())


def _requirement(text: str) -> tuple[str, set[str], str]:
    found = re.match(r"\s*([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?", text)
    assert found, text
    return found[1], {one.strip() for one in (found[2] or "").split(",")}, text.partition(";")[2]


def _names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_all_connectors_mappings_and_migrations(wheel: Path) -> None:
    names = _names(wheel)
    sources = [
        *((path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.py")),
        *(path.relative_to(ROOT / "connectors" / tool / "src") for tool in TOOLS
          for path in (ROOT / "connectors" / tool / "src").rglob("*.py")),
    ]  # fmt: skip

    assert {str(one) for one in sources} <= set(names)
    assert {f"pmsync/mappings/{path.name}" for path in (ROOT / "mappings").glob("*.yaml")} <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in _names(wheel)}

    assert {one for one in tops if not one.endswith(".dist-info")} == {"pmsync", *(f"pmsync_{tool}" for tool in TOOLS)}
    assert not [name for name in _names(wheel) if "test_" in name or name.endswith((".pyc", ".md", ".db"))]


def test_the_wheel_says_what_a_program_has_to_know(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        points = next(archive.read(name).decode() for name in archive.namelist() if name.endswith("entry_points.txt"))

    assert "pmsync = pmsync.cli:main" in points
    for tool in TOOLS:
        assert f"{tool} = pmsync_{tool}:plugin" in points
        assert f"{tool} = pmsync_{tool}.sandbox:build" in points


def _run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PMSYNC"))}
    return subprocess.run([str(python.with_name("pmsync")), *arguments], cwd=cwd, env=environ, capture_output=True,
                          text=True, check=False)  # fmt: skip


def test_nothing_but_dependencies_is_in_the_fresh_environment(python: Path, tmp_path: Path) -> None:
    script = (
        "import importlib.util, pmsync\n"
        "found = [one for one in ('pytest', 'hypothesis', 'openapi_core', 'mypy') if importlib.util.find_spec(one)]\n"
        "print(found, pmsync.__file__)"
    )

    told = subprocess.run([str(python), "-I", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert told.stdout.startswith("[] ")
    assert str(python.parent.parent) in told.stdout


def test_the_installed_command_brings_three_tools_together(python: Path, tmp_path: Path) -> None:
    version = _run(python, "--version", cwd=tmp_path)
    demo = _run(python, "demo", "--json", cwd=tmp_path)

    assert version.stdout == f"pmsync {PROJECT['version']}\n"
    assert demo.returncode == 0, demo.stderr
    assert json.loads(demo.stdout)["ok"]


def test_every_module_can_be_imported_without_development_dependencies(python: Path, tmp_path: Path) -> None:
    script = (
        "import importlib, pkgutil, pmsync, pmsync_asana, pmsync_jira, pmsync_trello\n"
        "for top in (pmsync, pmsync_asana, pmsync_jira, pmsync_trello):\n"
        "    for module in pkgutil.walk_packages(top.__path__, top.__name__ + '.'):\n"
        "        if not module.name.startswith(('pmsync.testing', 'pmsync.__main__', 'pmsync.store.migrations')):\n"
        "            importlib.import_module(module.name)\n"
    )

    done = subprocess.run([str(python), "-I", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def _pinned() -> Iterator[str]:
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        found = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", line)
        if found:
            yield re.sub(r"[-_.]+", "-", found[1]).lower()


def test_the_lock_has_every_dependency_and_records_no_address() -> None:
    wanted = {re.sub(r"[-_.]+", "-", _requirement(one)[0]).lower() for one in PROJECT["dependencies"]}

    assert wanted <= set(_pinned())
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
