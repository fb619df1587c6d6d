"""Writing to an Asana project over HTTP: what is sent, what it costs, and what Asana refuses."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pmsync.errors import RejectedError, StaleError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Native, Ref
from pmsync_asana.connector import AsanaConnector

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab


def settled(lab: "Lab", **changes: Any) -> AsanaConnector:
    """A connection that knows its project."""
    connector = lab.connect(**changes)
    connector.vocabulary()
    lab.asked()
    return connector


def seen(connector: AsanaConnector, gid: str) -> Native:
    return connector.fetch([gid]).found[gid]


def status(lab: "Lab", section: str, *, completed: bool = False) -> dict[str, Json]:
    return {"place": lab.sections[section], "completed": completed}


def test_a_task_is_created_with_all_its_fields_and_its_marker_in_one_call(lab: "Lab") -> None:
    parent = lab.task("Parent")
    grace = lab.user("grace").get("/users/me")["gid"]
    lab.ada.post("/tags", name="bug", workspace=lab.workspace)
    connector = settled(lab)
    draft = lab.draft(
        7,
        "Done",
        status=status(lab, "Done", completed=True),
        description="<body>One <strong>two</strong></body>",
        assignees=[grace],
        labels=["bug"],
        due="2020-02-02T10:00:00.000Z",
        start="2020-02-01",
        priority=lab.options["Low"],
        estimate=2.5,
        parent=parent,
    )
    (created,) = connector.create([draft])
    assert created.error is None
    assert created.notes == {}
    assert created.native is not None
    told: dict[Field, Json] = {Field.TYPE: "default_task", Field.LINKS: [], Field.TIME_SPENT: None}
    assert created.native.fields == {**draft.fields, **told}
    assert created.native.marker == draft.marker
    assert lab.asked() == {"POST /batch": 1}
    notes = next(task["notes"] for task in lab.state() if task["gid"] == created.native.ref.id)
    assert notes.splitlines() == ["One two", "https://trello.com/c/7#pmsync=item-7"]


def test_the_marker_goes_in_without_a_description_too(lab: "Lab") -> None:
    native = lab.made(settled(lab), 3)
    assert native.marker is not None
    assert native.fields[Field.DESCRIPTION] == "<body></body>"


def test_a_thousand_tasks_are_created_within_the_limits(lab: "Lab") -> None:
    connector = settled(lab)
    size = connector.capabilities.create_batch
    for start in range(0, 1000, size):
        drafts = [lab.draft(number) for number in range(start, min(1000, start + size))]
        created = connector.create(drafts)
        assert [one.native.marker if one.native else one.error for one in created] == [one.marker for one in drafts]
    assert lab.asked() == {"POST /batch": 200}
    assert lab.clock.slept == []
    assert len(lab.state()) == 1000


def test_missing_tags_are_made_once(lab: "Lab") -> None:
    connector = settled(lab)
    created = connector.create([lab.draft(number, labels=["new", "newer"]) for number in range(12)])
    assert {tuple(one.native.fields[Field.LABELS]) for one in created if one.native} == {("new", "newer")}  # type: ignore[arg-type]
    assert lab.asked()["POST /workspaces/{workspace_gid}/tags"] == 2


def test_where_no_tags_may_be_made_the_task_goes_without_and_says_so(lab: "Lab") -> None:
    connector = settled(lab, create_labels=False)
    (created,) = connector.create([lab.draft(labels=["new"])])
    assert created.native is not None
    assert created.native.fields[Field.LABELS] == []
    assert "there is no tag new" in created.notes[Field.LABELS]
    with pytest.raises(RejectedError, match="there is no tag new"):
        connector.update(created.native.ref, {Field.LABELS: ["new"]}, created.native)


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"assignees": ["9"]}, Field.ASSIGNEES),
        ({"start": "2020-02-01"}, Field.START),
        ({"start": "2020-02-05", "due": "2020-02-01"}, Field.START),
        ({"description": "<body><p>x</p></body>"}, Field.DESCRIPTION),
        ({"parent": "9"}, Field.PARENT),
    ],
)
def test_a_refused_field_is_left_out_and_noted(lab: "Lab", fields: dict[str, Json], refused: Field) -> None:
    draft = lab.draft()
    extra = {Field(name): value for name, value in fields.items()}
    (created,) = settled(lab).create([Draft({**draft.fields, **extra}, draft.marker)])
    assert created.native is not None, created.error
    assert created.notes.keys() == {refused}
    assert created.native.marker is not None
    assert len(lab.state()) == 1


def test_one_bad_draft_does_not_stop_the_others(lab: "Lab") -> None:
    drafts = [lab.draft(number) for number in range(7)]
    drafts[3] = lab.draft(3, status={"place": "9", "completed": False})
    created = settled(lab).create(drafts)
    assert [one.native is not None for one in created] == [number != 3 for number in range(7)]
    assert isinstance(created[3].error, RejectedError)
    assert len(lab.state()) == 6


def test_a_move_is_one_call_that_answers_no_fields(lab: "Lab") -> None:
    task, connector = lab.task(), settled(lab)
    before = seen(connector, task)
    lab.asked()
    updated = connector.update(before.ref, {Field.STATUS: status(lab, "In Progress")}, before)
    assert updated.native is None
    assert updated.applied == {Field.STATUS}
    assert lab.asked() == {"POST /sections/{section_gid}/addTask": 1}
    assert seen(connector, task).fields[Field.STATUS] == status(lab, "In Progress")


def test_moving_and_completing_are_two_calls_of_which_the_last_shows_both(lab: "Lab") -> None:
    task, connector = lab.task(), settled(lab)
    before = seen(connector, task)
    lab.asked()
    updated = connector.update(before.ref, {Field.STATUS: status(lab, "Done", completed=True)}, before)
    assert updated.native is not None
    assert updated.native.fields[Field.STATUS] == status(lab, "Done", completed=True)
    assert lab.asked() == {"POST /sections/{section_gid}/addTask": 1, "PUT /tasks/{task_gid}": 1}


def test_only_what_is_in_the_patch_is_sent_in_one_call(lab: "Lab") -> None:
    task, connector = lab.task(notes="keep", due_on="2020-02-01"), settled(lab)
    before = seen(connector, task)
    lab.ada.put(f"/tasks/{task}", notes="edited meanwhile")
    lab.asked()
    patch: dict[Field, Json] = {Field.TITLE: "New", Field.PRIORITY: lab.options["High"], Field.DUE: None}
    updated = connector.update(before.ref, patch, before)
    assert updated.applied == patch.keys()
    assert lab.asked() == {"PUT /tasks/{task_gid}": 1}
    shown = lab.ada.get(f"/tasks/{task}")
    assert (shown["name"], shown["notes"], shown["due_on"]) == ("New", "edited meanwhile", None)


def test_the_marker_survives_a_new_description_and_a_vanished_one(lab: "Lab") -> None:
    connector = settled(lab)
    native = lab.made(connector, 5, description="<body>Old</body>")
    for text in ("<body>New\n<ul><li>a</li></ul></body>", "<body></body>"):
        updated = connector.update(native.ref, {Field.DESCRIPTION: text}, native)
        assert updated.native is not None
        assert updated.native.marker == native.marker
        assert updated.native.fields[Field.DESCRIPTION] == connector.dialect.canonical(text)


@pytest.mark.parametrize(
    ("due", "start", "shown"),
    [
        ("2020-02-05", "2020-02-03", ("2020-02-05", "2020-02-03")),
        ("2020-02-05T10:00:00.000Z", "2020-02-03T09:00:00.000Z", None),
        ("2020-02-05", "2020-02-03T09:00:00.000Z", ("2020-02-05", "2020-02-03")),
        ("2020-02-05", None, ("2020-02-05", None)),
    ],
)
def test_dates_go_together(lab: "Lab", due: str, start: str | None, shown: tuple[Json, Json] | None) -> None:
    task, connector = lab.task(), settled(lab)
    before = seen(connector, task)
    updated = connector.update(before.ref, {Field.DUE: due, Field.START: start}, before)
    assert updated.native is not None
    fields = updated.native.fields
    assert (fields[Field.DUE], fields[Field.START]) == (shown or (due, start))


def test_a_start_alone_takes_the_due_date_along(lab: "Lab") -> None:
    task, connector = lab.task(due_on="2020-02-05"), settled(lab)
    before = seen(connector, task)
    updated = connector.update(before.ref, {Field.START: "2020-02-01"}, before)
    assert updated.native is not None
    assert updated.native.fields[Field.DUE] == "2020-02-05"
    assert updated.native.fields[Field.START] == "2020-02-01"
    updated = connector.update(before.ref, {Field.START: None}, updated.native)
    assert updated.native is not None
    assert (updated.native.fields[Field.DUE], updated.native.fields[Field.START]) == ("2020-02-05", None)


def test_a_start_without_a_due_date_is_refused_without_asking(lab: "Lab") -> None:
    task, connector = lab.task(), settled(lab)
    before = seen(connector, task)
    lab.asked()
    updated = connector.update(before.ref, {Field.START: "2020-02-01", Field.TITLE: "New"}, before)
    assert updated.applied == {Field.TITLE}
    assert "only beside a due date" in updated.refused[Field.START]
    assert lab.asked() == {"PUT /tasks/{task_gid}": 1}


def test_labels_go_as_additions_and_removals(lab: "Lab") -> None:
    connector = settled(lab)
    native = lab.made(connector, labels=["a", "b"])
    added = lab.ada.post("/tags", name="added meanwhile", workspace=lab.workspace)["gid"]
    lab.ada.post(f"/tasks/{native.ref.id}/addTag", tag=added)
    lab.asked()
    connector.update(native.ref, {Field.LABELS: ["b", "c"]}, native)
    assert lab.asked() == {
        "POST /tasks/{task_gid}/removeTag": 1,
        "POST /tasks/{task_gid}/addTag": 1,
        "POST /workspaces/{workspace_gid}/tags": 1,
    }
    assert seen(connector, native.ref.id).fields[Field.LABELS] == ["added meanwhile", "b", "c"]


def test_of_two_tags_of_one_name_the_one_on_the_task_is_taken_off(lab: "Lab") -> None:
    here = f"/workspaces/{lab.workspace}/tags"
    first, second = lab.ada.post(here, name="bug")["gid"], lab.ada.post(here, name="bug")["gid"]
    task, connector = lab.task(tags=[second]), settled(lab)
    before = seen(connector, task)
    connector.update(before.ref, {Field.LABELS: []}, before)
    assert lab.ada.get(f"/tasks/{task}/tags") == []
    connector.update(before.ref, {Field.LABELS: ["bug"]}, seen(connector, task))
    assert [tag["gid"] for tag in lab.ada.get(f"/tasks/{task}/tags")] == [first]


def test_tags_of_a_task_that_was_never_read_are_looked_up(lab: "Lab") -> None:
    tag = lab.ada.post("/tags", name="bug", workspace=lab.workspace)["gid"]
    task = lab.task(tags=[tag])
    before = seen(settled(lab), task)
    settled(lab).update(before.ref, {Field.LABELS: []}, before)
    assert lab.ada.get(f"/tasks/{task}/tags") == []


def test_a_parent_is_set_and_taken_away(lab: "Lab") -> None:
    parent, task, connector = lab.task("Parent"), lab.task(), settled(lab)
    before = seen(connector, task)
    connector.update(before.ref, {Field.PARENT: parent}, before)
    child = seen(connector, task)
    assert (child.fields[Field.PARENT], child.admitted) == (parent, True)
    connector.update(before.ref, {Field.PARENT: None}, child)
    assert seen(connector, task).fields[Field.PARENT] is None


def test_what_asana_refuses_is_named_and_the_rest_is_written(lab: "Lab") -> None:
    task, connector = lab.task(), settled(lab)
    before = seen(connector, task)
    patch: dict[Field, Json] = {
        Field.TITLE: "New",
        Field.ASSIGNEES: ["9"],
        Field.STATUS: {"place": "9", "completed": True},
        Field.PRIORITY: "9",
        Field.PARENT: task,
    }
    updated = connector.update(before.ref, patch, before)
    assert updated.applied == {Field.TITLE}
    assert updated.refused.keys() == patch.keys() - {Field.TITLE}
    shown = lab.ada.get(f"/tasks/{task}")
    assert (shown["name"], shown["completed"], shown["assignee"]) == ("New", False, None)


def test_a_patch_of_which_nothing_is_taken_is_rejected(lab: "Lab") -> None:
    task, connector = lab.task(), settled(lab)
    before = seen(connector, task)
    with pytest.raises(RejectedError, match="assignee"):
        connector.update(before.ref, {Field.ASSIGNEES: ["9"]}, before)


def test_a_task_that_is_gone_is_stale(lab: "Lab") -> None:
    task, connector = lab.task(), settled(lab)
    before = seen(connector, task)
    lab.ada.call("DELETE", f"/tasks/{task}")
    patches: list[dict[Field, Json]] = [
        {Field.TITLE: "New"},
        {Field.LABELS: ["x"]},
        {Field.PARENT: lab.task("Parent")},
        {Field.STATUS: status(lab, "Done")},
    ]
    for patch in patches:
        with pytest.raises(StaleError):
            connector.update(before.ref, patch, before)


def test_a_task_is_deleted_and_deleting_it_again_is_no_error(lab: "Lab") -> None:
    task, connector = lab.task(), settled(lab)
    connector.delete(Ref(task))
    connector.delete(Ref(task))
    assert connector.fetch([task]).missing == {task}


def test_there_is_no_archive(lab: "Lab") -> None:
    task, connector = lab.task(), settled(lab)
    assert not connector.capabilities.archives
    with pytest.raises(RejectedError, match="no archive"):
        connector.archive(Ref(task))
    assert connector.fetch([task]).found


def test_our_writes_read_back_as_what_was_answered(lab: "Lab", labs: Callable[..., "Lab"]) -> None:
    connector = settled(lab)
    native = lab.made(connector, description="<body>x</body>", labels=["a"], due="2020-02-02", estimate=3.0)
    assert seen(connector, native.ref.id) == native
    updated = connector.update(native.ref, {Field.TITLE: "New", Field.ESTIMATE: None}, native)
    assert seen(connector, native.ref.id) == updated.native
    free = labs(plan="free")
    poor = settled(free)
    assert Field.PRIORITY not in free.made(poor, priority="x").fields
