"""Wiki markup taken apart into blocks, macros and words, and put together again."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from pmsync.text.lens import Part, gap_between, run_on
from pmsync.text.tree import Blocks, Document
from pmsync.text.weave import Token
from pmsync.text.words import words
from pmsync_jira import wiki_read, wiki_write

_MACRO = re.compile(
    r"(?<![\\{])\{(?P<name>code|noformat|quote|panel|info|note|warning|tip|color)(?::[^}\n]*)?\}(?!\})"
    r".*?(?<!\\)\{(?P=name)\}",
    re.DOTALL,
)
_TAG = re.compile(r"(?<!\\)\{([A-Za-z]+)(?::([^}\n]*))?\}")
_PIECE = re.compile(r"\\.|\{[A-Za-z]+(?::[^}\n]*)?\}|\[~[^\]\n]+\]|!\S[^!\n]*!|[^\\{\[!]+|.", re.DOTALL)
_LONE = re.compile(r"[ \t]*(?:h[1-6]\.|bq\.|-{4,}\s*$)")
_ITEM = re.compile(r"[ \t]*(?:[*#]+|-)(?:[ \t]|$)")
_ROW = re.compile(r"[ \t]*\|")
_PAIRED = ("color", "panel", "quote", "info", "note", "warning", "tip", "code", "noformat")


class WikiLanguage:
    """The parts of a text are its blocks, as far as these can be told from one another by their lines."""

    def parts(self, document: str) -> list[Part[str]]:
        """Each block with what it shows."""
        whole = _shown(document)
        for kind in (_kind, lambda line: "text"):
            parts = [Part(source, _shown(source), gap) for source, gap in _sources(document, kind)]
            if tuple(block for part in parts for block in part.blocks) == whole:
                return parts
        return [Part(document, whole)]

    def join(self, parts: Sequence[Part[str]]) -> str:
        """The text, with an empty line between what was no neighbour before."""
        return run_on(parts, lambda one, other: gap_between(one, other, "\n\n"))

    def write(self, blocks: Blocks) -> str:
        """A text for the blocks."""
        return wiki_write.write(Document(blocks))[0]

    def valid(self, document: str) -> bool:
        """Every text is wiki markup."""
        return isinstance(document, str)

    def tokens(self, part: str) -> list[Token]:
        """Its words and macros; a mention and an image are one thing each."""
        return list(_tokens(part))

    def build(self, tokens: Sequence[Token]) -> str | None:
        """The tokens in a row."""
        return "".join(map(_written, tokens))


@lru_cache(maxsize=1024)
def _shown(source: str) -> Blocks:
    """What a text or a part of one shows. In an edit most parts are those that there were."""
    return wiki_read.read(source)[0].blocks


def _kind(line: str) -> str:
    """What a line is part of; "" where it is a block of its own."""
    if _LONE.match(line):
        return ""
    return "list" if _ITEM.match(line) else "table" if _ROW.match(line) else "text"


def _sources(markup: str, kind_of: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """The source of each block, and the line ends behind it. No macro is taken apart."""
    source, gap, last = "", "", ""
    for line, macro in _lines(markup):
        kind = macro or kind_of(line)
        held = macro and macro == last
        if not line.strip() and not held:
            gap += line + "\n" if source else ""
            continue
        if source and not held and (gap.count("\n") > 1 or kind != last or not kind):
            yield source, gap
            source = line
        else:
            source = source + gap + line if source else line
        gap, last = "\n", kind
    if source:
        yield source, gap.removesuffix("\n")


def _lines(markup: str) -> Iterator[tuple[str, str]]:
    """Each line with a name for the macro that it is part of; "" for what is in none."""
    spans = [
        (match.start(), match.end(), f"{match['name']} {number}")
        for number, match in enumerate(_MACRO.finditer(markup))
    ]
    at = 0
    for line in markup.split("\n"):
        end = at + len(line)
        # A macro within a line is part of that line, but for what goes on in the next.
        mine = (name for start, stop, name in spans if start <= end and at < stop and (start <= at or stop > end + 1))
        yield line, next(mine, "")
        at = end + 1


def _tokens(part: str) -> Iterator[Token]:
    open_: list[str] = []
    for piece in _PIECE.findall(part):
        tag = _TAG.fullmatch(piece)
        if tag is not None and tag[1] in _PAIRED:
            name, settings = tag[1], tag[2]
            if settings is None and name in open_:
                open_.remove(name)
                yield Token(("}", name), (), -1)
            else:
                open_.append(name)
                yield Token(("{", name), (("settings", settings),) if settings is not None else (), 1)
        elif len(piece) > 1 and (piece.startswith(("\\", "[~", "!")) or tag is not None):
            yield Token(("thing", piece))
        else:
            yield from map(Token, words(piece))


def _written(token: Token) -> str:
    match token.key:
        case ("thing", piece):
            return str(piece)
        case ("{", name):
            settings = dict(token.look).get("settings")
            return f"{{{name}}}" if settings is None else f"{{{name}:{settings}}}"
        case ("}", name):
            return f"{{{name}}}"
        case _:
            return str(token.key)
