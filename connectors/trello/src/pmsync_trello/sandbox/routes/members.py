"""Routes for members, tokens and search: who someone is, and what they can find."""

from typing import Any

from pmsync_trello.sandbox.call import Call, invalid, not_found
from pmsync_trello.sandbox.nesting import actions_json, card_json, lists_json, wanted
from pmsync_trello.sandbox.objects import Board, Card, Member
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import BOARD, CARD, IN_BOARD, MEMBER, WORKSPACE, token_json
from pmsync_trello.sandbox.world import World


def read(world: World, call: Call, reference: str) -> Any:
    member = world.person(call, reference)
    shown = _show(call, member, call.params.get("fields"))
    if wanted(call, "boards"):
        fields = call.params.get("board_fields")
        shown["boards"] = [BOARD.show(one, fields or "all") for one in _boards(world, call, member, "all")]
    if wanted(call, "cards"):
        shown["cards"] = [CARD.show(card, call.params.get("card_fields")) for card in _cards(world, call, member)]
    for nothing_ in ("organizations", "notifications", "boardStars", "tokens"):
        if wanted(call, nothing_):
            shown[nothing_] = []
    return shown


def _show(call: Call, member: Member, fields: Any) -> dict[str, Any]:
    """One's own e-mail address shows to oneself alone."""
    shown = MEMBER.show(member, fields)
    if "email" in shown and member is call.member:
        shown["email"] = member.email
    return shown


def _boards(world: World, call: Call, member: Member, chosen: str) -> list[Board]:
    """The member's boards, as far as the caller is on them too."""
    caller = world.caller(call)
    states = {"open": (False,), "closed": (True,), "starred": ()}.get(chosen, (False, True))
    return [
        board
        for board in world.boards.values()
        if member.id in board.memberships and caller.id in board.memberships and board.closed in states
    ]


def _cards(world: World, call: Call, member: Member) -> list[Card]:
    boards = _boards(world, call, member, "open")
    cards = (card for board in boards for card in board.cards.values())
    return [card for card in cards if member.id in card.members and not card.closed and not card.column.closed]


def read_boards(world: World, call: Call, reference: str, chosen: str = "") -> Any:
    member = world.person(call, reference)
    shown = []
    for board in _boards(world, call, member, chosen or str(call.params.get("filter") or "all")):
        json = BOARD.show(board, call.params.get("fields") or "all")
        if wanted(call, "lists"):
            json["lists"] = lists_json(board, str(call.params["lists"]))
        shown.append(json)
    return shown


def read_cards(world: World, call: Call, reference: str) -> Any:
    return [card_json(call, card) for card in _cards(world, call, world.person(call, reference))]


def read_actions(world: World, call: Call, reference: str) -> Any:
    member = world.person(call, reference)
    boards = _boards(world, call, member, "all")
    actions = [action for board in boards for action in board.actions if action.creator is member]
    return actions_json(call, sorted(actions, key=lambda action: action.id))


def read_part(world: World, call: Call, reference: str, part: str) -> Any:
    """A field, or one of the things of which the sandbox's members have none."""
    member = world.person(call, reference)
    if part in ("organizations", "notifications", "boardStars", "boardsInvited", "organizationsInvited"):
        return []
    if part not in MEMBER.getters:
        raise invalid("field")
    return {"_value": _show(call, member, part)[part]}


def read_token(world: World, call: Call, token: str) -> Any:
    return token_json(world.owns(call, token), world.caller(call))


def read_token_member(world: World, call: Call, token: str) -> Any:
    world.owns(call, token)
    return _show(call, world.caller(call), call.params.get("fields"))


def revoke(world: World, call: Call, token: str) -> Any:
    world.revoke(world.owns(call, token))
    return {"_value": None}


def search(world: World, call: Call) -> Any:
    """Search texts. The index may lag behind."""
    query = call.text("query", empty=False)
    kinds = set(_listed(call, "modelTypes")) or {"all"}
    found: dict[str, Any] = {
        "options": {"terms": [{"text": query}], "modifiers": [], "modelTypes": sorted(kinds), "partial": False}
    }
    if kinds & {"all", "cards"}:
        found["cards"] = _found_cards(world, call, query)
    if kinds & {"all", "boards"}:
        boards = [one for one in _visible(world, call) if query.casefold() in one.name.casefold()]
        limit = call.whole("boards_limit", 10, 1000)
        fields = call.params.get("board_fields", "name,idOrganization")
        found["boards"] = [BOARD.show(board, fields) for board in boards[:limit]]
    if kinds & {"all", "members"}:
        found["members"] = _found_members(world, call, query, call.whole("members_limit", 10, 1000))
    if kinds & {"all", "organizations"}:
        found["organizations"] = []
    return found


def _listed(call: Call, name: str) -> list[str]:
    value = call.params.get(name) or ""
    return [part for part in str(value).split(",") if part]


def _visible(world: World, call: Call) -> list[Board]:
    return _boards(world, call, world.caller(call), "all")


def _found_cards(world: World, call: Call, query: str) -> list[dict[str, Any]]:
    visible = {board.id for board in _visible(world, call)}
    boards = set(_listed(call, "idBoards")) - {"mine"}
    limit, page = call.whole("cards_limit", 10, 1000), call.whole("cards_page", 0, 100)
    cards = []
    for card_id in world.index.find(query, partial=call.flag("partial")):
        card = world.cards.get(card_id)
        if card is not None and card.board.id in visible and (not boards or card.board.id in boards):
            cards.append(card)
    return [CARD.show(card, call.params.get("card_fields")) for card in cards[limit * page : limit * (page + 1)]]


def _found_members(world: World, call: Call, query: str, limit: int) -> list[dict[str, Any]]:
    asked = query.casefold()
    matching = [
        one for one in world.members.values() if asked in one.full_name.casefold() or one.username.startswith(asked)
    ]
    return [MEMBER.show(one, call.params.get("member_fields", f"{IN_BOARD},initials")) for one in matching[:limit]]


def search_members(world: World, call: Call) -> Any:
    world.caller(call)
    return _found_members(world, call, call.text("query", empty=False), call.whole("limit", 8, 20))


def read_organization(world: World, call: Call, reference: str) -> Any:
    """The one workspace there is, by id or name."""
    world.caller(call)
    if reference not in (WORKSPACE["id"], WORKSPACE["name"]):
        raise not_found()
    return WORKSPACE


ROUTES = (
    Route("GET", "members/{id}", read),
    Route("GET", "members/{id}/boards", read_boards),
    Route("GET", "members/{id}/boards/{filter}", read_boards),
    Route("GET", "members/{id}/cards", read_cards),
    Route("GET", "members/{id}/actions", read_actions),
    Route("GET", "members/{id}/{field}", read_part),
    Route("GET", "tokens/{token}", read_token),
    Route("GET", "tokens/{token}/member", read_token_member),
    Route("DELETE", "tokens/{token}", revoke),
    Route("GET", "search", search),
    Route("GET", "search/members", search_members),
    Route("GET", "organizations/{id}", read_organization),
)
