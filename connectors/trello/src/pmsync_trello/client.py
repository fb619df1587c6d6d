"""Trello's endpoints for boards, cards and webhooks, as far as pmsync needs them. JSON in, JSON out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from pmsync.errors import PmsyncError
from pmsync_trello import checklists
from pmsync_trello.answers import MissingError
from pmsync_trello.calls import PAGE, Calls
from pmsync_trello.calls import Record as Record

CARD_FIELDS = "name,desc,idBoard,idList,idMembers,labels,due,start,closed,dateLastActivity,shortLink,shortUrl"
HISTORY = (
    "createCard,copyCard,updateCard,addMemberToCard,removeMemberFromCard,addLabelToCard,removeLabelFromCard,"
    "updateCustomFieldItem"
)


class Client:
    """One connection's calls about boards and cards. Thread-safe."""

    def __init__(self, calls: Calls, token: str) -> None:
        self._calls = calls
        self._token = token

    def garbled(self) -> PmsyncError:
        """The error for a read answer that is not of the shape that it should be."""
        return self._calls.garbled()

    # Reading

    def me(self) -> Record:
        """Who the token belongs to. Trello limits this one to 100 in 15 minutes."""
        return self._calls.object("members/me", fields="username,fullName,url")

    def boards(self) -> list[Record]:
        """The account's boards, closed ones too."""
        return self._calls.objects("members/me/boards", filter="all", fields="name,closed,shortLink,url")

    def board(self, board: str) -> Record:
        """A board with its vocabulary: lists, labels, members, custom fields."""
        return self._calls.object(
            f"boards/{board}",
            fields="name,closed,shortLink,url",
            lists="all",
            list_fields="name,closed,pos",
            labels="all",
            label_fields="name,color",
            labels_limit=PAGE,
            members="all",
            member_fields="fullName,username",
            customFields="true",
        )

    def roles(self, board: str) -> dict[str, str]:
        """What the board's members are there: member id -> admin, normal or observer."""
        return {one["idMember"]: one["memberType"] for one in self._calls.objects(f"boards/{board}/memberships")}

    def cards(self, board: str, chosen: str, *, beside: Mapping[str, str], since: str = "") -> Iterator[list[Record]]:
        """Pages of cards, the last one not full. `since` (an instant) speaks of their creation."""
        query = {**card_query(beside), "filter": chosen}
        yield from self._calls.pages(f"boards/{board}/cards", **query, **({"since": since} if since else {}))

    def card(self, card: str, *, beside: Mapping[str, str], history: bool = False) -> Record | None:
        """A card, with its latest history if wanted; None if it is not there or not for us."""
        query = card_query(beside)
        if history:
            told = f"{HISTORY},{','.join(checklists.HISTORY)}" if "checklists" in beside else HISTORY
            query |= {"actions": told, "actions_limit": str(PAGE)}
        try:
            return self._calls.object(f"cards/{card}", **query)
        except MissingError:
            return None

    def identify(self, reference: str) -> Record | None:
        """The id and the board of a card, by id or short link."""
        try:
            return self._calls.object(f"cards/{reference}", fields="idBoard")
        except MissingError:
            return None

    def several(self, cards: Sequence[str], *, beside: Mapping[str, str]) -> Iterator[tuple[str, Record | None]]:
        """Cards by id, ten to a request: pairs of the id and the card, None if it is not there or not for us."""
        query = urlencode(card_query(beside))
        yield from zip(cards, self._calls.several([f"/cards/{card}?{query}" for card in cards]), strict=True)

    def addresses(self, references: Sequence[str]) -> Iterator[tuple[str, Record | None]]:
        """Id, short link and name of cards, each by either of the first two."""
        addresses = [f"/cards/{one}?fields=name,shortLink".replace(",", "%2C") for one in references]
        if len(references) > 1:
            yield from zip(references, self._calls.several(addresses), strict=True)
            return
        for one in references:
            try:
                yield one, self._calls.object(f"cards/{one}", fields="name,shortLink")
            except MissingError:
                yield one, None

    def attachments(self, card: str) -> list[Record]:
        """What is attached to a card."""
        return self._calls.objects(f"cards/{card}/attachments", fields="url,name")

    def webhooks(self) -> list[Record]:
        """All webhooks of the token. There is no other way to list them, so here it is in the address, for once."""
        return self._calls.objects(f"tokens/{quote(self._token, safe='')}/webhooks")

    # Writing

    def create_card(self, body: Mapping[str, Any]) -> Record:
        """Make a card. Never sent twice."""
        return self._calls.send("POST", "cards", body, dict)

    def update_card(self, card: str, body: Mapping[str, Any]) -> Record:
        """Change the named attributes of a card."""
        return self._calls.repeatable("PUT", f"cards/{card}", body, dict)

    def delete_card(self, card: str) -> None:
        """Delete a card for good."""
        self._calls.repeatable("DELETE", f"cards/{card}", None, dict)

    def create_label(self, board: str, name: str) -> Record:
        """Make a label without a colour. Never sent twice."""
        return self._calls.send("POST", "labels", {"idBoard": board, "name": name, "color": None}, dict)

    def add(self, card: str, kind: str, value: str) -> list[Any]:
        """Put one label (`idLabels`) or member (`idMembers`) on a card; gives all that are on it then."""
        return self._calls.repeatable("POST", f"cards/{card}/{kind}", {"value": value}, list)

    def remove(self, card: str, kind: str, value: str) -> None:
        """Take one label or member off a card."""
        self._calls.repeatable("DELETE", f"cards/{card}/{kind}/{value}", None, object)

    def set_field(self, card: str, custom_field: str, body: Mapping[str, Any]) -> None:
        """Set or clear a custom field's value."""
        self._calls.repeatable("PUT", f"cards/{card}/customField/{custom_field}/item", body, dict)

    def create_option(self, custom_field: str, name: str) -> Record:
        """Give a custom field of type list one more option. Never sent twice."""
        body = {"value": {"text": name}, "pos": "bottom"}
        return self._calls.send("POST", f"customFields/{custom_field}/options", body, dict)

    def attach(self, card: str, name: str, url: str) -> Any:
        """Attach an address. Never sent twice. By the document the answer is a list of one; Trello itself answers the
        one."""
        return self._calls.send("POST", f"cards/{card}/attachments", {"name": name, "url": url}, object)

    def detach(self, card: str, attachment: str) -> None:
        """Delete an attachment for good."""
        self._calls.repeatable("DELETE", f"cards/{card}/attachments/{attachment}", None, object)

    def create_webhook(self, body: Mapping[str, Any]) -> Record:
        """Register a webhook. Never sent twice."""
        return self._calls.send("POST", "webhooks", body, dict)

    def update_webhook(self, webhook: str, body: Mapping[str, Any]) -> Record:
        """Change the named attributes of a webhook."""
        return self._calls.repeatable("PUT", f"webhooks/{webhook}", body, dict)

    def delete_webhook(self, webhook: str) -> None:
        """Delete a webhook."""
        self._calls.repeatable("DELETE", f"webhooks/{webhook}", None, dict)


def card_query(beside: Mapping[str, str]) -> dict[str, Any]:
    """What to ask of a card, so that it can be read as an item; `beside`: what else, see `Names.beside`."""
    return {"fields": CARD_FIELDS, "attachments": "true", "attachment_fields": "url,name", **beside}
