"""The one form of each rich text: without what Asana adds when it stores it, and what its client loses."""

from xml.etree import ElementTree

from pmsync.text.characters import clean
from pmsync_asana.xml_read import is_mention, read, root_of
from pmsync_asana.xml_write import TASK, Place, mention, opening, text, write

EMPTY = "<body></body>"
_LINK = ("href", "data-asana-gid", "data-asana-type", "data-asana-project", "data-asana-tag")
_IMAGE = ("src", "alt", "style", "data-asana-gid", "data-asana-type", "data-src-width", "data-src-height")
"""What an image keeps. The address of an attachment is another one at each reading."""


def canonical(document: str, place: Place = TASK) -> str:
    """The text as `write` would write it, where Markdown can say all of it; else the same elements, evenly written."""
    tree, unsaid = read(document, place)
    if not unsaid:
        written, lost = write(tree, place)
        if written == document or (not lost and read(written, place)[0] == tree):
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
    if is_mention(element) and element.get("data-asana-type") == "user":
        return mention(element.get("data-asana-gid", ""), "".join(element.itertext()).removeprefix("@"))
    attributes = "".join(
        f' {name}="{text(clean(value)).replace(chr(34), "&quot;")}"'
        for name in _attributes(element)
        if (value := element.get(name)) is not None
    )
    empty = tag in ("hr", "img") and not inner
    return f"<{tag}{attributes}/>" if empty else f"<{tag}{attributes}>{inner}</{tag}>"


def _attributes(element: ElementTree.Element) -> tuple[str, ...]:
    if element.tag == "a":
        return _LINK
    if element.tag == "img":
        return _IMAGE[1:] if element.get("data-asana-gid") else _IMAGE
    return tuple(sorted(element.keys()))
