"""Reading through the connector: the whole board, single cards, history, and what each costs."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pmsync.connector.api import Page
from pmsync.errors import AuthError, FatalError
from pmsync.model.fields import Field
from pmsync.model.native import Marker, Native, Ref
from pmsync_trello.connector import TrelloConnector

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Served, Trello


def everything(connector: TrelloConnector) -> list[Native]:
    return [native for page in connector.changes(None) for native in page.items]


def by_title(connector: TrelloConnector) -> dict[str, Native]:
    return {str(native.fields[Field.TITLE]): native for native in everything(connector)}


def test_a_card_is_read_with_all_its_fields(trello: "Trello", connect: "Connections") -> None:
    label = trello.label("mobile", "red")
    ada = trello.person("ada")
    card = trello.add(
        "Pay 😀",
        desc="**bold**",
        due="2026-05-11T15:00:00+02:00",
        start="2026-05-01",
        idMembers=[ada],
        idLabels=[label],
        urlSource="https://jira.example/browse/ENG-1",
    )
    native = everything(connect())[0]
    assert native.ref == Ref(card["id"], card["shortLink"], card["shortUrl"])
    assert native.fields == {
        Field.TITLE: "Pay 😀",
        Field.DESCRIPTION: "**bold**",
        Field.STATUS: {"place": trello.lists()["To Do"]},
        Field.ASSIGNEES: [ada],
        Field.LABELS: ["mobile"],
        Field.DUE: "2026-05-11T13:00:00.000Z",
        Field.START: "2026-05-01T00:00:00.000Z",
        Field.LINKS: [],
    }
    assert native.links == ("https://jira.example/browse/ENG-1",)
    assert native.marker is None
    assert native.created_at <= native.updated_at <= trello.clock.now()
    assert (native.archived, native.admitted) == (False, True)


def test_unnamed_labels_and_doubles_of_a_name_are_not_in_the_set(trello: "Trello", connect: "Connections") -> None:
    unnamed = trello.ok("GET", f"boards/{trello.board}/labels")[0]["id"]
    twins = [trello.label("b", "red"), trello.label("b", "blue")]
    trello.add(idLabels=[*twins, unnamed, trello.label("a")])
    assert everything(connect())[0].fields[Field.LABELS] == ["a", "b"]


def test_what_mirrors_an_attachment_is_neither_a_marker_nor_among_the_links(
    trello: "Trello", connect: "Connections"
) -> None:
    card = trello.add()
    url = "https://jira.example/browse/ENG-1#pmsync=part-0123456789abcdef"
    trello.ok("POST", f"cards/{card['id']}/attachments", {"url": url, "name": "a page"})
    native = everything(connect())[0]
    assert (native.marker, native.links) == (None, ())


def test_a_marker_is_not_among_the_links(trello: "Trello", connect: "Connections") -> None:
    trello.add(urlSource="https://jira.example/browse/ENG-1#pmsync=01ABC")
    native = everything(connect())[0]
    assert native.marker == Marker("01ABC", "https://jira.example/browse/ENG-1")
    assert native.links == ()


def test_archived_cards_are_not_listed_and_cards_on_an_archived_list_count_as_archived(
    trello: "Trello", connect: "Connections"
) -> None:
    trello.ok("PUT", f"cards/{trello.add('put away')['id']}", {"closed": True})
    trello.add("on a list that goes", to="Review")
    trello.ok("PUT", f"lists/{trello.lists()['Review']}/closed", {"value": True})
    shown = by_title(connect())
    assert "put away" not in shown
    assert shown["on a list that goes"].archived


@pytest.mark.parametrize("cards", [0, 40, 900])
def test_a_quiet_reading_takes_three_requests_at_most(trello: "Trello", connect: "Connections", cards: int) -> None:
    column = trello.lists()["To Do"]
    for number in range(cards):
        trello.ok("POST", "cards", {"idList": column, "name": f"card {number}"})
    connector = connect()
    trello.clock.advance(60)
    before = trello.requests()
    pages = list(connector.changes(None))
    connector.vocabulary()
    assert sum(len(page.items) for page in pages) == cards
    assert trello.requests() - before == connector.requests() <= 3
    again = connect(opening={"memo": connector.memo()})
    assert [page.last for page in again.changes(pages[-1].cursor)] == [True]
    again.vocabulary()
    assert again.requests() == 2


def test_a_page_more_for_each_thousand_and_every_card_once(trello: "Trello", connect: "Connections") -> None:
    column = trello.lists()["To Do"]
    for number in range(1001):
        trello.ok("POST", "cards", {"idList": column, "name": f"card {number}", "pos": "top"})
    connector = connect(board=trello.board)
    pages: list[Page] = list(connector.changes(None))
    assert [(len(page.items), page.last, page.whole) for page in pages] == [(1000, False, False), (1, True, True)]
    assert len({native.ref.id for page in pages for native in page.items}) == 1001
    assert connector.requests() == 3


def test_scope_admits_by_list_and_label(trello: "Trello", connect: "Connections") -> None:
    label = trello.label("shared")
    trello.add("in", to="Doing", idLabels=[label])
    trello.add("other list", idLabels=[label])
    trello.add("no label", to="Doing")
    shown = by_title(connect(list="Doing", label="shared"))
    assert {title for title, native in shown.items() if native.admitted} == {"in"}
    assert len(shown) == 3


def test_a_scope_that_names_nothing_stops_the_reading(connect: "Connections") -> None:
    with pytest.raises(FatalError, match="no list 'Nowhere'"):
        everything(connect(list="Nowhere"))
    with pytest.raises(FatalError, match="no label 'nothing'"):
        everything(connect(label="nothing"))


def test_a_board_that_is_not_for_us_and_a_token_that_is_revoked_are_told_apart(
    trello: "Trello", connect: "Connections"
) -> None:
    connector = connect("grace")
    assert everything(connector) == []
    trello.ok("DELETE", f"boards/{trello.board}/members/{trello.person('grace')}", user="pmsync")
    with pytest.raises(FatalError, match="not for this account"):
        everything(connector)
    mine = connect("linus")
    assert everything(mine) == []
    trello.ok("DELETE", "tokens/sandbox-linus", user="linus")
    with pytest.raises(AuthError, match="renew the token"):
        everything(mine)


def test_a_closed_board_stops_the_reading(trello: "Trello", connect: "Connections") -> None:
    trello.ok("PUT", f"boards/{trello.board}/closed", {"value": True}, user="pmsync")
    with pytest.raises(FatalError, match="closed"):
        everything(connect())


def test_two_boards_of_one_name_are_not_guessed_between(trello: "Trello", connect: "Connections") -> None:
    short = trello.ok("GET", f"boards/{trello.board}", fields="shortLink")["shortLink"]
    trello.ok("POST", "boards", {"name": "Roadmap"}, user="pmsync")
    with pytest.raises(FatalError, match="2 boards"):
        everything(connect())
    assert everything(connect(board=short)) == []


def test_the_memo_keeps_the_board_and_no_secret(trello: "Trello", connect: "Connections") -> None:
    connector = connect()
    everything(connector)
    memo = connector.memo()
    assert memo == {"asked": "Roadmap", "board": trello.board}
    other = connect(opening={"memo": memo}, board="Elsewhere")
    with pytest.raises(FatalError, match="no board 'Elsewhere'"):
        everything(other)


def test_fetch_reads_ten_cards_per_request_wherever_they_are(trello: "Trello", connect: "Connections") -> None:
    ids = [trello.add(f"card {number}")["id"] for number in range(23)]
    trello.ok("PUT", f"cards/{ids[0]}", {"closed": True})
    trello.ok("DELETE", f"cards/{ids[1]}")
    elsewhere = trello.ok("POST", "boards", {"name": "Private"}, user="ada")["id"]
    trello.ok("PUT", f"cards/{ids[2]}", {"idBoard": elsewhere})
    connector = connect(board=trello.board)
    connector.vocabulary()
    before = connector.requests()
    fetched = connector.fetch([*ids, "0" * 24])
    assert connector.requests() - before == 3
    assert fetched.missing == {ids[1], ids[2], "0" * 24}
    assert fetched.found[ids[0]].archived
    assert set(fetched.found) == {ids[0], *ids[3:]}
    assert connector.fetch([ids[0]]).found.keys() == {ids[0]}
    assert connector.fetch([ids[1]]).missing == {ids[1]}


def test_a_card_moved_to_another_board_of_ours_is_read_and_not_admitted(
    trello: "Trello", connect: "Connections"
) -> None:
    card = trello.add(user="pmsync")["id"]
    other = trello.ok("POST", "boards", {"name": "Other"}, user="pmsync")["id"]
    connector = connect()
    assert len(everything(connector)) == 1
    trello.ok("PUT", f"cards/{card}", {"idBoard": other}, user="pmsync")
    assert everything(connector) == []
    assert not connector.fetch([card]).found[card].admitted
    assert connector.locate(card) is None


def test_locate_takes_ids_short_links_and_urls(trello: "Trello", connect: "Connections") -> None:
    card = trello.add("where")
    connector = connect()
    for reference in (card["id"], card["shortLink"], card["url"], card["shortUrl"], f" {card['id'].upper()} "):
        assert connector.locate(reference) == card["id"], reference
    before = connector.requests()
    for reference in ("ENG-12", "https://jira.example/browse/ENG-12", "#12", ""):
        assert connector.locate(reference) is None
    assert connector.requests() == before
    assert connector.locate("Checkout") is None
    assert connector.locate("f" * 24) is None


def test_find_sees_a_create_at_once_even_archived_and_prefers_the_original_to_its_copy(
    trello: "Trello", connect: "Connections"
) -> None:
    since = trello.clock.now()
    mine = trello.add("mine", urlSource="https://x.example/1#pmsync=A")["id"]
    trello.add("copy", idCardSource=mine)
    gone = trello.add("gone", urlSource="https://x.example/2#pmsync=B")["id"]
    trello.ok("PUT", f"cards/{gone}", {"closed": True})
    connector = connect(board=trello.board)
    found = connector.find([Marker("A"), Marker("B"), Marker("C")], since)
    assert {item: native.ref.id for item, native in found.items()} == {"A": mine, "B": gone}
    assert connector.requests() == 2
    assert connector.find([Marker("A")], trello.clock.now() + timedelta(hours=2)) == {}


def test_inspect_tells_the_history_since_a_moment_with_native_values(trello: "Trello", connect: "Connections") -> None:
    lists, ada, grace = trello.lists(), trello.person("ada"), trello.person("grace")
    card = trello.add("old", desc="one")["id"]
    trello.ok("PUT", f"cards/{card}", {"name": "before"})
    trello.clock.advance(5)
    since = trello.clock.now()
    trello.ok("PUT", f"cards/{card}", {"name": "new", "desc": "two", "due": "2026-06-01T10:00:00Z"}, user="grace")
    trello.ok("PUT", f"cards/{card}", {"idList": lists["Done"]})
    label = trello.label("urgent")
    trello.ok("POST", f"cards/{card}/idLabels", {"value": label})
    trello.ok("POST", f"cards/{card}/idMembers", {"value": grace})
    trello.ok("DELETE", f"cards/{card}/idMembers/{grace}")
    trello.ok("POST", f"cards/{card}/actions/comments", {"text": "no field"})
    connector = connect(board=trello.board)
    connector.vocabulary()
    before = connector.requests()
    inspection = connector.inspect(Ref(card), since)
    assert connector.requests() - before == 1
    assert inspection.native is not None
    assert inspection.native.fields[Field.TITLE] == "new"
    told = [(event.actor, event.field, event.before, event.after) for event in inspection.events]
    assert told == [
        (grace, Field.TITLE, "before", "new"),
        (grace, Field.DESCRIPTION, "one", "two"),
        (grace, Field.DUE, None, "2026-06-01T10:00:00.000Z"),
        (ada, Field.STATUS, {"place": lists["To Do"]}, {"place": lists["Done"]}),
        (ada, Field.LABELS, [], ["urgent"]),
        (ada, Field.ASSIGNEES, [], [grace]),
        (ada, Field.ASSIGNEES, [grace], []),
    ]
    assert all(event.at >= since for event in inspection.events)
    assert connector.inspect(Ref("0" * 24), since).native is None


def test_vocabulary_tells_lists_labels_members_and_custom_fields(trello: "Trello", connect: "Connections") -> None:
    trello.label("b")
    trello.ok("PUT", f"lists/{trello.lists()['Review']}", {"closed": True})
    connector = connect()
    vocabulary = connector.vocabulary()
    assert [(term.name, term.open) for term in vocabulary.statuses] == [
        ("Backlog", True),
        ("To Do", True),
        ("Doing", True),
        ("Review", False),
        ("Done", True),
    ]
    assert [term.name for term in vocabulary.labels] == ["b"]
    assert {(member.name, member.username) for member in vocabulary.members} >= {("Ada Lovelace", "ada")}
    assert Field.PRIORITY not in vocabulary.fields
    assert (vocabulary.container.name, vocabulary.completed) == ("Roadmap", False)


def test_custom_fields_named_so_are_priority_and_estimate(trello: "Trello", connect: "Connections") -> None:
    field = {"idModel": trello.board, "modelType": "board", "pos": "bottom"}
    priority = trello.ok("POST", "customFields", {**field, "name": "Priority", "type": "list", "options": ["High"]})
    points = trello.ok("POST", "customFields", {**field, "name": "Story points", "type": "number"})
    card = trello.add()["id"]
    connector = connect()
    native = everything(connector)[0]
    assert (native.fields[Field.PRIORITY], native.fields[Field.ESTIMATE]) == (None, None)
    high = priority["options"][0]["id"]
    trello.ok("PUT", f"cards/{card}/customField/{priority['id']}/item", {"idValue": high})
    trello.ok("PUT", f"cards/{card}/customField/{points['id']}/item", {"value": {"number": "2.5"}})
    native = everything(connector)[0]
    assert (native.fields[Field.PRIORITY], native.fields[Field.ESTIMATE]) == (high, 2.5)
    assert [term.name for term in connector.vocabulary().priorities] == ["High"]
    assert {Field.PRIORITY, Field.ESTIMATE} <= connector.vocabulary().fields


def test_pages_too_wide_for_trello_are_asked_for_in_halves(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    from werkzeug.wrappers import Request, Response

    for number in range(5):
        trello.add(f"card {number}")
    limits: list[int] = []

    def too_wide(request: Request) -> Response | None:
        if not request.path.endswith("/cards"):
            return None
        limits.append(int(request.args["limit"]))
        if limits[-1] <= 250:
            return None
        body = '{"error":"API_TOO_MANY_CARDS_REQUESTED","message":"Too many cards"}'
        return Response(body, 403, content_type="application/json")

    served.recorder.answers = too_wide
    assert len(everything(connect())) == 5
    assert limits == [1000, 500, 250]
