"""The one form of each ADF document: without what Jira adds, drops or reorders when it is stored or edited."""

from collections.abc import Mapping

from pmsync.model.fields import Json
from pmsync.text.characters import clean
from pmsync_jira.adf_nodes import Node, attributes, children, kind, marks, word
from pmsync_jira.adf_write import MARK_ORDER, local_id

_NOISE = {
    "": {"localId"},
    "table": {"width", "displayMode", "layout"},
    "tableCell": {"colwidth"},
    "tableHeader": {"colwidth"},
    "codeBlock": {"uniqueId", "wrap", "hideLineNumbers"},
    "hardBreak": {"text"},
}
_DEFAULTS: Mapping[tuple[str, str], Json] = {
    ("orderedList", "order"): 1,
    ("table", "isNumberColumnEnabled"): False,
    ("tableCell", "colspan"): 1,
    ("tableCell", "rowspan"): 1,
    ("tableHeader", "colspan"): 1,
    ("tableHeader", "rowspan"): 1,
    ("codeBlock", "language"): "",
    ("expand", "title"): "",
    ("link", "title"): "",
    ("media", "alt"): "",
}
_NAMED = ("taskList", "taskItem", "decisionList", "decisionItem", "blockTaskItem")


def canonical(document: Json) -> Json:
    """The document in its one form; None where it shows nothing. What is no document stays as it is."""
    if not isinstance(document, Mapping):
        return document or None
    content = _Canonical().content(document)
    content = [node for node in content if node != {"type": "paragraph"}]
    return {"type": "doc", "version": 1, "content": content} if content else None


class _Canonical:
    def __init__(self) -> None:
        self._named = 0

    def content(self, node: Node) -> list[Json]:
        merged: list[dict[str, Json]] = []
        for child in children(node):
            found = self._node(child)
            if kind(found) == "text" and not found["text"]:
                continue
            last = merged[-1] if merged else {}
            if kind(found) == kind(last) == "text" and found.get("marks") == last.get("marks"):
                merged[-1] = last | {"text": f"{last['text']}{found['text']}"}
            else:
                merged.append(found)
        if kind(node) == "paragraph":
            merged = _without_outer_breaks(merged)
        return list(merged)

    def _node(self, node: Node) -> dict[str, Json]:
        if kind(node) == "emoji" and (sign := word(node, "text")) and not sign.startswith(":"):
            node = {"type": "text", "text": sign, "marks": list(map(dict, marks(node)))}
        found: dict[str, Json] = {"type": kind(node)}
        if found_attributes := self._attributes(node):
            found["attrs"] = found_attributes
        if isinstance(text := node.get("text", "" if kind(node) == "text" else None), str):
            found["text"] = clean(text)
        if content := self.content(node):
            found["content"] = content
        elif "content" in node and kind(node) not in ("paragraph", "heading", "codeBlock", "taskItem"):
            found["content"] = []
        if found_marks := self._marks(node):
            found["marks"] = found_marks
        return found

    def _attributes(self, node: Node) -> dict[str, Json]:
        noise = _NOISE[""] | _NOISE.get(kind(node), set())
        kept: dict[str, Json] = {
            key: value
            for key, value in attributes(node).items()
            if key not in noise and value is not None and _DEFAULTS.get((kind(node), key), _MISSING) != value
        }
        if kind(node) in _NAMED:
            self._named += 1
            kept["localId"] = local_id(self._named)
        return kept

    def _marks(self, node: Node) -> list[Json]:
        found: list[dict[str, Json]] = []
        for mark in marks(node):
            kept = self._attributes(mark)
            one: dict[str, Json] = {"type": kind(mark), "attrs": kept} if kept else {"type": kind(mark)}
            if one not in found:
                found.append(one)
        return [*sorted(found, key=_rank)]


_MISSING = object()


def _rank(mark: Node) -> tuple[int, str]:
    name = kind(mark)
    return (MARK_ORDER.index(name) if name in MARK_ORDER else len(MARK_ORDER), name)


def _without_outer_breaks(content: list[dict[str, Json]]) -> list[dict[str, Json]]:
    while content and kind(content[-1]) == "hardBreak":
        content = content[:-1]
    while content and kind(content[0]) == "hardBreak":
        content = content[1:]
    return content
