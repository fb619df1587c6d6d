"""What a kind of tool can do, as data: the engine and the contract tests read it instead of asking which tool it is."""

from dataclasses import dataclass, field
from enum import StrEnum

from pmsync.model.fields import Field, LinkKind


class DateKind(StrEnum):
    """What a tool's dates can say."""

    DATE = "date"
    INSTANT = "instant"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Frozen facts about a kind of tool. Lengths are in characters."""

    fields: frozenset[Field]
    """The standard fields that an item of this tool can have; a project may lack some (see `Vocabulary.fields`)."""
    read_only: frozenset[Field] = frozenset()
    """Those of them that nobody can write by this tool's API, or not we: they are read, and never written. Of custom
    fields, and of what one project has otherwise, `CustomField.writable` tells."""
    custom: bool = False
    """Whether it reads and writes the custom fields that a mapping names."""
    links: frozenset[LinkKind] = frozenset(LinkKind)
    """The kinds of links that it can hold, where it has links at all."""
    single_assignee: bool = False
    due: DateKind = DateKind.DATE
    start: DateKind = DateKind.DATE
    title_limit: int = 255
    description_limit: int = 32_767
    label_limit: int = 255
    label_forbidden: str = ""
    """Characters that a label cannot hold."""
    labels_need_creating: bool = True
    """False where any text is a label (Jira)."""
    start_needs_due: bool = False
    create_batch: int = 1
    """How many items one `create` call of the connector should be given."""
    fetch_batch: int = 1
    concurrency: int = 4
    """How many calls may be under way at once."""
    whole_listing: bool = False
    """True where every `changes` lists all items in scope (Trello), so that absence shows at once."""
    history: frozenset[Field] = field(default=frozenset())
    """The fields whose changes the tool's history tells, with the value before."""
    consistent_find: bool = True
    """Whether `find` sees a create at once; if not, an unfound marker proves nothing until `find_lag` has passed."""
    find_lag: float = 0.0
    """Seconds after which `find` may be believed when it finds nothing."""
    deletes: bool = True
    archives: bool = True
    fence: bool = False
    """Whether the container has a place, beside its items, where a fence can be put up."""
    checklists: bool = False
    """Whether its items have checklists that their descriptions can show, see `Opening.in_text`."""
    lists_markers: bool = True
    """Whether `changes` tells markers; if not, `inspect` does."""
    lists_creators: bool = True
    """Whether `changes` tells who created an item; if not, `inspect` does."""
