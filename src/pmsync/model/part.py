"""What hangs on an item beside its fields: comments and attachments, as their tool shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
