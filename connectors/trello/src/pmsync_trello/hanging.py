"""Trello's comments and attachments as parts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pmsync.model.fields import Json
from pmsync.model.native import Marker
from pmsync.model.part import Part, PartKind, token_in, unled
from pmsync.text.dialect import Dialect
from pmsync_trello import linking
from pmsync_trello.moments import moment

Record = Mapping[str, Any]


def parts(card: Record, comments: Iterable[Record], dialect: Dialect) -> tuple[Part, ...]:
    """All that hangs on a card, oldest first. Raises KeyError, TypeError or ValueError for what is no card."""
    found = [comment(one, card["shortLink"], dialect) for one in comments]
    found += [attachment(one) for one in card["attachments"] if hangs(one)]
    return tuple(sorted(found, key=lambda part: (part.created_at, part.kind, part.id)))


def hangs(attached: Record) -> bool:
    """Whether an attachment is one, and neither pmsync's own mark, nor what leads to another card."""
    return Marker.from_link(str(attached["url"])) is None and linking.link(attached) is None


def comment(action: Record, short_link: str, dialect: Dialect) -> Part:
    """A comment, which is an action. One that came along with a copy of a card has the author of the original.

    Raises KeyError, TypeError or ValueError where it is none.
    """
    data = action["data"]
    written, author = data["text"], action["idMemberCreator"]
    if not isinstance(written, str):
        raise TypeError("a comment's text is no text")
    original = data.get("idOriginalCommenter")
    foreign = original is not None and original != author
    return Part(
        kind=PartKind.COMMENT,
        id=str(action["id"]),
        value={"text": dialect.canonical(written)},
        created_at=moment(action["date"]),
        updated_at=moment(data.get("dateLastEdited") or action["date"]),
        author=str(original if foreign else author),
        author_name="" if foreign else _name(action.get("memberCreator")),
        url=f"https://trello.com/c/{short_link}#comment-{action['id']}",
    )


def attachment(attached: Record) -> Part:
    """A file or an address, or a link to a twin. Raises KeyError, TypeError or ValueError where it is none."""
    made, url = moment(attached["date"]), str(attached["url"])
    value: dict[str, Json] = {"name": str(attached.get("name") or ""), "url": unled(url)}
    if attached.get("isUpload"):
        value |= {"size": int(attached.get("bytes") or 0), "type": str(attached.get("mimeType") or "")}
    return Part(
        kind=PartKind.ATTACHMENT,
        id=str(attached["id"]),
        value=value,
        created_at=made,
        updated_at=made,
        author=str(attached["idMember"]) if attached.get("idMember") else None,
        url=url,
        twin=token_in(url),
    )


def _name(member: Record | None) -> str:
    return str((member or {}).get("fullName") or (member or {}).get("username") or "")


def by_card(actions: Iterable[Record]) -> dict[str, list[Record]]:
    """Comments by the id of the card that they are on."""
    found: dict[str, list[Record]] = {}
    for action in actions:
        found.setdefault(str(action["data"]["card"]["id"]), []).append(action)
    return found


def newest_is_last(actions: Sequence[Record]) -> list[Record]:
    """Actions as they came about. Trello tells the newest first; one that two pages tell is one."""
    return list({str(action["id"]): action for action in reversed(actions)}.values())
