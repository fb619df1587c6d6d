"""A line of wiki markup as inline content."""

import re
from collections.abc import Iterator
from html import unescape

from pmsync.text.characters import href
from pmsync.text.loss import Losses
from pmsync.text.tree import PLAIN, Break, Code, Image, Inline, Link, Style, Text
from pmsync_jira.wiki_write import BARE

_STYLES = {"*": Style.STRONG, "_": Style.EMPHASIS, "-": Style.STRIKE}
_OTHER = {"+": "underline", "^": "subscript or superscript", "~": "subscript or superscript", "??": "a citation"}
_TOKEN = re.compile(
    rf"""(?P<break>\\\\)
    | \\(?P<escaped>[^\w\s]|_)
    | (?P<entity>&\#?\w+;)
    | \{{\{{(?P<code>.+?)\}}\}}
    | \[(?P<link>(?:\\.|[^\]\\])+)\]
    | !(?P<image>[^\s!|][^!|]*\.\w+|https?://[^\s!|]+)(?:\|(?P<shape>[^!]*))?!
    | \{{color(?::[^}}]*)?\}}(?P<coloured>)
    | \{{(?P<braced>[*_+^~-]|\?\?)\}}(?P<within>.+?)\{{(?P=braced)\}}
    | (?<![^\W_])(?<!\\)(?P<mark>[*_+^~-]|\?\?)(?=\S)(?P<inner>.+?)(?<![\s\\])(?P=mark)(?![^\W_])
    | (?P<macro>\{{[a-z]+(?::[^}}]*)?\}})
    | (?P<url>(?<!\w){BARE.pattern})""",
    re.VERBOSE,
)
_BAR = re.compile(r"(?<!\\)\|")


def read_line(line: str, losses: Losses) -> list[Inline]:
    """The inline content of a line of markup, not yet in normal form."""
    return list(_Reader(losses).read(line, PLAIN, None))


class _Reader:
    def __init__(self, losses: Losses) -> None:
        self._losses = losses

    def read(self, markup: str, styles: frozenset[Style], link: Link | None) -> Iterator[Inline]:
        done = 0
        for match in _TOKEN.finditer(markup):
            yield Text(markup[done : match.start()], styles, link)
            yield from self._token(match, styles, link)
            done = match.end()
        yield Text(markup[done:], styles, link)

    def _token(self, match: re.Match[str], styles: frozenset[Style], link: Link | None) -> Iterator[Inline]:
        match match.lastgroup:
            case "break":
                yield Break()
            case "code":
                yield Code(_literal(match["code"]), styles, link)
            case "link":
                yield from self._link(match["link"], styles)
            case "image" | "shape":
                yield from self._image(match["image"], match["shape"] or "", styles, link)
            case "coloured":
                self._losses.add("colours")
            case "within" | "inner":
                yield from self._marked(match, styles, link)
            case "macro":
                self._losses.add("a macro")
                yield Text(match["macro"], styles, link)
            case _:
                text = match["escaped"] or match["url"] or unescape(match["entity"] or "")
                yield Text(text, styles, link)

    def _marked(self, match: re.Match[str], styles: frozenset[Style], link: Link | None) -> Iterator[Inline]:
        mark, inner = match["braced"] or match["mark"], match["within"] or match["inner"]
        if mark in _OTHER:
            self._losses.add(_OTHER[mark])
        added = {_STYLES[mark]} if mark in _STYLES else set()
        yield from self.read(inner, styles | added, link)

    def _link(self, content: str, styles: frozenset[Style]) -> Iterator[Inline]:
        """`[address]`, `[text|address]` or `[text|address|what the pointer shows]`."""
        text, *target = _BAR.split(content)
        address = _literal(target[0] if target else text)
        if address.startswith(("~", "^")):
            self._losses.add("a mention" if address[0] == "~" else "an attachment")
            yield Text(("@" if address[0] == "~" else "") + (_literal(text) if target else address[1:]), styles)
            return
        found = href(address)
        if not found or not (target or re.match(r"[a-z]+:", address, re.IGNORECASE)):
            yield Text(f"[{_literal(content)}]", styles)
            return
        link = Link(found, _literal(target[1]) if len(target) > 1 else "")
        yield from self.read(text, styles, link) if target else iter((Text(address, styles, link),))

    def _image(self, source: str, shape: str, styles: frozenset[Style], link: Link | None) -> Iterator[Inline]:
        target = href(source) if "://" in source else None
        alt = re.search(r"(?:^|,)\s*alt=\"?([^\",]*)", shape)
        if target is None or re.search(r"width|height|thumbnail|align|title", shape):
            self._losses.add("an attachment" if target is None else "the size of an image")
        if target is None:
            yield Text(f"[{source}]", styles, link)
        else:
            yield Image(target, alt[1] if alt else "", "", styles, link)


def _literal(markup: str) -> str:
    """The characters that escaped markup stands for."""
    return unescape(re.sub(r"\\([^\w\s]|_)", r"\1", markup))
