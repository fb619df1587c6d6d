"""What can be done to a board: making one, and giving it lists, labels and custom fields."""

from collections.abc import Iterable
from typing import Any

from pmsync_trello.sandbox.call import Call, invalid
from pmsync_trello.sandbox.ids import short_link
from pmsync_trello.sandbox.objects import (
    STEP,
    Board,
    BoardList,
    Card,
    CustomField,
    FieldItem,
    Label,
    Member,
    Membership,
    Option,
)
from pmsync_trello.sandbox.placing import among
from pmsync_trello.sandbox.views import COLORS
from pmsync_trello.sandbox.world import World

DEFAULT_LISTS = ("To Do", "Doing", "Done")
DEFAULT_COLORS = COLORS[:6]
"""A new board has a label of each of these colours, without names."""
_SHADES = {f"{color}_{shade}" for color in COLORS for shade in ("light", "dark")}
_KINDS = ("checkbox", "date", "list", "number", "text")


def add_board(world: World, name: str, creator: Member, lists: Iterable[str], *, labels: bool = True) -> Board:
    """Make a board; whoever makes it is its administrator."""
    board_id = world.ids.new()
    board = Board(board_id, short_link(board_id), name, world.now(), creator)
    board.memberships[creator.id] = Membership(world.ids.new(), creator, "admin")
    world.boards[board_id] = board
    world.short_links[board.short_link] = board_id
    for place, title in enumerate(lists, 1):
        put_list(world, board, title, place * STEP)
    for color in DEFAULT_COLORS if labels else ():
        put_label(world, board, "", color)
    return board


def put_list(world: World, board: Board, name: str, pos: float) -> BoardList:
    """Give the board a list."""
    column = BoardList(world.ids.new(), board, name, pos)
    board.lists[column.id] = world.lists[column.id] = column
    return column


def put_label(world: World, board: Board, name: str, color: str | None) -> Label:
    """Give the board a label."""
    label = Label(world.ids.new(), board, name, color)
    board.labels[label.id] = world.labels[label.id] = label
    return label


def add_list(world: World, call: Call, board: Board) -> BoardList:
    """Make the list that the call describes, on the left unless it says otherwise."""
    name = call.text("name", empty=False)
    column = put_list(world, board, name, among(call, (one.pos for one in board.lists.values()), "top"))
    world.record(call, "createList", board, {"list": {"id": column.id, "name": name}})
    return column


def add_label(world: World, call: Call, board: Board) -> Label:
    """Make the label that the call describes."""
    label = put_label(world, board, call.text("name", ""), color_of(call))
    world.record(call, "createLabel", board, {"label": named(label)})
    return label


def named(label: Label) -> dict[str, Any]:
    """A label as the data of an action names it."""
    return {"id": label.id, "name": label.name, "color": label.color}


def color_of(call: Call, name: str = "color") -> str | None:
    """A label's colour; null, and Trello's word for it, is none. Raises Refused for an unknown one."""
    color = call.params.get(name)
    if color in (None, "", "null"):
        return None
    if color not in COLORS and color not in _SHADES:
        raise invalid(name)
    return str(color)


def is_admin(board: Board, member: Member) -> bool:
    """Whether this member may change the board itself."""
    membership = board.memberships.get(member.id)
    return membership is not None and membership.kind == "admin"


def add_custom_field(world: World, call: Call, board: Board) -> CustomField:
    """Define a field; `options` may be texts, or objects as Trello's own client sends them."""
    kind = call.text("type")
    if kind not in _KINDS:
        raise invalid("type")
    pos = among(call, (one.pos for one in board.custom_fields.values()), "bottom")
    front = call.flag("display_cardFront", True)
    custom_field = CustomField(world.ids.new(), board, call.text("name", empty=False), kind, pos, front)
    for option in call.params.get("options") or ():
        text = option if isinstance(option, str) else option.get("value", {}).get("text", "")
        add_option(world, custom_field, text, "none" if isinstance(option, str) else option.get("color", "none"))
    board.custom_fields[custom_field.id] = world.custom_fields[custom_field.id] = custom_field
    world.record(call, "createCustomField", board, {"customField": {"id": custom_field.id, "name": custom_field.name}})
    return custom_field


def add_option(world: World, custom_field: CustomField, text: str, color: str = "none") -> Option:
    """Give a field of type list one more choice."""
    option = Option(world.ids.new(), text, color, STEP * (len(custom_field.options) + 1))
    custom_field.options[option.id] = option
    return option


def set_field_item(world: World, call: Call, card: Card, custom_field: CustomField) -> FieldItem | None:
    """Set or clear a card's value of a custom field. All values are strings. Raises Refused for a wrong kind."""
    before = card.field_items.get(custom_field.id)
    option, value = _field_value(call, custom_field)
    item = None
    if option is None and value is None:
        card.field_items.pop(custom_field.id, None)
    else:
        item = FieldItem(before.id if before else world.ids.new(), custom_field, option, value)
        card.field_items[custom_field.id] = item
    data = {
        "old": {"value": before.value if before else None, "idValue": before.option if before else None},
        "customField": {"id": custom_field.id, "name": custom_field.name, "type": custom_field.kind},
        "customFieldItem": {"idCustomField": custom_field.id, "idValue": option, "value": value, "idModel": card.id},
        "card": {"id": card.id, "name": card.name, "idShort": card.number, "shortLink": card.short_link},
    }
    world.record(call, "updateCustomFieldItem", card.board, data, card)
    return item


def _field_value(call: Call, custom_field: CustomField) -> tuple[str | None, dict[str, str] | None]:
    if custom_field.kind == "list":
        option = call.params.get("idValue")
        if option in (None, ""):
            return None, None
        if option not in custom_field.options:
            raise invalid("idValue")
        return str(option), None
    value = call.params.get("value")
    if value in (None, "", {}):
        return None, None
    key = "checked" if custom_field.kind == "checkbox" else custom_field.kind
    if not isinstance(value, dict) or set(value) != {key}:
        raise invalid("value")
    return None, _checked_value(key, value[key])


def _checked_value(key: str, value: Any) -> dict[str, str] | None:
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if key == "checked" and text not in ("true", "false"):
        raise invalid("value")
    if key == "number":
        try:
            float(text)
        except ValueError:
            raise invalid("value") from None
    # An unticked box is no value at all.
    return None if (key, text) == ("checked", "false") else {key: text}
