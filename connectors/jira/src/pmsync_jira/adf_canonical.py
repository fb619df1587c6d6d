"""The one form of each ADF document: texts in one piece, marks in one order, and nothing that is empty.

All else stays as it is, down to the local ids and the widths of tables: what is written is made of it.
"""

from collections.abc import Mapping

from pmsync.model.fields import Json
from pmsync_jira.adf_nodes import Node, attributes, children, kind, marks
from pmsync_jira.adf_write import MARK_ORDER


def canonical(document: Json) -> Json:
    """The document in its one form; None where it shows nothing. What is no document stays as it is."""
    if not isinstance(document, Mapping):
        return document or None
    content = _content(document)
    shows = any(kind(node) != "paragraph" or node.get("content") for node in content)
    return {"type": "doc", "version": 1, "content": [*content]} if shows else None


def mark_rank(mark: str) -> tuple[int, str]:
    """Where a mark stands among others."""
    return (MARK_ORDER.index(mark) if mark in MARK_ORDER else len(MARK_ORDER), mark)


def _content(node: Node) -> list[dict[str, Json]]:
    merged: list[dict[str, Json]] = []
    for child in children(node):
        found = _node(child)
        last = merged[-1] if merged else {}
        if kind(found) == kind(last) == "text" and found.get("marks") == last.get("marks"):
            merged[-1] = last | {"text": f"{last['text']}{found['text']}"}
        else:
            merged.append(found)
    return merged


def _node(node: Node) -> dict[str, Json]:
    found = {key: value for key, value in node.items() if key not in ("attrs", "content", "marks")}
    if kept := _attributes(node):
        found["attrs"] = kept
    if content := _content(node):
        found["content"] = [*content]
    elif "content" in node and kind(node) not in ("paragraph", "heading", "codeBlock", "taskItem"):
        found["content"] = []
    if found_marks := _marks(node):
        found["marks"] = found_marks
    return found


def _attributes(node: Node) -> dict[str, Json]:
    return {key: value for key, value in attributes(node).items() if value is not None}


def _marks(node: Node) -> list[Json]:
    found: list[dict[str, Json]] = []
    for mark in marks(node):
        kept = _attributes(mark)
        one: dict[str, Json] = {"type": kind(mark), "attrs": kept} if kept else {"type": kind(mark)}
        if one not in found:
            found.append(one)
    return [*sorted(found, key=lambda mark: mark_rank(kind(mark)))]
