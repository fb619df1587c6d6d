"""Routes for comments, which are actions that can be edited, and for actions."""

from typing import Any

from pmsync_trello.sandbox.call import Call, Refused, invalid, not_found
from pmsync_trello.sandbox.cards import COMMENTS, brief, in_list
from pmsync_trello.sandbox.objects import Action, Card
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import ACTION, BOARD, CARD, LIST, MEMBER
from pmsync_trello.sandbox.world import World


def create(world: World, call: Call, card_id: str) -> Any:
    card = world.card(call, card_id, write=True)
    text = call.text("text", empty=False)
    card.comments += 1
    data = {"text": text, "card": brief(card), "list": in_list(card.column)}
    return ACTION.show(world.record(call, "commentCard", card.board, data, card))


def _comment(world: World, call: Call, action_id: str) -> tuple[Action, Card]:
    action = world.action(call, action_id, write=True)
    card = world.cards.get(action.card or "")
    if action.type not in COMMENTS or card is None:
        raise invalid("action")
    return action, card


def edit(world: World, call: Call, action_id: str) -> Any:
    """Change a comment's text; one's own only."""
    action, card = _comment(world, call, action_id)
    if action.creator is not call.member:
        raise Refused(401, "unauthorized action permission requested")
    text = call.text("text" if call.has("text") else "value", empty=False)
    before = action.data["text"]
    action.data["text"] = text
    action.data["dateLastEdited"] = world.now()
    data = {"old": {"text": before}, "action": {"id": action.id, "text": text}, "card": brief(card)}
    world.record(call, "updateComment", card.board, data, card)
    return ACTION.show(action)


def edit_on_card(world: World, call: Call, card_id: str, action_id: str) -> Any:
    _on_card(world, call, card_id, action_id)
    return edit(world, call, action_id)


def remove(world: World, call: Call, action_id: str) -> Any:
    """Delete a comment; one's own, or anyone's as an administrator of the board."""
    action, card = _comment(world, call, action_id)
    caller = world.caller(call)
    if action.creator is not caller and card.board.memberships[caller.id].kind != "admin":
        raise Refused(401, "unauthorized action permission requested")
    card.actions.remove(action)
    card.board.actions.remove(action)
    del world.actions[action.id]
    card.comments -= 1
    world.record(call, "deleteComment", card.board, {"action": {"id": action.id}, "card": brief(card)}, card)
    return {"_value": None}


def remove_on_card(world: World, call: Call, card_id: str, action_id: str) -> Any:
    _on_card(world, call, card_id, action_id)
    return remove(world, call, action_id)


def _on_card(world: World, call: Call, card_id: str, action_id: str) -> None:
    if world.action(call, action_id).card != world.card(call, card_id).id:
        raise not_found()


def read(world: World, call: Call, action_id: str) -> Any:
    return ACTION.show(world.action(call, action_id), call.params.get("fields"))


def read_part(world: World, call: Call, action_id: str, part: str) -> Any:
    action = world.action(call, action_id)
    card = world.cards.get(action.card or "")
    if part in ("card", "list") and card is None:
        raise not_found()
    match part:
        case "board":
            return BOARD.show(action.board, call.params.get("fields"))
        case "card" if card:
            return CARD.show(card, call.params.get("fields"))
        case "list" if card:
            return LIST.show(card.column, call.params.get("fields"))
        case "memberCreator":
            return MEMBER.show(action.creator, call.params.get("fields"))
        case _ if part in ACTION.getters:
            return {"_value": ACTION.getters[part](action)}
        case _:
            raise invalid("field")


ROUTES = (
    Route("POST", "cards/{id}/actions/comments", create),
    Route("PUT", "cards/{id}/actions/{idAction}/comments", edit_on_card),
    Route("DELETE", "cards/{id}/actions/{idAction}/comments", remove_on_card),
    Route("GET", "actions/{id}", read),
    Route("PUT", "actions/{id}", edit),
    Route("PUT", "actions/{id}/text", edit),
    Route("DELETE", "actions/{id}", remove),
    Route("GET", "actions/{id}/{field}", read_part),
)
