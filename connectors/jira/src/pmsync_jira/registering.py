"""The webhook of a project at Jira, registered as an administrator does ("admin webhook").

The other kind, which an app registers for itself and renews every thirty days, is not for those who sign in with a
token: Jira refuses it to them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pmsync.connector.webhooks import Installed, Registered, address, leads_to
from pmsync.errors import AuthError, RejectedError, StaleError, TransientError, UnknownOutcomeError
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.jql import project_is
from pmsync_jira.memory import Project
from pmsync_jira.settings import Webhook
from pmsync_jira.site import Site

_HERE = "/rest/webhooks/1.0/webhook"
_ID = re.compile(r"/webhook/([0-9]{1,19})/?$")
"""Where an answer has a webhook's id: at the end of its address."""
_NO_ADMINISTRATOR = "Jira lets only its administrators manage webhooks, and this account is none"
_NO_SUCH_ADDRESS = (
    "webhooks cannot be managed from here: neither the gateway that tokens with scopes use, nor a Data Center from "
    "10.0 on, has the address for it"
)
_FILTER = "issue-related-events-section"
_EVENTS = (
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
    "attachment_created",
    "attachment_deleted",
    "issuelink_created",
    "issuelink_deleted",
)
"""All that is kept in step is in these. An event of a file does not say of which issue: that one is searched for."""


class JiraWebhooks:
    """Satisfies `pmsync.connector.webhooks.Webhooks`.

    The filter names the project alone. The scope's own JQL is left out of it: an issue that leaves that filter would
    leave the webhook's too, and the very edit by which it left would not be told.
    """

    def __init__(
        self, client: Client, site: Site, project: Callable[[], Project], webhook: Webhook, connection: str
    ) -> None:
        self._client = client
        self._site = site
        self._project = project
        self._webhook = webhook
        self._connection = connection

    def installed(self) -> Sequence[Registered]:
        """Those that lead here, whoever made them."""
        with self._permitted():
            listed: list[Any] = self._client.read("GET", _HERE, shape=list).data
        ours = [one for one in listed if isinstance(one, dict) and self._ours(str(one.get("url") or ""))]
        return [self._registered(one, TransientError) for one in ours]

    def install(self, url: str) -> Installed:
        """Jira has no handshake: whether the address can be reached, shows with the first delivery."""
        known = next((one for one in self.installed() if one.url == url), None)
        if known is not None:
            return Installed(self.renew(known))
        with self._permitted():
            return Installed(self._written("POST", _HERE, url))

    def renew(self, webhook: Registered) -> Registered:
        """Say all of it again: name, events, filter, secret, and that it is enabled."""
        with self._permitted():
            try:
                return self._written("PUT", f"{_HERE}/{webhook.id}", webhook.url)
            except RefusalError as refusal:
                if refusal.status != 404:
                    raise
                raise StaleError("the webhook is not there any more", connection=self._connection) from None

    def remove(self, webhook: Registered) -> None:
        """For good."""
        with self._permitted():
            try:
                self._client.write_patiently("DELETE", f"{_HERE}/{webhook.id}")
            except RefusalError as refusal:
                if refusal.status != 404:
                    raise

    def _ours(self, url: str) -> bool:
        return leads_to(url, self._webhook.url, self._connection)

    def _written(self, verb: str, path: str, url: str) -> Registered:
        body = {
            "name": f"pmsync {self._connection}",
            "url": url,
            "events": list(_EVENTS),
            "filters": {_FILTER: project_is(self._project().id)},
            "excludeBody": False,
            "secret": self._webhook.secret[0],
            "enabled": True,
        }
        return self._registered(self._client.write_patiently(verb, path, body=body).data, UnknownOutcomeError)

    def _registered(self, told: Any, garbled: type[TransientError]) -> Registered:
        found = _ID.search(str(told.get("self"))) if isinstance(told, dict) else None
        if found is None:
            raise garbled("Jira's answer about webhooks makes no sense", connection=self._connection)
        enabled, signed = told.get("enabled") is not False, told.get("isSigned") is True
        return Registered(
            id=found[1],
            url=str(told.get("url") or ""),
            active=enabled,
            signed=signed,
            trouble="; ".join(_troubles(told, enabled=enabled, signed=signed)),
        )

    @contextmanager
    def _permitted(self) -> Iterator[None]:
        """Turn Jira's refusals of what only administrators may do into what one of them can do by hand."""
        self._site.ready()
        try:
            yield
        except AuthError:
            # A Data Center may say 401 to one who is signed in but no administrator.
            self._site.prove()
            raise self._by_hand(_NO_ADMINISTRATOR) from None
        except RefusalError as refusal:
            if refusal.status not in (403, 404):
                raise
            raise self._by_hand(_NO_ADMINISTRATOR if refusal.status == 403 else _NO_SUCH_ADDRESS) from None

    def _by_hand(self, reason: str) -> RejectedError:
        where = address(self._webhook.url, self._connection)
        return RejectedError(
            f"{reason}. A Jira administrator can make one by hand, in Jira's administration under System > WebHooks: "
            f"Name: pmsync {self._connection}; URL: {where}; Secret: the first of webhook.secret; "
            f"JQL: project = {self._project().key}; Issue: created, updated, deleted; "
            "Comment: created, updated, deleted; Attachment: created, deleted; Issue link: created, deleted; "
            "Exclude body: off",
            connection=self._connection,
        )


def _troubles(told: Mapping[str, Any], *, enabled: bool, signed: bool) -> Iterator[str]:
    if not enabled:
        yield "it is disabled in Jira"
    if not signed:
        yield "it has no secret, so that none of its deliveries can be believed"
    if told.get("excludeBody") is True:
        yield "its body is excluded, so that every delivery costs a search for what changed"
    events = told.get("events")
    missing = [event for event in _EVENTS if not isinstance(events, list) or event not in events]
    if missing:
        yield f"it does not ask for {', '.join(missing)}"
