"""Inline nodes of ADF as a line of Markdown's tree, with something to see for each."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from pmsync.text.characters import JOINER, href
from pmsync.text.signs import PICTURE
from pmsync.text.tree import Break, Code, Image, Inline, Line, Link, Mention, Style, Text
from pmsync_jira import adf_code
from pmsync_jira.adf_nodes import Node, attributes, children, kind, marks, word

STYLES = {"strong": Style.STRONG, "em": Style.EMPHASIS, "strike": Style.STRIKE}
CARDS = ("inlineCard", "blockCard", "embedCard")
LOZENGE = re.compile(f"({JOINER}*)⟦([^⟦⟧]+)⟧")
"""How a status is shown. One that is just text has a joiner before it."""
_PAPERCLIP = "📎"


class LineReader:
    """Reads inline nodes. What it gives is not in normal form."""

    def __init__(self) -> None:
        self._readers: Mapping[str, Callable[[Node], Iterator[Inline]]] = {
            "text": self._text,
            "hardBreak": lambda _: iter((Break(),)),
            "emoji": self._emoji,
            "mention": self._mention,
            "status": self._status,
            "date": lambda node: _words(_date(word(node, "timestamp"))),
            "placeholder": lambda node: _words(word(node, "text")),
            "mediaInline": self._attachment,
            "media": self._attachment,
        } | dict.fromkeys(CARDS, self._card)

    def line(self, nodes: Sequence[Node]) -> Line:
        return adf_code.read(tuple(piece for node in nodes for piece in self._inline(node)))

    def _inline(self, node: Node) -> Iterator[Inline]:
        yield from self._readers.get(kind(node), self._other)(node)

    def _text(self, node: Node) -> Iterator[Inline]:
        text = _string(node, "text")
        if not text:
            return
        if "marks" not in node:
            yield Text(_bare(text))
            return
        found = marks(node)
        link = _link(found)
        names = {kind(mark) for mark in found}
        styles = frozenset(STYLES[name] for name in names if name in STYLES)
        if "code" in names:
            yield Code(text, styles, link)
        elif link and link.title.startswith(f"{PICTURE} "):
            source = link.title.removeprefix(f"{PICTURE} ")
            yield Image(source, "" if text == PICTURE else text, "", styles, Link(link.href))
        elif link:
            yield Text("" if text == JOINER else text, styles, link)
        else:
            yield Text(_bare(text), styles)

    def _emoji(self, node: Node) -> Iterator[Inline]:
        yield from _words(word(node, "text") or word(node, "shortName"))

    def _mention(self, node: Node) -> Iterator[Inline]:
        yield Mention(word(node, "id"), word(node, "text").removeprefix("@"))

    def _status(self, node: Node) -> Iterator[Inline]:
        text = word(node, "text")
        shown = f"⟦{text}⟧"
        yield from _words(shown if LOZENGE.fullmatch(shown) else text)

    def _card(self, node: Node) -> Iterator[Inline]:
        data = attributes(node).get("data")
        url = word(node, "url") or (str(data.get("url", "")) if isinstance(data, Mapping) else "")
        target = href(url)
        yield Text(url or "[link]", link=Link(target) if target else None)

    def _attachment(self, node: Node) -> Iterator[Inline]:
        """A picture from elsewhere, or the name of a file that is kept in the tool."""
        link = _link(marks(node))
        source = href(word(node, "url")) if word(node, "type") == "external" else None
        if source:
            yield Image(source, word(node, "alt"), link=link)
            return
        yield Text(f"{_PAPERCLIP} {word(node, 'alt') or word(node, 'url') or 'attachment'}", link=link)

    def _other(self, node: Node) -> Iterator[Inline]:
        """A node that Markdown has no word for: what it says of itself, what is in it, or else its name."""
        within = self.line(children(node))
        said = _string(node, "text") or word(node, "text") or word(node, "title")
        if said or not within:
            yield Text(said or f"[{word(node, 'extensionKey') or kind(node)}]")
        yield from within


def _bare(text: str) -> str:
    """A text with a joiner before what looks like a status."""
    return LOZENGE.sub(rf"{JOINER}\g<0>", text) if "⟦" in text else text


def _link(found: Sequence[Node]) -> Link | None:
    """Where marks lead, if Markdown follows that."""
    for mark in found:
        if kind(mark) == "link":
            target = href(word(mark, "href"))
            return Link(target, word(mark, "title")) if target else None
    return None


def _words(text: str) -> Iterator[Inline]:
    if text:
        yield Text(text)


def _string(node: Node, key: str) -> str:
    value = node.get(key)
    return value if isinstance(value, str) else ""


def _date(timestamp: str) -> str:
    """Milliseconds since 1970, at midnight UTC of the day that is meant."""
    try:
        return datetime.fromtimestamp(int(timestamp) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return timestamp
