"""Inline content written as Markdown."""

import re
from collections.abc import Sequence

from pmsync.text.escape import Care, entity, escape, escape_entities, is_punctuation
from pmsync.text.links import is_angled, is_bare, target
from pmsync.text.mentions import address
from pmsync.text.nest import Bit, Close, Open, nest
from pmsync.text.tree import Break, Code, Image, Line, Link, Mention, Style, Text

_DELIMITERS = {Style.STRONG: "**", Style.EMPHASIS: "*", Style.STRIKE: "~~"}
_ALL_DELIMITERS = {*_DELIMITERS.values(), "_", ""}
_MARK = re.compile("[*_~]")
_MOST_DELIMITERS = 2 * len(_DELIMITERS) + 1
_MAY_PRECEDE_BARE = " \t\n*_~("


def write_line(line: Line, care: Care) -> str:
    """The line in Markdown, with newlines for its breaks. What begins a line is not yet escaped."""
    match line:
        case (Text(link=None) as only,) if not only.styles:
            return escape(only.text, care, lone=_lone(line))
        case _:
            return _Writer(list(nest(line)), care, _lone(line)).write()


def _lone(line: Line) -> str:
    """Those of `*_~` that the line has just once, and no marks made of them."""
    text = "".join(piece.text for piece in line if isinstance(piece, Text))
    if _MARK.search(text) is None:
        return ""
    styles = {style for piece in line if not isinstance(piece, Break) for style in piece.styles}
    starred = bool(styles & {Style.STRONG, Style.EMPHASIS})
    taken = {"*": starred, "_": starred, "~": Style.STRIKE in styles}
    return "".join(mark for mark, used in taken.items() if not used and text.count(mark) == 1)


