"""The lines of checklists as items: read, made once whatever crashes, kept in order, ticked, renamed, deleted."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.errors import RejectedError, StaleError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Marker, Native, Ref
from pmsync_trello.connector import TrelloConnector

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Served, Trello

LINE = "checkItem"


@pytest.fixture
def connector(connect: "Connections") -> TrelloConnector:
    return connect(opening={"nested": True})


def lines(trello: "Trello", card: Any, *names: str, checklist: str = "Steps") -> list[str]:
    made = trello.ok("POST", f"cards/{card['id']}/checklists", {"name": checklist})["id"]
    return [
        f"{card['id']}/{trello.ok('POST', f'checklists/{made}/checkItems', {'name': name})['id']}" for name in names
    ]


def draft(card: Any, title: str, item: str = "I", **more: Json) -> Draft:
    fields: dict[Field, Json] = {Field.TITLE: title, Field.TYPE: LINE, Field.PARENT: card["id"]}
    return Draft(
        {**fields, **{Field(name): value for name, value in more.items()}}, Marker(item, "https://x.example/1")
    )


def items(connector: TrelloConnector) -> list[Native]:
    return [native for page in connector.changes(None) for native in page.items]


def shown(trello: "Trello", card: Any) -> list[tuple[str, str]]:
    told = trello.ok("GET", f"cards/{card['id']}/checklists")
    found = [one for checklist in told for one in checklist["checkItems"]]
    return [(one["name"], one["state"]) for one in sorted(found, key=lambda one: float(one["pos"]))]


def test_by_default_checklists_are_the_cards_own_business(
    trello: "Trello", served: "Served", connect: "Connections"
) -> None:
    card = trello.add()
    [line] = lines(trello, card, "a")
    connector = connect()
    assert [native.ref.id for native in items(connector)] == [card["id"]]
    assert not {Field.TYPE, Field.PARENT} & connector.vocabulary().fields
    before = connector.requests()
    assert connector.fetch([line]).missing == {line}
    assert connector.requests() == before
    assert not any("checklists" in sent.url for sent in served.recorder.sent)


def test_lines_are_items_after_their_card_and_in_its_order(trello: "Trello", connector: TrelloConnector) -> None:
    card, other = trello.add("card"), trello.add("other")
    first, second = lines(trello, card, "first", "second")
    [third] = lines(trello, card, "third", checklist="More")
    trello.ok("PUT", f"cards/{card['id']}/checkItem/{second.partition('/')[2]}", {"pos": "top", "state": "complete"})
    found = items(connector)
    assert [native.ref.id for native in found] == [card["id"], second, first, third, other["id"]]
    assert found[1].fields == {
        Field.TITLE: "second",
        Field.STATUS: {"completed": True},
        Field.TYPE: LINE,
        Field.PARENT: card["id"],
    }
    assert found[2].fields[Field.STATUS] == {"completed": False}
    assert (found[0].fields[Field.TYPE], found[0].fields[Field.PARENT]) == ("card", None)
    assert len({native.ref.url for native in found}) == 5
    vocabulary = connector.vocabulary()
    assert [(term.id, term.name) for term in vocabulary.types] == [("card", "Card"), (LINE, "Checklist item")]
    assert {Field.TYPE, Field.PARENT} <= vocabulary.fields
    assert connector.fetch([native.ref.id for native in found]).found == {native.ref.id: native for native in found}


def test_reading_them_costs_no_request_more(trello: "Trello", connect: "Connections") -> None:
    for number in range(3):
        lines(trello, trello.add(str(number)), "a", "b")
    connector = connect(board=trello.board, opening={"nested": True})
    assert len(items(connector)) == 9
    assert connector.requests() == 2


def test_lines_are_made_in_order_on_the_first_checklist_or_a_new_one(
    trello: "Trello", connector: TrelloConnector
) -> None:
    card, bare = trello.add(), trello.add()
    lines(trello, card, "there")
    drafts = [draft(one, f"{name} of {n}", f"{name}{n}") for n, one in enumerate((card, bare)) for name in "abc"]
    made = connector.create([drafts[0], Draft({Field.TITLE: "a card"}, Marker("C")), *drafts[1:]])
    assert [one.error for one in made] == [None] * 7
    assert [name for name, _ in shown(trello, card)] == ["there", "a of 0", "b of 0", "c of 0"]
    assert [name for name, _ in shown(trello, bare)] == ["a of 1", "b of 1", "c of 1"]
    assert len(trello.ok("GET", f"cards/{card['id']}/checklists")) == 1
    for one in made:
        assert one.native is not None
        assert connector.fetch([one.native.ref.id]).found[one.native.ref.id].fields == one.native.fields


def test_what_a_line_lacks_is_noted_and_its_status_is_written_when_it_is_there(
    trello: "Trello", connector: TrelloConnector
) -> None:
    card = trello.add()
    done: Json = {"place": trello.lists()["Done"]}
    [made] = connector.create([draft(card, "a", status=done, description="long", due=None)])
    assert [*made.notes] == [Field.DESCRIPTION]
    assert made.unfinished == {Field.STATUS}
    assert made.native is not None
    assert made.native.fields[Field.STATUS] == {"completed": False}


def test_a_line_needs_a_card(trello: "Trello", connector: TrelloConnector) -> None:
    card = trello.add()
    [line] = lines(trello, card, "a")
    nowhere = connector.create(
        [
            Draft({Field.TITLE: "a", Field.TYPE: LINE}, Marker("A")),
            draft({"id": line}, "on a line"),
            draft({"id": "0" * 24}, "on none"),
        ]
    )
    assert [type(one.error) for one in nowhere] == [RejectedError] * 3


@pytest.mark.parametrize("kind", ["500", "reset", "garbage", "truncated"])
def test_after_a_crash_a_line_is_found_again(trello: "Trello", connector: TrelloConnector, kind: str) -> None:
    card = trello.add()
    lines(trello, card, "same name", "same name")
    trello.clock.advance(7200)
    since = trello.clock.now()
    connector.create([draft(card, "same name", "ITEM-1"), draft(card, "same name", "ITEM-2")])
    [known] = connector.create([draft(card, "same name", "ITEM-3")])
    found = connector.find([Marker("ITEM-1"), Marker("ITEM-3"), Marker("ITEM-4")], since)
    assert [*found] == ["ITEM-1", "ITEM-3"]
    assert known.native is not None
    assert found["ITEM-3"].ref == known.native.ref
    assert found["ITEM-3"].marker == Marker("ITEM-3")
    list(connector.changes(None))
    writes = len(shown(trello, card))
    trello.control("POST /faults", rate=1, kinds=[kind])
    [unknown] = connector.create([draft(card, "same name", "ITEM-5")])
    trello.control("POST /faults")
    assert unknown.error is not None
    there = "ITEM-5" in connector.find([Marker("ITEM-5")], since)
    assert len(shown(trello, card)) == writes + there


def test_a_line_that_may_have_been_made_is_sent_once(
    trello: "Trello", served: "Served", connector: TrelloConnector
) -> None:
    card = trello.add()
    lines(trello, card, "there")
    since = trello.clock.now()

    def lost(request: Any) -> Any:
        if not request.path.endswith("/checkItems"):
            return None
        trello.sandbox.dispatch(request)
        return lambda environ, start: start("200 OK", [("Content-Type", "application/json")]) or [b"{"]

    served.recorder.answers = lost
    [made] = connector.create([draft(card, "new", "ITEM-1")])
    assert type(made.error) is UnknownOutcomeError
    assert sum(sent.url.endswith("/checkItems") for sent in served.recorder.sent) == 1
    [found] = connector.find([Marker("ITEM-1")], since).values()
    assert found.fields[Field.TITLE] == "new"


def test_what_was_made_before_is_not_found(trello: "Trello", connector: TrelloConnector) -> None:
    connector.create([draft(trello.add(), "a", "ITEM-1")])
    assert connector.find([Marker("ITEM-1")], trello.clock.now() + timedelta(hours=3)) == {}


def test_a_line_is_renamed_ticked_and_deleted(trello: "Trello", connector: TrelloConnector) -> None:
    card = trello.add()
    [line] = lines(trello, card, "a")
    seen = connector.fetch([line]).found[line]
    before = connector.requests()
    patch: dict[Field, Json] = {Field.TITLE: "b", Field.STATUS: {"completed": True}, Field.DUE: "2026-05-11"}
    updated = connector.update(seen.ref, patch, seen)
    assert connector.requests() == before + 1
    assert updated.applied == {Field.TITLE, Field.STATUS}
    assert [*updated.refused] == [Field.DUE]
    assert updated.native is not None
    assert updated.native.fields == connector.fetch([line]).found[line].fields
    assert shown(trello, card) == [("b", "complete")]
    with pytest.raises(RejectedError):
        connector.update(seen.ref, {Field.PARENT: trello.add()["id"]}, seen)
    with pytest.raises(RejectedError, match="archive"):
        connector.archive(seen.ref)
    connector.restore(seen.ref)
    for _ in range(2):
        connector.delete(seen.ref)
    assert connector.fetch([line]).missing == {line}
    with pytest.raises(StaleError):
        connector.update(seen.ref, {Field.TITLE: "c"}, seen)


def test_a_card_gets_no_parent(trello: "Trello", connector: TrelloConnector) -> None:
    card, other = trello.add("card"), trello.add("other")
    seen = connector.fetch([card["id"]]).found[card["id"]]
    updated = connector.update(seen.ref, {Field.PARENT: other["id"], Field.TYPE: "card", Field.TITLE: "b"}, seen)
    assert updated.applied == {Field.TYPE, Field.TITLE}
    [made] = connector.create([Draft({Field.TITLE: "a", Field.TYPE: "card", Field.PARENT: other["id"]}, Marker("I"))])
    assert [*made.notes] == [Field.PARENT]
    assert made.native is not None
    assert made.native.fields[Field.PARENT] is None


def test_a_lines_history_tells_who_ticked_it(trello: "Trello", connector: TrelloConnector) -> None:
    card = trello.add()
    line, other = lines(trello, card, "a", "b")
    since = trello.clock.now()
    for one in (line, other):
        trello.ok("PUT", f"cards/{card['id']}/checkItem/{one.partition('/')[2]}", {"state": "complete"})
    native = connector.fetch([line]).found[line]
    told = connector.inspect(native.ref, since)
    assert told.native == native
    [event] = told.events
    assert (event.field, event.before, event.after) == (Field.STATUS, {"completed": False}, {"completed": True})
    assert event.actor == trello.person("ada")


def test_lines_go_with_their_card(trello: "Trello", connector: TrelloConnector) -> None:
    card = trello.add()
    [line] = lines(trello, card, "a")
    trello.ok("PUT", f"cards/{card['id']}", {"closed": True})
    assert items(connector) == []
    assert connector.fetch([line]).found[line].archived
    trello.ok("DELETE", f"cards/{card['id']}")
    assert connector.fetch([line]).missing == {line}
    assert connector.inspect(Ref(line), trello.clock.now()).native is None


def test_a_line_is_located_by_id_and_address(trello: "Trello", connector: TrelloConnector) -> None:
    [line] = lines(trello, trello.add(), "a")
    url = connector.fetch([line]).found[line].ref.url
    assert connector.locate(line) == connector.locate(f" {url} ") == line
    assert connector.locate(f"{line[:-1]}0") is None


def test_nothing_hangs_on_a_line(trello: "Trello", connector: TrelloConnector) -> None:
    [line] = lines(trello, trello.add(), "a")
    native = connector.fetch([line]).found[line]
    before = connector.requests()
    assert connector.parts.read([line]) == {line: ()}
    with pytest.raises(RejectedError):
        connector.parts.comment(native.ref, "Hello")
    assert connector.requests() == before
