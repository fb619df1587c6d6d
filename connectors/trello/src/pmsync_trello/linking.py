"""Links between cards. Trello has none of its own: they are attachments, the other card's address named `blocks: …`.

Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pmsync.model.fields import Json, LinkKind
from pmsync.model.part import token_in

Record = Mapping[str, Any]

CARD_URL: Final = re.compile(r"https?://trello\.com/c/([0-9A-Za-z]{8})(?:[/?#].*)?", re.IGNORECASE)
_NAMED: Final = re.compile(r"\s*(blocks|relates|relates to|duplicates)\s*:", re.IGNORECASE)
_LONGEST: Final = 256


def link(attached: Record) -> tuple[LinkKind, str] | None:
    """What an attachment says, with the short link of the card that it leads to; None for any other attachment."""
    named, url = _NAMED.match(str(attached.get("name") or "")), CARD_URL.fullmatch(str(attached["url"]))
    return (LinkKind(named[1].casefold().split()[0]), url[1]) if named and url else None


def leads(attached: Record) -> bool:
    """Whether an attachment is one of those with which a card leads to other cards or twins."""
    return link(attached) is not None or bool(token_in(str(attached["url"])))


def targets(cards: Iterable[Record]) -> Iterator[str]:
    """The short links of the cards that these lead to."""
    for card in cards:
        for attached in card.get("attachments") or ():
            found = link(attached)
            if found is not None:
                yield found[1]


def links(card: Record, known: Mapping[str, str]) -> list[Json]:
    """A card's links, to cards of which the id is known by the short link. What leads to others is not told."""
    found = {one for attached in card.get("attachments") or () if (one := link(attached)) is not None}
    ids = {(kind, known[short]) for kind, short in found if short in known}
    return [*sorted(f"{kind}:{id_}" for kind, id_ in ids if id_ != card["id"])]


def attachment(kind: str, short_link: str, title: str) -> tuple[str, str]:
    """A link as the name and the address of an attachment."""
    return f"{kind}: {' '.join(title.split())}"[:_LONGEST], f"https://trello.com/c/{short_link}"
