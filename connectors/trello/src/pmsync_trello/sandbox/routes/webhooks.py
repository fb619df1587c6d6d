"""Routes for webhooks."""

from typing import Any
from urllib.parse import urlsplit

from pmsync_trello.sandbox.call import Call, Refused, invalid, not_found
from pmsync_trello.sandbox.objects import Webhook
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import WEBHOOK
from pmsync_trello.sandbox.world import World


def _address(call: Call) -> str:
    url = call.text("callbackURL", empty=False)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise invalid("callbackURL")
    return url


def _model(world: World, call: Call) -> str:
    """The id of what is to be watched, if the caller may see it."""
    model = call.id("idModel")
    if model in world.boards:
        world.board(call, model)
    elif model in world.cards:
        world.card(call, model)
    elif model in world.lists:
        world.column(call, model)
    elif model not in world.members:
        raise invalid("idModel")
    return model


def create(world: World, call: Call) -> Any:
    world.caller(call)
    url, model = _address(call), _model(world, call)
    for one in world.webhooks.values():
        if (one.token, one.model, one.url) == (call.token, model, url):
            raise Refused(400, "A webhook with that callback, model, and token already exists")
    world.greet(url)
    description = call.text("description", "")
    webhook = Webhook(world.ids.new(), call.token, description, model, url, call.flag("active", True))
    world.webhooks[webhook.id] = webhook
    return WEBHOOK.show(webhook)


def create_for_token(world: World, call: Call, token: str) -> Any:
    world.owns(call, token)
    return create(world, call)


def read_all(world: World, call: Call, token: str) -> Any:
    world.owns(call, token)
    return [WEBHOOK.show(one) for one in world.webhooks.values() if one.token == token]


def _own(world: World, call: Call, webhook_id: str) -> Webhook:
    webhook = world.webhooks.get(webhook_id)
    if webhook is None or webhook.token != call.token:
        raise not_found()
    return webhook


def read(world: World, call: Call, webhook_id: str) -> Any:
    return WEBHOOK.show(_own(world, call, webhook_id))


def read_field(world: World, call: Call, webhook_id: str, name: str) -> Any:
    webhook = _own(world, call, webhook_id)
    if name not in WEBHOOK.getters:
        raise invalid("field")
    return {"_value": WEBHOOK.getters[name](webhook)}


def change(world: World, call: Call, webhook_id: str) -> Any:
    webhook = _own(world, call, webhook_id)
    if call.has("callbackURL") and _address(call) != webhook.url:
        world.greet(_address(call))
        webhook.url = _address(call)
    if call.has("idModel"):
        webhook.model = _model(world, call)
    webhook.description = call.text("description", webhook.description)
    webhook.active = call.flag("active", webhook.active)
    return WEBHOOK.show(webhook)


def remove(world: World, call: Call, webhook_id: str) -> Any:
    del world.webhooks[_own(world, call, webhook_id).id]
    return {"_value": None}


def for_token(answer: Any) -> Any:
    """The same route below its token."""

    def below(world: World, call: Call, token: str, webhook_id: str) -> Any:
        world.owns(call, token)
        return answer(world, call, webhook_id)

    return below


ROUTES = (
    Route("POST", "webhooks", create),
    Route("GET", "webhooks/{id}", read),
    Route("PUT", "webhooks/{id}", change),
    Route("DELETE", "webhooks/{id}", remove),
    Route("GET", "webhooks/{id}/{field}", read_field),
    Route("GET", "tokens/{token}/webhooks", read_all),
    Route("POST", "tokens/{token}/webhooks", create_for_token),
    Route("GET", "tokens/{token}/webhooks/{idWebhook}", for_token(read)),
    Route("PUT", "tokens/{token}/webhooks/{idWebhook}", for_token(change)),
    Route("DELETE", "tokens/{token}/webhooks/{idWebhook}", for_token(remove)),
)
