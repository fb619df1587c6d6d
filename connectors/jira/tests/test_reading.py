"""Reading a Jira Cloud over HTTP: what it costs, and what it finds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.connector.api import Connector, Page
from pmsync.errors import AuthError, FatalError
from pmsync.model.fields import Field, Json, StatusCategory
from pmsync.model.native import Marker, Native, Ref

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Desk, Lab

MakeDesk = Callable[[Connector], "Desk"]
SEARCH, BULK, MYSELF = "POST search/jql", "POST issue/bulkfetch", "GET myself"


def later(seconds: float) -> Json:
    """A cursor of a reading that was made so long after now."""
    return {"updated": int((datetime.now(UTC).timestamp() + seconds) * 1000)}


def settled(lab: "Lab", **changes: Any) -> Connector:
    """A connection as a second run opens it: with what the first has learned."""
    first = lab.connect(**changes)
    first.vocabulary()
    connector = lab.connect(memo=first.memo(), **changes)
    lab.asked()
    return connector


def items(pages: list[Page]) -> list[Native]:
    return [item for page in pages for item in page.items]


# --- what a reading costs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jql", ["", "labels = roadmap"])
def test_a_quiet_reading_is_one_search_and_one_proof_of_who_we_are(cloud: "Lab", jql: str) -> None:
    cloud.user("ada").create("Old news", labels=["roadmap"])
    connector = settled(cloud, jql=jql)
    pages = list(connector.changes(later(3600)))
    assert cloud.asked() == {SEARCH: 1, MYSELF: 1}
    assert pages == [Page((), later_kept(pages), last=True)]


def later_kept(pages: list[Page]) -> Json:
    """The cursor, which never goes back."""
    cursor = pages[-1].cursor
    assert isinstance(cursor, dict)
    assert isinstance(cursor["updated"], int)
    assert cursor["updated"] > datetime.now(UTC).timestamp() * 1000
    return cursor


@pytest.mark.parametrize(("jql", "searches"), [("", 1), ("labels = roadmap", 2)])
def test_one_change_costs_at_most_three_requests(cloud: "Lab", jql: str, searches: int) -> None:
    connector = settled(cloud, jql=jql)
    cloud.user("ada").create("News", labels=["roadmap"])
    (page,) = connector.changes(later(0))
    assert cloud.asked()[BULK] == 1
    assert [item.fields[Field.TITLE] for item in page.items] == ["News"]
    list(connector.changes(page.cursor))
    assert cloud.asked() == {SEARCH: searches, BULK: 1}


def test_a_deep_reading_is_a_bulk_fetch_per_hundred(cloud: "Lab") -> None:
    ada = cloud.user("ada")
    ids = [ada.create(f"Card {number}") for number in range(230)]
    connector = settled(cloud)
    pages = list(connector.changes(None))
    assert cloud.asked() == {SEARCH: 1, BULK: 3}
    assert [item.ref.id for item in items(pages)] == ids
    assert [(page.last, page.whole) for page in pages] == [(False, False), (False, False), (True, True)]
    assert {page.total for page in pages} == {230}


def test_the_first_opening_finds_out_where_it_is_and_the_second_knows(cloud: "Lab") -> None:
    first = cloud.connect()
    list(first.changes(None))
    assert cloud.asked() == {
        "GET serverInfo": 1,
        MYSELF: 2,
        "GET project/{projectIdOrKey}": 1,
        "GET field": 1,
        SEARCH: 1,
    }
    list(cloud.connect(memo=first.memo()).changes(None))
    assert cloud.asked() == {SEARCH: 1, MYSELF: 1}


# --- what a reading finds --------------------------------------------------------------------------------------------


def test_incremental_readings_miss_nothing_and_their_cursor_moves_on_though_nothing_changes(cloud: "Lab") -> None:
    connector = settled(cloud)
    cursor: Json = list(connector.changes(None))[-1].cursor
    ada = cloud.user("ada")
    for number in range(3):
        id_ = ada.create(f"Card {number}")
        pages = list(connector.changes(cursor))
        assert id_ in {item.ref.id for item in items(pages)}
        cursor = pages[-1].cursor
    assert isinstance(cursor, dict)
    assert isinstance(cursor["updated"], int)
    assert abs(cursor["updated"] / 1000 - datetime.now(UTC).timestamp()) < 5


def test_what_leaves_the_filter_is_told_as_not_admitted(cloud: "Lab") -> None:
    ada = cloud.user("ada")
    inside, outside = ada.create("In", labels=["roadmap"]), ada.create("Out")
    connector = settled(cloud, jql="labels = roadmap OR labels = plan")
    assert [item.ref.id for item in items(list(connector.changes(None)))] == [inside]
    ada.edit(inside, labels=[])
    ada.edit(outside, labels=["plan"])
    found = {item.ref.id: item.admitted for item in items(list(connector.changes(later(0))))}
    assert found == {inside: False, outside: True}
    assert {id_: native.admitted for id_, native in connector.fetch([inside, outside]).found.items()} == found


def test_the_filter_sees_a_change_that_the_index_has_not_seen_yet(cloud: "Lab") -> None:
    id_ = cloud.user("ada").create("In", labels=["roadmap"])
    connector = settled(cloud, jql="labels = roadmap")
    cloud.faults("lag")
    cloud.user("ada").edit(id_, labels=[])
    assert not connector.fetch([id_]).found[id_].admitted


def test_an_issue_that_the_index_still_lists_is_a_suspect(cloud: "Lab") -> None:
    kept, gone = (cloud.user("ada").create(title) for title in ("Kept", "Gone"))
    connector = settled(cloud)
    cloud.faults("lag")
    cloud.user("ada").call("DELETE", f"issue/{gone}")
    (page,) = connector.changes(later(0))
    assert ([item.ref.id for item in page.items], page.suspects) == ([kept], (gone,))


def test_a_listing_whose_token_went_stale_is_begun_again(cloud: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
    ada = cloud.user("ada")
    ids = [ada.create(f"Card {number}") for number in range(6)]
    connector = settled(cloud)
    monkeypatch.setattr("pmsync_jira.cloud._PAGE", 2)
    reading = connector.changes(None)
    first = next(reading)
    cloud.emulator.expire_tokens()
    rest = list(reading)
    assert [item.ref.id for item in first.items] == ids[:2]
    assert {item.ref.id for item in items(rest)} == set(ids)
    assert rest[-1].whole


def test_an_anonymous_answer_is_not_an_empty_project(cloud: "Lab") -> None:
    cloud.user("ada").create("Card")
    connector = settled(cloud)
    cloud.emulator.revoke("pmsync")
    with pytest.raises(AuthError):
        list(connector.changes(later(0)))
    with pytest.raises(AuthError):
        list(connector.changes(None))
    with pytest.raises(AuthError):
        connector.fetch(["10001"])


def test_a_project_that_is_not_for_us_stops_the_side(cloud: "Lab") -> None:
    with pytest.raises(FatalError, match="NOPE"):
        list(cloud.connect(project="NOPE").changes(None))
    with pytest.raises(FatalError, match="ENG"):
        cloud.connect(user="stranger").vocabulary()


def test_a_filter_that_is_no_jql_stops_the_side(cloud: "Lab") -> None:
    with pytest.raises(FatalError, match="jql"):
        list(cloud.connect(jql="flavour = sweet").changes(None))


def test_a_project_is_found_by_key_in_any_case_and_by_its_exact_name(cloud: "Lab") -> None:
    for name in ("ENG", "eng", "Engineering"):
        assert cloud.connect(project=name).vocabulary().container.name == "Engineering"
    with pytest.raises(FatalError):
        cloud.connect(project="Engineerin").vocabulary()


# --- one at a time ---------------------------------------------------------------------------------------------------


def test_a_reference_is_found_as_people_type_it(cloud: "Lab") -> None:
    id_ = cloud.user("ada").create("Card")
    key = cloud.issues()[0]["key"]
    connector = settled(cloud)
    for reference in (
        id_,
        key,
        key.lower(),
        f" {key} ",
        f"{cloud.url}/browse/{key}",
        f"{cloud.url}/browse/{key.lower()}?focusedId=1",
        f"{cloud.url}/jira/software/projects/ENG/boards/1?selectedIssue={key}",
    ):
        assert connector.locate(reference) == id_, reference


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "ENG",
        "ENG-99999",
        "777777",
        "https://trello.com/c/ENG-1",
        "ENG-1/../x",
        "http://[",
        "https://other.io/browse/ENG-1",
    ],
)
def test_what_is_none_of_jiras_is_not_found(cloud: "Lab", reference: str) -> None:
    cloud.user("ada").create("Card")
    assert settled(cloud).locate(reference) is None


def test_fetching_tells_the_found_from_the_missing_in_one_request_per_hundred(cloud: "Lab") -> None:
    ada = cloud.user("ada")
    ids = [ada.create(f"Card {number}") for number in range(101)]
    connector = settled(cloud)
    fetched = connector.fetch([*ids, "999999", ids[0]])
    assert (list(fetched.found), fetched.missing) == (ids, frozenset({"999999"}))
    assert cloud.asked() == {BULK: 2}


def test_an_inspection_tells_the_history_in_one_request(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    native = at.made()
    moment = datetime.now(UTC)
    ada = cloud.user("ada")
    ada.edit(native.ref.id, summary="Renamed", labels=["a", "b"], assignee={"accountId": at.people["Ada Lovelace"]})
    ada.move(native.ref.id, "11")
    cloud.asked()
    inspection = at.connector.inspect(native.ref, moment)
    assert cloud.asked() == {"GET issue/{issueIdOrKey}": 1}
    assert inspection.native is not None
    assert inspection.native.fields[Field.TITLE] == "Renamed"
    assert inspection.native.marker == native.marker
    assert {event.actor for event in inspection.events} == {at.people["Ada Lovelace"]}
    assert {event.field: (event.before, event.after) for event in inspection.events} == {
        Field.TITLE: ("Card 0", "Renamed"),
        Field.LABELS: ([], ["a", "b"]),
        Field.ASSIGNEES: ([], [at.people["Ada Lovelace"]]),
        Field.STATUS: ({"place": at.statuses["Backlog"]}, {"place": at.statuses["To Do"]}),
    }
    assert at.connector.inspect(native.ref, datetime.now(UTC) + timedelta(hours=1)).events == ()


def test_a_long_history_is_read_to_its_beginning(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    native = at.made()
    names = [f"Title {number}" for number in range(130)]
    ada = cloud.user("ada")
    for name in names:
        ada.edit(native.ref.id, summary=name)
    events = at.connector.inspect(native.ref, native.created_at).events
    assert [event.after for event in events if event.field is Field.TITLE] == names


def test_an_issue_that_is_not_there_is_inspected_as_nothing(cloud: "Lab") -> None:
    assert settled(cloud).inspect(Ref("999999"), datetime.now(UTC)).native is None


# --- names -----------------------------------------------------------------------------------------------------------


def test_the_vocabulary_has_the_projects_names(cloud: "Lab") -> None:
    connector = cloud.connect()
    names = connector.vocabulary()
    assert names.container.name == "Engineering"
    assert {term.name: term.category for term in names.statuses}["In Review"] is StatusCategory.IN_PROGRESS
    assert {term.name: term.category for term in names.statuses}["Won't Do"] is StatusCategory.DONE
    assert {term.name: term.level for term in names.types} == {
        "Epic": 1,
        "Story": 0,
        "Task": 0,
        "Bug": 0,
        "Sub-task": -1,
    }
    assert [term.name for term in names.priorities] == ["Highest", "High", "Medium", "Low", "Lowest"]
    assert {member.name for member in names.members} == {"Ada Lovelace", "Grace Hopper", "Linus Pauling", "pmsync"}
    assert names.fields == connector.capabilities.fields
    assert (names.labels, names.completed) == ((), False)


def test_the_vocabulary_takes_few_requests(cloud: "Lab") -> None:
    connector = settled(cloud)
    connector.vocabulary()
    types = 5
    assert sum(cloud.asked().values()) <= 5 + types


# --- markers ---------------------------------------------------------------------------------------------------------


def test_a_marker_is_found_though_the_index_lags(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    at.made(1)
    moment = datetime.now(UTC)
    cloud.faults("lag")
    natives = {number: at.made(number) for number in (2, 3)}
    found = at.connector.find([at.draft(n).marker for n in (1, 2, 3, 4)], moment)
    assert {item: native.ref for item, native in found.items()} == {
        "item-1": found["item-1"].ref,
        "item-2": natives[2].ref,
        "item-3": natives[3].ref,
    }


def test_many_markers_are_found_in_few_requests(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    moment = datetime.now(UTC)
    at.connector.create([at.draft(number) for number in range(120)])
    cloud.asked()
    found = at.connector.find([at.draft(number).marker for number in range(120)], moment)
    assert len(found) == 120
    assert sum(cloud.asked().values()) <= 8


def test_a_users_copy_of_an_issue_is_not_ours(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    moment = datetime.now(UTC)
    copied = {"key": "pmsync", "value": {"item": "item-9", "twin": ""}}
    fields = {"project": {"key": "ENG"}, "issuetype": {"name": "Task"}, "summary": "A copy"}
    cloud.user("ada").call("POST", "issue", {"fields": fields, "properties": [copied]})
    assert at.connector.find([Marker("item-9")], moment) == {}
    assert at.connector.find([], moment) == {}
