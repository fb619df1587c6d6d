"""The lens for descriptions: a tool's document against canonical Markdown, and nothing that would be lost between."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.model.fields import Json
from pmsync.text.dialect import Dialect, Read

T = TypeVar("T")

_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class DescriptionLens:
    """A document that Markdown cannot say in full is unmapped: it neither travels nor is overwritten.

    Markdown that the document cannot say, or has no room for, is refused as opaque; a created item gets as much of it
    as there is.
    """

    dialect: Dialect
    limit: int
    _memo: dict[tuple[str, ...], object] = field(default_factory=dict, compare=False, repr=False)
    """What was read and written last: a decision asks for the same few documents many times."""

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """See `Lens.get`."""
        read = self._read(native)
        return Unmapped(f"the description holds {read.loss}: it is left as it is") if read.loss else read.markdown

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

    def _read(self, native: Json) -> Read:
        return self._remember(("read", _key(native)), lambda: self.dialect.read(native))

    def _put(self, value: str, native: Json) -> Shown | Refusal:
        read = self._read(native)
        if read.loss:
            return Refusal(f"the description holds {read.loss}: it is left as it is", opaque=True)
        if read.markdown == value:
            return Shown(native)
        written = self.dialect.write(value, native)
        size = _size(written.document)
        if size > self.limit:
            reason = f"the description takes {size} characters, the tool has room for {self.limit}"
            return Refusal(reason, nearest=self._shortened(value), opaque=True)
        if written.loss:
            reason = f"the tool's description cannot hold {written.loss}"
            return Refusal(reason, nearest=written.document, opaque=True)
        return Shown(written.document)

    def _shortened(self, markdown: str) -> Json:
        """The document of as many whole lines as there is room for, found by halving."""
        lines = markdown.split("\n")
        low, high = 0, len(lines)
        while low < high:
            middle = (low + high + 1) // 2
            if _size(self._beginning(lines, middle)) <= self.limit:
                low = middle
            else:
                high = middle - 1
        shortened = self._beginning(lines, low) if low else self._within_line(lines[0])
        return shortened if _size(shortened) <= self.limit else None

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
