"""Mappings: those that are shipped with pmsync, by name, and those of the user's, by path."""

from functools import cache
from importlib import resources
from pathlib import Path

from pmsync.config import source
from pmsync.config.source import Source
from pmsync.errors import ConfigError, Problem
from pmsync.mapping.laws import broken
from pmsync.mapping.parse import parse
from pmsync.mapping.spec import Mapping

_IN_WHEEL = Path(str(resources.files("pmsync"))) / "mappings"
_IN_CHECKOUT = Path(__file__).parents[3] / "mappings"
SHELF = _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT


def shipped() -> tuple[str, ...]:
    """The names of the shipped mappings."""
    return tuple(sorted(path.stem for path in SHELF.glob("*.yaml")))


def locate(name: str, folder: Path) -> Path:
    """The file of a mapping: a shipped one of that name, else a path, relative to `folder`."""
    return SHELF / f"{name}.yaml" if name in shipped() else folder / Path(name).expanduser()


def load_mapping(path: Path, shown: str = "") -> Mapping:
    """Read a mapping, and check the laws. Raises ConfigError with every problem. `shown` names the file for people.

    Those that are shipped keep the laws: they were checked before they were shipped, and to do it again at each start
    takes as long as a quiet pass.
    """
    return _read_once(path) if path.parent == SHELF else understand(source.read(path, shown))


@cache
def _read_once(path: Path) -> Mapping:
    """One that is shipped: nobody edits it while pmsync runs."""
    return _parsed(source.read(path))


def understand(origin: Source) -> Mapping:
    """As `load_mapping`, from what was read."""
    mapping = _parsed(origin)
    witness = broken(mapping)
    if witness is not None:
        raise ConfigError(problems=[origin.problem(witness.path, f"breaks a law ({witness.law}): {witness.message}")])
    return mapping


def _parsed(origin: Source) -> Mapping:
    if origin.problems:
        raise ConfigError(problems=origin.problems)
    mapping = parse(origin.data)
    if not isinstance(mapping, Mapping):
        raise ConfigError(problems=[origin.problem(flaw.path, flaw.message) for flaw in mapping])
    return mapping


def missing(name: str, path: Path, place: Problem) -> Problem | None:
    """The problem, at `place`, that a mapping of that name is nowhere; None if there is one."""
    if path.is_file():
        return None
    known = ", ".join(shipped())
    return Problem(
        place.file, place.line, place.key, f"no shipped mapping {name!r}, and no such file; shipped: {known}"
    )
