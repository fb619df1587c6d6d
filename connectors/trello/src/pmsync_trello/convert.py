"""Between Trello's JSON and native values, both ways. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pmsync.model.fields import Field, Json
from pmsync.model.native import Event, Marker, Native, Ref
from pmsync.model.part import mark_in
from pmsync.text.dialect import Dialect
from pmsync_trello import described, linking, telling
from pmsync_trello.checklists import CARD
from pmsync_trello.custom_values import StrangeOptionError, value, values
from pmsync_trello.moments import born, instant, moment
from pmsync_trello.names import Names

Record = Mapping[str, Any]

OBJECT_ID = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)
SHORT_LINK = re.compile(r"[0-9A-Za-z]{8}")

_NOWHERE = "https://pmsync.invalid/"
"""Where a marker's link leads when there is no twin to lead to: Trello takes nothing but the address of a page."""

SCALARS = {
    Field.TITLE: "name",
    Field.DESCRIPTION: "desc",
    Field.STATUS: "idList",
    Field.DUE: "due",
    Field.START: "start",
}
"""The fields that are attributes of a card, and their names there."""


def native(
    card: Record,
    names: Names,
    dialect: Dialect,
    *,
    marker: Marker | None = None,
    targets: Mapping[str, str] | None = None,
) -> Native:
    """A card as an item. `marker` is the one that is known to be on it where the card's own JSON tells no attachments;
    `targets` the ids behind the short links of the cards that it leads to.

    Only its history tells who created it, so only where that comes with the card is it known.

    Raises KeyError, TypeError or ValueError for what is no card, StrangeOptionError where the names are out of date.
    """
    labels = [label["name"] for label in card["labels"]]
    urls = [str(one["url"]) for one in card.get("attachments", ()) if not linking.leads(one)]
    markers = [(url, Marker.from_link(url)) for url in urls]
    found = next((one for _, one in markers if one), marker)
    fields: dict[Field, Json] = {
        Field.TITLE: text(card["name"]),
        Field.DESCRIPTION: _description(card, names, dialect),
        Field.STATUS: {"place": card["idList"]},
        Field.ASSIGNEES: list(card["idMembers"]),
        Field.LABELS: label_set(labels),
        Field.DUE: instant(card["due"]),
        Field.START: instant(card["start"]),
        Field.LINKS: linking.links(card, targets or {}),
        **values(card, names.held),
        **({Field.TYPE: CARD, Field.PARENT: None} if names.nested else {}),
    }
    return Native(
        ref=Ref(card["id"], card["shortLink"], card["shortUrl"]),
        fields=fields,
        created_at=born(card["id"]),
        updated_at=moment(card["dateLastActivity"]),
        creator=next(
            (one.get("idMemberCreator") for one in card.get("actions") or () if one["type"] in telling.BORN), None
        ),
        marker=found,
        # A card on an archived list says `closed: false`, but it was put away with its list: Trello shows it nowhere.
        archived=bool(card["closed"]) or names.put_away(card["idList"]),
        admitted=names.admits(card["idBoard"], card["idList"], labels),
        links=tuple(url for url, one in markers if one is None and mark_in(url) is None),
    )


def _description(card: Record, names: Names, dialect: Dialect) -> Json:
    """A card's text; with its checklists, as far as its JSON tells them, where the description shows them."""
    told = card.get("checklists") or () if names.described else ()
    return dialect.canonical(described.of_card(card["desc"] or "", told))


def text(value: str) -> str:
    """A title without NUL, which shows as nothing and which other tools refuse."""
    return value.replace("\x00", "")


def label_set(labels: Iterable[str]) -> list[Json]:
    """The names of labels in their one canonical order. Labels without a name are colours, not words."""
    return [*sorted({label for label in labels if label})]


def marker_link(marker: Marker) -> str:
    """The marker as an attachment's URL."""
    link = marker.link()
    return link if link.startswith(("https://", "http://")) else _NOWHERE + link


def attribute(field: Field, value: Json) -> Json:
    """A native value as the attribute of a card that it is. An empty description is a text, not null."""
    if field is Field.STATUS:
        return value.get("place") if isinstance(value, dict) else None
    if field is Field.TITLE:
        return text(str(value))
    if field is Field.DESCRIPTION:
        return described.prose(value)
    return value


def reference(written: str) -> str | None:
    """The id or short link in what a person wrote: an id, a short link, or a card's URL; None for anything else."""
    written = written.strip()
    in_url = linking.CARD_URL.fullmatch(written)
    if in_url:
        return in_url[1]
    return written if OBJECT_ID.fullmatch(written) or SHORT_LINK.fullmatch(written) else None


def events(
    actions: Sequence[Record], since: datetime, names: Names, dialect: Dialect, shown: Json = None
) -> list[Event]:
    """What a card's history tells since a moment, oldest first. `actions` as Trello has them: newest first. `shown` is
    the description that the card has now."""
    recent = [action for action in reversed(actions) if moment(action["date"]) >= since]
    told = [
        Event(moment(action["date"]), action.get("idMemberCreator"), *change)
        for action in recent
        for change in _changes(action, names, dialect)
    ]
    return telling.with_checklists(told, recent, since, shown) if names.described else told


def _changes(action: Record, names: Names, dialect: Dialect) -> list[tuple[Field, Json, Json]]:
    data = action.get("data") or {}
    match action["type"]:
        case "updateCard":
            return [change for change in _attributes(data, dialect) if change[0] not in names.held]
        case "addMemberToCard":
            return [(Field.ASSIGNEES, [], [_member(data)])]
        case "removeMemberFromCard":
            return [(Field.ASSIGNEES, [_member(data)], [])]
        case "addLabelToCard" if _label(data):
            return [(Field.LABELS, [], [_label(data)])]
        case "removeLabelFromCard" if _label(data):
            return [(Field.LABELS, [_label(data)], [])]
        case "updateCustomFieldItem":
            return _field_item(data, names)
        case _:
            return []


def _attributes(data: Record, dialect: Dialect) -> list[tuple[Field, Json, Json]]:
    """The fields in an update. `old` holds what was changed and nothing else; a move tells its lists besides."""
    old, card = data.get("old") or {}, data.get("card") or {}
    changes = []
    for field, key in SCALARS.items():
        if key in old:
            after = card.get(key, (data.get("listAfter") or {}).get("id") if field is Field.STATUS else None)
            changes.append((field, _shown(field, old[key], dialect), _shown(field, after, dialect)))
    return changes


def _shown(field: Field, value: Any, dialect: Dialect) -> Json:
    match field:
        case Field.STATUS:
            return {"place": value}
        case Field.DESCRIPTION:
            return dialect.canonical(value or "")
        case Field.TITLE:
            return text(value or "")
        case _:
            return instant(value)


def _member(data: Record) -> Json:
    return str(data.get("idMember") or (data.get("member") or {}).get("id") or "")


def _label(data: Record) -> str:
    return str((data.get("label") or {}).get("name") or data.get("text") or "")


def _field_item(data: Record, names: Names) -> list[tuple[Field, Json, Json]]:
    before, after = data.get("old") or {}, data.get("customFieldItem") or {}
    wanted = after.get("idCustomField") or (data.get("customField") or {}).get("id")
    found = next(((field, custom) for field, custom in names.held.items() if custom.id == wanted), None)
    if found is None:
        return []
    field, custom = found
    try:
        return [(field, value(before, custom, field), value(after, custom, field))]
    except StrangeOptionError:
        return []
