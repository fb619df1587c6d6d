"""Webhooks: the handshake when one is registered, and the signed deliveries after."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC

from pmsync.sandbox.webhooks import Deliveries, Delivery
from pmsync_trello.sandbox.call import Refused
from pmsync_trello.sandbox.ids import stamp
from pmsync_trello.sandbox.objects import Action, Webhook
from pmsync_trello.sandbox.views import ACTION, BOARD, CARD, LIST, MEMBER, WEBHOOK
from pmsync_trello.sandbox.world import World

SECRET = "sandbox-secret"  # noqa: S105 - the sandbox's secret is public by design
RETRIES = (30.0, 60.0, 120.0)
HANDSHAKE_TIMEOUT = 5.0
_GONE = 410


def signature(body: bytes, url: str) -> str:
    """The `X-Trello-Webhook` of a delivery: over the raw body, then the URL exactly as it was registered."""
    digest = hmac.new(SECRET.encode(), body + url.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class Hooks:
    """Hands every action to the webhooks that watch what it is about."""

    def __init__(self, world: World, deliveries: Callable[[], Deliveries]) -> None:
        self._world = world
        self._deliveries = deliveries

    def greet(self, url: str) -> None:
        """Ask a receiver with a HEAD, as Trello does during the call. Raises Refused unless it answers 200.

        The sandbox's lock is free meanwhile, so the receiver may call the sandbox in turn.
        """
        headers = {"X-Trello-Webhook": signature(b"", url), "User-Agent": "Trello"}
        response = self._deliveries().handshake("HEAD", url, headers, timeout=HANDSHAKE_TIMEOUT)
        if response is None or response.status_code != 200:
            got = "no answer" if response is None else response.status_code
            raise Refused(400, f"URL ({url}) did not return 200 status code, got {got}")

    def tell(self, action: Action, client: str) -> None:
        """Queue a delivery for each webhook that watches the board, card, list or member of the action."""
        if not self._world.webhooks:
            return
        concerned = _concerned(action)
        for webhook in self._world.webhooks.values():
            if webhook.active and webhook.model in concerned:
                self._queue(webhook, action, client)

    def _queue(self, webhook: Webhook, action: Action, client: str) -> None:
        payload = {"model": self._model(webhook.model), "action": ACTION.show(action), "webhook": WEBHOOK.show(webhook)}
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Trello",
            "X-Trello-Webhook": signature(body, webhook.url),
        }
        if client:
            headers["X-Trello-Client-Identifier"] = client
        delivery = Delivery(webhook.url, body, headers, RETRIES)
        delivery.done = lambda status: self._done(webhook, delivery, status)
        self._deliveries().add(delivery)

    def _done(self, webhook: Webhook, delivery: Delivery, status: int | None) -> None:
        if status == _GONE:
            self._world.webhooks.pop(webhook.id, None)
        if status == _GONE or webhook.id not in self._world.webhooks:
            delivery.retries = ()
        if status == 200:
            webhook.failures, webhook.failing_since = 0, None
        else:
            webhook.failures += 1
            webhook.failing_since = webhook.failing_since or stamp(self._world.clock().astimezone(UTC))

    def _model(self, model: str) -> dict[str, object]:
        world = self._world
        if model in world.boards:
            return BOARD.show(world.boards[model])
        if model in world.cards:
            return CARD.show(world.cards[model])
        if model in world.lists:
            return LIST.show(world.lists[model])
        return MEMBER.show(world.members[model]) if model in world.members else {"id": model}


def _concerned(action: Action) -> set[str]:
    data = action.data
    concerned = {action.board.id, action.creator.id, data.get("idMember", ""), data.get("card", {}).get("id", "")}
    for key in ("list", "listBefore", "listAfter"):
        concerned.add(data.get(key, {}).get("id", ""))
    return concerned
