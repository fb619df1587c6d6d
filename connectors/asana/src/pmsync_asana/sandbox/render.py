"""Turning records into JSON: compact, full, or exactly the fields that were asked for."""

import re
from collections.abc import Iterable
from typing import Any

from pmsync_asana.sandbox.calls import Shape
from pmsync_asana.sandbox.views import ABSENT, COMPACT, FIELDS, OPT_IN, STRUCTS

Tree = dict[str, "Tree"]
"""Field paths as nested dictionaries: `memberships.section.gid` is `{"memberships": {"section": {"gid": {}}}}`."""

_TERM = re.compile(r"\([^)]*\)|[^.]+")


def paths(fields: Iterable[str]) -> Tree:
    """Read `opt_fields`: paths joined by dots, with groups `(a|b)`, and a leading `this` that says nothing."""
    tree: Tree = {}
    for path in fields:
        nodes = [tree]
        terms = _TERM.findall(path.strip())
        for term in terms[1:] if terms[:1] == ["this"] else terms:
            names = term[1:-1].split("|") if term.startswith("(") else [term]
            nodes = [node.setdefault(name.strip(), {}) for node in nodes for name in names]
    return tree


def render(value: Any, shape: Shape, tree: Tree) -> Any:
    """The JSON of a record or a list of them."""
    if shape is Shape.RAW:
        return value
    if isinstance(value, list):
        return [render(each, shape, tree) for each in value]
    if tree:
        return select(value, tree)
    if shape is Shape.COMPACT:
        return compact(value)
    fields, opt_in = FIELDS[type(value)], OPT_IN.get(type(value), frozenset())
    read = ((name, field(value)) for name, field in fields.items() if name not in opt_in)
    return {name: compact(part) for name, part in read if part is not ABSENT}


def compact(value: Any) -> Any:
    """A value within a record: other records in their short form."""
    kind = type(value)
    if kind is list:
        return [compact(each) for each in value]
    if kind is dict:
        return {name: compact(each) for name, each in value.items()}
    names = COMPACT.get(kind)
    if names is None:
        return value
    fields = FIELDS[kind]
    parts = ((name, fields[name](value)) for name in names)
    return {name: compact(part) for name, part in parts if part is not ABSENT}


def select(value: Any, tree: Tree) -> Any:
    """Exactly the fields that the tree names, and the gid of every record on the way."""
    if not tree:
        return compact(value)
    kind = type(value)
    if kind is list:
        return [select(each, tree) for each in value]
    if kind is dict:
        return {name: select(value[name], branch) for name, branch in tree.items() if name in value}
    fields = FIELDS.get(kind)
    if fields is None:
        return value
    chosen = {} if kind in STRUCTS else {"gid": value.gid}
    for name, branch in tree.items():
        part = fields[name](value) if name in fields else ABSENT
        if part is not ABSENT:
            chosen[name] = select(part, branch)
    return chosen
