"""Routes under `/boards`."""

from typing import Any

from pmsync_trello.sandbox.boards import DEFAULT_LISTS, add_board, add_label, add_list, is_admin
from pmsync_trello.sandbox.call import Call, Refused, invalid, not_found
from pmsync_trello.sandbox.nesting import (
    actions_json,
    board_json,
    card_json,
    cards_json,
    lists_json,
    lists_of,
    members_json,
    memberships_json,
)
from pmsync_trello.sandbox.objects import Board, Membership
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import BOARD, CHECKLIST, LABEL, LIST, custom_field_json
from pmsync_trello.sandbox.world import World

_CARD_FILTERS = ("all", "closed", "complete", "incomplete", "none", "open", "visible")


def read_board(world: World, call: Call, board_id: str) -> Any:
    return board_json(call, world.board(call, board_id))


def read_field(world: World, call: Call, board_id: str, name: str) -> Any:
    board = world.board(call, board_id)
    if name not in BOARD.getters:
        raise invalid("field")
    return {"_value": BOARD.getters[name](board)}


def read_cards(world: World, call: Call, board_id: str) -> Any:
    board = world.board(call, board_id)
    return cards_json(call, board.cards.values(), str(call.params.get("filter") or "visible"))


def read_cards_or_card(world: World, call: Call, board_id: str, chosen: str) -> Any:
    """One segment, two meanings: a filter, or one card of the board."""
    board = world.board(call, board_id)
    if chosen in _CARD_FILTERS:
        return cards_json(call, board.cards.values(), chosen)
    card = world.card(call, chosen)
    if card.board is not board:
        raise not_found()
    return card_json(call, card)


def read_lists(world: World, call: Call, board_id: str, chosen: str = "") -> Any:
    board = world.board(call, board_id)
    chosen = chosen or str(call.params.get("filter") or "open")
    shown = lists_json(board, chosen, call.params.get("fields"))
    filter_ = call.params.get("cards")
    if filter_ in (None, "", "none"):
        return shown
    for column, json in zip(lists_of(board, chosen), shown, strict=True):
        cards = (card for card in board.cards.values() if card.column is column)
        json["cards"] = cards_json(call, cards, str(filter_), prefix="card_")
    return shown


def read_labels(world: World, call: Call, board_id: str) -> Any:
    board = world.board(call, board_id)
    limit = call.whole("limit", 50, 1000)
    return [LABEL.show(label, call.params.get("fields")) for label in list(board.labels.values())[:limit]]


def read_label(world: World, call: Call, board_id: str, label_id: str) -> Any:
    board = world.board(call, board_id)
    label = world.label(call, label_id)
    if label.board is not board:
        raise not_found()
    return LABEL.show(label)


def create_label(world: World, call: Call, board_id: str) -> Any:
    return LABEL.show(add_label(world, call, world.board(call, board_id, write=True)))


def create_list(world: World, call: Call, board_id: str) -> Any:
    return LIST.show(add_list(world, call, world.board(call, board_id, write=True)))


def read_members(world: World, call: Call, board_id: str) -> Any:
    board = world.board(call, board_id)
    fields = call.params.get("fields", "fullName,username")
    return members_json(board, str(call.params.get("filter") or "all"), fields)


def read_memberships(world: World, call: Call, board_id: str) -> Any:
    return memberships_json(world.board(call, board_id), str(call.params.get("filter") or "all"))


def read_custom_fields(world: World, call: Call, board_id: str) -> Any:
    board = world.board(call, board_id)
    return [custom_field_json(one) for one in board.own_fields]


def read_checklists(world: World, call: Call, board_id: str) -> Any:
    cards = world.board(call, board_id).cards.values()
    return [CHECKLIST.show(one) for card in cards for one in card.checklists.values()]


def read_actions(world: World, call: Call, board_id: str) -> Any:
    return actions_json(call, world.board(call, board_id).actions)


def create_board(world: World, call: Call) -> Any:
    creator = world.caller(call)
    lists = DEFAULT_LISTS if call.flag("defaultLists", True) else ()
    board = add_board(world, call.text("name", empty=False), creator, lists, labels=call.flag("defaultLabels", True))
    board.desc = call.text("desc", "")
    board.permission = call.text("prefs_permissionLevel", board.permission)
    world.record(call, "createBoard", board, {})
    return {**BOARD.show(board), "limits": {}}


def _administered(world: World, call: Call, board_id: str) -> Board:
    """A board that the caller may change or close; unlike other writes, also when it is closed."""
    board = world.board(call, board_id)
    if not is_admin(board, world.caller(call)):
        raise Refused(401, "unauthorized permission requested")
    return board


def _change(world: World, call: Call, board: Board, key: str, value: Any) -> None:
    before = getattr(board, key)
    if before == value:
        return
    setattr(board, key, value)
    world.record(call, "updateBoard", board, {"old": {key: before}})


def update_board(world: World, call: Call, board_id: str) -> Any:
    board = _administered(world, call, board_id)
    if call.has("name"):
        _change(world, call, board, "name", call.text("name", empty=False))
    if call.has("desc"):
        _change(world, call, board, "desc", call.text("desc", ""))
    if call.has("closed"):
        _change(world, call, board, "closed", call.flag("closed"))
    return BOARD.show(board)


