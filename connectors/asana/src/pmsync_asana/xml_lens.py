"""Rich texts of Asana's taken apart into blocks, tags and words, and put together again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pmsync.text.lens import Part, gap_between, run_on
from pmsync.text.tree import Blocks, Document
from pmsync.text.weave import Look, Token
from pmsync.text.words import words
from pmsync_asana.xml_read import BLOCKS, read, root_of
from pmsync_asana.xml_write import Place, write

_BODY = re.compile(r"\s*<body>(.*)</body>\s*", re.DOTALL)
_PIECE = re.compile(
    r"<(?P<closes>/?)(?P<tag>[A-Za-z0-9]+)(?P<attributes>[^>]*?)(?P<empty>/?)>|&[^;\s]+;|[^<&]+|.", re.DOTALL
)
_ATTRIBUTE = re.compile(r"""([^\s=]+)=("[^"]*"|'[^']*')""")
_EMPTY_LINE = re.compile(r"(\n{2,})")
_GAP = "\n\n"
_THINGS = ("hr", "img")
"""Tags that hold nothing."""


@dataclass(frozen=True, slots=True)
class XmlLanguage:
    """The parts of a text are its blocks, and the paragraphs between them."""

    place: Place

    def parts(self, document: str) -> list[Part[str]]:
        """Each block with what it shows; all of it as one where they cannot be told from one another."""
        parts = [Part(source, self._shown(source), gap) for source, gap in _sources(_inner(document))]
        whole = _blocks(document, self.place)
        if tuple(block for part in parts for block in part.blocks) == whole:
            return parts
        return [Part(_inner(document), whole)]

    def join(self, parts: Sequence[Part[str]]) -> str:
        """The text; paragraphs are parted by an empty line."""
        return f"<body>{run_on(parts, _gap)}</body>"

    def write(self, blocks: Blocks) -> str:
        """A text for the blocks."""
        return write(Document(blocks), self.place)[0]

    def valid(self, document: str) -> bool:
        """Whether it is well-formed."""
        return root_of(document) is not None

    def tokens(self, part: str) -> list[Token]:
        """Its words and tags. A link to an object of Asana's is one thing: it shows that object's name."""
        return list(_tokens(part))

    def build(self, tokens: Sequence[Token]) -> str | None:
        """The text; None where its tags do not match."""
        source = "".join(map(_written, tokens))
        return source if root_of(f"<body>{source}</body>") is not None else None

    def _shown(self, source: str) -> Blocks:
        return _blocks(f"<body>{source}</body>", self.place)


@lru_cache(maxsize=1024)
def _blocks(document: str, place: Place) -> Blocks:
    """What a text or a part of one shows. In an edit most parts are those that there were."""
    return read(document, place)[0].blocks


def _inner(document: str) -> str:
    match = _BODY.fullmatch(document)
    return match[1] if match else ""


def _is_block(source: str) -> bool:
    match = _PIECE.match(source)
    return match is not None and match["tag"] in BLOCKS


def _gap(one: Part[str], other: Part[str]) -> str:
    blocks = _is_block(one.native) or _is_block(other.native)
    return gap_between(one, other, "" if blocks else _GAP)


def _sources(inner: str) -> list[tuple[str, str]]:
    """The source of each block and paragraph, and the white space behind it."""
    found: list[tuple[str, str]] = []
    source: list[str] = []

    def flush(gap: str = "") -> None:
        text = "".join(source)
        source.clear()
        if text.strip():
            bare = text.rstrip("\n")
            found.append((bare, text[len(bare) :] + gap))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + text + gap)

    depth = 0
    for match in _PIECE.finditer(inner):
        if match["tag"] is None and depth == 0:
            for number, piece in enumerate(_EMPTY_LINE.split(match[0])):
                if number % 2:
                    flush(piece)
                else:
                    source.append(piece)
            continue
        if depth == 0 and match["tag"] in BLOCKS:
            flush()
        source.append(match[0])
        depth += _depth(match)
        if depth == 0 and match["tag"] in BLOCKS:
            flush()
    flush()
    return found


def _depth(match: re.Match[str]) -> int:
    if match["tag"] is None or match["empty"] or match["tag"] in _THINGS:
        return 0
    return -1 if match["closes"] else 1


def _tokens(part: str) -> Iterator[Token]:
    place = 0
    while match := _PIECE.match(part, place):
        place = match.end()
        if match["tag"] is None:
            yield from [Token(match[0])] if match[0].startswith("&") else map(Token, words(match[0]))
            continue
        tag, look = str(match["tag"]), _look(match["attributes"])
        gid = dict(look).get("data-asana-gid", "")
        if match["closes"]:
            yield Token((">", tag), (), -1)
        elif tag == "a" and gid and not match["empty"]:
            place = part.index("</a>", place) + len("</a>")
            yield Token(("thing", tag, gid), (), 0, part[match.start() : place])
        elif match["empty"] or tag in _THINGS:
            yield Token(("thing", tag, gid), look)
        else:
            yield Token(("<", tag), look, 1)


def _look(attributes: str) -> Look:
    return tuple((name, value[1:-1]) for name, value in _ATTRIBUTE.findall(attributes))


def _written(token: Token) -> str:
    if token.raw:
        return token.raw
    attributes = "".join(f' {name}="{value}"' for name, value in token.look)
    match token.key:
        case (">", tag):
            return f"</{tag}>"
        case ("<", tag):
            return f"<{tag}{attributes}>"
        case ("thing", tag, _):
            return f"<{tag}{attributes}/>"
        case _:
            return str(token.key)
