"""Trello's endpoints, as far as pmsync needs them, on py-trello as the transport. JSON in, JSON out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from trello import TrelloClient

from pmsync.connector.api import Opening
from pmsync.connector.retrying import retry_reads
from pmsync.errors import PmsyncError, UnknownOutcomeError
from pmsync_trello.answers import MissingError, TooWideError
from pmsync_trello.capabilities import BATCH
from pmsync_trello.settings import TrelloSettings
from pmsync_trello.transport import HeaderCredentials, Transport

Shape = TypeVar("Shape")
Record = dict[str, Any]
"""An object as Trello's JSON has it."""

PAGE = 1000
_SMALLEST_PAGE = 50
CARD_FIELDS = "name,desc,idBoard,idList,idMembers,labels,due,start,closed,dateLastActivity,shortLink,shortUrl"
HISTORY = (
    "createCard,copyCard,updateCard,addMemberToCard,removeMemberFromCard,addLabelToCard,removeLabelFromCard,"
    "updateCustomFieldItem"
)


class Client:
    """One connection's calls. Reads are repeated where that may help; writes are sent once. Thread-safe."""

    def __init__(self, settings: TrelloSettings, opening: Opening) -> None:
        self._opening = opening
        self._token = settings.token
        self._transport = Transport(settings, opening)
        self._trello = TrelloClient(api_key=settings.key, http_service=self._transport, proxies=None)
        # With an `oauth` of its own py-trello puts no credentials into the query, nor into a caller's dictionary.
        self._trello.oauth = HeaderCredentials(settings.key, settings.token)

    @property
    def sent(self) -> int:
        """How many requests have been sent."""
        return self._transport.sent

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    # Reading

    def me(self) -> Record:
        """Who the token belongs to. Trello limits this one to 100 in 15 minutes."""
        return self._object("members/me", fields="username,fullName,url")

    def boards(self) -> list[Record]:
        """The account's boards, closed ones too."""
        return self._objects("members/me/boards", filter="all", fields="name,closed,shortLink,url")

    def board(self, board: str) -> Record:
        """A board with its vocabulary: lists, labels, members, custom fields."""
        return self._object(
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
        return {one["idMember"]: one["memberType"] for one in self._objects(f"boards/{board}/memberships")}

    def cards(self, board: str, chosen: str, *, field_items: bool, since: str = "") -> Iterator[list[Record]]:
        """Pages of cards, the last one not full. `since` (an instant) speaks of their creation.

        Where Trello finds a page too wide, smaller ones are asked for.
        """
        limit, before = PAGE, ""
        while True:
            query = {**card_query(field_items=field_items), "filter": chosen, "limit": limit}
            query |= {key: value for key, value in (("since", since), ("before", before)) if value}
            try:
                page = self._objects(f"boards/{board}/cards", **query)
            except TooWideError:
                if limit <= _SMALLEST_PAGE:
                    raise
                limit //= 2
                continue
            yield page
            if len(page) < limit:
                return
            before = min(card["id"] for card in page)

    def card(self, card: str, *, field_items: bool, history: bool = False) -> Record | None:
        """A card, with its latest history if wanted; None if it is not there or not for us."""
        query = card_query(field_items=field_items)
        if history:
            query |= {"actions": HISTORY, "actions_limit": str(PAGE)}
        try:
            return self._object(f"cards/{card}", **query)
        except MissingError:
            return None

    def identify(self, reference: str) -> Record | None:
        """The id and the board of a card, by id or short link."""
        try:
            return self._object(f"cards/{reference}", fields="idBoard")
        except MissingError:
            return None

    def several(self, cards: Sequence[str], *, field_items: bool) -> Iterator[tuple[str, Any]]:
        """Cards by id, ten to a request: pairs of the id and one answer of a batch."""
        query = urlencode(card_query(field_items=field_items))
        for start in range(0, len(cards), BATCH):
            some = cards[start : start + BATCH]
            urls = ",".join(f"/cards/{card}?{query}" for card in some)
            answers = self._read(partial(self._fetch, "batch", {"urls": urls}, list), also=len(some))
            if len(answers) != len(some):
                raise self.garbled()
            yield from zip(some, answers, strict=True)

    def webhooks(self) -> list[Record]:
        """All webhooks of the token. There is no other way to list them, so here it is in the address, for once."""
        return self._objects(f"tokens/{quote(self._token, safe='')}/webhooks")

    # Writing

    def create_card(self, body: Mapping[str, Any]) -> Record:
        """Make a card. Never sent twice."""
        return self._send("POST", "cards", body, dict)

    def update_card(self, card: str, body: Mapping[str, Any]) -> Record:
        """Change the named attributes of a card."""
        return self._repeatable("PUT", f"cards/{card}", body, dict)

    def delete_card(self, card: str) -> None:
        """Delete a card for good."""
        self._repeatable("DELETE", f"cards/{card}", None, dict)

    def create_label(self, board: str, name: str) -> Record:
        """Make a label without a colour. Never sent twice."""
        return self._send("POST", "labels", {"idBoard": board, "name": name, "color": None}, dict)

    def add(self, card: str, kind: str, value: str) -> list[Any]:
        """Put one label (`idLabels`) or member (`idMembers`) on a card; gives all that are on it then."""
        return self._repeatable("POST", f"cards/{card}/{kind}", {"value": value}, list)

    def remove(self, card: str, kind: str, value: str) -> None:
        """Take one label or member off a card."""
        self._repeatable("DELETE", f"cards/{card}/{kind}/{value}", None, object)

    def set_field(self, card: str, custom_field: str, body: Mapping[str, Any]) -> None:
        """Set or clear a custom field's value."""
        self._repeatable("PUT", f"cards/{card}/customField/{custom_field}/item", body, dict)

    def create_webhook(self, body: Mapping[str, Any]) -> Record:
        """Register a webhook. Never sent twice."""
        return self._send("POST", "webhooks", body, dict)

    def update_webhook(self, webhook: str, body: Mapping[str, Any]) -> Record:
        """Change the named attributes of a webhook."""
        return self._repeatable("PUT", f"webhooks/{webhook}", body, dict)

    def delete_webhook(self, webhook: str) -> None:
        """Delete a webhook."""
        self._repeatable("DELETE", f"webhooks/{webhook}", None, dict)

    # How

    def garbled(self) -> PmsyncError:
        """The error for a read answer that is not of the shape that it should be."""
        return self._transport.garbled(write=False)

    def _object(self, path: str, **query: Any) -> Record:
        return self._read(partial(self._fetch, path, query, dict))

    def _objects(self, path: str, **query: Any) -> list[Record]:
        return self._read(partial(self._fetch, path, query, list))

    def _fetch(self, path: str, query: Record, shape: type[Shape]) -> Shape:
        # A fresh dictionary for every call: py-trello writes into the one that it is given.
        return self._call("GET", path, shape, query_params=dict(query))

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None, shape: type[Shape]) -> Shape:
        return self._call(method, path, shape, query_params={}, post_args=None if body is None else dict(body))

    def _call(self, method: str, path: str, shape: type[Shape], **options: Any) -> Shape:
        try:
            answer = self._trello.fetch_json(path, http_method=method, **options)
        except ValueError:
            raise self._transport.garbled(write=method != "GET") from None
        if not isinstance(answer, shape):
            raise self._transport.garbled(write=method != "GET")
        return answer

    def _read(self, call: Callable[[], Shape], *, also: int = 0) -> Shape:
        def attempt() -> Shape:
            self._transport.reserve(also)
            return call()

        return retry_reads(attempt, clock=self._opening.clock, patience=self._opening.patience)

    def _repeatable(self, method: str, path: str, body: Mapping[str, Any] | None, shape: type[Shape]) -> Shape:
        """Send a write that Trello may have been too busy to take: that, and nothing else, is reason to send it again.

        For writes that may take effect twice only; never for one that makes something.
        """

        def attempt() -> Shape | UnknownOutcomeError:
            try:
                return self._send(method, path, body, shape)
            except UnknownOutcomeError as error:
                return error

        answer = retry_reads(attempt, clock=self._opening.clock, patience=self._opening.patience)
        if isinstance(answer, UnknownOutcomeError):
            raise answer
        return answer


def card_query(*, field_items: bool) -> dict[str, Any]:
    """What to ask of a card, so that it can be read as an item."""
    query = {"fields": CARD_FIELDS, "attachments": "true", "attachment_fields": "url,name"}
    return {**query, "customFieldItems": "true"} if field_items else query