def update_field(world: World, call: Call, board_id: str, name: str) -> Any:
    """The old way, one attribute at a time, its value in `value`."""
    if name not in ("name", "desc", "closed"):
        raise invalid(name)
    call.params[name] = call.params.get("value")
    return update_board(world, call, board_id)


def delete_board(world: World, call: Call, board_id: str) -> Any:
    board = _administered(world, call, board_id)
    for card in board.cards.values():
        del world.cards[card.id], world.short_links[card.short_link]
        world.index.drop(card)
    for one in board.lists:
        del world.lists[one]
    for one in board.labels:
        del world.labels[one]
    for action in board.actions:
        world.actions.pop(action.id, None)
    del world.boards[board.id], world.short_links[board.short_link]
    return {"_value": None}


def put_member(world: World, call: Call, board_id: str, member: str) -> Any:
    """Add a member, or change what one is."""
    board = _administered(world, call, board_id)
    person = world.person(call, member)
    kind = str(call.params.get("type") or "normal")
    if kind not in ("admin", "normal", "observer"):
        raise invalid("type")
    known = board.memberships.get(person.id)
    if known is not None:
        known.kind = kind
    else:
        board.memberships[person.id] = Membership(world.ids.new(), person, kind)
        world.record(call, "addMemberToBoard", board, {"idMemberAdded": person.id, "memberType": kind})
    return {
        "id": board.id,
        "members": members_json(board, "all", "fullName,username"),
        "memberships": memberships_json(board),
    }


def remove_member(world: World, call: Call, board_id: str, member: str) -> Any:
    """Take a member off the board, and so off its cards. Anyone may leave."""
    person = world.person(call, member)
    leaving = call.member is not None and person.id == call.member.id
    board = world.board(call, board_id) if leaving else _administered(world, call, board_id)
    if person.id not in board.memberships:
        raise invalid("idMember")
    for card in board.cards.values():
        if person.id in card.members:
            card.members.remove(person.id)
    world.record(call, "removeMemberFromBoard", board, {"idMember": person.id})
    del board.memberships[person.id]
    return {"id": board.id, "memberships": memberships_json(board)}


def _plugins(board: Board) -> list[dict[str, str]]:
    # The id of a Power-Up's being on a board is not its own; nobody needs it to be anything but known.
    return [{"id": f"{board.id[:8]}{plugin[8:]}", "idBoard": board.id, "idPlugin": plugin} for plugin in board.plugins]


def read_plugins(world: World, call: Call, board_id: str) -> Any:
    return _plugins(world.board(call, board_id))


def switch_plugin_on(world: World, call: Call, board_id: str) -> Any:
    board, plugin = world.board(call, board_id, write=True), call.id("idPlugin")
    if plugin in board.plugins:
        raise invalid("idPlugin")
    board.plugins.append(plugin)
    return _plugins(board)[-1]


def switch_plugin_off(world: World, call: Call, board_id: str, plugin: str) -> Any:
    board = world.board(call, board_id, write=True)
    if plugin not in board.plugins:
        raise not_found()
    board.plugins.remove(plugin)
    return {}


def nothing(world: World, call: Call, board_id: str) -> Any:
    """What the sandbox's boards have none of: power-ups, stars."""
    world.board(call, board_id)
    return []


ROUTES = (
    Route("POST", "boards", create_board),
    Route("GET", "boards/{id}", read_board),
    Route("PUT", "boards/{id}", update_board),
    Route("DELETE", "boards/{id}", delete_board),
    Route("GET", "boards/{id}/cards", read_cards),
    Route("GET", "boards/{id}/cards/{filter}", read_cards_or_card),
    Route("GET", "boards/{id}/lists", read_lists),
    Route("GET", "boards/{id}/lists/{filter}", read_lists),
    Route("POST", "boards/{id}/lists", create_list),
    Route("GET", "boards/{id}/labels", read_labels),
    Route("GET", "boards/{id}/labels/{idLabel}", read_label),
    Route("POST", "boards/{id}/labels", create_label),
    Route("GET", "boards/{id}/members", read_members),
    Route("PUT", "boards/{id}/members/{idMember}", put_member),
    Route("DELETE", "boards/{id}/members/{idMember}", remove_member),
    Route("GET", "boards/{id}/memberships", read_memberships),
    Route("GET", "boards/{id}/customFields", read_custom_fields),
    Route("GET", "boards/{id}/checklists", read_checklists),
    Route("GET", "boards/{id}/actions", read_actions),
    Route("GET", "boards/{id}/plugins", nothing),
    Route("GET", "boards/{id}/boardPlugins", read_plugins),
    Route("POST", "boards/{id}/boardPlugins", switch_plugin_on),
    Route("DELETE", "boards/{id}/boardPlugins/{idPlugin}", switch_plugin_off),
    Route("GET", "boards/{id}/boardStars", nothing),
    Route("GET", "boards/{id}/{field}", read_field),
    Route("PUT", "boards/{id}/{field}", update_field),
)
