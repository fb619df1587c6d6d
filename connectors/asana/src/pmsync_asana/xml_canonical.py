"""The one form of each rich text: without what Asana adds when it stores it, and what its client loses."""

from xml.etree import ElementTree

from pmsync.text.characters import clean
from pmsync_asana.xml_read import is_mention, root_of
from pmsync_asana.xml_write import mention, opening, text

EMPTY = "<body></body>"
_LINK = ("href", "data-asana-gid", "data-asana-type", "data-asana-project", "data-asana-tag")
_IMAGE = ("src", "alt", "style", "data-asana-gid", "data-asana-type", "data-src-width", "data-src-height")
"""What an image keeps. The address of an attachment is another one at each reading."""


def canonical(document: str) -> str:
    """The same elements, evenly written."""
    root = root_of(document)
    if root is None:
        return document if document.strip() else EMPTY
    even = _element(root)
    inner = even.removeprefix("<body>").removesuffix("</body>")
    return f"<body>{inner.strip(chr(10))}</body>"


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