class _Writer:
    """Writes bit after bit, looking at what is on both sides of a delimiter."""

    def __init__(self, bits: Sequence[Bit], care: Care, lone: str) -> None:
        self._bits = bits
        self._care = care
        self._lone = lone
        self._out: list[str] = []
        self._link: Link | None = None

    def write(self) -> str:
        position = 0
        while position < len(self._bits):
            position += self._bit(position)
        return "".join(self._out)

    def _bit(self, position: int) -> int:
        """Write the bit; the number of bits done with it."""
        match self._bits[position]:
            case Open() as opening:
                return self._open(position, opening.mark)
            case Close() as closing:
                self._close(closing.mark)
            case Text(text=text):
                self._out.append(self._text(text, position))
            case Code(text=text):
                self._out.append(code_span(text))
            case Image(src=src, alt=alt, title=title):
                self._out.append(f"![{escape(alt, self._care, in_link=True)}]({_destination(src, title)})")
            case Mention() as mention:
                self._before_bracket()
                self._out.append(f"[@{escape(mention.name, self._care, in_link=True)}]({address(mention)})")
            case Break():
                self._out.append("\n")
        return 1

    def _open(self, position: int, mark: Style | Link) -> int:
        if isinstance(mark, Link):
            return self._open_link(position, mark)
        self._before_opening(position)
        self._out.append(self._delimiter(mark))
        return 1

    def _close(self, mark: Style | Link) -> None:
        if isinstance(mark, Link):
            self._link = None
            self._out.append(f"]({_destination(mark.href, mark.title)})")
        else:
            self._out.append(self._delimiter(mark))

    def _delimiter(self, style: Style) -> str:
        if style == Style.EMPHASIS and self._care >= Care.UNDERSCORES:
            return "_"
        return _DELIMITERS[style]

    def _open_link(self, position: int, link: Link) -> int:
        if (bare := self._bare(position, link)) is not None:
            self._out.append(bare)
            return 3
        self._link = link
        self._before_bracket()
        self._out.append("[")
        return 1

    def _before_bracket(self) -> None:
        """An exclamation mark before a link would make an image of it."""
        if self._last() == "!" and not self._out[-1].endswith("\\!"):
            self._out[-1] = self._out[-1][:-1] + "\\!"

    def _bare(self, position: int, link: Link) -> str | None:
        """The link as its URL alone, if that is all it shows."""
        inner = self._bits[position + 1]
        if link.title or not isinstance(inner, Text) or self._bits[position + 2] != Close(link):
            return None
        text = inner.text
        if target(text) != link.href:
            return None
        free = (self._last() or "\n") in _MAY_PRECEDE_BARE and self._next(position + 3) in ("", " ", "\t", "\n")
        if free and self._care < Care.PUNCTUATION and is_bare(text):
            return text
        return f"<{text}>" if is_angled(text) else None

    def _text(self, text: str, position: int) -> str:
        """The text escaped. A mark that ends with punctuation does not end before a letter: hide the letter."""
        written = escape(text, self._care, lone=self._lone, in_link=self._link is not None)
        if not self._closed_before(position) or not written or _is_soft(written[0]):
            return written
        tail = "".join(self._out[-_MOST_DELIMITERS:])
        before = tail.rstrip(tail[-1])[-1:]
        hidden = tail[-1] == "_" or (before and is_punctuation(before))
        return entity(written[0]) + written[1:] if hidden else written

    def _closed_before(self, position: int) -> bool:
        """Whether a style ends in the delimiters right before."""
        while position and isinstance(bit := self._bits[position - 1], Open | Close) and isinstance(bit.mark, Style):
            if isinstance(bit, Close):
                return True
            position -= 1
        return False

    def _before_opening(self, position: int) -> None:
        """A mark that begins with punctuation does not begin after a letter: hide the letter."""
        number = next((n for n in range(len(self._out) - 1, -1, -1) if self._out[n] not in _ALL_DELIMITERS), None)
        following = "_" if self._care >= Care.UNDERSCORES else self._after_run(position)
        if number is not None and following and is_punctuation(following) and not _is_soft(self._out[number][-1:]):
            part = self._out[number]
            self._out[number] = part[:-1] + entity(part[-1])

    def _after_run(self, position: int) -> str:
        """What follows a delimiter and those of its kind."""
        kind = self._delimiter_at(position)[:1]
        while (delimiter := self._delimiter_at(position)) and delimiter[0] == kind:
            position += 1
        return delimiter[:1] or self._next(position)

    def _delimiter_at(self, position: int) -> str:
        bit = self._bits[position] if position < len(self._bits) else None
        return self._delimiter(bit.mark) if isinstance(bit, Open | Close) and isinstance(bit.mark, Style) else ""

    def _last(self) -> str:
        return next((part[-1] for part in reversed(self._out) if part), "")

    def _next(self, position: int) -> str:
        """The first character that will be written from this bit on, delimiters left out."""
        for bit in self._bits[position:]:
            match bit:
                case Open(mark=Link()) | Mention():
                    return "["
                case Close(mark=Link()):
                    return "]"
                case Open() | Close():
                    continue
                case Text(text=""):
                    continue
                case Text(text=text):
                    return escape(text, self._care, lone=self._lone)[0]
                case Break():
                    return "\n"
                case Code():
                    return "`"
                case Image():
                    return "!"
        return ""


def _is_soft(character: str) -> bool:
    """Whether a delimiter beside this character may begin or end a mark, whatever is on its other side."""
    return not character or character.isspace() or is_punctuation(character)


def code_span(text: str) -> str:
    """The text between as many backticks as it needs."""
    runs = {len(run) for run in re.findall("`+", text)}
    fence = "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)
    padded = text.startswith("`") or text.endswith("`") or (text[0] == text[-1] == " " and text.strip(" ") != "")
    return f"{fence} {text} {fence}" if padded else f"{fence}{text}{fence}"


def _destination(href: str, title: str) -> str:
    url = escape_entities(href)
    if not _balanced(href) or (title and not href):
        url = f"<{url}>"
    quoted = escape_entities(title).replace('"', '\\"')
    return f'{url} "{quoted}"' if title else url


def _balanced(url: str) -> bool:
    depth = 0
    for character in url:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0
