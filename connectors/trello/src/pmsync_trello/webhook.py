"""Reading what Trello's webhooks deliver: one action each, signed by the app's secret over the body and the address."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from pmsync.connector.receiving import formed, parsed, signed, within
from pmsync.connector.webhooks import Delivery, Forged, Handshake, Incoming, Received, Unreadable
from pmsync_trello.convert import OBJECT_ID

_CARDS = ("card", "cardSource")
"""Where an action names cards: the one that it is about, and the one whose checklist item or copy that is."""


@dataclass(frozen=True, slots=True)
class TrelloReceiver:
    """Satisfies `pmsync.connector.webhooks.Receiver`."""

    secrets: Sequence[str] = field(repr=False)
    """Those of the config."""

    handshakes = False

    def receive(self, incoming: Incoming, secrets: Sequence[str] = ()) -> Received:
        """See the Protocol. Before it makes a webhook, Trello asks with a HEAD, which is answered 200 and no more."""
        if incoming.method == "HEAD":
            return Handshake()
        if incoming.method != "POST":
            return Forged("Trello delivers by POST only")
        given = incoming.headers.get("x-trello-webhook", "").strip()
        if not given:
            return Forged("it is not signed (X-Trello-Webhook)")
        message = incoming.body + incoming.url.encode("utf-8", "replace")

        def sign(secret: bytes) -> str:
            return base64.b64encode(hmac.new(secret, message, hashlib.sha1).digest()).decode()

        if not signed(given, (*self.secrets, *secrets), sign):
            return Forged(
                "the signature does not fit; is the app's secret the one in the config, and the webhook's address "
                "exactly the one that was registered?"
            )
        return _read(incoming.body)


def _read(body: bytes) -> Received:
    """What a delivery says, once it is known to be Trello's."""
    action = within(parsed(body), "action")
    name = formed(within(action, "id"), OBJECT_ID)
    if not name:
        return Unreadable("it is no action of Trello's")
    cards = {formed(within(action, "data", place, "id"), OBJECT_ID).lower() for place in _CARDS} - {""}
    line = formed(within(action, "data", "checkItem", "id"), OBJECT_ID).lower()
    lines = {f"{card}/{line}" for card in cards} if line else set()
    return Delivery(name, frozenset(cards | lines), elsewhere=not cards)
