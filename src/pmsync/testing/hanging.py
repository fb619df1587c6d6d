"""What hangs on the items of a tool in memory: people comment there, and attach files and addresses."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from pmsync.connector.pacing import Clock
from pmsync.connector.parts import Backlink
from pmsync.model.fields import Json
from pmsync.model.native import Native
from pmsync.model.part import Part, PartKind

_EVER = datetime(2000, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """The tool does not take a value, or has no such item. The message is for a person."""


@dataclass(slots=True)
class Pile:
    """What hangs on one item, oldest first."""

    parts: list[Part] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    """What is in the files, by the id of the part."""
    count: int = 0
    twins: dict[str, Backlink] = field(default_factory=dict)
    """The links that lead to the item's twins, by token."""

    def pointers(self) -> list[Part]:
        """These links, as a list of parts tells them."""
        return [
            Part(PartKind.ATTACHMENT, f"to {token}", {"name": one.title, "url": one.url}, _EVER, _EVER, twin=token)
            for token, one in self.twins.items()
        ]

    def add(
        self, kind: PartKind, value: Mapping[str, Json], now: datetime, by: str, *, hidden: bool = False, url: str = ""
    ) -> Part:
        """Hang something on the item."""
        self.count += 1
        identity = f"{url.rpartition('/')[2]}-{kind.value[0]}{self.count}"
        place = f"{url}/{kind.value}s/{identity}"
        part = Part(kind, identity, dict(value), now, now, f"u-{by}", by.capitalize(), place, hidden)
        self.parts.append(part)
        return part

    def find(self, kind: PartKind, identity: str) -> Part | None:
        """A part that is there."""
        return next((one for one in self.parts if (one.kind, one.id) == (kind, identity)), None)

    def change(self, part: Part, now: datetime, **changes: object) -> Part:
        """Put something else in the place of a part."""
        after = replace(part, updated_at=now, **changes)  # type: ignore[arg-type]
        self.parts[self.parts.index(part)] = after
        return after

    def remove(self, part: Part) -> None:
        """Take a part away."""
        self.parts.remove(part)
        self.contents.pop(part.id, None)


class Pinned(Protocol):
    """An item with what hangs on it."""

    versions: list[Native]
    pile: Pile
    deleted_at: datetime | None

    @property
    def now(self) -> Native:
        """As it is."""
        ...


class Pinboard(ABC):
    """What users do to what hangs on the items of a tool: the part of it that knows of comments and attachments."""

    clock: Clock
    lock: threading.RLock

    @abstractmethod
    def pinned(self, identity: str) -> Pinned | None:
        """An item that is there."""

    def comment(self, identity: str, text: str, *, by: str = "ada", hidden: bool = False) -> Part:
        """Comment on an item; `hidden` from all but insiders."""
        return self._hang(identity, PartKind.COMMENT, {"text": text}, by, hidden=hidden)

    def edit_comment(self, identity: str, comment: str, text: str, *, by: str = "ada") -> Part:
        """Give a comment another text. `by` is not recorded: whose comment it is stays the same."""
        return self._alter(identity, PartKind.COMMENT, comment, value={"text": text})

    def hide_comment(self, identity: str, comment: str, *, hidden: bool = True) -> None:
        """Restrict a comment to insiders, or let everybody see it."""
        self._alter(identity, PartKind.COMMENT, comment, hidden=hidden)

    def attach(
        self, identity: str, name: str, url: str = "", content: bytes | None = None, media: str = "", *, by: str = "ada"
    ) -> Part:
        """Attach an address, or a file where there is content."""
        with self.lock:
            value: dict[str, Json] = {"name": name, "url": url}
            if content is not None:
                value |= {"size": len(content), "type": media}
            part = self._hang(identity, PartKind.ATTACHMENT, value, by)
            if content is not None:
                pile = self._there(identity).pile
                pile.contents[part.id] = content
                part = pile.change(part, part.updated_at, value={**value, "url": part.url})
            return part

    def remove_part(self, identity: str, kind: PartKind, part: str, *, by: str = "ada") -> None:
        """Take a comment or an attachment away. `by` is not recorded: what is gone has no history."""
        with self.lock:
            card = self._there(identity)
            card.pile.remove(_required(card.pile, kind, part))
            self._touch(card)

    def point(self, identity: str, twin: Backlink) -> None:
        """Have an item lead to a twin; a link of the same token is brought up to date."""
        with self.lock:
            card = self._there(identity)
            card.pile.twins[twin.token] = twin
            self._touch(card)

    def unpoint(self, identity: str, token: str) -> None:
        """Take a link to a twin away, if it is there."""
        with self.lock:
            card = self._there(identity)
            if card.pile.twins.pop(token, None) is not None:
                self._touch(card)

    def pile(self, identity: str) -> Pile | None:
        """What hangs on an item; None if that is not there."""
        with self.lock:
            card = self.pinned(identity)
            return card.pile if card is not None else None

    def content(self, part: Part) -> bytes | None:
        """What is in a file."""
        pile = self.pile(part.id.rpartition("-")[0])
        return pile.contents.get(part.id) if pile is not None else None

    def _hang(self, identity: str, kind: PartKind, value: dict[str, Json], by: str, *, hidden: bool = False) -> Part:
        with self.lock:
            card = self._there(identity)
            part = card.pile.add(kind, value, self.clock.now(), by, hidden=hidden, url=card.now.ref.url)
            self._touch(card)
            return part

    def _alter(self, identity: str, kind: PartKind, part: str, **changes: object) -> Part:
        with self.lock:
            card = self._there(identity)
            after = card.pile.change(_required(card.pile, kind, part), self.clock.now(), **changes)
            self._touch(card)
            return after

    def _there(self, identity: str) -> Pinned:
        card = self.pinned(identity)
        if card is None:
            raise Refused(f"there is no item {identity}")
        return card

    def _touch(self, card: Pinned) -> None:
        """What hangs on an item moves its time of change, and nothing else of it."""
        card.versions.append(replace(card.now, updated_at=self.clock.now()))


def _required(pile: Pile, kind: PartKind, part: str) -> Part:
    found = pile.find(kind, part)
    if found is None:
        raise Refused(f"there is no {kind} {part}")
    return found


def blocks(content: bytes, size: int = 65_536) -> Iterator[bytes]:
    """A file, in blocks."""
    for start in range(0, len(content), size):
        yield content[start : start + size]
