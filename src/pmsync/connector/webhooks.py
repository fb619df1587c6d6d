"""What a connector knows of its tool's webhooks: whether a delivery is the tool's own, which items it hints at, and how
to have webhooks there.

A delivery is a hint that something happened to an item. No value in it is used but ids, and those only of the form that
the tool's ids have, since they end up in URLs: the item is read again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

TOKEN = "hook"  # noqa: S105 - the query's key, not a secret
"""The query's key for what tells the webhooks of one connection apart."""


def address(base: str, connection: str, token: str = "") -> str:
    """Where a connection's webhooks arrive: what is registered with the tool, byte by byte. `base` is `webhook.url`.

    `token` is for tools that give each webhook a secret of its own (`Receiver.handshakes`): random, and made anew for
    each.
    """
    query = f"?{TOKEN}={quote(token, safe='')}" if token else ""
    return f"{base.rstrip('/')}/webhooks/{quote(connection, safe='')}{query}"


def leads_to(url: str, base: str, connection: str) -> bool:
    """Whether `url` is an address of that connection's, with whatever token."""
    return url.partition("?")[0] == address(base, connection)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request at the receiver, as it arrived."""

    method: str
    """In upper case."""
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes = field(repr=False)
    """The bytes as sent: what is signed."""
    url: str = ""
    """The address that the tool was given to call, query and all, byte by byte (Trello signs it)."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the tool says by a delivery that is its own."""

    id: str = ""
    """The same whenever it is repeated; "" where the tool names none."""
    items: frozenset[str] = frozenset()
    """Ids of the items that something happened to, or may have."""
    elsewhere: bool = False
    """Whether something happened that no item could be named for: what changed is to be read."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """The tool asks, before it registers a webhook, whether this is the receiver; 200 and `headers` say yes.

    Anyone can ask: whether one is expected, is for the caller to know.
    """

    secret: str = field(default="", repr=False)
    """What deliveries will be signed with, where the tool says so now and never again (Asana)."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Forged:
    """Not the tool's, or not shown to be. `reason` names no secret and nothing of the body."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The tool's own by its signature, and still not what the tool sends."""

    reason: str


Received = Delivery | Handshake | Forged | Unreadable


class Receiver(Protocol):
    """Reads what arrives for one connection. Pure: asks nobody, keeps nothing, may be called from any thread."""

    @property
    def handshakes(self) -> bool:
        """Whether the tool hands a secret over when a webhook is registered, one for each, and never again.

        Then the secrets are for the caller to keep, and each webhook needs an address of its own. Where not, all that
        signs is in the config.
        """
        ...

    def receive(self, incoming: Incoming, secrets: Sequence[str] = ()) -> Received:
        """Say what a request is, whatever is in it: it raises nothing, and takes time in proportion to the body.

        `secrets` are those that were handed over for this very address; those of the config are known. Compares in
        constant time, over the raw body, with every secret that counts (while one is being replaced there are two);
        what is in the body is looked at only after that.
        """
        ...


@dataclass(frozen=True, slots=True)
class Registered:
    """A webhook as the tool lists it. What a tool does not tell is as it is by default."""

    id: str
    url: str
    active: bool = True
    """Whether the tool still delivers to it."""
    expires_at: datetime | None = None
    failing_since: datetime | None = None
    """Since when the tool has not been able to deliver."""
    last_success_at: datetime | None = None
    signed: bool = True
    """Whether its deliveries can be told from forged ones."""
    trouble: str = ""
    """What is amiss with it by the tool's own account, for people."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A webhook just registered."""

    webhook: Registered
    secret: str = field(default="", repr=False)
    """The secret as the tool tells it in its answer, where it does: it has to be the handshake's. "" also where a
    webhook with that very address was there already: none was made then."""


class Webhooks(Protocol):
    """Webhooks at the tool, for one open connection. Raises as a connector's other methods do.

    RejectedError, with what a person can do instead, where the account has no right to them: then nothing is known of
    them, and there may well be one that somebody made by hand.
    """

    def installed(self) -> Sequence[Registered]:
        """Those of this connection's container that lead to its address (`leads_to`); others are not ours to touch."""
        ...

    def install(self, url: str) -> Installed:
        """Register one that leads to `url`, with what is wanted of it and the first of the config's secrets.

        The tool may call that address before this returns. Where there is one that leads to exactly `url`, it is put in
        order instead. UnknownOutcomeError: there may be one now; `installed` tells.
        """
        ...

    def renew(self, webhook: Registered) -> Registered:
        """Put its expiry off, bring it back to life where the tool switched it off, have it ask for what is wanted now,
        and sign with the first of the config's secrets. StaleError where it is gone.
        """
        ...

    def remove(self, webhook: Registered) -> None:
        """Take it away. One that is gone already is no error."""
        ...
