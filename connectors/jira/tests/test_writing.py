"""Writing to a Jira Cloud over HTTP: creates, edits, walks through the workflow."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from inprocess import Call, Hooks, InProcess, Reply

from pmsync.connector.api import Connector
from pmsync.errors import AuthError, RejectedError, StaleError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native, Ref

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Desk, Lab

MakeDesk = Callable[[Connector], "Desk"]
BULK_CREATE, BULK_FETCH = "POST issue/bulk", "POST issue/bulkfetch"
OFFERED, MOVE = "GET issue/{issueIdOrKey}/transitions", "POST issue/{issueIdOrKey}/transitions"
EDIT, GET = "PUT issue/{issueIdOrKey}", "GET issue/{issueIdOrKey}"


def now(at: "Desk", native: Native) -> Native:
    return at.connector.fetch([native.ref.id]).found[native.ref.id]


# --- create ----------------------------------------------------------------------------------------------------------


def test_every_field_arrives_and_the_marker_with_it(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    epic = at.made(1, type_="Epic")
    values: dict[str, Json] = {
        "title": "Everything",
        "description": at.connector.dialect.write("Some *text*").document,
        "priority": "1",
        "assignees": [at.people["Grace Hopper"]],
        "labels": ["a", "b"],
        "start": "2026-05-11",
        "due": "2026-05-12",
        "estimate": 3.0,
        "parent": epic.ref.id,
    }
    draft = at.draft(2, "To Do", "Story", **values)
    (created,) = at.connector.create([draft])
    assert (created.error, created.notes) == (None, {})
    assert created.native is not None
    nothing: dict[Field, Json] = {Field.RELEASE: [], Field.SPRINT: None, Field.TIME_SPENT: None, Field.LINKS: []}
    assert created.native.fields == {**nothing, **draft.fields}
    assert created.native.marker == draft.marker
    assert now(at, created.native) == created.native


@pytest.mark.parametrize("status", ["Backlog", "To Do", "In Progress", "In Review", "Blocked", "Done", "Won't Do"])
def test_a_new_issue_walks_to_any_status_with_nothing_known_beforehand(
    cloud: "Lab", desk: MakeDesk, status: str
) -> None:
    at = desk(cloud.connect())
    assert at.status(at.made(1, status)) == status


def test_creates_go_by_fifties_and_nothing_is_read_per_issue(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    drafts = [at.draft(number, "In Progress") for number in range(200)]
    at.connector.create(drafts[:50])
    cloud.asked()
    created = at.connector.create(drafts[50:])
    # Two hops from the backlog: the first goes with the create.
    assert cloud.asked() == {BULK_CREATE: 3, BULK_FETCH: 3, MOVE: 150}
    assert [entry.native and entry.native.marker for entry in created] == [draft.marker for draft in drafts[50:]]
    assert {at.status(entry.native) for entry in created if entry.native} == {"In Progress"}


def test_creates_side_by_side_look_once_where_new_issues_begin_and_what_their_workflow_offers(
    cloud: "Lab", desk: MakeDesk
) -> None:
    at = desk(cloud.connect())
    side_by_side = 4
    together = threading.Barrier(side_by_side)
    begun = threading.Semaphore(side_by_side)
    deliver = cloud.sandbox.deliver

    def answered_together() -> None:
        """Lets none of the creates go on before all have been executed."""
        deliver()
        if begun.acquire(blocking=False):
            together.wait(30)

    cloud.asked()
    cloud.sandbox.deliver = answered_together
    try:
        with ThreadPoolExecutor(side_by_side) as pool:
            made = list(pool.map(lambda number: at.connector.create([at.draft(number, "Done")]), range(side_by_side)))
    finally:
        cloud.sandbox.deliver = deliver
    asked = cloud.asked()
    assert {at.status(one.native) for (one,) in made if one.native} == {"Done"}
    assert asked[BULK_CREATE] == side_by_side
    assert asked[BULK_FETCH] == 1 + side_by_side, "one look at where issues begin, and each batch read back"
    assert asked[OFFERED] == 4, "one of them learns the way for all: what each status that it passes offers"


def test_what_was_learned_of_the_workflow_is_kept_for_the_next_opening(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    at.made(1, "Done")
    again = cloud.connect(memo=at.connector.memo())
    cloud.asked()
    (created,) = again.create([at.draft(2, "Done")])
    assert created.native is not None
    assert at.status(created.native) == "Done"
    assert cloud.asked() == {BULK_CREATE: 1, BULK_FETCH: 1, MOVE: 3}


def test_one_bad_draft_does_not_keep_the_others_from_being(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    titles = ["One", "T" * 256, "Two", "Line\nbreak", "Three"]
    created = at.connector.create([at.draft(n, title=title) for n, title in enumerate(titles)])
    assert [entry.native and entry.native.fields[Field.TITLE] for entry in created] == [
        "One",
        None,
        "Two",
        None,
        "Three",
    ]
    assert [entry.native and entry.native.marker and entry.native.marker.item for entry in created] == [
        "item-0",
        None,
        "item-2",
        None,
        "item-4",
    ]
    for entry in (created[1], created[3]):
        assert isinstance(entry.error, RejectedError)
        assert "summary" in entry.error.message
        assert entry.error.field == Field.TITLE
    assert len(cloud.issues()) == 3


def test_drafts_that_are_all_bad_are_each_told_why(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    created = at.connector.create([at.draft(1, title=""), at.draft(2, labels=["a b"])])
    assert [type(entry.error) for entry in created] == [RejectedError, RejectedError]
    assert created[1].error is not None
    assert "labels" in created[1].error.message
    assert cloud.issues() == []


def test_who_cannot_be_assigned_is_left_out_and_told(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    (created,) = at.connector.create([at.draft(1, assignees=["557058:nobody"])])
    assert created.native is not None
    assert created.native.fields[Field.ASSIGNEES] == []
    assert "does not exist" in created.notes[Field.ASSIGNEES]
    assert len(cloud.issues()) == 1


def test_a_parent_that_cannot_be_is_left_out_and_told(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    task = at.made(1)
    (created,) = at.connector.create([at.draft(2, parent=task.ref.id)])
    assert created.native is not None
    assert created.native.fields[Field.PARENT] is None
    assert "hierarchy" in created.notes[Field.PARENT]


def test_a_sub_task_without_a_parent_becomes_an_issue_of_the_default_type(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect(defaults={"issuetype": "Bug"}))
    alone, lost = at.connector.create(
        [at.draft(1, type_="Sub-task"), at.draft(2, type_="Sub-task", parent=at.made(3, type_="Epic").ref.id)]
    )
    for entry in (alone, lost):
        assert entry.native is not None
        assert entry.native.fields[Field.TYPE] == at.types["Bug"]
        assert "parent" in entry.notes[Field.TYPE]
    (under,) = at.connector.create([at.draft(4, type_="Sub-task", parent=at.made(5).ref.id)])
    assert under.native is not None
    assert under.native.fields[Field.TYPE] == at.types["Sub-task"]


def test_a_required_field_without_a_default_is_told_with_what_can_be_reached(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect(defaults={"issuetype": "Task"}))
    (created,) = at.connector.create([at.draft(1, "Done")])
    assert created.native is not None
    note = created.notes[Field.STATUS]
    assert "Resolution" in note
    assert "Blocked" in note.partition("reachable:")[2]
    # Led through the workflow in vain, it was brought back to where it began.
    assert at.status(created.native) in ("To Do", "Backlog")


def test_a_default_that_is_none_of_the_allowed_values_is_told(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect(defaults={"resolution": "Sorted"}))
    (created,) = at.connector.create([at.draft(1, "Won't Do")])
    assert "Resolution" in created.notes[Field.STATUS]


def test_credentials_that_are_refused_are_raised(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    cloud.emulator.revoke("pmsync")
    with pytest.raises(AuthError):
        at.connector.create([at.draft(1)])
    assert cloud.issues() == []


class _Revoking(Hooks):
    """Refuses our credentials from the moment on in which issues were made."""

    def __init__(self, lab: "Lab") -> None:
        self._lab = lab

    def after(self, call: Call, reply: Reply) -> Reply:
        """See `Hooks`."""
        if call.route.endswith("POST /rest/api/3/issue/bulk"):
            self._lab.emulator.revoke("pmsync")
        return reply


@pytest.mark.parametrize("status", ["Backlog", "Done"])
def test_what_was_made_before_credentials_are_refused_is_not_said_to_be_missing(
    near: InProcess, cloud: "Lab", desk: MakeDesk, status: str
) -> None:
    at = desk(cloud.connect())
    near.hooks = _Revoking(cloud)
    good, bad = at.connector.create([at.draft(1, status), at.draft(2, status, assignees=["nobody"])])
    near.hooks = Hooks()
    assert len(cloud.issues()) == 1
    assert isinstance(good.error, UnknownOutcomeError), "it is there, and cannot be read"
    assert isinstance(bad.error, AuthError), "it is surely not there"


# --- update ----------------------------------------------------------------------------------------------------------


def test_fields_are_changed_in_one_edit_that_answers_the_issue(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    native = at.made(1, labels=["a", "b"], due="2026-05-11", estimate=1.0)
    cloud.user("ada").edit(native.ref.id, labels=["a", "b", "hers"])
    patch: dict[Field, Json] = {
        Field.TITLE: "New",
        Field.DESCRIPTION: at.connector.dialect.write("Text").document,
        Field.PRIORITY: "5",
        Field.ASSIGNEES: [at.people["Linus Pauling"]],
        Field.LABELS: ["b", "c"],
        Field.DUE: None,
        Field.START: "2026-05-12",
        Field.ESTIMATE: 8.0,
        Field.TYPE: at.types["Story"],
    }
    cloud.asked()
    updated = at.connector.update(native.ref, patch, native)
    assert cloud.asked() == {EDIT: 1}
    assert (updated.applied, updated.refused) == (frozenset(patch), {})
    assert updated.native is not None
    assert {field: updated.native.fields[field] for field in patch} == {**patch, Field.LABELS: ["b", "c", "hers"]}
    assert updated.native == now(at, native)


def test_fields_can_be_emptied(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    epic = at.made(1, type_="Epic")
    native = at.made(
        2,
        description=at.connector.dialect.write("Text").document,
        assignees=[at.people["Ada Lovelace"]],
        due="2026-05-11",
        start="2026-05-10",
        estimate=2.0,
        labels=["a"],
        parent=epic.ref.id,
    )
    patch: dict[Field, Json] = {
        Field.DESCRIPTION: None,
        Field.ASSIGNEES: [],
        Field.DUE: None,
        Field.START: None,
        Field.ESTIMATE: None,
        Field.LABELS: [],
        Field.PARENT: None,
    }
    updated = at.connector.update(native.ref, patch, native)
    assert updated.refused == {}
    shown = now(at, native).fields
    assert {field: shown[field] for field in patch} == patch


def test_a_parent_is_set_and_one_that_cannot_be_is_refused(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    epic, task, other = at.made(1, type_="Epic"), at.made(2), at.made(3)
    assert at.connector.update(task.ref, {Field.PARENT: epic.ref.id}, task).refused == {}
    updated = at.connector.update(other.ref, {Field.PARENT: task.ref.id, Field.TITLE: "Still"}, other)
    assert (updated.applied, set(updated.refused)) == (frozenset({Field.TITLE}), {Field.PARENT})
    sub = at.made(4, type_="Sub-task", parent=task.ref.id)
    assert "sub-task" in at.connector.update(sub.ref, {Field.PARENT: None}, sub).refused[Field.PARENT]


def test_what_jira_will_not_take_does_not_keep_the_rest_back(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    native = at.made()
    cloud.asked()
    patch: dict[Field, Json] = {Field.TITLE: "Two\nlines", Field.LABELS: ["a b"], Field.ESTIMATE: 5.0}
    updated = at.connector.update(native.ref, patch, native)
    assert cloud.asked() == {EDIT: 2}
    assert (updated.applied, set(updated.refused)) == (frozenset({Field.ESTIMATE}), {Field.TITLE, Field.LABELS})
    assert "newline" in updated.refused[Field.TITLE]
    alone = at.connector.update(native.ref, {Field.TITLE: "x" * 300}, native)
    assert (alone.applied, set(alone.refused)) == (frozenset(), {Field.TITLE})


def test_labels_that_are_as_wanted_send_nothing(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    native = at.made(1, labels=["a"])
    cloud.asked()
    assert at.connector.update(native.ref, {Field.LABELS: ["a"]}, native).applied == {Field.LABELS}
    assert cloud.asked() == {}


def test_two_hops_cost_what_is_offered_and_one_request_each(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    native = at.made(1, "To Do")
    at.made(2, "In Review")
    cloud.asked()
    updated = at.connector.update(native.ref, {Field.STATUS: {"place": at.statuses["In Review"]}}, native)
    assert cloud.asked() == {OFFERED: 1, MOVE: 2}
    assert (updated.native, updated.applied, updated.refused) == (None, frozenset({Field.STATUS}), {})
    assert at.status(now(at, native)) == "In Review"


def test_a_way_that_nobody_has_gone_yet_is_found(cloud: "Lab", desk: MakeDesk) -> None:
    ada = cloud.user("ada")
    id_ = ada.create("Card")
    ada.move(id_, "11")
    at = desk(cloud.connect())
    native = at.connector.fetch([id_]).found[id_]
    updated = at.connector.update(native.ref, {Field.STATUS: {"place": at.statuses["Done"]}}, native)
    assert updated.refused == {}
    assert at.status(now(at, native)) == "Done"
    issue = next(issue for issue in cloud.issues() if issue["id"] == id_)
    assert issue["fields"]["resolution"]["name"] == "Done"


def test_other_issues_are_looked_at_before_one_is_led_astray(cloud: "Lab", desk: MakeDesk) -> None:
    ada = cloud.user("ada")
    first, second = ada.create("Card"), ada.create("There already")
    ada.move(first, "11", "41")
    ada.move(second, "11", "41", "61")
    at = desk(cloud.connect())
    native = at.connector.fetch([first]).found[first]
    at.connector.update(native.ref, {Field.STATUS: {"place": at.statuses["Done"]}}, native)
    places = [event.after for event in at.connector.inspect(native.ref, native.updated_at).events]
    assert places[-2:] == [{"place": at.statuses["In Review"]}, {"place": at.statuses["Done"]}]
    assert {"place": at.statuses["Blocked"]} not in places


def test_a_status_that_does_not_exist_is_refused_and_the_issue_stays(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    native = at.made(1, "To Do")
    patch: dict[Field, Json] = {Field.STATUS: {"place": "99999"}, Field.TITLE: "Renamed"}
    updated = at.connector.update(native.ref, patch, native)
    assert updated.applied == {Field.TITLE}
    assert "reachable: " in updated.refused[Field.STATUS]
    assert "In Progress" in updated.refused[Field.STATUS]
    assert at.status(now(at, native)) == "To Do"


def test_an_issue_that_somebody_moved_meanwhile_is_looked_for(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    at.made(1, "Done")
    native = at.made(2, "Backlog")
    cloud.user("ada").move(native.ref.id, "11", "41")
    updated = at.connector.update(native.ref, {Field.STATUS: {"place": at.statuses["In Review"]}}, native)
    assert updated.refused == {}
    assert at.status(now(at, native)) == "In Review"


def test_a_concurrent_change_is_stale(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    native = at.made(1, "To Do")
    cloud.emulator.contest(native.ref.key)
    with pytest.raises(StaleError):
        at.connector.update(native.ref, {Field.TITLE: "Mine"}, native)
    cloud.emulator.contest(native.ref.key)
    with pytest.raises(StaleError):
        at.connector.update(native.ref, {Field.STATUS: {"place": at.statuses["In Progress"]}}, native)
    assert at.connector.update(native.ref, {Field.TITLE: "Mine"}, native).refused == {}


@pytest.mark.parametrize("patch", [{Field.TITLE: "x"}, {Field.STATUS: {"place": "3"}}])
def test_an_issue_that_is_gone_is_stale_and_a_lost_right_is_not(
    cloud: "Lab", desk: MakeDesk, patch: dict[Field, Json]
) -> None:
    at = desk(cloud.connect())
    native = at.made()
    with pytest.raises(StaleError):
        at.connector.update(Ref("999999"), patch, replace(native, ref=Ref("999999")))
    cloud.clock.sleep(60)
    cloud.emulator.revoke("pmsync")
    with pytest.raises(AuthError):
        at.connector.update(native.ref, patch, native)


# --- putting away ----------------------------------------------------------------------------------------------------


def test_an_issue_is_deleted_but_not_with_its_sub_tasks(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    parent = at.made(1)
    child = at.made(2, type_="Sub-task", parent=parent.ref.id)
    with pytest.raises(RejectedError, match="sub"):
        at.connector.delete(parent.ref)
    at.connector.delete(child.ref)
    at.connector.delete(parent.ref)
    assert cloud.issues() == []
    with pytest.raises(StaleError):
        at.connector.delete(parent.ref)


def test_archiving_takes_it_off_the_lists_and_can_be_repeated(cloud: "Lab", desk: MakeDesk) -> None:
    at = desk(cloud.connect())
    native = at.made()
    at.connector.archive(native.ref)
    at.connector.archive(native.ref)
    assert [item for page in at.connector.changes(None) for item in page.items] == []


def test_archiving_without_the_right_says_what_it_takes(cloud: "Lab", desk: MakeDesk) -> None:
    native = desk(cloud.connect()).made()
    with pytest.raises(RejectedError, match="administrator"):
        cloud.connect(user="ada").archive(native.ref)
