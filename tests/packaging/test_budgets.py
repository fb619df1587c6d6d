"""Nothing grows beyond what can be read at a glance, and no module is named after nothing."""

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "connectors").glob("*/src/**/*.py")])
MODULE, CLASS, FUNCTION = 400, 250, 50
DRAWERS = {"util", "utils", "helper", "helpers", "common", "base", "manager", "misc", "shared", "stuff", "tools", "lib"}


@cache
def _read(path: Path) -> tuple[str, ast.Module, Sequence[ast.AST]]:
    """A module: its text, its tree, and its classes and functions."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return text, tree, [node for node in _statements(tree) if isinstance(node, kinds)]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All that is in it but expressions, of which there are many times more."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, part, ()):
            yield child
            yield from _statements(child)


def _long(path: Path) -> Iterator[str]:
    text, _, nodes = _read(path)
    if len(text.splitlines()) > MODULE:
        yield f"the module has {len(text.splitlines())} lines"
    for node in nodes:
        most = CLASS if isinstance(node, ast.ClassDef) else FUNCTION
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > most:
                yield f"{node.name} has {lines} lines"


def _drawers(path: Path) -> Iterator[str]:
    inside = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(path.name)
    yield from (f"is called {part}" for part in inside.with_suffix("").parts if part in DRAWERS)
    for node in _read(path)[2]:
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Helper", "Helpers", "Util", "Utils")):
            yield f"has a class {node.name}"


def _unexplained(path: Path) -> Iterator[str]:
    text, tree, _ = _read(path)
    if text.strip() and not ast.get_docstring(tree):
        yield "has no docstring"


def _found(look: Callable[[Path], Iterator[str]]) -> dict[str, list[str]]:
    """What there is to mend, by file."""
    assert len(SOURCES) > 100, "there is nothing to look at"
    return {str(path.relative_to(ROOT)): found for path in SOURCES if (found := list(look(path)))}


def test_modules_classes_and_functions_stay_small() -> None:
    assert _found(_long) == {}


def test_no_module_is_a_drawer_for_anything() -> None:
    assert _found(_drawers) == {}


def test_every_module_begins_with_what_it_is_for() -> None:
    assert _found(_unexplained) == {}


def test_the_measures_measure(tmp_path: Path) -> None:
    path = tmp_path / "utils.py"
    body = "\n".join("        x = 1" for _ in range(FUNCTION))
    path.write_text(f"class ThingManager:\n    def long(self):\n{body}\n" + "\n" * MODULE, encoding="utf-8")

    assert list(_long(path)) == [f"the module has {FUNCTION + MODULE + 2} lines", f"long has {FUNCTION + 1} lines"]
    assert list(_drawers(path)) == ["is called utils", "has a class ThingManager"]
    assert list(_unexplained(path)) == ["has no docstring"]
