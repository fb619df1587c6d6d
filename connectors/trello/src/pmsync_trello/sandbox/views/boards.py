"""How boards, their lists and their custom fields are shown."""

from typing import Any

from pmsync_trello.sandbox.objects import Board, BoardList, CustomField
from pmsync_trello.sandbox.views.view import View, slug


def board_url(board: Board) -> str:
    """The board's page."""
    return f"https://trello.com/b/{board.short_link}/{slug(board.name)}"


WORKSPACE = {
    "id": "5d5ea62fd76aa1136000000b",
    "name": "acme",
    "displayName": "Acme",
    "desc": "",
    "url": "https://trello.com/w/acme",
}
"""The workspace that every board belongs to. Nobody whom the sandbox knows is in it: they are guests on its boards."""
_BACKGROUND = "5d5ea62fd76aa1136000000d"


def _prefs(board: Board) -> dict[str, Any]:
    return {
        "permissionLevel": board.permission,
        "hideVotes": False,
        "voting": "disabled",
        "comments": "members",
        "invitations": "members",
        "selfJoin": False,
        "cardCovers": True,
        "isTemplate": False,
        "cardAging": "regular",
        "calendarFeedEnabled": False,
        "background": _BACKGROUND,
        "backgroundImage": None,
        "backgroundTile": False,
        "backgroundBrightness": "dark",
        "backgroundBottomColor": "#0079BF",
        "backgroundTopColor": "#0079BF",
        "canBePublic": True,
        "canBeOrg": True,
        "canBePrivate": True,
        "canInvite": True,
    }


def _board_limits(board: Board) -> dict[str, Any]:
    def limit(most: int) -> dict[str, Any]:
        return {"status": "ok", "disableAt": most, "warnAt": int(most * 0.9)}

    return {
        "cards": {"openPerBoard": limit(5000), "totalPerBoard": limit(2_000_000)},
        "labels": {"perBoard": limit(1000)},
        "lists": {"openPerBoard": limit(500), "totalPerBoard": limit(3000)},
    }


COLORS = ("green", "yellow", "orange", "red", "purple", "blue", "sky", "lime", "pink", "black")


def _label_names(board: Board) -> dict[str, str]:
    names = {label.color: label.name for label in reversed(board.labels.values()) if label.color}
    return {color: names.get(color, "") for color in COLORS}


BOARD: View[Board] = View(
    {
        "id": lambda board: board.id,
        "name": lambda board: board.name,
        "desc": lambda board: board.desc,
        "descData": lambda board: None,
        "closed": lambda board: board.closed,
        "dateClosed": lambda board: None,
        "idOrganization": lambda board: WORKSPACE["id"],
        "idEnterprise": lambda board: None,
        "idMemberCreator": lambda board: board.creator.id,
        "pinned": lambda board: False,
        "starred": lambda board: False,
        "subscribed": lambda board: False,
        "url": board_url,
        "shortUrl": lambda board: f"https://trello.com/b/{board.short_link}",
        "shortLink": lambda board: board.short_link,
        "prefs": _prefs,
        "labelNames": _label_names,
        "limits": _board_limits,
        "dateLastActivity": lambda board: board.active_at,
        "enterpriseOwned": lambda board: False,
    },
    "name,desc,descData,closed,idOrganization,pinned,url,shortUrl,prefs,labelNames",
)

LIST: View[BoardList] = View(
    {
        "id": lambda column: column.id,
        "name": lambda column: column.name,
        "closed": lambda column: column.closed,
        "idBoard": lambda column: column.board.id,
        "pos": lambda column: column.pos,
        "subscribed": lambda column: column.subscribed,
        "softLimit": lambda column: None,
    },
)


def options(custom_field: CustomField) -> list[dict[str, Any]]:
    """The choices of a field of type list."""
    return [
        {
            "id": option.id,
            "idCustomField": custom_field.id,
            "value": {"text": option.text},
            "color": option.color,
            "pos": option.pos,
        }
        for option in sorted(custom_field.options.values(), key=lambda option: option.pos)
    ]


def custom_field_json(custom_field: CustomField) -> dict[str, Any]:
    """A definition; `options` only where there are any to choose."""
    shown: dict[str, Any] = {
        "id": custom_field.id,
        "idModel": custom_field.board.id,
        "modelType": "board",
        "fieldGroup": custom_field.id * 2,
        "display": {"cardFront": custom_field.card_front},
        "name": custom_field.name,
        "pos": custom_field.pos,
        "type": custom_field.kind,
        "isSuggestedField": False,
    }
    if custom_field.kind == "list":
        shown["options"] = options(custom_field)
    return shown
