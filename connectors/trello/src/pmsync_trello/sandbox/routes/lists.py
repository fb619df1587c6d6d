"""Routes under `/lists`."""

from typing import Any

from pmsync_trello.sandbox.boards import add_list
from pmsync_trello.sandbox.call import Call, invalid
from pmsync_trello.sandbox.cards import to_board, update
from pmsync_trello.sandbox.nesting import actions_json, cards_json
from pmsync_trello.sandbox.objects import BoardList, Card
from pmsync_trello.sandbox.placing import among
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import BOARD, LIST
from pmsync_trello.sandbox.world import World


def create(world: World, call: Call) -> Any:
    return LIST.show(add_list(world, call, world.board(call, call.id("idBoard"), write=True)))


def read(world: World, call: Call, list_id: str) -> Any:
    return LIST.show(world.column(call, list_id), call.params.get("fields", "name,closed,idBoard,pos"))


def change(world: World, call: Call, list_id: str) -> Any:
    column = world.column(call, list_id, write=True)
    if call.params.get("idBoard") is not None and call.id("idBoard") != column.board.id:
        _to_board(world, call, column)
    if call.has("name"):
        _set(world, call, column, "name", call.text("name", empty=False))
    if call.has("closed"):
        _set(world, call, column, "closed", call.flag("closed"))
    if call.has("pos"):
        pos = among(call, (one.pos for one in column.board.lists.values() if one is not column), "bottom")
        _set(world, call, column, "pos", pos)
    if call.has("subscribed"):
        column.subscribed = call.flag("subscribed")
    return LIST.show(column)


def _set(world: World, call: Call, column: BoardList, key: str, value: Any) -> None:
    before = getattr(column, key)
    if before == value:
        return
    setattr(column, key, value)
    shown = {"id": column.id, "name": column.name, key: value}
    world.record(call, "updateList", column.board, {"old": {key: before}, "list": shown})


def _to_board(world: World, call: Call, column: BoardList) -> None:
    """Take a list to another board, with its cards."""
    source, target = column.board, world.board(call, call.id("idBoard"), write=True)
    cards = [card for card in source.cards.values() if card.column is column]
    named = {"id": column.id, "name": column.name}
    world.record(call, "moveListFromBoard", source, {"list": named, "boardTarget": {"id": target.id}})
    del source.lists[column.id]
    target.lists[column.id] = column
    column.board = target
    column.pos = among(Call("PUT", (), {}), (one.pos for one in target.lists.values()), "bottom")
    for card in cards:
        to_board(world, _asking(call, idBoard=target.id, idList=column.id), card)
    world.record(call, "moveListToBoard", target, {"list": named, "boardSource": {"id": source.id}})


def change_field(world: World, call: Call, list_id: str, name: str) -> Any:
    """The old way, one attribute at a time, its value in `value`."""
    if name not in ("closed", "idBoard", "name", "pos", "subscribed"):
        raise invalid(name)
    call.params = {name: call.params.get("value", call.params.get(name))}
    return change(world, call, list_id)


def read_cards(world: World, call: Call, list_id: str, chosen: str = "") -> Any:
    column = world.column(call, list_id)
    return cards_json(call, _cards(column), chosen or str(call.params.get("filter") or "open"))


def _cards(column: BoardList) -> list[Card]:
    return [card for card in column.board.cards.values() if card.column is column]


def read_board(world: World, call: Call, list_id: str) -> Any:
    return BOARD.show(world.column(call, list_id).board, call.params.get("fields"))


def read_actions(world: World, call: Call, list_id: str) -> Any:
    column = world.column(call, list_id)
    about = [action for action in column.board.actions if column.id in _lists(action.data)]
    return actions_json(call, about)


def _lists(data: dict[str, Any]) -> set[str]:
    return {data[key]["id"] for key in ("list", "listBefore", "listAfter") if key in data}


def archive_all(world: World, call: Call, list_id: str) -> Any:
    for card in _cards(world.column(call, list_id, write=True)):
        update(world, _asking(call, closed=True), card)
    return {}


def move_all(world: World, call: Call, list_id: str) -> Any:
    column = world.column(call, list_id, write=True)
    target = world.column(call, call.id("idList"), write=True)
    for card in _cards(column):
        update(world, _asking(call, idBoard=target.board.id, idList=target.id), card)
    return []


def _asking(call: Call, **params: Any) -> Call:
    """The same caller asking something else."""
    return Call(call.verb, call.path, params, token=call.token, member=call.member, client=call.client)


ROUTES = (
    Route("POST", "lists", create),
    Route("GET", "lists/{id}", read),
    Route("PUT", "lists/{id}", change),
    Route("GET", "lists/{id}/cards", read_cards),
    Route("GET", "lists/{id}/cards/{filter}", read_cards),
    Route("GET", "lists/{id}/board", read_board),
    Route("GET", "lists/{id}/actions", read_actions),
    Route("POST", "lists/{id}/archiveAllCards", archive_all),
    Route("POST", "lists/{id}/moveAllCards", move_all),
    Route("PUT", "lists/{id}/{field}", change_field),
)
