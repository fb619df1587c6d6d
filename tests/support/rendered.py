"""What a Markdown text looks like, told by a parser of its own and nothing of `pmsync.text`: the oracle of dialects.

Two texts render the same where their documents are equal but for what no reader sees: white space that collapses, tight
and loose lists, the order of nested marks, marks on blanks, and what follows the language of a block of code.
"""

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from texts import CORPORA

_MARKS = frozenset({"strong", "em", "s"})
_INLINE = _MARKS | {"a", "code", "img", "br"}
_BOX = re.compile("(<input [^>]*[^/])>")
_BLANKS = re.compile(r"[ \t\r\n]+")


@cache
def _parser(*, raw: bool) -> MarkdownIt:
    options = {"html": raw, "xhtmlOut": True, "tasklists": True, "alerts": True, "strikethrough_single_tilde": True}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).use(gfm_autolink_plugin)


@lru_cache(maxsize=4096)
def has_html(markdown: str) -> bool:
    """Whether some of it is raw HTML."""
    return any(
        token.type == "html_block" or any(child.type == "html_inline" for child in token.children or ())
        for token in _parser(raw=True).parse(markdown)
    )


@dataclass(frozen=True, slots=True)
class _Box:
    tag: str
    attributes: tuple[tuple[str, str], ...]
    content: tuple["_Box | _Run", ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters, or an atom (`<br/>`, an image), with the marks that they have."""

    text: str
    marks: frozenset[str]
    atom: tuple[tuple[str, str], ...] | None = None


_Piece = _Box | _Run


def rendered(markdown: str) -> tuple[_Piece, ...]:
    """The document that is shown, in a form in which two that look the same are equal."""
    return _blocks(_root(markdown))


def same_rendering(one: str, other: str) -> bool:
    return rendered(one) == rendered(other)


def letters(markdown: str) -> str:
    """All that a reader sees of it, without white space. Images show what is read out for them."""
    return "".join("".join(_shown(_root(markdown))).split())


@lru_cache(maxsize=256)
def _root(markdown: str) -> ElementTree.Element:
    shown = _parser(raw=False).render(markdown)
    shown = _BOX.sub(r"\1/>", shown)
    legal = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", shown)
    return ElementTree.fromstring(f"<body>{legal}</body>")


def _shown(element: ElementTree.Element) -> list[str]:
    told = [element.get("alt") or "", element.text or ""]
    for child in element:
        told += [*_shown(child), child.tail or ""]
    return told


def _blocks(element: ElementTree.Element) -> tuple[_Piece, ...]:
    """The boxes within an element, paragraphs between them without their `<p>`: tight lists have none."""
    boxes: list[_Piece] = []
    runs: list[_Run] = []

    def finish() -> None:
        if line := _line(runs):
            boxes.append(_Box("p", (), line))
        runs.clear()

    runs += _text(element.text, frozenset())
    for child in element:
        if child.tag in _INLINE or child.tag == "input":
            runs += _inline(child, frozenset())
        else:
            finish()
            boxes += _box(child)
        runs += _text(child.tail, frozenset())
    finish()
    return tuple(boxes)


def _box(element: ElementTree.Element) -> tuple[_Piece, ...]:
    tag = str(element.tag)
    if tag in ("p", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th"):
        kept = tuple((name, value) for name, value in sorted(element.items()) if name == "style")
        line = _line(_content(element, frozenset()))
        return (_Box(tag, kept, line),) if line or tag != "p" else ()
    if tag == "pre":
        code = element[0]
        language = (code.get("class") or "").removeprefix("language-").split(" ")[0]
        return (_Box("pre", (("language", language),), (_Run("".join(code.itertext()), frozenset()),)),)
    kept = tuple((name, value) for name, value in sorted(element.items()) if name in ("start", "class"))
    kept = tuple((name, value) for name, value in kept if value not in ("contains-task-list", "task-list-item"))
    return (_Box(tag, kept, _blocks(element)),)


def _content(element: ElementTree.Element, marks: frozenset[str]) -> list[_Run]:
    runs = _text(element.text, marks)
    for child in element:
        runs += _inline(child, marks)
        runs += _text(child.tail, marks)
    return runs


def _inline(element: ElementTree.Element, marks: frozenset[str]) -> list[_Run]:
    tag = str(element.tag)
    if tag in ("br", "img", "input"):
        kept = {name: value for name, value in element.items() if name in ("src", "alt", "title", "checked")}
        return [_Run(tag, marks if tag == "img" else frozenset(), tuple(sorted(kept.items())))]
    if tag == "a":
        link = f"a {html.escape(element.get('href') or '')} {element.get('title') or ''}"
        return _content(element, marks | {link}) or [_Run("", marks | {link})]
    return _content(element, marks | {"code" if tag == "code" else tag})


def _text(text: str | None, marks: frozenset[str]) -> list[_Run]:
    return [_Run(text, marks)] if text else []


def _line(runs: list[_Run]) -> tuple[_Run, ...]:
    """Runs with blanks collapsed and without marks of their own, trimmed at the edges and beside breaks, and joined."""
    parts: list[_Run] = []
    for run in runs:
        parts += [run] if run.atom is not None else _cut(run)
    told: list[_Run] = []
    for part in parts:
        blank = part.atom is None and part.text == " "
        if blank and (not told or told[-1].text == " " or told[-1].text == "br"):
            continue
        if part.atom is not None and part.text == "br" and told and told[-1].text == " ":
            told.pop()
        joins = told and part.atom is None and told[-1].atom is None and told[-1].marks == part.marks
        joins = joins and not blank and told[-1].text != " "
        if joins:
            told[-1] = _Run(told[-1].text + part.text, part.marks)
        else:
            told.append(part)
    while told and told[-1].atom is None and told[-1].text == " ":
        told.pop()
    return tuple(told)


def _cut(run: _Run) -> list[_Run]:
    """The words of a run, with their marks, and blanks between them, without."""
    parts = _BLANKS.split(run.text)
    told: list[_Run] = []
    for number, part in enumerate(parts):
        if number:
            told.append(_Run(" ", frozenset()))
        if part or (len(parts) == 1 and not run.text):
            told.append(_Run(part, run.marks))
    return told


@dataclass(frozen=True, slots=True)
class Figures:
    """How many of the examples came back: those without raw HTML by rendering and letters, those with by letters."""

    same: int
    letters: int
    html_letters: int
    worst: tuple[tuple[str, str], ...]
    """The examples that lost letters, each with what became of it."""


@cache
def examples() -> tuple[str, ...]:
    """The 704 examples: CommonMark's 652, those of GFM that are of its extensions, and its extensions' own."""
    if not (CORPORA / "commonmark-spec.json").exists():
        pytest.skip(f"the CommonMark and GFM examples are not in {CORPORA}")
    return (*_read("commonmark-spec"), *_read("gfm-spec", extended=True), *_read("gfm-extensions"))


def _read(name: str, *, extended: bool = False) -> list[str]:
    found = json.loads((CORPORA / f"{name}.json").read_text("utf-8"))
    return [example["markdown"] for example in found if not extended or example["extensions"]]


def measure(translate: Callable[[str], str]) -> Figures:
    """What is left of the examples after a way there and back."""
    same = kept = html_kept = 0
    worst: list[tuple[str, str]] = []
    for markdown in examples():
        back = translate(markdown)
        intact = letters(back) == letters(markdown)
        if not intact:
            worst.append((markdown, back))
        if has_html(markdown):
            html_kept += intact
        else:
            kept += intact
            same += same_rendering(markdown, back)
    return Figures(same, kept, html_kept, tuple(worst))
