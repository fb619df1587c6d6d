"""Links between cards: attachments of the other card's address that say what they are."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.errors import UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Marker, Native
from pmsync_trello.connector import TrelloConnector

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Served, Trello


def attach(trello: "Trello", card: Any, name: str, url: str) -> str:
    told = trello.ok("POST", f"cards/{card['id']}/attachments", {"name": name, "url": url})
    return str(told[0]["id"])


def now(connector: TrelloConnector, card: str) -> Native:
    return connector.fetch([card]).found[card]


def links(connector: TrelloConnector, card: Any) -> Json:
    return now(connector, card["id"]).fields[Field.LINKS]


def test_attachments_that_say_so_are_links_and_nothing_else(trello: "Trello", connect: "Connections") -> None:
    card, first, second, third = (trello.add(name) for name in ("card", "first", "second", "third"))
    attach(trello, card, "blocks: first", first["shortUrl"])
    attach(trello, card, "Blocks:first, said again", first["url"])
    attach(trello, card, "relates to: second", f"{second['shortUrl']}/12-second")
    attach(trello, card, "duplicates: third", third["shortUrl"])
    attach(trello, card, "third", third["shortUrl"])
    attach(trello, card, "blocks: a page", "https://x.example/1")
    attach(trello, card, "blocks: itself", card["shortUrl"])
    connector = connect()
    wanted = [f"blocks:{first['id']}", f"duplicates:{third['id']}", f"relates:{second['id']}"]
    assert links(connector, card) == wanted
    [native] = [one for page in connector.changes(None) for one in page.items if one.ref.id == card["id"]]
    assert native.fields[Field.LINKS] == wanted
    assert native.links == (third["shortUrl"], "https://x.example/1")
    parts = connector.parts.read([card["id"]])[card["id"]]
    assert [part.value["name"] for part in parts] == ["third", "blocks: a page"]


def test_links_among_the_boards_cards_cost_no_request(trello: "Trello", connect: "Connections") -> None:
    column = trello.lists()["To Do"]
    cards = [trello.ok("POST", "cards", {"idList": column, "name": str(number)}) for number in range(30)]
    for card, other in pairwise(cards):
        attach(trello, card, f"blocks: {other['name']}", other["shortUrl"])
    connector = connect(board=trello.board)
    natives = {one.ref.id: one for page in connector.changes(None) for one in page.items}
    assert [natives[card["id"]].fields[Field.LINKS] for card in cards[:-1]] == [
        [f"blocks:{other['id']}"] for other in cards[1:]
    ]
    assert connector.requests() == 2


def test_cards_that_are_put_away_are_asked_for_once_and_remembered(trello: "Trello", connect: "Connections") -> None:
    card, put_away, gone = trello.add("card"), trello.add("put away"), trello.add("gone")
    for other in (put_away, gone):
        attach(trello, card, "blocks: it", other["shortUrl"])
    trello.ok("PUT", f"cards/{put_away['id']}", {"closed": True})
    trello.ok("DELETE", f"cards/{gone['id']}")
    connector = connect(board=trello.board)
    list(connector.changes(None))
    assert connector.requests() == 3
    list(connector.changes(None))
    assert connector.requests() == 5
    again = connect(board=trello.board, opening={"memo": connector.memo()})
    [native] = [one for page in again.changes(None) for one in page.items]
    assert native.fields[Field.LINKS] == [f"blocks:{put_away['id']}"]


def test_links_are_made_and_taken_away_and_the_rest_stays(trello: "Trello", connect: "Connections") -> None:
    card, first, second = (trello.add(name) for name in ("card", "first", "a\tsecond"))
    attach(trello, card, "a page", "https://x.example/1")
    attach(trello, card, "blocks: first", first["shortUrl"])
    attach(trello, card, "blocks: first", first["url"])
    connector = connect()
    seen = now(connector, card["id"])
    wanted: list[Json] = [f"blocks:{second['id']}", f"relates:{first['id']}"]
    updated = connector.update(seen.ref, {Field.LINKS: wanted, Field.TITLE: "renamed"}, seen)
    assert updated.applied == {Field.LINKS, Field.TITLE}
    assert updated.native is not None
    assert updated.native.fields == now(connector, card["id"]).fields
    names = [one["name"] for one in trello.card(card["id"])["attachments"]]
    assert names == ["a page", "blocks: a second", "relates: first"]
    cleared = connector.update(seen.ref, {Field.LINKS: []}, now(connector, card["id"]))
    assert cleared.native is not None
    assert cleared.native.fields == now(connector, card["id"]).fields
    assert [one["name"] for one in trello.card(card["id"])["attachments"]] == ["a page"]


def test_a_card_is_made_with_its_links(trello: "Trello", connect: "Connections") -> None:
    other = trello.add("other")
    connector = connect()
    wanted: list[Json] = [f"blocks:{other['id']}"]
    [created] = connector.create([Draft({Field.TITLE: "a card", Field.LINKS: wanted}, Marker("I"))])
    assert created.native is not None
    assert created.native.fields[Field.LINKS] == wanted
    assert now(connector, created.native.ref.id).fields == created.native.fields


def test_a_link_to_what_is_not_there_is_refused_and_the_rest_is_written(
    trello: "Trello", connect: "Connections"
) -> None:
    card = trello.add()
    connector = connect()
    seen = now(connector, card["id"])
    updated = connector.update(seen.ref, {Field.LINKS: [f"blocks:{'0' * 24}"], Field.TITLE: "other"}, seen)
    assert updated.applied == {Field.TITLE}
    assert [*updated.refused] == [Field.LINKS]
    [created] = connector.create([Draft({Field.TITLE: "b", Field.LINKS: [f"blocks:{'0' * 24}"]}, Marker("J"))])
    assert [*created.notes] == [Field.LINKS]


def test_a_link_of_unknown_outcome_is_not_sent_again(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    card, other = trello.add(), trello.add("other")
    connector = connect()
    seen = now(connector, card["id"])
    list(connector.changes(None))
    served.recorder.sent.clear()
    trello.control("POST /faults", rate=1, kinds=["garbage"])
    with pytest.raises(UnknownOutcomeError):
        connector.update(seen.ref, {Field.LINKS: [f"blocks:{other['id']}"]}, seen)
    trello.control("POST /faults")
    assert [sent.method for sent in served.recorder.sent] == ["POST"]
    assert links(connector, card) == [f"blocks:{other['id']}"]
