"""What can be done to a card, and what its history says of it."""

from typing import Any

from pmsync_trello.sandbox.call import Call, Refused, invalid
from pmsync_trello.sandbox.ids import short_link
from pmsync_trello.sandbox.objects import STEP, Attachment, Board, BoardList, Card, Label
from pmsync_trello.sandbox.placing import place
from pmsync_trello.sandbox.world import World

COMMENTS = ("commentCard", "copyCommentCard")
"""The actions that are comments."""


def brief(card: Card) -> dict[str, Any]:
    """A card as the data of an action names it."""
    return {"id": card.id, "name": card.name, "idShort": card.number, "shortLink": card.short_link}


def in_list(column: BoardList) -> dict[str, Any]:
    """A list as the data of an action names it."""
    return {"id": column.id, "name": column.name}


def add_card(world: World, call: Call, column: BoardList, source: Card | None = None) -> Card:
    """Make a card of what the call says; the rest, and the history's wording, from the card it copies."""
    board = column.board
    keep = _kept(call) if source else frozenset()
    origin = source if source else None
    due = origin.due if origin and "due" in keep else None
    start = origin.start if origin and "start" in keep else None
    members = on_board(board, call.ids("idMembers"), "idMembers")
    labels = known_labels(board, call.ids("idLabels"), "idLabels")
    url = call.params.get("urlSource")
    card_id = world.ids.new()
    card = Card(
        id=card_id,
        short_link=short_link(card_id),
        number=board.numbers + 1,
        board=board,
        column=column,
        name=call.text("name", origin.name if origin else _name_of(url)),
        desc=call.text("desc", origin.desc if origin else ""),
        pos=0,
        active_at=world.now(),
        due=call.instant("due") if call.has("due") else due,
        start=call.instant("start") if call.has("start") else start,
        due_complete=call.flag("dueComplete"),
        members=members,
        labels=labels,
    )
    link = linked(world, call, str(url), "") if url else None
    card.pos = place(call, column)
    board.numbers += 1
    board.cards[card_id] = world.cards[card_id] = card
    world.short_links[card.short_link] = card_id
    if link is not None:
        card.attachments[link.id] = link
    data: dict[str, Any] = {"card": brief(card), "list": in_list(column)}
    if origin is not None:
        _copy_parts(world, card, origin, keep)
        data["cardSource"] = brief(origin)
    world.record(call, "copyCard" if origin else "createCard", board, data, card)
    if link is not None:
        record_attachment(world, call, card, link, "addAttachmentToCard")
    if origin is not None and "comments" in keep:
        _copy_comments(world, call, card, origin)
    return card


def _kept(call: Call) -> frozenset[str]:
    everything = "attachments,checklists,comments,customFields,due,start,labels,members"
    asked = str(call.params.get("keepFromSource") or "all")
    return frozenset((everything if asked == "all" else asked).split(","))


def _name_of(url: object) -> str:
    return str(url) if url else ""


def linked(world: World, call: Call, url: str, name: str) -> Attachment:
    """A link as an attachment. Raises Refused unless it begins like the address of a page."""
    if not url.startswith(("http://", "https://")):
        raise invalid("url")
    return Attachment(world.ids.new(), name or url, url, world.now(), world.caller(call).id, STEP)


def record_attachment(world: World, call: Call, card: Card, attachment: Attachment, kind: str) -> None:
    """Write into the history that an attachment came or went."""
    named = {"id": attachment.id, "name": attachment.name, "url": attachment.url}
    world.record(call, kind, card.board, {"card": brief(card), "attachment": named}, card)


def _copy_parts(world: World, card: Card, source: Card, keep: frozenset[str]) -> None:
    if "labels" in keep:
        card.labels += [label for label in source.labels if label in card.board.labels and label not in card.labels]
    if "members" in keep:
        fitting = (one for one in source.members if one in card.board.memberships)
        card.members += [member for member in fitting if member not in card.members]
    if "attachments" in keep:
        for one in source.attachments.values():
            copy = Attachment(world.ids.new(), one.name, one.url, world.now(), one.member, one.pos, one.mime, one.size)
            copy.upload, copy.file, copy.content = one.upload, one.file, one.content
            card.attachments[copy.id] = copy


