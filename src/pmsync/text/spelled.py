"""Blocks spelled in lines with Markdown's own signs, where a tool has no form for them, and read as blocks again.

A line that only looks like one of these is written with a word joiner before it, which nobody sees.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import TypeAlias

from pmsync.text.characters import JOINER
from pmsync.text.fence import fenced, read_fence
from pmsync.text.signs import boxed
from pmsync.text.tree import (
    Align,
    Block,
    Blocks,
    Break,
    Bullets,
    Callout,
    Code,
    CodeBlock,
    Heading,
    Inline,
    Item,
    Line,
    Numbers,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
)


class Sign(Enum):
    """What may be spelled. Which of them a place reads depends on what its tool can hold there."""

    HEADING = auto()
    LOWER_HEADING = auto()
    RULE = auto()
    QUOTE = auto()
    CODE = auto()
    TABLE = auto()
    BULLETS = auto()
    NUMBERS = auto()
    LATER_NUMBERS = auto()


Signs: TypeAlias = frozenset[Sign]
ALL: Signs = frozenset(Sign)
NOT_LISTS: Signs = ALL - {Sign.BULLETS, Sign.NUMBERS}

_RULE = "———"
_INDENT = "\u2003"
_INDENTED = re.compile(r"\u2003| {2,4}|\t")
_BULLET = re.compile(r"([•◦])(?: |$)")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?: |$)")
_HEADING = re.compile(r"(#{1,6})(?: +|$)")
_QUOTED = re.compile(r">(?: |$)?")
_ROW = re.compile(r"\|.*\|\s*$")
_DASHES = re.compile(r"\|(?:\s*:?-+:?\s*\|)+\s*$")
_SIGNED = re.compile(rf"[•◦](?: |$)|\d{{1,9}}[.)](?: |$)|#{{1,6}}(?: |$)|>|\||{_RULE}\s*$|{JOINER}|\u2003| {{2}}|\t")
_FENCE = re.compile("`{3,}|~{3,}")
_BAR = re.compile(r"(?<!\\)\|")
_COLUMNS = {Align.LEFT: "---", Align.CENTER: ":-:", Align.RIGHT: "--:"}
_LOWER = 3


def guard(content: Line, signs: Signs) -> Line:
    """The content so that none of its lines is taken for one of these signs."""
    if not any(_may_sign(piece) for piece in content):
        return content
    lines = _split(content)
    return _joined([_guarded(line) if _is_taken(lines, place, signs) else line for place, line in enumerate(lines)])


def spell(blocks: Blocks) -> tuple[Line, ...]:
    """The lines that say these blocks. An empty one parts what would otherwise be one block."""
    lines: list[Line] = []
    other = False
    for number, block in enumerate(blocks):
        lines += [()] if number else []
        other = bool(number) and not other and type(block) is type(blocks[number - 1])
        lines += _spell(block, other=other)
    return tuple(lines)


def spelled(block: Block) -> Paragraph:
    """The block as one paragraph, not in normal form: two breaks in a row make an empty line of it."""
    return Paragraph(_joined(spell((block,))))


def read_spelled(content: Line, signs: Signs) -> Blocks:
    """The blocks that a paragraph's lines say, by those of the signs that count. Not in normal form."""
    if not any(_may_sign(piece) for piece in content):
        return (Paragraph(content),)
    return tuple(_read(_split(content), signs))


def _may_sign(piece: Inline) -> bool:
    match piece:
        case Text(text=text):
            return any(_SIGNED.match(line) for line in text.split("\n"))
        case Code(text=text):
            return _FENCE.match(text) is not None
        case _:
            return False


def _joined(lines: Sequence[Line]) -> Line:
    return tuple(piece for number, line in enumerate(lines) for piece in ((Break(),) if number else ()) + line)


def _split(content: Line) -> list[Line]:
    """The content line by line, cut at its breaks and newlines. Neighbours with the same marks are one text."""
    lines: list[list[Inline]] = [[]]
    for piece in content:
        if isinstance(piece, Break):
            lines.append([])
        elif isinstance(piece, Text):
            for number, part in enumerate(piece.text.split("\n")):
                lines += [[]] if number else []
                _append(lines[-1], piece if part == piece.text else replace(piece, text=part))
        else:
            lines[-1].append(piece)
    return [tuple(line) for line in lines]


def _append(line: list[Inline], piece: Text) -> None:
    last = line[-1] if line else None
    if isinstance(last, Text) and last.styles == piece.styles and last.link == piece.link:
        line[-1] = replace(last, text=last.text + piece.text)
    elif piece.text or piece.link:
        line.append(piece)


