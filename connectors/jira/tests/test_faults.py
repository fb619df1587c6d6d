"""A bad day: what is read is read in the end, what is created is created once."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pmsync.connector.api import Connector
from pmsync.errors import TransientError, UnknownOutcomeError
from pmsync.model.fields import Field, Json

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Desk, Lab

MakeDesk = Callable[[Connector], "Desk"]
KINDS = ("429", "500", "timeout", "reset", "truncated", "garbage")


@pytest.mark.parametrize("kind", KINDS)
def test_reading_survives_a_bad_day(cloud: "Lab", desk: MakeDesk, kind: str) -> None:
    ada = cloud.user("ada")
    ids = [ada.create(f"Card {number}") for number in range(8)]
    at = desk(cloud.connect())
    before = at.connector.requests()
    cloud.faults(kind, rate=0.2, seed=5)
    for _ in range(5):
        assert [item.ref.id for page in at.connector.changes(None) for item in page.items] == ids
        assert list(at.connector.fetch(ids).found) == ids
        assert at.connector.locate(ids[0]) == ids[0]
        assert at.connector.vocabulary() == at.names
    cloud.faults()
    # Five rounds take 70 requests on a good day.
    assert at.connector.requests() - before > 75


@pytest.mark.parametrize("kind", KINDS)
def test_reading_gives_up_with_a_transient_error(cloud_over_http: "Lab", kind: str) -> None:
    connector = cloud_over_http.connect()
    connector.vocabulary()
    cloud_over_http.faults(kind)
    with pytest.raises(TransientError) as caught:
        connector.fetch(["1"])
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert caught.value.connection == "engineering"


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", KINDS)
def test_a_create_is_sent_once_and_found_again(cloud_over_http: "Lab", desk: MakeDesk, kind: str, seed: int) -> None:
    at = desk(cloud_over_http.connect())
    drafts = [at.draft(number, "To Do") for number in range(5)]
    moment = datetime.now(UTC)
    cloud_over_http.asked()
    cloud_over_http.faults(kind, seed=seed)
    created = at.connector.create(drafts)
    cloud_over_http.faults()
    assert cloud_over_http.asked()["POST issue/bulk"] == 1
    made = {issue["properties"]["pmsync"]["item"] for issue in cloud_over_http.issues()}
    assert len(made) == len(cloud_over_http.issues()) in (0, 5)
    for entry in created:
        assert isinstance(entry.error, TransientError)
        assert isinstance(entry.error, UnknownOutcomeError) is (kind != "429")
    assert not (kind == "429" and made)
    assert at.connector.find([draft.marker for draft in drafts], moment).keys() == made


@pytest.mark.parametrize("seed", range(3))
def test_creating_through_many_faults_never_makes_two_of_one(cloud: "Lab", desk: MakeDesk, seed: int) -> None:
    at = desk(cloud.connect())
    moment = datetime.now(UTC)
    wanted = {number: at.draft(number, ("Backlog", "In Review", "Done")[number % 3]) for number in range(30)}
    done: dict[str, str] = {}
    cloud.faults(*KINDS, "lag", rate=0.3, seed=seed)
    for _ in range(40):
        left = [draft for draft in wanted.values() if draft.marker.item not in done]
        try:
            found = at.connector.find([draft.marker for draft in left], moment)
            done |= {item: native.ref.id for item, native in found.items()}
            for draft in left:
                if draft.marker.item in done:
                    continue
                (created,) = at.connector.create([draft])
                if created.native is not None:
                    done[draft.marker.item] = created.native.ref.id
                elif isinstance(created.error, UnknownOutcomeError):
                    break
        except TransientError:
            continue
        if len(done) == len(wanted):
            break
    cloud.faults()
    copies = Counter(issue["properties"]["pmsync"]["item"] for issue in cloud.issues())
    assert set(copies) == {draft.marker.item for draft in wanted.values()}
    assert set(copies.values()) == {1}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "429"])
def test_an_edit_that_was_not_answered_is_unknown_and_may_be_repeated(
    cloud_over_http: "Lab", desk: MakeDesk, kind: str
) -> None:
    at = desk(cloud_over_http.connect())
    native = at.made(1, labels=["a"])
    patch: dict[Field, Json] = {Field.TITLE: "New", Field.LABELS: ["b"]}
    cloud_over_http.faults(kind)
    cloud_over_http.asked()
    with pytest.raises(UnknownOutcomeError):
        at.connector.update(native.ref, patch, native)
    cloud_over_http.faults()
    assert cloud_over_http.asked()["PUT issue/{issueIdOrKey}"] == 1
    assert at.connector.update(native.ref, patch, native).refused == {}
    shown = at.connector.fetch([native.ref.id]).found[native.ref.id].fields
    assert (shown[Field.TITLE], shown[Field.LABELS]) == ("New", ["b"])


@pytest.mark.parametrize("seed", range(3))
def test_a_walk_goes_on_from_where_the_issue_really_is(cloud: "Lab", desk: MakeDesk, seed: int) -> None:
    at = desk(cloud.connect())
    native = at.made(1, "Backlog")
    cloud.faults(*KINDS, rate=0.35, seed=seed)
    updated = None
    for _ in range(20):
        try:
            updated = at.connector.update(native.ref, {Field.STATUS: {"place": at.statuses["Done"]}}, native)
            break
        except TransientError:
            native = at.connector.fetch([native.ref.id]).found[native.ref.id]
    cloud.faults()
    assert updated is not None
    assert updated.refused == {}
    history = [event.after for event in at.connector.inspect(native.ref, native.created_at).events]
    way = ["To Do", "In Progress", "In Review", "Done"]
    assert history[-1] == {"place": at.statuses["Done"]}
    assert [{"place": at.statuses[name]} for name in way if {"place": at.statuses[name]} in history] == [
        event for event in history if event in [{"place": at.statuses[name]} for name in way]
    ]
