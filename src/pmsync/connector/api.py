"""The contract of a connector.

Terminology: a *connection* is one configured account and scope; its *container* is the board or project; an *id* is
what identifies an item for ever in its tool (never its key, its URL or its title).

What must hold for every method that talks to the tool:

* it raises only the errors of `pmsync.errors` (see the table in docs/writing-a-connector.md), and never with a
  credential in them;
* it never sends a create twice: a create whose answer did not come raises `UnknownOutcomeError`;
* reads are retried inside, obeying the tool's own waiting times to the letter; a wait longer than the connection's
  patience is raised as `TransientError(after=...)` instead of slept;
* it may be called from several threads at once.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel

from pmsync.connector.pacing import Budget, Clock
from pmsync.connector.parts import Parts
from pmsync.connector.webhooks import Receiver, Webhooks
from pmsync.errors import PmsyncError, Problem
from pmsync.model.capabilities import Capabilities
from pmsync.model.fence import Fence
from pmsync.model.fields import Field, Json
from pmsync.model.finding import Finding as Finding
from pmsync.model.native import Draft, Event, Marker, Native, Ref
from pmsync.model.vocabulary import Vocabulary
from pmsync.text.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Account:
    """Who the credentials are, and what is amiss with what they may do."""

    id: str
    name: str
    url: str
    """The base that works for these credentials (Jira: the site, or the gateway that scoped tokens need)."""
    product: str = ""
    """What answered, for people: `Jira Cloud`, `Jira Data Center 10.3.0`."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the items that changed.

    `cursor` is where to go on from once this page and all before it have been kept; only the last page of a reading
    needs one. `whole` on the last page says that this reading listed *everything* in scope: an item that pmsync knows
    and that was on no page is missing (which is not yet deleted). `suspects` are ids that the tool hinted may be gone.
    """

    items: tuple[Native, ...]
    cursor: Json = None
    last: bool = False
    whole: bool = False
    suspects: tuple[str, ...] = ()
    total: int | None = None
    """How many items the reading will have, where the tool says so beforehand; for progress only."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a reading by id gave. `missing` ids answered "not there, or not for you": nothing is proved by it."""

    found: Mapping[str, Native]
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Created:
    """What became of one draft: the item as the tool shows it now, or the error that kept it from being.

    `notes` are what the tool would not take though the item was made (a status that its workflow refuses), per field.
    `unfinished` are fields that could not be written just now though the tool may take them: they are written again.
    With `UnknownOutcomeError` the item may exist: look for its marker before creating again.
    """

    native: Native | None = None
    error: PmsyncError | None = None
    notes: Mapping[Field, str] = field(default_factory=dict)
    unfinished: frozenset[Field] = frozenset()


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of an update.

    `native` is the item as the tool answered it, None where its answers carry no fields. `applied` are the fields that
    the tool took. `refused` are those that it, or its workflow, would not take, each with the reason.
    """

    native: Native | None
    applied: frozenset[Field]
    refused: Mapping[Field, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One look at one item: as it is now, and what its history tells since a moment, oldest first."""

    native: Native | None
    events: tuple[Event, ...] = ()


