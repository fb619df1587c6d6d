"""What an answer carries inside it when asked: a board's lists and cards, a card's attachments and actions."""

from collections.abc import Iterable
from typing import Any

from pmsync_trello.sandbox.call import Call, invalid, parse_moment
from pmsync_trello.sandbox.ids import OBJECT_ID
from pmsync_trello.sandbox.objects import Action, Board, BoardList, Card
from pmsync_trello.sandbox.views import (
    ACTION,
    ATTACHMENT,
    BOARD,
    CARD,
    CHECKLIST,
    IN_BOARD,
    LABEL,
    LIST,
    MEMBER,
    MEMBERSHIP,
    custom_field_json,
    field_items,
)

PAGE = 1000
ACTIONS_PAGE = 50
_OFF = (None, "", "none", "false", False)


def wanted(call: Call, name: str) -> bool:
    """Whether a nested resource is asked for."""
    return call.params.get(name) not in _OFF


def cards_json(call: Call, cards: Iterable[Card], chosen: str, *, prefix: str = "") -> list[dict[str, Any]]:
    """Cards of a board or list, filtered and paged as asked, in the order of the board.

    `prefix` is `card_` where the cards are themselves nested.
    """
    keep = _cards_filter(chosen)
    matching = [card for card in cards if keep(card)]
    page = _page(call, matching) if not prefix else matching
    page.sort(key=lambda card: (card.column.pos, card.column.id, card.pos, card.id))
    return [card_json(call, card, prefix=prefix) for card in page]


def _cards_filter(chosen: str) -> Any:
    filters = {
        "all": lambda card: True,
        "open": lambda card: not card.closed,
        "closed": lambda card: card.closed,
        "visible": lambda card: not card.closed and not card.column.closed,
        "complete": lambda card: card.due_complete,
        "incomplete": lambda card: not card.due_complete,
        "none": lambda card: False,
    }
    if chosen not in filters:
        raise invalid("filter")
    return filters[chosen]


def _page(call: Call, cards: list[Card]) -> list[Card]:
    limit = call.whole("limit", PAGE, PAGE)
    since, before = _bound(call, "since"), _bound(call, "before")
    kept = [card for card in cards if _within(card.id, since, before)]
    kept.sort(key=lambda card: card.id)
    return kept[-limit:] if limit else []


def _bound(call: Call, name: str) -> str | None:
    """The bound as the beginning of an id: `since` and `before` speak of creation, and ids begin with its second."""
    value = call.params.get(name)
    if value in (None, "", "null"):
        return None
    if isinstance(value, str) and OBJECT_ID.fullmatch(value):
        return value.lower()
    moment = parse_moment(value)
    if moment is None:
        raise invalid(name)
    return f"{int(moment.timestamp()):08x}"


def _within(object_id: str, since: str | None, before: str | None) -> bool:
    return (since is None or object_id > since) and (before is None or object_id < before)


def card_json(call: Call, card: Card, *, prefix: str = "") -> dict[str, Any]:
    """One card with what was asked to be inside it."""
    fields = call.params.get(f"{prefix}fields")
    shown = CARD.show(card, fields)
    attachments = call.params.get(f"{prefix}attachments")
    if attachments not in (*_OFF, "cover"):
        asked = call.params.get(f"{prefix}attachment_fields")
        shown["attachments"] = [ATTACHMENT.show(one, asked) for one in card.attachments.values()]
    if wanted(call, f"{prefix}checklists"):
        shown["checklists"] = [
            CHECKLIST.show(one, call.params.get("checklist_fields")) for one in card.checklists.values()
        ]
    if wanted(call, f"{prefix}customFieldItems"):
        shown["customFieldItems"] = field_items(card)
    if wanted(call, f"{prefix}members"):
        asked = call.params.get("member_fields", IN_BOARD)
        people = (card.board.memberships[member].member for member in card.members if member in card.board.memberships)
        shown["members"] = [MEMBER.show(member, asked) for member in people]
    if not prefix:
        _card_surroundings(call, card, shown)
    return shown


def _card_surroundings(call: Call, card: Card, shown: dict[str, Any]) -> None:
    if wanted(call, "board"):
        shown["board"] = BOARD.show(card.board, call.params.get("board_fields"))
    if wanted(call, "list"):
        shown["list"] = LIST.show(card.column, call.params.get("list_fields"))
    if wanted(call, "checkItemStates"):
        shown["checkItemStates"] = CARD.getters["checkItemStates"](card)
    if wanted(call, "actions"):
        shown["actions"] = actions_json(call, card.actions, nested=True)
    for nothing in ("stickers", "pluginData", "membersVoted"):
        if wanted(call, nothing):
            shown[nothing] = []


