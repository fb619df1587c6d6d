"""The content model of the Atlassian Document Format: which node may stand in which, with which attributes and marks.

From the published JSON schema (`adf-schema.json`, 2026); a test holds these tables against it. In a list of attributes
an exclamation mark stands behind those that are required.
"""

from typing import Any

_INLINE = frozenset(
    {
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
    }
)
_LISTS = frozenset({"bulletList", "orderedList"})
_QUOTED = _LISTS | {"codeBlock", "extension", "mediaGroup", "mediaSingle", "paragraph"}
_NESTED = _QUOTED | {"blockquote", "decisionList", "heading", "panel", "rule", "taskList"}
_BLOCKS = _NESTED | {"blockCard", "embedCard"}
_CELL = _BLOCKS | {"nestedExpand"}
_COLUMN = _BLOCKS | {"bodiedExtension", "expand", "table"}

CONTENT: dict[str, frozenset[str]] = {
    "doc": _COLUMN | {"bodiedSyncBlock", "layoutSection", "syncBlock"},
    "paragraph": _INLINE,
    "heading": _INLINE,
    "taskItem": _INLINE,
    "decisionItem": _INLINE,
    "caption": _INLINE - {"inlineExtension", "mediaInline"},
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": _QUOTED - {"mediaGroup"} | {"taskList"},
    "taskList": frozenset({"blockTaskItem", "taskItem", "taskList"}),
    "blockTaskItem": frozenset({"extension", "paragraph"}),
    "decisionList": frozenset({"decisionItem"}),
    "codeBlock": frozenset({"text"}),
    "blockquote": _QUOTED,
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
"""What may stand in a node. A node that is not here holds nothing."""

FIXED: dict[str, tuple[tuple[str, ...], ...]] = {
    "mediaSingle": (("media",), ("media", "caption")),
    "layoutSection": (("layoutColumn",) * 2, ("layoutColumn",) * 3),
}
"""Nodes that hold one of a few sequences."""

OPTIONAL = frozenset({"paragraph", "heading", "taskItem", "decisionItem", "caption", "codeBlock"})
"""Nodes that need no content at all."""
EMPTY = OPTIONAL | {"doc", "tableRow"}
"""Nodes whose content may be an empty list."""

_EXTENSION = "extensionKey! extensionType! parameters text localId"
_CELL_ATTRIBUTES = "colspan rowspan colwidth background localId valign"
ATTRIBUTES: dict[str, str] = {
    "blockCard": "url data datasource width layout localId",
    "blockTaskItem": "localId! state!",
    "blockquote": "localId",
    "bodiedExtension": f"{_EXTENSION} layout",
    "bodiedSyncBlock": "resourceId! localId!",
    "bulletList": "localId",
    "caption": "localId",
    "codeBlock": "language uniqueId localId wrap hideLineNumbers",
    "date": "timestamp! localId",
    "decisionItem": "localId! state!",
    "decisionList": "localId!",
    "embedCard": "url! layout! width originalHeight originalWidth localId",
    "emoji": "shortName! id text localId",
    "expand": "title localId",
    "extension": f"{_EXTENSION} layout",
    "hardBreak": "text localId",
    "heading": "level! localId",
    "inlineCard": "url data localId",
    "inlineExtension": _EXTENSION,
    "layoutColumn": "width! localId valign",
    "layoutSection": "localId",
    "listItem": "localId",
    "media": "type! id collection url alt height width occurrenceKey localId",
    "mediaInline": "id! collection! type alt height width occurrenceKey localId data",
    "mediaSingle": "layout! width widthType localId",
    "mention": "id! text localId accessLevel userType",
    "nestedExpand": "title localId",
    "orderedList": "order localId",
    "panel": "panelType! panelIcon panelIconId panelIconText panelColor localId",
    "paragraph": "localId",
    "placeholder": "text! localId",
    "rule": "localId",
    "status": "text! color! localId style",
    "syncBlock": "resourceId! localId!",
    "table": "displayMode isNumberColumnEnabled layout localId width",
    "tableCell": _CELL_ATTRIBUTES,
    "tableHeader": _CELL_ATTRIBUTES,
    "tableRow": "localId",
    "taskItem": "localId! state!",
    "taskList": "localId!",
}
ATTRIBUTED = frozenset({"blockCard", "inlineCard", "nestedExpand"})
"""Nodes that need attributes though none of them alone is required."""

MARKS: dict[str, str] = {
    "annotation": "id! annotationType!",
    "backgroundColor": "color!",
    "code": "",
    "em": "",
    "link": "href! title id collection occurrenceKey",
    "strike": "",
    "strong": "",
    "subsup": "type!",
    "textColor": "color!",
    "underline": "",
}
"""The marks of text, with their attributes."""
WITH_CODE = frozenset({"code", "link", "annotation"})
"""The marks that go with `code`."""

NUMBERS = frozenset({"level", "order", "width", "height", "colspan", "rowspan", "originalHeight", "originalWidth"})
BOOLEANS = frozenset({"wrap", "hideLineNumbers", "isNumberColumnEnabled"})
ANYTHING = frozenset({"parameters", "data", "datasource", "colwidth"})
"""Attributes by what they hold; all others are strings."""

_WIDTHS = frozenset({"wide", "full-width", "default"})
_PLACES = frozenset({"wide", "full-width", "center", "wrap-right", "wrap-left", "align-end", "align-start"})
_STATES = frozenset({"TODO", "DONE"})
CHOICES: dict[tuple[str, str], frozenset[Any]] = {
    ("heading", "level"): frozenset(range(1, 7)),
    ("panel", "panelType"): frozenset({"info", "note", "tip", "warning", "error", "success", "custom"}),
    ("taskItem", "state"): _STATES,
    ("blockTaskItem", "state"): _STATES,
    ("subsup", "type"): frozenset({"sub", "sup"}),
    ("annotation", "annotationType"): frozenset({"inlineComment"}),
    ("media", "type"): frozenset({"link", "file", "external"}),
    ("mediaSingle", "layout"): _PLACES,
    ("embedCard", "layout"): _PLACES,
    ("extension", "layout"): _WIDTHS,
    ("bodiedExtension", "layout"): _WIDTHS,
    ("mention", "userType"): frozenset({"DEFAULT", "SPECIAL", "APP"}),
}
"""Attributes that hold one of a few values."""