class Connector(Protocol):
    """One connection, open. See the module's text for what holds for every method."""

    @property
    def capabilities(self) -> Capabilities:
        """What this kind of tool can do."""
        ...

    @property
    def dialect(self) -> Dialect:
        """How this tool writes formatted text."""
        ...

    @property
    def webhooks(self) -> Webhooks | None:
        """The webhooks of this connection at the tool; None where its section has no `webhook`."""
        ...

    @property
    def parts(self) -> Parts | None:
        """The comments and attachments of its items; None where the connector does not know of them."""
        ...

    def check(self) -> Account:
        """Say who we are and what we may do, asking for nothing but reading. Raises AuthError, FatalError."""
        ...

    def survey(self) -> Sequence[Finding]:
        """What only a longer look tells; `check` the command calls it, a pass never does."""
        ...

    def vocabulary(self) -> Vocabulary:
        """Read the container's names. Raises FatalError where the container is not there or not for us."""
        ...

    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        """Read what changed since `cursor` (with an overlap), or everything: when `deep`, or when the cursor is None.

        The last page has `last=True` and a new cursor. A reading that cannot be completed raises; what its pages
        brought may be kept, the cursor may not. An item may come twice. An empty reading is only ended after asking who
        we are: an anonymous answer is not an empty project (Jira).
        """
        ...

    def fetch(self, ids: Sequence[str]) -> Fetched:
        """Read items by id from the tool's database, never from a search index; in as few requests as it allows."""
        ...

    def locate(self, reference: str) -> str | None:
        """The id behind a key, short link, id or URL as a person would type it; None if it is none of this tool's."""
        ...

    def find(self, markers: Collection[Marker], since: datetime) -> Mapping[str, Native]:
        """Look for items that we created with these markers, at or after `since`. Keyed by `Marker.item`.

        Looks where a create shows first (listing, recent own creations, next keys), in bulk.
        """
        ...

    def create(self, drafts: Sequence[Draft]) -> Sequence[Created]:
        """Create the items, one answer per draft in order. Each draft is sent once at the most."""
        ...

    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """Write only the fields in `patch` (native values), given what was `seen` just before.

        Sets are sent as additions and removals against `seen`. Raises StaleError where the tool itself refuses a
        concurrent write, RejectedError where it takes nothing, UnknownOutcomeError where it cannot be known.
        """
        ...

    def inspect(self, ref: Ref, since: datetime) -> Inspection:
        """Read one item and its history since a moment, in one request where the tool has a way to.

        Tells its marker, and who created it as far as the tool says, also where a listing does not.
        """
        ...

    def archive(self, ref: Ref) -> None:
        """Put the item away in the way that the tool can undo (Trello: closed; Jira, Asana: as documented there)."""
        ...

    def restore(self, ref: Ref) -> None:
        """Take out of the archive again what `archive` put there; what is not in it is well. Only where
        `capabilities.archives`."""
        ...

    def delete(self, ref: Ref) -> None:
        """Delete the item for good, or into the tool's trash where it has one."""
        ...

    def read_fence(self, sync: str) -> Fence | None:
        """The fence that was put up last for a sync in this container; None where there is none.

        Called only where the capabilities have `fence`, as `write_fence`.
        """
        ...

    def write_fence(self, fence: Fence) -> bool:
        """Put a fence up in place of the last one of its sync; False where we may not, which is no error."""
        ...

    def memo(self) -> Json:
        """What the connector learned and wants back when it is opened next (workflow graph, base URL); no secrets."""
        ...

    def requests(self) -> int:
        """How many HTTP requests this connection has sent so far."""
        ...

    def close(self) -> None:
        """Give connections and threads back."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What a plugin needs to open a connection, beside its own settings."""

    connection: str
    """The connection's name, for errors."""
    defaults: Mapping[str, Json] = field(default_factory=dict)
    """The mapping's `defaults`: values that the tool requires on create or on a transition, by the tool's names."""
    memo: Json = None
    clock: Clock = field(default_factory=Clock)
    instance: str = "pmsync"
    """Identifies this installation where a tool lets a client name itself."""
    overlap: float = 600.0
    """Seconds that an incremental reading goes back behind its cursor."""
    patience: float = 120.0
    """The longest wait, in seconds, that is slept rather than raised."""
    create_labels: bool = True
    custom: Mapping[str, Field] = field(default_factory=dict)
    """The custom fields that the mapping names, by the tool's names for them (to be recognised as statuses are:
    exactly, else whatever the case), each with the field in which its values are shown. No others are read."""
    nested: bool = False
    """Whether what is nested in items (the lines of checklists, subtasks) is shown as items, whose parents they are."""
    in_text: bool = False
    """Whether the checklists of items are shown at the end of their descriptions, as task lists."""
    budget: Budget | None = None
    """What is shared with other processes that use the same account, in names that begin with the connector's."""


class Place(BaseModel):
    """A board or project that the credentials can see, for `init` to offer."""

    id: str
    name: str
    key: str = ""
    url: str = ""


class Settings(Protocol):
    """A connector's own section of the config, parsed. Its `secrets` are what must never be printed."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every credential in it, for redaction."""
        ...

    @property
    def webhook_url(self) -> str:
        """The public base at which webhooks arrive (`webhook.url`); "" where the section has no `webhook`."""
        ...

    @property
    def webhook_reinstall(self) -> bool:
        """Whether a webhook that is gone, switched off or silent is to be registered anew (`webhook.reinstall`)."""
        ...


class Plugin(Protocol):
    """What the entry point of a connector names. Importing it must not import the vendor's client."""

    @property
    def name(self) -> str:
        """The kind of tool, as config files name it: `jira`."""
        ...

    @property
    def title(self) -> str:
        """The tool's name for people: `Jira`."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """As `Connector.capabilities`, without opening anything."""
        ...

    @property
    def default_mapping(self) -> str:
        """The shipped mapping that fits this tool best."""
        ...

    @property
    def place_key(self) -> str:
        """The key under `scope` that names the board or project: `board`."""
        ...

    @property
    def credentials(self) -> Mapping[str, str]:
        """The names of the credentials it takes and what each is, in the order to ask for them."""
        ...

    def parse(self, section: Mapping[str, Json], where: "Where") -> "Settings | tuple[Problem, ...]":
        """Read the connection's section (`url`, `credentials`, `scope`, `webhook`), or name all its problems."""
        ...

    def open(self, settings: Settings, opening: Opening) -> Connector:
        """Open a connection. Sends nothing yet."""
        ...

    def receiver(self, settings: Settings) -> Receiver | None:
        """What reads the webhooks of a connection; None where its section has no `webhook`. Sends nothing."""
        ...

    def places(self, settings: Settings, opening: Opening) -> Sequence[Place]:
        """The boards or projects that these credentials can see; the settings' scope may still be empty."""
        ...


class Where(Protocol):
    """Turns a path within a connection's section into a `Problem` at the right line of the right file."""

    def problem(self, path: Sequence[str], message: str) -> Problem:
        """The problem, placed. `path` is relative to the section: `("scope", "project")`."""
        ...
