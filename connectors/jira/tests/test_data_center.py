"""A Jira Data Center over HTTP, where it differs from the cloud."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import responses
from requests import PreparedRequest

from pmsync.connector.api import Connector, Opening
from pmsync.errors import AuthError, RejectedError
from pmsync.model.fields import Field, Json
from pmsync_jira import plugin
from pmsync_jira.settings import JiraSettings

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Desk, Lab

MakeDesk = Callable[[Connector], "Desk"]


def test_every_field_makes_the_round_trip(data_center: "Lab", desk: MakeDesk) -> None:
    at = desk(data_center.connect())
    values: dict[str, Json] = {
        "description": "Some *text*",
        "priority": "1",
        "assignees": ["grace"],
        "labels": ["a", "b"],
        "start": "2026-05-11",
        "due": "2026-05-12",
        "estimate": 3.0,
    }
    draft = at.draft(1, "Done", "Story", **values)
    (created,) = at.connector.create([draft])
    assert (created.error, created.notes) == (None, {})
    assert created.native is not None
    nothing: dict[Field, Json] = {
        Field.PARENT: None,
        Field.RELEASE: [],
        Field.SPRINT: None,
        Field.TIME_SPENT: None,
        Field.LINKS: [],
    }
    assert created.native.fields == {**nothing, **draft.fields}
    assert created.native.marker == draft.marker
    patch: dict[Field, Json] = {Field.ASSIGNEES: [], Field.LABELS: ["b", "c"], Field.DESCRIPTION: None}
    updated = at.connector.update(created.native.ref, patch, created.native)
    assert (updated.native, updated.applied, updated.refused) == (None, frozenset(patch), {})
    shown = at.connector.fetch([created.native.ref.id]).found[created.native.ref.id].fields
    assert {field: shown[field] for field in patch} == patch


def test_readings_are_paged_by_offset_and_complete(data_center: "Lab", desk: MakeDesk) -> None:
    at = desk(data_center.connect())
    ada = data_center.user("ada")
    ids = [ada.create(f"Card {number}") for number in range(230)]
    data_center.asked()
    pages = list(at.connector.changes(None))
    assert data_center.asked() == {"POST search": 3}
    assert [item.ref.id for page in pages for item in page.items] == ids
    assert pages[-1].whole
    list(at.connector.changes({"updated": int(datetime.now(UTC).timestamp() * 1000) + 3_600_000}))
    assert data_center.asked() == {"POST search": 1, "GET myself": 1}


def test_an_issue_that_moves_up_between_two_pages_is_not_missed(data_center: "Lab", desk: MakeDesk) -> None:
    at = desk(data_center.connect())
    ada = data_center.user("ada")
    ids = [ada.create(f"Card {number}") for number in range(150)]
    reading = at.connector.changes({"updated": int(datetime.now(UTC).timestamp() * 1000)})
    first = next(reading)
    for id_ in ids[:9]:
        ada.edit(id_, summary="Changed in between")
    rest = list(reading)
    found = {item.ref.id for page in (first, *rest) for item in page.items}
    assert found == set(ids)


def test_the_filter_and_what_leaves_it(data_center: "Lab", desk: MakeDesk) -> None:
    ada = data_center.user("ada")
    inside = ada.create("In", labels=["roadmap"])
    ada.create("Out")
    at = desk(data_center.connect(jql="labels = roadmap"))
    assert [item.ref.id for page in at.connector.changes(None) for item in page.items] == [inside]
    ada.edit(inside, labels=[])
    (page,) = at.connector.changes({"updated": int(datetime.now(UTC).timestamp() * 1000)})
    assert not any(item.admitted for item in page.items)


def test_a_marker_is_found(data_center: "Lab", desk: MakeDesk) -> None:
    at = desk(data_center.connect())
    moment = datetime.now(UTC)
    native = at.made(1)
    found = at.connector.find([at.draft(1).marker, at.draft(2).marker], moment)
    assert found == {"item-1": native}


def test_missing_issues_are_told_one_by_one(data_center: "Lab", desk: MakeDesk) -> None:
    at = desk(data_center.connect())
    native = at.made()
    fetched = at.connector.fetch([native.ref.id, "999999"])
    assert (set(fetched.found), fetched.missing) == ({native.ref.id}, frozenset({"999999"}))


def test_the_history_names_people_as_assignments_do(data_center: "Lab", desk: MakeDesk) -> None:
    at = desk(data_center.connect())
    native = at.made()
    moment = datetime.now(UTC)
    data_center.user("ada").edit(native.ref.id, assignee={"name": "grace"})
    (event,) = at.connector.inspect(native.ref, moment).events
    assert (event.actor, event.field, event.before, event.after) == ("ada", Field.ASSIGNEES, [], ["grace"])


def test_a_revoked_token_is_noticed(data_center: "Lab", desk: MakeDesk) -> None:
    at = desk(data_center.connect())
    data_center.emulator.revoke("pmsync")
    with pytest.raises(AuthError):
        list(at.connector.changes(None))


def test_archiving_says_what_it_takes(data_center: "Lab", desk: MakeDesk) -> None:
    native = desk(data_center.connect()).made()
    with pytest.raises(RejectedError, match="administrator"):
        data_center.connect(user="ada").archive(native.ref)


def test_an_archived_issue_is_on_no_list_and_is_not_missing(data_center: "Lab", desk: MakeDesk) -> None:
    at = desk(data_center.connect())
    native, other = at.made(1), at.made(2)
    at.connector.archive(native.ref)
    at.connector.archive(native.ref)
    assert [item.ref for page in at.connector.changes(None) for item in page.items] == [other.ref]
    fetched = at.connector.fetch([native.ref.id, other.ref.id, "999999"])
    assert {id_: found.archived for id_, found in fetched.found.items()} == {native.ref.id: True, other.ref.id: False}
    assert fetched.missing == {"999999"}


class OldJira:
    """A Data Center that takes no epoch milliseconds in JQL, and whose user lives on the west coast."""

    url = "https://jira.acme.io/jira"

    def __init__(self) -> None:
        self.queries: list[str] = []

    def answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        path = str(request.url).removeprefix(f"{self.url}/rest/api/2/").partition("?")[0]
        match path:
            case "serverInfo":
                body: object = {"versionNumbers": [8, 5, 0], "version": "8.5.0", "deploymentType": "Server"}
            case "myself":
                body = {"name": "ada", "displayName": "Ada", "timeZone": "America/Los_Angeles"}
            case "project/ENG":
                body = {"id": "1", "key": "ENG", "name": "Engineering", "issueTypes": []}
            case "field":
                body = []
            case "search":
                return self.search(json.loads(request.body or b"{}")["jql"])
            case _:
                return 404, {}, "{}"
        return 200, {}, json.dumps(body)

    def search(self, jql: str) -> tuple[int, dict[str, str], str]:
        self.queries.append(jql)
        if jql.partition(" ORDER")[0].endswith("000"):
            words = (
                "Date value '1778490000000' for field 'updated' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm'"
            )
            return 400, {}, json.dumps({"errorMessages": [words], "errors": {}})
        return 200, {"Date": "Mon, 11 May 2026 09:30:00 GMT"}, json.dumps({"issues": [], "startAt": 0, "total": 0})


@responses.activate
def test_where_epoch_milliseconds_are_refused_times_are_told_in_the_users_zone() -> None:
    jira = OldJira()
    for method in (responses.GET, responses.POST):
        responses.add_callback(method, re.compile(jira.url), callback=jira.answer)
    connector = plugin.open(
        JiraSettings(url=jira.url, token="a-token", project="ENG"), Opening(connection="engineering", overlap=600.0)
    )
    at = datetime(2026, 5, 11, 9, 10, tzinfo=UTC)
    (page,) = connector.changes({"updated": int(at.timestamp() * 1000)})
    assert jira.queries[-1] == 'project = 1 AND updated >= "2026/05/11 02:00" ORDER BY updated ASC, key ASC'
    assert page.cursor == {"updated": int((at + timedelta(minutes=20)).timestamp() * 1000)}
    asked = len(jira.queries)
    list(connector.changes(page.cursor))
    assert len(jira.queries) == asked + 1
    connector.close()
