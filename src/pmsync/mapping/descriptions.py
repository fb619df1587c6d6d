"""The lens for descriptions: a tool's document against canonical Markdown, and no more changed in either than was
edited."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.mapping.mentions import Naming
from pmsync.mapping.people import Roster
from pmsync.model.fields import Json
from pmsync.text.dialect import Dialect, Measured, Read
from pmsync.text.lens import put
from pmsync.text.markdown import MarkdownLanguage
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync.text.tree import Blocks, Document

T = TypeVar("T")

_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class DescriptionLens:
    """A tool shows a text as well as it can; what it cannot show is not lost when somebody edits the text there: the
    edit is carried out in the text that the item has.

    A document that is not understood at all is unmapped: it neither travels nor is overwritten. A text for which there
    is no room is refused as opaque; a created item gets as much of it as there is room for.
    """

    dialect: Dialect
    limit: int
    people: Roster = field(default_factory=Roster)
    _memo: dict[tuple[str, ...], object] = field(default_factory=dict, compare=False, repr=False)
    """What was read and written last: a decision asks for the same few documents many times."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`. Where the tool shows less than `current`, what was edited there is edited in `current`."""
        read = self._read(native)
        if read.loss:
            return Unmapped(f"the description holds {read.loss}: it is left as it is")
        if not isinstance(current, str) or read.markdown == current:
            return read.markdown
        return self._remember(("get", current, _key(native)), lambda: self._get(read.markdown, native, current))

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """See `Lens.put`."""
        if not isinstance(value, str):
            return Refusal("the description is not a text", opaque=True)
        return self._remember(("put", value, _key(native)), lambda: self._put(value, native))

    def _remember(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        if key not in self._memo:
            if len(self._memo) >= _REMEMBERED:
                self._memo.clear()
            self._memo[key] = made = make()
            return made
        return cast("T", self._memo[key])

    @property
    def _naming(self) -> Naming:
        return Naming(self.people, self.dialect.handles)

    def _read(self, native: Json) -> Read:
        """The document, with people for its members."""
        return self._remember(("read", _key(native)), lambda: self._read_anew(native))

    def _read_anew(self, native: Json) -> Read:
        read = self.dialect.read(native)
        return Read(self._naming.people_of(read.markdown), read.loss)

    def _get(self, shown: str, native: Json, current: str) -> str:
        if self._shows(current, native):
            return current
        flat = self._flat(parse(current).blocks)
        if flat == parse(current).blocks:
            return shown
        edited = render(parse(put(MarkdownLanguage(self._flat), parse(shown), current)[0]))
        return edited if self._shows(edited, native) else shown

    def _shows(self, value: str, native: Json) -> bool:
        put_ = self.put(value, native)
        return isinstance(put_, Shown) and put_.native == native

    def _flat(self, blocks: Blocks) -> Blocks:
        """What the tool would show of these blocks, were it to be given them."""
        markdown = render(Document(blocks))
        return parse(self._remember(("flat", markdown), lambda: self._flat_anew(markdown))).blocks

    def _flat_anew(self, markdown: str) -> str:
        return self._read(self.dialect.write(self._naming.members_of(markdown)).document).markdown

    def _put(self, value: str, native: Json) -> Shown | Refusal:
        read = self._read(native)
        if read.loss:
            return Refusal(f"the description holds {read.loss}: it is left as it is", opaque=True)
        if read.markdown == value:
            return Shown(native)
        told = self.dialect.read(native).markdown if native else ""
        written = self.dialect.write(self._naming.members_of(value, told), native)
        size = self._size(written.document)
        if size > self.limit and written.document != native:
            reason = f"the description takes {size} characters, the tool has room for {self.limit}"
            return Refusal(reason, nearest=self._shortened(value), opaque=True)
        note = f"the description is shown as well as the tool can: it has no {written.loss}" if written.loss else ""
        return Shown(written.document, note)

    def _size(self, document: Json) -> int:
        return self.dialect.size(document) if isinstance(self.dialect, Measured) else _size(document)

    def _shortened(self, markdown: str) -> Json:
        """The document of as many whole lines as there is room for, found by halving."""
        lines = self._naming.members_of(markdown).split("\n")
        low, high = 0, len(lines)
        while low < high:
            middle = (low + high + 1) // 2
            if self._size(self._beginning(lines, middle)) <= self.limit:
                low = middle
            else:
                high = middle - 1
        shortened = self._beginning(lines, low) if low else self._within_line(lines[0])
        return shortened if self._size(shortened) <= self.limit else None

    def _within_line(self, line: str) -> Json:
        room = self.limit // 2
        return self.dialect.write(f"{line[:room].rstrip()}…").document

    def _beginning(self, lines: list[str], count: int) -> Json:
        kept = lines[:count]
        fence = _open_fence(kept)
        kept = [*kept, fence] if fence else kept
        return self.dialect.write("\n".join([*kept, "", "…"])).document


def _open_fence(lines: list[str]) -> str:
    """The fence that a code block at the end of these lines still needs."""
    fence = ""
    for line in lines:
        bare = line.strip()
        mark = bare[: len(bare) - len(bare.lstrip(bare[:1]))] if bare[:1] in ("`", "~") else ""
        if not fence and len(mark) >= len("```"):
            fence = mark
        elif fence and bare == mark and len(mark) >= len(fence) and mark[:1] == fence[:1]:
            fence = ""
    return fence


def _key(document: Json) -> str:
    return document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)


def _size(document: Json) -> int:
    """What a document counts against the tool's limit: its characters, or those of its JSON."""
    if document is None:
        return 0
    if isinstance(document, str):
        return len(document)
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
