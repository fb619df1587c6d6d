"""Routes for checklists and their items."""

from typing import Any

from pmsync_trello.sandbox.call import Call, invalid, not_found
from pmsync_trello.sandbox.cards import brief
from pmsync_trello.sandbox.objects import STEP, Card, CheckItem, Checklist
from pmsync_trello.sandbox.placing import among
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import BOARD, CARD, CHECK_ITEM, CHECKLIST
from pmsync_trello.sandbox.world import World


def _add(world: World, call: Call, card: Card) -> Any:
    pos = among(call, (one.pos for one in card.checklists.values()), "bottom")
    checklist = Checklist(world.ids.new(), card, call.text("name", "Checklist", empty=False), pos)
    card.checklists[checklist.id] = world.checklists[checklist.id] = checklist
    _record(world, call, "addChecklistToCard", checklist)
    return CHECKLIST.show(checklist)


def _record(world: World, call: Call, kind: str, checklist: Checklist, **data: Any) -> None:
    named = {"id": checklist.id, "name": checklist.name}
    card = checklist.card
    world.record(call, kind, card.board, {"card": brief(card), "checklist": named, **data}, card)


def create(world: World, call: Call) -> Any:
    return _add(world, call, world.card(call, call.id("idCard"), write=True))


def create_on_card(world: World, call: Call, card_id: str) -> Any:
    return _add(world, call, world.card(call, card_id, write=True))


def read_on_card(world: World, call: Call, card_id: str) -> Any:
    card = world.card(call, card_id)
    return [CHECKLIST.show(one, call.params.get("fields")) for one in card.checklists.values()]


def read(world: World, call: Call, checklist_id: str) -> Any:
    return CHECKLIST.show(world.checklist(call, checklist_id), call.params.get("fields"))


def read_part(world: World, call: Call, checklist_id: str, part: str) -> Any:
    checklist = world.checklist(call, checklist_id)
    match part:
        case "board":
            return BOARD.show(checklist.card.board, call.params.get("fields"))
        case "cards":
            return [CARD.show(checklist.card, call.params.get("fields"))]
        case "checkItems":
            return [CHECK_ITEM.show(item, call.params.get("fields")) for item in checklist.items.values()]
        case _ if part in CHECKLIST.getters:
            return {"_value": CHECKLIST.getters[part](checklist)}
        case _:
            raise invalid("field")


def change(world: World, call: Call, checklist_id: str) -> Any:
    checklist = world.checklist(call, checklist_id, write=True)
    if call.has("name"):
        before, checklist.name = checklist.name, call.text("name", empty=False)
        _record(world, call, "updateChecklist", checklist, old={"name": before})
    if call.has("pos"):
        checklist.pos = among(call, (one.pos for one in checklist.card.checklists.values()), "bottom")
    return CHECKLIST.show(checklist)


def change_field(world: World, call: Call, checklist_id: str, name: str) -> Any:
    call.params = {name: call.params.get("value")}
    return change(world, call, checklist_id)


def remove(world: World, call: Call, checklist_id: str) -> Any:
    checklist = world.checklist(call, checklist_id, write=True)
    del checklist.card.checklists[checklist.id], world.checklists[checklist.id]
    _record(world, call, "removeChecklistFromCard", checklist)
    return {"limits": {}}


def remove_on_card(world: World, call: Call, card_id: str, checklist_id: str) -> Any:
    if checklist_id not in world.card(call, card_id).checklists:
        raise not_found()
    return remove(world, call, checklist_id)


def create_item(world: World, call: Call, checklist_id: str) -> Any:
    checklist = world.checklist(call, checklist_id, write=True)
    pos = among(call, (item.pos for item in checklist.items.values()), "bottom")
    state = "complete" if call.flag("checked") else "incomplete"
    item = CheckItem(world.ids.new(), checklist, call.text("name", empty=False), pos, state, call.instant("due"))
    checklist.items[item.id] = item
    named = {"id": item.id, "name": item.name, "state": state}
    _record(world, call, "createCheckItem", checklist, checkItem=named)
    return CHECK_ITEM.show(item)


def read_item(world: World, call: Call, checklist_id: str, item_id: str) -> Any:
    return CHECK_ITEM.show(_item(world.checklist(call, checklist_id), item_id), call.params.get("fields"))