# Writing


def _is_taken(lines: list[Line], place: int, signs: Signs) -> bool:
    """Whether a line would be read as a block's, or lose the joiner that it has of its own."""
    line = lines[place]
    fenced = Sign.CODE in signs and bool(line) and isinstance(line[0], Code)
    return bool(line) and (fenced or _beginning(line).startswith(JOINER) or _block(lines, place, signs) is not None)


def _guarded(line: Line) -> Line:
    first = line[0] if line else Break()
    joiner = _SIGNED.match(_beginning(line)) or (isinstance(first, Code) and _FENCE.match(first.text))
    return _prefixed(JOINER, line) if joiner else line


def _prefixed(sign: str, line: Line) -> Line:
    return (Text(sign), *line)


def _spell(block: Block, *, other: bool) -> Iterator[Line]:
    match block:
        case Paragraph():
            yield from (_guarded(line) for line in _split(block.content))
        case Heading():
            yield _prefixed("#" * block.level + " ", block.content)
        case Rule():
            yield (Text(_RULE),)
        case CodeBlock():
            yield from ((Code(line or JOINER),) for line in fenced(block).split("\n"))
        case Quote():
            yield from (_prefixed("> ", line) for line in spell(block.blocks) or ((),))
        case Callout():
            yield from _spell(Quote(block.blocks), other=other)
        case Bullets():
            yield from _items(block.items, ["◦" if other else "•"] * len(block.items))
        case Numbers():
            point = ")" if other else "."
            yield from _items(block.items, [f"{block.start + n}{point}" for n in range(len(block.items))])
        case Table():
            yield _row(block.head)
            yield (Text("|" + "|".join(f" {_COLUMNS[column]} " for column in block.columns) + "|"),)
            yield from map(_row, block.rows)


def _items(items: tuple[Item, ...], markers: list[str]) -> Iterator[Line]:
    for item, marker in zip(items, markers, strict=True):
        first, *rest = spell(boxed(item).blocks) or ((),)
        yield _prefixed(f"{marker} ", first)
        yield from (_prefixed(_INDENT, line) if line else () for line in rest)


def _row(cells: tuple[Line, ...]) -> Line:
    told: list[Inline] = [Text("| ")]
    for number, cell in enumerate(cells):
        told += [Text(" | ")] if number else []
        told += [replace(p, text=p.text.replace("|", "\\|")) if isinstance(p, Text | Code) else p for p in cell]
    return (*told, Text(" |"))


# Reading

_Found: TypeAlias = tuple[Block, int]
"""A block, and the place of the first line after it."""


def _read(lines: list[Line], signs: Signs) -> Iterator[Block]:
    place = 0
    plain: list[Line] = []
    while place < len(lines):
        found = _block(lines, place, signs) if lines[place] else None
        if lines[place] and found is None:
            plain.append(_unguarded(lines[place]))
            place += 1
            continue
        if plain:
            yield Paragraph(_joined(plain))
            plain = []
        if found:
            block, place = found
            yield block
        else:
            place += 1
    if plain:
        yield Paragraph(_joined(plain))


def _unguarded(line: Line) -> Line:
    beginning = _beginning(line)
    if not beginning.startswith(JOINER):
        return line
    bare = _without(line, len(JOINER))
    return bare if _guarded(bare) != bare else line


def _beginning(line: Line) -> str:
    """The text without marks that a line begins with."""
    first = line[0] if line else None
    return first.text if isinstance(first, Text) and not first.styles and first.link is None else ""


def _without(line: Line, length: int) -> Line:
    text = _beginning(line)[length:]
    return (Text(text), *line[1:]) if text or len(line) == 1 else line[1:]


def _block(lines: list[Line], place: int, signs: Signs) -> _Found | None:
    """The block that begins at a place, if one does."""
    return next((found for read in _READERS if (found := read(lines, place, signs))), None)


def _heading(lines: list[Line], place: int, signs: Signs) -> _Found | None:
    match = _HEADING.match(_beginning(lines[place]))
    if match is None:
        return None
    level = len(match[1])
    if Sign.HEADING in signs or (Sign.LOWER_HEADING in signs and level >= _LOWER):
        return Heading(level, _without(lines[place], match.end())), place + 1
    return None


def _rule(lines: list[Line], place: int, signs: Signs) -> _Found | None:
    alone = Sign.RULE in signs and len(lines[place]) == 1
    return (Rule(), place + 1) if alone and _beginning(lines[place]).strip() == _RULE else None


