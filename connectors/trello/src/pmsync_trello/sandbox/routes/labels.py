"""Routes for labels and custom fields: what a board defines and its cards use."""

from typing import Any

from pmsync_trello.sandbox.boards import add_custom_field, add_label, add_option, color_of, named
from pmsync_trello.sandbox.call import Call, invalid, not_found
from pmsync_trello.sandbox.objects import CustomField, Label
from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.views import LABEL, custom_field_json, options
from pmsync_trello.sandbox.world import World, with_fields


def create(world: World, call: Call) -> Any:
    return {**LABEL.show(add_label(world, call, world.board(call, call.id("idBoard"), write=True))), "limits": {}}


def read(world: World, call: Call, label_id: str) -> Any:
    return LABEL.show(world.label(call, label_id), call.params.get("fields"))


def change(world: World, call: Call, label_id: str) -> Any:
    label = world.label(call, label_id, write=True)
    if call.has("name"):
        _set(world, call, label, "name", call.text("name", ""))
    if call.has("color"):
        _set(world, call, label, "color", color_of(call))
    return LABEL.show(label)


def _set(world: World, call: Call, label: Label, key: str, value: Any) -> None:
    before = getattr(label, key)
    if before != value:
        setattr(label, key, value)
        world.record(call, "updateLabel", label.board, {"old": {key: before}, "label": named(label)})


def change_field(world: World, call: Call, label_id: str, name: str) -> Any:
    if name not in ("name", "color"):
        raise invalid(name)
    call.params = {name: call.params.get("value")}
    return change(world, call, label_id)


def remove(world: World, call: Call, label_id: str) -> Any:
    """Delete a label, from all cards too."""
    label = world.label(call, label_id, write=True)
    for card in label.board.cards.values():
        if label.id in card.labels:
            card.labels.remove(label.id)
    del label.board.labels[label.id], world.labels[label.id]
    world.record(call, "deleteLabel", label.board, {"label": {"id": label.id}})
    return {"limits": {}}


def create_field(world: World, call: Call) -> Any:
    board = with_fields(world.board(call, call.id("idModel"), write=True))
    return custom_field_json(add_custom_field(world, call, board))


def read_field(world: World, call: Call, field_id: str) -> Any:
    return custom_field_json(world.custom_field(call, field_id))


def change_definition(world: World, call: Call, field_id: str) -> Any:
    custom_field = world.custom_field(call, field_id, write=True)
    if call.has("name"):
        custom_field.name = call.text("name", empty=False)
    data = {"customField": {"id": custom_field.id, "name": custom_field.name}}
    world.record(call, "updateCustomField", custom_field.board, data)
    return custom_field_json(custom_field)


def remove_field(world: World, call: Call, field_id: str) -> Any:
    custom_field = world.custom_field(call, field_id, write=True)
    for card in custom_field.board.cards.values():
        card.field_items.pop(custom_field.id, None)
    del custom_field.board.custom_fields[custom_field.id], world.custom_fields[custom_field.id]
    world.record(call, "deleteCustomField", custom_field.board, {"customField": {"id": custom_field.id}})
    return {"limits": {}}


def read_options(world: World, call: Call, field_id: str) -> Any:
    return options(world.custom_field(call, field_id))


def create_option(world: World, call: Call, field_id: str) -> Any:
    custom_field = world.custom_field(call, field_id, write=True)
    value = call.params.get("value")
    text = value.get("text") if isinstance(value, dict) else value
    if not isinstance(text, str) or not text or custom_field.kind != "list":
        raise invalid("value")
    option = add_option(world, custom_field, text, str(call.params.get("color") or "none"))
    return next(one for one in options(custom_field) if one["id"] == option.id)


def read_option(world: World, call: Call, field_id: str, option_id: str) -> Any:
    custom_field = world.custom_field(call, field_id)
    _option(custom_field, option_id)
    return next(one for one in options(custom_field) if one["id"] == option_id)


def remove_option(world: World, call: Call, field_id: str, option_id: str) -> Any:
    custom_field = world.custom_field(call, field_id, write=True)
    _option(custom_field, option_id)
    del custom_field.options[option_id]
    for card in custom_field.board.cards.values():
        item = card.field_items.get(custom_field.id)
        if item is not None and item.option == option_id:
            del card.field_items[custom_field.id]
    return {}


def _option(custom_field: CustomField, option_id: str) -> None:
    if option_id not in custom_field.options:
        raise not_found()


ROUTES = (
    Route("POST", "labels", create),
    Route("GET", "labels/{id}", read),
    Route("PUT", "labels/{id}", change),
    Route("PUT", "labels/{id}/{field}", change_field),
    Route("DELETE", "labels/{id}", remove),
    Route("POST", "customFields", create_field),
    Route("GET", "customFields/{id}", read_field),
    Route("PUT", "customFields/{id}", change_definition),
    Route("DELETE", "customFields/{id}", remove_field),
    Route("GET", "customFields/{id}/options", read_options),
    Route("POST", "customFields/{id}/options", create_option),
    Route("GET", "customFields/{id}/options/{idCustomFieldOption}", read_option),
    Route("DELETE", "customFields/{id}/options/{idCustomFieldOption}", remove_option),
)
