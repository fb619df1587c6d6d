"""Jira's changelog as events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pmsync.model.fields import Field, Json
from pmsync_jira.changelog import Changelog, when
from pmsync_jira.convert import Conversion, CustomFields
from pmsync_jira.text import AdfDialect, WikiDialect

CUSTOM = CustomFields(
    start=("customfield_1",),
    estimate=("customfield_2",),
    names={"Target start": "customfield_1", "Size": "customfield_2"},
)
AT = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


def changelog(*, cloud: bool = True) -> Changelog:
    return Changelog(Conversion("https://acme", "1", cloud, AdfDialect(), CUSTOM), {"JIRAUSER10100": "ada"})


def history(*items: dict[str, Any], created: Any = "2026-05-11T09:00:00.000+0000") -> dict[str, Any]:
    return {"id": "1", "created": created, "author": {"accountId": "abc"}, "items": list(items)}


@pytest.mark.parametrize(
    ("item", "field", "before", "after"),
    [
        ({"field": "status", "from": "3", "to": "5"}, Field.STATUS, {"place": "3"}, {"place": "5"}),
        ({"field": "summary", "fromString": "a", "toString": "b"}, Field.TITLE, "a", "b"),
        ({"field": "labels", "fromString": "", "toString": "b a"}, Field.LABELS, [], ["a", "b"]),
        ({"field": "assignee", "from": None, "to": "abc"}, Field.ASSIGNEES, [], ["abc"]),
        ({"field": "assignee", "from": "JIRAUSER10100", "to": ""}, Field.ASSIGNEES, ["ada"], []),
        ({"field": "priority", "from": "3", "to": "1"}, Field.PRIORITY, "3", "1"),
        ({"field": "issuetype", "from": "1", "to": "2"}, Field.TYPE, "1", "2"),
        (
            {"field": "duedate", "from": "2026-05-11", "fromString": "2026-05-11 00:00:00.0", "to": None},
            Field.DUE,
            "2026-05-11",
            None,
        ),
        ({"field": "Start date", "fieldId": "customfield_1", "to": "2026-05-11"}, Field.START, None, "2026-05-11"),
        (
            {"field": "Story Points", "fieldId": "customfield_2", "fromString": "", "toString": "3"},
            Field.ESTIMATE,
            None,
            3.0,
        ),
        ({"field": "Target start", "fieldtype": "custom", "to": "2026-05-11"}, Field.START, None, "2026-05-11"),
        ({"field": "Size", "fieldtype": "custom", "fromString": "2", "toString": "3"}, Field.ESTIMATE, 2.0, 3.0),
        ({"field": "IssueParentAssociation", "from": "10001", "to": None}, Field.PARENT, "10001", None),
        ({"field": "description", "fromString": None, "toString": "text"}, Field.DESCRIPTION, "", "text"),
    ],
)
def test_a_change_is_an_event(item: dict[str, Any], field: Field, before: Json, after: Json) -> None:
    (event,) = changelog().events([history(item)], AT)
    assert (event.field, event.before, event.after) == (field, before, after)
    assert (event.at, event.actor) == (AT, "abc")


def test_what_is_not_kept_in_step_is_no_event() -> None:
    assert changelog().events([history({"field": "resolution", "from": "1"}, {"field": "Rank"})], AT) == ()


def test_events_come_oldest_first_and_from_the_moment_on() -> None:
    def title(text: str, minute: int) -> dict[str, Any]:
        return history({"field": "summary", "toString": text}, created=f"2026-05-11T09:{minute:02}:00.000+0000")

    events = changelog().events([title("c", 2), title("b", 1), title("a", 0)], AT.replace(minute=1))
    assert [event.after for event in events] == ["b", "c"]


def test_what_changed_within_one_moment_comes_in_the_order_in_which_it_did() -> None:
    def title(number: int, before: str, after: str) -> dict[str, Any]:
        return history({"field": "summary", "fromString": before, "toString": after}) | {"id": str(number)}

    events = changelog().events([title(10, "c", "d"), title(9, "b", "c"), title(2, "a", "b")], AT)
    assert [event.after for event in events] == ["b", "c", "d"]


def test_a_description_s_past_is_told_in_words_by_cloud_and_as_its_markup_by_data_center() -> None:
    told = [history({"field": "description", "fromString": "*old*\r\nword", "toString": ""}) | {"author": None}]
    (cloud,) = changelog().events(told, AT)
    assert cloud.before == "*old*\r\nword"
    assert cloud.after is not None, "no description at all would be a native value, and what stood before it none"
    conversion = Conversion("https://acme", "1", cloud=False, dialect=WikiDialect(), custom=CUSTOM)
    (data_center,) = Changelog(conversion, {}).events(told, AT)
    assert (data_center.before, data_center.after) == ("*old*\nword", None)


def test_bulk_answers_tell_the_time_in_milliseconds() -> None:
    assert when(1_778_490_000_000) == when("2026-05-11T09:00:00.000+0000") == AT


def test_an_anonymous_change_has_no_actor() -> None:
    (event,) = changelog(cloud=False).events([{**history({"field": "summary"}), "author": None}], AT)
    assert event.actor is None
