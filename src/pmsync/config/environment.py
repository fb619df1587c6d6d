"""`${NAME}` and `${NAME:-default}` in the values of a file; `$${` is a plain `${`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pmsync.errors import Problem
from pmsync.model.fields import Json

NOT_SET = "this environment variable is not set"

_REFERENCE = re.compile(r"\$(?P<plain>\$)?\{(?P<inside>[^{}]*)(?P<end>\}?)")
_INSIDE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


@dataclass(slots=True)
class Filling:
    """Data with its references filled in. `used` are the values that came from the environment: none may be shown."""

    data: Json = None
    problems: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def fill(data: Json, environ: Mapping[str, str], place: Callable[[tuple[str, ...], str], Problem]) -> Filling:
    """Fill in every value. A variable that is empty counts as set, unless a default is given. Keys are left alone."""
    filling = Filling()

    def value(entry: Json, path: tuple[str, ...]) -> Json:
        if isinstance(entry, dict):
            return {key: value(inner, (*path, key)) for key, inner in entry.items()}
        if isinstance(entry, list):
            return [value(inner, (*path, str(number))) for number, inner in enumerate(entry)]
        return _REFERENCE.sub(lambda found: one(found, path), entry) if isinstance(entry, str) else entry

    def one(found: re.Match[str], path: tuple[str, ...]) -> str:
        if found["plain"]:
            return found[0][1:]
        inside = _INSIDE.fullmatch(found["inside"])
        if inside is None or not found["end"]:
            filling.problems.append(place(path, "`${` must be followed by the name of a variable and `}`"))
            return ""
        given = environ.get(inside["name"])
        if inside["default"] is not None and not given:
            return inside["default"]
        if given is None:
            filling.problems.append(place(path, f"{NOT_SET}: {inside['name']}"))
            return ""
        filling.used.add(given)
        return given

    filling.data = value(data, ())
    return filling
