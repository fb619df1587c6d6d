"""The contract of what hangs on items: comments and attachments. What holds for connectors holds for it too."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind
from pmsync.text.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Content:
    """A file on its way from one tool to another, read once and never whole."""

    name: str
    type: str
    """Its media type; "" where the tool does not say."""
    size: int | None
    """Bytes, where the tool says."""
    blocks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class PartLimits:
    """What a tool has room for."""

    comment: int = 32_767
    """Characters of a comment's document, counted as those of a description."""
    attachment: int = 10_000_000
    """Bytes of a file."""


@dataclass(frozen=True, slots=True)
class Backlink:
    """Where a twin of an item is. `token` is the same for as long as it is this twin; title and address may change."""

    token: str
    title: str
    url: str


class Parts(Protocol):
    """The comments and attachments of one connection's items.

    Nothing that makes a part is ever sent twice: where the answer does not come, `UnknownOutcomeError` is raised, and
    whoever asked looks for it in `read`. What is gone already when it is to be removed is no error.
    """

    @property
    def kinds(self) -> frozenset[PartKind]:
        """The kinds that this tool has."""
        ...

    @property
    def dialect(self) -> Dialect:
        """How this tool writes comments."""
        ...

    @property
    def limits(self) -> PartLimits:
        """What it has room for."""
        ...

    def read(self, ids: Sequence[str]) -> Mapping[str, Sequence[Part]]:
        """All parts of each of these items, oldest first, by the item's id; items that are gone are not in it.

        Whole lists only: one that could not be read to its end raises. What a tool writes into its own list of comments
        (assigned, moved) is no comment. In as few requests as the tool allows, from its database and not an index.
        """
        ...

    def comment(self, ref: Ref, document: Json) -> Part:
        """Make a comment. In a tool that knows comments for insiders it becomes one where customers could read it."""
        ...

    def edit(self, ref: Ref, comment: str, document: Json) -> Part:
        """Give a comment of ours another text. Raises StaleError where it is gone."""
        ...

    def remove(self, ref: Ref, kind: PartKind, part: str) -> None:
        """Take a part of ours away."""
        ...

    def link(self, ref: Ref, name: str, url: str) -> Part:
        """Attach an address. Raises RejectedError where the tool attaches files only."""
        ...

    def upload(self, ref: Ref, content: Content) -> Part:
        """Attach a file. It is streamed: of a file larger than memory nothing but a block is ever held."""
        ...

    def download(self, part: Part) -> AbstractContextManager[Content]:
        """A file's content. Our credentials go to the tool's own host alone: a redirect elsewhere is followed without
        them."""
        ...


@runtime_checkable
class Along(Protocol):
    """What a connection's parts may be besides: such that came along with the items that changed, at no extra cost."""

    def brought(self, known: Mapping[str, datetime]) -> Mapping[str, Sequence[Part]]:
        """As `Parts.read`, of those of these items that the last `changes` brought, whole, and with the very
        `updated_at` that is given here.

        Lists as they were then: each is told once, not long after, and never after a write to it by this connection.
        """
        ...
