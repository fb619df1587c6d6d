"""The webhook of a project at Asana: registered with filters, listed, looked after."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pmsync.connector.webhooks import Installed, Registered, leads_to
from pmsync.errors import RejectedError, StaleError, TransientError, UnknownOutcomeError
from pmsync_asana.answers import RefusalError
from pmsync_asana.client import Client
from pmsync_asana.convert import Layout
from pmsync_asana.project import pages

_FIELDS = "active,target,last_success_at,last_failure_at,delivery_retry_count,failure_deletion_timestamp"
_GRACE = timedelta(hours=24)
"""For how long Asana tries in vain before it deletes a webhook."""

_WANTED = (
    *(
        {"resource_type": "task", "action": action}
        for action in ("added", "changed", "removed", "deleted", "undeleted")
    ),
    # A move within the project: whether it is told as an event of the task too, is not documented.
    {"resource_type": "story", "resource_subtype": "section_changed", "action": "added"},
    *(
        {"resource_type": "story", "resource_subtype": "comment_added", "action": action}
        for action in ("added", "changed", "removed", "undeleted")
    ),
    *({"resource_type": "attachment", "action": action} for action in ("added", "deleted", "undeleted")),
    *({"resource_type": "section", "action": action} for action in ("added", "changed", "removed", "deleted")),
)


class AsanaWebhooks:
    """Satisfies `pmsync.connector.webhooks.Webhooks`.

    What signs comes from Asana by the handshake, which it makes during `install`, and stays for the webhook's life.
    """

    def __init__(self, client: Client, layout: Callable[[], Layout], base: str) -> None:
        self._client = client
        self._layout = layout
        self._base = base

    def installed(self) -> Sequence[Registered]:
        """Those on the project that belong to this token's user or app; of others' nothing is told."""
        layout = self._layout()
        query = {"workspace": layout.workspace, "resource": layout.project}
        listed = [dict(one) for one in pages(self._client, "/webhooks", fields=_FIELDS, **query)]
        ours = [one for one in listed if leads_to(str(one.get("target")), self._base, self._client.connection)]
        return [self._registered(one, TransientError) for one in ours]

    def install(self, url: str) -> Installed:
        """Asana greets the address meanwhile, with the secret that it will sign with."""
        known = next((one for one in self.installed() if one.url == url), None)
        if known is not None:
            return Installed(self.renew(known))
        data = {"resource": self._layout().project, "target": url, "filters": _wanted()}
        try:
            answer = self._client.write("POST", "/webhooks", data, fields=_FIELDS)
        except RefusalError as refusal:
            raise RejectedError(
                f"{refusal.message}. Asana calls that address before it makes a webhook: `pmsync serve` must be "
                "running, and reachable there from the internet by https",
                connection=self._client.connection,
            ) from None
        secret = answer.body.get("X-Hook-Secret")
        return Installed(self._registered(answer.data, UnknownOutcomeError), secret if isinstance(secret, str) else "")

    def renew(self, webhook: Registered) -> Registered:
        """Ask for what is wanted now. Asana switches nothing off, and what it has deleted does not come back."""
        try:
            answer = self._client.write("PUT", f"/webhooks/{webhook.id}", {"filters": _wanted()}, fields=_FIELDS)
        except RefusalError as refusal:
            if refusal.status != 404:
                raise
            message = "the webhook is not there any more"
            raise StaleError(message, connection=self._client.connection) from None
        return self._registered(answer.data, UnknownOutcomeError)

    def remove(self, webhook: Registered) -> None:
        """For good."""
        try:
            self._client.write("DELETE", f"/webhooks/{webhook.id}", None)
        except RefusalError as refusal:
            if refusal.status != 404:
                raise

    def _registered(self, told: Mapping[str, Any], garbled: type[TransientError]) -> Registered:
        try:
            active = told["active"] is True
            ends = _moment(told.get("failure_deletion_timestamp"))
            failing = bool(ends or int(told.get("delivery_retry_count") or 0))
            failed = ends - _GRACE if ends else _moment(told.get("last_failure_at"))
            return Registered(
                id=str(told["gid"]),
                url=str(told["target"]),
                active=active,
                failing_since=failed if failing else None,
                last_success_at=_moment(told.get("last_success_at")),
                trouble=_trouble(active, failing, ends),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise garbled("Asana's answer about webhooks makes no sense", connection=self._client.connection) from None


def _wanted() -> list[dict[str, str]]:
    """Filters, made anew for each call: the library may write into what it is given."""
    return [dict(one) for one in _WANTED]


def _trouble(active: bool, failing: bool, ends: datetime | None) -> str:
    if not active:
        return "Asana does not deliver to it"
    if not failing:
        return ""
    return "its deliveries fail" + (
        f"; unless one arrives, Asana deletes it at {ends:%Y-%m-%d %H:%M} UTC" if ends else ""
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
