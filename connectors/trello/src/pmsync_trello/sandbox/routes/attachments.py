"""Routes for attachments: links, and uploaded files."""

from typing import Any

from pmsync_trello.sandbox.call import Call, invalid, not_found
from pmsync_trello.sandbox.cards import linked, record_attachment
from pmsync_trello.sandbox.ids import OBJECT_ID
from pmsync_trello.sandbox.objects import STEP, Attachment, Card
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import ATTACHMENT
from pmsync_trello.sandbox.world import World

_NAME_LIMIT = 256


def read_all(world: World, call: Call, card_id: str) -> Any:
    card = world.card(call, card_id)
    if call.params.get("filter") == "cover":
        return []
    return [ATTACHMENT.show(one, call.params.get("fields")) for one in card.attachments.values()]


def read(world: World, call: Call, card_id: str, attachment_id: str) -> Any:
    """The answer is a list of one: so says the official document."""
    return [ATTACHMENT.show(_attachment(world.card(call, card_id), attachment_id), call.params.get("fields"))]


def create(world: World, call: Call, card_id: str) -> Any:
    """The answer is a list of one: so says the official document."""
    card = world.card(call, card_id, write=True)
    name = call.text("name", "", limit=_NAME_LIMIT)
    upload = call.files.get("file")
    if upload is not None:
        attachment = _uploaded(world, call, card, name or upload.filename or "file")
    elif call.params.get("url"):
        attachment = linked(world, call, call.text("url"), name)
    else:
        raise invalid("url")
    attachment.mime = attachment.mime or call.text("mimeType", "", limit=_NAME_LIMIT)
    attachment.pos = STEP * (len(card.attachments) + 1)
    card.attachments[attachment.id] = attachment
    record_attachment(world, call, card, attachment, "addAttachmentToCard")
    return [ATTACHMENT.show(attachment)]


def _uploaded(world: World, call: Call, card: Card, name: str) -> Attachment:
    upload = call.files["file"]
    key = world.ids.new()
    url = f"https://trello.com/1/cards/{card.id}/attachments/{key}/download/{name}"
    size = len(upload.read())
    now, member = world.now(), world.caller(call).id
    return Attachment(key, name, url, now, member, STEP, upload.mimetype, size, upload=True, file=upload.filename)


def remove(world: World, call: Call, card_id: str, attachment_id: str) -> Any:
    card = world.card(call, card_id, write=True)
    attachment = _attachment(card, attachment_id)
    del card.attachments[attachment.id]
    record_attachment(world, call, card, attachment, "deleteAttachmentFromCard")
    return {"limits": {}}


def _attachment(card: Card, attachment_id: str) -> Attachment:
    if not OBJECT_ID.fullmatch(attachment_id):
        raise invalid("idAttachment")
    if attachment_id not in card.attachments:
        raise not_found()
    return card.attachments[attachment_id]


ROUTES = (
    Route("GET", "cards/{id}/attachments", read_all),
    Route("POST", "cards/{id}/attachments", create),
    Route("GET", "cards/{id}/attachments/{idAttachment}", read),
    Route("DELETE", "cards/{id}/attachments/{idAttachment}", remove),
)
