"""A card's text and its checklists as one description: in Markdown, `**Checklist:** Name` with a task list under it.

As a native value it is the text alone where a card has no checklist, else `{"desc": text, "checklists": [{"name": name,
"items": [[name, done], …]}, …]}`, all as Trello has it. Pure.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from pmsync.model.fields import Json
from pmsync.text.characters import JOINER, one_line
from pmsync.text.dialect import Dialect, Read, Written
from pmsync.text.lens import put
from pmsync.text.markdown import MarkdownLanguage
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync.text.tidy import tidy
from pmsync.text.tree import (
    Block,
    Blocks,
    Break,
    Bullets,
    Document,
    Item,
    Line,
    Paragraph,
    Style,
    Text,
    lines,
    visible,
)

_SIGN: Final = "Checklist:"
_STRONG: Final = frozenset({Style.STRONG})
_NAMELESS: Final = "…"
"""What is shown for a name in which there is nothing to see."""


@dataclass(frozen=True, slots=True)
class Task:
    """A line of a checklist. `name` is Trello's own spelling of it."""

    name: str
    done: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """A checklist as far as a description shows it."""

    name: str
    tasks: tuple[Task, ...] = ()


def native(desc: str, lists: Sequence[Checklist]) -> Json:
    """Text and checklists as a native description."""
    if not lists:
        return desc
    listed: list[Json] = [{"name": one.name, "items": [[task.name, task.done] for task in one.tasks]} for one in lists]
    return {"desc": desc, "checklists": listed}


def prose(native: Json) -> str:
    """The text of a native description, which is all that a card's own `desc` holds."""
    held = native.get("desc") if isinstance(native, dict) else native
    return held if isinstance(held, str) else ""


def checklists(native: Json) -> tuple[Checklist, ...]:
    """The checklists of a native description."""
    listed = native.get("checklists") if isinstance(native, dict) else None
    return tuple(_checklist(one) for one in listed) if isinstance(listed, list) else ()


def _checklist(told: Any) -> Checklist:
    return Checklist(str(told["name"]), tuple(Task(str(name), done is True) for name, done in told["items"]))


def of_card(desc: str, told: Iterable[Mapping[str, Any]]) -> Json:
    """The description of a card whose JSON tells these checklists, in the order in which they are seen.

    Raises KeyError, TypeError or ValueError for what is no checklist.
    """
    found = [Checklist(bare(one["name"]), tuple(map(_task, in_order(one["checkItems"])))) for one in in_order(told)]
    return native(desc, found)


def _task(told: Mapping[str, Any]) -> Task:
    if told["state"] not in ("complete", "incomplete"):
        raise ValueError("a checklist item has an unknown state")
    return Task(bare(told["name"]), told["state"] == "complete")


def bare(name: Any) -> str:
    """A name without NUL, which shows as nothing and which other tools refuse."""
    return str(name).replace("\x00", "")


