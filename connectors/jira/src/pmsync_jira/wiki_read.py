"""Wiki markup as a tree, and what of it Markdown has no words for."""

import re
from collections.abc import Iterator

from pmsync.text.characters import legal
from pmsync.text.loss import Losses
from pmsync.text.signs import read_signs
from pmsync.text.tree import (
    Block,
    Blocks,
    Break,
    Bullets,
    CodeBlock,
    Document,
    Heading,
    Inline,
    Item,
    Line,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Style,
    Table,
    Text,
)
from pmsync_jira.wiki_line import read_line

_MACRO = re.compile(
    r"(?<![\\{])\{(?P<name>code|noformat|quote|panel|info|note|warning|tip)(?::(?P<settings>[^}]*))?\}(?!\})"
    r"(?P<body>.*?)(?<!\\)\{(?P=name)\}",
    re.DOTALL,
)
_HEADING = re.compile(r"\s*h([1-6])\.\s+(.*)")
_QUOTE = re.compile(r"\s*bq\.\s+(.*)")
_RULE = re.compile(r"\s*-{4,}\s*$")
_ITEM = re.compile(r"\s*([*#]+|-)(?:\s+(.*)|$)")
_ROW = re.compile(r"\s*\|")
_CELLS = re.compile(r"(\|\|?)|((?:\\.|\[[^\]]*\]|\{\{.*?\}\}|[^|\\\[{]|[\[{\\])+)")


def read(markup: str) -> tuple[Document, Losses]:
    """The tree of a wiki text in normal form, and what it does not say."""
    reader = _Reader()
    return read_signs(Document(reader.blocks(legal(markup)))), reader.losses


class _Reader:
    def __init__(self) -> None:
        self.losses = Losses()

    def blocks(self, markup: str) -> Blocks:
        blocks: list[Block] = []
        done = 0
        for match in _MACRO.finditer(markup):
            blocks += self._lines(markup[done : match.start()])
            blocks += self._macro(match["name"], match["settings"] or "", match["body"])
            done = match.end()
        return (*blocks, *self._lines(markup[done:]))

    def _macro(self, name: str, settings: str, body: str) -> Iterator[Block]:
        match name:
            case "quote":
                yield Quote(self.blocks(body))
            case "code" | "noformat":
                *named, language = [part for part in settings.split("|") if "=" not in part][:1] or [""]
                if "=" in settings or named:
                    self.losses.add("the settings of a code block")
                yield CodeBlock(body.removeprefix("\n").removesuffix("\n"), language)
            case _:
                self.losses.add("a panel")
                title = re.search(r"(?:^|\|)title=([^|]*)", settings)
                label = Text(title[1] if title else name.capitalize(), frozenset({Style.STRONG}))
                yield Quote((Paragraph((label,)), *self.blocks(body)))

    def _lines(self, markup: str) -> Iterator[Block]:
        """Blocks that lines make by how they begin. What begins like none goes on with the line before it."""
        lines = markup.split("\n")
        place = 0
        while place < len(lines):
            first = place
            line = lines[place]
            place += 1
            if not line.strip():
                continue
            if block := self._single(line):
                yield block
                continue
            kind = _ITEM if _ITEM.match(line) else _ROW if _ROW.match(line) else None
            while place < len(lines) and self._goes_on(kind, lines[place]):
                place += 1
            yield from self._several(kind, lines[first:place])

    def _single(self, line: str) -> Block | None:
        if match := _HEADING.match(line):
            return Heading(int(match[1]), tuple(self._line(match[2])))
        if match := _QUOTE.match(line):
            return Quote((Paragraph(tuple(self._line(match[1]))),))
        return Rule() if _RULE.match(line) else None

    def _goes_on(self, kind: re.Pattern[str] | None, line: str) -> bool:
        if not line.strip() or any(pattern.match(line) for pattern in (_HEADING, _QUOTE, _RULE)):
            return False
        if kind is _ROW:
            return _ROW.match(line) is not None
        return not _ROW.match(line) and (kind is _ITEM or not _ITEM.match(line))

    def _several(self, kind: re.Pattern[str] | None, lines: list[str]) -> Iterator[Block]:
        if kind is _ITEM:
            yield from self._lists(lines)
        elif kind is _ROW:
            yield self._table(lines)
        else:
            yield Paragraph(self._broken(lines))

    def _broken(self, lines: list[str]) -> Line:
        content: list[Inline] = []
        for number, line in enumerate(lines):
            content += [Break()] if number else []
            content += self._line(line.strip())
        return tuple(content)

    def _line(self, line: str) -> list[Inline]:
        return read_line(line, self.losses)

    def _lists(self, lines: list[str]) -> Iterator[Block]:
        """The lists that these lines make. Lines without a marker belong to the item before them."""
        items: list[tuple[str, list[str]]] = []
        for line in lines:
            if match := _ITEM.match(line):
                items.append((match[1].replace("-", "*"), [match[2] or ""]))
            else:
                items[-1][1].append(line)
        yield from self._level([(markers, self._broken(text)) for markers, text in items], 0)

    def _level(self, items: list[tuple[str, Line]], depth: int) -> Iterator[Block]:
        """The lists at a depth: a run of items with the same marker there is one."""
        place = 0
        while place < len(items):
            marker = items[place][0][depth]
            found: list[Item] = []
            while place < len(items) and items[place][0][depth] == marker:
                markers, text = items[place]
                own = len(markers) == depth + 1
                place += own
                under = place
                while under < len(items) and len(items[under][0]) > depth + 1 and items[under][0][depth] == marker:
                    under += 1
                inner = self._level(items[place:under], depth + 1)
                found.append(Item((*((Paragraph(text),) if own else ()), *inner)))
                place = under
            yield Bullets(tuple(found)) if marker == "*" else Numbers(tuple(found))

    def _table(self, lines: list[str]) -> Block:
        rows = [self._row(line.strip()) for line in lines]
        headed = all(bar == "||" for bar, _ in rows[0])
        if any(bar == "||" for row in rows[headed:] for bar, _ in row):
            self.losses.add("a column of headers")
        cells = [tuple(cell for _, cell in row) for row in rows]
        return Table((), cells[0] if headed else (), tuple(cells[headed:]))

    def _row(self, line: str) -> list[tuple[str, Line]]:
        """The cells of a row, each with the bar that it begins with."""
        cells: list[tuple[str, Line]] = []
        bar = "|"
        for match in _CELLS.finditer(line):
            if match[1]:
                bar = match[1]
            else:
                cells.append((bar, tuple(self._line(match[2].strip()))))
        return cells
