"""Markdown read into a tree. Raw HTML is text like any other: tools show it so, and none of them may run it."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pmsync.text.characters import legal
from pmsync.text.line import tidy_line
from pmsync.text.mentions import mentioned
from pmsync.text.tidy import tidy
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
    Break,
    Bullets,
    Callout,
    CalloutKind,
    Code,
    CodeBlock,
    Document,
    Heading,
    Image,
    Inline,
    Item,
    Line,
    Link,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Style,
    Table,
    Text,
)

if TYPE_CHECKING:
    from markdown_it.token import Token
    from markdown_it.utils import EnvType

_STYLES = {"strong": Style.STRONG, "em": Style.EMPHASIS, "s": Style.STRIKE}
_MARKED = re.compile(r"[&*<\\\[_`~@]|www\.|(?:https?|mailto|xmpp):")
"""What a line has that is more than words and breaks."""


@lru_cache(maxsize=128)
def parse(markdown: str) -> Document:
    """The tree of a Markdown text, in normal form. Every string is a Markdown text.

    One nested deeper than any person writes is taken for plain lines.
    """
    return Document(tuple(block for _, _, blocks in spans(markdown) for block in blocks))


@lru_cache(maxsize=128)
def spans(markdown: str) -> tuple[tuple[str, str, Blocks], ...]:
    """The source of each top level block, the blank lines behind it, and what it is."""
    source = legal(markdown)
    lines = source.split("\n")
    tokens, links = _tokens(source)
    if tokens is None:
        return ((source, "", plain(source).blocks),)
    heads = [(n, token.map[0]) for n, token in enumerate(tokens) if token.level == 0 and token.map]
    starts, rows = [n for n, _ in heads], [*(row for _, row in heads), len(lines)]
    found: list[tuple[str, str, Blocks]] = []
    for number, (start, end) in enumerate(pairwise([*starts, len(tokens)])):
        text = "\n".join(lines[rows[number] : rows[number + 1]])
        bare = text.rstrip("\n \t")
        gap = "\n" * (text[len(bare) :].count("\n") + (rows[number + 1] < len(lines)))
        found.append((bare, gap, tidy(Document(tuple(_blocks(_Tokens(tokens[start:end], links))))).blocks))
    return tuple(found)


def _tokens(source: str) -> "tuple[list[Token] | None, EnvType]":
    """The blocks of a text, None where they are too deep, and what its links by reference lead to."""
    from pmsync.text.commonmark import blocks

    links: dict[str, Any] = {}
    return blocks(source, links), links


def plain(text: str) -> Document:
    """A text without any formatting, as a tree: blank lines part paragraphs."""
    return tidy(Document(tuple(Paragraph((Text(part),)) for part in text.split("\n\n"))))


class _Tokens:
    """The parser's flat list of tokens, taken one after the other."""

    def __init__(self, tokens: "Sequence[Token]", links: "EnvType") -> None:
        self._tokens = tokens
        self._links = links
        self._next = 0

    def line(self, content: str) -> Line:
        """A line's content. It says the same wherever it stands, but for links by reference."""
        return _read_line(content, self._links) if self._links.get("references") else _known_line(content)

    def take(self) -> "Token":
        self._next += 1
        return self._tokens[self._next - 1]

    def until(self, closing: str) -> "Iterator[Token]":
        """The tokens up to the closing one, which is taken too. "" stands for the end."""
        while self._next < len(self._tokens):
            token = self.take()
            if token.type == closing:
                return
            yield token


def _blocks(tokens: _Tokens, closing: str = "") -> Iterator[Block]:
    for token in tokens.until(closing):
        match token.type:
            case "paragraph_open":
                yield Paragraph(_content(tokens, "paragraph_close"))
            case "heading_open":
                yield Heading(int(token.tag[1:]), _content(tokens, "heading_close"))
            case "fence" | "code_block":
                yield CodeBlock(token.content.removesuffix("\n"), token.info)
            case "hr":
                yield Rule()
            case "alert_title_open":
                _content(tokens, "alert_title_close")
            case _:
                yield _container(token, tokens)


