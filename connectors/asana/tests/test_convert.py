"""Tasks, patches and stories as values: nothing is asked of anybody."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pmsync.model.fields import Field, Json
from pmsync.model.native import Marker, Native
from pmsync.model.vocabulary import CustomField, CustomKind
from pmsync_asana.convert import Layout, body, native
from pmsync_asana.history import events
from pmsync_asana.refusing import culprit

PRIORITY = CustomField(id="20", name="Priority", kind=CustomKind.SELECT)
ESTIMATE = CustomField(id="21", name="Estimate", kind=CustomKind.NUMBER)
LAYOUT = Layout("10", "1", {Field.PRIORITY: PRIORITY, Field.ESTIMATE: ESTIMATE}, sections=("11", "12"))
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
AT = "2026-05-11T09:00:00.000Z"


def task(**changes: Any) -> dict[str, Any]:
    return {"gid": "5", "name": "T", "created_at": AT, "modified_at": AT, **changes}


def read(**changes: Any) -> Native:
    return native(task(**changes), LAYOUT, lambda html: html)


def test_of_several_projects_ours_gives_the_place() -> None:
    memberships = [
        {"project": {"gid": "99"}, "section": {"gid": "98"}},
        {"project": {"gid": "10"}, "section": {"gid": "12"}},
    ]
    shown = read(memberships=memberships, completed=True)
    assert shown.admitted
    assert shown.fields[Field.STATUS] == {"place": "12", "completed": True}


@pytest.mark.parametrize("memberships", [[], None, [{"project": {"gid": "99"}, "section": {"gid": "98"}}]])
def test_a_task_of_other_projects_is_not_admitted(memberships: Any) -> None:
    assert not read(memberships=memberships).admitted


def test_nulls_and_absences_are_read_as_nothing() -> None:
    names = ("html_notes", "assignee", "due_on", "due_at", "start_on", "start_at", "tags", "custom_fields", "parent")
    empty = read(**dict.fromkeys(names))
    assert empty.fields == read().fields
    assert empty.fields == {
        Field.TITLE: "T",
        Field.DESCRIPTION: "<body></body>",
        Field.STATUS: {"place": None, "completed": False},
        Field.ASSIGNEES: [],
        Field.LABELS: [],
        Field.DUE: None,
        Field.START: None,
        Field.PARENT: None,
        Field.PRIORITY: None,
        Field.ESTIMATE: None,
        Field.TYPE: None,
        Field.LINKS: [],
    }


def test_custom_fields_of_other_projects_are_not_ours() -> None:
    customs = [{"gid": "30", "enum_value": {"gid": "31"}}, {"gid": "20", "enum_value": {"gid": "22"}}]
    assert read(custom_fields=customs).fields[Field.PRIORITY] == "22"
    bare = native(task(custom_fields=customs), Layout("10", "1"), lambda html: html)
    assert Field.PRIORITY not in bare.fields


def test_labels_are_sorted_and_without_doubles() -> None:
    tags = [{"gid": "1", "name": "b"}, {"gid": "2", "name": "a"}, {"gid": "3", "name": "b"}, {"gid": "4", "name": ""}]
    assert read(tags=tags).fields[Field.LABELS] == ["a", "b"]


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        ({}, {}),
        ({Field.TITLE: "T"}, {"name": "T"}),
        ({Field.STATUS: {"place": "11", "completed": True}}, {"completed": True}),
        ({Field.STATUS: {"place": "11"}}, {}),
        ({Field.ASSIGNEES: ["7", "8"]}, {"assignee": "7"}),
        ({Field.ASSIGNEES: []}, {"assignee": None}),
        ({Field.DUE: "2026-05-11"}, {"due_on": "2026-05-11"}),
        ({Field.DUE: AT}, {"due_at": AT}),
        ({Field.DUE: None}, {"due_on": None}),
        ({Field.DUE: None, Field.START: None}, {"due_on": None, "start_on": None}),
        ({Field.DUE: AT, Field.START: AT}, {"due_at": AT, "start_at": AT}),
        ({Field.DUE: AT, Field.START: "2026-05-10"}, {"due_at": AT, "start_on": "2026-05-10"}),
        ({Field.DUE: "2026-05-12", Field.START: AT}, {"due_on": "2026-05-12", "start_on": "2026-05-11"}),
        ({Field.PRIORITY: "22", Field.ESTIMATE: 2.5}, {"custom_fields": {"20": "22", "21": 2.5}}),
        ({Field.PRIORITY: None}, {"custom_fields": {"20": None}}),
        ({Field.LABELS: ["x"], Field.PARENT: "9"}, {}),
    ],
)
def test_a_patch_becomes_the_keys_of_one_call(fields: dict[Field, Json], written: dict[str, Any]) -> None:
    assert body(fields, LAYOUT, None) == written


def test_the_marker_goes_with_every_description() -> None:
    marker = Marker("i", "https://x.y/")
    assert body({Field.DESCRIPTION: "<body>a</body>"}, LAYOUT, marker) == {
        "html_notes": "<body>a\nhttps://x.y/#pmsync=i</body>"
    }


def test_a_field_that_the_project_lacks_is_not_written() -> None:
    assert body({Field.PRIORITY: "22", Field.ESTIMATE: 1.0}, Layout("10", "1"), None) == {}


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("Asana: html_notes: xml: bad", Field.DESCRIPTION),
        ("Asana: assignee: Unknown object: 9", Field.ASSIGNEES),
        ("Asana: start_on: too late", Field.START),
        ("Asana: something else", None),
    ],
)
def test_complaints_name_their_field(message: str, field: Field | None) -> None:
    assert culprit(message) is field


def story(subtype: str, minute: int = 0, **details: Any) -> dict[str, Any]:
    at = f"2026-05-11T09:{minute:02d}:00.000Z"
    return {"created_at": at, "created_by": {"gid": "7"}, "resource_subtype": subtype, **details}


def moved(minute: int, old: str, new: str) -> dict[str, Any]:
    return story("section_changed", minute, old_section={"gid": old}, new_section={"gid": new})


def test_moves_and_ticks_are_told_with_the_whole_status() -> None:
    now = read(memberships=[{"project": {"gid": "10"}, "section": {"gid": "12"}}], completed=False)
    told = [moved(1, "11", "12"), story("marked_complete", 2), moved(3, "98", "99"), story("marked_incomplete", 4)]
    found = events(told, now, LAYOUT, LONG_AGO)
    assert [(event.before, event.after) for event in found] == [
        ({"place": "11", "completed": False}, {"place": "12", "completed": False}),
        ({"place": "12", "completed": False}, {"place": "12", "completed": True}),
        ({"place": "12", "completed": True}, {"place": "12", "completed": False}),
    ]
    assert {event.actor for event in found} == {"7"}


def test_a_chain_of_assignees_is_worked_out_from_the_beginning() -> None:
    told = [
        story("assigned", 1, assignee={"gid": "a"}),
        story("assigned", 2, assignee={"gid": "b"}),
        story("unassigned", 3),
    ]
    found = events(told, None, LAYOUT, datetime(2026, 5, 11, 9, 2, tzinfo=UTC))
    assert [(event.before, event.after) for event in found] == [(["a"], ["b"]), (["b"], [])]


def test_dates_labels_numbers_and_texts_are_told() -> None:
    dates = {
        "old_dates": {"due_on": "2026-05-11", "due_at": None, "start_on": None},
        "new_dates": {"due_on": "2026-05-12", "due_at": "2026-05-12T08:00:00Z", "start_on": "2026-05-10"},
    }
    told = [
        story("due_date_changed", 1, **dates),
        story("added_to_tag", 2, tag={"gid": "1", "name": "x"}),
        story("removed_from_tag", 3, tag={"gid": "1", "name": "x"}),
        story("number_custom_field_changed", 4, custom_field={"gid": "21"}, old_number_value=None, new_number_value=3),
        story("number_custom_field_changed", 5, custom_field={"gid": "99"}, old_number_value=1, new_number_value=2),
        story("notes_changed", 6),
        story("comment_added", 7, text="x"),
    ]
    found = events(told, None, LAYOUT, LONG_AGO)
    assert [(event.field, event.before, event.after) for event in found] == [
        (Field.DUE, "2026-05-11", "2026-05-12T08:00:00.000Z"),
        (Field.START, None, "2026-05-10"),
        (Field.LABELS, [], ["x"]),
        (Field.LABELS, ["x"], []),
        (Field.ESTIMATE, None, 3.0),
        (Field.DESCRIPTION, None, None),
    ]


def test_a_change_by_nobody_is_told_too() -> None:
    (event,) = events(
        [{**story("name_changed", old_name="a", new_name="b"), "created_by": None}], None, LAYOUT, LONG_AGO
    )
    assert event.actor is None
