"""Tools in memory with custom fields of their own, and mappings that relate them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from memories import Memories

from pmsync.mapping.parse import parse
from pmsync.mapping.spec import Mapping as Spec
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import CustomField, CustomKind
from pmsync.testing.builders import terms


def custom(name: str, kind: CustomKind, *options: str, **more: Any) -> CustomField:
    """A custom field, its options by their names."""
    return CustomField(id=name.lower(), name=name, kind=kind, options=terms(options), **more)


def equip(
    world: Memories, connection: str, customs: Sequence[CustomField] = (), mapping: Mapping[str, Json] | None = None,
    *, fields: frozenset[Field] = frozenset(), read_only: frozenset[Field] = frozenset(),
) -> None:  # fmt: skip
    """Give one tool custom fields, more standard ones, and a mapping that speaks of them."""
    tool, usual = world.tools[connection], world.config.connections
    able = tool.capabilities.fields | fields
    tool.capabilities = replace(tool.capabilities, fields=able, read_only=read_only)
    tool.names = tool.names.model_copy(update={"custom": tuple(customs), "fields": tool.names.fields | fields})
    read = parse({"connector": "memory", "custom": dict(mapping or {})})
    assert isinstance(read, Spec), read
    spec = replace(usual[connection].mapping, custom=read.custom)
    world.config = replace(world.config, connections={**usual, connection: replace(usual[connection], mapping=spec)})


@contextmanager
def customized(folder: Path, **options: Any) -> Iterator[Memories]:
    """Three tools in memory, put away at the end."""
    with closing(Memories(folder, **options)) as world:
        yield world
