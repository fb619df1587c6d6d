"""What Asana takes as rich text, by its documentation and two public validators: an oracle for what is written.

Where sources disagree, the strictest counts. Nothing here is shared with the connector or its sandbox.
https://developers.asana.com/docs/rich-text
"""

import re
from xml.etree import ElementTree

_INLINE = frozenset({"strong", "em", "u", "s", "code", "a"})
_LISTS = frozenset({"ul", "ol"})
_EVERYWHERE = frozenset({"pre", "blockquote"}) | _LISTS
_TASKS_ONLY = frozenset({"h1", "h2", "hr", "img", "table"})
_INSIDE = {
    **dict.fromkeys(("strong", "em", "u", "s", "a", "blockquote", "h1", "h2", "td"), _INLINE),
    **dict.fromkeys(("ul", "ol"), frozenset({"li"})),
    **dict.fromkeys(("code", "pre", "hr", "img"), frozenset[str]()),
    "li": _INLINE | _LISTS,
    "table": frozenset({"tr"}),
    "tr": frozenset({"td"}),
}
_WITHOUT_TEXT = frozenset({"ul", "ol", "table", "tr", "hr", "img"})
_ATTRIBUTES = {
    "a": {"href", *(f"data-asana-{name}" for name in ("gid", "type", "accessible", "dynamic", "project", "tag"))},
    "img": {"src", "alt", "style", "data-asana-gid", "data-asana-type", "data-src-width", "data-src-height"},
    "td": {"data-cell-widths"},
}
_KINDS = {"user", "task", "project", "tag", "conversation", "project_status", "team", "search", "attachment"}


def broken_rule(document: str, *, comment: bool = False) -> str:
    """The first rule that a rich text breaks; "" if it breaks none."""
    if re.search(r"<[!?]", document):
        return "no comments, declarations or instructions"
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        return f"well-formed XML: {error}"
    if root.tag != "body":
        return "the root is <body>"
    allowed = _INLINE | _EVERYWHERE | (frozenset() if comment else _TASKS_ONLY)
    return _attributes(root) or _children(root, {**_INSIDE, "body": allowed}, ())


def _children(element: ElementTree.Element, inside: dict[str, frozenset[str]], above: tuple[str, ...]) -> str:
    tag = str(element.tag)
    if tag in _WITHOUT_TEXT and any((text or "").strip() for text in (element.text, *(c.tail for c in element))):
        return f"no text right in <{tag}>"
    for child in element:
        if child.tag not in inside[tag]:
            return f"no <{child.tag}> in <{tag}>"
        if child.tag == "a" and "a" in above:
            return "no <a> in <a>"
        if found := _attributes(child) or _children(child, inside, (*above, str(child.tag))):
            return found
    return ""


def _attributes(element: ElementTree.Element) -> str:
    tag = str(element.tag)
    if extra := set(element.keys()) - _ATTRIBUTES.get(tag, set()):
        return f"no {sorted(extra)[0]} on <{tag}>"
    gid, href = element.get("data-asana-gid"), element.get("href")
    if gid is not None and not re.fullmatch("[0-9]+", gid):
        return "a gid is a number"
    if tag == "a" and not gid and (not href or re.search(r"\s", href)):
        return "<a> has a gid or an address"
    if tag == "img" and gid is None:
        return "<img> has a gid"
    kind = element.get("data-asana-type")
    return f"there is no type {kind}" if kind is not None and kind not in _KINDS else ""
