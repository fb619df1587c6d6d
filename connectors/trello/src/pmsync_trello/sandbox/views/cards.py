"""How cards and what is on them are shown."""

from typing import Any

from pmsync_trello.sandbox.objects import Attachment, Card, CheckItem, Checklist, FieldItem, Label
from pmsync_trello.sandbox.views.view import View, slug


def card_url(card: Card) -> str:
    """The card's page."""
    return f"https://trello.com/c/{card.short_link}/{card.number}-{slug(card.name)}"


def _badges(card: Card) -> dict[str, Any]:
    items = [item for checklist in card.checklists.values() for item in checklist.items.values()]
    return {
        "attachments": len(card.attachments),
        "attachmentsByType": {"trello": {"board": 0, "card": 0}},
        "location": False,
        "votes": 0,
        "viewingMemberVoted": False,
        "subscribed": card.subscribed,
        "fogbugz": "",
        "checkItems": len(items),
        "checkItemsChecked": sum(item.state == "complete" for item in items),
        "checkItemsEarliestDue": None,
        "comments": card.comments,
        "description": bool(card.desc),
        "due": card.due,
        "dueComplete": card.due_complete,
        "start": card.start,
    }


def _cover(card: Card) -> dict[str, Any]:
    return {
        "idAttachment": None,
        "color": None,
        "idUploadedBackground": None,
        "size": "normal",
        "brightness": "dark",
        "idPlugin": None,
    }


def _check_item_states(card: Card) -> list[dict[str, str]]:
    return [
        {"idCheckItem": item.id, "state": item.state}
        for checklist in card.checklists.values()
        for item in checklist.items.values()
        if item.state == "complete"
    ]


LABEL: View[Label] = View(
    {
        "id": lambda label: label.id,
        "idBoard": lambda label: label.board.id,
        "name": lambda label: label.name,
        "color": lambda label: label.color,
    },
)


def card_labels(card: Card) -> list[dict[str, Any]]:
    """The labels as a card shows them."""
    return [LABEL.show(card.board.labels[label]) for label in card.labels]


CARD: View[Card] = View(
    {
        "id": lambda card: card.id,
        "address": lambda card: None,
        "badges": _badges,
        "checkItemStates": _check_item_states,
        "closed": lambda card: card.closed,
        "coordinates": lambda card: None,
        "creationMethod": lambda card: None,
        "dueComplete": lambda card: card.due_complete,
        "dateLastActivity": lambda card: card.active_at,
        "desc": lambda card: card.desc,
        "descData": lambda card: {"emoji": {}},
        "due": lambda card: card.due,
        "dueReminder": lambda card: card.due_reminder,
        "email": lambda card: None,
        "idBoard": lambda card: card.board.id,
        "idChecklists": lambda card: list(card.checklists),
        "idLabels": lambda card: list(card.labels),
        "idList": lambda card: card.column.id,
        "idMembers": lambda card: list(card.members),
        "idMembersVoted": lambda card: [],
        "idShort": lambda card: card.number,
        "idAttachmentCover": lambda card: None,
        "labels": card_labels,
        "manualCoverAttachment": lambda card: False,
        "name": lambda card: card.name,
        "pos": lambda card: card.pos,
        "shortLink": lambda card: card.short_link,
        "shortUrl": lambda card: f"https://trello.com/c/{card.short_link}",
        "start": lambda card: card.start,
        "subscribed": lambda card: card.subscribed,
        "url": card_url,
        "cover": _cover,
        "isTemplate": lambda card: False,
        "cardRole": lambda card: None,
    },
)


CHECK_ITEM: View[CheckItem] = View(
    {
        "id": lambda item: item.id,
        "name": lambda item: item.name,
        "nameData": lambda item: None,
        "pos": lambda item: item.pos,
        "state": lambda item: item.state,
        "due": lambda item: item.due,
        "dueReminder": lambda item: None,
        "idMember": lambda item: item.member,
        "idChecklist": lambda item: item.checklist.id,
    },
)

CHECKLIST: View[Checklist] = View(
    {
        "id": lambda checklist: checklist.id,
        "name": lambda checklist: checklist.name,
        "idBoard": lambda checklist: checklist.card.board.id,
        "idCard": lambda checklist: checklist.card.id,
        "pos": lambda checklist: checklist.pos,
        "checkItems": lambda checklist: [CHECK_ITEM.show(item) for item in checklist.items.values()],
    },
)

ATTACHMENT: View[Attachment] = View(
    {
        "id": lambda attachment: attachment.id,
        "bytes": lambda attachment: attachment.size,
        "date": lambda attachment: attachment.date,
        "edgeColor": lambda attachment: None,
        "idMember": lambda attachment: attachment.member,
        "isUpload": lambda attachment: attachment.upload,
        "mimeType": lambda attachment: attachment.mime,
        "name": lambda attachment: attachment.name,
        "previews": lambda attachment: [],
        "url": lambda attachment: attachment.url,
        "pos": lambda attachment: attachment.pos,
        "fileName": lambda attachment: attachment.file,
    },
)

FIELD_ITEM: View[FieldItem] = View(
    {
        "id": lambda item: item.id,
        "idValue": lambda item: item.option,
        "value": lambda item: item.value,
        "idCustomField": lambda item: item.field.id,
        "modelType": lambda item: "card",
    },
)


def field_items(card: Card) -> list[dict[str, Any]]:
    """The card's custom field values; what is not set is not there."""
    items = [item for item in card.field_items.values() if item.field in card.board.own_fields]
    return [{**FIELD_ITEM.show(item), "idModel": card.id} for item in items]
