"""The Atlassian Document Format, as far as Jira looks at it: is a document valid, and what does it say as plain text.

The content model follows the published JSON schema (`adf-schema.json`, 2026): which node may stand in which, which
attributes and marks it needs. A test holds this table against that schema.
"""

from typing import Any

_INLINE = frozenset(
    [
        "date",
        "emoji",
        "hardBreak",
        "inlineCard",
        "inlineExtension",
        "mediaInline",
        "mention",
        "placeholder",
        "status",
        "text",
    ]
)
_NESTED = frozenset(
    [
        "blockquote",
        "bulletList",
        "codeBlock",
        "decisionList",
        "extension",
        "heading",
        "mediaGroup",
        "mediaSingle",
        "orderedList",
        "panel",
        "paragraph",
        "rule",
        "taskList",
    ]
)
_BLOCKS = _NESTED | {"blockCard", "embedCard"}
_CELL = _BLOCKS | {"nestedExpand"}
_COLUMN = _BLOCKS | {"bodiedExtension", "expand", "table"}

_CONTENT: dict[str, frozenset[str]] = {
    "doc": _COLUMN | {"bodiedSyncBlock", "layoutSection", "syncBlock"},
    "paragraph": _INLINE,
    "heading": _INLINE,
    "taskItem": _INLINE,
    "decisionItem": _INLINE,
    "caption": _INLINE - {"inlineExtension", "mediaInline"},
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": frozenset(
        ["bulletList", "codeBlock", "extension", "mediaSingle", "orderedList", "paragraph", "taskList"]
    ),
    "taskList": frozenset({"blockTaskItem", "taskItem", "taskList"}),
    "blockTaskItem": frozenset({"extension", "paragraph"}),
    "decisionList": frozenset({"decisionItem"}),
    "codeBlock": frozenset({"text"}),
    "blockquote": frozenset(
        ["bulletList", "codeBlock", "extension", "mediaGroup", "mediaSingle", "orderedList", "paragraph"]
    ),
    "panel": _NESTED - {"blockquote", "panel"} | {"blockCard"},
    "mediaSingle": frozenset({"caption", "media"}),
    "mediaGroup": frozenset({"media"}),
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableCell", "tableHeader"}),
    "tableCell": _CELL,
    "tableHeader": _CELL,
    "expand": _CELL | {"table"},
    "nestedExpand": _NESTED,
    "layoutSection": frozenset({"layoutColumn"}),
    "layoutColumn": _COLUMN,
    "bodiedExtension": _BLOCKS | {"table"},
    "bodiedSyncBlock": _COLUMN - {"bodiedExtension", "extension"} | {"layoutSection"},
}
_FILLED = frozenset(
    [
        "blockquote",
        "blockTaskItem",
        "bodiedExtension",
        "bodiedSyncBlock",
        "bulletList",
        "decisionList",
        "expand",
        "layoutColumn",
        "listItem",
        "mediaGroup",
        "nestedExpand",
        "orderedList",
        "panel",
        "table",
        "tableCell",
        "tableHeader",
        "taskList",
    ]
)
"""Nodes that may not be empty."""
_WITH_CONTENT = _FILLED | {"doc", "layoutSection", "tableRow"}
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "heading": ("level",),
    "panel": ("panelType",),
    "mention": ("id",),
    "emoji": ("shortName",),
    "date": ("timestamp",),
    "status": ("text", "color"),
    "placeholder": ("text",),
    "taskList": ("localId",),
    "taskItem": ("localId", "state"),
    "blockTaskItem": ("localId", "state"),
    "decisionList": ("localId",),
    "decisionItem": ("localId", "state"),
    "embedCard": ("url", "layout"),
    "extension": ("extensionKey", "extensionType"),
    "inlineExtension": ("extensionKey", "extensionType"),
    "bodiedExtension": ("extensionKey", "extensionType"),
    "layoutColumn": ("width",),
    "nestedExpand": (),
    "inlineCard": (),
    "blockCard": (),
    "media": ("type",),
    "mediaInline": ("id", "collection"),
    "syncBlock": ("resourceId", "localId"),
    "bodiedSyncBlock": ("resourceId", "localId"),
}
_MARKS: dict[str, tuple[str, ...]] = {
    "annotation": ("id", "annotationType"),
    "backgroundColor": ("color",),
    "code": (),
    "em": (),
    "link": ("href",),
    "strike": (),
    "strong": (),
    "subsup": ("type",),
    "textColor": ("color",),
    "underline": (),
}
_WITH_CODE = frozenset({"code", "link", "annotation"})
_KEYS = frozenset({"type", "attrs", "content", "marks", "text"})
_ENUMS: dict[tuple[str, str], frozenset[Any]] = {
    ("heading", "level"): frozenset(range(1, 7)),
    ("panel", "panelType"): frozenset(["info", "note", "tip", "warning", "error", "success", "custom"]),
    ("taskItem", "state"): frozenset({"TODO", "DONE"}),
    ("blockTaskItem", "state"): frozenset({"TODO", "DONE"}),
    ("subsup", "type"): frozenset({"sub", "sup"}),
}


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
        return kind not in _WITH_CONTENT
    if kind not in _CONTENT or not isinstance(content, list) or (kind in _FILLED and not content):
        return False
    allowed = _CONTENT[kind]
    for child in content:
        if not isinstance(child, dict) or child.get("type") not in allowed or not _node_valid(child):
            return False
        if kind == "codeBlock" and child.get("marks"):
            return False
    return True


