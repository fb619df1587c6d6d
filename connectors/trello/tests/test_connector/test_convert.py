"""Trello's JSON as recorded, read into items and events; what cannot be read is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pmsync.model.fields import Field
from pmsync.model.native import Marker
from pmsync.model.vocabulary import CustomField, CustomKind, Term
from pmsync_trello import convert
from pmsync_trello.custom_values import number_text, values
from pmsync_trello.names import Label, Names
from pmsync_trello.settings import Scope
from pmsync_trello.text import MarkdownDialect

BOARD = "5abbe4b7ddc1b351ef961414"
TODO = "5abbe4b7ddc1b351ef961415"
DONE = "5abbe4b7ddc1b351ef961416"
CARD: dict[str, Any] = {
    "id": "5f0000000000000000000001",
    "idShort": 42,
    "shortLink": "0N7Yrpro",
    "name": "hello",
    "desc": "text",
    "closed": False,
    "idBoard": BOARD,
    "idList": TODO,
    "due": "2026-05-11T15:00:00.000Z",
    "start": None,
    "dateLastActivity": "2026-05-11T09:21:07.123Z",
    "idMembers": ["m2", "m1"],
    "labels": [],
    "shortUrl": "https://trello.com/c/0N7Yrpro",
}
DIALECT = MarkdownDialect()
HELD = {
    Field.PRIORITY: CustomField(id="p", name="Priority", kind=CustomKind.SELECT),
    Field.ESTIMATE: CustomField(id="e", name="Estimate", kind=CustomKind.NUMBER),
}


def names(**changes: Any) -> Names:
    given: dict[str, Any] = {
        "board": Term(id=BOARD, name="Roadmap"),
        "url": "",
        "lists": (Term(id=TODO, name="To Do"), Term(id=DONE, name="Done", open=False)),
        "labels": (Label("l1", "mobile"), Label("l2", "")),
        "members": (),
    }
    return Names(**{**given, **changes})


def test_the_order_of_members_is_kept_and_that_of_labels_is_not() -> None:
    labels = [{"name": "b"}, {"name": ""}, {"name": "a"}, {"name": "b"}]
    native = convert.native({**CARD, "labels": labels}, names(), DIALECT)
    assert native.fields[Field.ASSIGNEES] == ["m2", "m1"]
    assert native.fields[Field.LABELS] == ["a", "b"]
    assert native.created_at == datetime.fromtimestamp(0x5F000000, UTC)


def test_nul_is_in_no_title() -> None:
    assert convert.native({**CARD, "name": "a\x00b"}, names(), DIALECT).fields[Field.TITLE] == "ab"


@pytest.mark.parametrize(
    ("changes", "scope", "admitted"),
    [
        ({}, Scope(list="To Do"), True),
        ({}, Scope(list=DONE), False),
        ({"labels": [{"name": "mobile"}]}, Scope(label="mobile"), True),
        ({"labels": [{"name": "mobile"}]}, Scope(label="l1"), True),
        ({"labels": [{"name": ""}]}, Scope(label="mobile"), False),
        ({"idBoard": TODO}, Scope(), False),
    ],
)
def test_the_scope_admits_by_name_or_id(changes: dict[str, Any], scope: Scope, admitted: bool) -> None:
    assert convert.native({**CARD, **changes}, names(scope=scope), DIALECT).admitted is admitted


def test_a_card_is_archived_itself_or_with_its_list() -> None:
    assert not convert.native(CARD, names(), DIALECT).archived
    assert convert.native({**CARD, "closed": True}, names(), DIALECT).archived
    assert convert.native({**CARD, "idList": DONE}, names(), DIALECT).archived


@pytest.mark.parametrize("broken", [{"id": None}, {"dateLastActivity": "soon"}, {"labels": [7]}, {"due": "tomorrow"}])
def test_what_is_no_card_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        convert.native({**CARD, **broken}, names(), DIALECT)


@pytest.mark.parametrize(
    ("marker", "url"),
    [
        (Marker("I", "https://x.example/1"), "https://x.example/1#pmsync=I"),
        (Marker("I", "https://x.example/1#part"), "https://x.example/1#part#pmsync=I"),
        (Marker("I"), "https://pmsync.invalid/#pmsync=I"),
    ],
)
def test_a_marker_is_an_address_and_is_read_back(marker: Marker, url: str) -> None:
    assert convert.marker_link(marker) == url
    attachments = [{"url": "https://other.example"}, {"url": url}]
    native = convert.native({**CARD, "attachments": attachments}, names(), DIALECT)
    assert native.marker is not None
    assert native.marker.item == marker.item
    assert native.links == ("https://other.example",)


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (2.5, "2.5"), (0, "0"), (1234567.0, "1234567"), (0.1, "0.1"), (1e-7, "0.0000001")]
)
def test_numbers_are_written_as_people_do(value: float, text: str) -> None:
    assert number_text(value) == text
    assert shown({"number": text}, CustomKind.NUMBER) == value


@pytest.mark.parametrize("value", [None, {}, {"number": "many"}, {"text": "3"}])
def test_what_is_no_number_is_none(value: Any) -> None:
    assert shown(value, CustomKind.NUMBER) is None


def shown(value: Any, kind: CustomKind) -> Any:
    custom = CustomField(id="f", name="Field", kind=kind)
    item = {"idCustomField": "f", "idValue": None, "value": value}
    return values({"customFieldItems": [item]}, {Field.custom("Field"): custom})[Field.custom("Field")]


def action(kind: str, data: dict[str, Any], date: str = "2026-05-11T10:00:00.000Z") -> dict[str, Any]:
    return {"id": "a", "type": kind, "date": date, "idMemberCreator": "m1", "data": data}


RECORDED: list[tuple[dict[str, Any], list[tuple[Field, Any, Any]]]] = [
    (
        action("updateCard", {"old": {"idList": TODO}, "card": {"idList": DONE}, "listAfter": {"id": DONE}}),
        [(Field.STATUS, {"place": TODO}, {"place": DONE})],
    ),
    (
        action("updateCard", {"old": {"idList": TODO}, "card": {}, "listAfter": {"id": DONE}}),
        [(Field.STATUS, {"place": TODO}, {"place": DONE})],
    ),
    (action("updateCard", {"old": {"closed": False}, "card": {"closed": True}}), []),
    (action("updateCard", {"old": {"pos": 1}, "card": {"pos": 2}}), []),
    (
        action("updateCard", {"old": {"due": None}, "card": {"due": "2026-05-11T15:00:00.000Z"}}),
        [(Field.DUE, None, "2026-05-11T15:00:00.000Z")],
    ),
    (
        action("updateCard", {"old": {"name": "a", "desc": "b"}, "card": {"name": "c", "desc": ""}}),
        [(Field.TITLE, "a", "c"), (Field.DESCRIPTION, "b", "")],
    ),
    (action("addMemberToCard", {"idMember": "m2"}), [(Field.ASSIGNEES, [], ["m2"])]),
    (action("removeMemberFromCard", {"member": {"id": "m2"}}), [(Field.ASSIGNEES, ["m2"], [])]),
    (action("addLabelToCard", {"label": {"name": "x"}}), [(Field.LABELS, [], ["x"])]),
    (action("addLabelToCard", {"label": {"name": "", "color": "red"}}), []),
    (action("removeLabelFromCard", {"label": {"name": "x"}}), [(Field.LABELS, ["x"], [])]),
    (action("commentCard", {"text": "x"}), []),
    (
        action(
            "updateCustomFieldItem",
            {"old": {"idValue": "o1"}, "customFieldItem": {"idCustomField": "p", "idValue": None}},
        ),
        [(Field.PRIORITY, "o1", None)],
    ),
    (
        action(
            "updateCustomFieldItem",
            {"old": {"value": None}, "customFieldItem": {"idCustomField": "e", "value": {"number": "3"}}},
        ),
        [(Field.ESTIMATE, None, 3.0)],
    ),
    (action("updateCustomFieldItem", {"customFieldItem": {"idCustomField": "other"}}), []),
]


@pytest.mark.parametrize(("recorded", "expected"), RECORDED)
def test_recorded_actions_tell_what_changed(recorded: dict[str, Any], expected: list[tuple[Field, Any, Any]]) -> None:
    since = datetime(2026, 5, 11, 9, tzinfo=UTC)
    told = convert.events([recorded], since, names(held=HELD), DIALECT)
    assert [(event.field, event.before, event.after) for event in told] == expected
    assert {event.actor for event in told} <= {"m1"}


def test_events_are_oldest_first_and_no_older_than_asked() -> None:
    actions = [
        action("addMemberToCard", {"idMember": member}, f"2026-05-11T10:00:0{second}.000Z")
        for member, second in (("m3", 3), ("m2", 2), ("m1", 1))
    ]
    since = datetime(2026, 5, 11, 10, 0, 2, tzinfo=UTC)
    told = convert.events(actions, since, names(), DIALECT)
    assert [event.after for event in told] == [["m2"], ["m3"]]
