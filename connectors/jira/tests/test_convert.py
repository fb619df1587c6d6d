"""Jira's issues as natives and back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pmsync.model.fields import Field, Json
from pmsync.model.native import Marker
from pmsync_jira.convert import Conversion, CustomFields, marker_property, moment
from pmsync_jira.text import AdfDialect

CUSTOM = CustomFields(start=("customfield_1",), estimate=("customfield_2", "customfield_3"))
CLOUD = Conversion("https://acme.atlassian.net", "10000", True, AdfDialect(), CUSTOM)
DOCUMENT: Json = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Hello"}]}],
}


def issue(**fields: Any) -> dict[str, Any]:
    """An issue as Jira answers it; absent fields are those that a project hides."""
    known = {
        "summary": "A title",
        "status": {"id": "3", "name": "In Progress"},
        "issuetype": {"id": "10002", "name": "Task"},
        "project": {"id": "10000", "key": "ENG"},
        "created": "2026-05-11T09:21:07.123+0000",
        "updated": "2026-05-11T12:21:07.123+0300",
        "creator": {"accountId": "abc", "displayName": "Ada"},
    }
    return {"id": "10001", "key": "ENG-1", "fields": {**known, **fields}}


def test_times_are_read_with_their_offset() -> None:
    native = CLOUD.native(issue())
    assert native.created_at == datetime(2026, 5, 11, 9, 21, 7, 123_000, tzinfo=UTC)
    assert native.updated_at == native.created_at
    assert moment("2026-05-11T09:21:07.000-0930") == datetime(2026, 5, 11, 18, 51, 7, tzinfo=UTC)


def test_people_see_the_sites_address() -> None:
    assert CLOUD.native(issue()).ref.url == "https://acme.atlassian.net/browse/ENG-1"


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (Field.TITLE, {"summary": "x"}, "x"),
        (Field.STATUS, {}, {"place": "3"}),
        (Field.TYPE, {}, "10002"),
        (Field.PRIORITY, {"priority": None}, None),
        (Field.PRIORITY, {"priority": {"id": "2"}}, "2"),
        (Field.ASSIGNEES, {"assignee": None}, []),
        (Field.ASSIGNEES, {"assignee": {"accountId": "abc"}}, ["abc"]),
        (Field.LABELS, {"labels": ["b", "a", "b"]}, ["a", "b"]),
        (Field.DUE, {"duedate": "2026-05-11"}, "2026-05-11"),
        (Field.DUE, {"duedate": None}, None),
        (Field.START, {"customfield_1": "2026-05-11"}, "2026-05-11"),
        (Field.ESTIMATE, {"customfield_2": None, "customfield_3": 5}, 5.0),
        (Field.ESTIMATE, {"customfield_3": None}, None),
        (Field.PARENT, {}, None),
        (Field.PARENT, {"parent": {"id": "10007", "key": "ENG-7"}}, "10007"),
        (Field.DESCRIPTION, {"description": None}, None),
        (Field.DESCRIPTION, {"description": {"type": "doc", "version": 1, "content": []}}, None),
        (Field.DESCRIPTION, {"description": DOCUMENT}, DOCUMENT),
    ],
)
def test_a_field_is_read(field: Field, raw: dict[str, Any], value: Json) -> None:
    assert CLOUD.native(issue(**raw)).fields[field] == value


def test_a_field_that_the_project_hides_is_absent() -> None:
    fields = CLOUD.native(issue()).fields
    assert not fields.keys() & {Field.DUE, Field.START, Field.ESTIMATE, Field.PRIORITY, Field.DESCRIPTION}


def test_the_marker_is_read_from_the_property_and_only_from_ours() -> None:
    marker = Marker("item-1", "https://trello.com/c/1")
    written = marker_property(marker)
    raw = {**issue(), "properties": {written["key"]: written["value"]}}
    assert CLOUD.native(raw).marker == marker
    for value in (None, "text", {"item": 7}, {"item": ""}, {"twin": "x"}):
        assert CLOUD.native({**issue(), "properties": {"pmsync": value}}).marker is None
    assert CLOUD.native(issue()).marker is None


def test_an_issue_of_another_project_is_not_admitted() -> None:
    assert not CLOUD.native(issue(project={"id": "10009"})).admitted
    assert CLOUD.native(issue()).admitted
    assert not CLOUD.native(issue(), admitted=False).admitted


def test_an_archived_issue_says_so() -> None:
    assert CLOUD.native(issue(archiveddate="2026-05-11T09:21:07.123+0000")).archived


@pytest.mark.parametrize(
    ("field", "value", "sent"),
    [
        (Field.TITLE, "x", "x"),
        (Field.ASSIGNEES, ["abc", "def"], {"id": "abc"}),
        (Field.ASSIGNEES, [], None),
        (Field.PRIORITY, "2", {"id": "2"}),
        (Field.PRIORITY, None, None),
        (Field.PARENT, "10007", {"id": "10007"}),
        (Field.DUE, None, None),
        (Field.DESCRIPTION, DOCUMENT, DOCUMENT),
        (Field.ESTIMATE, 2.5, 2.5),
    ],
)
def test_a_value_is_written(field: Field, value: Json, sent: Any) -> None:
    assert CLOUD.written(field, value) == sent


def test_the_field_on_the_form_is_preferred() -> None:
    assert CUSTOM.id_for(Field.ESTIMATE) == "customfield_2"
    assert CUSTOM.id_for(Field.ESTIMATE, frozenset({"customfield_3"})) == "customfield_3"
    assert CUSTOM.id_for(Field.DUE) == "duedate"
    assert CustomFields().id_for(Field.START) is None
    assert CUSTOM.field_of("customfield_3") is Field.ESTIMATE
    assert CUSTOM.field_of("customfield_9") is None
