"""The parts of an ADF node, read from JSON that may hold anything."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from pmsync.model.fields import Json

Node: TypeAlias = Mapping[str, Json]

_INLINE = frozenset(
    {
        *("text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard"),
        *("placeholder", "mediaInline", "inlineExtension"),
    }
)


def kind(node: Node) -> str:
    found = node.get("type")
    return found if isinstance(found, str) else ""


def children(node: Json | Node) -> list[Node]:
    """The nodes within a node, without empty texts, which no document should have."""
    # JSON's objects are dicts; a look at the class is much quicker than one at what it can do.
    content = node.get("content") if isinstance(node, dict) else None
    if not isinstance(content, list):
        return []
    return [
        child for child in content if isinstance(child, dict) and (child.get("text") or child.get("type") != "text")
    ]


def grouped(nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes, with text that stands where blocks should put into paragraphs."""
    if not any(kind(node) in _INLINE for node in nodes):
        yield from nodes
        return
    loose: list[Json] = []
    for node in nodes:
        if kind(node) in _INLINE:
            loose.append(dict(node))
            continue
        if loose:
            yield {"type": "paragraph", "content": loose}
            loose = []
        yield node
    if loose:
        yield {"type": "paragraph", "content": loose}


def marks(node: Node) -> list[Node]:
    found = node.get("marks")
    return [mark for mark in found if isinstance(mark, dict) and kind(mark)] if isinstance(found, list) else []


def attributes(node: Node) -> Node:
    found = node.get("attrs")
    return found if isinstance(found, dict) else {}


def word(node: Node, key: str) -> str:
    """The attribute as text; "" where there is none."""
    value = attributes(node).get(key)
    return value if isinstance(value, str) else ""


def number(node: Node, key: str, default: int) -> int:
    """The attribute as a whole number."""
    value = attributes(node).get(key)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else default
