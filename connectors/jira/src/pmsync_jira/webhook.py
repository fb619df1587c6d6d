"""Reading what Jira's webhooks deliver: signed by the secret of the webhook, with the issue that something happened to.

Webhooks that an app registers for itself ("dynamic" ones) are not signed with a secret of ours, so nothing shows that
they are Jira's: they are taken for forged.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pmsync.connector.receiving import formed, parsed, signed, within
from pmsync.connector.webhooks import Delivery, Forged, Incoming, Received, Unreadable

_METHOD = "sha256"
_ISSUE = re.compile(r"[0-9]{1,19}")
_DELIVERY = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class JiraReceiver:
    """Satisfies `pmsync.connector.webhooks.Receiver`."""

    secrets: Sequence[str] = field(repr=False)
    """Those of the config."""

    handshakes = False

    def receive(self, incoming: Incoming, secrets: Sequence[str] = ()) -> Received:
        """See the Protocol. Jira has no handshake."""
        if incoming.method != "POST":
            return Forged("Jira delivers by POST only")
        method, _, given = incoming.headers.get("x-hub-signature", "").partition("=")
        if not given:
            return Forged("it is not signed (X-Hub-Signature); does the webhook in Jira have a secret?")
        if method.strip().lower() != _METHOD:
            return Forged("it is signed by a method that is not Jira's")

        def sign(secret: bytes) -> str:
            return hmac.new(secret, incoming.body, hashlib.sha256).hexdigest()

        if not signed(given.strip(), (*self.secrets, *secrets), sign):
            return Forged("the signature does not fit; is the secret in Jira the one in webhook.secret?")
        return _read(incoming)


def _read(incoming: Incoming) -> Received:
    """What a delivery says, once it is known to be Jira's."""
    name = formed(incoming.headers.get("x-atlassian-webhook-identifier"), _DELIVERY)
    if not incoming.body.strip():
        return Delivery(name, elsewhere=True)  # A webhook made by hand can have "Exclude body" set.
    told = parsed(incoming.body)
    if told is None or not isinstance(told.get("webhookEvent"), str):
        return Unreadable("it is no event of Jira's")
    issues = frozenset(_issues(told))
    return Delivery(name, issues, elsewhere=not issues)


def _issues(told: Mapping[str, object]) -> Iterator[str]:
    """The ids in an event. Data Center leaves the issue out of a comment's; a file's, a sprint's never had one."""
    for value in (within(told, "issue", "id"), within(told, "worklog", "issueId")):
        issue = formed(value, _ISSUE)
        if issue:
            yield issue
    for end in ("sourceIssueId", "destinationIssueId"):
        number = within(told, "issueLink", end)
        issue = formed(str(number) if type(number) is int else number, _ISSUE)
        if issue:
            yield issue
