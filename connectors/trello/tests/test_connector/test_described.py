"""Descriptions that show the card's checklists: joined, taken apart, and written a line at a time."""

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmsync.errors import RejectedError, StaleError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Event, Marker, Native
from pmsync.text.parsing import parse
from pmsync.text.rendering import render
from pmsync_trello.check_steps import There, places, steps
from pmsync_trello.connector import TrelloConnector
from pmsync_trello.described import Checklist, DescriptionDialect, Task, checklists, native, prose
from pmsync_trello.text import MarkdownDialect

if TYPE_CHECKING:
    from connectors.trello.tests.conftest import Connections, Served, Trello

DIALECT = DescriptionDialect(MarkdownDialect())
PIECES = [*"ab *_`[]x-#1.:>|~\\!@&\t\u2060", "Checklist:", "**", "- [ ] ", "https://a.example"]
WORDS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
NAMES = WORDS.filter(str.strip)
TEXTS = st.lists(
    st.one_of(
        WORDS, st.sampled_from(["**Checklist:** Steps", "**\u2060Checklist:** x", "- [x] a", "```", "", "[a]: b"])
    ),
    max_size=6,
).map("\n".join)
LISTS = st.lists(
    st.builds(Checklist, NAMES, st.lists(st.builds(Task, NAMES, st.booleans()), max_size=4).map(tuple)), max_size=3
)


@given(TEXTS, LISTS)
@settings(max_examples=60, deadline=None)
def test_what_is_joined_is_taken_apart_again_and_the_text_is_untouched(text: str, lists: list[Checklist]) -> None:
    document = native(text, lists)
    read = DIALECT.read(document).markdown
    assert DIALECT.write(read, document).document == document
    fresh = DIALECT.write(read).document
    assert DIALECT.read(fresh).markdown == read
    assert [len(one.tasks) for one in checklists(fresh)] == [len(one.tasks) for one in lists]
    assert [[task.done for task in one.tasks] for one in checklists(fresh)] == [
        [task.done for task in one.tasks] for one in lists
    ]


@given(TEXTS, TEXTS, LISTS)
@settings(max_examples=40, deadline=None)
def test_what_tells_of_a_text_is_its_own_nearest(text: str, there: str, lists: list[Checklist]) -> None:
    markdown = render(parse(text))
    shown = DIALECT.read(DIALECT.write(markdown).document).markdown
    assert DIALECT.read(DIALECT.write(shown).document).markdown == shown
    document = DIALECT.write(markdown, native(there, lists)).document
    assert DIALECT.read(document).markdown == shown
    assert DIALECT.write(shown, document).document == document


