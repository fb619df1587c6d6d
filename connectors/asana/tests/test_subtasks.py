"""Subtasks as items, where the mapping says so: read with the tasks that they hang on, and made there."""

from typing import TYPE_CHECKING, Any

import pytest

from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Native
from pmsync_asana.connector import AsanaConnector

if TYPE_CHECKING:
    from connectors.asana.tests.conftest import Lab

BATCH = "POST /batch"


def connect(lab: "Lab", **more: Any) -> AsanaConnector:
    connector = lab.connect(nested=True, **more)
    connector.vocabulary()
    lab.asked()
    return connector


def sub(lab: "Lab", task: str, name: str = "Step", **more: Any) -> str:
    return str(lab.ada.post(f"/tasks/{task}/subtasks", name=name, **more)["gid"])


def everything(connector: AsanaConnector) -> dict[str, Native]:
    return {one.ref.id: one for page in connector.changes(None) for one in page.items}


def draft(lab: "Lab", parent: str | None, number: int = 0, **fields: Json) -> Draft:
    """A draft of a subtask; the place is what the status of any task has."""
    return lab.draft(number, "To Do", type="subtask", parent=parent, **fields)


def test_a_subtask_has_a_parent_and_a_tick_and_nothing_of_the_project(lab: "Lab") -> None:
    task = lab.task()
    step = sub(lab, task, notes="Words", completed=True, due_on="2020-02-01", assignee="me")
    connector = connect(lab)
    found = everything(connector)
    assert found.keys() == {task, step}
    assert found[task].fields[Field.TYPE] == "default_task"
    shown = found[step]
    assert shown.admitted
    assert shown.fields == {
        Field.TITLE: "Step",
        Field.DESCRIPTION: "<body>Words</body>",
        Field.STATUS: {"completed": True},
        Field.TYPE: "subtask",
        Field.PARENT: task,
        Field.ASSIGNEES: [lab.ada.get("/users/me")["gid"]],
        Field.LABELS: [],
        Field.DUE: "2020-02-01",
        Field.START: None,
        Field.LINKS: [],
        Field.TIME_SPENT: None,
    }
    assert [(one.id, one.level) for one in connector.vocabulary().types][-1] == ("subtask", -1)


def test_without_the_mapping_s_word_they_are_their_task_s_own_business(lab: "Lab") -> None:
    task = lab.task()
    step = sub(lab, task)
    connector = lab.connect()
    assert everything(connector).keys() == {task}
    assert not connector.fetch([step]).found[step].admitted
    assert "subtask" not in {one.id for one in connector.vocabulary().types}
    assert connect(lab, memo=connector.memo()).fetch([step]).found[step].admitted


def test_one_that_is_in_the_project_itself_is_a_task_like_any_other(lab: "Lab") -> None:
    task = lab.task()
    step = sub(lab, task)
    lab.ada.post(f"/tasks/{step}/addProject", project=lab.project, section=lab.sections["Done"])
    shown = everything(connect(lab))[step]
    assert shown.fields[Field.STATUS] == {"place": lab.sections["Done"], "completed": False}
    assert (shown.fields[Field.TYPE], shown.fields[Field.PARENT]) == ("default_task", task)
    assert shown.fields[Field.PRIORITY] is None


def test_subtasks_of_subtasks_are_found_ten_tasks_to_a_request(lab: "Lab") -> None:
    tasks = lab.fill(30)
    steps = [sub(lab, task) for task in tasks[:11]]
    small = [sub(lab, step) for step in steps[:2]]
    connector = connect(lab)
    lab.asked()
    assert everything(connector).keys() == {*tasks, *steps, *small}
    assert lab.asked() == {"GET /events": 1, "GET /tasks": 1, BATCH: 3 + 9}
    found = connector.fetch([small[0], tasks[0], small[1]])
    assert all(one.admitted for one in found.found.values())
    assert found.found[small[0]].fields[Field.PARENT] == steps[0]


def test_a_long_list_of_subtasks_is_read_to_its_end_though_asana_forgets_how_far_we_were(
    lab: "Lab", monkeypatch: pytest.MonkeyPatch
) -> None:
    pages, forgotten = lab.emulator.pages, list[int]()
    usual = pages.page

    def forgetful(call: Any, found: Any) -> Any:
        if "offset" in call.query and not forgotten:
            forgotten.append(1)
            pages.expire()
        return usual(call, found)

    monkeypatch.setattr(pages, "page", forgetful)
    task = lab.task()
    make, ada = lab.emulator._parts["tasks"].make, lab.emulator.world.users["ada"]
    steps = [make({"name": f"Step {number}", "parent": task}, ada).gid for number in range(120)]
    assert everything(connect(lab)).keys() == {task, *steps}
    assert forgotten