def _copy_comments(world: World, call: Call, card: Card, source: Card) -> None:
    """Comments that come along with a copy are the copier's actions, of a kind of their own."""
    for action in [one for one in source.actions if one.type in COMMENTS]:
        data: dict[str, Any] = {
            "text": action.data["text"],
            "card": brief(card),
            "cardSource": brief(source),
            "list": in_list(card.column),
            "idOriginalCommenter": action.data.get("idOriginalCommenter", action.creator.id),
        }
        card.comments += 1
        world.record(call, "copyCommentCard", card.board, data, card)


def on_board(board: Board, members: list[str], name: str) -> list[str]:
    """The members, if all of them are on the board. Raises Refused."""
    if any(member not in board.memberships for member in members):
        raise invalid(name)
    return members


def known_labels(board: Board, labels: list[str], name: str) -> list[str]:
    """The labels, if all of them are the board's. Raises Refused."""
    if any(label not in board.labels for label in labels):
        raise invalid(name)
    return labels


def update(world: World, call: Call, card: Card) -> None:
    """Change what the call names and leave the rest. Everything is read before anything is changed."""
    if "idBoard" in call.params and call.id("idBoard") != card.board.id:
        to_board(world, call, card)
    column = _column(world, call, card)
    changes = _scalars(call)
    members = on_board(card.board, call.ids("idMembers"), "idMembers") if call.has("idMembers") else None
    labels = known_labels(card.board, call.ids("idLabels"), "idLabels") if call.has("idLabels") else None
    if column is not card.column:
        _move(world, call, card, column)
    elif call.params.get("pos") not in (None, ""):
        _set(world, call, card, "pos", "pos", place(call, card.column))
    for key, (attribute, value) in changes.items():
        _set(world, call, card, key, attribute, value)
    if members is not None:
        _replace(world, call, card, members, card.members, add_member, remove_member)
    if labels is not None:
        _replace(world, call, card, labels, card.labels, add_label, remove_label)


def _column(world: World, call: Call, card: Card) -> BoardList:
    if call.params.get("idList") is None:
        return card.column
    column = card.board.lists.get(call.id("idList"))
    if column is None:
        raise invalid("idList")
    return column


def _scalars(call: Call) -> dict[str, tuple[str, Any]]:
    """What is to be set: Trello's name of the field -> the attribute of `Card` and its new value."""
    changes: dict[str, tuple[str, Any]] = {}
    if call.has("name"):
        changes["name"] = ("name", call.text("name", empty=False))
    if call.has("desc"):
        changes["desc"] = ("desc", call.text("desc", ""))
    for key in ("due", "start"):
        if call.has(key):
            changes[key] = (key, call.instant(key))
    for key, attribute in (("dueComplete", "due_complete"), ("closed", "closed"), ("subscribed", "subscribed")):
        if call.has(key):
            changes[key] = (attribute, call.flag(key))
    if call.has("dueReminder"):
        reminder = call.params["dueReminder"]
        changes["dueReminder"] = ("due_reminder", None if reminder in (None, "") else int(reminder))
    return changes


def _set(world: World, call: Call, card: Card, key: str, attribute: str, value: Any) -> None:
    before = getattr(card, attribute)
    if before == value:
        return
    setattr(card, attribute, value)
    data = {"old": {key: before}, "card": {**brief(card), key: value}, "list": in_list(card.column)}
    world.record(call, "updateCard", card.board, data, card)


def _move(world: World, call: Call, card: Card, column: BoardList) -> None:
    before, card.column = card.column, column
    card.pos = place(call, column)
    data = {
        "old": {"idList": before.id},
        "card": {**brief(card), "idList": column.id},
        "listBefore": in_list(before),
        "listAfter": in_list(column),
    }
    world.record(call, "updateCard", card.board, data, card)


