"""Rich text as Asana takes it, gives it back, and projects it to plain text.

Written: well-formed XML with a `<body>` root, the known tags only, each where it may stand, attributes on `<a>`,
`<img>` and `<td>` only; everything else is refused. Where what is written about Asana disagrees, the strictest counts.
Read: mentions are filled in with the attributes that say what they point to.
"""

import re
from collections.abc import Callable
from html import escape
from xml.etree import ElementTree as ET

from pmsync_asana.sandbox.problems import Problem, bad

_INLINE = frozenset({"strong", "em", "u", "s", "code", "a"})
_LISTS = frozenset({"ol", "ul"})
_COMMENT = _INLINE | _LISTS | {"blockquote", "pre"}
_TASK = _COMMENT | {"h1", "h2", "hr", "img", "table"}
_NOTHING: frozenset[str] = frozenset()
_WITHIN = {
    **dict.fromkeys(("strong", "em", "u", "s", "a", "blockquote", "h1", "h2", "td"), _INLINE),
    **dict.fromkeys(("code", "pre", "hr", "img"), _NOTHING),
    **dict.fromkeys(("ol", "ul"), frozenset({"li"})),
    "li": _INLINE | _LISTS,
    "table": frozenset({"tr"}),
    "tr": frozenset({"td"}),
}
"""Which tags may stand right in which."""
_BARE = frozenset({"ol", "ul", "table", "tr", "hr", "img"})
"""Tags that hold no text of their own."""
_ATTRIBUTES = {
    "a": frozenset(
        {
            "href",
            "data-asana-gid",
            "data-asana-type",
            "data-asana-accessible",
            "data-asana-dynamic",
            "data-asana-project",
            "data-asana-tag",
        }
    ),
    "img": frozenset({"src", "alt", "style", "data-asana-gid", "data-asana-type", "data-src-width", "data-src-height"}),
    "td": frozenset({"data-cell-widths"}),
}
_PERMALINK = re.compile(
    r"https://app\.asana\.com/(?:0/\d+/(?P<old>\d+)|1/\d+/(?:project/\d+/)?task/(?P<new>\d+))(?:/f)?/?"
)

Target = tuple[str, str, str]
"""What a mention points to: type, name, address."""
Resolve = Callable[[str], Target | None]
"""Finds what a gid stands for; None if it is unknown or out of sight."""


def accept(field: str, text: object, resolve: Resolve, *, comment: bool = False) -> str:
    """Check what was written and give the form in which it will be read. Raises `Problem` 400."""
    if not isinstance(text, str):
        raise bad(f"{field}: Not a string")
    # Entity definitions have no place in rich text, and would let a short text grow without bound.
    if "<!" in text or "<?" in text:
        raise _invalid(field, "declarations are not allowed")
    try:
        root = ET.fromstring(text)  # noqa: S314 - declarations, and with them entities, are refused above
    except ET.ParseError as error:
        raise _invalid(field, str(error)) from error
    if root.tag != "body":
        raise _invalid(field, "the root element must be <body>")
    if root.attrib:
        raise _invalid(field, "unsupported attribute on <body>")
    _check(field, root, {**_WITHIN, "body": _COMMENT if comment else _TASK})
    for link in root.iter("a"):
        _fill_in(field, link, resolve)
    return ET.tostring(root, encoding="unicode", short_empty_elements=False).replace("<hr></hr>", "<hr/>")


def _invalid(field: str, why: str) -> Problem:
    return bad(f"{field}: xml: {why}")


def _check(field: str, element: ET.Element, within: dict[str, frozenset[str]], *, linked: bool = False) -> None:
    if element.tag in _BARE and any((text or "").strip() for text in (element.text, *(c.tail for c in element))):
        raise _invalid(field, f"text within <{element.tag}>")
    for child in element:
        tag = str(child.tag)
        if tag not in within[element.tag] or (tag == "a" and linked):
            raise _invalid(field, f"unsupported tag <{tag}> within <{element.tag}>")
        if extra := set(child.attrib) - _ATTRIBUTES.get(tag, _NOTHING):
            raise _invalid(field, f"unsupported attribute {sorted(extra)[0]} on <{tag}>")
        if tag == "img" and not child.get("data-asana-gid"):
            raise _invalid(field, "<img> needs data-asana-gid")
        _check(field, child, within, linked=linked or tag == "a")


def _fill_in(field: str, link: ET.Element, resolve: Resolve) -> None:
    gid = link.get("data-asana-gid") or _linked(link.get("href", ""))
    target = resolve(gid) if gid else None
    tail, text, href = link.tail, "".join(link.itertext()), link.get("href")
    if target is None:
        if not href:
            raise bad(f"{field}: Unknown object: {gid}" if gid else f"{field}: xml: <a> needs href or data-asana-gid")
        for name in [name for name in link.attrib if name != "href"]:
            del link.attrib[name]
        return
    kind, name, address = target
    dynamic = link.get("data-asana-dynamic") != "false"
    link.attrib.clear()
    link.attrib.update({"href": href or address, "data-asana-accessible": "true"})
    link.attrib.update({"data-asana-dynamic": "true" if dynamic else "false", "data-asana-type": kind})
    link.attrib["data-asana-gid"] = str(gid)
    for child in list(link):
        link.remove(child)
    link.text = (f"@{name}" if kind == "user" else name) if dynamic else text
    link.tail = tail


def _linked(href: str) -> str:
    found = _PERMALINK.fullmatch(href)
    return (found["old"] or found["new"]) if found else ""


def plain(html: str) -> str:
    """The plain projection that `notes` and `text` show."""
    out: list[str] = []
    _project(ET.fromstring(html), out, 0)  # noqa: S314 - `accept` made it
    return "".join(out).strip("\n")


def _project(element: ET.Element, out: list[str], depth: int) -> None:
    tag = element.tag
    if tag == "img":
        out.append(element.get("alt") or "")
    if tag == "hr":
        out.append("\n-------------------------------\n")
    out.append(element.text or "")
    for place, child in enumerate(element, 1):
        if child.tag == "li":
            bullet = f"{place}." if tag == "ol" else "•"
            out.append(("" if not out or out[-1].endswith("\n") else "\n") + " " * depth + bullet + " ")
        _project(child, out, depth + (child.tag in _LISTS))
        if child.tag in {"h1", "h2", "ul", "ol", "blockquote", "pre", "tr"}:
            out.append("\n")
        out.append(child.tail or "")


def rich(text: str) -> str:
    """Plain text as rich text."""
    return f"<body>{escape(text, quote=False)}</body>"


def clean(text: str) -> str:
    """Text without what neither JSON consumers nor XML can hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text).replace("\r\n", "\n").replace("\r", "\n")