def remove_item(world: World, call: Call, checklist_id: str, item_id: str) -> Any:
    checklist = world.checklist(call, checklist_id, write=True)
    item = _item(checklist, item_id)
    del checklist.items[item.id]
    _record(world, call, "deleteCheckItem", checklist, checkItem={"id": item.id, "name": item.name})
    return {"limits": {}}


def read_item_on_card(world: World, call: Call, card_id: str, item_id: str) -> Any:
    return CHECK_ITEM.show(_item_of(world.card(call, card_id), item_id), call.params.get("fields"))


def change_item(world: World, call: Call, card_id: str, item_id: str) -> Any:
    item = _item_of(world.card(call, card_id, write=True), item_id)
    if call.has("state"):
        _tick(world, call, item)
    if call.has("name"):
        before, item.name = item.name, call.text("name", empty=False)
        named = {"id": item.id, "name": item.name}
        _record(world, call, "updateCheckItem", item.checklist, checkItem=named, old={"name": before})
    if call.has("due"):
        item.due = call.instant("due")
    if call.has("idChecklist"):
        _move(item, world.card(call, card_id).checklists.get(str(call.params["idChecklist"])))
    if call.has("pos"):
        item.pos = among(call, (one.pos for one in item.checklist.items.values()), "bottom")
    if call.has("idMember"):
        item.member = call.params["idMember"] or None
    return CHECK_ITEM.show(item)


def _tick(world: World, call: Call, item: CheckItem) -> None:
    state = {"true": "complete", "false": "incomplete"}.get(call.text("state"), call.text("state"))
    if state not in ("complete", "incomplete"):
        raise invalid("state")
    if state != item.state:
        item.state = state
        named = {"id": item.id, "name": item.name, "state": state}
        _record(world, call, "updateCheckItemStateOnCard", item.checklist, checkItem=named)


def _move(item: CheckItem, to: Checklist | None) -> None:
    """Put a line at the end of a checklist of the same card."""
    if to is None:
        raise invalid("idChecklist")
    if to is not item.checklist:
        del item.checklist.items[item.id]
        item.pos = max((one.pos for one in to.items.values()), default=0.0) + STEP
        item.checklist = to
        to.items[item.id] = item


def change_item_in_list(world: World, call: Call, card_id: str, checklist_id: str, item_id: str) -> Any:
    _item(world.checklist(call, checklist_id), item_id)
    return change_item(world, call, card_id, item_id)


def remove_item_on_card(world: World, call: Call, card_id: str, item_id: str) -> Any:
    item = _item_of(world.card(call, card_id, write=True), item_id)
    return remove_item(world, call, item.checklist.id, item_id)


def _item(checklist: Checklist, item_id: str) -> CheckItem:
    if item_id not in checklist.items:
        raise not_found()
    return checklist.items[item_id]


def _item_of(card: Card, item_id: str) -> CheckItem:
    for checklist in card.checklists.values():
        if item_id in checklist.items:
            return checklist.items[item_id]
    raise not_found()


ROUTES = (
    Route("POST", "checklists", create),
    Route("GET", "checklists/{id}", read),
    Route("PUT", "checklists/{id}", change),
    Route("DELETE", "checklists/{id}", remove),
    Route("POST", "checklists/{id}/checkItems", create_item),
    Route("GET", "checklists/{id}/checkItems/{idCheckItem}", read_item),
    Route("DELETE", "checklists/{id}/checkItems/{idCheckItem}", remove_item),
    Route("GET", "checklists/{id}/{field}", read_part),
    Route("PUT", "checklists/{id}/{field}", change_field),
    Route("GET", "cards/{id}/checklists", read_on_card),
    Route("POST", "cards/{id}/checklists", create_on_card),
    Route("DELETE", "cards/{id}/checklists/{idChecklist}", remove_on_card),
    Route("GET", "cards/{id}/checkItem/{idCheckItem}", read_item_on_card),
    Route("PUT", "cards/{id}/checkItem/{idCheckItem}", change_item),
    Route("DELETE", "cards/{id}/checkItem/{idCheckItem}", remove_item_on_card),
    Route("PUT", "cards/{idCard}/checklist/{idChecklist}/checkItem/{idCheckItem}", change_item_in_list),
)
