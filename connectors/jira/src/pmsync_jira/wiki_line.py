"""A line of wiki markup as inline content."""

import re
from collections.abc import Iterator
from html import unescape

from pmsync.text.characters import JOINER, href
from pmsync.text.loss import Losses
from pmsync.text.signs import PICTURE
from pmsync.text.tree import PLAIN, Break, Code, Image, Inline, Link, Mention, Style, Text

BARE = re.compile(r"https?://(?:[^\s|\]\[{}!*\\()&]|&(?!\#|amp;))*[\w/=%-]")
"""An address that is a link as it stands."""
EMOTICONS = {
    ":)": "🙂",
    ":(": "🙁",
    ":P": "😛",
    ":D": "😀",
    ";)": "😉",
    "(y)": "👍",
    "(n)": "👎",
    "(i)": "ℹ️",
    "(/)": "✅",
    "(x)": "❌",
    "(!)": "⚠️",
    "(+)": "➕",
    "(-)": "➖",
    "(?)": "❓",
    "(on)": "💡",
    "(off)": "🔌",
    "(*)": "⭐",
    "(*r)": "⭐",
    "(*g)": "⭐",
    "(*b)": "⭐",
    "(*y)": "⭐",
    "(flag)": "🚩",
    "(flagoff)": "🏳️",
}
"""What Jira shows little pictures for."""
_FACES = "|".join(re.escape(face) for face in EMOTICONS)
_ATTACHMENT = "📎"
_DASHES = {"--": "–", "---": "—"}
_STYLES = {"*": Style.STRONG, "_": Style.EMPHASIS, "-": Style.STRIKE}
_OTHER = {"+": "underline", "^": "subscript or superscript", "~": "subscript or superscript", "??": "a citation"}
_TOKEN = re.compile(
    rf"""(?P<break>\\\\)
    | \\(?P<escaped>[^\w\s]|_)
    | (?P<entity>&\#?\w+;)
    | \{{\{{(?P<code>.+?)\}}\}}
    | \[(?P<link>(?:\\.|[^\]\\])+)\]
    | !(?P<image>[^\s!|][^!|]*\.\w+|https?://[^\s!|]+)(?:\|(?P<shape>[^!]*))?!
    | \{{(?:color|anchor)(?::[^}}]*)?\}}(?P<unseen>)
    | (?<!\S)(?P<dash>-{{2,3}})(?!\S)
    | (?P<face>(?<!\w)(?:{_FACES}))
    | \{{(?P<braced>[*_+^~-]|\?\?)\}}(?P<within>.+?)\{{(?P=braced)\}}
    | (?<![^\W_])(?<!\\)(?P<mark>[*_+^~-]|\?\?)(?=\S)(?P<inner>.+?)(?<![\s\\])(?P=mark)(?![^\W_])
    | (?P<macro>\{{[a-z]+(?::[^}}]*)?\}})
    | (?P<url>(?<!\w){BARE.pattern})""",
    re.VERBOSE,
)
_BAR = re.compile(r"(?<!\\)\|")
_SETTING = re.compile(r"""\s*(alt|title)=(?:"([^"]*)"|([^,]*))\s*$""")
_PERSON = re.compile(r"~(?:accountid:)?")


def read_line(line: str, unsaid: Losses) -> list[Inline]:
    """The inline content of a line of markup, not yet in normal form."""
    return list(_Reader(unsaid).read(line, PLAIN, None))


class _Reader:
    def __init__(self, unsaid: Losses) -> None:
        self._unsaid = unsaid

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
                yield self._image(match["image"], match["shape"] or "", styles, link)
            case "unseen":
                self._unsaid.add("colours or anchors")
            case "within" | "inner":
                yield from self._marked(match, styles, link)
            case "macro":
                self._unsaid.add("a macro")
                yield Text(match["macro"], styles, link)
            case "dash" | "face":
                yield Text(_DASHES.get(match[0]) or EMOTICONS[match[0]], styles, link)
            case _:
                text = match["escaped"] or match["url"] or unescape(match["entity"] or "")
                yield Text(text, styles, link)

    def _marked(self, match: re.Match[str], styles: frozenset[Style], link: Link | None) -> Iterator[Inline]:
        mark, inner = match["braced"] or match["mark"], match["within"] or match["inner"]
        if mark in _OTHER:
            self._unsaid.add(_OTHER[mark])
        added = {_STYLES[mark]} if mark in _STYLES else set()
        yield from self.read(inner, styles | added, link)

    def _link(self, content: str, styles: frozenset[Style]) -> Iterator[Inline]:
        """`[address]`, `[text|address]` or `[text|address|what the pointer shows]`."""
        text, *target = _BAR.split(content)
        address = _literal(target[0] if target else text)
        if address.startswith("~"):
            person = _PERSON.sub("", address, count=1)
            yield Mention(person, _literal(text).removeprefix("@") if target else person, styles)
            return
        if address.startswith("^"):
            self._unsaid.add("an attachment")
            yield Text(f"{_ATTACHMENT} {_literal(text) if target else address[1:]}", styles)
            return
        found = href(address)
        if not found or not (target or re.match(r"[a-z]+:", address, re.IGNORECASE)):
            yield Text(f"[{_literal(content)}]", styles)
            return
        link = Link(found, _literal(target[1]) if len(target) > 1 else "")
        if text == JOINER or not target:
            yield Text("" if target else address, styles, link)
        else:
            yield from self.read(text, styles, link)

    def _image(self, source: str, shape: str, styles: frozenset[Style], link: Link | None) -> Inline:
        told: dict[str, str] = {}
        for setting in filter(None, shape.split(",")):
            if match := _SETTING.match(setting):
                told[match[1]] = _literal(match[2] or match[3] or "")
            else:
                self._unsaid.add("the size of an image")
        target = href(source) if "://" in source else None
        if target is None:
            self._unsaid.add("an attachment")
            return Text(f"{PICTURE} {told.get('alt') or source}", styles, link)
        return Image(target, told.get("alt", ""), told.get("title", ""), styles, link)


def _literal(markup: str) -> str:
    """The characters that escaped markup stands for."""
    return unescape(re.sub(r"\\([^\w\s]|_)", r"\1", markup))