def _replace(world: World, call: Call, card: Card, wanted: list[str], now: list[str], add: Any, remove: Any) -> None:
    for gone in [one for one in now if one not in wanted]:
        remove(world, call, card, gone)
    for new in [one for one in wanted if one not in now]:
        add(world, call, card, new)


def add_member(world: World, call: Call, card: Card, member_id: str) -> None:
    """Put a member on a card. Raises Refused for one that is on it, or not on the board."""
    if member_id in card.members:
        raise Refused(400, "member is already on the card")
    card.members.append(*on_board(card.board, [member_id], "value"))
    _record_member(world, call, card, "addMemberToCard", member_id)


def remove_member(world: World, call: Call, card: Card, member_id: str) -> None:
    """Take a member off a card. Raises Refused for one that is not on it."""
    if member_id not in card.members:
        raise Refused(400, "member is not on the card")
    card.members.remove(member_id)
    _record_member(world, call, card, "removeMemberFromCard", member_id)


def _record_member(world: World, call: Call, card: Card, kind: str, member_id: str) -> None:
    member = world.members[member_id]
    data = {"card": brief(card), "idMember": member_id, "member": {"id": member_id, "name": member.full_name}}
    world.record(call, kind, card.board, data, card)


def add_label(world: World, call: Call, card: Card, label_id: str) -> None:
    """Put a label on a card. Raises Refused for one that is on it, or not the board's."""
    if label_id in card.labels:
        raise Refused(400, "that label is already on the card")
    card.labels.append(*known_labels(card.board, [label_id], "value"))
    _record_label(world, call, card, "addLabelToCard", card.board.labels[label_id])


def remove_label(world: World, call: Call, card: Card, label_id: str) -> None:
    """Take a label off a card. Raises Refused for one that is not on it."""
    if label_id not in card.labels:
        raise Refused(400, "that label is not on the card")
    card.labels.remove(label_id)
    _record_label(world, call, card, "removeLabelFromCard", card.board.labels[label_id])


def _record_label(world: World, call: Call, card: Card, kind: str, label: Label) -> None:
    named = {"id": label.id, "name": label.name, "color": label.color}
    world.record(call, kind, card.board, {"card": brief(card), "label": named}, card)


def to_board(world: World, call: Call, card: Card) -> None:
    """Move a card to another board: it keeps its id, gets a new number, and loses what that board does not have."""
    target = world.board(call, call.id("idBoard"), write=True)
    source, before = card.board, card.column
    open_lists = sorted((one for one in target.lists.values() if not one.closed), key=lambda one: one.pos)
    wanted = target.lists.get(call.id("idList")) if call.has("idList") else next(iter(open_lists), None)
    if wanted is None:
        raise invalid("idList")
    away = {"boardTarget": {"id": target.id}, "card": brief(card), "list": in_list(before)}
    world.record(call, "moveCardFromBoard", source, away, card)
    labels = [_counterpart(target, source.labels[label]) for label in card.labels]
    del source.cards[card.id]
    target.cards[card.id] = card
    target.numbers += 1
    card.board, card.column, card.number = target, wanted, target.numbers
    card.pos = place(call, wanted)
    card.labels = list(dict.fromkeys(label.id for label in labels if label))
    card.members = [member for member in card.members if member in target.memberships]
    card.field_items.clear()
    here = {"boardSource": {"id": source.id}, "card": brief(card), "list": in_list(wanted)}
    world.record(call, "moveCardToBoard", target, here, card)


def _counterpart(board: Board, label: Label) -> Label | None:
    same = (one for one in board.labels.values() if (one.name, one.color) == (label.name, label.color))
    return next(same, None)


def delete(world: World, call: Call, card: Card) -> None:
    """Remove a card for good, with its history; what is left says only that there was one."""
    board = card.board
    world.forget_actions(card)
    del board.cards[card.id], world.cards[card.id], world.short_links[card.short_link]
    for checklist in card.checklists:
        world.checklists.pop(checklist, None)
    world.index.drop(card)
    named = {"id": card.id, "idShort": card.number, "shortLink": card.short_link}
    world.record(call, "deleteCard", board, {"card": named, "list": in_list(card.column)})
