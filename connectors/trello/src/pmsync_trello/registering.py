"""The webhook of a board at Trello: registered with the token, listed with it, looked after."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from pmsync.connector.webhooks import Installed, Registered, leads_to
from pmsync.errors import RejectedError, StaleError
from pmsync_trello.answers import GoneError, MissingError
from pmsync_trello.calls import Record
from pmsync_trello.client import Client
from pmsync_trello.directory import Directory


class TrelloWebhooks:
    """Satisfies `pmsync.connector.webhooks.Webhooks`.

    Whoever may read the board may have a webhook on it; it belongs to the token, and goes with it. What signs is the
    app's secret, which Trello is not told: there is nothing to renew but whether it is active.
    """

    def __init__(self, client: Client, directory: Directory, base: str, connection: str) -> None:
        self._client = client
        self._directory = directory
        self._base = base
        self._connection = connection

    def installed(self) -> Sequence[Registered]:
        """Those on the board; the token may have others, on other boards or for other programs."""
        board = self._directory.board()
        try:
            ours = [
                one
                for one in self._client.webhooks()
                if one["idModel"] == board and leads_to(one["callbackURL"], self._base, self._connection)
            ]
        except (KeyError, TypeError, AttributeError):
            raise self._client.garbled() from None
        return [self._registered(one) for one in ours]

    def install(self, url: str) -> Installed:
        """Trello asks the address with a HEAD meanwhile."""
        known = next((one for one in self.installed() if one.url == url), None)
        if known is not None:
            return Installed(known if known.active else self.renew(known))
        described = f"pmsync: {self._connection}"
        wanted = {"idModel": self._directory.board(), "callbackURL": url, "description": described}
        try:
            made = self._client.create_webhook(wanted)
        except MissingError:
            raise
        except RejectedError as error:
            raise RejectedError(
                f"{error.message}. Trello calls that address before it makes a webhook: `pmsync serve` must be "
                "running, and reachable there from the internet",
                connection=self._connection,
            ) from None
        return Installed(self._registered(made))

    def renew(self, webhook: Registered) -> Registered:
        """Switch it on again."""
        try:
            return self._registered(self._client.update_webhook(webhook.id, {"active": True}))
        except GoneError:
            raise StaleError("the webhook is not there any more", connection=self._connection) from None

    def remove(self, webhook: Registered) -> None:
        """For good."""
        with suppress(GoneError):
            self._client.delete_webhook(webhook.id)

    def _registered(self, told: Record) -> Registered:
        try:
            since = told.get("firstConsecutiveFailDate")
            failures = int(told.get("consecutiveFailures") or 0)
            active = told["active"] is True
            return Registered(
                id=str(told["id"]),
                url=str(told["callbackURL"]),
                active=active,
                failing_since=datetime.fromisoformat(since).astimezone(UTC) if since and failures else None,
                trouble=_trouble(active, failures, since),
            )
        except (KeyError, TypeError, ValueError):
            raise self._client.garbled() from None


def _trouble(active: bool, failures: int, since: str | None) -> str:
    failed = f"{failures} deliveries in a row have failed, the first at {since}" if failures else ""
    if not active:
        return "Trello has switched it off" + (f": {failed}" if failed else "")
    return failed