def in_order(told: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Checklists, or lines of one, as they are seen from top to bottom."""
    return sorted(told, key=lambda one: (float(one["pos"]), str(one["id"])))


class DescriptionDialect:
    """Descriptions with checklists at their end, of which the text is written in another dialect, Trello's Markdown.

    A paragraph `**Checklist:** Name` is a checklist wherever it stands, and the list right under it has its lines. What
    looks like that in a card's own text has a joiner before it, which nobody sees.
    """

    def __init__(self, text: Dialect) -> None:
        self._text = text
        self._language = _Prose(lambda blocks: _guarded(self._shown(blocks)))

    @property
    def handles(self) -> bool:
        return self._text.handles

    def read(self, document: Json) -> Read:
        read, listed = self._text.read(prose(document)), _tree(checklists(document))
        blocks = parse(read.markdown).blocks
        guarded = _guarded(blocks)
        if guarded == blocks and not listed:
            return read
        return Read(render(Document((*guarded, *listed))), read.loss)

    def write(self, markdown: str, document: Json = None) -> Written:
        return Written(self._written(markdown, document), _loss(parse(markdown).blocks))

    def _written(self, markdown: str, there: Json) -> Json:
        rest, shown = _split(parse(markdown).blocks)
        text = prose(there)
        wanted = tidy(Document(rest))
        written = put(self._language, wanted, text)[0] if text else self._language.write(wanted.blocks)
        return native(written, _spelled(shown, checklists(there)))

    def canonical(self, document: Json) -> Json:
        text = self._text.canonical(prose(document))
        return {**document, "desc": text} if isinstance(document, dict) else text

    def size(self, document: Json) -> int:
        """Of a description the text alone is in the place that has room for so much."""
        return len(prose(document))

    def _shown(self, blocks: Blocks) -> Blocks:
        """What the text's own dialect shows of blocks."""
        return parse(self._text.read(render(Document(blocks))).markdown).blocks


class _Prose(MarkdownLanguage):
    """A card's own text, in which what looks like a checklist is none."""

    __slots__ = ()

    def write(self, blocks: Blocks) -> str:
        return render(Document(tuple(_unguarded(block) for block in blocks)))


def _label(block: Block) -> str:
    """The name of the checklist that a paragraph says, or would say were it not guarded; "" for any other block."""
    match block:
        case Paragraph(
            content=(Text(text=sign, styles=styles, link=None), Text(text=text, link=None) as second, *rest)
        ):
            said = sign.lstrip(JOINER) == _SIGN and styles == _STRONG and text.startswith(" ") and not second.styles
            whole = not any(isinstance(piece, Break) for piece in rest)
            return visible((block,)).partition(_SIGN)[2].strip() if said and whole else ""
        case _:
            return ""


def _is_guarded(block: Block) -> bool:
    match block:
        case Paragraph(content=(Text(text=text), *_)):
            return text.startswith(JOINER)
        case _:
            return False


def _guarded(blocks: Blocks) -> Blocks:
    """The blocks with one more joiner before what looks like a checklist."""
    return tuple(_resigned(block, lambda sign: JOINER + sign) if _label(block) else block for block in blocks)


def _unguarded(block: Block) -> Block:
    return _resigned(block, lambda sign: sign.removeprefix(JOINER)) if _label(block) else block


def _resigned(block: Block, change: Any) -> Block:
    match block:
        case Paragraph(content=(Text() as sign, *rest)):
            return Paragraph((replace(sign, text=change(sign.text)), *rest))
        case _:
            return block


@dataclass(frozen=True, slots=True)
class _Shown:
    """A checklist as it stands in a tree."""

    name: str
    tasks: tuple[tuple[Line, bool], ...]


def _split(blocks: Blocks) -> tuple[Blocks, list[_Shown]]:
    """What of a text is a card's own, and the checklists in it."""
    rest: list[Block] = []
    found: list[_Shown] = []
    place = 0
    while place < len(blocks):
        name = _label(blocks[place])
        if not name or _is_guarded(blocks[place]):
            rest.append(blocks[place])
            place += 1
            continue
        place += 1
        tasks: list[tuple[Line, bool]] = []
        first = True
        while place < len(blocks) and (first or _has_tasks(blocks[place])) and isinstance(blocks[place], Bullets):
            tasks += _tasks(blocks[place], done=False)
            first = False
            place += 1
        found.append(_Shown(name, tuple(tasks)))
    return tuple(rest), found


def _has_tasks(block: Block) -> bool:
    return isinstance(block, Bullets) and any(item.done is not None for item in block.items)


def _tasks(block: Block, *, done: bool) -> Iterator[tuple[Line, bool]]:
    """All that is said in a list, line by line: what is under an item follows it."""
    if not isinstance(block, Bullets):
        for line in lines((block,)):
            for part in _unbroken(line):
                yield part, done
        return
    for item in block.items:
        for inner in item.blocks:
            yield from _tasks(inner, done=done if item.done is None else item.done)


def _unbroken(line: Line) -> Iterator[Line]:
    """The line, without the breaks in it, as far as there is something to see."""
    joined = tuple(Text(" ") if isinstance(piece, Break) else piece for piece in line)
    for block in tidy(Document((Paragraph(joined),))).blocks:
        if isinstance(block, Paragraph):
            yield block.content


def _loss(blocks: Blocks) -> str:
    """What of the checklists in a text Trello has no form for."""
    under = any(
        len(item.blocks) > 1 or any(not isinstance(one, Paragraph) for one in item.blocks)
        for label, block in pairwise(blocks)
        if isinstance(block, Bullets) and _label(label) and not _is_guarded(label)
        for item in block.items
    )
    return "form for what is under a checklist's item" if under else ""


def _tree(lists: Sequence[Checklist]) -> Blocks:
    """Checklists as they are shown."""
    found: list[Block] = []
    for one in lists:
        found.append(Paragraph((Text(_SIGN, _STRONG), Text(f" {_shown_name(one.name)}"))))
        if one.tasks:
            found.append(Bullets(tuple(Item((Paragraph(line_of(task.name)),), task.done) for task in one.tasks)))
    return tidy(Document(tuple(found))).blocks


def _shown_name(name: str) -> str:
    """What is seen of a checklist's name, which Trello shows as it is."""
    return visible(tidy(Document((Paragraph((Text(one_line(name)),)),))).blocks).strip() or _NAMELESS


def _spelled(shown: Sequence[_Shown], there: Sequence[Checklist]) -> list[Checklist]:
    """The checklists in Trello's spelling: names that are there already as they are spelled there."""
    lists, tasks = dict[str, deque[str]](), dict[Line, deque[str]]()
    for one in there:
        lists.setdefault(_shown_name(one.name), deque()).append(one.name)
        for task in one.tasks:
            tasks.setdefault(line_of(task.name), deque()).append(task.name)
    return [
        Checklist(
            _next(lists.get(one.name)) or one.name,
            tuple(Task(_next(tasks.get(line)) or name_of(line), done) for line, done in one.tasks),
        )
        for one in shown
    ]


def _next(spellings: deque[str] | None) -> str:
    return spellings.popleft() if spellings else ""


@lru_cache(maxsize=4096)
def line_of(name: str) -> Line:
    """What is seen of a name: Trello shows the Markdown in it that a single line can have."""
    for read in (parse(name), tidy(Document((Paragraph((Text(one_line(name)),)),)))):
        match read.blocks:
            case (Paragraph(content=content),) if not any(isinstance(piece, Break) for piece in content):
                return content
            case _:
                continue
    return (Text(_NAMELESS),)


def name_of(line: Line) -> str:
    """A name of which that is seen."""
    block = Paragraph(line)
    plain = visible((block,)).strip("\n")
    spellings = (plain, render(Document((block,))))
    return next((one for one in spellings if line_of(one) == line), plain)
