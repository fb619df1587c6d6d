"""Routes under `/cards`: the card itself, its labels, members and history."""

from typing import Any

from pmsync_trello.sandbox.boards import add_label as make_label
from pmsync_trello.sandbox.boards import set_field_item
from pmsync_trello.sandbox.call import Call, invalid
from pmsync_trello.sandbox.cards import (
    add_card,
    add_label,
    add_member,
    delete,
    remove_label,
    remove_member,
    update,
)
from pmsync_trello.sandbox.nesting import actions_json, card_json
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import (
    ATTACHMENT,
    BOARD,
    CARD,
    FIELD_ITEM,
    IN_BOARD,
    LIST,
    MEMBER,
    card_labels,
    field_items,
)
from pmsync_trello.sandbox.world import World, with_fields

_ONE_BY_ONE = (
    "closed",
    "desc",
    "due",
    "dueComplete",
    "dueReminder",
    "idBoard",
    "idLabels",
    "idList",
    "idMembers",
    "name",
    "pos",
    "start",
    "subscribed",
)


def create(world: World, call: Call) -> Any:
    if call.params.get("idList") is None:
        raise invalid("idList")
    column = world.lists.get(call.id("idList"))
    if column is None:
        raise invalid("idList")
    column = world.column(call, column.id, write=True)
    copied = call.params.get("idCardSource")
    source = world.card(call, call.id("idCardSource")) if copied else None
    card = add_card(world, call, column, source)
    attachments = [ATTACHMENT.show(one) for one in card.attachments.values()]
    return {**CARD.show(card), "attachments": attachments, "stickers": [], "limits": {}}


def read(world: World, call: Call, card_id: str) -> Any:
    return card_json(call, world.card(call, card_id))


def read_field(world: World, call: Call, card_id: str, name: str) -> Any:
    card = world.card(call, card_id)
    if name not in CARD.getters:
        raise invalid("field")
    return {"_value": CARD.getters[name](card)}


def change(world: World, call: Call, card_id: str) -> Any:
    card = world.card(call, card_id, write=True)
    update(world, call, card)
    return CARD.show(card)


def change_field(world: World, call: Call, card_id: str, name: str) -> Any:
    """The old way, one attribute at a time, its value in `value`."""
    if name not in _ONE_BY_ONE:
        raise invalid(name)
    beside = {key: value for key, value in call.params.items() if name == "idBoard" and key == "idList"}
    call.params = {**beside, name: call.params.get("value", call.params.get(name))}
    return change(world, call, card_id)


def remove(world: World, call: Call, card_id: str) -> Any:
    delete(world, call, world.card(call, card_id, write=True))
    return {"limits": {}}


def read_board(world: World, call: Call, card_id: str) -> Any:
    return BOARD.show(world.card(call, card_id).board, call.params.get("fields"))


def read_list(world: World, call: Call, card_id: str) -> Any:
    return LIST.show(world.card(call, card_id).column, call.params.get("fields"))


def read_members(world: World, call: Call, card_id: str) -> Any:
    fields = call.params.get("fields", IN_BOARD)
    return [MEMBER.show(world.members[member], fields) for member in world.card(call, card_id).members]


def read_actions(world: World, call: Call, card_id: str) -> Any:
    card = world.card(call, card_id)
    return actions_json(call, card.actions, default="commentCard,updateCard:idList")


def put_label(world: World, call: Call, card_id: str) -> Any:
    card = world.card(call, card_id, write=True)
    add_label(world, call, card, call.id("value"))
    return list(card.labels)


def put_new_label(world: World, call: Call, card_id: str) -> Any:
    """Make a label on the board, and put it on the card."""
    card = world.card(call, card_id, write=True)
    add_label(world, call, card, make_label(world, call, card.board).id)
    return card_labels(card)


def take_label(world: World, call: Call, card_id: str, label_id: str) -> Any:
    remove_label(world, call, world.card(call, card_id, write=True), label_id)
    return {"_value": None}


def put_member(world: World, call: Call, card_id: str) -> Any:
    card = world.card(call, card_id, write=True)
    add_member(world, call, card, call.id("value"))
    return [MEMBER.show(world.members[member], IN_BOARD) for member in card.members]


def take_member(world: World, call: Call, card_id: str, member_id: str) -> Any:
    card = world.card(call, card_id, write=True)
    remove_member(world, call, card, member_id)
    return [MEMBER.show(world.members[member], IN_BOARD) for member in card.members]


def read_field_items(world: World, call: Call, card_id: str) -> Any:
    return field_items(world.card(call, card_id))


def put_field_item(world: World, call: Call, card_id: str, field_id: str) -> Any:
    card = world.card(call, card_id, write=True)
    custom_field = with_fields(card.board).custom_fields.get(field_id)
    if custom_field is None:
        raise invalid("idCustomField")
    item = set_field_item(world, call, card, custom_field)
    if item is None:
        return {"idValue": None, "value": None, "idCustomField": field_id, "idModel": card.id, "modelType": "card"}
    return {**FIELD_ITEM.show(item), "idModel": card.id}


def nothing(world: World, call: Call, card_id: str) -> Any:
    """What the sandbox's cards have none of: stickers, votes, a Power-Up's data."""
    world.card(call, card_id)
    return []


ROUTES = (
    Route("POST", "cards", create),
    Route("GET", "cards/{id}", read),
    Route("PUT", "cards/{id}", change),
    Route("DELETE", "cards/{id}", remove),
    Route("GET", "cards/{id}/board", read_board),
    Route("GET", "cards/{id}/list", read_list),
    Route("GET", "cards/{id}/members", read_members),
    Route("GET", "cards/{id}/actions", read_actions),
    Route("POST", "cards/{id}/idLabels", put_label),
    Route("POST", "cards/{id}/labels", put_new_label),
    Route("DELETE", "cards/{id}/idLabels/{idLabel}", take_label),
    Route("POST", "cards/{id}/idMembers", put_member),
    Route("POST", "cards/{id}/members", put_member),
    Route("DELETE", "cards/{id}/idMembers/{idMember}", take_member),
    Route("GET", "cards/{id}/customFieldItems", read_field_items),
    Route("PUT", "cards/{idCard}/customField/{idCustomField}/item", put_field_item),
    Route("GET", "cards/{id}/stickers", nothing),
    Route("GET", "cards/{id}/pluginData", nothing),
    Route("GET", "cards/{id}/membersVoted", nothing),
    Route("GET", "cards/{id}/{field}", read_field),
    Route("PUT", "cards/{id}/{field}", change_field),
)
