"""Random documents in Atlassian's format, valid by its schema, with characters that mean something elsewhere."""

from random import Random
from typing import Any

from texts import FRAGMENTS

Node = dict[str, Any]

_INKED = tuple(fragment for fragment in FRAGMENTS if fragment.strip() and fragment.isprintable())
_PANELS = ("info", "note", "tip", "success", "warning", "error", "custom")
_COLORS = ("neutral", "purple", "blue", "red", "yellow", "green")
_LISTS = ("bullets", "numbers")
_QUOTED = ("paragraph", "paragraph", "code", *_LISTS, "picture", "macro")
_PANELLED = (*_QUOTED, "heading", "rule", "tasks", "decisions", "file", "card")
_NESTED = (*_QUOTED, "heading", "rule", "tasks", "decisions", "file", "quote", "panel")
_CELLED = (*_NESTED, "card")
_TOP = (*_CELLED, "paragraph", "heading", "table", "expand", "layout", "body", "synced", "paragraph")
_DEEPEST = 3


class AdfMaker:
    """Makes documents from one seed: the same seed, the same documents."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._ids = 0

    def document(self) -> Node:
        return {"type": "doc", "version": 1, "content": self._several(_TOP, 0, 1, 5)}

    def _several(self, kinds: tuple[str, ...], depth: int, least: int, most: int) -> list[Node]:
        return [self._block(self._random.choice(kinds), depth + 1) for _ in range(self._random.randint(least, most))]

    def _id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    def _block(self, kind: str, depth: int) -> Node:
        if depth > _DEEPEST:
            kind = "paragraph"
        made: Node = getattr(self, f"_{kind}")(depth)
        return made

    # Blocks

    def _paragraph(self, _: int) -> Node:
        return {"type": "paragraph", "content": self._line()}

    def _heading(self, _: int) -> Node:
        return {"type": "heading", "attrs": {"level": self._random.randint(1, 6)}, "content": self._line()}

    def _code(self, _: int) -> Node:
        node: Node = {"type": "codeBlock", "attrs": {"language": self._random.choice(["", "python", "c++", "a b"])}}
        lines = "\n".join(self._words() for _ in range(self._random.randint(0, 3)))
        return node | {"content": [{"type": "text", "text": lines}]} if lines else node

    def _rule(self, _: int) -> Node:
        return {"type": "rule"}

    def _quote(self, depth: int) -> Node:
        return {"type": "blockquote", "content": self._several(_QUOTED, depth, 1, 3)}

    def _bullets(self, depth: int) -> Node:
        return {"type": "bulletList", "content": self._items(depth)}

    def _numbers(self, depth: int) -> Node:
        return {
            "type": "orderedList",
            "attrs": {"order": self._random.choice([1, 1, 0, 7])},
            "content": self._items(depth),
        }

    def _items(self, depth: int) -> list[Node]:
        kinds = ("paragraph", "paragraph", "code", *_LISTS, "picture", "tasks", "macro")
        return [
            {"type": "listItem", "content": [self._paragraph(0), *self._several(kinds, depth, 0, 2)]}
            for _ in range(self._random.randint(1, 3))
        ]

    def _tasks(self, depth: int) -> Node:
        content: list[Node] = []
        for _ in range(self._random.randint(1, 3)):
            attrs = {"localId": self._id(), "state": self._random.choice(["TODO", "DONE"])}
            content.append({"type": "taskItem", "attrs": attrs, "content": self._line()})
            if depth < _DEEPEST and self._random.random() < 0.2:
                content.append(self._tasks(depth + 1))
        return {"type": "taskList", "attrs": {"localId": self._id()}, "content": content}

    def _decisions(self, _: int) -> Node:
        attrs = {"localId": self._id(), "state": "DECIDED"}
        item = {"type": "decisionItem", "attrs": attrs, "content": self._line()}
        return {"type": "decisionList", "attrs": {"localId": self._id()}, "content": [item]}

    def _panel(self, depth: int) -> Node:
        attrs = {"panelType": self._random.choice(_PANELS)}
        return {"type": "panel", "attrs": attrs, "content": self._several(_PANELLED, depth, 1, 3)}

    def _expand(self, depth: int) -> Node:
        content = self._several((*_CELLED, "table", "nested"), depth, 1, 3)
        return {
            "type": "expand",
            "attrs": {"title": self._random.choice(["", "More", self._words()])},
            "content": content,
        }

    def _nested(self, depth: int) -> Node:
        return {
            "type": "nestedExpand",
            "attrs": {"title": self._words()},
            "content": self._several(_NESTED, depth, 1, 2),
        }

    def _table(self, depth: int) -> Node:
        width = self._random.randint(1, 3)
        rows = [self._row(depth, width, head=number == 0) for number in range(self._random.randint(1, 3))]
        return {"type": "table", "content": rows}

    def _row(self, depth: int, width: int, *, head: bool) -> Node:
        cells = []
        while width > 0:
            span = self._random.choice([1, 1, 1, width])
            kinds = (*_CELLED, "nested") if self._random.random() < 0.3 else ("paragraph",)
            attrs = {"colspan": span, "rowspan": self._random.choice([1, 1, 1, 2])}
            kind = "tableHeader" if head else self._random.choice(["tableCell", "tableCell", "tableHeader"])
            cells.append({"type": kind, "attrs": attrs, "content": self._several(kinds, depth, 1, 2)})
            width -= span
        return {"type": "tableRow", "content": cells}

    def _layout(self, depth: int) -> Node:
        columns = [
            {"type": "layoutColumn", "attrs": {"width": 50}, "content": self._several(_CELLED, depth, 1, 2)}
            for _ in range(2)
        ]
        return {"type": "layoutSection", "content": columns}

    def _body(self, depth: int) -> Node:
        attrs = {"extensionKey": "excerpt", "extensionType": "com.example"}
        return {"type": "bodiedExtension", "attrs": attrs, "content": self._several(_CELLED, depth, 1, 2)}

    def _synced(self, depth: int) -> Node:
        attrs = {"resourceId": self._id(), "localId": self._id()}
        return {
            "type": "bodiedSyncBlock",
            "attrs": attrs,
            "content": self._several(("paragraph", "heading"), depth, 1, 2),
        }

    def _macro(self, _: int) -> Node:
        return {"type": "extension", "attrs": {"extensionKey": "toc", "extensionType": "com.example"}}

    def _card(self, _: int) -> Node:
        return {"type": "blockCard", "attrs": {"url": "https://example.com/page"}}

    def _picture(self, _: int) -> Node:
        attrs: Node = {"type": "external", "url": "https://example.com/a.png", "alt": self._words()}
        caption = [{"type": "caption", "content": self._line()}] if self._random.random() < 0.3 else []
        return {
            "type": "mediaSingle",
            "attrs": {"layout": "center"},
            "content": [{"type": "media", "attrs": attrs}, *caption],
        }

    def _file(self, _: int) -> Node:
        files = [
            {"type": "media", "attrs": {"type": "file", "id": self._id(), "collection": "", "alt": "log.txt"}}
            for _ in range(self._random.randint(1, 2))
        ]
        return {"type": "mediaGroup", "content": files}

    # Lines

    def _words(self) -> str:
        return "".join(self._random.choice(_INKED) for _ in range(self._random.randint(1, 4)))

    def _line(self) -> list[Node]:
        return [self._piece() for _ in range(self._random.randint(0, 5))]

    def _piece(self) -> Node:
        match self._random.choice(("text",) * 12 + ("break", "mention", "emoji", "date", "status", "card", "code")):
            case "break":
                return {"type": "hardBreak"}
            case "mention":
                return {"type": "mention", "attrs": {"id": f"5570:{self._id()}", "text": f"@{self._words()}"}}
            case "emoji":
                return {
                    "type": "emoji",
                    "attrs": self._random.choice([{"shortName": ":x:"}, {"shortName": ":a:", "text": "😄"}]),
                }
            case "date":
                return {"type": "date", "attrs": {"timestamp": "1778457600000"}}
            case "status":
                return {
                    "type": "status",
                    "attrs": {
                        "text": self._random.choice(["DONE", "IN *PROGRESS*", "[x]"]),
                        "color": self._random.choice(_COLORS),
                    },
                }
            case "card":
                return {"type": "inlineCard", "attrs": {"url": "https://example.com/x_y"}}
            case "code":
                return {"type": "text", "text": self._words(), "marks": [{"type": "code"}]}
            case _:
                return self._text()

    def _text(self) -> Node:
        text = self._random.choice(["some words", " and ", "x", self._words(), f" {self._words()} ", self._words()])
        names = ("strong", "em", "strike", "underline")
        marks: list[Node] = [{"type": name} for name in names if self._random.random() < 0.2]
        if self._random.random() < 0.15:
            marks.append(
                {"type": "link", "attrs": {"href": self._random.choice(["https://x.y/", "/a(b", "mailto:a@b.cd"])}}
            )
        if self._random.random() < 0.1:
            marks.append({"type": "textColor", "attrs": {"color": "#ff0000"}})
        return {"type": "text", "text": text, "marks": marks}


def adf_letters(node: Node) -> str:
    """All that a reader sees of a node, without white space and joiners; in `read`'s words, where it needs some."""
    return "".join(_shown(node).replace("\u2060", "").split())


def _shown(node: Node) -> str:
    attrs = node.get("attrs", {})
    match node["type"]:
        case "text":
            titles = (str(mark.get("attrs", {}).get("title", "")) for mark in node.get("marks", ()))
            # What a link tells when it is pointed at is read, too, but for the address of a picture.
            return str(node["text"]) + "".join(title for title in titles if not title.startswith("🖼"))
        case "mention" | "status":
            return str(attrs["text"])
        case "emoji":
            return str(attrs.get("text") or attrs["shortName"])
        case "date":
            return "2026-05-11"
        case "inlineCard" | "blockCard":
            return str(attrs["url"])
        case "media":
            return str(attrs.get("alt", "")) if attrs["type"] == "external" else f"📎 {attrs['alt']}"
        case "extension":
            return f"[{attrs['extensionKey']}]"
        case _:
            return str(attrs.get("title", "")) + "".join(map(_shown, node.get("content", ())))