def test_what_hangs_on_a_task_elsewhere_is_not_admitted(lab: "Lab") -> None:
    other = lab.ada.post("/projects", name="Other", workspace=lab.workspace)["gid"]
    lab.ada.post(f"/projects/{other}/addMembers", members="pmsync@example.com")
    task = lab.ada.post("/tasks", name="There", projects=[other])["gid"]
    step = sub(lab, sub(lab, task))
    assert not connect(lab).fetch([step]).found[step].admitted


def test_a_quiet_pass_costs_nothing_more_and_what_happens_to_subtasks_is_heard_of(lab: "Lab") -> None:
    task = lab.task()
    step, other = sub(lab, task), sub(lab, task, "Other")
    lab.clock.advance(3600)
    connector = connect(lab)
    cursor = list(connector.changes(None))[-1].cursor
    lab.clock.advance(3600)
    lab.asked()
    (page,) = connector.changes(cursor)
    assert (page.items, lab.asked()) == ((), {"GET /events": 1, "GET /tasks": 1})
    lab.ada.put(f"/tasks/{step}", completed=True)
    new = sub(lab, task, "New")
    lab.ada.call("DELETE", f"/tasks/{other}")
    lab.asked()
    pages = list(connector.changes(page.cursor))
    assert {one.ref.id: one.fields[Field.STATUS] for one in pages[-1].items if one.ref.id != task} == {
        step: {"completed": True},
        new: {"completed": False},
    }
    assert pages[-1].suspects == (other,)


def test_a_subtask_is_made_below_its_task_and_nowhere_else_in_one_call(lab: "Lab") -> None:
    task = lab.task()
    connector = connect(lab)
    drafts = [
        draft(lab, task, number, priority=lab.options["High"], labels=["a"], description="<body>x</body>")
        for number in range(2)
    ]
    lab.ada.post("/tags", name="a", workspace=lab.workspace)
    connector.vocabulary()
    lab.asked()
    created = connector.create(drafts)
    assert lab.asked() == {BATCH: 1}
    for number, one in enumerate(created):
        assert (one.error, dict(one.notes)) == (None, {})
        assert one.native is not None
        assert one.native.admitted
        assert one.native.marker == drafts[number].marker
        assert one.native.fields[Field.STATUS] == {"completed": False}
        assert Field.PRIORITY not in one.native.fields
        told = lab.ada.get(f"/tasks/{one.native.ref.id}")
        assert (told["parent"]["gid"], told["memberships"], told["resource_subtype"]) == (task, [], "default_task")


def test_one_that_was_made_without_an_answer_is_found_by_its_mark(lab: "Lab") -> None:
    task = lab.task()
    connector = connect(lab)
    since = lab.clock.now()
    lab.clock.advance(5000)
    wanted = draft(lab, task)
    lab.faults("reset")
    (created,) = connector.create([wanted])
    lab.faults()
    assert created.native is None
    (found,) = connector.find([wanted.marker], since).values()
    assert (found.fields[Field.PARENT], found.admitted) == (task, True)


def test_without_a_task_to_hang_on_none_is_made(lab: "Lab") -> None:
    connector = connect(lab)
    lab.asked()
    (created,) = connector.create([draft(lab, None)])
    assert isinstance(created.error, RejectedError)
    assert lab.asked() == {}


def test_a_subtask_is_changed_like_a_task_and_stays_one(lab: "Lab") -> None:
    task, other = lab.task(), lab.task("Other")
    step = sub(lab, task)
    connector = connect(lab)
    seen = everything(connector)[step]
    patch: dict[Field, Json] = {
        Field.TITLE: "New",
        Field.STATUS: {"completed": True},
        Field.PARENT: other,
        Field.TYPE: "default_task",
    }
    updated = connector.update(seen.ref, patch, seen)
    assert set(updated.refused) == {Field.TYPE}
    assert updated.native is not None
    assert updated.native.admitted
    assert updated.native.fields[Field.STATUS] == {"completed": True}
    assert updated.native.fields[Field.PARENT] == other
    with pytest.raises(RejectedError, match="needs a task that it hangs on"):
        connector.update(seen.ref, {Field.PARENT: None}, updated.native)
    inspection = connector.inspect(seen.ref, seen.created_at)
    assert inspection.native is not None
    assert inspection.native.admitted
    ticks = [(one.before, one.after) for one in inspection.events if one.field is Field.STATUS]
    assert ticks == [({"completed": False}, {"completed": True})]
    connector.delete(seen.ref)
    assert everything(connector).keys() == {task, other}