def _container(opening: "Token", tokens: _Tokens) -> Block:
    match opening.type:
        case "blockquote_open":
            return Quote(_children(tokens, "blockquote_close"))
        case "alert_open":
            return Callout(CalloutKind(opening.info), _children(tokens, "alert_close"))
        case "bullet_list_open":
            return Bullets(tuple(_items(tokens, "bullet_list_close")))
        case "ordered_list_open":
            return Numbers(tuple(_items(tokens, "ordered_list_close")), int(opening.attrs.get("start", 1)))
        case "table_open":
            return _table(tokens)
        case unexpected:
            raise AssertionError(unexpected)


def _children(tokens: _Tokens, closing: str) -> Blocks:
    return tuple(_blocks(tokens, closing))


def _items(tokens: _Tokens, closing: str) -> Iterator[Item]:
    for token in tokens.until(closing):
        yield Item(_children(tokens, "list_item_close"), token.meta.get("checked"))


def _table(tokens: _Tokens) -> Table:
    columns: list[Align] = []
    rows: list[list[Line]] = []
    for token in tokens.until("table_close"):
        match token.type:
            case "tr_open":
                rows.append([])
            case "th_open":
                columns.append(_align(str(token.attrs.get("style", ""))))
                rows[-1].append(_content(tokens, "th_close"))
            case "td_open":
                rows[-1].append(_content(tokens, "td_close"))
            case _:
                continue
    return Table(tuple(columns), tuple(rows[0]), tuple(map(tuple, rows[1:])))


def _align(style: str) -> Align:
    side = style.removeprefix("text-align:")
    return Align(side) if side in tuple(Align) else Align.LEFT


def _content(tokens: _Tokens, closing: str) -> Line:
    return tuple(piece for token in tokens.until(closing) for piece in tokens.line(token.content))


@lru_cache(maxsize=4096)
def _known_line(content: str) -> Line:
    return _read_line(content, {})


def _read_line(content: str, links: "EnvType") -> Line:
    if _MARKED.search(content):
        from pmsync.text.commonmark import inline

        return tidy_line(_inline(inline(content, links)))
    return tidy_line((Text(content),))


def _inline(tokens: "Sequence[Token]") -> Iterator[Inline]:
    styles: list[Style] = []
    link: Link | None = None
    linked: list[Inline] = []
    for token in tokens:
        kind = token.type
        if kind == "link_open":
            link, linked = Link(str(token.attrs["href"]), str(token.attrs.get("title", ""))), []
        elif kind == "link_close":
            mention = mentioned(linked)
            yield from (mention,) if mention else linked or (Text("", link=link),)
            link = None
        elif kind.endswith("_open"):
            styles.append(_STYLES[token.tag])
        elif kind.endswith("_close"):
            styles.remove(_STYLES[token.tag])
        elif link is None:
            yield _leaf(token, frozenset(styles), link)
        elif not kind.startswith("text") or token.content:
            linked.append(_leaf(token, frozenset(styles), link))


def _leaf(token: "Token", styles: frozenset[Style], link: Link | None) -> Inline:
    match token.type:
        case "code_inline":
            return Code(token.content, styles, link)
        case "image":
            title = str(token.attrs.get("title", ""))
            return Image(str(token.attrs["src"]), _spoken(token.children or ()), title, styles, link)
        case "softbreak" | "hardbreak":
            return Break()
        case _:
            # A newline that was written as an entity is a blank like any other.
            return Text(token.content.replace("\n", " "), styles, link)


def _spoken(tokens: "Sequence[Token]") -> str:
    """What is read out for an image: the text of its description."""
    return "".join(
        " " if token.type.endswith("break") else _spoken(token.children) if token.children else token.content
        for token in tokens
    )
