"""Reading what Asana's webhooks deliver: batches of events, signed by a secret that the handshake handed over."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pmsync.connector.receiving import formed, parsed, signed, within
from pmsync.connector.webhooks import Delivery, Forged, Handshake, Incoming, Received, Unreadable

_SECRET = "X-Hook-Secret"  # noqa: S105 - the header's name
_GID = re.compile(r"[0-9]{1,24}")
_SPEAKABLE = re.compile(r"[!-~]{1,256}")
"""What can be said back in a header, and was never longer than this."""


@dataclass(frozen=True, slots=True)
class AsanaReceiver:
    """Satisfies `pmsync.connector.webhooks.Receiver`."""

    handshakes = True

    def receive(self, incoming: Incoming, secrets: Sequence[str] = ()) -> Received:
        """See the Protocol. A delivery without events is a heartbeat: it says that all is well, and nothing else."""
        if incoming.method != "POST":
            return Forged("Asana delivers by POST only")
        given = incoming.headers.get("x-hook-signature", "").strip()
        if not given:
            return _greeted(incoming)

        def sign(secret: bytes) -> str:
            return hmac.new(secret, incoming.body, hashlib.sha256).hexdigest()

        if not signed(given, secrets, sign):
            return Forged("the signature does not fit any secret that Asana gave us for this address")
        return _read(incoming.body)


def _greeted(incoming: Incoming) -> Received:
    secret = incoming.headers.get(_SECRET.lower(), "")
    if not secret:
        return Forged("it is not signed (X-Hook-Signature)")
    if not _SPEAKABLE.fullmatch(secret):
        return Forged("the secret that it brings is none of Asana's")
    return Handshake(secret, {_SECRET: secret})


def _read(body: bytes) -> Received:
    """What a delivery says, once it is known to be Asana's."""
    told = parsed(body)
    events = None if told is None else told.get("events", [])
    if not isinstance(events, list):
        return Unreadable("it is no batch of Asana's events")
    named = [_tasks(event) for event in events]
    return Delivery(items=frozenset().union(*named), elsewhere=not all(named))


def _tasks(event: object) -> frozenset[str]:
    """The tasks that an event names: what it is about, and what that is, or was, a part of (a story's or a subtask's
    parent). None, where it is about a section, the project, or something unheard of.
    """
    places = [within(event, place) for place in ("resource", "parent")]
    gids = (formed(within(place, "gid"), _GID) for place in places if within(place, "resource_type") == "task")
    return frozenset(gids) - {""}
