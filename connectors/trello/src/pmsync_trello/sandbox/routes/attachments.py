"""Routes for attachments: links, and uploaded files."""

import hashlib
import mimetypes
import re
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from pmsync_trello.sandbox.call import Call, Refused, invalid, not_found
from pmsync_trello.sandbox.cards import linked, record_attachment
from pmsync_trello.sandbox.ids import OBJECT_ID
from pmsync_trello.sandbox.objects import STEP, Attachment, Card
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import ATTACHMENT
from pmsync_trello.sandbox.world import World

_NAME_LIMIT = 256
UPLOAD_LIMIT = 10_000_000
STORE = "trello-attachments"
"""Where files are kept, as a path of the other host."""


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
        attachment = _uploaded(world, call, card, name or (upload.filename or "file")[:_NAME_LIMIT])
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
    content = upload.read()
    if len(content) > UPLOAD_LIMIT:
        raise Refused(413, "File too large")
    mime = upload.mimetype or mimetypes.guess_type(name)[0] or ""
    file = quote(re.sub(r"[^\w.-]+", "_", upload.filename or name))
    key = world.ids.new()
    url = f"https://trello.com/1/cards/{card.id}/attachments/{key}/download/{file}"
    now, member = world.now(), world.caller(call).id
    return Attachment(key, name, url, now, member, STEP, mime, len(content), upload=True, file=file, content=content)


def download(world: World, call: Call, card_id: str, attachment_id: str, file: str) -> Any:
    """Lead to where a file is kept, which is another host. Credentials in the query are refused.

    (Trello's announcement "Authenticated Access to S3", 2021.)
    """
    if not call.signed:
        raise Refused(401, "unauthorized permission requested")
    attachment = _attachment(world.card(call, card_id), attachment_id)
    if not attachment.upload or attachment.file != quote(file):
        raise not_found()
    host = call.base.replace("//127.0.0.1", "//localhost")
    signature = sign(attachment.id)
    return Response(status=302, headers={"Location": f"{host}/{STORE}/{attachment.id}/{quote(file)}?{signature}"})


def kept(world: World, request: Request) -> Response:
    """The other host. It knows an address that nobody could guess, and takes no other sign of who asks."""
    if "Authorization" in request.headers:
        return Response("Only one auth mechanism allowed", 400, content_type="text/plain")
    wanted = request.path.split("/")[2]
    found = (one for card in world.cards.values() for one in card.attachments.values() if one.id == wanted)
    attachment = next(found, None)
    if attachment is None or request.query_string.decode() != sign(wanted):
        return Response("Access Denied", 403, content_type="text/plain")
    return Response(attachment.content, content_type=attachment.mime or "application/octet-stream")


def sign(attachment_id: str) -> str:
    """The query of the address at which a file is kept."""
    return f"X-Amz-Signature={hashlib.sha256(attachment_id.encode()).hexdigest()}"


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
    Route("GET", "cards/{id}/attachments/{idAttachment}/download/{fileName}", download),
    Route("DELETE", "cards/{id}/attachments/{idAttachment}", remove),
)
