"""A YAML file as plain data that remembers its lines, and every problem with its form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from pmsync.errors import Problem
from pmsync.model.fields import Json

MOST_NODES = 20_000
"""With every alias written out. No file of ours comes near; a file of aliases of aliases is far beyond."""

MOST_BYTES = 1_000_000

Place = tuple[str, ...]

_NUMBER = re.compile(r"[-+]?(0|[1-9]\d{0,17})")
_FRACTION = re.compile(r"[-+]?(0|[1-9]\d{0,17})\.\d{1,17}")
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOTHING = ("", "~", "null", "Null", "NULL")
_TEXT_TAG = "tag:yaml.org,2002:str"
_CORE_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp", "value")
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file's data, by YAML 1.2's rules: `no`, `on` and `12:30` are texts. Keys are texts always.

    `problems` are those of its form (syntax, keys given twice); the data is then as much as could be read.
    """

    file: str
    data: Json = None
    lines: Mapping[Place, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def problem(self, path: Sequence[str], message: str) -> Problem:
        """A problem at a path, on the line of the innermost key that is there."""
        where = tuple(path)
        while where and where not in self.lines:
            where = where[:-1]
        return Problem(self.file, self.lines.get(where, 0), ".".join(path), message)

    def within(self, path: Sequence[str]) -> "Within":
        """This source as seen from inside a section."""
        return Within(self, tuple(path))


@dataclass(frozen=True, slots=True)
class Within:
    """Places problems of one section, whose own paths begin inside it (`pmsync.connector.api.Where`)."""

    source: Source
    section: Place

    def problem(self, path: Sequence[str], message: str) -> Problem:
        """The problem, placed."""
        return self.source.problem((*self.section, *path), message)


def read(path: Path, shown: str = "") -> Source:
    """Read a file; what is wrong with it, be it that it is not there, is in the source's problems. Never raises."""
    name = shown or str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        return Source(name, problems=(Problem(name, 0, "", f"cannot be read: {error.strerror or 'no reason given'}"),))
    if len(raw) > MOST_BYTES:
        return Source(name, problems=(Problem(name, 0, "", f"has more than {MOST_BYTES:,} bytes"),))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return Source(name, problems=(Problem(name, line, "", "is not UTF-8"),))
    return parse(text, name)


def parse(text: str, file: str) -> Source:
    """As `read`, from a text."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Source(file, problems=(Problem(file, mark.line + 1 if mark else 0, "", _syntax(error)),))
    except yaml.YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        return Source(file, problems=(Problem(file, line, "", "has a character that YAML does not allow"),))
    except RecursionError:
        return Source(file, problems=(Problem(file, 0, "", "is nested too deeply"),))
    walk = _Walk(file)
    try:
        data = walk.value(root, ()) if root is not None else None
    except _TooMuchError as error:
        return Source(file, problems=(Problem(file, error.line, "", str(error)),))
    except RecursionError:
        return Source(file, problems=(Problem(file, 0, "", "is nested too deeply"),))
    return Source(file, data, walk.lines, tuple(walk.problems))


class _TooMuchError(Exception):
    """The file, written out, would be too large or without end."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Walk:
    """One walk over the nodes of a file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self.count = 0
        self.above: set[int] = set()

    def value(self, node: yaml.Node, path: Place) -> Json:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self.count += 1
        if self.count > MOST_NODES:
            raise _TooMuchError(line, f"says more than {MOST_NODES:,} things once its aliases are written out")
        if id(node) in self.above:
            raise _TooMuchError(line, "an alias stands for something that it is itself a part of")
        if node.tag not in _CORE_TAGS:
            self.problems.append(Problem(self.file, line, ".".join(path), "YAML tags (`!…`) mean nothing here"))
            return None
        self.above.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [self.value(entry, (*path, str(place))) for place, entry in enumerate(node.value)]
            return _scalar(node) if isinstance(node, yaml.ScalarNode) else None
        finally:
            self.above.discard(id(node))

    def mapping(self, node: yaml.MappingNode, path: Place) -> Json:
        found: dict[str, Json] = {}
        for key, entry in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem(self.file, line, ".".join(path), "a key must be a text"))
                continue
            name = str(key.value)
            inner = (*path, name)
            if name in found:
                first = self.lines[inner]
                self.problems.append(Problem(self.file, line, ".".join(inner), f"given twice, first on line {first}"))
                continue
            self.lines[inner] = line
            found[name] = self.value(entry, inner)
        return found


def _scalar(node: yaml.ScalarNode) -> Json:
    text = str(node.value)
    if node.style is not None or node.tag == _TEXT_TAG:
        return text
    if text in _TRUTHS:
        return _TRUTHS[text]
    if text in _NOTHING:
        return None
    if _NUMBER.fullmatch(text):
        return int(text)
    return float(text) if _FRACTION.fullmatch(text) else text


def _syntax(error: yaml.MarkedYAMLError) -> str:
    """What is wrong, without the words of the file, which may be secret."""
    said = re.sub(r"(alias|anchor|handle) .*", r"\1", str(error.problem or error.context or ""))
    return f"is not YAML: {said}" if said else "is not YAML"
