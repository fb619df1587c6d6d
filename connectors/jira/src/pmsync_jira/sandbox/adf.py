"""What a document in Atlassian's format says in plain text, and plain text as such a document."""

from typing import Any

from pmsync_jira.adf_valid import is_document as is_document
from pmsync_jira.adf_valid import valid as valid


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
