"""What hangs on an item beside its fields: comments and attachments, as their tool shows them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pmsync.model.fields import Json


class PartKind(StrEnum):
    """A kind of part. What a part's `value` holds:

    comment     {"text": the tool's own document, as a description's}
    attachment  {"name": str, "url": str} for a link; for a file also {"size": bytes, "type": media type}, and its
                "url" is where a person who may see the item finds it
    """

    COMMENT = "comment"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of one item. `id` is its identity in its tool, among the parts of its kind."""

    kind: PartKind
    id: str
    value: Mapping[str, Json]
    created_at: datetime
    updated_at: datetime
    author: str | None = None
    """The id of the member who made it; None where the tool does not say."""
    author_name: str = ""
    """As the tool shows it."""
    url: str = ""
    """Where a person finds it; "" where the tool has no address for it: the item's then."""
    hidden: bool = False
    """Whether not everybody who sees the item sees it (an internal note, a comment for one role). It stays there."""
    twin: str = ""
    """Of an attachment that is a link of ours to a twin of the item: the link's token. Such is nobody's, and stays."""


PREFIX: Final = "part-"
"""What pmsync's ids of parts begin with; those of items never do."""

_UNFIT: Final = re.compile(r"[#&\s]")
_TWIN: Final = "pmsync-twin="
_TO_TWIN: Final = re.compile(rf"[#&]{_TWIN}([^#&\s]+)$")
_MARK: Final = re.compile(rf"[#&]pmsync=({PREFIX}[0-9a-f]{{16}})$")


def part_id(sync: str, connection: str, kind: PartKind, native: str) -> str:
    """The id that pmsync gives to a part that somebody made: the same whenever it is seen, also by a state that forgot
    it, so that the mirrors of that time are found to be its own."""
    text = f"{sync}\0{connection}\0{kind.value}\0{native}"
    return PREFIX + hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def marked(url: str, part: str) -> str:
    """The address of a part's original with the mark of its mirrors."""
    return f"{url}{'&' if '#' in url else '#'}pmsync={part}"


def mark_in(url: str) -> str | None:
    """The part of which an address says that it is the mirror; None for any other address."""
    found = _MARK.search(url)
    return found[1] if found else None


def led(url: str, token: str) -> str:
    """The address of a twin with the mark of a link of ours that leads there, for tools where a link is an address and
    a name and no more."""
    return f"{url}{'&' if '#' in url else '#'}{_TWIN}{_UNFIT.sub('_', token)}"


def token_in(url: str) -> str:
    """The token of an address that `led` gave; "" for any other."""
    found = _TO_TWIN.search(url)
    return found[1] if found else ""


def unled(url: str) -> str:
    """An address without the mark of `led`."""
    return _TO_TWIN.sub("", url)