@given(
    st.lists(st.sampled_from("abcde"), max_size=6),
    st.lists(st.tuples(st.sampled_from("abcdefg"), st.booleans()), max_size=6),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_steps_lead_to_what_is_wanted(had: list[str], wanted: list[tuple[str, bool]], crowded: bool) -> None:
    step = 0.0 if crowded else 16384.0
    there = [
        There(
            name,
            name,
            number + 1.0,
            lines=tuple(There(f"{name}{n}", line, 5 + n * step, owner=name) for n, line in enumerate(had[number::2])),
        )
        for number, name in enumerate("AB")
    ]
    lists = [
        Checklist("B", tuple(Task(*one) for one in wanted[::2])),
        Checklist("C", tuple(Task(*one) for one in wanted[1::2])),
    ]
    assert _carried_out(there, lists) == [(one.name, [(task.name, task.done) for task in one.tasks]) for one in lists]
    same = [Checklist(one.name, tuple(Task(line.name, line.done) for line in one.lines)) for one in there]
    if not crowded:
        assert steps(there, same) == steps([], [])


def _carried_out(there: list[There], wanted: list[Checklist]) -> list[tuple[str, list[tuple[str, bool]]]]:
    """What comes of the steps, as Trello would carry them out."""
    lists: dict[str, dict[str, Any]] = {one.id: {"name": one.name, "pos": one.pos} for one in there}
    lines: dict[str, dict[str, Any]] = {
        line.id: {"name": line.name, "pos": line.pos, "done": line.done, "home": one.id}
        for one in there
        for line in one.lines
    }
    todo = steps(there, wanted)
    for number, one in enumerate(todo.lists):
        home = one.id or f"new {number}"
        lists.setdefault(home, {}).update(one.body)
        for place, line in enumerate(one.lines):
            known = lines.setdefault(line.id or f"{home}/{place}", {"done": line.body.get("checked"), "home": home})
            if "state" in line.body:
                known["done"] = line.body["state"] == "complete"
            known.update({key: value for key, value in line.body.items() if key in ("name", "pos")})
            assert line.moves == (known["home"] != home)
            known["home"] = home
    for gone in todo.gone_lines:
        del lines[gone]
    for gone in todo.gone_lists:
        del lists[gone]
    found = []
    for key, listed in sorted(lists.items(), key=lambda pair: float(pair[1]["pos"])):
        inside = sorted((line for line in lines.values() if line["home"] == key), key=lambda line: float(line["pos"]))
        found.append((listed["name"], [(line["name"], line["done"]) for line in inside]))
    return found


def test_few_are_moved() -> None:
    assert places([1.0, 2.0, 3.0]) == [None, None, None]
    assert places([3.0, 1.0, 2.0]) == [0.5, None, None]
    assert places([1.0, None, 2.0, None]) == [None, 1.5, None, 2.0 + 16384]


def test_what_a_person_wrote_like_a_checklist_is_none() -> None:
    text = "**Checklist:** mine\n- [x] a\n\nSee."
    read = DIALECT.read(text).markdown
    assert read.startswith("**\u2060Checklist:** mine")
    assert DIALECT.write(read.replace("See", "Look"), text).document == text.replace("See", "Look")
    assert checklists(DIALECT.write("**Checklist:** mine\n\n- a\n- [x] b\n\n1. c").document) == (
        Checklist("mine", (Task("a", False), Task("b", True))),
    )
    assert DIALECT.write("**Checklist:**\n\n- [ ] a").document == "**Checklist:**\n\n- [ ] a"


def test_what_is_under_a_line_becomes_lines_and_is_told() -> None:
    written = DIALECT.write("**Checklist:** S\n\n- [x] a\n  - [ ] b\n\n    ```\n    code\n    ```")
    assert checklists(written.document) == (Checklist("S", (Task("a", True), Task("b", False), Task("`code`", False))),)
    assert written.loss


def test_names_keep_their_spelling() -> None:
    document = native("", [Checklist("A *b*", (Task("__a__  b", False), Task("# no heading", True)))])
    read = DIALECT.read(document).markdown
    assert read == "**Checklist:** A \\*b\\*\n\n- [ ] **a**  b\n- [x] \\# no heading"
    assert DIALECT.write(read.replace("no heading", "heading"), document).document == native(
        "", [Checklist("A *b*", (Task("__a__  b", False), Task("# heading", True)))]
    )


@pytest.fixture
def connector(connect: "Connections") -> TrelloConnector:
    return connect(opening={"in_text": True})


def add(trello: "Trello", *lines: str, desc: str = "text") -> tuple[Any, list[str]]:
    card = trello.add(desc=desc)
    made = trello.ok("POST", f"cards/{card['id']}/checklists", {"name": "Steps"})["id"]
    return card, [trello.ok("POST", f"checklists/{made}/checkItems", {"name": one})["id"] for one in lines]


def fetched(connector: TrelloConnector, card: Any) -> Native:
    return connector.fetch([card["id"]]).found[card["id"]]


def described(*lines: str, desc: str = "text", done: str = "") -> Json:
    return native(desc, [Checklist("Steps", tuple(Task(line, line in done) for line in lines))])


def update(connector: TrelloConnector, card: Any, wanted: Json, **more: Json) -> int:
    """Write a description; how many requests that took."""
    seen, before = fetched(connector, card), connector.requests()
    patch = {Field.DESCRIPTION: wanted, **{Field(name): value for name, value in more.items()}}
    updated = connector.update(seen.ref, patch, seen)
    sent = connector.requests() - before
    assert updated.native is not None
    assert updated.native.fields == fetched(connector, card).fields
    assert (set(updated.applied), dict(updated.refused)) == (set(patch), {})
    return sent


def test_reading_them_costs_no_request_more(trello: "Trello", connect: "Connections") -> None:
    card, _ = add(trello, "a", "b")
    connector = connect(board=trello.board, opening={"in_text": True})
    [page] = connector.changes(None)
    assert page.items[0].fields[Field.DESCRIPTION] == described("a", "b")
    assert connector.requests() == 2
    assert fetched(connector, card).fields == page.items[0].fields
    assert not {Field.TYPE, Field.PARENT} & connector.vocabulary().fields


def test_a_tick_is_one_write_and_what_is_the_same_none(trello: "Trello", connector: TrelloConnector) -> None:
    card, _ = add(trello, "a", "b")
    assert update(connector, card, described("a", "b", done="b")) == 2
    assert update(connector, card, described("a", "b", done="b")) == 1
    assert update(connector, card, described("a", "b", desc="new", done="b")) == 2
    assert update(connector, card, described("b", "a", "c", done="c"), title="renamed") == 1 + 1 + 3
    assert update(connector, card, "new") == 3


def test_nothing_is_written_over_what_moved(trello: "Trello", connector: TrelloConnector) -> None:
    card, [line] = add(trello, "a")
    seen = fetched(connector, card)
    trello.ok("PUT", f"cards/{card['id']}/checkItem/{line}", {"state": "complete"})
    with pytest.raises(StaleError):
        connector.update(seen.ref, {Field.DESCRIPTION: described("b"), Field.TITLE: "renamed"}, seen)
    assert fetched(connector, card).fields == {**seen.fields, Field.DESCRIPTION: described("a", done="a")}


def test_what_there_is_no_room_for_is_refused_as_a_whole(trello: "Trello", connector: TrelloConnector) -> None:
    card, _ = add(trello, "a")
    seen = fetched(connector, card)
    many = described(*(str(number) for number in range(201)), desc="other")
    with pytest.raises(RejectedError, match="'Steps' has 201 items, Trello has room for 200"):
        connector.update(seen.ref, {Field.DESCRIPTION: many}, seen)
    assert fetched(connector, card).fields == seen.fields
    updated = connector.update(seen.ref, {Field.DESCRIPTION: many, Field.TITLE: "b"}, seen)
    assert (set(updated.applied), [*updated.refused]) == ({Field.TITLE}, [Field.DESCRIPTION])
    assert updated.native is not None
    assert updated.native.fields == fetched(connector, card).fields
    [made] = connector.create([Draft({Field.TITLE: "c", Field.DESCRIPTION: many}, Marker("I"))])
    assert [*made.notes] == [Field.DESCRIPTION]
    assert made.native is not None
    assert made.native.fields[Field.DESCRIPTION] == "other"
    assert DIALECT.size(many) == len("other")


def test_a_card_is_made_with_its_checklists(trello: "Trello", connector: TrelloConnector) -> None:
    wanted = native("t", [Checklist("A", (Task("a", True), Task("b", False))), Checklist("B")])
    [made] = connector.create([Draft({Field.TITLE: "c", Field.DESCRIPTION: wanted}, Marker("I"))])
    assert (made.error, made.notes, made.unfinished) == (None, {}, frozenset())
    assert made.native is not None
    assert made.native.fields[Field.DESCRIPTION] == wanted
    assert fetched(connector, {"id": made.native.ref.id}).fields == made.native.fields


@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_lost_answer_leaves_open_what_was_done_and_the_history_says_by_whom(
    trello: "Trello", served: "Served", connector: TrelloConnector, which: int
) -> None:
    card, _ = add(trello, "a", "b")
    seen = fetched(connector, card)
    trello.clock.advance(60)
    wanted = described("a", "c", "d", "b", done="a")
    writes = []

    def lost(request: Any) -> Any:
        if request.method != "GET":
            writes.append(request)
        if request.method == "GET" or len(writes) != which:
            return None
        trello.sandbox.dispatch(request)
        return lambda environ, start: start("200 OK", [("Content-Type", "application/json")]) or [b"{"]

    served.recorder.answers = lost
    with pytest.raises(UnknownOutcomeError):
        connector.update(seen.ref, {Field.DESCRIPTION: wanted}, seen)
    assert len(writes) == which
    look = connector.inspect(seen.ref, seen.updated_at)
    assert look.native is not None
    shown = look.native.fields[Field.DESCRIPTION]
    assert [event for event in look.events if event.field is Field.DESCRIPTION] == [
        Event(look.events[-1].at, trello.person("pmsync"), Field.DESCRIPTION, shown, shown)
    ]
    served.recorder.answers = lambda request: None
    update(connector, card, wanted)
    assert fetched(connector, card).fields[Field.DESCRIPTION] == wanted


def test_what_the_history_tells_of_a_text_and_that_it_names_none_where_several_had_a_hand_in_it(
    trello: "Trello", connector: TrelloConnector
) -> None:
    card, [line] = add(trello, "a")
    seen = fetched(connector, card)
    trello.ok("PUT", f"cards/{card['id']}", {"desc": "other"})
    trello.clock.advance(60)
    since = trello.clock.now()
    trello.ok("PUT", f"cards/{card['id']}", {"desc": "again"})
    [event] = connector.inspect(seen.ref, since).events
    assert (event.before, event.after) == (described("a", desc="other"), described("a", desc="again"))
    trello.ok("PUT", f"cards/{card['id']}/checkItem/{line}", {"state": "complete"}, user="pmsync")
    [event] = connector.inspect(seen.ref, since).events
    assert (event.actor, event.before, event.after) == (None, None, described("a", desc="again", done="a"))


def test_a_text_that_opens_code_swallows_no_checklist() -> None:
    document = native("```\ncode", [Checklist("S", (Task("[a]", False),))])
    read = DIALECT.read(document).markdown
    assert checklists(DIALECT.write(read).document) == checklists(document)
    assert prose(DIALECT.write(read, document).document) == "```\ncode"
