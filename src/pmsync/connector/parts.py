"""The contract of what hangs on items: comments and attachments. What holds for connectors holds for it too."""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
    """Of letters, digits and `-._~%`. What is before the first dot tells which links belong together."""
    title: str
    url: str

    @property
    def group(self) -> str:
        """Whose link it is."""
        return group_of(self.token)


def group_of(token: str) -> str:
    """What the tokens of links that belong together begin with."""
    return token.partition(".")[0]


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

    @property
    def lists_twins(self) -> bool:
        """Whether `read` tells of the links that `point` makes: as attachments with a `twin`, the "url" the twin's.

        Where not, making a link of the same token again must bring the first one up to date.
        """
        ...

    @property
    def marker_leads(self) -> bool:
        """Whether what marks an item that was made from a twin is a link that leads people there."""
        ...

    def read(self, ids: Sequence[str]) -> Mapping[str, Sequence[Part]]:
        """All parts of each of these items, oldest first, by the item's id; items that are gone are not in it. Links
        to twins are among them only where `lists_twins` says so; what marks an item never is.

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

    def point(
        self, ref: Ref, twins: Sequence[Backlink], *, group: str = "", before: Collection[Backlink] | None = None
    ) -> int:
        """Have an item lead people to these twins, once each, and no more to former ones; answers how many writes that
        took. Links of other groups, and of other people, are left alone; so is what marks the item, which counts as
        leading to its twin.

        `before`: where it leads to already, so that nothing is asked where links only have to be made, and no link
        that is the same in both is looked at. None where that is not known, or may have come about or not: then what
        is there is found first, so that whatever was cut short before, no link is there twice.

        Nothing happens to an item that can lead nowhere. Raises StaleError where it is gone, RejectedError where the
        tool does not let us; after any error it has to be called without `before`.
        """
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