def _quote(lines: list[Line], place: int, signs: Signs) -> _Found | None:
    inner: list[Line] = []
    while Sign.QUOTE in signs and place < len(lines) and (match := _QUOTED.match(_beginning(lines[place]))):
        inner.append(_clear(_without(lines[place], match.end())))
        place += 1
    return (Quote(tuple(_read(inner, ALL))), place) if inner else None


def _clear(line: Line) -> Line:
    """The line; none at all where it shows nothing."""
    return () if all(isinstance(piece, Text) and not piece.text.strip() for piece in line) else line


def _list(lines: list[Line], place: int, signs: Signs) -> _Found | None:
    marker = _marker(lines[place], signs)
    if marker is None:
        return None
    items: list[Item] = []
    while place < len(lines) and (found := _marker(lines[place], signs | {Sign.NUMBERS})) and found[0] == marker[0]:
        inner = [_clear(_without(lines[place], found[2]))]
        place += 1
        while place < len(lines) and (indented := _under(lines, place)):
            inner.append(_clear(_without(lines[place], indented.end())) if lines[place] else ())
            place += 1
        items.append(Item(tuple(_read(inner, ALL))))
    return Bullets(tuple(items)) if marker[1] is None else Numbers(tuple(items), marker[1]), place


def _under(lines: list[Line], place: int) -> re.Match[str] | None:
    """How far a line is indented, or, where it is empty, the next that is not."""
    following = next((line for line in lines[place:] if line), ())
    return _INDENTED.match(_beginning(following))


def _marker(line: Line, signs: Signs) -> tuple[str, int | None, int] | None:
    """The kind of list that a line is an item of, its number if it has one, and where the item's text begins."""
    beginning = _beginning(line)
    if Sign.BULLETS in signs and (match := _BULLET.match(beginning)):
        return match[1], None, match.end()
    if match := _NUMBER.match(beginning):
        counts = Sign.NUMBERS in signs or (Sign.LATER_NUMBERS in signs and int(match[1]) != 1)
        return (match[2], int(match[1]), match.end()) if counts else None
    return None


def _code(lines: list[Line], place: int, signs: Signs) -> _Found | None:
    opening = _code_line(lines[place])
    fence = _FENCE.match(opening or "")
    if Sign.CODE not in signs or fence is None:
        return None
    text = str(opening)
    for after in range(place + 1, len(lines)):
        line = _code_line(lines[after])
        if line is None:
            return None
        text += "\n" + ("" if line == JOINER else line)
        if line == fence[0]:
            block = read_fence(text)
            return (block, after + 1) if block else None
    return None


def _code_line(line: Line) -> str | None:
    """What a line of nothing but code says."""
    match line:
        case ():
            return ""
        case (Code(link=None) as code,) if not code.styles:
            return code.text
        case _:
            return None


def _table(lines: list[Line], place: int, signs: Signs) -> _Found | None:
    if Sign.TABLE not in signs or place + 1 >= len(lines) or not _DASHES.match(_beginning(lines[place + 1])):
        return None
    columns = tuple(_align(cell) for cell in _beginning(lines[place + 1]).strip().strip("|").split("|"))
    head = _cells(lines[place])
    if len(head) != len(columns):
        return None
    place += 2
    rows: list[tuple[Line, ...]] = []
    while place < len(lines) and lines[place] and _beginning(lines[place]).startswith("|"):
        rows.append((*_cells(lines[place]), *[()] * len(columns))[: len(columns)])
        place += 1
    return Table(columns, head, tuple(rows)), place


def _align(dashes: str) -> Align:
    bare = dashes.strip()
    if not bare.endswith(":"):
        return Align.LEFT
    return Align.CENTER if bare.startswith(":") else Align.RIGHT


def _cells(line: Line) -> tuple[Line, ...]:
    """The cells of a row, cut at its bars, without what is before the first and after the last."""
    cells: list[list[Inline]] = [[]]
    for piece in line:
        if not isinstance(piece, Text | Code):
            cells[-1].append(piece)
            continue
        for number, part in enumerate(_BAR.split(piece.text) if isinstance(piece, Text) else [piece.text]):
            cells += [[]] if number else []
            cells[-1] += [replace(piece, text=part.replace("\\|", "|"))] if part else []
    return tuple(tuple(cell) for cell in cells[1:-1])


_Reader: TypeAlias = Callable[[list[Line], int, Signs], _Found | None]
_READERS: tuple[_Reader, ...] = (_heading, _rule, _quote, _list, _code, _table)
