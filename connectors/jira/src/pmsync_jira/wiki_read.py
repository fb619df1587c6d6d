"""Wiki markup as a tree that shows all that is seen of it, and what of it Markdown has no words for."""

import re
from collections.abc import Iterator
from itertools import groupby

from pmsync.text.characters import JOINER, clean
from pmsync.text.fence import read_fence
from pmsync.text.loss import Losses
from pmsync.text.signs import read_signs
from pmsync.text.spelled import Signs, read_spelled
from pmsync.text.tree import (
    Block,
    Blocks,
    Break,
    Bullets,
    Callout,
    CalloutKind,
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
from pmsync.text.tree import lines as inner_lines
from pmsync_jira.wiki_line import read_line
from pmsync_jira.wiki_write import ITEM, PANELS, QUOTE, ROOT

_LITERAL = re.compile(
    r"(?<![\\{])\{(?P<name>code|noformat)(?::(?P<settings>[^}]*))?\}(?!\})(?P<body>.*?)(?<!\\)\{(?P=name)\}", re.DOTALL
)
_BOX = re.compile(
    r"(?<![\\{])\{(?P<name>quote|panel|info|note|warning|tip)(?::(?P<settings>[^}]*))?\}(?!\})"
    r"(?P<body>.*?)(?<!\\)\{(?P=name)\}",
    re.DOTALL,
)
_MACROS = {
    "info": CalloutKind.NOTE,
    "tip": CalloutKind.TIP,
    "note": CalloutKind.IMPORTANT,
    "warning": CalloutKind.WARNING,
}
_COLOURS = {colour: kind for kind, colour in PANELS.items()}
_PLACE = re.compile("\x01(\\d+)\x02")
"""Stands for a macro in the markup around it. No text has such characters."""
_HEADING = re.compile(r"[ \t]*h([1-6])\.(?:\s+(.*)|$)")
_QUOTE = re.compile(r"[ \t]*bq\.\s+(.*)")
_RULE = re.compile(r"[ \t]*-{4,}\s*$")
_ITEM = re.compile(r"[ \t]*([*#]+|-)(?:[ \t]+(.*)|$)")
_ROW = re.compile(r"[ \t]*\|")
_CELLS = re.compile(r"(\|\|?)|((?:\\.|\[(?:\\.|[^\]\\])*\]|!\S[^!|]*\|[^!]*!|\{\{.*?\}\}|[^|\\\[{!]|[\[{\\!])+)")


def read(markup: str) -> tuple[Document, Losses]:
    """The tree of a wiki text in normal form, and what it shows but does not say."""
    reader = _Reader()
    blocks = reader.blocks(reader.without_code(clean(markup)), ROOT.signs)
    return read_signs(Document(blocks)), reader.unsaid


class _Reader:
    def __init__(self) -> None:
        self.unsaid = Losses()
        self._macros: list[Blocks] = []

    def without_code(self, markup: str) -> str:
        """The markup with a sign for each macro of code, for nothing in it is markup."""
        return _LITERAL.sub(lambda match: self._kept((self._code(match),)), markup)

    def _kept(self, blocks: Blocks) -> str:
        self._macros.append(blocks)
        return f"\x01{len(self._macros) - 1}\x02"

    def _code(self, match: re.Match[str]) -> CodeBlock:
        settings = [part for part in (match["settings"] or "").split("|") if part]
        named = [part.removeprefix("language=") for part in settings if "=" not in part or part.startswith("language=")]
        if len(settings) > 1 or len(named) < len(settings):
            self.unsaid.add("the settings of a code block")
        body = match["body"].removeprefix("\n").removesuffix("\n").replace(f"{{{JOINER}", "{")
        fence = read_fence(body) if match["name"] == "noformat" else None
        return fence or CodeBlock(body, named[0] if named and match["name"] == "code" else "")

    def _box(self, match: re.Match[str]) -> Iterator[Block]:
        name, body = match["name"], match["body"]
        if name == "quote":
            yield Quote(self.blocks(body, QUOTE.signs))
            return
        settings = dict(part.strip().split("=", 1) for part in (match["settings"] or "").split("|") if "=" in part)
        colour = settings.get("bgColor", "").lower()
        kind = _MACROS.get(name) or _COLOURS.get(colour) or CalloutKind.NOTE
        if name != "panel" or list(settings) != ["bgColor"] or colour not in _COLOURS:
            self.unsaid.add("a panel")
        label = Paragraph((Text(settings.get("title", ""), frozenset({Style.STRONG})),))
        yield Callout(kind, (label, *self.blocks(body, ROOT.signs)))

    def blocks(self, markup: str, signs: Signs) -> Blocks:
        without_boxes = _BOX.sub(lambda match: self._kept(tuple(self._box(match))), markup)
        return tuple(self._blocks(without_boxes.split("\n"), signs))

    def _blocks(self, lines: list[str], signs: Signs) -> Iterator[Block]:
        """Blocks that lines make by how they begin. What begins like none goes on with the line before it."""
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
            yield from self._several(kind, lines[first:place], signs)

    def _single(self, line: str) -> Block | None:
        if match := _HEADING.match(line):
            return Heading(int(match[1]), tuple(self._line(match[2] or "")))
        if match := _QUOTE.match(line):
            return Quote((Paragraph(tuple(self._line(match[1]))),))
        return Rule() if _RULE.match(line) else None

    def _goes_on(self, kind: re.Pattern[str] | None, line: str) -> bool:
        if not line.strip() or any(pattern.match(line) for pattern in (_HEADING, _QUOTE, _RULE)):
            return False
        if kind is _ROW:
            return _ROW.match(line) is not None
        return not _ROW.match(line) and (kind is _ITEM or not _ITEM.match(line))

    def _several(self, kind: re.Pattern[str] | None, lines: list[str], signs: Signs) -> Iterator[Block]:
        if kind is _ITEM:
            yield from self._lists(lines)
        elif kind is _ROW:
            yield self._table(lines)
        else:
            yield from self._text(lines, signs)

    def _text(self, lines: list[str], signs: Signs) -> Iterator[Block]:
        """Paragraphs, and the macros between them."""
        parts = _PLACE.split("\n".join(lines))
        for number, part in enumerate(parts):
            if number % 2:
                yield from self._macros[int(part)]
            elif part.strip():
                yield from read_spelled(self._broken(part.strip("\n").split("\n")), signs)

    def _broken(self, lines: list[str]) -> Line:
        content: list[Inline] = []
        for number, line in enumerate(lines):
            content += [Break()] if number else []
            content += self._pieces(line.strip(" \t"))
        return tuple(content)

    def _pieces(self, line: str) -> list[Inline]:
        """The inline content of a line, without the blanks around its forced breaks."""
        pieces = self._line(line)
        for at, piece in enumerate(pieces):
            before, after = (
                at and isinstance(pieces[at - 1], Break),
                isinstance((pieces[at + 1 :] or [piece])[0], Break),
            )
            if isinstance(piece, Text) and (before or after):
                text = piece.text.lstrip(" \t") if before else piece.text
                pieces[at] = Text(text.rstrip(" \t") if after else text, piece.styles, piece.link)
        return pieces

    def _line(self, line: str) -> list[Inline]:
        """The inline content of a line. Where a macro may only be text, that is what it is."""
        parts = _PLACE.split(line)
        content: list[Inline] = []
        for number, part in enumerate(parts):
            if number % 2:
                self.unsaid.add("a macro within a line")
                for told in inner_lines(self._macros[int(part)]):
                    content += [*told, Text(" ")]
            else:
                content += read_line(part, self.unsaid)
        return content

    def _lists(self, lines: list[str]) -> Iterator[Block]:
        """The lists that these lines make. Lines without a marker belong to the item before them."""
        items: list[tuple[str, list[str]]] = []
        for line in lines:
            if match := _ITEM.match(line):
                items.append((match[1].replace("-", "*"), [match[2] or ""]))
            else:
                items[-1][1].append(line)
        yield from self._level([(markers, tuple(self._text(text, ITEM.signs))) for markers, text in items], 0)

    def _level(self, items: list[tuple[str, Blocks]], depth: int) -> Iterator[Block]:
        """The lists at a depth: a run of items with the same marker there is one."""
        for marker, run in groupby(items, key=lambda item: item[0][depth]):
            found: list[Item] = []
            group = list(run)
            place = 0
            while place < len(group):
                markers, own = group[place] if len(group[place][0]) == depth + 1 else ("", ())
                place += bool(markers)
                under = place
                while under < len(group) and len(group[under][0]) > depth + 1:
                    under += 1
                found.append(Item((*own, *self._level(group[place:under], depth + 1))))
                place = under
            yield Bullets(tuple(found)) if marker == "*" else Numbers(tuple(found))

    def _table(self, lines: list[str]) -> Block:
        rows = [self._row(line.strip()) for line in lines]
        headed = all(bar == "||" for bar, _ in rows[0])
        if any(bar == "||" for row in rows[headed:] for bar, _ in row):
            self.unsaid.add("a column of headers")
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
