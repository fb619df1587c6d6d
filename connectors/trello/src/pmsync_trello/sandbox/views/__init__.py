"""How Trello shows its objects as JSON."""

from pmsync_trello.sandbox.views.boards import BOARD, COLORS, LIST, WORKSPACE, board_url, custom_field_json, options
from pmsync_trello.sandbox.views.cards import (
    ATTACHMENT,
    CARD,
    CHECK_ITEM,
    CHECKLIST,
    FIELD_ITEM,
    LABEL,
    card_labels,
    card_url,
    field_items,
)
from pmsync_trello.sandbox.views.history import ACTION, APP, WEBHOOK, token_json
from pmsync_trello.sandbox.views.people import CREATOR, IN_BOARD, MEMBER, MEMBERSHIP
from pmsync_trello.sandbox.views.view import View

__all__ = [
    "ACTION",
    "APP",
    "ATTACHMENT",
    "BOARD",
    "CARD",
    "CHECKLIST",
    "CHECK_ITEM",
    "COLORS",
    "CREATOR",
    "FIELD_ITEM",
    "IN_BOARD",
    "LABEL",
    "LIST",
    "MEMBER",
    "MEMBERSHIP",
    "WEBHOOK",
    "WORKSPACE",
    "View",
    "board_url",
    "card_labels",
    "card_url",
    "custom_field_json",
    "field_items",
    "options",
    "token_json",
]
