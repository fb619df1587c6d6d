"""The one form of each rich text: without what Asana adds when it stores it, and what its client loses."""

from xml.etree import ElementTree

from pmsync.text.characters import clean
from pmsync_asana.xml_read import is_mention, read, root_of
from pmsync_asana.xml_write import opening, text, write

EMPTY = "<body></body>"
_KEPT = ("src", "alt", "data-asana-gid", "data-asana-type")


def canonical(document: str) -> str:
    """The text as `write` would write it, where Markdown can say all of it; else the same elements, evenly written."""
    tree, losses = read(document)
    if not losses:
        written, unsaid = write(tree)
        if written == document or (not unsaid and read(written)[0] == tree):
            return written
    root = root_of(document)
    return _element(root).strip("\n") if root is not None else document


def _element(element: ElementTree.Element) -> str:
    inner = text(clean(element.text or "")) + "".join(
        _element(child) + text(clean(child.tail or "")) for child in element
    )
    tag = str(element.tag)
    if tag == "a" and not is_mention(element) and (href := element.get("href")):
        return f"{opening(href)}{inner}</a>"
    names = (("href", *_KEPT) if tag == "a" else _KEPT) if tag in ("a", "img") else sorted(element.keys())
    attributes = "".join(
        f' {name}="{text(clean(value)).replace(chr(34), "&quot;")}"'
        for name in names
        if (value := element.get(name)) is not None
    )
    empty = tag in ("hr", "img") and not inner
    return f"<{tag}{attributes}/>" if empty else f"<{tag}{attributes}>{inner}</{tag}>"