def actions_json(call: Call, actions: list[Action], *, nested: bool = False, default: str = "all") -> list[Any]:
    """Actions, newest first, filtered and paged as asked. `actions` is oldest first."""
    name = "actions" if nested else "filter"
    limit = call.whole("actions_limit" if nested else "limit", ACTIONS_PAGE, PAGE)
    asked = call.params.get(name, default)
    kinds = {kind.strip() for kind in str(asked).split(",")} - {""}
    since, before = (None, None) if nested else (_bound(call, "since"), _bound(call, "before"))
    page = 0 if nested else call.whole("page", 0, PAGE)
    fields = call.params.get("action_fields" if nested else "fields")
    found: list[Action] = []
    for action in reversed(actions):
        if len(found) >= limit * (page + 1):
            break
        if _of_kind(action, kinds) and _within(action.id, since, before):
            found.append(action)
    return [_action_json(call, action, fields) for action in found[limit * page :]]


def _action_json(call: Call, action: Action, fields: Any) -> dict[str, Any]:
    shown = ACTION.show(action, fields)
    if call.params.get("memberCreator") in ("false", False):
        shown.pop("memberCreator", None)
    return shown


def _of_kind(action: Action, kinds: set[str]) -> bool:
    if "all" in kinds or action.type in kinds:
        return True
    return any(f"{action.type}:{key}" in kinds for key in action.data.get("old", ()))


def board_json(call: Call, board: Board, *, nested: bool = True) -> dict[str, Any]:
    """One board with what was asked to be inside it."""
    shown = BOARD.show(board, call.params.get("fields"))
    if not nested:
        return shown
    params = call.params
    if wanted(call, "lists"):
        shown["lists"] = lists_json(board, str(params["lists"]), params.get("list_fields"))
    if wanted(call, "cards"):
        shown["cards"] = cards_json(call, board.cards.values(), str(params["cards"]), prefix="card_")
    if wanted(call, "labels"):
        limit = call.whole("labels_limit", ACTIONS_PAGE, PAGE)
        asked = params.get("label_fields", "all")
        shown["labels"] = [LABEL.show(label, asked) for label in list(board.labels.values())[:limit]]
    if wanted(call, "members"):
        shown["members"] = members_json(board, str(params["members"]), params.get("member_fields", IN_BOARD))
    if wanted(call, "memberships"):
        shown["memberships"] = memberships_json(board, str(params["memberships"]))
    if wanted(call, "customFields"):
        shown["customFields"] = [custom_field_json(one) for one in board.own_fields]
    if wanted(call, "checklists"):
        shown["checklists"] = [CHECKLIST.show(one) for card in board.cards.values() for one in card.checklists.values()]
    if wanted(call, "actions"):
        shown["actions"] = actions_json(call, board.actions, nested=True)
    return shown


def lists_of(board: Board, chosen: str) -> list[BoardList]:
    """The lists of a board from left to right, filtered as asked."""
    states = {"all": (False, True), "open": (False,), "closed": (True,), "none": ()}
    if chosen not in states:
        raise invalid("filter")
    return sorted((one for one in board.lists.values() if one.closed in states[chosen]), key=lambda one: one.pos)


def lists_json(board: Board, chosen: str, fields: Any = None) -> list[dict[str, Any]]:
    """Those lists, without their cards."""
    return [LIST.show(column, fields) for column in lists_of(board, chosen)]


def members_json(board: Board, chosen: str, fields: Any) -> list[dict[str, Any]]:
    """The members of a board of one kind, or all."""
    kinds = {"admins": ("admin",), "owners": ("admin",), "normal": ("normal",), "none": ()}
    kept = kinds.get(chosen, ("admin", "normal", "observer"))
    return [MEMBER.show(one.member, fields) for one in board.memberships.values() if one.kind in kept]


def memberships_json(board: Board, chosen: str = "all") -> list[dict[str, Any]]:
    """Who is on a board, and as what."""
    kept = {"admins": ("admin",), "normal": ("normal",), "none": ()}.get(chosen, ("admin", "normal", "observer"))
    return [MEMBERSHIP.show(one) for one in board.memberships.values() if one.kind in kept]
