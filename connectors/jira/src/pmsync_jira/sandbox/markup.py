"""The backlog's Markdown as a document of Jira's: paragraphs, headings, lists, code, quotes and inline marks."""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_BLOCKS = {
    "paragraph": "paragraph",
    "heading": "heading",
    "bullet_list": "bulletList",
    "ordered_list": "orderedList",
    "list_item": "listItem",
    "blockquote": "blockquote",
}
_MARKS = {"strong": "strong", "em": "em", "s": "strike"}


def document(markdown: str) -> dict[str, Any] | None:
    """The text as a document; null for an empty one."""
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("strikethrough").parse(markdown))
    content = [_block(node) for node in tree.children]
    return {"type": "doc", "version": 1, "content": content} if content else None


def _block(node: SyntaxTreeNode) -> dict[str, Any]:
    if node.type in ("fence", "code_block"):
        code: dict[str, Any] = {"type": "codeBlock", "content": [{"type": "text", "text": node.content.rstrip("\n")}]}
        return code | ({"attrs": {"language": node.info}} if node.info else {})
    if node.type == "hr":
        return {"type": "rule"}
    told: dict[str, Any] = {"type": _BLOCKS[node.type]}
    if node.type == "heading":
        told["attrs"] = {"level": int(node.tag[1:])}
    if node.type in ("paragraph", "heading"):
        return told | {"content": _inline(node.children[0], ())}
    return told | {"content": [_block(child) for child in node.children]}


def _inline(node: SyntaxTreeNode, marks: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    match node.type:
        case "text" | "code_inline":
            worn = [*marks, {"type": "code"}] if node.type == "code_inline" else list(marks)
            if not node.content:
                return []
            return [{"type": "text", "text": node.content} | ({"marks": worn} if worn else {})]
        case "softbreak":
            return [{"type": "text", "text": " "}]
        case "hardbreak":
            return [{"type": "hardBreak"}]
        case "link":
            marks = (*marks, {"type": "link", "attrs": {"href": str(node.attrs["href"])}})
        case "strong" | "em" | "s":
            marks = (*marks, {"type": _MARKS[node.type]})
        case _:
            pass
    return [part for child in node.children for part in _inline(child, marks)]
