"""The connector on a bad day: which calls are repeated, which never are, and what every failure is called."""

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.errors import FatalError, RejectedError, TransientError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync_asana import client
from pmsync_asana.connector import AsanaConnector

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

LOST = ["500", "timeout", "reset", "truncated", "garbage"]


@pytest.fixture
def connector(lab: "Lab") -> Iterator[AsanaConnector]:
    connector = lab.connect()
    connector.vocabulary()
    yield connector
    lab.faults()


@pytest.mark.parametrize("kind", [*LOST, "429"])
def test_reads_are_repeated_until_they_succeed(lab: "Lab", connector: AsanaConnector, kind: str) -> None:
    tasks = lab.fill(20)
    lab.faults(kind, rate=0.5)
    for _ in range(5):
        pages = list(connector.changes(None))
        assert sorted(item.ref.id for page in pages for item in page.items) == sorted(tasks)
        assert connector.fetch(tasks).found.keys() == set(tasks)
        assert connector.vocabulary().container.name == "Launch"
    assert lab.clock.slept


@pytest.mark.parametrize("kind", LOST)
def test_reads_give_up_in_the_end(lab: "Lab", connector: AsanaConnector, kind: str) -> None:
    lab.faults(kind)
    lab.asked()
    with pytest.raises(TransientError) as caught:
        list(connector.changes(None))
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert lab.asked() == {"GET /events": 6}


def test_a_429_is_waited_for_exactly_as_long_as_it_says(lab: "Lab", connector: AsanaConnector) -> None:
    lab.faults("429", retry_after=17)
    with pytest.raises(TransientError) as caught:
        connector.vocabulary()
    assert caught.value.after == 17
    assert set(lab.clock.slept) == {17}


def test_a_429_that_asks_for_more_than_our_patience_is_raised_and_nothing_is_sent_till_it_is_over(
    lab: "Lab", connector: AsanaConnector
) -> None:
    lab.faults("429", retry_after=3600)
    with pytest.raises(TransientError) as caught:
        connector.vocabulary()
    assert caught.value.after == 3600
    lab.faults()
    lab.asked()
    with pytest.raises(TransientError, match="a pause that is not over"):
        connector.vocabulary()
    assert lab.asked() == {}
    lab.clock.advance(3600)
    assert connector.vocabulary().statuses
    assert lab.clock.slept == []


@pytest.mark.parametrize("kind", LOST)
def test_a_create_whose_answer_is_lost_is_of_unknown_outcome_and_sent_once(
    lab: "Lab", connector: AsanaConnector, kind: str
) -> None:
    lab.faults(kind)
    lab.asked()
    drafts = [lab.draft(number) for number in range(12)]
    created = connector.create(drafts)
    assert all(isinstance(one.error, UnknownOutcomeError) for one in created)
    assert lab.asked() == {"POST /batch": 3}
    lab.faults()
    found = connector.find([draft.marker for draft in drafts], lab.clock.now())
    shown = [str(task["name"]) for task in lab.state()]
    assert sorted(native.fields[Field.TITLE] for native in found.values()) == sorted(shown)  # type: ignore[type-var]
    if kind in ("truncated", "garbage"):
        assert len(found) == 12


def test_a_create_that_is_refused_for_the_rate_did_not_happen(lab: "Lab", connector: AsanaConnector) -> None:
    lab.faults("429", retry_after=9)
    (created,) = connector.create([lab.draft()])
    assert isinstance(created.error, TransientError)
    assert not isinstance(created.error, UnknownOutcomeError)
    assert created.error.after == 9
    assert lab.state() == []


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize(
    ("field", "value"), [(Field.TITLE, "New"), (Field.LABELS, ["known"]), (Field.PARENT, None), (Field.STATUS, None)]
)
def test_an_update_whose_answer_is_lost_is_of_unknown_outcome(
    lab: "Lab", connector: AsanaConnector, kind: str, field: Field, value: Json
) -> None:
    native = lab.made(connector, labels=["known"], parent=lab.task("Parent"))
    before = Native(native.ref, {**native.fields, Field.LABELS: []}, native.created_at, native.updated_at)
    patch = {field: {"place": lab.sections["Done"], "completed": False} if field is Field.STATUS else value}
    lab.faults(kind)
    lab.asked()
    with pytest.raises(UnknownOutcomeError):
        connector.update(native.ref, patch, before)
    assert sum(lab.asked().values()) == 1


def test_a_tag_whose_creation_is_lost_is_not_made_twice(lab: "Lab", connector: AsanaConnector) -> None:
    lab.faults("garbage")
    with pytest.raises(TransientError):
        connector.create([lab.draft(labels=["new"])])
    lab.faults()
    (created,) = connector.create([lab.draft(labels=["new"])])
    assert created.native is not None
    assert [tag["name"] for tag in lab.ada.get("/tags", workspace=lab.workspace)] == ["new"]


def test_a_tool_that_cannot_be_reached_is_transient_for_writes_too(lab: "Lab") -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    known = lab.connect()
    known.vocabulary()
    memo: Any = known.memo()
    url = f"http://127.0.0.1:{port}"
    connector = lab.connect(memo={**memo, "for": memo["for"].replace(lab.url, url)}, settings={"url": url})
    (created,) = connector.create([lab.draft()])
    assert type(created.error) is TransientError
    with pytest.raises(TransientError, match="cannot be reached"):
        list(connector.changes(None))


def test_a_wrong_address_is_not_mistaken_for_a_busy_tool(lab: "Lab") -> None:
    connector = lab.connect(settings={"url": f"{lab.url}/elsewhere"})
    with pytest.raises((FatalError, RejectedError)):
        connector.check()


def test_requests_keep_below_the_limit_of_the_plan(lab: "Lab", connector: AsanaConnector) -> None:
    for _ in range(client._PAID + 50):
        connector._client._pace(1)
    assert lab.clock.monotonic() == 60.0


def test_a_free_plan_is_learned_from_its_refusal(lab: "Lab", connector: AsanaConnector) -> None:
    for _ in range(150):
        connector._client._pace(1)
    connector._client._back_off(30.0)
    started = lab.clock.monotonic()
    for _ in range(client._FREE * 2):
        connector._client._pace(1)
    assert lab.clock.monotonic() - started >= 60.0


def test_one_refusal_on_a_bad_day_is_not_taken_for_a_free_plan(lab: "Lab", connector: AsanaConnector) -> None:
    connector._client._pace(1)
    connector._client._back_off(30.0)
    connector._client._pace(1)
    lab.clock.advance(61)
    started = lab.clock.monotonic()
    for _ in range(client._FREE * 3):
        connector._client._pace(1)
    assert lab.clock.monotonic() == started
