"""Whether a document is valid ADF: what Jira refuses is never sent."""

from typing import Any

from pmsync_jira.adf_model import (
    ANYTHING,
    ATTRIBUTED,
    ATTRIBUTES,
    BOOLEANS,
    CHOICES,
    CONTENT,
    EMPTY,
    FIXED,
    MARKS,
    NUMBERS,
    OPTIONAL,
    WITH_CODE,
)

_KEYS = frozenset({"type", "attrs", "content", "marks", "text"})


def is_document(value: Any) -> bool:
    """Whether the value is shaped like a document at all; its content may still be invalid."""
    return isinstance(value, dict) and value.get("type") == "doc"


def valid(document: Any) -> bool:
    """Whether Jira would take the document."""
    return (
        is_document(document)
        and document.get("version") == 1
        and document.keys() <= {"type", "version", "content"}
        and _children_valid(document)
    )


def _children_valid(node: dict[str, Any]) -> bool:
    kind = node["type"]
    content = node.get("content")
    if content is None:
        return "content" not in node and (kind not in CONTENT or kind in OPTIONAL)
    if kind not in CONTENT or not isinstance(content, list) or not (content or kind in EMPTY):
        return False
    if not all(isinstance(child, dict) and child.get("type") in CONTENT[kind] for child in content):
        return False
    if kind in FIXED and tuple(child["type"] for child in content) not in FIXED[kind]:
        return False
    return all(not (kind == "codeBlock" and child.get("marks")) and _node_valid(child) for child in content)


def _node_valid(node: dict[str, Any]) -> bool:
    kind = node["type"]
    if not node.keys() <= _KEYS or ("text" in node) != (kind == "text"):
        return False
    if kind == "text":
        worded = isinstance(node["text"], str) and node["text"] != "" and not {"attrs", "content"} & node.keys()
        return worded and _marks_valid(node.get("marks", []))
    if not _attributes_valid(kind, node, ATTRIBUTES.get(kind, "")) or (kind in ATTRIBUTED and "attrs" not in node):
        return False
    return isinstance(node.get("marks", []), list) and _children_valid(node)


def _attributes_valid(kind: str, bearer: dict[str, Any], listed: str) -> bool:
    needed = {name[:-1] for name in listed.split() if name.endswith("!")}
    if "attrs" not in bearer:
        return not needed
    attributes = bearer["attrs"]
    known = {name.rstrip("!") for name in listed.split()}
    if not known or not isinstance(attributes, dict) or not needed <= attributes.keys() <= known:
        return False
    return all(_attribute_valid(kind, name, value) for name, value in attributes.items())


def _attribute_valid(kind: str, name: str, value: Any) -> bool:
    if name in ANYTHING:
        return True
    if name in NUMBERS:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        fits = isinstance(value, bool if name in BOOLEANS else str)
    return fits and ((kind, name) not in CHOICES or value in CHOICES[kind, name])


def _marks_valid(marks: Any) -> bool:
    if not isinstance(marks, list) or not all(isinstance(mark, dict) for mark in marks):
        return False
    kinds = {mark.get("type") for mark in marks}
    if not kinds <= MARKS.keys() or ("code" in kinds and not kinds <= WITH_CODE):
        return False
    return all(_attributes_valid(mark["type"], mark, MARKS[mark["type"]]) for mark in marks)