def _node_valid(node: dict[str, Any]) -> bool:
    kind = node["type"]
    if not node.keys() <= _KEYS or ("text" in node) != (kind == "text"):
        return False
    if kind == "text":
        return isinstance(node["text"], str) and node["text"] != "" and _marks_valid(node.get("marks", []))
    if kind in _ATTRIBUTES and not _attributes_valid(kind, node.get("attrs"), _ATTRIBUTES[kind]):
        return False
    return isinstance(node.get("marks", []), list) and _children_valid(node)


def _attributes_valid(kind: str, attributes: Any, needed: tuple[str, ...]) -> bool:
    if not isinstance(attributes, dict) or any(attributes.get(name) is None for name in needed):
        return False
    return all(attributes[name] in _ENUMS[kind, name] for name in needed if (kind, name) in _ENUMS)


def _marks_valid(marks: Any) -> bool:
    if not isinstance(marks, list):
        return False
    kinds = set()
    for mark in marks:
        kind = mark.get("type") if isinstance(mark, dict) else None
        if kind not in _MARKS or (_MARKS[kind] and not _attributes_valid(kind, mark.get("attrs"), _MARKS[kind])):
            return False
        kinds.add(kind)
    return "code" not in kinds or kinds <= _WITH_CODE


def document(text: str) -> dict[str, Any]:
    """Plain text as a document: a paragraph for each block, a hard break for each line in it."""
    paragraphs = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        content: list[dict[str, Any]] = []
        for line in block.split("\n"):
            if content:
                content.append({"type": "hardBreak"})
            if line:
                content.append({"type": "text", "text": line})
        paragraphs.append({"type": "paragraph", "content": content})
    return {"type": "doc", "version": 1, "content": paragraphs}


_LEAVES = {"mention": "text", "emoji": "shortName", "status": "text", "inlineCard": "url", "blockCard": "url"}
_GLUE = {"paragraph": "", "heading": "", "codeBlock": "", "taskItem": "", "decisionItem": "", "caption": ""}


def plain(node: Any) -> str:
    """What a document says without its formatting, as far as search, history and the old API need it."""
    kind = node.get("type")
    if kind == "text":
        return str(node["text"])
    if kind == "hardBreak":
        return "\n"
    if kind in _LEAVES:
        return str(node.get("attrs", {}).get(_LEAVES[kind], ""))
    glue = _GLUE.get(kind, "\n\n" if kind == "doc" else "\n")
    text = glue.join(plain(child) for child in node.get("content", ()))
    return f"* {text}" if kind in ("listItem", "taskItem") else text
